//! Comparing with an earlier run, deferring to it, cloning it, and doing again what failed.

use std::process::Command;

use crate::project::{Project, copy};
use crate::sample::sample;

fn shop() -> Project {
    Project::new()
        .file("profiles.yml", TARGETS)
        .file("seeds/raw.csv", "id\n1\n2\n")
        .file("macros/double.sql", "{% macro double(x) %}{{ x }} * 2{% endmacro %}")
        .file("models/stg.sql", "select id from {{ ref('raw') }}")
        .file(
            "models/mart.sql",
            "{{ config(materialized='table') }} select {{ double('id') }} as id from {{ ref('stg') }}",
        )
        .file("models/other.sql", "{{ config(schema=env_var('PLACE', 'a')) }} select 1 as id")
        .file("models/schema.yml", "models: [{name: mart, columns: [{name: id, data_tests: [not_null]}]}]")
}

const TARGETS: &str = "\
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb, schema: main}
    prod: {type: duckdb, path: dev.duckdb, schema: prod}
";

/// Production's artifacts, in the folder `prod`.
fn built(project: &Project) {
    project.ok(&["build", "--target", "prod"]);
    copy(&project.path("target"), &project.path("prod"), &["json"]);
}

#[track_caller]
fn lists(project: &Project, selection: &str, expected: &[&str]) {
    let output = project.ok(&["ls", "-q", "--output", "name", "--state", "prod", "-s", selection]);
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), expected, "{selection}\n{}", output.text);
}

#[test]
fn each_kind_of_change_is_told_apart() {
    let project = shop();
    built(&project);
    lists(&project, "state:modified", &[]);
    let elsewhere = project
        .run_with(&["ls", "-q", "-s", "state:modified", "--state", "prod", "--target", "prod"], &[("PLACE", "b")]);
    assert_eq!(elsewhere.stdout, "", "what the environment says is no change");

    project.write("models/stg.sql", "select id + 0 as id from {{ ref('raw') }}");
    project.write("models/other.sql", "{{ config(schema='a') }} select 1 as id");
    project.write("models/extra.sql", "select 1 as id");
    project.write("seeds/raw.csv", "id\n1\n3\n");
    lists(&project, "state:new", &["extra"]);
    lists(&project, "state:modified.body", &["extra", "other", "stg", "raw"]);
    lists(&project, "state:modified.relation", &["extra", "other"]);
    lists(&project, "state:modified", &["extra", "other", "stg", "raw"]);
    lists(&project, "state:unmodified,resource_type:model", &["mart", "not_null_mart_id"]);
    project.write("macros/double.sql", "{% macro double(x) %}{{ x }} + {{ x }}{% endmacro %}");
    lists(&project, "state:modified.macros", &["mart", "not_null_mart_id"]);
    lists(&project, "result:success,resource_type:model", &["mart", "other", "stg", "not_null_mart_id"]);
    project.run(&["ls", "-s", "state:modifed", "--state", "prod"]).says(2, &["did you mean `state:modified`?"]);
    project.run(&["ls", "-s", "state:new"]).says(2, &["Got a state selector method, but no comparison manifest"]);
    project
        .run(&["ls", "-s", "state:new", "--state", "target"])
        .says(0, &["state and target directories are the same"]);
}

#[test]
fn broken_contracts_are_told() {
    let model = |columns: &str| {
        format!(
            "models: [{{name: m, config: {{materialized: table, contract: {{enforced: true}}}}, columns: [{columns}]}}]"
        )
    };
    let project = Project::new().file("models/m.sql", "select 1 as id, 'a' as name").file(
        "models/m.yml",
        model("{name: id, data_type: integer, constraints: [{type: not_null}]}, {name: name, data_type: varchar(3)}"),
    );
    project.ok(&["parse"]);
    copy(&project.path("target"), &project.path("prod"), &["json"]);
    let listed = |columns: &str| {
        project.write("models/m.yml", model(columns));
        project.run(&["ls", "-s", "state:modified.contract", "--state", "prod"])
    };
    let wider =
        listed("{name: id, data_type: integer, constraints: [{type: not_null}]}, {name: name, data_type: varchar(9)}");
    wider.says(0, &["shop.m"]).hides(&["reaking change"]);
    listed("{name: id, data_type: bigint}").says(
        0,
        &[
            "Breaking change to contracted, unversioned model m (models/m.sql)",
            "Columns were removed",
            "id (integer -> bigint)",
            "'not_null' constraint on column id",
            "shop.m",
        ],
    );
}

#[test]
fn parents_are_read_where_they_were_built() {
    let project = shop();
    built(&project);
    project.ok(&["run", "-s", "mart", "--defer", "--state", "prod"]);
    let code = |node: &str| project.json("target/manifest.json")["nodes"][node].clone();
    assert!(code("model.shop.mart")["compiled_code"].as_str().unwrap().contains("\"prod\".\"stg\""));
    assert!(code("model.shop.stg")["defer_relation"].is_null(), "dbt: only templates know it");
    assert_eq!(project.relations(), ["mart table"]);
    project.ok(&["run", "-s", "stg", "--defer", "--state", "prod"]);
    project.ok(&["compile", "-s", "mart", "--defer", "--state", "prod"]);
    assert!(code("model.shop.mart")["compiled_code"].as_str().unwrap().contains("\"main\".\"stg\""));
    project.ok(&["compile", "-s", "mart", "--defer", "--favor-state", "--state", "prod"]);
    assert!(code("model.shop.mart")["compiled_code"].as_str().unwrap().contains("\"prod\".\"stg\""));
    project.run(&["run", "--defer"]).says(2, &["--state or --defer-state are required for deferral"]);
    project.run(&["run", "--defer", "--state", "no"]).says(2, &["Could not find manifest in --state path: \"no\""]);
}

