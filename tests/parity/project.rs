//! A copy of the project, and a program's run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

/// Folders that no run needs, and that a run before this one may have left.
const LEFT_OUT: [&str; 5] = [".git", "target", "logs", ".venv", "node_modules"];

/// A program, its command and what both programs get besides.
pub struct Invocation<'a> {
    /// The program; words after a space are its first arguments.
    pub program: &'a str,
    /// `build`, `compile` and so on.
    pub command: &'a str,
    /// Arguments for both.
    pub rest: &'a [String],
}

/// How a run ended.
pub struct Run {
    /// The exit status; -1 where a signal ended it.
    pub code: i32,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The last line that it printed.
    pub last_line: String,
}

/// A copy of the project in which one program runs.
pub struct Copy {
    /// Its folder.
    pub root: PathBuf,
}

impl Copy {
    /// Copies `from` to `to`, without what a former run left. Symbolic links are followed, database files left behind.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn of(from: &Path, to: &Path) -> Result<Self, String> {
        copy(from, to).map_err(|error| format!("{} cannot be copied: {error}", from.display()))?;
        Ok(Self { root: to.to_owned() })
    }

    /// Runs a program in the copy.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn run(&self, invocation: &Invocation<'_>) -> Result<Run, String> {
        let mut words = invocation.program.split_whitespace();
        let program = words.next().unwrap_or_default();
        let start = Instant::now();
        let output = Command::new(program)
            .args(words)
            .arg(invocation.command)
            .args(invocation.rest)
            .current_dir(&self.root)
            .env("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            .output()
            .map_err(|error| format!("`{program}` does not start: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let _ = std::fs::write(self.root.join(format!("{}.txt", invocation.command)), &output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = |text: &str| text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned);
        Ok(Run {
            code: output.status.code().unwrap_or(-1),
            seconds: start.elapsed().as_secs_f64(),
            last_line: last(&text).or_else(|| last(&errors)).unwrap_or_default(),
        })
    }

    /// Reads an artifact below `target/`.
    ///
    /// # Errors
    /// It is not there, or is not JSON.
    pub fn artifact(&self, name: &str) -> Result<Value, String> {
        let path = self.root.join("target").join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Whether there is such an artifact.
    pub fn has(&self, name: &str) -> bool {
        self.root.join("target").join(name).exists()
    }

    /// The one database file of the copy, if there is one.
    ///
    /// # Errors
    /// There are several, or a folder cannot be read.
    pub fn database(&self) -> Result<Option<PathBuf>, String> {
        let mut found = Vec::new();
        databases(&self.root, &mut found).map_err(|error| error.to_string())?;
        let first = found.pop();
        if found.is_empty() { Ok(first) } else { Err(format!("{} holds several database files", self.root.display())) }
    }
}

fn databases(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            databases(&path, found)?;
        } else if is_database(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_database(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "duckdb" || extension == "db")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if LEFT_OUT.iter().any(|left| name == *left)
            || is_database(&path)
            || path.extension().is_some_and(|e| e == "wal")
        {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
