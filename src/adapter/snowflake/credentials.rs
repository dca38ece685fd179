//! The keys of an output of type `snowflake`, in the words of dbt-snowflake.
//!
//! Reading finds what is written wrongly. What is merely empty (`account: ''`) is no mistake until a connection is
//! wanted, so that a project can be parsed and listed by people without an account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use super::connections_file;
use super::retry::LIFETIME;
use crate::diagnostic::{Class, Diagnostic, Result, nearest};

/// Every key that has a meaning here.
const KEYS: &[&str] = &[
    "type",
    "threads",
    "account",
    "user",
    "password",
    "database",
    "schema",
    "warehouse",
    "role",
    "authenticator",
    "token",
    "token_file_path",
    "passcode",
    "passcode_in_password",
    "private_key",
    "private_key_path",
    "private_key_passphrase",
    "oauth_client_id",
    "oauth_client_secret",
    "query_tag",
    "client_session_keep_alive",
    "host",
    "port",
    "protocol",
    "url",
    "proxy_host",
    "proxy_port",
    "proxy_user",
    "proxy_password",
    "connect_retries",
    "connect_timeout",
    "retry_on_database_errors",
    "retry_all",
    "reuse_connections",
    "join_tests",
    "session_lifetime",
    "s3_stage_vpce_dns_name",
    "platform_detection_timeout_seconds",
    "insecure_mode",
    "connection_name",
    "connections_file",
];

/// Keys of dbt-snowflake that cannot be honored, and what to say of them.
const REFUSED: &[(&str, &str)] = &[
    ("workload_identity_provider", "workload identity is not supported; use a key pair or an OAuth token"),
    ("workload_identity_entra_resource", "workload identity is not supported; use a key pair or an OAuth token"),
];

/// How a user proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// A password, perhaps with a passcode of a second factor.
    Password,
    /// A signed token of the user's own key.
    KeyPair,
    /// An access token, or a refresh token with a client of an integration.
    OAuth,
    /// A page of the identity provider.
    Browser,
    /// A programmatic access token.
    AccessToken,
}

/// Where an account is and who logs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(super) account: String,
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) warehouse: Option<String>,
    pub(super) role: Option<String>,
    pub(super) method: Method,
    pub(super) token: Option<String>,
    pub(super) passcode: Option<String>,
    pub(super) passcode_in_password: bool,
    pub(super) private_key: Option<String>,
    pub(super) private_key_path: Option<PathBuf>,
    pub(super) private_key_passphrase: Option<String>,
    pub(super) oauth_client: Option<(String, String)>,
    pub(super) query_tag: Option<String>,
    pub(super) keep_alive: bool,
    pub(super) address: Option<Url>,
    pub(super) proxy: Option<Url>,
    pub(super) proxy_login: Option<(String, String)>,
    /// How often to log in again after a failure.
    pub(super) connect_retries: u32,
    /// How long to wait between two logins; `None` means the attempt's number squared, in seconds.
    pub(super) connect_pause: Option<Duration>,
    pub(super) retry_on_database_errors: bool,
    pub(super) retry_all: bool,
    pub(super) reuse_connections: bool,
    /// Whether data tests of one relation are asked in one statement; ours, dbt has no such key.
    pub(super) join_tests: bool,
    /// How long the account lets a session live; ours, for accounts whose session policy is shorter than usual.
    pub(super) session_lifetime: Duration,
    pub(super) stage_endpoint: Option<String>,
    /// Keys that mean nothing here, each with the nearest one that does.
    pub(super) ignored: Vec<String>,
    /// Keys that are accepted and do nothing, with the reason.
    pub(super) idle: Vec<String>,
    authenticator: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Credentials({} of {})", self.user, self.account)
    }
}

