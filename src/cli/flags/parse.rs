//! From words to arguments: what was typed, and what environment and files add.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use serde_json::{Map, Value, json};

use super::accept::{argument, complete};
use super::table::{Effect, FLAGS, Flag, Form, find};
use super::tokens::{self, Tokens, is_typed, raw};
use super::{checks, files};
use crate::diagnostic::Diagnostic;
use crate::event::{Warning, WarningKind};
use crate::project::{Behavior, Environment, Yaml, truth};

/// The options of an invocation, wherever they come from.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Every option of dbt that the command takes, and every behavior flag, by dbt's name.
    pub values: Map<String, Value>,
    /// The folder of the project.
    pub root: PathBuf,
    /// Deprecations to tell once somebody listens.
    pub warnings: Vec<Warning>,
    /// What the user may want to know when looking closely.
    pub remarks: Vec<String>,
    /// Names of the options that stand on the command line.
    pub typed: Vec<&'static str>,
}

impl Settings {
    /// What the artifacts keep. dbt: leaves out what is not set, and some switches that are off.
    pub fn arguments(&self) -> Map<String, Value> {
        const LEFT_OUT_WHEN_OFF: [&str; 8] = [
            "debug",
            "full_refresh",
            "fail_fast",
            "warn_error",
            "single_threaded",
            "log_cache_events",
            "store_failures",
            "use_experimental_parser",
        ];
        let is_kept = |(name, value): &(&String, &Value)| {
            let is_off = **value == json!(false) && LEFT_OUT_WHEN_OFF.contains(&name.as_str());
            !value.is_null() && !is_off
        };
        self.values.iter().filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What templates see as `flags`. dbt: in capitals.
    pub fn for_templates(&self) -> Map<String, Value> {
        self.values.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect()
    }
}

/// An understood command line.
#[derive(Debug)]
pub struct Parsed<C> {
    /// The arguments.
    pub cli: C,
    /// The options.
    pub settings: Settings,
}

/// Why a command line is not understood.
#[derive(Debug)]
pub enum Misuse {
    /// clap says so, or `--help` was asked for.
    Clap(clap::Error),
    /// Options do not go together.
    Usage(Box<Diagnostic>),
}

impl From<clap::Error> for Misuse {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<Box<Diagnostic>> for Misuse {
    fn from(error: Box<Diagnostic>) -> Self {
        Self::Usage(error)
    }
}

/// The whole command line.
pub fn command<C: CommandFactory>() -> Command {
    super::examples::add(complete(C::command()))
}

/// Understands the words with what environment and files add.
///
/// # Errors
/// The words are wrong, or `--help` or `--version` is among them.
pub fn parse<C: CommandFactory + FromArgMatches>(
    words: Vec<OsString>,
    environment: &Environment,
) -> Result<Parsed<C>, Misuse> {
    let mut root = command::<C>();
    root.build();
    let words = checks::arrange(&root, words)?;
    let typed = command::<C>().try_get_matches_from(words.clone())?;
    let (path, leaf, matches) = leaf(&root, &typed);
    let on_line = matches;
    let folder = |name: &str| {
        let flag = find(name)?;
        let from_environment =
            || flag.variable_names().iter().find_map(|name| environment.first(&[name]).map(str::to_owned));
        raw(&leaf, matches, flag).or_else(from_environment)
    };
    let given = folder("project_dir");
    checks::project_folder(given.as_deref(), path.last().map(String::as_str))?;
    let root_folder = files::project_folder(given.as_deref().map(Path::new));
    let profiles_dir = folder("profiles_dir").map(PathBuf::from);
    let stored = files::stored(&root_folder, profiles_dir.as_deref(), environment)?;
    let Tokens { words: added, set, warnings } = tokens::tokens(&leaf, matches, environment, &stored)?;
    let remarks = remarks(&leaf, matches, &added);
    let mut all = words.clone();
    let at = all.iter().position(|word| word == "--").unwrap_or(all.len());
    all.splice(at..at, added.into_iter().map(OsString::from));
    let matches = command::<C>().try_get_matches_from(all)?;
    let cli = C::from_arg_matches(&matches)?;
    let (_, _, inner) = self::leaf(&root, &matches);
    // dbt: these stand in `flags` for every command.
    let always = ["full_refresh", "store_failures", "introspect", "strict_mode"];
    let mut values: Map<String, Value> =
        always.iter().map(|name| ((*name).to_owned(), json!(*name == "introspect"))).collect();
    for flag in FLAGS.iter().filter(|flag| flag.is_of(path.last().map_or("", String::as_str))) {
        values.insert(flag.name.to_owned(), value(&leaf, inner, flag));
    }
    for behavior in Behavior::ALL {
        let chosen = stored.project.get(behavior.key()).and_then(truth).unwrap_or_else(|| behavior.default());
        values.insert(behavior.key().to_owned(), json!(chosen));
    }
    checks::together(&set, &values)?;
    let mut warnings = warnings;
    if words.iter().any(|word| word == "--models" || word == "--model" || word == "-m") {
        let text = "Usage of `--models`, `--model`, and `-m` is deprecated in favor of `--select` or `-s`.";
        warnings.push(Warning::new(WarningKind::ModelParamUsageDeprecation, text));
    }
    let on_line = FLAGS.iter().filter(|flag| is_typed(&leaf, on_line, flag)).map(|flag| flag.name).collect();
    let typed: Vec<String> = words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    values.insert("invocation_command".to_owned(), json!(format!("dbt {}", typed.join(" "))));
    values.insert("which".to_owned(), json!(path.last()));
    Ok(Parsed { cli, settings: Settings { values, root: root_folder, warnings, remarks, typed: on_line } })
}

/// The innermost command of an understood line, with its names and its matches.
fn leaf<'a>(root: &Command, matches: &'a ArgMatches) -> (Vec<String>, Command, &'a ArgMatches) {
    let (mut command, mut matches, mut path) = (root, matches, Vec::new());
    while let Some((name, inner)) = matches.subcommand() {
        let Some(found) = command.find_subcommand(name) else { break };
        (command, matches) = (found, inner);
        path.push(name.to_owned());
    }
    (path, command.clone(), matches)
}

fn value(command: &Command, matches: &ArgMatches, flag: &Flag) -> Value {
    let is_on = |long: &str| {
        argument(command, long).is_some_and(|found| {
            let id = found.get_id().as_str();
            matches.value_source(id) == Some(ValueSource::CommandLine) && matches.get_flag(id)
        })
    };
    match flag.form {
        Form::Switch { .. } if is_on(&flag.long()) => json!(true),
        Form::Switch { .. } if is_on(&format!("no-{}", flag.long())) => json!(false),
        Form::Switch { .. } => flag.preset_value(),
        Form::Words => {
            // dbt: `--models` is the older name of `--select`.
            let names = if flag.name == "select" { vec!["select", "models"] } else { vec![flag.name] };
            let found = names.iter().filter_map(|name| argument(command, &name.replace('_', "-")));
            let values =
                found.filter_map(|found| matches.try_get_raw(found.get_id().as_str()).ok().flatten()).flatten();
            let words = values.map(|value| value.to_string_lossy().into_owned());
            json!(words.flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>())
        }
        Form::Yaml => match raw(command, matches, flag) {
            Some(text) => Yaml::parse_text("<options>", &text).map_or(Value::String(text), |yaml| yaml.to_json()),
            None => flag.preset_value(),
        },
        Form::Number => match raw(command, matches, flag) {
            Some(text) => text.parse::<i64>().map_or(Value::String(text), Value::from),
            None => flag.preset_value(),
        },
        Form::Text => raw(command, matches, flag).map_or_else(|| flag.preset_value(), Value::String),
    }
}

fn remarks(command: &Command, matches: &ArgMatches, added: &[String]) -> Vec<String> {
    let mut remarks = Vec::new();
    for flag in FLAGS {
        let Effect::None(why) = flag.effect else { continue };
        let long = flag.long();
        let is_added = added.iter().any(|word| {
            let name = word.trim_start_matches("--").split('=').next().unwrap_or_default();
            name == long || name.strip_prefix("no-") == Some(long.as_str())
        });
        if is_added || is_typed(command, matches, flag) {
            remarks.push(format!("`{long}` has no effect: {why}"));
        }
    }
    remarks
}
