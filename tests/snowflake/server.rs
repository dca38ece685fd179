//! The server, started for one test, and its doors.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::project::Project;
use crate::python_tools;

/// The password of every profile here; nothing may show it.
pub const PASSWORD: &str = "planted-Passw0rd-7c1f";

/// A running server.
pub struct Server {
    child: Child,
    address: String,
    /// Where it keeps its files, which it does not remove when it is killed.
    _files: tempfile::TempDir,
}

impl Server {
    /// Starts one; `None` where there is no Python for it.
    pub fn start() -> Option<Self> {
        let python = python_tools::with("fakesnow")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/fakesnow_json.py");
        let files = tempfile::tempdir().unwrap();
        let mut child = Command::new(python)
            .arg(script)
            .env("TMPDIR", files.path())
            .args(["--chunk-rows", "5000"])
            .env("NO_PROXY", "127.0.0.1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        // It goes on to write, and would end where nobody reads.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let address = line.trim().strip_prefix("LISTENING http://").expect("the server says where it listens");
        // It says so before it listens.
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < end, "the server at {address} never listened");
            sleep(Duration::from_millis(50));
        }
        Some(Self { address: address.to_owned(), child, _files: files })
    }

    /// The address as a profile has it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A request to one of the doors; the answer as JSON.
    pub fn door(&self, name: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string);
        let method = if body.is_some() { "POST" } else { "GET" };
        let body = body.unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "{method} /_test/{name} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// One fault for the next request that it fits.
    pub fn fault(&self, fault: Value) {
        self.door("fault", Some(&fault));
    }

    pub fn reset(&self) {
        self.door("reset", Some(&json!({})));
    }

    /// The statements so far.
    pub fn log(&self) -> Vec<Value> {
        self.door("log", None).as_array().unwrap().clone()
    }

    /// The statements whose text has a part, in lower case.
    pub fn sent(&self, part: &str) -> Vec<Value> {
        let has = |entry: &Value| entry["sql"].as_str().unwrap().to_lowercase().contains(part);
        self.log().into_iter().filter(has).collect()
    }

    /// Waits until a statement with a part is running.
    #[track_caller]
    pub fn await_running(&self, part: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.sent(part).iter().any(|entry| entry["state"] == "sent") {
            assert!(Instant::now() < end, "`{part}` was never sent: {:?}", self.log());
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until every statement with a part is stopped: the server writes that down after it answered.
    #[track_caller]
    pub fn await_stopped(&self, part: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.sent(part).iter().any(|entry| entry["state"] != "stopped") {
            assert!(Instant::now() < end, "`{part}` was never stopped: {:?}", self.log());
            sleep(Duration::from_millis(50));
        }
    }

    /// A project `shop` on this server, with further keys of its output.
    pub fn project(&self, keys: &str) -> Project {
        let profiles = format!(
            "shop:\n  target: dev\n  outputs:\n    dev: {{type: snowflake, account: test, user: tester, \
             password: {PASSWORD}, warehouse: WH, database: SHOP, schema: dev, threads: 2, url: \"{}\"{keys}}}\n",
            self.url()
        );
        let project = Project::empty().file("profiles.yml", profiles);
        project.file("project.yml", "name: shop\nversion: \"1.0\"\nprofile: shop\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
