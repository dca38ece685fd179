//! `source freshness`.

use crate::project::Project;

const SOURCES: &str = "
sources:
  - name: raw
    schema: main
    config:
      freshness:
        warn_after: {count: 10, period: hour}
        error_after: {count: 1, period: day}
      loaded_at_field: ts
    tables:
      - name: fresh
      - name: late
      - name: old
        config: {freshness: {error_after: {count: 2, period: day}}}
      - name: asked
        identifier: fresh
        loaded_at_query: \"select max(ts) from {{ this }}\"
      - name: unwatched
        config: {freshness: null}
";

fn project() -> Project {
    let table =
        |age: &str| format!("{{{{ config(materialized='table') }}}} select now()::timestamp - interval {age} as ts");
    let project = Project::new()
        .file("models/fresh.sql", table("1 hour"))
        .file("models/late.sql", table("12 hour"))
        .file("models/old.sql", table("300 day"))
        .file("models/reader.sql", "select * from {{ source('raw', 'late') }}")
        .file("models/s.yml", SOURCES);
    project.ok(&["run", "--exclude", "reader"]);
    project
}

#[test]
fn each_table_is_judged_by_its_own_promise() {
    let project = project();
    let output = project.run(&["source", "freshness"]);
    output.says(1, &["PASS freshness of raw.fresh", "WARN freshness of raw.late", "ERROR STALE freshness of raw.old"]);
    output.says(1, &["PASS freshness of raw.asked", "of 4", "in source old (models/s.yml)", "Done."]);
    let sources = project.json("target/sources.json");
    assert_eq!(sources["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/sources/v3.json");
    let old =
        sources["results"].as_array().unwrap().iter().find(|it| it["unique_id"] == "source.shop.raw.old").unwrap();
    assert_eq!(old["status"], "error");
    assert_eq!(old["criteria"]["warn_after"]["count"], 10);
    assert_eq!(old["criteria"]["error_after"]["count"], 2);
    let late = project.ok(&["source", "freshness", "--select", "+reader", "-o", "target/late.json"]);
    late.says(0, &["1 of 1 WARN"]);
    assert_eq!(project.json("target/late.json")["results"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_known_is_told() {
    let yaml =
        "sources:\n  - name: raw\n    freshness: {warn_after: {count: 1, period: day}}\n    tables:\n      - name: t\n";
    let project = Project::new().file("models/s.yml", yaml).setting("on-run-start: \"{{ log('begun', info=true) }}\"");
    let output = project.run(&["source", "freshness"]);
    output.says(1, &["A loaded_at_field must be specified for source 'raw.t'", "begun"]);
    output.says(1, &["Could not compute freshness for source t: no 'loaded_at_field' provided"]);
    let quiet = project.setting("flags:\n  source_freshness_run_project_hooks: false");
    quiet.run(&["source", "freshness"]).says(1, &["ERROR freshness of raw.t"]).hides(&["START hook"]);
    let both = yaml.replace("- name: t", "- name: t\n        loaded_at_field: a\n        loaded_at_query: select 1");
    let project = Project::new().file("models/s.yml", both);
    project.run(&["parse"]).says(2, &["Cannot specify both loaded_at_field and loaded_at_query at table level."]);
}
