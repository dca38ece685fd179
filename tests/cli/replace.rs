//! What is there while a relation is replaced, and after that went wrong.

use std::io::{BufRead as _, BufReader};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::project::Project;

fn model(kind: &str, sql: &str) -> String {
    format!("{{{{ config(materialized='{kind}') }}}}\n{sql}\n")
}

#[test]
fn a_failing_model_leaves_the_earlier_table() {
    let project = Project::new().file("models/a.sql", model("table", "select 1 as id"));
    project.ok(&["build"]);
    project.write("models/a.sql", model("table", "select cast(x as integer) as id from (values ('1'), ('y')) t(x)"));
    project.run(&["build"]).says(1, &["ERROR creating sql table model main.a"]);
    assert_eq!(project.cells("select * from {{ ref('a') }}"), ["1"]);
    assert_eq!(project.relations(), ["a table"]);
}

#[test]
fn a_failing_hook_leaves_the_earlier_table() {
    let project = Project::new().file("models/a.sql", model("table", "select 1 as id"));
    project.ok(&["build"]);
    project.write(
        "models/a.sql",
        "{{ config(materialized='table', post_hook=\"insert into no_such_table values (1)\") }} select 2 as id",
    );
    project.run(&["build"]).says(1, &["no_such_table"]);
    assert_eq!(project.cells("select * from {{ ref('a') }}"), ["1"]);
}

#[test]
fn a_model_changes_its_kind() {
    let project = Project::new().file("models/b.sql", "select * from {{ ref('a') }}");
    for (id, kind) in ["view", "table", "view", "incremental", "view", "table", "incremental"].into_iter().enumerate() {
        project.write("models/a.sql", model(kind, &format!("select {id} as id")));
        // An incremental model appends to the table that it finds.
        let arguments: &[&str] = if id == 6 { &["build", "--full-refresh"] } else { &["build"] };
        project.ok(arguments);
        assert_eq!(project.cells("select * from {{ ref('b') }}"), [id.to_string()], "{kind}");
        let relation = if kind == "view" { "a view" } else { "a table" };
        assert_eq!(project.relations(), [relation, "b view"], "{kind}");
    }
}

#[test]
fn a_killed_build_leaves_the_earlier_table() {
    // Much longer than the test waits.
    let slow = "select sum(a.range * b.range % 7) as id from range(1000000) a cross join range(1000000) b";
    for kind in ["table", "incremental"] {
        let project = Project::new()
            .file("models/a.sql", model("table", "select 1 as id"))
            .file("models/b.sql", model(kind, "select id from {{ ref('a') }}"));
        project.ok(&["build"]);
        project.write("models/a.sql", model("table", "select 2 as id"));
        project.write("models/b.sql", model(kind, &format!("-- {{{{ ref('a') }}}}\n{slow}")));
        let mut child = project.start(&["build"]);
        let started = Instant::now();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reached =
            lines.by_ref().map_while(Result::ok).any(|line| line.contains("START") && line.contains("main.b"));
        assert!(reached, "the slow model did not start");
        sleep(Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none(), "the slow model was not slow");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(started.elapsed() < Duration::from_secs(60));

        // The model before it was done; the slow one is as it was.
        assert_eq!(project.cells("select * from main.a"), ["2"], "{kind}");
        assert_eq!(project.cells("select * from main.b"), ["1"], "{kind}");
        project.write("models/b.sql", model(kind, "select id + 5 as id from {{ ref('a') }}"));
        project.ok(&["build"]);
        let expected: &[&str] = if kind == "table" { &["7"] } else { &["1", "7"] };
        assert_eq!(project.cells("select * from main.b order by id"), expected, "{kind}");
        assert_eq!(project.relations(), ["a table", "b table"], "{kind}");
    }
}
