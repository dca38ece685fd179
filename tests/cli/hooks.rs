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
