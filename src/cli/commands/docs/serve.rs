//! `docs serve`: a web server for the one page and the artifacts beside it.
//!
//! The page needs no server; this is for those who look at a machine from another one, and for scripts made for dbt.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::site::{self, PAGE};
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::{Event, Level};

/// What is given out, with its type; nothing else of the folder is.
const FILES: [(&str, &str); 6] = [
    (PAGE, "text/html; charset=utf-8"),
    ("static_index.html", "text/html; charset=utf-8"),
    ("manifest.json", "application/json"),
    ("catalog.json", "application/json"),
    ("run_results.json", "application/json"),
    ("sources.json", "application/json"),
];
/// The longest request that is read, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Arguments of `docs serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Do not open the browser
    #[arg(long)]
    no_browser: bool,
    /// The opposite of --no-browser, which is the default
    #[arg(long, hide = true, conflicts_with = "no_browser")]
    browser: bool,
}

/// Runs `docs serve` until it is stopped.
///
/// # Errors
/// There is no page, or the port cannot be listened on.
pub(super) fn serve(args: &ServeArgs, shell: &Shell) -> Outcome {
    let folder = shell.read()?.0.target_path;
    if !folder.join(PAGE).is_file() {
        let message = format!("`{}` does not exist", folder.join(PAGE).display());
        return Err(Box::new(Diagnostic::error(Class::File, message).help("write it: `netflix docs generate`")).into());
    }
    let listening = TcpListener::bind((args.host.as_str(), args.port))
        .and_then(|listener| listener.local_addr().map(|address| (listener, address)));
    let (listener, address) = listening.map_err(|error| {
        let message = format!("cannot listen on {}:{}: {error}", args.host, args.port);
        Box::new(Diagnostic::error(Class::Usage, message).help("take another port: `--port 0` takes a free one"))
    })?;
    let message = format!("Serving docs at http://{address}\nPress Ctrl+C to exit.");
    shell.events.send(Event::Note { level: Level::Info, message });
    if !args.no_browser {
        site::open(&PathBuf::from(format!("http://{address}")), shell);
    }
    for stream in listener.incoming().flatten() {
        let folder = folder.clone();
        // A reader that is slow, or that only opens a connection, keeps nobody waiting.
        std::thread::spawn(move || drop(answer(stream, &folder)));
    }
    Ok(0)
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(LONGEST));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let name = target.split('?').next().unwrap_or_default().trim_start_matches('/');
    let name = if name.is_empty() { PAGE } else { name };
    let found = FILES.iter().find(|(known, _)| *known == name);
    let (status, kind, body) = match (method, found) {
        ("GET" | "HEAD", Some((known, kind))) => match fs::read(folder.join(known)) {
            Ok(body) => ("200 OK", *kind, body),
            Err(_) => ("404 Not Found", "text/plain", b"not written yet\n".to_vec()),
        },
        ("GET" | "HEAD", None) => ("404 Not Found", "text/plain", b"no such page\n".to_vec()),
        _ => ("405 Method Not Allowed", "text/plain", b"only GET\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}
