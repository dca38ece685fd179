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
