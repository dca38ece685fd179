//! Options that do not go together.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;
use serde_json::{Map, Value};

use super::accept::argument;
use super::table::{FLAGS, Form};
use crate::cli::event_time::option_moment;
use crate::diagnostic::{Class, Diagnostic, Result};

/// Refuses a project folder that is not there. dbt: `init` may make it.
///
/// # Errors
/// It is not there.
pub fn project_folder(given: Option<&str>, command: Option<&str>) -> Result<()> {
    match given {
        Some(given) if command != Some("init") && !Path::new(given).exists() => {
            Err(usage(format!("Invalid value for '--project-dir': Path '{given}' does not exist.")))
        }
        _ => Ok(()),
    }
}

/// Moves options that stand before the name of the command, and that only the command knows, behind it.
///
/// dbt: an option that all commands take may stand on either side, but on one only.
///
/// # Errors
/// An option stands on both sides.
pub fn arrange(root: &Command, words: Vec<OsString>) -> Result<Vec<OsString>> {
    let texts: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (mut before, mut moved) = (Vec::new(), Vec::new());
    let mut index = 1;
    while let Some(word) = texts.get(index).filter(|word| word.starts_with('-')) {
        let own = named(root, word);
        let (name, takes) = match own.clone().or_else(|| global(word)) {
            Some(found) => found,
            None => break,
        };
        let end = (index + 1 + usize::from(takes && !word.contains('='))).min(texts.len());
        if own.is_none() {
            moved.push(index..end);
        }
        before.push(name);
        index = end;
    }
    let mut command = root;
    while let Some(inner) = texts.get(index).and_then(|word| command.find_subcommand(word)) {
        command = inner;
        index += 1;
    }
    for word in texts.iter().skip(index).take_while(|word| *word != "--") {
        let Some((name, _)) = named(command, word).or_else(|| named(root, word)) else { continue };
        if before.contains(&name) {
            return Err(usage(format!(
                "{name} was provided both before and after the subcommand, it can only be set either before or after."
            )));
        }
    }
    let is_moved = |at: usize| moved.iter().any(|range| range.contains(&at));
    let mut arranged: Vec<OsString> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        if at == index {
            arranged.extend(moved.iter().flat_map(|range| words[range.clone()].iter().cloned()));
        }
        if !is_moved(at) {
            arranged.push(word.clone());
        }
    }
    if index >= words.len() {
        arranged.extend(moved.iter().flat_map(|range| words[range.clone()].iter().cloned()));
    }
    Ok(arranged)
}

/// The option of all commands that a word names, and whether the next word is its value.
fn global(word: &str) -> Option<(String, bool)> {
    let long = match word {
        "-x" => "fail-fast",
        _ => word.strip_prefix("--")?.split('=').next()?,
    };
    let name = long.strip_prefix("no-").unwrap_or(long).replace('-', "_");
    let flag = FLAGS.iter().find(|flag| flag.name == name && flag.commands.is_empty())?;
    Some((name, !matches!(flag.form, Form::Switch { .. })))
}

/// The parameter that a word names, and whether the next word is its value.
fn named(command: &Command, word: &str) -> Option<(String, bool)> {
    let found = match word.strip_prefix("--") {
        Some(long) => argument(command, long.split('=').next().unwrap_or(long))?,
        None => {
            let short = word.strip_prefix('-')?.chars().next()?;
            command.get_arguments().find(|argument| argument.get_short() == Some(short))?
        }
    };
    let name = found.get_id().as_str();
    let takes = found.get_action().takes_values();
    Some((name.strip_prefix("no_").filter(|_| !takes).unwrap_or(name).to_owned(), takes))
}

/// Checks what was set, wherever it was set.
///
/// # Errors
/// Two options exclude each other, or an option lacks its other half.
pub fn together(set: &[&str], values: &Map<String, Value>) -> Result<()> {
    for (first, second) in [("warn_error", "warn_error_options"), ("select", "inline"), ("selector", "inline")] {
        if set.contains(&first) && set.contains(&second) {
            return Err(usage(format!("{second}: not allowed with argument {first}")));
        }
    }
    let text = |name: &str| values.get(name).and_then(Value::as_str);
    match (text("event_time_start"), text("event_time_end")) {
        (Some(_), None) => Err(half("--event-time-start", "--event-time-end")),
        (None, Some(_)) => Err(half("--event-time-end", "--event-time-start")),
        (Some(start), Some(end))
            if option_moment("--event-time-start", start)? >= option_moment("--event-time-end", end)? =>
        {
            Err(usage("Value for `--event-time-start` must be less than `--event-time-end`"))
        }
        _ => Ok(()),
    }
}

fn half(given: &str, missing: &str) -> Box<Diagnostic> {
    usage(format!(
        "The flag `{given}` was specified, but `{missing}` was not. When specifying `{given}`, `{missing}` must also \
         be present."
    ))
}

fn usage(message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Usage, message))
}