impl Credentials {
    /// Reads the keys of an output whose Jinja is rendered; relative paths start at the project's folder.
    ///
    /// # Errors
    /// A key holds what it cannot mean, or two keys exclude each other.
    pub fn read(output: &Map<String, Value>, project_dir: &Path) -> Result<Self> {
        let with_hint = |key: &String| match nearest(key, KEYS.iter().copied()) {
            Some(near) => format!("{key} (did you mean {near}?)"),
            None => key.clone(),
        };
        let is_ignored = |key: &&String| !KEYS.contains(&key.as_str()) && !REFUSED.iter().any(|(name, _)| name == key);
        // dbt: a key that means nothing to the adapter is no mistake.
        let ignored = output.keys().filter(is_ignored).map(with_hint).collect();
        let merged = connections_file::merged(output, project_dir)?;
        let keys = Keys(&merged);
        for (key, help) in REFUSED {
            if keys.text(key)?.is_some() {
                return Err(Box::new(error(format!("the key `{key}` of the output is not supported")).help(*help)));
            }
        }
        let token = match (keys.text("token")?, keys.text("token_file_path")?) {
            (Some(_), Some(_)) => return Err(exclusive("token", "token_file_path")),
            (None, Some(path)) => Some(secret_file(&project_dir.join(&path), &path, "token_file_path")?),
            (token, None) => token,
        };
        let private_key = keys.text("private_key")?;
        let private_key_path = keys.text("private_key_path")?.map(|path| in_folder(&path, project_dir));
        if private_key.is_some() && private_key_path.is_some() {
            return Err(exclusive("private_key", "private_key_path"));
        }
        let has_key = private_key.is_some() || private_key_path.is_some();
        let authenticator = keys.text("authenticator")?.unwrap_or_else(|| "snowflake".to_owned());
        let method = method(&authenticator, has_key)?;
        let oauth_client = match (keys.text("oauth_client_id")?, keys.text("oauth_client_secret")?) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            (Some(_), None) => return Err(lonely("oauth_client_id", "oauth_client_secret")),
            (None, Some(_)) => return Err(lonely("oauth_client_secret", "oauth_client_id")),
        };
        let account = keys.text("account")?.unwrap_or_default();
        let proxy_login = match (keys.text("proxy_user")?, keys.text("proxy_password")?) {
            (Some(user), password) => Some((user, password.unwrap_or_default())),
            (None, Some(_)) => return Err(lonely("proxy_password", "proxy_user")),
            (None, None) => None,
        };
        let keep_alive = keys.truth("client_session_keep_alive", false)?;
        let mut idle = Vec::new();
        if keep_alive {
            idle.push("client_session_keep_alive: a session is opened anew before it would expire".to_owned());
        }
        if keys.truth("insecure_mode", false)? {
            idle.push("insecure_mode: certificates are always checked".to_owned());
        }
        Ok(Self {
            user: keys.text("user")?.unwrap_or_default(),
            password: keys.text("password")?,
            database: keys.text("database")?,
            schema: keys.text("schema")?,
            warehouse: keys.text("warehouse")?,
            role: keys.text("role")?,
            method,
            token,
            passcode: keys.text("passcode")?,
            passcode_in_password: keys.truth("passcode_in_password", false)?,
            private_key,
            private_key_path,
            private_key_passphrase: keys.text("private_key_passphrase")?,
            oauth_client,
            query_tag: keys.text("query_tag")?,
            keep_alive,
            address: address(&keys, &account)?,
            proxy: proxy(&keys)?,
            proxy_login,
            connect_retries: u32::try_from(keys.number("connect_retries")?.unwrap_or(1)).unwrap_or(u32::MAX),
            connect_pause: keys.number("connect_timeout")?.map(Duration::from_secs),
            retry_on_database_errors: keys.truth("retry_on_database_errors", false)?,
            retry_all: keys.truth("retry_all", false)?,
            // dbt: sessions are used again unless they are kept alive.
            reuse_connections: keys.truth("reuse_connections", !keep_alive)?,
            join_tests: keys.truth("join_tests", true)?,
            session_lifetime: keys.number("session_lifetime")?.map_or(LIFETIME, Duration::from_secs),
            stage_endpoint: keys.text("s3_stage_vpce_dns_name")?,
            account,
            ignored,
            idle,
            authenticator,
        })
    }

    /// The database and schema of names that have none.
    pub fn place(self) -> (Option<String>, Option<String>) {
        (self.database, self.schema)
    }

    /// What is missing for a login, if anything.
    pub(super) fn incomplete(&self) -> Option<Diagnostic> {
        let missing = |key: &str, why: &str| {
            error(format!("the output has no `{key}`, which {why}"))
                .help(format!("write `{key}:` in the profile, or set the environment variable that it reads"))
        };
        if self.account.is_empty() {
            return Some(missing("account", "names the Snowflake account (`orgname-accountname`)"));
        }
        let needs_user = !matches!(self.method, Method::OAuth | Method::AccessToken);
        if self.user.is_empty() && needs_user {
            return Some(missing("user", "every login of this kind needs"));
        }
        match self.method {
            Method::Password if self.password.is_none() => Some(
                missing("password", "a login with the authenticator `snowflake` needs")
                    .help("for a key pair, write `private_key_path:` or `private_key:`"),
            ),
            Method::KeyPair if self.private_key.is_none() && self.private_key_path.is_none() => {
                Some(missing("private_key_path", "the authenticator `snowflake_jwt` needs (or `private_key`)"))
            }
            Method::OAuth if self.token.is_none() => Some(missing("token", "the authenticator `oauth` needs")),
            Method::AccessToken if self.token.is_none() && self.password.is_none() => {
                Some(missing("token", "the authenticator `programmatic_access_token` needs"))
            }
            Method::AccessToken if self.user.is_empty() => {
                Some(missing("user", "a programmatic access token needs here, since it is sent as the password"))
            }
            _ => None,
        }
    }

    /// The texts that nothing may ever show.
    pub(super) fn secrets(&self) -> Vec<String> {
        let (client, proxy) = (self.oauth_client.as_ref(), self.proxy_login.as_ref());
        // Of a key one line is enough to be kept to oneself; environment variables hold line breaks as two letters.
        let key = self.private_key.as_deref().unwrap_or_default();
        let lines = key.split(['\n', '\\']).map(|line| line.trim_start_matches('n').trim());
        let lines = lines.filter(|line| line.len() >= 20 && !line.starts_with('-')).map(str::to_owned);
        [
            self.password.as_deref(),
            self.token.as_deref(),
            self.passcode.as_deref(),
            self.private_key.as_deref(),
            self.private_key_passphrase.as_deref(),
            client.map(|(_, secret)| secret.as_str()),
            proxy.map(|(_, password)| password.as_str()),
        ]
        .into_iter()
        .flatten()
        .filter(|secret| !secret.is_empty())
        .map(str::to_owned)
        .chain(lines)
        .collect()
    }

    /// What `debug` shows, in dbt's order.
    pub(super) fn description(&self) -> Vec<(String, String)> {
        let optional = |value: &Option<String>| value.clone().unwrap_or_else(|| "None".to_owned());
        let mut lines = vec![
            ("account".to_owned(), self.account.clone()),
            ("user".to_owned(), self.user.clone()),
            ("database".to_owned(), optional(&self.database)),
            ("warehouse".to_owned(), optional(&self.warehouse)),
            ("role".to_owned(), optional(&self.role)),
            ("schema".to_owned(), optional(&self.schema)),
            ("authenticator".to_owned(), self.authenticator.clone()),
            ("logs in by".to_owned(), self.method.words().to_owned()),
            ("query_tag".to_owned(), optional(&self.query_tag)),
            ("client_session_keep_alive".to_owned(), self.keep_alive.to_string()),
            ("address".to_owned(), self.shown_address()),
            ("connect_retries".to_owned(), self.connect_retries.to_string()),
            (
                "connect_timeout".to_owned(),
                self.connect_pause.map_or_else(|| "None".to_owned(), |pause| pause.as_secs().to_string()),
            ),
            ("retry_on_database_errors".to_owned(), self.retry_on_database_errors.to_string()),
            ("retry_all".to_owned(), self.retry_all.to_string()),
            ("reuse_connections".to_owned(), self.reuse_connections.to_string()),
            ("join_tests".to_owned(), self.join_tests.to_string()),
            ("session_lifetime".to_owned(), self.session_lifetime.as_secs().to_string()),
        ];
        if let Some(proxy) = &self.proxy {
            lines.push(("proxy".to_owned(), proxy.to_string()));
        }
        lines.extend(self.idle.iter().map(|text| ("without effect".to_owned(), text.clone())));
        if !self.ignored.is_empty() {
            lines.push(("keys without meaning".to_owned(), self.ignored.join(", ")));
        }
        lines
    }

    /// The server, as messages name it.
    pub(super) fn shown_address(&self) -> String {
        self.address.as_ref().map_or_else(|| "none".to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
    }
}

