//! A refresh token and a client of an OAuth integration -> an access token.

use std::time::Duration;

use serde_json::Value;

use super::Credentials;
use super::private_key::base64;
use crate::adapter::{AdapterError, ErrorKind};
use crate::diagnostic::{Class, Diagnostic};

/// Asks the account for an access token. dbt: with a client, `token` is a refresh token.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(super) fn access_token(credentials: &Credentials, client: &(String, String)) -> Result<String, AdapterError> {
    let refused = |why: &str, help: &str| {
        let message = format!("no access token was given by {}: {why}", credentials.shown_address());
        AdapterError::explained(ErrorKind::Connection, Diagnostic::error(Class::Runtime, message).help(help))
    };
    let (Some(address), Some(token)) = (&credentials.address, &credentials.token) else {
        return Err(refused("the output names no account or no refresh token", "add `account:` and `token:`"));
    };
    let url = format!("{}oauth/token-request", address.as_str());
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .build()
        .new_agent();
    let authorization = format!("Basic {}", base64(format!("{}:{}", client.0, client.1).as_bytes()));
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("redirect_uri", "http://localhost:9999")];
    let answer = agent.post(&url).header("Authorization", &authorization).send_form(form);
    let text = match answer.map(|mut answer| answer.body_mut().read_to_string()) {
        Ok(Ok(text)) => text,
        Ok(Err(problem)) | Err(problem) => {
            return Err(refused(&problem.to_string(), "check the network, and `host:` or `account:` of the output"));
        }
    };
    let found = serde_json::from_str::<Value>(&text).ok();
    let word = |key: &str| found.as_ref().and_then(|answer| answer.get(key)?.as_str()).map(str::to_owned);
    match word("access_token") {
        Some(token) => Ok(token),
        None => Err(refused(
            &word("message").or_else(|| word("error")).unwrap_or_else(|| "it answers without one".to_owned()),
            "the refresh token has probably expired: make a new one and set it as `token`",
        )),
    }
}
