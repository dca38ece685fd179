//! The files that a run leaves for other programs, and what goes to the standard output for them.

use serde_json::Value;

use crate::project::Project;

fn project() -> Project {
    Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file("seeds/s.csv", "id\n1\n")
        .file(
            "models/m.yml",
            "models:\n  - name: a\n    description: The one.\n    columns:\n      - name: id\n        data_tests: [unique]\n",
        )
}

#[track_caller]
fn has(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "no `{key}` in {value}");
    }
}

#[test]
fn manifest_and_results_are_written() {
    let project = project();
    project.ok(&["build"]);
    let manifest = project.json("target/manifest.json");
    assert_eq!(manifest["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/manifest/v12.json");
    assert_eq!(manifest["metadata"]["project_name"], "shop");
    assert_eq!(manifest["metadata"]["adapter_type"], "duckdb");
    has(
        &manifest,
        &[
            "nodes",
            "sources",
            "macros",
            "docs",
            "exposures",
            "metrics",
            "groups",
            "selectors",
            "disabled",
            "parent_map",
            "child_map",
            "group_map",
            "saved_queries",
            "semantic_models",
            "unit_tests",
        ],
    );
    let node = &manifest["nodes"]["model.shop.b"];
    has(
        node,
        &[
            "database",
            "schema",
            "name",
            "resource_type",
            "package_name",
            "path",
            "original_file_path",
            "unique_id",
            "fqn",
            "alias",
            "checksum",
            "config",
            "tags",
            "description",
            "columns",
            "meta",
            "raw_code",
            "language",
            "refs",
            "sources",
            "depends_on",
            "compiled_path",
            "compiled",
            "relation_name",
        ],
    );
    assert_eq!(node["compiled_code"], "select * from \"dev\".\"main\".\"a\"");
    assert_eq!(node["depends_on"]["nodes"], serde_json::json!(["model.shop.a"]));
    assert_eq!(manifest["nodes"]["model.shop.a"]["description"], "The one.");
    assert_eq!(manifest["parent_map"]["model.shop.b"], serde_json::json!(["model.shop.a"]));
    assert_eq!(manifest["child_map"]["model.shop.b"], serde_json::json!([]));

    let run = project.json("target/run_results.json");
    assert_eq!(run["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/run-results/v6.json");
    assert_eq!(run["metadata"]["invocation_id"], manifest["metadata"]["invocation_id"]);
    has(&run, &["results", "elapsed_time", "args"]);
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        has(
            result,
            &[
                "status",
                "timing",
                "thread_id",
                "execution_time",
                "adapter_response",
                "message",
                "failures",
                "unique_id",
                "compiled",
                "compiled_code",
                "relation_name",
            ],
        );
        let test = result["unique_id"].as_str().unwrap().starts_with("test.");
        assert_eq!(result["status"], if test { "pass" } else { "success" });
    }
}

#[test]
fn a_failed_run_has_its_results_too() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select cast('x' as integer) as id")
        .file("models/b.sql", "select * from {{ ref('a') }}");
    assert_eq!(project.run(&["build"]).code, Some(1));
    let run = project.json("target/run_results.json");
    let status = |id: &str| {
        let found = run["results"].as_array().unwrap().iter().find(|result| result["unique_id"] == id).unwrap();
        found["status"].clone()
    };
    assert_eq!(status("model.shop.a"), "error");
    assert_eq!(status("model.shop.b"), "skipped");
}

#[test]
fn the_catalog_has_what_the_database_has() {
    let project = project();
    project.ok(&["build"]);
    project.ok(&["docs", "generate"]);
    let catalog = project.json("target/catalog.json");
    assert_eq!(catalog["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/catalog/v1.json");
    has(&catalog, &["nodes", "sources", "errors"]);
    let node = &catalog["nodes"]["model.shop.a"];
    has(node, &["metadata", "columns", "stats", "unique_id"]);
    assert_eq!(node["columns"]["id"]["type"], "INTEGER");
    assert_eq!(node["columns"]["id"]["index"], 1);
    assert_eq!(node["metadata"]["type"], "BASE TABLE");
    assert_eq!(catalog["nodes"]["model.shop.b"]["metadata"]["type"], "VIEW");
}

#[test]
fn nothing_unfinished_is_left() {
    let project = project();
    project.ok(&["build"]);
    project.ok(&["build"]);
    let files = project.files();
    let odd: Vec<&String> = files
        .iter()
        .filter(|file| {
            let name = file.rsplit('/').next().unwrap();
            name.contains("tmp")
                || name.contains("temp")
                || name.starts_with('.')
                || name.ends_with('~')
                || name.contains("part")
        })
        .collect();
    assert!(odd.is_empty(), "{odd:?}");
    for file in
        ["target/manifest.json", "target/run_results.json", "target/compiled/shop/models/b.sql", "logs/netflix.log"]
    {
        assert!(files.iter().any(|found| found == file), "no {file} in {files:?}");
    }
    assert_eq!(project.relations(), ["a table", "b view", "s table"]);
}

#[test]
fn no_json_is_written_when_told() {
    let project = project();
    project.ok(&["build", "--no-write-json"]);
    assert!(!project.path("target/manifest.json").exists());
    assert!(!project.path("target/run_results.json").exists());
}

#[test]
fn quiet_show_prints_json_alone() {
    let project = project();
    project.ok(&["build"]);
    let output = project.ok(&[
        "show",
        "--inline",
        "select id, null as n, 'x\"y' as t from {{ ref('a') }}",
        "--output",
        "json",
        "-q",
    ]);
    let shown: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(shown, serde_json::json!({"show": [{"id": 1, "n": null, "t": "x\"y"}]}));
    let shown: Value =
        serde_json::from_str(&project.ok(&["show", "-s", "b", "--output", "json", "-q"]).stdout).unwrap();
    assert_eq!(shown["show"], serde_json::json!([{"id": 1}]));
}

#[test]
fn log_lines_can_be_json() {
    let project = project();
    let output = project.ok(&["build", "--log-format", "json"]);
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 10);
    for line in &lines {
        has(line, &["info", "data"]);
        has(&line["info"], &["name", "code", "msg", "level", "ts", "invocation_id", "thread"]);
    }
}

#[test]
fn ls_lists_as_it_is_asked() {
    let project = project();
    assert_eq!(project.ok(&["ls", "-q"]).stdout, "shop.a\nshop.b\nshop.s\nshop.unique_a_id\n");
    assert_eq!(project.ok(&["ls", "-q", "-s", "a+", "--resource-type", "model", "--output", "name"]).stdout, "a\nb\n");
    assert_eq!(project.ok(&["ls", "-q", "-s", "s", "--output", "path"]).stdout, "seeds/s.csv\n");
}
