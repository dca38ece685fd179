//! Each way to log in, as the server sees it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::project::Project;
use crate::python_tools;
use crate::server::Server;

/// A pair of keys: plain, encrypted, and the plain one as DER in base64.
const KEYS: &str = "
import base64, json
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
def private(encoding, encryption): return key.private_bytes(encoding, s.PrivateFormat.PKCS8, encryption)
print(json.dumps({
    'plain': private(s.Encoding.PEM, s.NoEncryption()).decode(),
    'encrypted': private(s.Encoding.PEM, s.BestAvailableEncryption(b'open sesame')).decode(),
    'base64': base64.b64encode(private(s.Encoding.DER, s.NoEncryption())).decode(),
    'public': key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode(),
}))
";

pub fn keys() -> Option<Value> {
    let python = python_tools::with("cryptography")?;
    let made = Command::new(python).args(["-c", KEYS]).output().unwrap();
    Some(serde_json::from_slice(&made.stdout).unwrap())
}

/// A project whose login has these keys instead of a password.
pub fn with(server: &Server, keys: &str) -> Project {
    let project = server.project(keys);
    let text = project.read("profiles.yml");
    let (before, after) = text.split_once("password: ").unwrap();
    let (_, after) = after.split_once(", ").unwrap();
    project.write("profiles.yml", format!("{before}{after}"));
    project
}

/// What the last login said.
fn said(server: &Server) -> Value {
    server.door("logins", None).as_array().unwrap().last().cloned().unwrap_or_default()
}

#[test]
fn a_key_pair_signs_what_the_server_checks() {
    let Some(server) = Server::start() else { return };
    let Some(keys) = keys() else { return };
    let text = |name: &str| keys[name].as_str().unwrap().to_owned();
    server.door("key", Some(&json!({"pem": text("public")})));
    let inline = text("plain").replace('\n', "\\n");
    for (keys, file) in [
        (", private_key_path: key.p8".to_owned(), text("plain")),
        (", private_key_path: key.p8, private_key_passphrase: open sesame".to_owned(), text("encrypted")),
        (", authenticator: snowflake_jwt, private_key_path: key.p8".to_owned(), text("base64")),
        (format!(", private_key: \"{inline}\""), String::new()),
        (format!(", private_key: {}", text("base64")), String::new()),
    ] {
        server.reset();
        let project = with(&server, &keys).file("key.p8", &file);
        project.ok(&["debug"]).says(0, &["login: [OK as tester by key pair]"]);
        assert_eq!(said(&server)["AUTHENTICATOR"], "SNOWFLAKE_JWT", "{keys}");
        assert!(said(&server)["PASSWORD"].is_null());
    }
}

#[test]
fn a_key_that_does_not_fit_is_explained() {
    let Some(server) = Server::start() else { return };
    let (Some(keys), Some(others)) = (keys(), keys()) else { return };
    server.door("key", Some(&json!({"pem": keys["public"]})));
    let project = with(&server, ", private_key_path: key.p8").file("key.p8", others["plain"].as_str().unwrap());
    project.run(&["debug"]).says(1, &["JWT token is invalid", "RSA_PUBLIC_KEY_FP"]);
    server.reset();
    let wrong = with(&server, ", private_key_path: key.p8, private_key_passphrase: wrong")
        .file("key.p8", keys["encrypted"].as_str().unwrap());
    let run = wrong.run(&["debug"]);
    run.says(1, &["login: [ERROR the private key of the profile cannot be opened", "check `private_key_passphrase:`"]);
    assert!(!run.text.contains("wrong]"), "{}", run.text);
    let open = with(&server, ", private_key_path: key.p8").file("key.p8", keys["encrypted"].as_str().unwrap());
    open.run(&["debug"]).says(1, &["is encrypted, and there is no passphrase", "private_key_passphrase"]);
    let gone = with(&server, ", private_key_path: nowhere.p8");
    gone.run(&["debug"]).says(1, &["nowhere.p8", "cannot be read", "private_key_path"]);
    // None of these asked the server.
    assert_eq!(server.door("logins", None), json!([]));
}

