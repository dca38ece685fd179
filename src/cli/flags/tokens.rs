//! Turns options of the environment and of files into words of the command line.
//!
//! The words are added to those that the user typed, and all are understood by the same declarations: an option means
//! the same and is checked the same way wherever it comes from. dbt: command line, then environment, then the project
//! file, then the user's settings, then the default.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde_json::Value;

use super::accept::{argument, is_declared};
use super::files::Stored;
use super::table::{FLAGS, Flag, Form, OTHER_VARIABLES, RENAMED, Variables};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Warning, WarningKind};
use crate::project::Environment;

/// Words to add, and what is to be said about where they come from.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The words.
    pub words: Vec<String>,
    /// Names of the options that the user set in any way.
    pub set: Vec<&'static str>,
    /// Deprecations.
    pub warnings: Vec<Warning>,
}

/// Whether the option was typed, in either form.
pub fn is_typed(command: &Command, matches: &ArgMatches, flag: &Flag) -> bool {
    [flag.long(), format!("no-{}", flag.long())].iter().any(|long| {
        argument(command, long)
            .is_some_and(|found| matches.value_source(found.get_id().as_str()) == Some(ValueSource::CommandLine))
    })
}

/// The words that environment and files add.
///
/// # Errors
/// A variable holds neither yes nor no where one of them is needed.
pub fn tokens(command: &Command, matches: &ArgMatches, environment: &Environment, stored: &Stored) -> Result<Tokens> {
    let mut tokens = Tokens::default();
    for flag in FLAGS {
        if let Some(words) = renamed(command, flag, environment, &mut tokens.warnings)? {
            tokens.words.extend(words);
            tokens.set.push(flag.name);
            continue;
        }
        if is_typed(command, matches, flag) {
            tokens.set.push(flag.name);
            continue;
        }
        let variable = flag
            .variable_names()
            .into_iter()
            .find_map(|name| Some((environment.first(&[&name])?.to_owned(), name)))
            .filter(|_| is_declared(command, flag));
        let value = match variable {
            Some((text, name)) => Some(from_text(flag, &text, &name)?),
            None => stored.project.get(flag.name).or_else(|| stored.user.get(flag.name)).cloned(),
        };
        if let Some(value) = value.filter(|value| !value.is_null()) {
            tokens.words.extend(words(command, flag, &value));
            tokens.set.push(flag.name);
        }
    }
    follow(command, matches, &mut tokens);
    if stored.from_profiles {
        let text = "User config should be moved from the 'config' key in profiles.yml to the 'flags' key in \
                    dbt_project.yml.";
        tokens.warnings.push(Warning::new(WarningKind::ProjectFlagsMovedDeprecation, text));
    }
    unknown(environment, &mut tokens.warnings);
    Ok(tokens)
}

