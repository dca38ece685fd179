//! Hooks before and after a node.

use crate::project::Project;

#[test]
fn hooks_may_refer_to_nodes_and_seeds_hooks_may_not() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/z.sql", "{{ config(post_hook=\"insert into {{ this }} select id + 1 from {{ ref('a') }}\", materialized='table') }} select 1 as id");
    project.ok(&["run", "--threads", "1"]);
    assert_eq!(project.cells("select sum(id) from {{ ref('z') }}"), ["3"]);
    let depends = &project.json("target/manifest.json")["nodes"]["model.shop.z"]["depends_on"]["nodes"];
    assert_eq!(depends[0], "model.shop.a");
    let seeds =
        project.file("seeds/s.csv", "id\n1\n").setting("seeds:\n  +post-hook: \"select * from {{ ref('a') }}\"");
    seeds.run(&["parse"]).says(2, &["Seeds cannot depend on other nodes"]);
    let both = "{{ config(pre_hook='select 1', **{'pre-hook': 'select 2'}) }} select 1 as id";
    Project::new()
        .file("models/m.sql", both)
        .run(&["parse"])
        .says(2, &["conflicting keys \"pre_hook\" and \"pre-hook\""]);
}

#[test]
fn hooks_behind_one_that_fails_are_skipped() {
    let hooks =
        "on-run-start: [select 1, select no_such_column, select 2]\nflags: {skip_nodes_if_on_run_start_fails: true}";
    let project = Project::new().file("models/m.sql", "select 1 as id").setting(hooks);
    assert_eq!(project.run(&["run"]).code, Some(1));
    let results = project.json("target/run_results.json")["results"].clone();
    let told: Vec<&str> = results.as_array().unwrap().iter().filter_map(|result| result["status"].as_str()).collect();
    assert_eq!(told, ["success", "error", "skipped", "skipped"]);
    assert_eq!(results[0]["message"], "shop.on-run-start.0 passed");
    assert_eq!(results[2]["message"], "shop.on-run-start.2 skipped");
}

#[test]
fn hooks_of_all_packages_are_counted_together() {
    let project = Project::new()
        .file("packages.yml", "packages: [{local: util}]")
        .file("util/dbt_project.yml", "name: util\nversion: \"1.0\"\non-run-start: [select 1]\n")
        .file("models/m.sql", "select 1 as id")
        .setting("on-run-start: [select 2]\non-run-end: [\"select '{{ target.name }}'\"]");
    project.ok(&["deps"]);
    let index = |id: &str| project.json("target/manifest.json")["nodes"][id]["index"].clone();
    let (ours, theirs) = ("operation.shop.shop-on-run-start-0", "operation.util.util-on-run-start-0");
    project.ok(&["parse"]);
    assert_eq!((index(ours), index(theirs)), (0.into(), 0.into()));
    project.ok(&["compile"]);
    let results = project.json("target/run_results.json")["results"].clone();
    let compiled =
        results.as_array().unwrap().iter().find(|result| result["unique_id"] == "operation.shop.shop-on-run-end-0");
    assert_eq!(compiled.unwrap()["compiled_code"], "select 'dev'");
    project.ok(&["run"]);
    let results = project.json("target/run_results.json")["results"].clone();
    let messages: Vec<&str> =
        results.as_array().unwrap().iter().filter_map(|result| result["message"].as_str()).collect();
    assert!(messages.contains(&"util.on-run-start.1 passed") || messages.contains(&"shop.on-run-start.1 passed"));
    let mut both = [index(ours), index(theirs)].map(|index| index.as_u64());
    both.sort_unstable();
    assert_eq!(both, [Some(1), Some(2)]);
}

#[test]
fn hooks_of_the_run_are_in_no_transaction_and_may_fail_where_a_flag_says_so() {
    let project = Project::new()
        .file("models/m.sql", "select 1 as id")
        .setting("on-run-start: [commit]\nflags: {skip_nodes_if_on_run_start_fails: false}");
    project.run(&["run"]).says(1, &["no transaction is active", "PASS=1"]);
    assert_eq!(project.cells("select id from {{ ref('m') }}"), ["1"]);
}

#[test]
fn the_last_hooks_run_although_the_first_failed() {
    let project = Project::new()
        .file("models/m.sql", "select 1 as id")
        .setting("on-run-start: [select no_such_column]\non-run-end: [create table left_behind as select 1 as id]");
    assert_eq!(project.run(&["run"]).code, Some(1));
    let results = project.json("target/run_results.json")["results"].clone();
    let told: Vec<(&str, bool)> = results
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| Some((result["status"].as_str()?, result["message"].is_null())))
        .collect();
    assert_eq!(told, [("error", false), ("skipped", true), ("success", false)]);
    let message = results[0]["message"].as_str().unwrap();
    assert!(message.starts_with("shop.on-run-start.0 failed, error:\n Binder Error:"), "{message}");
    assert_eq!((&results[0]["failures"], project.relations()), (&1.into(), vec!["left_behind table".to_owned()]));
}

#[test]
fn hooks_are_compiled_and_told_what_was_built() {
    let project = Project::new()
        .setting("on-run-start: [\"select '{{ target.name }}'\", '']\non-run-end: [\"create table told as select '{{ schemas|join }} {{ database_schemas|length }}' as told\"]")
        .file("models/a.sql", "{{ config(materialized='table', schema='one') }} select 1 as id")
        .file("models/b.sql", "{{ config(schema='two') }} select nope from {{ ref('a') }}")
        .file("tests/t.sql", "{{ config(store_failures=true) }} select 1 from {{ ref('a') }}");
    project.run(&["build"]).says(1, &["PASS=4 WARN=0 ERROR=1 SKIP=1"]);
    let results = project.json("target/run_results.json")["results"].clone();
    let first =
        results.as_array().unwrap().iter().find(|result| result["unique_id"] == "operation.shop.shop-on-run-start-0");
    let first = first.unwrap();
    assert_eq!((first["compiled"].as_bool(), first["compiled_code"].as_str()), (Some(true), Some("select 'dev'")));
    assert_eq!(first["timing"].as_array().unwrap().len(), 2);
    let hooks = "target/compiled/shop/dbt_project.yml/hooks";
    assert_eq!(project.read(&format!("{hooks}/shop-on-run-start-0.sql")), "select 'dev'");
    assert!(!project.path(&format!("{hooks}/shop-on-run-start-1.sql")).exists(), "dbt: nothing is not written");
    assert_eq!(project.cells("select told from told"), ["main_one 1"]);
}
