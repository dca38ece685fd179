//! `debug`: each step of the connection by itself, and what to do about the one that fails.

use serde_json::json;

use crate::server::Server;

#[test]
fn each_step_is_told_of() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id");
    let url = server.url();
    let steps = [
        format!("network: [OK {url} answers]"),
        "login: [OK as tester by password]".to_owned(),
        "role: [OK the user's own".to_owned(),
        "warehouse: [OK WH]".to_owned(),
        "database: [OK SHOP]".to_owned(),
        "Connection test: [OK connection ok]".to_owned(),
    ];
    let all: Vec<&str> = steps.iter().map(String::as_str).collect();
    project.ok(&["debug"]).says(0, &all);
    assert_eq!(server.door("sessions", None)["logins"], 1);
    // fakesnow makes the schema of a login, so another answers for it.
    let missing = server.project("");
    server.fault(json!({"sql": "show terse schemas", "columns": ["name"], "rows": []}));
    missing.ok(&["debug"]).says(0, &["schema: [OK dev is not there yet: the first build makes it"]);
}

#[test]
fn the_step_that_fails_says_what_to_do() {
    let Some(server) = Server::start() else { return };
    let project = server.project(", role: ANALYST").file("models/a.sql", "select 1 as id");
    let refusal = |sql: &str, message: &str| {
        server.fault(json!({"sql": sql, "code": "002043", "message": format!("SQL compilation error:\n{message}")}));
    };
    let absent = "Object does not exist, or operation cannot be performed.";
    refusal("use role", "Requested role 'ANALYST' is not assigned to the executing user.");
    project.run(&["debug"]).says(
        1,
        &[
            "role: [ERROR the role `ANALYST` cannot be used",
            "granted to the user",
            "warehouse: [not tried]",
            "1 check failed",
        ],
    );
    refusal("use warehouse", absent);
    project.run(&["debug"]).says(
        1,
        &["role: [OK ANALYST]", "warehouse: [ERROR the warehouse `WH` cannot be used", "USAGE", "database: [OK SHOP]"],
    );
    refusal("show terse schemas", absent);
    project
        .run(&["debug"])
        .says(1, &["warehouse: [OK WH]", "database: [ERROR the database `SHOP` cannot be used", "schema: [not tried]"]);
    server.fault(json!({"login": "Incorrect username or password was specified."}));
    project.run(&["debug"]).says(
        1,
        &["network: [OK", "login: [ERROR", "check `user:` and `password:`", "role: [not tried]", "schema: [not tried]"],
    );
    let text = project.read("profiles.yml").replace(&server.url(), "http://127.0.0.1:9");
    project.write("profiles.yml", text);
    project.run(&["debug"]).says(1, &["network: [ERROR http://127.0.0.1:9 cannot be reached", "login: [not tried]"]);
}
