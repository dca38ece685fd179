//! Benchmark: `netflix build` against the same SQL sent straight to one DuckDB connection.
//!
//! `cargo run --example floor -- --data DIR [--vars YAML] [--runs N]` builds the analytics project into a new database,
//! takes the compiled SQL from its manifest, and runs that in the same order on one connection into another new database.
//! With `--project DIR` it does the same with any project for the embedded engine whose SQL is that engine's own.
//! Both are child processes of this one, run in turn; times are medians, memory is the peak of the process (Linux only).

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod measure;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use netflix::sql::translate::{self, Catalog, MACROS, translate};
use serde_json::Value;

use measure::{Failure, Run, measure};

/// Source table, file name and columns; the files have MovieLens' names.
const RAW: &[(&str, &str, &str)] = &[
    ("raw_movies", "movies.csv", "movieid bigint, title varchar, genres varchar"),
    ("raw_tags", "tags.csv", "userid bigint, movieid bigint, tag varchar, timestamp bigint"),
    ("raw_ratings", "ratings.csv", "userid bigint, movieid bigint, rating double, timestamp bigint"),
    ("raw_links", "links.csv", "movieid bigint, imdbid varchar, tmdbid varchar"),
    ("raw_genome_tags", "genome-tags.csv", "tagid bigint, tag varchar"),
    ("raw_genome_scores", "genome-scores.csv", "movieid bigint, tagid bigint, relevance double"),
];

struct Options {
    /// Another project than the one of this repository.
    project: Option<PathBuf>,
    data: PathBuf,
    vars: String,
    runs: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("--floor") => floor(Path::new(&arguments[1]), Path::new(&arguments[2])),
        Some("--floor-of") => floor_of(Path::new(&arguments[1]), Path::new(&arguments[2])),
        _ => options(&arguments).and_then(|options| compare(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options { project: None, data: PathBuf::from("sample"), vars: "{}".to_owned(), runs: 5 };
    for pair in arguments.chunks(2) {
        match pair {
            [key, value] if key == "--project" => options.project = Some(PathBuf::from(value).canonicalize()?),
            [key, value] if key == "--data" => options.data = PathBuf::from(value),
            [key, value] if key == "--vars" => value.clone_into(&mut options.vars),
            [key, value] if key == "--runs" => options.runs = value.parse()?,
            _ => return Err("usage: floor [--project DIR | --data DIR] [--vars YAML] [--runs N]".into()),
        }
    }
    if options.project.is_none() {
        options.data = options.data.canonicalize()?;
    }
    Ok(options)
}

fn compare(options: &Options) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("netflix-floor-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("bench.duckdb");
    let profile = format!(
        "netflix: {{target: bench, outputs: {{bench: {{type: duckdb, path: '{}', threads: 4}}}}}}",
        database.display()
    );
    std::fs::write(folder.join("profiles.yml"), profile)?;
    let this = std::env::current_exe()?;
    let netflix = this.parent().and_then(Path::parent).ok_or("no program folder")?.join("netflix");
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..options.runs {
        remove(&database);
        let mut command = Command::new(&netflix);
        command.args(["build", "--quiet", "--profiles-dir"]).arg(&folder);
        command.arg("--target-path").arg(folder.join("target"));
        let mut bare = Command::new(&this);
        if let Some(project) = &options.project {
            command.args(["--profile", "netflix", "--vars", &options.vars, "--project-dir"]).arg(project);
            bare.arg("--floor-of").arg(&folder).arg(project);
        } else {
            let rest = options.vars.trim_matches(['{', '}']);
            command.arg("--vars").arg(format!("{{movielens: '{}', {rest}}}", options.data.display()));
            bare.arg("--floor").arg(&folder).arg(&options.data);
        }
        ours.push(measure(&mut command)?);
        remove(&database);
        floors.push(measure(&mut bare)?);
    }
    let (ours, floors) = (median(ours), median(floors));
    println!("                   CPU seconds   seconds   peak MB");
    for (name, run) in [("netflix build", &ours), ("the SQL on DuckDB", &floors)] {
        println!("{name:<18} {:>11.2} {:>9.2} {:>9.0}", run.cpu, run.wall.as_secs_f64(), run.peak);
    }
    let wall = ours.wall.as_secs_f64() / floors.wall.as_secs_f64();
    println!("ratio              {:>11.2} {wall:>9.2} {:>9.2}", ours.cpu / floors.cpu, ours.peak / floors.peak);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn remove(database: &Path) {
    for name in [database.to_path_buf(), database.with_extension("duckdb.wal")] {
        let _ = std::fs::remove_file(name);
    }
}

/// The medians of time, and the highest peak.
fn median(mut runs: Vec<Run>) -> Run {
    let middle = runs.len() / 2;
    runs.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
    let cpu = runs[middle].cpu;
    runs.sort_by_key(|run| run.wall);
    Run { wall: runs[middle].wall, cpu, peak: runs.iter().map(|run| run.peak).fold(0.0, f64::max) }
}

/// The columns of what there is, for the translation of the models.
struct Columns<'a>(&'a duckdb::Connection);

impl Catalog for Columns<'_> {
    fn columns(&self, relation: &[String]) -> Option<Vec<(String, String)>> {
        let mut statement = self.0.prepare(&format!("describe \"{}\"", relation.join("\".\""))).ok()?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
        rows.collect::<Result<_, _>>().ok()
    }
}

fn artifact(folder: &Path, name: &str) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&std::fs::read_to_string(folder.join("target").join(name))?)?)
}

