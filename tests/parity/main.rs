//! Runs one dbt project through dbt and through `netflix`, and tells what differs.
//!
//! ```text
//! cargo run --example parity -- PROJECT [--dbt COMMAND] [--netflix COMMAND] [--command seed --command build] [--show 3] [--keep] [-- ARGS...]
//! ```
//!
//! The project is copied twice, so it is never written to; a database file below the project's folder is therefore one
//! file a program. What follows `--` goes to both programs. Compared are the manifests (every key of every resource), the
//! compiled SQL, the run results and the contents of every relation that both built; commands run one after another, and
//! the artifacts are those of the last one; what it leaves no artifact or database for (`parse` writes no results) is not
//! compared. Lines without a difference are counted, not shown. The exit status is 1 where anything differs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod artifacts;
mod contents;
mod project;

use std::path::PathBuf;
use std::process::ExitCode;

use project::{Copy, Invocation};

/// The differences of one kind, such as one key of the manifest.
#[derive(Default)]
pub struct Finding {
    /// How many places were compared.
    pub compared: usize,
    /// What differs: the place, and what the two sides have.
    pub different: Vec<String>,
}

impl Finding {
    /// Prints one line, and below it the first `shown` differences.
    fn print(&self, name: &str, shown: usize) {
        println!("  {name:<44} {:>6} compared {:>6} different", self.compared, self.different.len());
        for text in self.different.iter().take(shown) {
            println!("      {text}");
        }
    }
}

struct Arguments {
    project: PathBuf,
    dbt: String,
    netflix: String,
    commands: Vec<String>,
    shown: usize,
    keep: bool,
    rest: Vec<String>,
}

fn arguments() -> Result<Arguments, String> {
    let mut words = std::env::args().skip(1);
    let mut parsed = Arguments {
        project: PathBuf::new(),
        dbt: "dbt".to_owned(),
        netflix: "netflix".to_owned(),
        commands: Vec::new(),
        shown: 3,
        keep: false,
        rest: Vec::new(),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--dbt" => parsed.dbt = value()?,
            "--netflix" => parsed.netflix = value()?,
            "--command" => parsed.commands.push(value()?),
            "--show" => parsed.shown = value()?.parse().map_err(|_| "`--show` needs a number")?,
            "--keep" => parsed.keep = true,
            "--" => parsed.rest = words.by_ref().collect(),
            _ if parsed.project.as_os_str().is_empty() && !word.starts_with('-') => parsed.project = word.into(),
            _ => return Err(format!("unknown argument `{word}`")),
        }
    }
    if parsed.project.as_os_str().is_empty() {
        return Err("which project? give its folder".to_owned());
    }
    if parsed.commands.is_empty() {
        parsed.commands.push("build".to_owned());
    }
    Ok(parsed)
}

fn run() -> Result<bool, String> {
    let arguments = arguments()?;
    let copies = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut done = Vec::new();
    for (name, program) in [("dbt", &arguments.dbt), ("netflix", &arguments.netflix)] {
        let copy = Copy::of(&arguments.project, &copies.path().join(name))?;
        for command in &arguments.commands {
            let run = copy.run(&Invocation { program, command, rest: &arguments.rest })?;
            println!("{name:<8} {command}: exit {} in {:.2} s: {}", run.code, run.seconds, run.last_line);
        }
        done.push(copy);
    }
    let [theirs, ours] = done.as_slice() else { return Err("two programs were to run".to_owned()) };
    let mut equal = true;
    let mut section = |title: &str, findings: Vec<(String, Finding)>| {
        let (same, uneven): (Vec<_>, Vec<_>) = findings.iter().partition(|(_, finding)| finding.different.is_empty());
        let places: usize = same.iter().map(|(_, finding)| finding.compared).sum();
        println!("\n{title}: {} of {} kinds equal ({places} places)", same.len(), findings.len());
        for (name, finding) in &uneven {
            finding.print(name, arguments.shown);
        }
        equal &= uneven.is_empty();
    };
    section("manifest", artifacts::manifests(&theirs.artifact("manifest.json")?, &ours.artifact("manifest.json")?));
    if theirs.has("run_results.json") || ours.has("run_results.json") {
        let results = (theirs.artifact("run_results.json")?, ours.artifact("run_results.json")?);
        section("compiled SQL", artifacts::compiled(&results.0, &results.1));
        section("run results", artifacts::results(&results.0, &results.1));
    }
    if let (Some(theirs), Some(ours)) = (theirs.database()?, ours.database()?) {
        section("relations", contents::relations(&theirs, &ours)?);
    }
    if arguments.keep {
        println!("\nkept: {}", copies.keep().display());
    }
    Ok(equal)
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("parity: {error}");
            ExitCode::from(2)
        }
    }
}
