//! Arguments that several commands share, with dbt's names.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::event_time::EventTimeArgs;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::manifest::ResourceType;
use crate::select::{Indirect, Query};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// Lines for people, with thread and level.
    Debug,
    /// One JSON object a line.
    Json,
    /// The default.
    Default,
}

/// The least level that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What users want to know.
    Info,
    /// What should be looked at.
    Warn,
    /// What failed.
    Error,
    /// Nothing.
    None,
}

/// What is written of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Where the project is, where it runs, and how it tells about it.
#[derive(Args, Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
pub struct ProjectArgs {
    /// Folder of the project [default: the working folder, or the nearest one above with a project file]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Project")]
    pub project_dir: Option<PathBuf>,
    /// Folder of profiles.yml [default: the working folder, ~/.dbt, then the project's folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Project")]
    pub profiles_dir: Option<PathBuf>,
    /// Profile to use instead of the one that the project file names
    #[arg(long, global = true, help_heading = "Project")]
    pub profile: Option<String>,
    /// Output of the profile to use, like `prod`
    #[arg(short, long, global = true, help_heading = "Project")]
    pub target: Option<String>,
    /// Variables for `var()`, as YAML: '{start: 2024-01-01}'
    #[arg(long, global = true, value_name = "YAML", help_heading = "Project")]
    pub vars: Option<String>,
    /// How many nodes run at once, at most [default: the profile's]
    #[arg(long, global = true, value_name = "N", value_parser = at_least_one, help_heading = "Project")]
    pub threads: Option<usize>,
    /// Folder for artifacts and compiled SQL [default: target]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Project")]
    pub target_path: Option<PathBuf>,
    /// Folder for the log file [default: logs]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Output")]
    pub log_path: Option<PathBuf>,
    /// Say nothing but errors and what was asked for
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Say everything, also each statement
    #[arg(short, long, global = true, help_heading = "Output")]
    pub debug: bool,
    /// Form of the lines
    #[arg(long, global = true, value_enum, ignore_case = true, default_value = "default", help_heading = "Output")]
    pub log_format: LogFormat,
    /// Least level that is shown
    #[arg(long, global = true, value_enum, ignore_case = true, default_value = "info", help_heading = "Output")]
    pub log_level: LogLevel,
    /// Form of the log file's lines, where it differs from `--log-format`
    #[arg(long, global = true, value_enum, ignore_case = true, default_value = "debug", help_heading = "Output")]
    pub log_format_file: LogFormat,
    /// Least level of the log file, where it differs from `--log-level`
    #[arg(long, global = true, value_enum, ignore_case = true, default_value = "debug", help_heading = "Output")]
    pub log_level_file: LogLevel,
    /// Size at which a new log file is begun; 0 for no limit
    #[arg(long, global = true, value_name = "BYTES", default_value_t = 10 * 1024 * 1024, help_heading = "Output")]
    pub log_file_max_bytes: u64,
    /// Which warnings are errors or are not told: '{error: all, warn: [Name], silence: [Name]}'
    #[arg(long, global = true, value_name = "YAML", help_heading = "Output")]
    pub warn_error_options: Option<String>,
    /// Tell of every deprecation, not only of the first of its kind
    #[arg(long, global = true, help_heading = "Output")]
    pub show_all_deprecations: bool,
    /// Tell how much time and memory was used
    #[arg(long, global = true, help_heading = "Output")]
    pub show_resource_report: bool,
    /// Write the results as JUnit XML
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub junit: Option<PathBuf>,
    /// Color in the log file
    #[arg(long, global = true, help_heading = "Output")]
    pub use_colors_file: bool,
    /// Use color, also where no terminal is
    #[arg(long, global = true, help_heading = "Output")]
    pub use_colors: bool,
    /// Use no color
    #[arg(long, global = true, help_heading = "Output")]
    pub no_use_colors: bool,
    /// Leave out what templates `print()`
    #[arg(long, global = true, help_heading = "Output")]
    pub no_print: bool,
    /// Fail on every warning
    #[arg(long, global = true, help_heading = "Output")]
    pub warn_error: bool,
    /// Write no artifacts
    #[arg(long, global = true, help_heading = "Project")]
    pub no_write_json: bool,
    /// Go on where `require-dbt-version` asks for another version of dbt
    #[arg(long, global = true, help_heading = "Project")]
    pub no_version_check: bool,
    /// Run one node at a time
    #[arg(long, global = true, hide = true)]
    pub single_threaded: bool,
    /// Folder of the artifacts of an earlier run, to compare with
    #[arg(long, global = true, value_name = "DIR", help_heading = "State")]
    pub state: Option<PathBuf>,
    /// Read what is not built here where the earlier run built it
    #[arg(long, global = true, help_heading = "State")]
    pub defer: bool,
    /// Folder of the manifest to defer to [default: that of --state]
    #[arg(long, global = true, value_name = "DIR", help_heading = "State")]
    pub defer_state: Option<PathBuf>,
    /// Read what is not selected where the earlier run built it, even if it is built here too
    #[arg(long, global = true, help_heading = "State")]
    pub favor_state: bool,
    /// Width of the lines that are filled with dots
    #[arg(long, global = true, value_name = "COLUMNS", default_value_t = 80, help_heading = "Output")]
    pub printer_width: usize,
}

