//! No secret of a profile stands in anything that is written or shown.

use std::fs;

use serde_json::json;

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
    let mut looked = 0;
    for path in project.files().into_iter().filter(|path| path != "profiles.yml") {
        let content = String::from_utf8_lossy(&fs::read(project.path(&path)).unwrap()).into_owned();
        looked += 1;
        for secret in [PASSWORD, TOKEN] {
            assert!(!content.contains(secret), "`{secret}` stands in {path}");
        }
    }
    assert!(looked > 8, "{:?}", project.files());
    for secret in [PASSWORD, TOKEN] {
        assert!(!shown.contains(secret), "`{secret}` was shown:\n{shown}");
    }
}
