//! Runs a Python model in a process of the user's own Python, which cannot open the database file that we hold.
//!
//! Relations go over as Parquet files when the model asks for them, and what it makes comes back the same way, so that
//! other threads go on and a database in memory works as well. `python.py` is the other end.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use ::duckdb::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::failure;
use super::interpreter::interpreters;
use crate::adapter::{AdapterError, ErrorKind, PythonJob, PythonStream};
use crate::diagnostic::{Class, Diagnostic};

const RUNNER: &str = include_str!("python.py");

/// What the profile says of Python.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PythonSettings {
    /// The interpreter, where the profile names one.
    pub interpreter: Option<String>,
    /// Folders of modules that models import.
    pub module_paths: Vec<String>,
    /// The project's folder: where the model's process starts.
    pub folder: PathBuf,
    /// The database that names without one mean.
    pub database: String,
    /// Extensions, secrets and settings of the model's own connection.
    pub setup: Vec<String>,
}

/// The running process, if any, so that another thread can end it.
#[derive(Clone, Default)]
pub(super) struct Running {
    child: Arc<Mutex<Option<Child>>>,
    stopped: Arc<AtomicBool>,
}

impl Running {
    /// Ends the process.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(child) = self.child().as_mut() {
            // A process that has ended by itself needs no end.
            let _ = child.kill();
        }
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A relation as a Parquet file, with the types that its columns have.
#[derive(Debug, Deserialize)]
pub(super) struct Handed {
    path: [String; 3],
    #[serde(default)]
    temporary: bool,
    file: String,
    columns: Vec<(String, String)>,
}

/// One line from the process.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    fit: bool,
    unfit: Option<String>,
    say: Option<String>,
    note: Option<String>,
    want: Option<Want>,
    shown: Vec<String>,
    done: Option<Vec<Handed>>,
    failed: Option<Failed>,
}

