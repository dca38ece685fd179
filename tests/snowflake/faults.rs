//! What the user sees, and what is left in the warehouse, when the server or the network fails.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::project::Project;
use crate::server::Server;

/// Two incremental runs of this insert each row once.
const EVENTS: &str = "\
{{ config(materialized='incremental', incremental_strategy='append') }}
select 1 as id{% if is_incremental() %} union all select 2 as id{% endif %}
";

const WAITING: &str = "{% set waited = run_query('call system$wait(60)') %}select 1 as id";

fn interrupt(child: &Child, signal: &str) {
    let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

/// The code of a program that must end in time.
#[track_caller]
fn ended(mut child: Child, within: Duration) -> Option<i32> {
    let end = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("the program did not end within {within:?}");
        }
        sleep(Duration::from_millis(20));
    }
}

fn statuses(project: &Project) -> Vec<String> {
    let results = project.json("target/run_results.json");
    let one = |result: &serde_json::Value| {
        format!("{} {}", result["unique_id"].as_str().unwrap(), result["status"].as_str().unwrap())
    };
    results["results"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn an_expired_session_is_opened_again_and_nothing_runs_twice() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/events.sql", EVENTS);
    project.ok(&["run"]);
    server.fault(json!({"sql": "insert into", "code": "390112", "message": "Your session has expired."}));
    project.ok(&["run"]).says(0, &["PASS=1"]);
    assert_eq!(server.sent("insert into").len(), 2, "{:?}", server.log());
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
}

#[test]
fn a_busy_server_is_asked_again() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "{{ config(materialized='table') }} select 1 as id");
    server.fault(json!({"sql": "create or replace.*table", "http": 503, "times": 2}));
    project.ok(&["run"]);
    assert_eq!(server.sent("create or replace").len(), 3);
    let events = project.file("models/events.sql", EVENTS);
    events.ok(&["run"]);
    server.fault(json!({"sql": "insert into", "http": 429, "times": 2}));
    events.ok(&["run"]);
    assert_eq!(events.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
}

#[test]
fn a_change_without_an_answer_is_not_repeated() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/events.sql", EVENTS);
    project.ok(&["run"]);
    server.fault(json!({"sql": "insert into", "http": 502, "run": true}));
    project.run(&["run"]).says(1, &["may have run", "query history"]);
    // It had run: once.
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
    // A server that is busy does not say how far the statement came.
    server.fault(json!({"sql": "insert into", "http": 503}));
    project.run(&["run"]).says(1, &["may have run", "query history"]);
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
}

#[test]
fn a_lock_is_waited_for() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/events.sql", EVENTS);
    project.ok(&["run"]);
    let message = "Statement 'x' has locked table 'EVENTS' in transaction 1 that has not yet committed";
    server.fault(json!({"sql": "insert into", "code": "000625", "message": message, "times": 2}));
    project.ok(&["run"]);
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
}

#[test]
fn a_statement_that_takes_too_long_is_told_of() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id");
    let message = "Statement reached its statement or warehouse timeout of 3 second(s) and was canceled.";
    server.fault(json!({"sql": "create or replace", "code": "000630", "message": message}));
    let run = project.run(&["run"]);
    run.says(1, &["000630", "timeout of 3 second(s)", "STATEMENT_TIMEOUT_IN_SECONDS", "query id: "]);
    assert_eq!(server.sent("create or replace").len(), 1);
}

#[test]
fn a_wrong_statement_names_node_code_query_and_line() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id\nfrom SHOP.dev.nope");
    let run = project.run(&["run"]);
    // This server names no line, as Snowflake would: the place is the model.
    run.says(1, &["002003", "NOPE", "query id: ", "models/a.sql:"]);
    let message = "SQL compilation error: error line 5 at position 5\ninvalid identifier 'NOPE'";
    server.fault(json!({"sql": "create or replace", "code": "000904", "message": message}));
    project.run(&["run"]).says(1, &["000904", "invalid identifier 'NOPE'", "models/a.sql:"]);
}

#[test]
fn refused_logins_are_explained_and_not_repeated() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id");
    server.fault(json!({"login": "Incorrect username or password was specified."}));
    project.run(&["debug"]).says(1, &["the login was refused", "Incorrect username", "check `user:` and `password:`"]);
    server.fault(json!({"login_http": 503}));
    project.ok(&["debug"]);
    let gone = server.project("").file("models/a.sql", "select 1 as id");
    let text = gone.read("profiles.yml").replace(&server.url(), "http://127.0.0.1:9");
    gone.write("profiles.yml", text.replace("threads: 2", "threads: 2, connect_retries: 0"));
    gone.run(&["debug"]).says(1, &["http://127.0.0.1:9 cannot be reached", "check the network"]);
}

