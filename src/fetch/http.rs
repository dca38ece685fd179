//! Requests over HTTP, tried again where the network failed.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use crate::diagnostic::{Class, Diagnostic, Result};

/// dbt: tries five times more, a second apart.
const ATTEMPTS: u32 = 6;

/// Fetches a JSON document.
///
/// # Errors
/// The server cannot be reached, refuses, or answers with something else.
pub fn json(url: &str) -> Result<serde_json::Value> {
    let text = attempt(url, |body| {
        let mut text = String::new();
        body.read_to_string(&mut text).map(|_| text)
    })?;
    serde_json::from_str(&text).map_err(|error| failed(url, &format!("the answer is no JSON: {error}")))
}

/// Downloads a file.
///
/// # Errors
/// The server cannot be reached or refuses, or the file cannot be written.
pub fn download(url: &str, to: &Path) -> Result<()> {
    attempt(url, |body| {
        let mut file = std::fs::File::create(to)?;
        std::io::copy(body, &mut file)?;
        file.flush()
    })
}

fn attempt<T>(url: &str, read: impl Fn(&mut dyn Read) -> std::io::Result<T>) -> Result<T> {
    let agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .build()
        .new_agent();
    let mut tried = 1;
    loop {
        let why = match agent.get(url).call() {
            Ok(mut answer) => {
                let mut body = answer.body_mut().with_config().limit(u64::MAX).reader();
                match read(&mut body) {
                    Ok(value) => return Ok(value),
                    Err(error) => error.to_string(),
                }
            }
            // The server knows what it refuses: asking again changes nothing.
            Err(ureq::Error::StatusCode(code)) if code < 500 => {
                return Err(failed(url, &format!("the server answers with status {code}")));
            }
            Err(error) => error.to_string(),
        };
        if tried == ATTEMPTS {
            return Err(failed(url, &why));
        }
        tried += 1;
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn failed(url: &str, why: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Dependency, format!("External connection exception occurred: {url}: {why}"))
            .help("check the network; `HTTPS_PROXY` names a proxy, and `DBT_PACKAGE_HUB_URL` another package hub"),
    )
}