#[derive(Debug, Deserialize)]
struct Want {
    database: Option<String>,
    schema: Option<String>,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Failed {
    text: String,
    line: Option<usize>,
    missing: Option<String>,
}

enum Line {
    Message(String),
    Errors(String),
}

/// How the process ended.
enum End {
    Made(Vec<Handed>),
    /// This Python has no `duckdb`.
    Unfit,
}

/// What lies in the folder until it is dropped, and what came of the run.
pub(super) struct Finished {
    made: Vec<Handed>,
    _folder: tempfile::TempDir,
}

/// Runs the model; nothing is in the database yet.
pub(super) fn run(
    connection: &Connection,
    settings: &PythonSettings,
    running: &Running,
    job: &PythonJob,
    say: &mut dyn FnMut(PythonStream, &str),
) -> Result<Finished, AdapterError> {
    let io = |error: std::io::Error| {
        AdapterError::new(ErrorKind::Io, format!("cannot hand data over to the Python model: {error}"))
    };
    running.stopped.store(false, Ordering::Relaxed);
    let folder = tempfile::Builder::new().prefix("netflix-python-").tempdir().map_err(io)?;
    let runner = folder.path().join("netflix_model.py");
    std::fs::write(&runner, RUNNER).map_err(io)?;
    let found = interpreters(settings.interpreter.as_deref(), &settings.folder);
    let mut without: Vec<PathBuf> = Vec::new();
    for python in &found.paths {
        let talk = Talk { connection, settings, running, job, folder: folder.path(), python };
        match talk.start(&runner, say) {
            Ok(End::Made(made)) => return Ok(Finished { made, _folder: folder }),
            Ok(End::Unfit) => without.push(python.clone()),
            Err(error) if error.kind == ErrorKind::Connection && found.chosen_by.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    Err(AdapterError::explained(ErrorKind::Connection, no_python(&without, found.chosen_by)))
}

fn no_python(without: &[PathBuf], chosen_by: Option<&'static str>) -> Diagnostic {
    match without.first() {
        Some(python) => {
            let by = chosen_by.map(|by| format!(", which {by} names,")).unwrap_or_default();
            Diagnostic::error(Class::Runtime, format!("the Python `{}`{by} has no package `duckdb`", python.display()))
                .help(format!("install it: `{} -m pip install duckdb`", python.display()))
                .help(
                    "or name another Python in the environment variable NETFLIX_PYTHON, or as `python:` in the profile",
                )
        }
        None => Diagnostic::error(Class::Runtime, "there is no Python to run this model")
            .help("install Python 3 and its package `duckdb`, or activate the virtual environment that has them")
            .help("or name it in the environment variable NETFLIX_PYTHON, or as `python:` in the profile"),
    }
}

struct Talk<'a> {
    connection: &'a Connection,
    settings: &'a PythonSettings,
    running: &'a Running,
    job: &'a PythonJob,
    folder: &'a Path,
    python: &'a Path,
}

impl Talk<'_> {
    fn start(&self, runner: &Path, say: &mut dyn FnMut(PythonStream, &str)) -> Result<End, AdapterError> {
        let spawned = Command::new(self.python)
            .arg(runner)
            .current_dir(&self.settings.folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| {
            let diagnostic = Diagnostic::error(
                Class::Runtime,
                format!("the Python `{}` cannot be started: {error}", self.python.display()),
            );
            AdapterError::explained(
                ErrorKind::Connection,
                diagnostic.help(
                    "name another one in the environment variable NETFLIX_PYTHON, or as `python:` in the profile",
                ),
            )
        })?;
        let (sender, lines) = channel();
        let input = child.stdin.take();
        if let Some(output) = child.stdout.take() {
            listen(output, sender.clone(), Line::Message);
        }
        if let Some(errors) = child.stderr.take() {
            listen(errors, sender, Line::Errors);
        }
        *self.running.child() = Some(child);
        let end = input.map_or_else(|| Ok(None), |input| self.converse(input, &lines, say));
        let child = self.running.child().take();
        if let Some(mut child) = child {
            if end.is_err() {
                // The model goes no further without us.
                let _ = child.kill();
            }
            let status = child.wait();
            while let Ok(line) = lines.try_recv() {
                if let Line::Errors(text) = line {
                    say(PythonStream::Errors, &text);
                }
            }
            if self.running.stopped.load(Ordering::Relaxed) {
                return Err(AdapterError::new(ErrorKind::Interrupted, "INTERRUPT Error: Interrupted!"));
            }
            if let Ok(None) = &end {
                let how = status.map(|status| status.to_string()).unwrap_or_default();
                return Err(AdapterError::new(
                    ErrorKind::Other,
                    format!("Python model failed:\nthe process of `{}` ended early: {how}", self.python.display()),
                ));
            }
        }
        end.map(|end| end.unwrap_or(End::Unfit))
    }

    /// Answers until the model is through; `None` if it never said so.
    fn converse(
        &self,
        mut input: ChildStdin,
        lines: &Receiver<Line>,
        say: &mut dyn FnMut(PythonStream, &str),
    ) -> Result<Option<End>, AdapterError> {
        let job = self.job;
        let (own, added) = job.code.split_at(job.own.min(job.code.len()));
        let first = json!({
            "name": job.name, "path": job.path, "first_line": job.first_line, "own": own, "added": added,
            "relations": job.relations, "folder": self.folder, "database": self.settings.database,
            "module_paths": self.settings.module_paths, "setup": self.settings.setup,
        });
        // A process that is gone shows it by ending its output.
        let mut answer = |value: &Value| {
            let _ = writeln!(input, "{value}").and_then(|()| input.flush());
        };
        answer(&first);
        let mut count = 0;
        // What a Python that does not fit says is of no interest.
        let mut fit = false;
        let mut early: Vec<String> = Vec::new();
        for line in lines {
            let text = match line {
                Line::Message(text) => text,
                Line::Errors(text) if fit => {
                    say(PythonStream::Errors, &text);
                    continue;
                }
                Line::Errors(text) => {
                    early.push(text);
                    continue;
                }
            };
            let Ok(message) = serde_json::from_str::<Message>(&text) else { continue };
            if message.unfit.is_some() {
                return Ok(Some(End::Unfit));
            }
            if message.fit {
                fit = true;
                early.drain(..).for_each(|text| say(PythonStream::Errors, &text));
            }
            if let Some(text) = message.say {
                say(PythonStream::Output, &text);
            }
            if let Some(text) = message.note {
                say(PythonStream::Errors, &text);
            }
            if let Some(want) = message.want {
                let handed = self.relations(&want, &message.shown, &mut count);
                answer(&match handed {
                    Ok(relations) => json!({ "relations": relations }),
                    Err(error) => json!({ "error": error.text }),
                });
            }
            if let Some(made) = message.done {
                return Ok(Some(End::Made(made)));
            }
            if let Some(failed) = message.failed {
                return Err(self.failed(failed));
            }
        }
        early.iter().for_each(|text| say(PythonStream::Errors, text));
        Ok(None)
    }

    fn failed(&self, failed: Failed) -> AdapterError {
        let text = format!("Python model failed:\n{}", failed.text.trim_end());
        let mut error = AdapterError::new(ErrorKind::Other, text.clone());
        if let Some(package) = failed.missing {
            let package = package.split('.').next().unwrap_or_default().to_owned();
            let help = format!(
                "if `{package}` is a package, install it: `{} -m pip install {package}`",
                self.python.display()
            );
            error = AdapterError::explained(ErrorKind::Other, Diagnostic::error(Class::Runtime, text).help(help));
        }
        error.position = failed.line.and_then(|line| {
            let line = line.checked_sub(self.job.first_line)?;
            let starts = std::iter::once(0).chain(self.job.code.match_indices('\n').map(|(at, _)| at + 1));
            starts.take(line + 1).last().filter(|at| *at < self.job.own)
        });
        error
    }

    /// Writes the relations of a name that the process does not have yet.
    fn relations(&self, want: &Want, shown: &[String], count: &mut usize) -> Result<Vec<Value>, AdapterError> {
        let sql = "select database_name, schema_name, table_name from (\
                   select database_name, schema_name, table_name from duckdb_tables() where not temporary and not internal \
                   union all select database_name, schema_name, view_name from duckdb_views() where not temporary and not internal) \
                   where lower(table_name) = lower(?1) and lower(schema_name) = lower(coalesce(?2, schema_name)) \
                   and lower(database_name) = lower(coalesce(?3, database_name))";
        let told = |error| failure(error, sql);
        let mut statement = self.connection.prepare(sql).map_err(told)?;
        let found = statement
            .query_map((&want.name, &want.schema, &want.database), |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
            .and_then(Iterator::collect::<Result<Vec<[String; 3]>, _>>)
            .map_err(told)?;
        let declared: Vec<_> = found.iter().filter(|path| self.job.relations.contains(path)).cloned().collect();
        let wanted = if declared.is_empty() { found } else { declared };
        let mut handed = Vec::new();
        for path in wanted {
            let name = quoted(&path);
            if shown.contains(&name) {
                continue;
            }
            *count += 1;
            let file = self.folder.join(format!("read-{count}.parquet"));
            let columns = columns(self.connection, &name)?;
            let selected: Vec<String> = columns.iter().map(|(column, kind)| written(column, kind)).collect();
            let sql = format!(
                "copy (select {} from {name}) to {} (format parquet)",
                selected.join(", "),
                literal(&file.display().to_string())
            );
            self.connection.execute_batch(&sql).map_err(|error| failure(error, &sql))?;
            handed.push(json!({"path": path, "file": file, "columns": columns}));
        }
        Ok(handed)
    }
}

impl Finished {
    /// Makes the tables that the model made; the caller's transaction makes them appear at once.
    pub(super) fn store(&self, connection: &Connection) -> Result<(), AdapterError> {
        let run = |sql: &str| connection.execute_batch(sql).map_err(|error| failure(error, sql));
        for table in &self.made {
            let columns: Vec<String> = table.columns.iter().map(|(column, kind)| read(column, kind)).collect();
            let (kind, name) = if table.temporary {
                ("temporary table", one_quoted(&table.path[2]))
            } else {
                run(&format!("create schema if not exists {}", quoted(&table.path[..2])))?;
                ("table", quoted(&table.path))
            };
            run(&format!(
                "create or replace {kind} {name} as select {} from read_parquet({}, hive_partitioning = false)",
                columns.join(", "),
                literal(&table.file)
            ))?;
        }
        Ok(())
    }
}

fn listen(stream: impl Read + Send + 'static, to: Sender<Line>, kind: fn(String) -> Line) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            // A progress bar writes its line many times over.
            let text = text.trim_end().rsplit('\r').next().unwrap_or_default().to_owned();
            line.clear();
            if to.send(kind(text)).is_err() {
                break;
            }
        }
    });
}