/// Which nodes.
#[derive(Args, Debug, Clone, Default)]
pub struct SelectionArgs {
    /// Nodes to take: names, folders, tag:x, +parents, children+
    #[arg(short, long, num_args = 1.., action = clap::ArgAction::Append, allow_hyphen_values = false)]
    pub select: Vec<String>,
    /// The older name of `--select`
    #[arg(short, long, alias = "model", num_args = 1.., action = clap::ArgAction::Append, hide = true)]
    pub models: Vec<String>,
    /// Nodes to leave out
    #[arg(long, num_args = 1.., action = clap::ArgAction::Append)]
    pub exclude: Vec<String>,
    /// Kinds of nodes to take
    #[arg(long, env = "DBT_RESOURCE_TYPES", visible_alias = "resource-types", num_args = 1.., action = clap::ArgAction::Append, value_name = "KIND")]
    pub resource_type: Vec<String>,
    /// Kinds of nodes to leave out
    #[arg(long, env = "DBT_EXCLUDE_RESOURCE_TYPES", visible_alias = "exclude-resource-types", num_args = 1.., action = clap::ArgAction::Append, value_name = "KIND")]
    pub exclude_resource_type: Vec<String>,
    /// Selection of selectors.yml to take instead
    #[arg(long, value_name = "NAME")]
    pub selector: Option<String>,
    /// Which tests come along: eager, cautious, buildable or empty
    #[arg(long, value_name = "MODE")]
    pub indirect_selection: Option<String>,
}

impl SelectionArgs {
    /// The query that the arguments mean.
    ///
    /// # Errors
    /// An unknown kind or mode.
    pub fn query(&self) -> Result<Query> {
        let kinds = |names: &[String]| -> Result<Vec<ResourceType>> {
            let mut kinds = Vec::new();
            for name in names
                .iter()
                .flat_map(|names| names.split([' ', ',']))
                .filter(|name| !name.is_empty() && *name != "all" && *name != "default")
            {
                let known = [
                    "model",
                    "seed",
                    "snapshot",
                    "test",
                    "unit_test",
                    "source",
                    "exposure",
                    "analysis",
                    "function",
                    "semantic_model",
                    "metric",
                    "saved_query",
                    "default",
                    "all",
                ];
                kinds.push(ResourceType::from_name(name).ok_or_else(|| {
                    Box::new(
                        Diagnostic::error(Class::Usage, format!("`{name}` is no kind of node"))
                            .suggest(crate::diagnostic::nearest(name, known))
                            .note(format!("kinds: {}", known.join(", "))),
                    )
                })?);
            }
            Ok(kinds)
        };
        let indirect = match &self.indirect_selection {
            None => Indirect::default(),
            Some(name) => Indirect::from_name(name).ok_or_else(|| {
                Box::new(
                    Diagnostic::error(Class::Usage, format!("`{name}` is no mode of indirect selection"))
                        .note("modes: eager, cautious, buildable, empty"),
                )
            })?,
        };
        Ok(Query {
            select: self.select.iter().chain(&self.models).cloned().collect(),
            exclude: self.exclude.clone(),
            resource_types: kinds(&self.resource_type)?,
            exclude_resource_types: kinds(&self.exclude_resource_type)?,
            indirect,
            selector: self.selector.clone(),
            ..Query::default()
        })
    }
}

/// How nodes are run.
#[derive(Args, Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
pub struct RunArgs {
    /// Build incremental models and seeds anew
    #[arg(short, long)]
    pub full_refresh: bool,
    /// Stop at the first failure
    #[arg(short = 'x', long)]
    pub fail_fast: bool,
    /// Read no rows: build every relation empty
    #[arg(long)]
    pub empty: bool,
    /// Spans of event time.
    #[command(flatten)]
    pub event_time: EventTimeArgs,
    /// Keep the rows that failing tests find
    #[arg(long)]
    pub store_failures: bool,
}

/// A number of threads.
fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one node must run at once".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}
