//! What went wrong with a statement or a login: its class, which decides what is done, and its message.

use std::error::Error as _;

use snowflake_connector_rs::{Error, ErrorKind as Kind};

use crate::adapter::{AdapterError, ErrorKind};
use crate::diagnostic::{Class as Heading, Diagnostic};

/// What is done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The server has forgotten the session: the statement was not taken, and a new session can take it.
    Expired,
    /// The server has no time for the request and says so: it was not taken.
    Busy,
    /// Others hold what the statement wants; it was given up without a trace.
    Waiting,
    /// The server failed inside; nothing of the statement stays.
    Broken,
    /// A request was sent and no answer came: it may have run, or run still.
    Unknown,
    /// It was stopped by us or by somebody else.
    Cancelled,
    /// It took longer than the server allows.
    TooLong,
    /// The login was refused.
    Refused,
    /// It is wrong, and would be wrong again.
    Final,
}

/// A failure of the client or the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub class: Class,
    /// Snowflake's code, where the server gave one.
    pub code: Option<String>,
    /// What was said, every line of it.
    pub said: String,
    /// The name of the query, where the server had taken it.
    pub query_id: Option<String>,
}

impl Failure {
    /// The failure of a client's error.
    pub(super) fn of(error: &Error) -> Self {
        let code = error.snowflake_code().map(str::to_owned);
        let said = match error.snowflake_message() {
            Some(message) => redacted(message),
            None => chain(error),
        };
        let class = match error.kind() {
            Kind::Cancelled => Class::Cancelled,
            Kind::SessionExpired => Class::Expired,
            Kind::Auth => Class::Refused,
            Kind::Network => of_status(&error.to_string()),
            Kind::Timeout => Class::Unknown,
            // The answer was there and could not be understood: the statement has run.
            Kind::Protocol | Kind::Decode | Kind::Internal => Class::Final,
            Kind::Server => of_code(code.as_deref().unwrap_or_default(), &said),
            _ => Class::Final,
        };
        Self { class, code, said, query_id: error.query_id().map(str::to_owned) }
    }

    /// The refusal of a statement; `start` is its place in the whole text.
    pub(super) fn into_error(self, statement: &str, start: usize) -> AdapterError {
        let kind = self.kind();
        let mut text = match &self.code {
            Some(code) => format!("{code}: {}", self.said),
            None => self.said.clone(),
        };
        if let Some(help) = self.help() {
            text = format!("{text}\n{help}");
        }
        if let Some(id) = &self.query_id {
            text = format!("{text}\nquery id: {id}");
        }
        let mut error = AdapterError::new(kind, text);
        // The first line of a compilation error is a heading.
        let telling = self.said.lines().find(|line| !line.trim().is_empty() && !line.trim_end().ends_with(':'));
        if let Some(line) = telling {
            line.clone_into(&mut error.message);
        }
        error.position = place(&self.said, statement).map(|at| start + at);
        error.length = None;
        error.query_id = self.query_id;
        error
    }

    fn kind(&self) -> ErrorKind {
        match self.class {
            Class::Expired | Class::Busy | Class::Unknown | Class::Refused => ErrorKind::Connection,
            Class::Waiting => ErrorKind::Lock,
            Class::Cancelled => ErrorKind::Interrupted,
            Class::TooLong => ErrorKind::Timeout,
            Class::Broken => ErrorKind::Other,
            Class::Final => match self.code.as_deref().unwrap_or_default() {
                "001003" | "000900" | "001012" => ErrorKind::Syntax,
                "002003" | "002043" | "002002" | "002140" | "002141" | "003001" => ErrorKind::Catalog,
                "000904" | "002027" | "001789" | "001790" | "002014" | "002018" | "001044" => ErrorKind::Binder,
                "100072" | "100090" | "100078" => ErrorKind::Constraint,
                code if code.starts_with("1000") || code == "100132" || code == "002262" => ErrorKind::Conversion,
                _ => ErrorKind::Other,
            },
        }
    }

