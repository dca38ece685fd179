//! No secret of a profile stands in anything that is written or shown.

use std::fs;

use serde_json::json;

use crate::logins;
use crate::project::Project;
use crate::server::{PASSWORD, Server};

const TOKEN: &str = "planted-token-55aa";

#[test]
fn secrets_are_written_nowhere() {
    let Some(server) = Server::start() else { return };
    let keys = format!(", query_tag: nightly, token: {TOKEN}, private_key_passphrase: {TOKEN}");
    let project = server
        .project(&keys)
        .file("models/a.sql", "select '{{ target.get('password') }}{{ target.get('token') }}' as shown")
        .file("models/wrong.sql", "select * from SHOP.dev.nope");
    let mut shown = String::new();
    let environment = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")];
    for arguments in [
        vec!["debug"],
        vec!["--log-level", "debug", "run"],
        vec!["--log-format", "json", "--log-level", "debug", "run"],
        vec!["docs", "generate"],
        vec!["compile"],
    ] {
        shown += &project.run_with(&arguments, &environment).text;
    }
    server.fault(json!({"login": format!("the password {PASSWORD} and the token {TOKEN} are wrong")}));
    let refused = project.run(&["run"]);
    refused.says(2, &["the password ***** and the token ***** are wrong"]);
    shown += &refused.text;
    assert!(project.files().len() > 9, "{:?}", project.files());
    nowhere(&project, &shown, &[PASSWORD, TOKEN]);
}

/// None of these stands in what was shown or in any file that the program wrote.
#[track_caller]
fn nowhere(project: &Project, shown: &str, secrets: &[&str]) {
    for path in project.files().into_iter().filter(|path| path != "profiles.yml" && path != "key.p8") {
        let content = String::from_utf8_lossy(&fs::read(project.path(&path)).unwrap()).into_owned();
        for secret in secrets {
            assert!(!content.contains(secret), "`{secret}` stands in {path}");
        }
    }
    for secret in secrets {
        assert!(!shown.contains(secret), "`{secret}` was shown:\n{shown}");
    }
}

#[test]
fn logins_that_fail_say_what_to_do_and_no_secret() {
    let Some(server) = Server::start() else { return };
    let Some(keys) = logins::keys() else { return };
    let (plain, encrypted) = (keys["plain"].as_str().unwrap(), keys["encrypted"].as_str().unwrap());
    let body = plain.lines().nth(2).unwrap();
    let secrets = [PASSWORD, TOKEN, body];
    let model = |project: Project| project.file("models/a.sql", "select 1 as id").file("key.p8", encrypted);
    let inline = format!(", private_key: \"{}\"", plain.replace('\n', "\\n"));
    let cases = [
        (
            model(server.project("")),
            format!("Incorrect username or password was specified. {PASSWORD}"),
            "check `user:` and `password:`",
        ),
        (
            model(logins::with(&server, &format!(", private_key_path: key.p8, private_key_passphrase: {TOKEN}"))),
            String::new(),
            "check `private_key_passphrase:`",
        ),
        (model(logins::with(&server, &inline)), format!("JWT token is invalid. {body}"), "RSA_PUBLIC_KEY_FP"),
        (model(logins::with(&server, &format!(", private_key: {TOKEN}"))), String::new(), "is no private key in PEM"),
        (
            model(logins::with(&server, &format!(", authenticator: oauth, token: {TOKEN}"))),
            format!("Invalid OAuth access token. {TOKEN}"),
            "make a new one",
        ),
        (
            model(server.project(&format!(
                ", proxy_host: 127.0.0.1, proxy_port: 9, proxy_user: u, proxy_password: {TOKEN}, connect_retries: 0"
            ))),
            String::new(),
            "proxy_host",
        ),
    ];
    for (project, refusal, advice) in cases {
        let mut shown = String::new();
        for arguments in [vec!["debug"], vec!["--debug", "run"], vec!["--log-format", "json", "--debug", "run"]] {
            server.reset();
            if !refusal.is_empty() {
                server.fault(json!({"login": refusal, "times": 3}));
            }
            let run = project.run_with(&arguments, &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]);
            assert_ne!(run.code, Some(0), "{}", run.text);
            assert!(run.text.contains(advice), "no `{advice}` in\n{}", run.text);
            assert!(!run.text.contains("called from macro"), "{}", run.text);
            shown += &run.text;
        }
        nowhere(&project, &shown, &secrets);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn other_processes_see_no_secret() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "{{ config(pre_hook='call system$wait(1)') }}select 1 as id");
    let mut child = project.start(&["run"]);
    server.await_running("system$wait");
    // The profile holds it itself here, so not even the environment does.
    for file in ["cmdline", "environ"] {
        let seen = fs::read(format!("/proc/{}/{file}", child.id())).unwrap();
        assert!(!seen.is_empty() && !String::from_utf8_lossy(&seen).contains(PASSWORD), "{file}");
    }
    assert!(child.wait().unwrap().success());
}