impl Method {
    /// The method in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::KeyPair => "key pair",
            Self::OAuth => "OAuth token",
            Self::Browser => "browser",
            Self::AccessToken => "programmatic access token, sent as the password",
        }
    }
}

/// The method that `authenticator` means. dbt: a private key counts whatever it says.
fn method(authenticator: &str, has_key: bool) -> Result<Method> {
    const KNOWN: &[&str] = &[
        "snowflake",
        "snowflake_jwt",
        "oauth",
        "jwt",
        "externalbrowser",
        "username_password_mfa",
        "programmatic_access_token",
    ];
    let lowered = authenticator.to_lowercase();
    Ok(match lowered.as_str() {
        "snowflake" | "username_password_mfa" if has_key => Method::KeyPair,
        "snowflake" | "username_password_mfa" => Method::Password,
        "snowflake_jwt" => Method::KeyPair,
        "oauth" | "jwt" => Method::OAuth,
        "externalbrowser" => Method::Browser,
        "programmatic_access_token" => Method::AccessToken,
        _ => {
            let mut diagnostic = error(format!("the authenticator `{authenticator}` is not supported"));
            if lowered.starts_with("http") {
                diagnostic = diagnostic.help("for Okta, use `externalbrowser`, or `oauth` with a token");
            }
            return Err(Box::new(
                diagnostic
                    .suggest(nearest(&lowered, KNOWN.iter().copied()))
                    .note(format!("known authenticators: {}", KNOWN.join(", "))),
            ));
        }
    })
}