    /// What the user can do about it.
    fn help(&self) -> Option<&'static str> {
        match (self.class, self.code.as_deref().unwrap_or_default()) {
            (Class::Unknown, _) => Some(
                "the connection was lost before the answer came, so the statement may have run: look it up in the \
                 query history before running the node again",
            ),
            (Class::Waiting, _) => {
                Some("other statements hold the lock of the table; it was tried again several times")
            }
            (Class::Busy, _) => Some("the server is overloaded; what can safely be repeated was tried again"),
            (Class::TooLong, _) => Some(
                "raise STATEMENT_TIMEOUT_IN_SECONDS of the warehouse, or give the node a larger one with \
                 `snowflake_warehouse`",
            ),
            (Class::Final, "000606") => {
                Some("set `warehouse:` in the profile to one that the role may use, or resume it")
            }
            (Class::Final, "003001") => Some("the role lacks a privilege: check `role:` in the profile"),
            (Class::Final, "090105" | "090106") => {
                Some("check `database:` and `schema:` in the profile, and that the role may use them")
            }
            _ => None,
        }
    }

    /// The refusal of a login to `address`.
    pub(super) fn into_login_error(self, address: &str) -> AdapterError {
        let (message, help) = match self.class {
            // The client says so of its own, before anything is sent.
            Class::Refused if self.said.starts_with("private key error") => (
                format!("the private key of the profile cannot be opened ({})", self.said),
                "check `private_key_passphrase:`, which opens an encrypted key, and that the key is whole",
            ),
            Class::Refused => (format!("the login was refused by {address}: {}", self.said), refusal_help(&self.said)),
            Class::Final if self.said.starts_with("HTTP 40") => (
                format!("{address} is no Snowflake account: {}", self.said),
                "check `account:` of the profile: `orgname-accountname`, as the account's own page shows it",
            ),
            Class::Busy => (format!("{address} is overloaded: {}", self.said), "run it again later"),
            Class::Unknown => (
                format!("{address} cannot be reached: {}", self.said),
                "check the network, `account:` or `host:` of the profile, and the proxy (`proxy_host:`, HTTPS_PROXY)",
            ),
            _ => (format!("no session could be opened with {address}: {}", self.said), "see `netflix debug`"),
        };
        AdapterError::explained(ErrorKind::Connection, Diagnostic::error(Heading::Runtime, message).help(help))
    }
}

/// What to say of a refused login, by the server's words: it gives no code.
fn refusal_help(said: &str) -> &'static str {
    let said = said.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if any(&["jwt token is invalid"]) {
        "the public key of the user is not that of the private key (`desc user NAME` shows RSA_PUBLIC_KEY_FP), or the \
         clock of this machine is wrong"
    } else if any(&["multi-factor", "mfa", "duo", "totp", "passcode"]) {
        "set `passcode:`, use `authenticator: externalbrowser`, or a key pair for programs"
    } else if any(&["locked"]) {
        "the user is locked after too many refused logins; it opens by itself after 15 minutes"
    } else if any(&["not allowed to access", "network policy", "ip address"]) {
        "a network policy of the account lets this address not in"
    } else if any(&["role"]) {
        "check `role:` of the profile, and that it is granted to the user"
    } else if any(&["oauth", "access token", "token"]) {
        "the token is wrong or has expired: make a new one"
    } else if any(&["password", "username"]) {
        "check `user:` and `password:` of the profile"
    } else {
        "check the credentials of the profile"
    }
}

/// The class of a failed request by its HTTP status, which the client shows in its message alone.
fn of_status(shown: &str) -> Class {
    let status = shown.strip_prefix("HTTP ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    match status {
        Some(429 | 503) => Class::Busy,
        Some(400..=407 | 409..=428) => Class::Final,
        _ => Class::Unknown,
    }
}

/// The class of Snowflake's code.
fn of_code(code: &str, said: &str) -> Class {
    match code {
        // Snowflake: session gone, token invalid, expired or not found.
        "390103" | "390104" | "390110" | "390111" | "390112" | "390114" | "390195" => Class::Expired,
        "000625" => Class::Waiting,
        // A lock that another transaction holds for too long.
        "000628" => Class::Waiting,
        "000603" | "300002" | "370001" => Class::Broken,
        "000630" => Class::TooLong,
        "000604" if said.to_lowercase().contains("timeout") => Class::TooLong,
        "000604" => Class::Cancelled,
        _ => Class::Final,
    }
}

/// An error with its causes.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}

/// dbt: rows in a message are data and are not shown.
fn redacted(message: &str) -> String {
    let mut text = message.to_owned();
    for (opened, closed, shown) in [
        ("Row Values: [", "]", "Row Values: [redacted]"),
        ("Duplicate field key '", "'", "Duplicate field key '[redacted]'"),
    ] {
        if let Some(start) = text.find(opened)
            && let Some(end) = text.rfind(closed)
            && end >= start + opened.len()
        {
            text.replace_range(start..end + closed.len(), shown);
        }
    }
    text
}

/// Where in the statement a message means, in bytes: the line and position that it names, or else the object.
fn place(said: &str, statement: &str) -> Option<usize> {
    named_position(said, statement).or_else(|| named_object(said, statement))
}

/// `line 3 at position 4`: the line from 1, the position from 0, in letters.
fn named_position(said: &str, statement: &str) -> Option<usize> {
    let mut rest = said;
    while let Some((_, after)) = rest.split_once("line ") {
        rest = after;
        let (line, tail) = after.split_once(" at position ")?;
        let Ok(line) = line.trim().parse::<usize>() else { continue };
        let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
        let position = digits.parse::<usize>().ok()?;
        let start: usize = statement.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let text = statement.get(start..)?.lines().next()?;
        let within = text.char_indices().nth(position).map_or(text.len(), |(at, _)| at);
        return Some(start + within);
    }
    None
}

