//! The options of dbt 1.12 as data: names, forms, variables and defaults.
//!
//! Commands declare the options that they act on with clap. This table knows of all of dbt's options, so that each is
//! accepted where dbt accepts it, can be set from the same places, and stands in `flags` and in the artifacts.

use serde_json::{Value, json};

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Nothing: `--x`, and `--no-x` where dbt has that.
    Switch {
        /// Whether `--no-x` exists.
        negatable: bool,
    },
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// Any number of words.
    Words,
    /// YAML, or a mapping where it stands in a file.
    Yaml,
}

/// The environment variables of an option, beside this program's own `NETFLIX_X`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variables {
    /// None.
    None,
    /// `DBT_ENGINE_X`, and the older `DBT_X`.
    Both,
    /// `DBT_ENGINE_X` alone.
    Engine,
}

/// What an option does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A command declares it and acts on it.
    Declared,
    /// It is accepted and changes nothing, for this reason.
    None(&'static str),
}

/// The value when nobody sets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// No value.
    Nothing,
    /// On or off.
    Is(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(&'static str),
    /// An empty list.
    NoWords,
    /// A mapping, as JSON.
    Json(&'static str),
}

/// One option.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// dbt's name of the parameter, with underscores.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// Its environment variables.
    pub variables: Variables,
    /// Its value when nobody sets one.
    pub preset: Preset,
    /// The commands that take it; empty for all.
    pub commands: &'static [&'static str],
    /// What it does.
    pub effect: Effect,
}