#[test]
fn clones_are_views_on_the_earlier_relations() {
    let project = shop();
    built(&project);
    project.ok(&["clone", "--state", "prod"]).says(0, &["Done."]);
    assert_eq!(project.relations(), ["mart view", "raw view", "stg view"]);
    assert_eq!(project.cells("select id from mart order by id"), ["2", "4"]);
    project.ok(&["clone", "--state", "prod"]).says(0, &["already exists"]);
    let results = project.json("target/run_results.json");
    assert!(results["results"].as_array().unwrap().iter().all(|result| result["message"] == "No-op"));
}

#[test]
fn retry_does_what_failed_and_what_was_not_reached() {
    let project = shop();
    project.run(&["retry"]).says(2, &["Could not find previous run in 'target' target directory"]);
    project.write("models/stg.sql", "select nothing from {{ ref('raw') }}");
    assert_eq!(project.run(&["build", "--vars", "{x: 1}", "--exclude", "other"]).code, Some(1));
    project.write("models/stg.sql", "select id from {{ ref('raw') }}");
    project.ok(&["retry"]);
    let results = project.json("target/run_results.json");
    let ids: Vec<&str> =
        results["results"].as_array().unwrap().iter().map(|result| result["unique_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert_eq!((results["args"]["which"].as_str(), results["args"]["vars"]["x"].as_i64()), (Some("build"), Some(1)));
    project.ok(&["retry"]).says(0, &["Nothing to do"]);
}

#[test]
fn a_killed_run_can_be_gone_on_with() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
        .file(
            "models/b.sql",
            "{{ config(materialized='table') }} select count(*) as n from {{ ref('a') }}, range(40000000000)",
        )
        .file("models/c.sql", "select * from {{ ref('b') }}");
    let mut child = project.start(&["run"]);
    let results = project.path("target/run_results.json");
    for _ in 0..600 {
        if results.is_file() && project.path("target/run/shop/models/b.sql").is_file() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    project.write("models/b.sql", "select 7 as n from {{ ref('a') }}");
    project.ok(&["retry"]);
    assert_eq!(project.cells("select n from c"), ["7"]);
}

#[test]
fn slim_ci_on_the_analytics_project() {
    let project = sample();
    project.ok(&["build"]);
    copy(&project.path("target"), &project.path("prod"), &["json"]);
    // Another schema of the same warehouse: what is not built there is read from production.
    let profiles = project.read("profiles.yml").replace("schema: main", "schema: ci");
    project.write("profiles.yml", profiles);
    let model = "models/marts/audience/fct_user_behaviour_genres.sql";
    project.write(model, format!("{}\n-- changed", project.read(model)));
    let lines = |arguments: &[&str]| {
        let output =
            project.ok(&[&["ls", "-q", "--state", "prod", "--resource-type", "model", "-s"], arguments].concat());
        output.stdout
    };
    assert_eq!(lines(&["state:modified"]), "netflix.marts.audience.fct_user_behaviour_genres\n");
    let subtree = lines(&["state:modified+"]);
    project.ok(&["build", "--select", "state:modified+", "--defer", "--state", "prod"]);
    let built = project.cells("select table_name from information_schema.tables where table_schema = 'ci' order by 1");
    let mut expected: Vec<&str> = subtree.lines().filter_map(|line| line.rsplit('.').next()).collect();
    expected.sort_unstable();
    assert_eq!(built, expected);
    let (new, old) = ("ci.fct_user_behaviour_genres", "main.fct_user_behaviour_genres");
    let more = format!("(select count(*) from {new}) - (select count(*) from {old})");
    let other = format!("(select count(*) from (select * from {new} except select * from {old}))");
    assert_eq!(project.cells(&format!("select {more} as more, {other} as other")), ["0|0"]);
}

#[test]
fn a_pull_request_shows_the_lineage_of_what_it_changes() {
    let project = shop();
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(project.path(".")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["-c", "user.email=a@b.c", "-c", "user.name=a", "commit", "-qm", "first"]);
    let summary = || {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/changed.sh");
        let done = Command::new("sh")
            .args([script, env!("CARGO_BIN_EXE_netflix"), "HEAD"])
            .current_dir(project.path("."))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    assert_eq!(summary(), "", "nothing is changed");
    project.write("models/stg.sql", "select id + 0 as id from {{ ref('raw') }}");
    let changed = summary();
    assert!(changed.starts_with("### Lineage of what changed\n\n```mermaid\nflowchart LR"), "{changed}");
    assert!(changed.contains("stg --> mart") && !changed.contains("other"), "{changed}");
    assert_eq!(git(&["worktree", "list"]).lines().count(), 1, "the base is gone");
}
