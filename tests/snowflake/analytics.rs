//! The analytics project of this repository on the Snowflake target, with the figures that it has on DuckDB.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::project::{Project, copy};
use crate::server::{PASSWORD, Server};

/// Where the raw files of the Snowflake target lie: a bucket, which the server reads from a folder.
const BUCKET: &str = "s3://lake/movielens";

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

/// Two numbers are the same figure where they differ by no more than this part of the larger one: sums of floating
/// point numbers depend on the order of the rows, which neither engine promises.
const PRECISION: f64 = 1e-9;

/// What tells the moment of the run and not what is in the data: these are compared by being there or not.
///
/// `rating_id` is a hash over a moment's text, which ends in `.000` on Snowflake, and so on DuckDB, and not on the
/// emulator. That it is unique is a test of the project itself.
const OPAQUE: [&str; 5] = ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "rating_id"];

/// One value, its type taken away: the engines have other numbers, and names in other letters.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Nothing,
    Number(f64),
    Text(String),
    /// Of [`OPAQUE`], where there is one.
    Opaque,
}

impl Cell {
    fn of(column: &str, value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            _ if OPAQUE.contains(&column) => Self::Opaque,
            Value::Bool(truth) => Self::Text(truth.to_string()),
            Value::Number(number) => Self::Number(number.as_f64().unwrap()),
            Value::String(text) => Self::Text(text.trim_end_matches("T00:00:00").to_owned()),
            // JSON inside: its spaces are the engine's.
            other => Self::Text(other.to_string()),
        }
    }

    /// What rows are ordered by, so coarse that the order is the same for the same figures.
    fn key(&self) -> String {
        match self {
            Self::Number(number) => format!("{number:.5e}"),
            other => format!("{other:?}"),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => (one - two).abs() <= PRECISION * one.abs().max(two.abs()),
            _ => self == other,
        }
    }
}

/// All rows of a relation, in an order that does not depend on the engine.
#[derive(Debug, PartialEq)]
struct Content {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Content {
    fn read(project: &Project, target: &str, relation: &str) -> Self {
        let sql = format!("select * from {relation}");
        let shown =
            project.ok(&["show", "--target", target, "--inline", &sql, "--limit", "-1", "--output", "json", "-q"]);
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        let rows = shown["show"].as_array().unwrap();
        let columns: Vec<String> = rows
            .first()
            .iter()
            .flat_map(|row| row.as_object().unwrap().keys())
            .map(|name| name.to_lowercase())
            .collect();
        let cells = |row: &Value| -> Vec<Cell> {
            columns.iter().zip(row.as_object().unwrap().values()).map(|(name, value)| Cell::of(name, value)).collect()
        };
        let mut rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        rows.sort_by_cached_key(|row| row.iter().map(Cell::key).collect::<Vec<_>>());
        Self { columns, rows }
    }

    /// The first differences to what another target has.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.columns != other.columns {
            found.push(format!("columns {:?} and {:?}", self.columns, other.columns));
        }
        if self.rows.len() != other.rows.len() {
            found.push(format!("{} and {} rows", self.rows.len(), other.rows.len()));
        }
        for (one, two) in self.rows.iter().zip(&other.rows) {
            let differing = one.iter().zip(two).zip(&self.columns).filter(|((one, two), _)| !one.is(two));
            found.extend(differing.map(|((one, two), column)| format!("{column}: {one:?} and {two:?} in {one:?}")));
            if found.len() > 5 {
                break;
            }
        }
        found
    }
}

/// Everything that a target has of what the project builds: models, snapshots and seeds by name.
fn contents(project: &Project, target: &str) -> BTreeMap<String, Content> {
    let manifest = project.json("target/manifest.json");
    let nodes = manifest["nodes"].as_object().unwrap().values();
    nodes
        .filter(|node| ["model", "snapshot", "seed"].contains(&node["resource_type"].as_str().unwrap()))
        .filter_map(|node| Some((node["name"].as_str()?, node["relation_name"].as_str()?)))
        .map(|(name, relation)| (name.to_owned(), Content::read(project, target, relation)))
        .collect()
}

#[track_caller]
fn same(duckdb: &BTreeMap<String, Content>, snowflake: &BTreeMap<String, Content>) {
    assert_eq!(duckdb.keys().collect::<Vec<_>>(), snowflake.keys().collect::<Vec<_>>());
    let told: Vec<String> = duckdb
        .iter()
        .map(|(name, content)| (name, content.differences(&snowflake[name])))
        .filter(|(_, differences)| !differences.is_empty())
        .map(|(name, differences)| format!("{name}: {}", differences.join("\n    ")))
        .collect();
    assert!(told.is_empty(), "DuckDB and Snowflake differ:\n{}", told.join("\n"));
    assert!(duckdb.values().filter(|content| !content.rows.is_empty()).count() + 1 >= duckdb.len(), "much is empty");
}

/// Loads and builds for a target and gives how many statements the server got.
fn build(project: &Project, server: &Server, target: &str) -> usize {
    server.reset();
    let vars = if target == "snowflake" { format!("{{movielens: {BUCKET}}}") } else { "{}".to_owned() };
    project.ok(&["build", "--target", target, "--vars", &vars]);
    server.log().len()
}

#[test]
fn the_project_is_built_twice_with_the_figures_of_duckdb() {
    let Some(server) = Server::start() else { return };
    let project = analytics(&server);
    server.door("bucket", Some(&json!({"url": "s3://lake", "folder": project.path("bucket")})));
    copy(&project.path("sample"), &project.path("bucket/movielens"), &["csv"]);
    // The files are copied once.
    for (copies, statements) in [(6, 200), (0, 200)] {
        let sent = build(&project, &server, "snowflake");
        assert_eq!(server.sent("copy into").len(), copies);
        let snowflake = contents(&project, "snowflake");
        build(&project, &server, "local");
        same(&contents(&project, "local"), &snowflake);
        assert!(sent < statements, "{sent}");
    }
}
