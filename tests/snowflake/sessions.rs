//! How many sessions there are, and what they carry.

use std::time::Instant;

use serde_json::json;

use crate::project::Project;
use crate::server::Server;

fn with_models(server: &Server, count: usize) -> Project {
    let mut project = server.project("");
    for number in 1..=count {
        let sql = format!("{{{{ config(materialized='table') }}}} select {number} as id");
        project = project.file(&format!("models/m{number}.sql"), sql);
    }
    project
}

#[test]
fn no_more_sessions_than_threads_and_none_unused() {
    let Some(server) = Server::start() else { return };
    let project = with_models(&server, 6);
    for threads in ["1", "3"] {
        server.reset();
        project.ok(&["run", "--threads", threads]);
        let sessions = server.door("sessions", None);
        let most: u64 = threads.parse().unwrap();
        assert!(sessions["logins"].as_u64().unwrap() <= most, "{sessions}");
        assert!(sessions["most_running"].as_u64().unwrap() <= most, "{sessions}");
    }
    server.reset();
    project.ok(&["parse"]);
    project.ok(&["ls"]);
    assert_eq!(server.door("sessions", None)["logins"], 0);
}

#[test]
fn several_sessions_hide_the_distance() {
    let Some(server) = Server::start() else { return };
    let project = with_models(&server, 8);
    project.ok(&["run"]);
    server.door("latency", Some(&json!({"ms": 200})));
    let timed = |threads: &str| {
        let begun = Instant::now();
        project.ok(&["run", "--threads", threads]);
        begun.elapsed()
    };
    let (one, four) = (timed("1"), timed("4"));
    assert!(four < one, "one session: {one:?}, four: {four:?}");
}

#[test]
fn tag_warehouse_and_comment_are_those_of_the_node() {
    let Some(server) = Server::start() else { return };
    let project = server
        .project(", query_tag: nightly")
        .file("models/a.sql", "{{ config(query_tag='own', snowflake_warehouse='BIG') }} select 1 as id")
        .file("models/b.sql", "-- depends_on: {{ ref('a') }}\nselect 2 as id");
    project.ok(&["run", "--threads", "1"]);
    let tag = |part: &str| server.sent(part)[0]["tag"].as_str().unwrap().to_owned();
    assert_eq!(tag("select 1 as id"), "own");
    assert_eq!(tag("select 2 as id"), "nightly");
    let order: Vec<String> = server
        .log()
        .iter()
        .map(|entry| entry["sql"].as_str().unwrap().to_lowercase())
        .filter(|sql| sql.starts_with("use warehouse") || sql.contains("as id"))
        .map(|sql| sql.split_whitespace().filter(|word| *word != "or").take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(order.iter().filter(|sql| sql.starts_with("use warehouse")).count(), 2, "{order:?}");
    let comment = server.sent("select 1 as id")[0]["sql"].as_str().unwrap().to_owned();
    assert!(comment.trim_end().ends_with("*/") && comment.contains("\"node_id\": \"model.shop.a\""), "{comment}");
}

#[test]
fn a_missing_schema_is_made_and_an_existing_one_is_only_listed() {
    let Some(server) = Server::start() else { return };
    let project = with_models(&server, 1);
    project.write("models/m1.sql", "{{ config(schema='marts', materialized='table') }} select 1 as id");
    project.ok(&["run"]);
    assert_eq!(server.sent("create schema").len(), 1);
    server.reset();
    project.ok(&["run"]);
    let sent: Vec<String> = server.log().iter().map(|entry| entry["sql"].as_str().unwrap().to_lowercase()).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0].contains("show objects") && sent[1].contains("create or replace"), "{sent:?}");
}

#[test]
fn names_follow_the_quoting_and_are_found_again() {
    let Some(server) = Server::start() else { return };
    let project = server
        .project("")
        .file("models/plain.sql", "{{ config(materialized='incremental') }} select 1 as id")
        .file("models/reader.sql", "select * from {{ ref('plain') }}");
    project.ok(&["run"]);
    assert_eq!(server.sent("shop.dev.plain").len(), 2, "{:?}", server.log());
    server.reset();
    project.ok(&["run"]);
    // It is found in upper case, so that it is not built anew.
    assert!(server.sent("insert").len() + server.sent("merge").len() > 0, "{:?}", server.log());
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.plain"), ["2"]);
}

#[test]
fn seeds_are_loaded_whole_and_cheaply() {
    let Some(server) = Server::start() else { return };
    let rows: String = (0..3000).map(|at| format!("{at},it's \\ \"\"{at}\"\",2024-01-{:02}\n", at % 28 + 1)).collect();
    let rows = rows.replace("it's", "\"it's").replace("\"\",2024", "\"\"\",2024");
    let project = server.project("").file("seeds/s.csv", format!("id,name,day\n{rows}"));
    project.ok(&["seed"]);
    let loading = |server: &Server| server.log().len();
    let first = loading(&server);
    server.reset();
    project.ok(&["seed"]);
    let again = loading(&server);
    assert!(first <= 4 && again <= 2, "{first} {again}: {:?}", server.log().len());
    assert_eq!(
        project.cells("select count(*) as n, min(name) as name, max(day) as day from SHOP.dev.s"),
        ["3000|it's \\ \"0\"|2024-01-28"]
    );
}