/// The server's address: `url`, or `host` with `port` and `protocol`, or that of the account.
fn address(keys: &Keys<'_>, account: &str) -> Result<Option<Url>> {
    let (host, port, protocol) = (keys.text("host")?, keys.number("port")?, keys.text("protocol")?);
    if let Some(text) = keys.text("url")? {
        if host.is_some() {
            return Err(exclusive("url", "host"));
        }
        let url = Url::parse(&text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        return match url {
            Some(url) if url.username().is_empty() && url.password().is_none() => Ok(Some(bare(url))),
            Some(_) => Err(Box::new(error("the key `url` of the output holds a user or password".to_owned()))),
            None => Err(Box::new(
                error(format!("the key `url` of the output is no address: `{text}`"))
                    .help("write `https://HOST`, or `http://HOST:PORT`"),
            )),
        };
    }
    let host = match host {
        Some(host) => host,
        None if account.is_empty() => return Ok(None),
        // dbt: a host name cannot hold an underscore, which account names often have.
        None => {
            let account = account.replace('_', "-").to_lowercase();
            let account = account.trim_end_matches(".snowflakecomputing.com");
            format!("{account}.snowflakecomputing.com")
        }
    };
    let protocol = protocol.unwrap_or_else(|| "https".to_owned()).to_lowercase();
    if !matches!(protocol.as_str(), "http" | "https") {
        return Err(Box::new(
            error(format!("the key `protocol` of the output is `{protocol}`")).help("write `https` or `http`"),
        ));
    }
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    match Url::parse(&format!("{protocol}://{host}{port}")) {
        Ok(url) if url.has_host() && url.path() == "/" => Ok(Some(url)),
        _ => Err(Box::new(
            error(format!("the keys `host` and `port` of the output give no address: `{host}{port}`"))
                .help("write the host alone (`xy12345.snowflakecomputing.com`), and `protocol:` and `port:` beside it"),
        )),
    }
}

fn bare(mut url: Url) -> Url {
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn proxy(keys: &Keys<'_>) -> Result<Option<Url>> {
    match (keys.text("proxy_host")?, keys.number("proxy_port")?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(lonely("proxy_port", "proxy_host")),
        (Some(_), None) => Err(lonely("proxy_host", "proxy_port")),
        (Some(host), Some(port)) => {
            let whole = if host.contains("://") { host.clone() } else { format!("http://{host}") };
            match Url::parse(&format!("{}:{port}", whole.trim_end_matches('/'))) {
                Ok(url) if url.username().is_empty() => Ok(Some(url)),
                Ok(_) => Err(Box::new(
                    error("the key `proxy_host` of the output holds a user".to_owned())
                        .help("write `proxy_user:` and `proxy_password:`"),
                )),
                Err(_) => Err(Box::new(error(format!("the key `proxy_host` of the output is no host: `{host}`")))),
            }
        }
    }
}

/// The keys that were given; empty texts count as absent.
struct Keys<'a>(&'a Map<String, Value>);

impl Keys<'_> {
    fn text(&self, key: &str) -> Result<Option<String>> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
            Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Box::new(error(format!("the key `{key}` of the output must be a text")))),
        }
    }

    fn truth(&self, key: &str, default: bool) -> Result<bool> {
        match self.text(key)?.map(|text| text.to_lowercase()).as_deref() {
            None | Some("none") => Ok(default),
            Some("true" | "1" | "yes" | "on") => Ok(true),
            Some("false" | "0" | "no" | "off") => Ok(false),
            Some(other) => Err(Box::new(
                error(format!("the key `{key}` of the output is `{other}`")).help("write `true` or `false`"),
            )),
        }
    }

    fn number(&self, key: &str) -> Result<Option<u64>> {
        match self.text(key)? {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("none") => Ok(None),
            Some(text) => text.trim().parse().map(Some).map_err(|_| {
                Box::new(
                    error(format!("the key `{key}` of the output is `{text}`"))
                        .help("write a whole number, not below zero"),
                )
            }),
        }
    }
}