/// The compiled SQL of the last build of a project on one connection: a count for each test, a table or view for all else.
fn floor_of(folder: &Path, project: &Path) -> Result<(), Failure> {
    let connection = duckdb::Connection::open(folder.join("bench.duckdb"))?;
    connection.execute_batch("set autoinstall_known_extensions = false; set autoload_known_extensions = false")?;
    let (manifest, results) = (artifact(folder, "manifest.json")?, artifact(folder, "run_results.json")?);
    let nodes = manifest["nodes"].as_object().ok_or("no nodes")?;
    let schemas: std::collections::BTreeSet<&str> = nodes.values().filter_map(|node| node["schema"].as_str()).collect();
    for schema in schemas {
        connection.execute_batch(&format!("create schema if not exists \"{schema}\""))?;
    }
    for result in results["results"].as_array().into_iter().flatten() {
        let id = result["unique_id"].as_str().unwrap_or_default();
        let node = nodes.get(id).unwrap_or(&Value::Null);
        let (relation, sql) = (node["relation_name"].as_str(), node["compiled_code"].as_str().unwrap_or_default());
        match (id.split('.').next().unwrap_or_default(), relation) {
            ("seed", Some(relation)) => {
                let file = project.join(node["original_file_path"].as_str().unwrap_or_default());
                let made =
                    format!("create table {relation} as select * from read_csv('{}', header=true)", file.display());
                connection.execute_batch(&made)?;
            }
            ("model" | "snapshot", Some(relation)) => {
                let kind = if node["config"]["materialized"] == "view" { "view" } else { "table" };
                connection.execute_batch(&format!("create {kind} {relation} as ({sql}\n)"))?;
            }
            ("test", _) => {
                let _: i64 =
                    connection.query_row(&format!("select count(*) from ({sql}\n) rows"), [], |row| row.get(0))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The compiled SQL of the last build on one connection.
fn floor(folder: &Path, data: &Path) -> Result<(), Failure> {
    let connection = duckdb::Connection::open(folder.join("bench.duckdb"))?;
    // Otherwise the engine looks for extensions on the network, and waits.
    connection.execute_batch("set autoinstall_known_extensions = false; set autoload_known_extensions = false")?;
    connection.execute_batch("create schema raw; create schema snapshots; create schema snowflake_sql")?;
    for made in MACROS.split(";\n") {
        // Those of instants need functions that the program adds; no model calls them.
        drop(connection.execute_batch(made));
    }
    for (table, file, columns) in RAW {
        let path = data.join(file);
        connection.execute_batch(&format!(
            "create table raw.{table} ({columns}); copy raw.{table} from '{}' (header true, nullstr '', quote '\"', escape '\"')",
            path.display()
        ))?;
    }
    let (manifest, results) = (artifact(folder, "manifest.json")?, artifact(folder, "run_results.json")?);
    for result in results["results"].as_array().into_iter().flatten() {
        let id = result["unique_id"].as_str().unwrap_or_default();
        let node = &manifest["nodes"][id];
        let (relation, sql) = (node["relation_name"].as_str(), node["compiled_code"].as_str().unwrap_or_default());
        let sql = match id.starts_with("seed.") {
            true => String::new(),
            false => translate(sql, &Columns(&connection), &translate::Options::default())?.sql,
        };
        match (id.split('.').next().unwrap_or_default(), relation) {
            ("seed", Some(relation)) => {
                let file = node["original_file_path"].as_str().unwrap_or_default();
                connection.execute_batch(&format!("create table {relation} as select * from read_csv('{file}')"))?;
            }
            ("model", Some(relation)) => {
                let kind = if node["config"]["materialized"] == "view" { "view" } else { "table" };
                connection.execute_batch(&format!("create {kind} {relation} as ({sql}\n)"))?;
            }
            ("snapshot", Some(relation)) => connection.execute_batch(&format!(
                "create table {relation} as select *, md5(movie_id::varchar) as dbt_scd_id, now()::timestamp as dbt_updated_at, \
                 now()::timestamp as dbt_valid_from, null::timestamp as dbt_valid_to from ({sql}\n) as rows"
            ))?,
            ("test", _) => {
                let failures: i64 =
                    connection.query_row(&format!("select count(*) from ({sql}\n) rows"), [], |row| row.get(0))?;
                if failures != 0 {
                    return Err(format!("{id} finds {failures} rows").into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