/// `Object 'DB.S.NAME' does not exist`: the first place of that name.
fn named_object(said: &str, statement: &str) -> Option<usize> {
    let quoted = ["Object '", "Schema '", "Database '", "Table '", "View '", "Function '"]
        .iter()
        .find_map(|opened| said.split_once(opened)?.1.split_once('\''))?
        .0;
    let name = quoted.rsplit('.').next()?.trim_matches('"').to_lowercase();
    if name.is_empty() {
        return None;
    }
    let lowered = statement.to_ascii_lowercase();
    let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    lowered
        .match_indices(&name)
        .map(|(at, _)| at)
        .find(|at| !is_word(lowered[..*at].chars().next_back()) && !is_word(lowered[at + name.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(class: Class, code: &str, said: &str) -> Failure {
        Failure { class, code: Some(code.to_owned()), said: said.to_owned(), query_id: Some("01b-q".to_owned()) }
    }

    #[test]
    fn codes_and_statuses_have_classes() {
        assert_eq!(of_code("390112", ""), Class::Expired);
        assert_eq!(of_code("000625", ""), Class::Waiting);
        assert_eq!(of_code("000603", ""), Class::Broken);
        assert_eq!(of_code("000604", "SQL execution canceled"), Class::Cancelled);
        assert_eq!(of_code("000604", "reached its statement or warehouse timeout of 3 second(s)"), Class::TooLong);
        assert_eq!(of_code("000630", ""), Class::TooLong);
        assert_eq!(of_code("002003", ""), Class::Final);
        assert_eq!(of_status("HTTP 503: busy"), Class::Busy);
        assert_eq!(of_status("HTTP 429: slow down"), Class::Busy);
        assert_eq!(of_status("HTTP 502: bad gateway"), Class::Unknown);
        assert_eq!(of_status("HTTP 403: no"), Class::Final);
        assert_eq!(of_status("network error"), Class::Unknown);
    }

    #[test]
    fn messages_carry_code_query_and_place() {
        let sql = "select a,\n  é, nope\nfrom t";
        let said = "SQL compilation error: error line 2 at position 5\ninvalid identifier 'NOPE'";
        let error = failure(Class::Final, "000904", said).into_error(sql, 10);
        assert_eq!(error.kind, ErrorKind::Binder);
        assert_eq!(error.message, "SQL compilation error: error line 2 at position 5");
        assert_eq!(error.text, format!("000904: {said}\nquery id: 01b-q"));
        assert_eq!(error.query_id.as_deref(), Some("01b-q"));
        let at = error.position.unwrap() - 10;
        assert_eq!(&sql[at..at + 4], "nope");
    }

    #[test]
    fn a_missing_object_is_found_in_the_statement() {
        let sql = "select * from db.s.orders_old join db.s.\"Orders\" using (id)";
        let said = "SQL compilation error:\nObject 'DB.S.ORDERS' does not exist or not authorized.";
        let error = failure(Class::Final, "002003", said).into_error(sql, 0);
        assert_eq!(error.kind, ErrorKind::Catalog);
        assert_eq!(error.message, "Object 'DB.S.ORDERS' does not exist or not authorized.");
        assert_eq!(error.position, sql.find("Orders"));
        assert_eq!(named_position("line x at position 3", "a"), None);
        assert_eq!(named_position("error line 9 at position 3", "a"), None);
        assert_eq!(named_position("error line 1 at position 99", "abc"), Some(3));
    }

    #[test]
    fn data_in_messages_is_not_shown() {
        let said = "Duplicate row detected during DML action\nRow Values: [12345, \"my name\", [1]]";
        assert_eq!(redacted(said), "Duplicate row detected during DML action\nRow Values: [redacted]");
        assert_eq!(redacted("Duplicate field key 'a'b'"), "Duplicate field key '[redacted]'");
        assert_eq!(redacted("Row Values: [open"), "Row Values: [open");
    }

    #[test]
    fn refused_logins_are_explained() {
        let told = |said: &str| {
            let failure = Failure { class: Class::Refused, code: None, said: said.to_owned(), query_id: None };
            failure.into_login_error("https://a").diagnostic.clone().unwrap()
        };
        let help = |said: &str| told(said).help[0].clone();
        let key = told("private key error: PKCS#5 encryption failed");
        assert!(!key.message.contains("https://a") && key.help[0].contains("`private_key_passphrase:`"));
        assert!(help("JWT token is invalid. [8a1c]").contains("RSA_PUBLIC_KEY_FP"));
        assert!(help("Incorrect username or password was specified.").contains("`password:`"));
        assert!(help("Failed to authenticate: MFA authentication is required").contains("`passcode:`"));
        assert!(help("Your user account has been temporarily locked").contains("15 minutes"));
        assert!(help("Role 'X' specified in the connect string does not exist").contains("`role:`"));
        assert!(help("Invalid OAuth access token. [x]").contains("make a new one"));
    }
}
