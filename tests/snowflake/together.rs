//! Data tests of one relation in one statement: the results are those of tests that ask alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::project::Project;
use crate::server::Server;

const ROWS: &str = "{{ config(materialized='table') }} \
    select 1 as id, 'a' as kind union all select 2 as id, 'b' as kind union all select 2 as id, null as kind";

const PROPERTIES: &str = "
models:
  - name: rows_of
    columns:
      - name: id
        data_tests:
          - not_null
          - unique
          - accepted_values: {name: only_one, arguments: {values: [1], quote: false}, config: {severity: warn}}
          - accepted_values: {name: few, arguments: {values: [1], quote: false}, config: {error_if: '> 5', warn_if: '> 5'}}
      - name: kind
        data_tests:
          - not_null: {name: kind_known, config: {where: 'id = 1'}}
          - accepted_values: {name: limited, arguments: {values: [c]}, config: {limit: 1}}
          - relationships: {name: related, arguments: {to: ref('rows_of'), field: kind}}
  - name: after
";

fn project(server: &Server, keys: &str) -> Project {
    let project = server
        .project(keys)
        .file("models/rows_of.sql", ROWS)
        .file("models/after.sql", "select * from {{ ref('rows_of') }}");
    project
        .file("models/rows_of.yml", PROPERTIES)
        .file("tests/own.sql", "select * from {{ ref('rows_of') }} where id > 2")
}

/// What every test came to: status, failures and message.
fn results(project: &Project) -> BTreeMap<String, (String, Value, Value)> {
    let run = project.json("target/run_results.json");
    let one = |result: &Value| {
        let name = result["unique_id"].as_str()?.strip_prefix("test.shop.")?.split('.').next()?.to_owned();
        Some((name, (result["status"].as_str()?.to_owned(), result["failures"].clone(), result["message"].clone())))
    };
    run["results"].as_array().unwrap().iter().filter_map(one).collect()
}

fn counts(server: &Server) -> usize {
    server.sent("as failures").len()
}

#[test]
fn tests_of_a_relation_are_one_statement_and_each_has_its_own_result() {
    let Some(server) = Server::start() else { return };
    let apart = project(&server, ", join_tests: false");
    assert_eq!(apart.run(&["build"]).code, Some(1));
    let alone = results(&apart);
    assert_eq!(counts(&server), 8);
    assert_eq!(
        alone["unique_rows_of_id"],
        ("fail".to_owned(), json!(1), json!("Got 1 result, configured to fail if != 0"))
    );
    assert_eq!(alone["only_one"].0, "warn");
    assert_eq!(alone["few"].0, "pass");

    server.reset();
    let joined = project(&server, "");
    let run = joined.run(&["build"]);
    run.says(1, &["FAIL 1 unique_rows_of_id", "WARN 1 only_one", "PASS not_null_rows_of_id", "SKIP"]);
    assert_eq!(results(&joined), alone);
    assert_eq!(counts(&server), 1, "{:?}", server.sent("as failures"));

    let run = joined.json("target/run_results.json");
    let tests: Vec<&Value> =
        run["results"].as_array().unwrap().iter().filter(|result| !result["failures"].is_null()).collect();
    assert_eq!(tests.len(), 8);
    for result in &tests {
        assert_eq!(result["adapter_response"]["rows_affected"], 1);
        assert_eq!(result["adapter_response"]["_message"], "SUCCESS 1");
        assert_eq!(result["adapter_response"]["query_id"], tests[0]["adapter_response"]["query_id"]);
        let names: Vec<&str> =
            result["timing"].as_array().unwrap().iter().map(|timing| timing["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["compile", "execute"]);
        assert!(!result["compiled_code"].as_str().unwrap().contains("union all"));
    }
    // Each query is found again in the history by its test.
    let sent = server.sent("as failures")[0]["sql"].as_str().unwrap().to_owned();
    assert_eq!(sent.matches("\"node_id\": \"test.shop.").count(), 8, "{sent}");
    let written = |path: &&String| path.starts_with("target/run/") && path.ends_with(".sql");
    // Those of the tests, and that of the model.
    assert_eq!(joined.files().iter().filter(written).count(), 9);
}

#[test]
fn a_wrong_test_is_told_of_alone() {
    let Some(server) = Server::start() else { return };
    let project = project(&server, "").file("tests/wrong.sql", "select * from {{ ref('rows_of') }} where nope = 1");
    let run = project.run(&["build"]);
    run.says(1, &["ERROR wrong", "tests/wrong.sql:1", "FAIL 1 unique_rows_of_id", "PASS own"]);
    let told = results(&project);
    assert_eq!(told["wrong"].0, "error");
    assert_eq!(told["few"].0, "pass");
    assert_eq!(told.len(), 9);
    // All of them together, and then each by itself.
    assert_eq!(counts(&server), 10);
}

#[test]
fn what_cannot_share_a_statement_is_asked_alone() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/rows_of.sql", ROWS).file(
        "models/rows_of.yml",
        "models:\n  - name: rows_of\n    columns:\n      - name: id\n        data_tests:\n          \
         - not_null\n          - not_null: {name: again}\n          \
         - unique: {config: {fail_calc: sum(n_records), warn_if: '> 9', error_if: '> 9'}}\n          \
         - not_null: {name: stored, config: {store_failures: true}}\n          \
         - not_null: {name: elsewhere, config: {snowflake_warehouse: BIG}}\n",
    );
    project.ok(&["build"]).says(0, &["PASS=6"]);
    // Two share one; the others are three.
    assert_eq!(counts(&server), 4, "{:?}", server.sent("as failures"));
    assert_eq!(server.sent("use warehouse big").len(), 1);
}

#[test]
fn the_first_failure_ends_the_run_with_the_results_of_its_statement() {
    let Some(server) = Server::start() else { return };
    let project = project(&server, "").file("models/zz.sql", "select * from {{ ref('after') }}");
    let run = project.run(&["build", "--fail-fast"]);
    run.says(1, &["FAIL 1 unique_rows_of_id"]);
    assert_eq!(results(&project).values().filter(|(status, ..)| status == "skipped").count(), 0);
    assert_eq!(counts(&server), 1);
    assert!(server.sent("view shop.dev.after").is_empty());
}
