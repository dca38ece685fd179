//! The analytics project of this repository on the Snowflake target, with the figures that it has on DuckDB.

use std::collections::BTreeMap;
use std::path::Path;

use crate::project::{Project, copy};
use crate::server::{PASSWORD, Server};

/// The raw tables are filled from files of a stage.
const FILL: &str = r#"
{% macro fill_raw(folder) %}
  {% set tables = {
    'movies': 'movieid bigint, title varchar, genres varchar',
    'ratings': 'userid bigint, movieid bigint, rating number(3,1), timestamp bigint',
    'tags': 'userid bigint, movieid bigint, tag varchar, timestamp bigint',
    'links': 'movieid bigint, imdbid varchar, tmdbid bigint',
    'genome_scores': 'movieid bigint, tagid bigint, relevance double',
    'genome_tags': 'tagid bigint, tag varchar'
  } %}
  {% do run_query('create schema if not exists MOVIELENS.raw') %}
  {% do run_query("create or replace stage MOVIELENS.raw.files url='file://" ~ folder ~ "/'") %}
  {% for name, columns in tables.items() %}
    {% do run_query('create or replace table MOVIELENS.raw.raw_' ~ name ~ ' (' ~ columns ~ ')') %}
    {% do run_query("copy into MOVIELENS.raw.raw_" ~ name ~ " from @MOVIELENS.raw.files files=('"
        ~ (name | replace('_', '-')) ~ ".csv') file_format=(type=csv skip_header=1 field_optionally_enclosed_by='\"')") %}
  {% endfor %}
{% endmacro %}
"#;

fn analytics(server: &Server) -> Project {
    let project = Project::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    project.write("project.yml", std::fs::read(root.join("project.yml")).unwrap());
    for folder in ["models", "macros", "seeds", "snapshots", "analyses", "sample"] {
        copy(&root.join(folder), &project.path(folder), &["sql", "yml", "md", "csv"]);
    }
    for file in ["test_movie_recommendation_logic.sql", "_tests.yml"] {
        project.write(&format!("tests/{file}"), std::fs::read(root.join("tests").join(file)).unwrap());
    }
    project.write("macros/fill_raw.sql", FILL);
    project.write(
        "profiles.yml",
        format!(
            "netflix:\n  target: snowflake\n  outputs:\n    \
             local: {{type: duckdb, path: sample.duckdb, schema: main, threads: 2}}\n    \
             snowflake: {{type: snowflake, account: test, user: tester, password: {PASSWORD}, warehouse: WH, \
             database: MOVIELENS, schema: DEV, threads: 4, url: \"{}\"}}\n",
            server.url()
        ),
    );
    project
}

/// Rows and sums of every model that both targets build.
fn figures(project: &Project, target: &str) -> BTreeMap<String, String> {
    let manifest = project.json("target/manifest.json");
    let nodes = manifest["nodes"].as_object().unwrap().values();
    let relations: BTreeMap<String, String> = nodes
        .filter(|node| ["model", "snapshot", "seed"].contains(&node["resource_type"].as_str().unwrap()))
        .filter_map(|node| Some((node["name"].as_str()?.to_owned(), node["relation_name"].as_str()?.to_owned())))
        .collect();
    let counts: Vec<String> = relations
        .iter()
        .map(|(name, relation)| format!("select '{name}' as name, count(*) as n from {relation}"))
        .collect();
    let sql = format!("{} order by name", counts.join(" union all "));
    let output = project.ok(&["show", "--target", target, "--inline", &sql, "--limit", "-1", "--output", "json", "-q"]);
    let shown: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let rows = shown["show"].as_array().unwrap().iter().map(|row| {
        let cells: Vec<String> =
            row.as_object().unwrap().values().map(|cell| cell.to_string().replace('"', "")).collect();
        (cells[0].clone(), cells[1].clone())
    });
    rows.collect()
}

#[test]
fn the_project_is_built_twice_with_the_figures_of_duckdb() {
    let Some(server) = Server::start() else { return };
    let project = analytics(&server);
    let folder = project.path("sample");
    let arguments = format!("{{folder: \"{}\"}}", folder.display());
    project.ok(&["run-operation", "fill_raw", "--args", &arguments]);
    server.reset();
    project.ok(&["build", "--target", "snowflake", "--no-load"]);
    let first = server.log().len();
    let snowflake = figures(&project, "snowflake");
    server.reset();
    project.ok(&["build", "--target", "snowflake", "--no-load"]);
    let second = server.log().len();
    assert_eq!(figures(&project, "snowflake"), snowflake);
    project.ok(&["build", "--target", "local"]);
    assert_eq!(figures(&project, "local"), snowflake);
    assert!(first < 230 && second < 230, "{first} {second}");
}