fn columns(connection: &Connection, name: &str) -> Result<Vec<(String, String)>, AdapterError> {
    let sql = format!("describe {name}");
    let read = || -> ::duckdb::Result<Vec<(String, String)>> {
        connection.prepare(&sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    read().map_err(|error| failure(error, &sql))
}

fn one_quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn quoted(path: &[String]) -> String {
    path.iter().map(|part| one_quoted(part)).collect::<Vec<_>>().join(".")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Types that a Parquet file cannot hold go as text.
fn written(column: &str, kind: &str) -> String {
    let name = one_quoted(column);
    let as_text = ["HUGEINT", "UNION(", "BIGNUM", "VARINT", "GEOMETRY", "BIT"].iter().any(|word| kind.contains(word));
    if as_text { format!("cast({name} as varchar) as {name}") } else { name }
}

/// And every type that Parquet does not keep as it is gets its own back.
fn read(column: &str, kind: &str) -> String {
    const PLAIN: &[&str] = &[
        "BOOLEAN",
        "TINYINT",
        "UTINYINT",
        "SMALLINT",
        "USMALLINT",
        "INTEGER",
        "UINTEGER",
        "BIGINT",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
        "VARCHAR",
        "BLOB",
        "DATE",
        "TIME",
        "UUID",
        "INTERVAL",
        "JSON",
        "VARIANT",
        "TIMESTAMP",
        "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE",
    ];
    let name = one_quoted(column);
    let plain = PLAIN.contains(&kind) || kind.starts_with("DECIMAL(");
    if plain { name } else { format!("cast({name} as {kind}) as {name}") }
}
