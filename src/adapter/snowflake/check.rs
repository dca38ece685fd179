//! `debug`: the way to the server, the login, and each thing that the profile names, one after the other.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use super::session::SnowflakeSession;
use super::shared::Shared;
use crate::adapter::{AdapterError, Answer, Cell, Check, Checked, Dialect, ErrorKind, Fetch, Session};
use crate::diagnostic::{Class, Diagnostic};

/// How long the server, or the proxy before it, may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_secs(10);

/// Tries everything in order and tells of each step.
pub(super) fn check(shared: &Arc<Shared>, tell: &mut dyn FnMut(Check)) {
    let mut session = SnowflakeSession::new(Arc::clone(shared), "debug");
    let mut goes_on = true;
    let mut step = |name: &'static str, needed: bool, tried: &mut dyn FnMut() -> Result<String, AdapterError>| {
        let outcome = match goes_on.then(&mut *tried) {
            None => Checked::Skipped,
            Some(Ok(found)) => Checked::Fine(found),
            Some(Err(error)) => {
                goes_on = !needed;
                Checked::Failed(error)
            }
        };
        tell(Check { name, outcome });
    };
    let credentials = &shared.credentials;
    step("network", true, &mut || reach(shared));
    step("login", true, &mut || {
        session.execute("select 1 as id", Fetch::All)?;
        Ok(format!("as {} by {}", credentials.user, credentials.method.words()))
    });
    step("role", true, &mut || match &credentials.role {
        None => Ok("the user's own, since the profile names none".to_owned()),
        Some(role) => named(&mut session, &format!("use role {role}"), role, "role", ROLE).map(|_| role.clone()),
    });
    step("warehouse", false, &mut || match &credentials.warehouse {
        None => Ok("the user's own, since the profile names none".to_owned()),
        Some(name) => {
            let sql = format!("use warehouse {name}");
            named(&mut session, &sql, name, "warehouse", WAREHOUSE).map(|_| name.clone())
        }
    });
    let schema = credentials.schema.clone().unwrap_or_default();
    let mut is_there = false;
    step("database", true, &mut || match &credentials.database {
        None => Err(explained("the profile names no database", "write `database:` in the profile")),
        Some(database) => {
            let pattern = Dialect::SNOWFLAKE.literal(&schema);
            let sql = format!("show terse schemas like {pattern} in database {database}");
            let answer = named(&mut session, &sql, database, "database", DATABASE)?;
            let name = answer.table.position("name");
            let is_own = |row: &Vec<Cell>| {
                let found = name.and_then(|at| row.get(at)?.as_str());
                found.is_some_and(|name| name.eq_ignore_ascii_case(schema.trim_matches('"')))
            };
            is_there = answer.table.rows.iter().any(is_own);
            Ok(database.clone())
        }
    });
    step("schema", false, &mut || {
        if schema.is_empty() {
            return Err(explained("the profile names no schema", "write `schema:` in the profile"));
        }
        let missing = "is not there yet: the first build makes it, for which the role needs CREATE SCHEMA";
        Ok(if is_there { schema.clone() } else { format!("{schema} {missing}") })
    });
}

const ROLE: &str = "check `role:` in the profile, and that it is granted to the user (`show grants to user NAME`)";

const WAREHOUSE: &str = "check `warehouse:` in the profile (`show warehouses`), and that the role has USAGE on it (`grant usage on warehouse ..`)";

const DATABASE: &str = "check `database:` in the profile (`show databases`), and that the role has USAGE on it (`grant usage on database ..`)";

fn explained(message: impl Into<String>, help: &str) -> AdapterError {
    AdapterError::explained(ErrorKind::Connection, Diagnostic::error(Class::Runtime, message.into()).help(help))
}

/// Runs what needs something that the profile names.
fn named(
    session: &mut SnowflakeSession,
    sql: &str,
    name: &str,
    what: &str,
    help: &str,
) -> Result<Answer, AdapterError> {
    session
        .execute(sql, Fetch::All)
        .map_err(|error| explained(format!("the {what} `{name}` cannot be used: {}", error.message), help))
}

/// Opens a connection to the server or to the proxy before it, and closes it.
fn reach(shared: &Shared) -> Result<String, AdapterError> {
    let credentials = &shared.credentials;
    if let Some(missing) = credentials.incomplete() {
        return Err(AdapterError::explained(ErrorKind::Connection, missing));
    }
    let (url, help) = match (&credentials.proxy, &credentials.address) {
        (Some(proxy), _) => (proxy, "check `proxy_host:` and `proxy_port:` in the profile"),
        (None, Some(address)) if std::env::var_os("HTTPS_PROXY").is_none() => (
            address,
            "check the network, and `account:` or `host:` of the profile; behind a proxy, set `proxy_host:` or HTTPS_PROXY",
        ),
        // Which proxy the environment means for which host is the client's to say.
        _ => return Ok("by the proxy of HTTPS_PROXY".to_owned()),
    };
    let shown = url.as_str().trim_end_matches('/');
    let failed = |why: String| explained(format!("{shown} cannot be reached: {why}"), help);
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(failed("it has no host".to_owned()));
    };
    let places = (host, port).to_socket_addrs().map_err(|error| failed(format!("its name is not known ({error})")))?;
    let mut why = "its name has no address".to_owned();
    for place in places {
        match TcpStream::connect_timeout(&place, REACHED_WITHIN) {
            Ok(_) => return Ok(format!("{shown} answers")),
            Err(error) => why = error.to_string(),
        }
    }
    Err(failed(why))
}