/// dbt: a renamed variable is obeyed before all else.
fn renamed(
    command: &Command,
    flag: &Flag,
    environment: &Environment,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Vec<String>>> {
    let Some(old) = RENAMED.iter().find(|renamed| renamed.flag == flag.name) else { return Ok(None) };
    let names = [format!("DBT_ENGINE_{}", old.old), format!("DBT_{}", old.old)];
    let Some((name, text)) = names.iter().find_map(|name| Some((name, environment.first(&[name])?))) else {
        return Ok(None);
    };
    let value = match from_text(flag, text, name)? {
        Value::Bool(value) => Value::Bool(value != old.inverted),
        other => other,
    };
    let (old, new) = (&names[1], format!("DBT_ENGINE_{}", flag.name.to_uppercase()));
    let text = format!(
        "The environment variable `{old}` has been renamed as `{new}`.\nIf `{old}` is currently set, its value will \
         be used instead of `{new}`.\nSet `{new}` and unset `{old}` to avoid this deprecation warning and ensure it \
         works properly in a future release."
    );
    warnings.push(
        Warning::new(WarningKind::EnvironmentVariableRenamed, text)
            .field("old_name", old.as_str())
            .field("new_name", new.as_str()),
    );
    Ok(Some(words(command, flag, &value)))
}

/// dbt: colors, level and form of the log file follow those of the terminal where they are not set themselves.
fn follow(command: &Command, matches: &ArgMatches, tokens: &mut Tokens) {
    for (lead, follower) in
        [("use_colors", "use_colors_file"), ("log_level", "log_level_file"), ("log_format", "log_format_file")]
    {
        if !tokens.set.contains(&lead) || tokens.set.contains(&follower) {
            continue;
        }
        let (Some(lead), Some(follower)) = (super::table::find(lead), super::table::find(follower)) else { continue };
        let added = |long: &str| tokens.words.iter().rev().find_map(|word| word.strip_prefix(&format!("--{long}=")));
        let value = match lead.form {
            Form::Switch { .. } => {
                let off = format!("no-{}", lead.long());
                let is_off = tokens.words.contains(&format!("--{off}"))
                    || argument(command, &off).is_some_and(|found| {
                        matches.value_source(found.get_id().as_str()) == Some(ValueSource::CommandLine)
                    });
                Value::Bool(!is_off)
            }
            _ => match added(&lead.long()).map(str::to_owned).or_else(|| raw(command, matches, lead)) {
                Some(text) => Value::String(text),
                None => continue,
            },
        };
        let more = words(command, follower, &value);
        tokens.words.extend(more);
    }
}

/// The last text given for an option.
pub fn raw(command: &Command, matches: &ArgMatches, flag: &Flag) -> Option<String> {
    let found = argument(command, &flag.long())?;
    let mut values = matches.try_get_raw(found.get_id().as_str()).ok()??;
    values.next_back().map(|value| value.to_string_lossy().into_owned())
}

fn from_text(flag: &Flag, text: &str, name: &str) -> Result<Value> {
    if !matches!(flag.form, Form::Switch { .. }) {
        return Ok(Value::String(text.to_owned()));
    }
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Ok(Value::Bool(true)),
        "0" | "false" | "f" | "no" | "n" | "off" => Ok(Value::Bool(false)),
        _ => Err(Box::new(
            Diagnostic::error(
                Class::Usage,
                format!("Invalid value for '--{}': '{text}' is not a valid boolean.", flag.long()),
            )
            .note(format!("the value comes from the environment variable `{name}`"))
            .help("write `true` or `false`"),
        )),
    }
}

/// The words that give an option this value.
pub fn words(command: &Command, flag: &Flag, value: &Value) -> Vec<String> {
    let long = flag.long();
    let option = |long: &str, value: &str| argument(command, long).map(|_| format!("--{long}={value}"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (flag.form, value) {
        (Form::Switch { .. }, value) => {
            let is_on = match value {
                Value::Bool(value) => *value,
                Value::String(text) => !matches!(text.to_lowercase().as_str(), "false" | "no" | "0" | ""),
                _ => value.as_f64() != Some(0.0),
            };
            let long = if is_on { long } else { format!("no-{long}") };
            argument(command, &long).map(|_| format!("--{long}")).into_iter().collect()
        }
        (Form::Words, Value::Array(items)) => items.iter().filter_map(|item| option(&long, &text(item))).collect(),
        (Form::Words, value) => text(value).split_whitespace().filter_map(|word| option(&long, word)).collect(),
        (_, value) => option(&long, &text(value)).into_iter().collect(),
    }
}

/// The names of all variables of dbt behind their prefix, with whether an older `DBT_` name exists.
pub fn known_variables() -> impl Iterator<Item = (String, bool)> {
    let flags = FLAGS.iter().filter(|flag| flag.variables != Variables::None);
    flags
        .map(|flag| (flag.name.to_uppercase(), flag.variables == Variables::Both))
        .chain(RENAMED.iter().map(|renamed| (renamed.old.to_owned(), true)))
        .chain(OTHER_VARIABLES.iter().map(|name| ((*name).to_owned(), true)))
}

fn unknown(environment: &Environment, warnings: &mut Vec<Warning>) {
    let known: Vec<String> = known_variables().map(|(name, _)| name).collect();
    for name in environment.names() {
        let Some(rest) = name.strip_prefix("DBT_ENGINE_") else { continue };
        if known.iter().any(|known| known == rest) {
            continue;
        }
        let near = crate::diagnostic::nearest(rest, known.iter().map(String::as_str));
        let hint = near.map(|near| format!(" Did you mean `DBT_ENGINE_{near}`?")).unwrap_or_default();
        let text = format!(
            "Found custom environment variable `{name}` in the environment. The prefix `DBT_ENGINE` is reserved for \
             variables of the engine itself.{hint} Rename it to go on using it."
        );
        warnings.push(
            Warning::new(WarningKind::EnvironmentVariableNamespaceDeprecation, text)
                .field("env_var", name)
                .field("reserved_prefix", "DBT_ENGINE"),
        );
    }
}