#[test]
fn tokens_and_passcodes_are_sent_as_what_they_are() {
    let Some(server) = Server::start() else { return };
    let login = |project: &Project| {
        server.reset();
        project.ok(&["debug"]);
        said(&server)
    };
    let oauth = login(&with(&server, ", authenticator: oauth, token: token-1"));
    assert_eq!((&oauth["AUTHENTICATOR"], &oauth["TOKEN"]), (&json!("OAUTH"), &json!("token-1")));
    let fetched = ", authenticator: oauth, token: refresh-1, oauth_client_id: client, oauth_client_secret: secret-1";
    let refreshed = login(&with(&server, fetched));
    assert_eq!((&refreshed["AUTHENTICATOR"], &refreshed["TOKEN"]), (&json!("OAUTH"), &json!("access-1")));
    let pat = login(&with(&server, ", authenticator: programmatic_access_token, token: pat-1"));
    assert_eq!((&pat["PASSWORD"], &pat["LOGIN_NAME"]), (&json!("pat-1"), &json!("tester")));
    let code = login(&server.project(", authenticator: username_password_mfa, passcode: '123456'"));
    assert_eq!((&code["PASSCODE"], &code["EXT_AUTHN_DUO_METHOD"]), (&json!("123456"), &json!("passcode")));
    let within = login(&server.project(", passcode_in_password: true"));
    assert_eq!(within["EXT_AUTHN_DUO_METHOD"], "passcode");
    let wrong = fetched.replace("secret-1", "secret-2");
    with(&server, &wrong).run(&["debug"]).says(1, &["no access token was given", "This is an invalid client."]);
}

/// A proxy that notes the first line and the login of every request; gives its port.
fn proxy(notes: Arc<Mutex<Vec<String>>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let notes = Arc::clone(&notes);
            std::thread::spawn(move || pass_on(client, &notes));
        }
    });
    port
}

/// Passes one request on to the host that it names, and the answer back.
fn pass_on(mut client: TcpStream, notes: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if lower.starts_with("connection:") || lower.starts_with("proxy-authorization:") {
            notes.lock().unwrap().push(line);
        } else if line.trim().is_empty() {
            break;
        } else {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (first, rest) = head.split_once("\r\n")?;
    notes.lock().unwrap().push(first.to_owned());
    let host = first.split_once("http://")?.1.split('/').next()?;
    let mut server = TcpStream::connect(host).ok()?;
    write!(server, "{}\r\n{rest}Connection: close\r\n\r\n", first.replacen(&format!("http://{host}"), "", 1)).ok()?;
    server.write_all(&body).ok()?;
    std::io::copy(&mut server, &mut client).ok()?;
    Some(())
}

#[test]
fn a_proxy_of_the_profile_is_used_and_logged_in_to() {
    let Some(server) = Server::start() else { return };
    let notes = Arc::new(Mutex::new(Vec::new()));
    let port = proxy(Arc::clone(&notes));
    let keys = format!(", proxy_host: 127.0.0.1, proxy_port: {port}, proxy_user: usher, proxy_password: knock");
    let project = server.project(&keys).file("models/a.sql", "select 1 as id");
    project.ok(&["run"]).says(0, &["PASS=1"]);
    let seen = notes.lock().unwrap().join("\n");
    assert!(seen.contains(&format!("POST {}/session/v1/login-request", server.url())), "{seen}");
    assert!(seen.contains(&format!("POST {}/queries/v1/query-request", server.url())), "{seen}");
    // `usher:knock`
    assert!(seen.to_lowercase().contains("proxy-authorization: basic dxnozxi6a25vy2s="), "{seen}");
    project.write("profiles.yml", project.read("profiles.yml").replace(&port.to_string(), "9"));
    project.run(&["debug"]).says(1, &["network: [ERROR http://127.0.0.1:9 cannot be reached", "proxy_host"]);
}