#[test]
fn a_lost_poll_is_found_again_by_its_query() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/events.sql", EVENTS);
    project.ok(&["run"]);
    server.fault(json!({"sql": "insert into", "async": true, "polls": [502]}));
    project.ok(&["run"]);
    // The history may be asked until it has the statement.
    assert!(!server.sent("query_history_by_user").is_empty(), "{:?}", server.log());
    assert_eq!(server.sent("insert into").len(), 1, "{:?}", server.log());
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["3"]);
    // And where the session went while the statement ran.
    server.fault(json!({"sql": "insert into", "async": true, "polls": [390_112]}));
    project.ok(&["run"]);
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["5"]);
}

#[test]
fn ctrl_c_stops_the_statements_on_the_server() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/slow.sql", WAITING).file("models/slow_2.sql", WAITING);
    let project = project.file("models/late.sql", "select * from {{ ref('slow') }}");
    let child = project.start(&["run"]);
    server.await_running("system$wait");
    let pressed = Instant::now();
    interrupt(&child, "-INT");
    assert_eq!(ended(child, Duration::from_secs(20)), Some(1));
    assert!(pressed.elapsed() < Duration::from_secs(7), "{:?}", pressed.elapsed());
    server.await_stopped("system$wait");
    let told = statuses(&project);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.contains(&"model.shop.late skipped".to_owned()), "{told:?}");
}

#[test]
fn ctrl_c_inside_a_transaction_leaves_the_rows_as_they_were() {
    let Some(server) = Server::start() else { return };
    let config = "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}";
    let project = server.project("").file("models/t.sql", format!("{config}select 1 as id, 'old' as name"));
    project.ok(&["run"]);
    project.write("models/t.sql", format!("{config}select 1 as id, 'new' as name"));
    server.reset();
    server.fault(json!({"sql": "insert into", "hang": 60}));
    let child = project.start(&["run"]);
    server.await_running("insert into");
    let pressed = Instant::now();
    interrupt(&child, "-INT");
    assert_eq!(ended(child, Duration::from_secs(20)), Some(1));
    assert!(pressed.elapsed() < Duration::from_secs(7), "{:?}", pressed.elapsed());
    let log = server.log();
    assert_eq!(server.sent("delete from")[0]["state"], "ok");
    server.await_stopped("insert into");
    assert_eq!(log.last().map(|entry| entry["sql"].as_str().unwrap()), Some("rollback"), "{log:?}");
    assert_eq!(statuses(&project), ["model.shop.t error"]);
    assert_eq!(project.cells("select id, name from SHOP.dev.t"), ["1|old"]);
}

#[test]
fn a_scheduler_ends_a_run_like_ctrl_c() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/slow.sql", WAITING);
    let child = project.start(&["run"]);
    server.await_running("system$wait");
    interrupt(&child, "-TERM");
    ended(child, Duration::from_secs(20));
    server.await_stopped("system$wait");
    assert_eq!(statuses(&project).len(), 1);
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/slow.sql", WAITING);
    let child = project.start(&["run"]);
    server.await_running("system$wait");
    // The server takes its time, so the first one cannot end the run yet.
    server.door("latency", Some(&json!({"ms": 30_000})));
    interrupt(&child, "-INT");
    sleep(Duration::from_millis(300));
    let pressed = Instant::now();
    interrupt(&child, "-INT");
    ended(child, Duration::from_secs(10));
    assert!(pressed.elapsed() < Duration::from_secs(3), "{:?}", pressed.elapsed());
}

#[test]
fn a_killed_run_leaves_whole_tables() {
    let Some(server) = Server::start() else { return };
    let slow = "{{ config(materialized='table', pre_hook='call system$wait(60)') }}select 2 as id";
    let project = server.project("").file("models/a.sql", "{{ config(materialized='table') }}select 1 as id");
    project.ok(&["run"]);
    project.write("models/a.sql", slow);
    let mut child = project.start(&["run"]);
    server.await_running("system$wait");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(project.cells("select id from SHOP.dev.a"), ["1"]);
    project.write("models/a.sql", "{{ config(materialized='table') }}select 2 as id");
    project.ok(&["run"]);
    assert_eq!(project.cells("select id from SHOP.dev.a"), ["2"]);
}

const DELETE_INSERT: &str =
    "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}";

