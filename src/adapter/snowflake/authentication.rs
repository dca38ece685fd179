//! Credentials -> what the client logs in with.

use snowflake_connector_rs::{
    AuthConfig, BrowserLaunchMode, ClientConfig, EndpointConfig, ExternalBrowserConfig, KeyPairConfig, PasswordConfig,
    ProxyConfig, QueryConfig, SessionConfig, TransportConfig,
};
use std::net::{IpAddr, Ipv4Addr};

use super::credentials::Method;
use super::retry::RESPONSE_LIMIT;
use super::{Credentials, oauth, private_key};
use crate::adapter::{AdapterError, ErrorKind};

/// The client's configuration for the next logins.
///
/// # Errors
/// Something is missing in the output, the key cannot be read, or no access token is given.
pub(super) fn configuration(credentials: &Credentials) -> Result<ClientConfig, AdapterError> {
    if let Some(missing) = credentials.incomplete() {
        return Err(AdapterError::explained(ErrorKind::Connection, missing));
    }
    let mut session = SessionConfig::new().with_session_parameter("CLIENT_SESSION_KEEP_ALIVE", false.into());
    if let Some(tag) = &credentials.query_tag {
        session = session.with_session_parameter("QUERY_TAG", tag.as_str().into());
    }
    if let Some(endpoint) = &credentials.stage_endpoint {
        session = session.with_session_parameter("S3_STAGE_VPCE_DNS_NAME", endpoint.as_str().into());
    }
    // Values of TIMESTAMP_LTZ are shown in UTC, like everything else.
    session = session.with_session_parameter("TIMEZONE", "UTC".into());
    for (name, set) in [
        (&credentials.warehouse, SessionConfig::with_warehouse as fn(SessionConfig, String) -> SessionConfig),
        (&credentials.database, SessionConfig::with_database),
        (&credentials.schema, SessionConfig::with_schema),
        (&credentials.role, SessionConfig::with_role),
    ] {
        if let Some(name) = name {
            session = set(session, name.clone());
        }
    }
    let mut transport = TransportConfig::new();
    if let Some(url) = &credentials.proxy {
        let mut proxy = ProxyConfig::new(url.clone());
        if let Some((user, password)) = &credentials.proxy_login {
            proxy = proxy.with_basic_auth(user, password);
        }
        transport = transport.with_proxy(proxy);
    }
    // The name in the login is the account alone, without the region that may follow in the address.
    let account = credentials.account.split('.').next().unwrap_or_default();
    let mut config = ClientConfig::new(&credentials.user, account, method(credentials)?)
        .with_session(session)
        .with_query(QueryConfig::new().with_query_response_timeout(RESPONSE_LIMIT))
        .with_transport(transport);
    if let Some(address) = &credentials.address {
        config = config.with_endpoint(EndpointConfig::custom_base_url(address.clone()));
    }
    Ok(config)
}

fn method(credentials: &Credentials) -> Result<AuthConfig, AdapterError> {
    let token = || credentials.token.clone().unwrap_or_default();
    Ok(match credentials.method {
        Method::Password => {
            let mut password = PasswordConfig::new(credentials.password.clone().unwrap_or_default());
            if let Some(passcode) = &credentials.passcode {
                password = password.with_passcode(passcode);
            } else if credentials.passcode_in_password {
                password = password.with_passcode_in_password();
            }
            AuthConfig::password(password)
        }
        // Snowflake: such a token is taken in place of a password by every client.
        Method::AccessToken => {
            let token = credentials.token.clone().or_else(|| credentials.password.clone());
            AuthConfig::password(PasswordConfig::new(token.unwrap_or_default()))
        }
        Method::KeyPair => {
            let (pem, passphrase) = private_key::pem(credentials)
                .map_err(|diagnostic| AdapterError::explained(ErrorKind::Connection, *diagnostic))?;
            AuthConfig::key_pair(match passphrase {
                Some(passphrase) => KeyPairConfig::from_encrypted_pem(pem, passphrase.into_bytes()),
                None => KeyPairConfig::from_pem(pem),
            })
        }
        Method::OAuth => AuthConfig::oauth(match &credentials.oauth_client {
            Some(client) => oauth::access_token(credentials, client)?,
            None => token(),
        }),
        Method::Browser => AuthConfig::external_browser(ExternalBrowserConfig::callback_listener(
            BrowserLaunchMode::Auto,
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            0,
        )),
    })
}