#[test]
fn many_schemas_of_a_database_are_listed_at_once() {
    let Some(server) = Server::start() else { return };
    let mut project = server.project("");
    for name in ["a", "b", "c"] {
        let sql = format!("{{{{ config(schema='{name}') }}}} select 1 as id");
        project = project.file(&format!("models/{name}.sql"), sql);
    }
    let asked = |part: &str| server.sent(part).len();
    project.ok(&["run"]);
    // Nothing is in any of them, so whether they are there is asked too.
    let first =
        (asked("show objects in database"), asked("show terse schemas"), asked("create schema"), asked("in schema"));
    assert_eq!(first, (1, 1, 3, 0), "{:?}", server.log());
    server.reset();
    project.ok(&["run"]);
    let again =
        (asked("show objects in database"), asked("show terse schemas"), asked("create schema"), asked("in schema"));
    assert_eq!(again, (1, 0, 0, 0), "{:?}", server.log());
    // What is known of the relations is what a listing of each would tell.
    project.write("models/a.sql", "{{ config(schema='a', materialized='table') }} select 1 as id");
    server.reset();
    project.ok(&["run"]);
    assert_eq!(asked("a__dbt_tmp"), 2, "{:?}", server.log());
    // A database whose objects are more than one answer holds is listed by schema; here one that cannot be listed.
    server.reset();
    server.fault(json!({"sql": "in database", "code": "003001", "message": "Insufficient privileges"}));
    project.ok(&["run"]);
    assert_eq!(asked("show objects in schema"), 3, "{:?}", server.log());
}

#[test]
fn an_old_session_is_opened_anew_where_nothing_depends_on_it() {
    let Some(server) = Server::start() else { return };
    // Old between two nodes from 2 seconds on, between two statements of a node from 4.5.
    let project = server
        .project(", session_lifetime: 6")
        .file(
            "models/a.sql",
            "{{ config(materialized='table', query_tag='own', pre_hook=['call system$wait(2.5)', \"select 'young'\", \
             'call system$wait(2.5)', \"select 'old'\"]) }} select 1 as id",
        )
        .file("models/b.sql", "{{ config(pre_hook='call system$wait(2.5)') }} select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}");
    project.ok(&["run", "--threads", "1"]);
    let entry = |part: &str| server.sent(part).into_iter().next().unwrap_or_else(|| panic!("no `{part}`"));
    let session = |part: &str| entry(part)["session"].as_str().unwrap().to_owned();
    assert_eq!(session("'young'"), session("show objects"));
    assert_ne!(session("'old'"), session("'young'"), "{:?}", server.log());
    // What the session carried is given to the new one.
    assert_eq!(entry("'old'")["tag"], "own");
    assert_eq!(session("select 1 as id"), session("'old'"));
    assert_eq!(session("view shop.dev.b"), session("'old'"));
    assert_ne!(session("view shop.dev.c"), session("view shop.dev.b"));
    assert_eq!(server.door("sessions", None)["logins"], 3);
}

#[test]
fn a_transaction_stays_on_its_session_and_begins_on_a_young_one() {
    let Some(server) = Server::start() else { return };
    let text = "\
{% macro fill() %}
  {% do run_query('create or replace table SHOP.dev.t (id int)') %}
  {% do run_query('call system$wait(2.5)') %}
  {% do run_query('begin; insert into SHOP.dev.t values (1); call system$wait(5); insert into SHOP.dev.t values (2); commit') %}
  {% do run_query('create or replace temporary table SHOP.dev.aside as select 1 as id') %}
  {% do run_query('call system$wait(5)') %}
  {% do run_query('insert into SHOP.dev.t select 3 from SHOP.dev.aside') %}
{% endmacro %}
";
    let project = server.project(", session_lifetime: 6").file("macros/fill.sql", text);
    project.ok(&["run-operation", "fill"]);
    let session = |part: &str| server.sent(part)[0]["session"].as_str().unwrap().to_owned();
    // It was young enough for a statement, and not for the beginning of a transaction.
    assert_ne!(session("begin"), session("table shop.dev.t"), "{:?}", server.log());
    assert_eq!(session("values (2)"), session("begin"));
    assert_eq!(session("commit"), session("begin"));
    // A temporary table ends with its session, which is therefore kept.
    assert_ne!(session("temporary table"), session("commit"));
    assert_eq!(session("select 3 from"), session("temporary table"));
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.t"), ["3"]);
}
