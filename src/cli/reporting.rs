//! How the invocation is told: from options to a running reporter.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::args::{LogFormat, LogLevel, ProjectArgs};
use crate::diagnostic::{Class, Diagnostic, Result, WarningKind};
use crate::event::{Deprecations, Events, GivenOptions, Level, WarnPolicy};
use crate::project::{Behavior, Environment, Flags, Yaml};
use crate::report::{Colors, FileOptions, GithubOptions, LineFormat, LogFile, ReportOptions, Reporter};

/// A channel, the thread at its end, and what is to be told first.
pub struct Telling {
    /// Where things are told.
    pub events: Events,
    /// The thread that tells them.
    pub reporter: Reporter,
    /// Warnings about the options themselves.
    pub warnings: Vec<Diagnostic>,
}

/// Why an invocation does not begin.
pub struct Refusal {
    /// What is wrong.
    pub error: Box<Diagnostic>,
    /// The exit code.
    pub code: u8,
}

impl From<Box<Diagnostic>> for Refusal {
    fn from(error: Box<Diagnostic>) -> Self {
        Self { error, code: 2 }
    }
}

fn level(level: LogLevel) -> Option<Level> {
    match level {
        LogLevel::Debug => Some(Level::Debug),
        LogLevel::Info => Some(Level::Info),
        LogLevel::Warn => Some(Level::Warn),
        LogLevel::Error => Some(Level::Error),
        LogLevel::None => None,
    }
}

fn line_format(format: LogFormat, default: LineFormat) -> LineFormat {
    match format {
        LogFormat::Json => LineFormat::Json,
        LogFormat::Debug => LineFormat::Debug,
        LogFormat::Text => LineFormat::Text,
        LogFormat::Default => default,
    }
}

/// What decides about telling.
pub struct Wanted<'a> {
    /// Arguments.
    pub args: &'a ProjectArgs,
    /// The name of the command.
    pub command: &'a str,
    /// The folder of the project.
    pub root: &'a Path,
    /// The folder of the log file.
    pub folder: &'a Path,
    /// Behavior.
    pub flags: &'a Flags,
    /// Values that must not be shown.
    pub secrets: Vec<String>,
}

/// Starts to tell.
///
/// # Errors
/// An option is wrong, or the log file cannot be opened.
pub fn start(
    wanted: &Wanted<'_>,
    environment: &Environment,
    invocation_id: &str,
) -> std::result::Result<Telling, Refusal> {
    let Wanted { args, flags, .. } = wanted;
    let given = policy(args, flags)?;
    let mut options = ReportOptions::new(invocation_id);
    options.level = match args.log_level {
        LogLevel::None => None,
        _ if args.debug => Some(Level::Debug),
        chosen => level(chosen),
    };
    options.format = line_format(args.log_format, if args.debug { LineFormat::Debug } else { LineFormat::Text });
    options.quiet = args.quiet;
    options.print = !args.no_print;
    options.colors = match (args.use_colors, args.no_use_colors) {
        (true, _) => Colors::Always,
        (_, true) => Colors::Never,
        _ => Colors::Auto,
    };
    options.no_color = environment.first(&["NO_COLOR"]).is_some();
    options.width = args.printer_width;
    options.secrets.clone_from(&wanted.secrets);
    options.extra = environment.custom().into_iter().collect();
    options.resource_report = args.show_resource_report;
    options.junit.clone_from(&args.junit);
    options.events = environment.first(&["NETFLIX_EVENTS"]).map(PathBuf::from);
    options.github = github(wanted.root, environment);
    options.file = file(wanted);
    let least = options.least_level();
    let (events, receiver) = Events::channel();
    let reporter = Reporter::start(options, receiver)?;
    let deprecations = Deprecations {
        show_all: args.show_all_deprecations,
        names: flags.is(Behavior::RequireEventNamesInDeprecations),
    };
    let events = events.with_policy(given.policy.clone(), deprecations, least);
    Ok(Telling { events, reporter, warnings: warnings(&given) })
}