#[test]
fn an_answer_that_is_lost_in_a_transaction_undoes_it_and_begins_it_again() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/t.sql", format!("{DELETE_INSERT}select 1 as id, 'old' as name"));
    project.ok(&["run"]);
    project.write("models/t.sql", format!("{DELETE_INSERT}select 1 as id, 'new' as name"));
    server.reset();
    server.fault(json!({"sql": "insert into", "http": 502, "run": true}));
    project.ok(&["run"]).says(0, &["PASS=1"]);
    let count = |part: &str| server.sent(part).len();
    assert_eq!((count("delete from"), count("insert into"), count("rollback")), (2, 2, 1), "{:?}", server.log());
    assert_eq!(project.cells("select id, name from SHOP.dev.t"), ["1|new"]);
    // And when it goes on so: the rows are those from before, and the user is told that nothing is half done.
    project.write("models/t.sql", format!("{DELETE_INSERT}select 1 as id, 'newest' as name"));
    server.reset();
    server.fault(json!({"sql": "insert into", "http": 502, "run": true, "times": 20}));
    let run = project.run(&["run"]);
    run.says(1, &["HTTP 502", "the session was lost inside a transaction, whose work is undone", "models/t.sql"]);
    assert!(!run.text.contains("may have run"), "{}", run.text);
    assert_eq!(count("commit"), 0, "{:?}", server.log());
    assert_eq!(count("rollback"), count("insert into"), "{:?}", server.log());
    assert_eq!(project.cells("select id, name from SHOP.dev.t"), ["1|new"]);
}

#[test]
fn a_commit_without_an_answer_is_not_called_undone() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/t.sql", format!("{DELETE_INSERT}select 1 as id, 'old' as name"));
    project.ok(&["run"]);
    project.write("models/t.sql", format!("{DELETE_INSERT}select 1 as id, 'new' as name"));
    server.fault(json!({"sql": "^commit", "http": 502, "run": true}));
    project.run(&["run"]).says(1, &["may have run", "query history"]);
    assert_eq!(project.cells("select id, name from SHOP.dev.t"), ["1|new"]);
}

#[test]
fn ctrl_c_stops_a_statement_whose_answer_was_lost() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/events.sql", EVENTS);
    project.ok(&["run"]);
    server.fault(json!({"sql": "insert into", "async": true, "polls": [502], "hang": 60}));
    let child = project.start(&["run"]);
    server.await_running("insert into");
    let end = Instant::now() + Duration::from_secs(30);
    while server.sent("query_history_by_user").is_empty() {
        assert!(Instant::now() < end, "{:?}", server.log());
        sleep(Duration::from_millis(20));
    }
    let pressed = Instant::now();
    interrupt(&child, "-INT");
    assert_eq!(ended(child, Duration::from_secs(20)), Some(1));
    assert!(pressed.elapsed() < Duration::from_secs(6), "{:?}", pressed.elapsed());
    assert_eq!(server.sent("system$cancel_query").len(), 1, "{:?}", server.log());
    server.await_stopped("insert into");
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.events"), ["1"]);
}

#[test]
fn what_a_done_statement_answered_is_not_needed_for_its_success() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "{{ config(materialized='table') }} select 1 as id");
    server.fault(json!({"sql": "create or replace.*table", "async": true, "polls": [502]}));
    server.fault(json!({"sql": "result_scan", "code": "000709", "message": "Statement not found"}));
    project.ok(&["run"]).says(0, &["PASS=1"]);
    assert_eq!(server.sent("create or replace").len(), 1);
    // A history that cannot be asked says nothing about the statement.
    server.fault(json!({"sql": "create or replace.*table", "async": true, "polls": [502]}));
    server.fault(json!({"sql": "query_history_by_user", "code": "003001", "message": "Insufficient privileges"}));
    let run = project.run(&["run"]);
    run.says(1, &["the answer was lost", "cannot be asked: Insufficient privileges", "may have run", "query id: "]);
}

/// Presses once and gives how long the program then took.
fn interrupted(child: Child) -> Duration {
    let pressed = Instant::now();
    interrupt(&child, "-INT");
    assert_eq!(ended(child, Duration::from_secs(30)), Some(1));
    pressed.elapsed()
}

#[test]
fn ctrl_c_does_not_wait_for_a_login_or_for_a_server_that_is_silent() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id");
    server.door("latency", Some(&json!({"ms": 30_000})));
    let child = project.start(&["run"]);
    sleep(Duration::from_secs(2));
    let login = interrupted(child);
    assert!(login < Duration::from_secs(2), "{login:?}");
    assert_eq!(statuses(&project), ["model.shop.a skipped"]);
    // A start hook runs before any worker does; nobody answers that it was stopped.
    server.reset();
    let hook = "on-run-start: call system$wait(60)\non-run-end: select 'the end'\n";
    project.write("project.yml", format!("{}{hook}", project.read("project.yml")));
    let child = project.start(&["run"]);
    server.await_running("system$wait");
    server.door("latency", Some(&json!({"ms": 30_000})));
    let silent = interrupted(child);
    assert!(silent < Duration::from_secs(6), "{silent:?}");
    let told = statuses(&project);
    assert!(told.contains(&"model.shop.a skipped".to_owned()), "{told:?}");
    // One whose server answers ends at once, and no end hook runs.
    server.reset();
    let child = project.start(&["run"]);
    server.await_running("system$wait");
    let heard = interrupted(child);
    assert!(heard < Duration::from_secs(3), "{heard:?}");
    server.await_stopped("system$wait");
    assert!(server.sent("'the end'").is_empty(), "{:?}", server.log());
}
