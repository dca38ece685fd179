//! `retry`: the last command once more, for what failed or was not reached.

use std::path::Path;

use clap::Args;
use serde_json::{Map, Value};

use super::commands::Outcome;
use super::flags::{self, Misuse};
use super::invocation::{Retried, Shell};
use super::main::{Cli, run};
use crate::artifact::Previous;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::outcome::Status;

/// Arguments of `retry`.
#[derive(Args, Debug)]
pub struct RetryArgs {
    /// Accepted for dbt's sake: what was asked of the last command holds
    #[arg(short, long, hide = true)]
    full_refresh: bool,
}

/// The commands that can be run again, as artifacts name them, with their words.
const COMMANDS: [(&str, &[&str]); 9] = [
    ("build", &["build"]),
    ("compile", &["compile"]),
    ("clone", &["clone"]),
    ("generate", &["docs", "generate"]),
    ("seed", &["seed"]),
    ("snapshot", &["snapshot"]),
    ("test", &["test"]),
    ("run", &["run"]),
    ("run-operation", &["run-operation"]),
];

/// Options that hold as they are given now, whatever the last command had.
const OF_NOW: [&str; 9] = [
    "log_path",
    "output_path",
    "profiles_dir",
    "profiles_dir_exists_false",
    "project_dir",
    "defer_state",
    "deprecated_state",
    "target_path",
    "warn_error",
];

/// Options that replace those of the last command where they are typed.
const TYPED: [&str; 2] = ["vars", "threads"];

/// Runs `retry`.
///
/// # Errors
/// There is no last command, or it cannot run.
pub fn retry(_: &RetryArgs, shell: &mut Shell) -> Outcome {
    let (previous, folder) = last(shell)?;
    let earlier = previous.args().cloned().unwrap_or_default();
    let which = earlier.get("which").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some((_, path)) = COMMANDS.iter().find(|(name, _)| *name == which) else {
        return Err(Box::new(
            Diagnostic::error(Class::Runtime, format!("`{which}` cannot be run again"))
                .note(format!("it is the command of {folder}/run_results.json")),
        )
        .into());
    };
    let values = values(&earlier, shell);
    let mut words = flags::again::<Cli>(path, &values);
    if which == "run-operation" {
        words.extend(operation(&values));
    }
    let mut parsed = flags::parse::<Cli>(words, &shell.environment).map_err(|misuse| match misuse {
        Misuse::Clap(error) => Box::new(Diagnostic::error(Class::Usage, error.to_string())),
        Misuse::Usage(error) => error,
    })?;
    parsed.cli.command.note(&mut parsed.settings.values);
    let ids = ids(&previous, &which, shell.args.warn_error);
    if which == "run-operation" && ids.is_empty() {
        return Ok(0);
    }
    shell.become_again(parsed.cli.project, parsed.settings, Retried { ids, previous })?;
    run(&parsed.cli.command, shell)
}

/// What the last run left, and the folder as it is named.
fn last(shell: &Shell) -> std::result::Result<(Previous, String), super::commands::Failures> {
    let (project, _) = shell.read()?;
    let folder = shell.args.state.clone().unwrap_or_else(|| {
        project.target_path.strip_prefix(&project.root).map_or_else(|_| project.target_path.clone(), Path::to_path_buf)
    });
    let previous = Previous::read_run_results(&project.root.join(&folder))?;
    let folder = folder.display().to_string();
    if previous.run_results.is_none() {
        return Err(Box::new(
            Diagnostic::error(Class::Runtime, format!("Could not find previous run in '{folder}' target directory"))
                .help("run something first, or give the folder of its run_results.json: `--state DIR`"),
        )
        .into());
    }
    Ok((previous, folder))
}

/// The options of the last command, with those of now that count more.
fn values(earlier: &Map<String, Value>, shell: &Shell) -> Map<String, Value> {
    let mut values = earlier.clone();
    values.retain(|name, _| !OF_NOW.contains(&name.as_str()));
    let now = &shell.settings;
    let typed = TYPED.into_iter().filter(|name| now.typed.iter().any(|typed| typed == name));
    for name in OF_NOW.into_iter().chain(typed) {
        if let Some(value) = now.values.get(name) {
            values.insert(name.to_owned(), value.clone());
        }
    }
    values
}

/// The words of `run-operation`: the macro, and its arguments.
fn operation(values: &Map<String, Value>) -> Vec<std::ffi::OsString> {
    let name = values.get("macro").and_then(Value::as_str).unwrap_or_default();
    let arguments = match values.get("args") {
        Some(Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => "{}".to_owned(),
    };
    vec![name.into(), "--args".into(), arguments.into()]
}

/// The nodes to run again. dbt: hooks of a run are not among them.
fn ids(previous: &Previous, which: &str, warns: bool) -> Vec<String> {
    let again = |status: Status| {
        matches!(status, Status::Error | Status::Fail | Status::Skipped | Status::RuntimeError | Status::PartialSuccess)
            || (warns && status == Status::Warn)
    };
    previous
        .statuses()
        .into_iter()
        .filter(|(id, status)| again(*status) && (which == "run-operation" || !id.starts_with("operation.")))
        .map(|(id, _)| id.to_owned())
        .collect()
}

/// Makes sure that the nodes to run again are still there.
///
/// # Errors
/// One is not: it was removed, renamed or disabled since.
pub fn check(ids: &[String], is_there: impl Fn(&str) -> bool) -> Result<()> {
    match ids.iter().find(|id| !is_there(id)) {
        None => Ok(()),
        Some(gone) => Err(Box::new(
            Diagnostic::error(
                Class::Compilation,
                format!("Couldn't find model '{gone}' -- does it exist or is it disabled?"),
            )
            .help("the project has changed since the last run: select what is to run instead of `retry`"),
        )),
    }
}
