//! A project in a folder of its own, and the runs of the program on it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

const PROJECT: &str = "name: shop\nversion: \"1.0\"\nprofile: shop\n";
const PROFILES: &str = "\
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb, schema: main, threads: 2}
";

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A project that is removed when it is dropped.
pub struct Project {
    root: PathBuf,
}

/// What a run left behind.
pub struct Output {
    pub code: Option<i32>,
    /// Both streams, without the time at the start of a line.
    pub text: String,
    /// The standard output as it came.
    pub stdout: String,
}

impl Project {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("netflix-cli-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        Self { root }
    }

    /// A project `shop` without models, on a database file with two threads.
    pub fn new() -> Self {
        Self::empty().file("project.yml", PROJECT).file("profiles.yml", PROFILES)
    }

    /// Adds lines to the project file.
    pub fn setting(self, lines: &str) -> Self {
        let text = self.read("project.yml");
        self.file("project.yml", format!("{text}{lines}\n"))
    }

    /// The project with one file more.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes a file, also between two runs.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// All files, as paths from the project's folder.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.root, &mut |path| {
            found.push(path.strip_prefix(&self.root).unwrap().to_string_lossy().replace('\\', "/"));
        });
        found.sort();
        found
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netflix"));
        // What the developer has set must not reach the tests.
        for (name, _) in std::env::vars() {
            if name.starts_with("DBT_") || name.starts_with("NETFLIX_") || name == "NO_COLOR" {
                command.env_remove(name);
            }
        }
        command.args(arguments).current_dir(&self.root).env("HOME", &self.root).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    /// Runs the program with these environment variables.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        finished(self.command(arguments).envs(environment.iter().copied()))
    }

    /// Runs the program from a folder of the project.
    pub fn run_in(&self, folder: &str, arguments: &[&str]) -> Output {
        finished(self.command(arguments).current_dir(self.path(folder)))
    }

    /// Runs the program, which must end well.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.code, Some(0), "{arguments:?}\n{}", output.text);
        output
    }

    /// Starts the program and leaves it running, with its output piped.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The rows of a query.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Value> {
        let output = self.ok(&["show", "--inline", sql, "--limit", "-1", "--output", "json", "-q"]);
        let shown: Value =
            serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", output.text));
        shown["show"].as_array().unwrap().clone()
    }

    /// The rows of a query, each as its values with `|` between.
    #[track_caller]
    pub fn cells(&self, sql: &str) -> Vec<String> {
        let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let row = |row: &Value| row.as_object().unwrap().values().map(cell).collect::<Vec<_>>().join("|");
        self.rows(sql).iter().map(row).collect()
    }

    /// What is in the schema `main`: `name kind`, by name.
    #[track_caller]
    pub fn relations(&self) -> Vec<String> {
        self.cells(
            "select table_name || case table_type when 'VIEW' then ' view' else ' table' end as r \
             from information_schema.tables where table_schema = 'main' order by 1",
        )
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

impl Output {
    /// The run ended with this code and said all of these.
    #[track_caller]
    pub fn says(&self, code: i32, parts: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for part in parts {
            assert!(self.text.contains(part), "without `{part}`:\n{}", self.text);
        }
        self
    }

    /// The run said none of these.
    #[track_caller]
    pub fn hides(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(!self.text.contains(part), "with `{part}`:\n{}", self.text);
        }
        self
    }
}

/// Copies what has one of these extensions, with its folders.
pub fn copy(from: &Path, to: &Path, extensions: &[&str]) {
    walk(from, &mut |path| {
        if path.extension().and_then(OsStr::to_str).is_some_and(|extension| extensions.contains(&extension)) {
            let target = to.join(path.strip_prefix(from).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(path, target).unwrap();
        }
    });
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}

/// `12:34:56  text` is `text`.
fn without_time(line: &str) -> &str {
    let time = line.len() >= 8
        && line.bytes().take(8).enumerate().all(
            |(at, byte)| {
                if at == 2 || at == 5 { byte == b':' } else { byte.is_ascii_digit() }
            },
        );
    if time { line[8..].trim_start_matches(' ') } else { line }
}

fn finished(command: &mut Command) -> Output {
    let done = command.output().unwrap();
    let stdout = String::from_utf8(done.stdout).unwrap();
    let text = format!("{stdout}{}", String::from_utf8(done.stderr).unwrap());
    let text = text.lines().map(without_time).collect::<Vec<_>>().join("\n");
    Output { code: done.status.code(), text, stdout }
}