/// What GitHub is told, where it runs us.
fn github(root: &Path, environment: &Environment) -> GithubOptions {
    if environment.first(&["GITHUB_ACTIONS"]) != Some("true") {
        return GithubOptions::default();
    }
    let below = || {
        let workspace = Path::new(environment.first(&["GITHUB_WORKSPACE"])?).canonicalize().ok()?;
        let root = root.canonicalize().ok()?;
        Some(root.strip_prefix(workspace).ok()?.to_string_lossy().into_owned())
    };
    GithubOptions {
        annotations: true,
        folder: below().unwrap_or_default(),
        summary: environment.first(&["GITHUB_STEP_SUMMARY"]).map(PathBuf::from),
    }
}

/// The log file; `None` where there is to be none.
fn file(wanted: &Wanted<'_>) -> Option<FileOptions> {
    let Wanted { args, .. } = wanted;
    let project = ["project.yml", "dbt_project.yml"].into_iter().find(|name| wanted.root.join(name).is_file());
    // dbt: `debug` logs also where there is no project, since that is what it is asked about.
    if project.is_none() && wanted.command != "debug" {
        return None;
    }
    // dbt: `clean` may be removing the very folder of the log.
    if wanted.command == "clean" {
        return None;
    }
    let least = match args.log_level_file {
        LogLevel::None => return None,
        _ if args.debug => Level::Debug,
        chosen => level(chosen)?,
    };
    Some(FileOptions {
        path: wanted.folder.join(if project == Some("project.yml") { LogFile::NAME } else { LogFile::DBT_NAME }),
        format: line_format(args.log_format_file, LineFormat::Debug),
        level: least,
        max_bytes: args.log_file_max_bytes,
        colors: args.use_colors_file,
    })
}

/// What the user wants for warnings.
///
/// dbt: YAML that means nothing ends the command with 1, where the project file's ends it with 2.
fn policy(args: &ProjectArgs, flags: &Flags) -> std::result::Result<GivenOptions, Refusal> {
    let mut given = match &args.warn_error_options {
        Some(text) => WarnPolicy::from_options(&mapping(text)?).map_err(|error| Refusal { error, code: 1 })?,
        None if args.warn_error => GivenOptions { policy: WarnPolicy::error_all(), ..GivenOptions::default() },
        None => GivenOptions::default(),
    };
    given.policy.partial = !flags.is(Behavior::RequireAllWarningsHandledByWarnError);
    Ok(given)
}

fn mapping(text: &str) -> Result<Map<String, Value>> {
    let yaml = Yaml::parse_text("<--warn-error-options>", text)?;
    match yaml.to_json() {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(yaml.error(Class::Usage, "the value of `--warn-error-options` is not a mapping")),
    }
}

fn warnings(given: &GivenOptions) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    if given.include || given.exclude {
        let mut message = "Found ".to_owned();
        let keys = [(given.include, "include", "error"), (given.exclude, "exclude", "warn")];
        let found: Vec<_> = keys.iter().filter(|(found, ..)| *found).collect();
        message += &found.iter().map(|(_, old, _)| format!("`{old}`")).collect::<Vec<_>>().join(" and ");
        message += " in `warn_error_options` specification.";
        for (_, old, new) in found {
            message += &format!(" Please use `{new}` instead of `{old}`.");
        }
        warnings.push(
            Diagnostic::named(WarningKind::WEOIncludeExcludeDeprecation, message)
                .field("found_include", given.include)
                .field("found_exclude", given.exclude),
        );
    }
    let foreign = given.foreign.iter().map(|name| {
        Diagnostic::warning(
            Class::Usage,
            format!("{name} is not being used because it's specific to the dbt v2 engine."),
        )
    });
    warnings.extend(foreign);
    warnings
}