impl Flag {
    /// The long name: `full-refresh`.
    pub fn long(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The variables that set it, the strongest first.
    pub fn variable_names(&self) -> Vec<String> {
        let upper = self.name.to_uppercase();
        let mut names = vec![format!("NETFLIX_{upper}")];
        match self.variables {
            Variables::None => {}
            Variables::Both => names.extend([format!("DBT_ENGINE_{upper}"), format!("DBT_{upper}")]),
            Variables::Engine => names.push(format!("DBT_ENGINE_{upper}")),
        }
        names
    }

    /// Its value when nobody sets one.
    pub fn preset_value(&self) -> Value {
        match self.preset {
            Preset::Nothing => Value::Null,
            Preset::Is(value) => json!(value),
            Preset::Number(value) => json!(value),
            Preset::Text(value) => json!(value),
            Preset::NoWords => json!([]),
            Preset::Json(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        }
    }

    /// Whether a command takes it. dbt: most are taken by all.
    pub fn is_of(&self, command: &str) -> bool {
        self.commands.is_empty() || self.commands.contains(&command)
    }
}

const SWITCH: Form = Form::Switch { negatable: true };
const BARE: Form = Form::Switch { negatable: false };
const ALL: &[&str] = &[];
const NODES: &[&str] =
    &["build", "run", "seed", "snapshot", "test", "compile", "show", "clone", "list", "freshness", "generate"];
const THREADED: &[&str] = &[
    "build",
    "run",
    "seed",
    "snapshot",
    "test",
    "compile",
    "show",
    "clone",
    "freshness",
    "generate",
    "parse",
    "retry",
    "run-operation",
];

const fn flag(name: &'static str, form: Form, variables: Variables, preset: Preset) -> Flag {
    Flag { name, form, variables, preset, commands: ALL, effect: Effect::Declared }
}

impl Flag {
    const fn of(mut self, commands: &'static [&'static str]) -> Self {
        self.commands = commands;
        self
    }

    const fn idle(mut self, why: &'static str) -> Self {
        self.effect = Effect::None(why);
        self
    }
}

const PARSER: &str = "the whole project is read anew each time, which is fast here";
const CACHE: &str = "what exists in the warehouse is asked for per schema when it is needed";
const NO_REPORTS: &str = "nothing is ever sent anywhere";

/// All of them.
pub const FLAGS: &[Flag] = &[
    flag("cache_selected_only", SWITCH, Variables::Both, Preset::Is(false)).idle(CACHE),
    flag("debug", SWITCH, Variables::Both, Preset::Is(false)),
    flag("defer", SWITCH, Variables::Both, Preset::Is(false)),
    flag("defer_state", Form::Text, Variables::Both, Preset::Nothing),
    flag("fail_fast", SWITCH, Variables::Both, Preset::Is(false)),
    flag("favor_state", SWITCH, Variables::Both, Preset::Is(false)),
    flag("hints_enabled", SWITCH, Variables::Engine, Preset::Is(true)).idle("there are no hints here that need hiding"),
    flag("indirect_selection", Form::Text, Variables::Both, Preset::Text("eager")),
    flag("log_cache_events", SWITCH, Variables::Both, Preset::Is(false)).idle(CACHE),
    flag("log_file_max_bytes", Form::Number, Variables::Both, Preset::Number(10 * 1024 * 1024)),
    flag("log_format", Form::Text, Variables::Both, Preset::Text("default")),
    flag("log_format_file", Form::Text, Variables::Both, Preset::Text("debug")),
    flag("log_level", Form::Text, Variables::Both, Preset::Text("info")),
    flag("log_level_file", Form::Text, Variables::Both, Preset::Text("debug")),
    flag("log_path", Form::Text, Variables::Both, Preset::Nothing),
    flag("macro_debugging", SWITCH, Variables::Both, Preset::Is(false))
        .idle("mistakes name the macro's own lines already"),
    flag("maximum_seed_size_mib", Form::Number, Variables::Engine, Preset::Number(1)),
    flag("partial_parse", SWITCH, Variables::Both, Preset::Is(true)).idle(PARSER),
    flag("partial_parse_file_diff", SWITCH, Variables::Both, Preset::Is(true)).idle(PARSER),
    flag("partial_parse_file_path", Form::Text, Variables::Both, Preset::Nothing).idle(PARSER),
    flag("populate_cache", SWITCH, Variables::Both, Preset::Is(true)).idle(CACHE),
    flag("print", SWITCH, Variables::Both, Preset::Is(true)),
    flag("printer_width", Form::Number, Variables::Both, Preset::Number(80)),
    flag("profile", Form::Text, Variables::Both, Preset::Nothing),
    flag("profiles_dir", Form::Text, Variables::Both, Preset::Nothing),
    flag("project_dir", Form::Text, Variables::Both, Preset::Nothing),
    flag("quiet", SWITCH, Variables::Both, Preset::Is(false)),
    flag("record_timing_info", Form::Text, Variables::None, Preset::Nothing)
        .idle("set `RUST_LOG=netflix=debug` to see how long each stage takes"),
    flag("send_anonymous_usage_stats", SWITCH, Variables::Both, Preset::Is(true)).idle(NO_REPORTS),
    flag("single_threaded", SWITCH, Variables::Both, Preset::Is(false)),
    flag("snowflake_projects_otel", SWITCH, Variables::Engine, Preset::Is(false)).idle(NO_REPORTS),
    flag("show_all_deprecations", SWITCH, Variables::None, Preset::Is(false)),
    flag("show_resource_report", SWITCH, Variables::Both, Preset::Is(false)),
    flag("state", Form::Text, Variables::Both, Preset::Nothing),
    flag("static_parser", SWITCH, Variables::Both, Preset::Is(true)).idle(PARSER),
    flag("target", Form::Text, Variables::Both, Preset::Nothing),
    flag("upload_to_artifacts_ingest_api", SWITCH, Variables::Both, Preset::Is(false)).idle(NO_REPORTS),
    flag("use_colors", SWITCH, Variables::Both, Preset::Is(true)),
    flag("use_colors_file", SWITCH, Variables::Both, Preset::Is(true)),
    flag("use_experimental_parser", SWITCH, Variables::Both, Preset::Is(false)).idle(PARSER),
    flag("use_fast_test_edges", SWITCH, Variables::Both, Preset::Is(false)).idle(PARSER),
    flag("use_v2_parser", SWITCH, Variables::Engine, Preset::Is(false)).idle(PARSER),
    flag("v2_parser", Form::Text, Variables::Engine, Preset::Text("dbt-core-experimental-parser parse")).idle(PARSER),
    flag("version_check", SWITCH, Variables::Both, Preset::Is(true)),
    flag("warn_error", BARE, Variables::Both, Preset::Nothing),
    flag(
        "warn_error_options",
        Form::Yaml,
        Variables::Both,
        Preset::Json(r#"{"error": [], "warn": [], "silence": []}"#),
    ),
    flag("write_json", SWITCH, Variables::Both, Preset::Is(true)),
    flag("vars", Form::Yaml, Variables::None, Preset::Json("{}")),
    flag("target_path", Form::Text, Variables::Both, Preset::Nothing),
    flag("threads", Form::Number, Variables::None, Preset::Nothing).of(THREADED),
    flag("select", Form::Words, Variables::None, Preset::NoWords).of(NODES),
    flag("exclude", Form::Words, Variables::None, Preset::NoWords).of(NODES),
    flag("selector", Form::Text, Variables::None, Preset::Nothing).of(NODES),
    flag("resource_types", Form::Words, Variables::Both, Preset::NoWords).of(&["build", "list", "test", "clone"]),
    flag("exclude_resource_types", Form::Words, Variables::Both, Preset::NoWords)
        .of(&["build", "list", "test", "clone"]),
    flag("full_refresh", BARE, Variables::Both, Preset::Is(false))
        .of(&["build", "run", "seed", "compile", "show", "clone", "retry"]),
    flag("store_failures", BARE, Variables::Both, Preset::Is(false)).of(&["build", "test"]),
    flag("empty", SWITCH, Variables::Both, Preset::Is(false)).of(&["build", "run", "seed", "snapshot", "compile"]),
    flag("event_time_start", Form::Text, Variables::Both, Preset::Nothing).of(&["build", "run"]),
    flag("event_time_end", Form::Text, Variables::Both, Preset::Nothing).of(&["build", "run"]),
    flag("sample", Form::Text, Variables::Both, Preset::Nothing).of(&["build", "run"]),
    flag("export_saved_queries", SWITCH, Variables::Both, Preset::Is(false))
        .of(&["build"])
        .idle("saved queries have no export here"),
    flag("include_saved_query", SWITCH, Variables::Both, Preset::Is(false))
        .of(&["build"])
        .idle("saved queries have no export here"),
    flag("show", BARE, Variables::None, Preset::Is(false)).of(&["build", "seed"]),
    flag(
        "sqlparse",
        Form::Yaml,
        Variables::Engine,
        Preset::Json(r#"{"MAX_GROUPING_DEPTH": null, "MAX_GROUPING_TOKENS": null}"#),
    )
    .of(&["build", "run", "seed", "snapshot", "test", "compile", "show", "generate", "freshness"])
    .idle("SQL is not taken apart to be read"),
    flag("introspect", SWITCH, Variables::Both, Preset::Is(true)).of(&["compile", "show"]),
    flag("inline", Form::Text, Variables::None, Preset::Nothing).of(&["compile", "show"]),
    flag("inline_direct", Form::Text, Variables::None, Preset::Nothing).of(&["show"]),
    flag("inject_ephemeral_ctes", SWITCH, Variables::None, Preset::Is(true)).of(&["compile"]),
    flag("clean_project_files_only", SWITCH, Variables::Both, Preset::Is(true)).of(&["clean"]),
    flag("host", Form::Text, Variables::Both, Preset::Text("127.0.0.1")).of(&["serve"]),
    flag("compile", SWITCH, Variables::None, Preset::Is(true)).of(&["generate"]),
    flag("static", BARE, Variables::None, Preset::Is(false)).of(&["generate"]),
];

/// Variables of dbt that belong to no option. dbt: the prefix `DBT_ENGINE_` is reserved; anything else with it is
/// warned of.
pub const OTHER_VARIABLES: &[&str] = &[
    "INVOCATION_ENV",
    "RECORDED_FILE_PATH",
    "TEST_STATE_MODIFIED",
    "PACKAGE_HUB_URL",
    "DOWNLOAD_DIR",
    "PP_FILE_DIFF_TEST",
    "PP_TEST",
];

/// A variable that dbt renamed.
#[derive(Debug, Clone, Copy)]
pub struct Renamed {
    /// Its name behind the prefix.
    pub old: &'static str,
    /// The option that it sets.
    pub flag: &'static str,
    /// Whether it means the opposite.
    pub inverted: bool,
}

/// The variables that dbt renamed and still obeys.
pub const RENAMED: &[Renamed] = &[
    Renamed { old: "DEFER_TO_STATE", flag: "defer", inverted: false },
    Renamed { old: "FAVOR_STATE_MODE", flag: "favor_state", inverted: false },
    Renamed { old: "NO_PRINT", flag: "print", inverted: true },
    Renamed { old: "ARTIFACT_STATE_PATH", flag: "state", inverted: false },
];

/// The option with this name.
pub fn find(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}