/// A path from the project's folder; `~` is the user's home.
fn in_folder(path: &str, project_dir: &Path) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => project_dir.join(path),
    }
}

fn secret_file(path: &Path, written: &str, key: &str) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|problem| {
        Box::new(error(format!("the file `{written}`, which `{key}` of the output names, cannot be read: {problem}")))
    })?;
    Ok(text.trim().to_owned())
}

pub(super) fn error(message: String) -> Diagnostic {
    Diagnostic::error(Class::Profile, message)
}

fn exclusive(one: &str, other: &str) -> Box<Diagnostic> {
    Box::new(error(format!("the output has both `{one}` and `{other}`")).help("leave one of them out"))
}

fn lonely(given: &str, missing: &str) -> Box<Diagnostic> {
    Box::new(error(format!("the output has `{given}` without `{missing}`")).help(format!("add `{missing}:`")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Credentials> {
        let mut output = json!({"type": "snowflake", "account": "org-acc", "user": "me", "password": "secret-word"});
        for (key, item) in value.as_object().unwrap() {
            output[key] = item.clone();
        }
        Credentials::read(output.as_object().unwrap(), Path::new("."))
    }

    fn refused(value: &Value) -> Diagnostic {
        match read(value) {
            Err(diagnostic) => *diagnostic,
            Ok(credentials) => panic!("{credentials:?} was read"),
        }
    }

    #[test]
    fn the_address_comes_from_the_account_or_is_given() {
        let of = |value: &Value| read(value).unwrap().shown_address();
        assert_eq!(of(&json!({})), "https://org-acc.snowflakecomputing.com");
        assert_eq!(of(&json!({"account": "ORG-my_acc"})), "https://org-my-acc.snowflakecomputing.com");
        assert_eq!(of(&json!({"account": "xy1.eu-west-1"})), "https://xy1.eu-west-1.snowflakecomputing.com");
        assert_eq!(of(&json!({"host": "127.0.0.1", "port": "8080", "protocol": "HTTP"})), "http://127.0.0.1:8080");
        assert_eq!(of(&json!({"url": "http://localhost:1/ignored?a=1"})), "http://localhost:1");
        assert!(refused(&json!({"url": "http://a:b@h"})).message.contains("user or password"));
        assert!(refused(&json!({"url": "snow"})).message.contains("no address"));
        assert!(refused(&json!({"url": "http://h", "host": "h"})).message.contains("both `url` and `host`"));
        assert!(refused(&json!({"host": "https://h/x"})).message.contains("give no address"));
        assert!(refused(&json!({"protocol": "ftp"})).message.contains("`ftp`"));
        assert!(refused(&json!({"port": "x"})).help[0].contains("whole number"));
    }

    #[test]
    fn each_authenticator_needs_its_own_keys() {
        let method = |value: &Value| read(value).unwrap().method;
        assert_eq!(method(&json!({})), Method::Password);
        assert_eq!(method(&json!({"private_key_path": "k.p8"})), Method::KeyPair);
        assert_eq!(method(&json!({"authenticator": "externalbrowser"})), Method::Browser);
        assert_eq!(method(&json!({"authenticator": "OAuth", "token": "t"})), Method::OAuth);
        assert_eq!(method(&json!({"authenticator": "username_password_mfa"})), Method::Password);
        let pat = json!({"authenticator": "programmatic_access_token", "token": "t"});
        assert_eq!(method(&pat), Method::AccessToken);
        assert_eq!(refused(&json!({"authenticator": "outh"})).help, ["did you mean `oauth`?"]);
        assert!(refused(&json!({"authenticator": "https://x.okta.com"})).help[0].contains("Okta"));
        let lacking = |value: &Value| read(value).unwrap().incomplete().unwrap().message;
        assert!(lacking(&json!({"account": ""})).contains("`account`"));
        assert!(lacking(&json!({"user": null})).contains("`user`"));
        assert!(lacking(&json!({"password": ""})).contains("`password`"));
        assert!(lacking(&json!({"authenticator": "oauth", "user": ""})).contains("`token`"));
        assert!(lacking(&json!({"authenticator": "snowflake_jwt"})).contains("`private_key_path`"));
        assert_eq!(read(&json!({})).unwrap().incomplete(), None);
    }

    #[test]
    fn pairs_of_keys_are_checked() {
        assert!(refused(&json!({"private_key": "a", "private_key_path": "b"})).message.contains("both"));
        assert!(refused(&json!({"oauth_client_id": "a"})).message.contains("without `oauth_client_secret`"));
        assert!(refused(&json!({"proxy_host": "p"})).message.contains("without `proxy_port`"));
        assert!(refused(&json!({"retry_all": "maybe"})).message.contains("`maybe`"));
        assert!(refused(&json!({"workload_identity_provider": "AWS"})).help[0].contains("key pair"));
        assert!(refused(&json!({"role": ["a"]})).message.contains("must be a text"));
        let proxy = read(&json!({"proxy_host": "proxy.corp", "proxy_port": 3128})).unwrap();
        assert_eq!(proxy.proxy.unwrap().as_str(), "http://proxy.corp:3128/");
    }

    #[test]
    fn nothing_secret_is_described() {
        let given = json!({
            "token": "tok-1", "passcode": "123456", "private_key_passphrase": "phrase-1", "warehose": "x",
            "oauth_client_id": "id", "oauth_client_secret": "client-1", "query_tag": "t", "retry_all": true
        });
        let credentials = read(&given).unwrap();
        let shown = format!("{:?} {credentials:?}", credentials.description());
        for secret in credentials.secrets() {
            assert!(!shown.contains(&secret), "{secret} in {shown}");
        }
        assert_eq!(credentials.secrets().len(), 5);
        assert!(shown.contains("warehose (did you mean warehouse?)"));
        assert_eq!((credentials.connect_retries, credentials.connect_pause), (1, None));
    }
}
