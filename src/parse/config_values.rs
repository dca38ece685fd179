//! Values of configuration that dbt refuses, in its words.

use serde_json::Value;

use super::config::Layers;
use super::generic_tests::{python_repr, python_text};
use crate::diagnostic::{Class, Diagnostic};
use crate::manifest::{Config, Node, ResourceType};

/// What a key takes.
enum Takes {
    /// A truth value.
    Truth,
    /// A truth value or nothing.
    TruthOrNothing,
    /// A whole number or nothing.
    WholeOrNothing,
    /// A mapping.
    Mapping,
    /// One of these words; dbt's name of the type.
    Word(&'static str, &'static [&'static str]),
}

/// The rule of a key, where it is checked.
fn rule(key: &str) -> Option<Takes> {
    Some(match key {
        "enabled" => Takes::Truth,
        "full_refresh" | "store_failures" | "quote_columns" => Takes::TruthOrNothing,
        "limit" => Takes::WholeOrNothing,
        "meta" | "grants" => Takes::Mapping,
        "on_configuration_change" => Takes::Word("OnConfigurationChangeOption", &["apply", "continue", "fail"]),
        "on_error" => Takes::Word("ModelOnErrorOptions", &["skip_children", "continue"]),
        _ => return None,
    })
}

/// dbt's name of the configuration of a kind.
fn class_name(kind: ResourceType) -> &'static str {
    match kind {
        ResourceType::Model => "ModelConfig",
        ResourceType::Seed => "SeedConfig",
        ResourceType::Snapshot => "SnapshotConfig",
        ResourceType::Test => "TestConfig",
        ResourceType::Source => "SourceConfig",
        ResourceType::Exposure => "ExposureConfig",
        ResourceType::UnitTest => "UnitTestConfig",
        _ => "NodeConfig",
    }
}

/// The first wrong value of a node's configuration.
///
/// dbt: sources and exposures are told without a heading and a path, since nothing catches their error.
pub(super) fn check(node: &Node, config: &Config, layers: &Layers) -> Option<Diagnostic> {
    let kind = node.resource_type;
    if let Some(message) = build_after(config).filter(|_| kind == ResourceType::Model) {
        let place = node.patch.clone().unwrap_or_else(|| node.span());
        return Some(Diagnostic::error(Class::Validation, message).label(place, ""));
    }
    if kind == ResourceType::Snapshot
        && config.enabled()
        && let Some(message) = snapshot(config)
    {
        let place = node.patch.clone().unwrap_or_else(|| node.span());
        return Some(
            Diagnostic::error(Class::Validation, message)
                .label(place, "in this snapshot")
                .help("write `strategy: timestamp` with `updated_at`, or `strategy: check` with `check_cols`"),
        );
    }
    for (key, value) in config.iter() {
        let wrong = match rule(key) {
            None if key == "materialized" => materialized(kind, value),
            None if key == "docs" => super::node_color::check(value),
            Some(rule) => check_value(&rule, key, value, kind),
            None if key == "severity" => severity(value),
            None if key.ends_with("-hook") => hooks(key, value),
            None => None,
        };
        let Some((class, path, message)) = wrong else { continue };
        let bare = matches!(kind, ResourceType::Source | ResourceType::Exposure);
        let (class, message) = match path {
            Some(_) if bare => (Class::Validation, message),
            Some(path) => (class, format!("at path {path}: {message}")),
            None => (class, message),
        };
        let from_yaml = layers.properties.contains_key(key) || node.code.is_empty();
        let place = if from_yaml { node.patch.clone() } else { node.call_span("config", &key.replace('-', "_")) };
        let declared = node.test().and_then(|test| test.declared.clone());
        let place = declared.or(place).or_else(|| node.patch.clone()).unwrap_or_else(|| node.span());
        return Some(Diagnostic::error(class, message).label(place, format!("`{key}` is wrong here")));
    }
    None
}

/// A hook that is a mapping has its statement below `sql`.
fn hooks(key: &str, value: &Value) -> Option<Wrong> {
    let lacks = |hook: &Value| hook.get("sql").is_some_and(Value::is_null);
    value.as_array().is_some_and(|hooks| hooks.iter().any(lacks)).then(|| {
        let field = key.replace('-', "_");
        let message = format!(
            "Field \"{field}\" of type List[Hook] has an invalid value: a hook is a text, or a mapping with `sql`"
        );
        (Class::Parsing, None, message)
    })
}

/// What a snapshot's strategy lacks, or must not have.
fn snapshot(config: &Config) -> Option<String> {
    let given = |key: &str| config.get(key).filter(|value| !is_empty(value));
    let (Some(strategy), Some(_)) = (given("strategy"), given("unique_key")) else {
        return Some("Snapshots must be configured with a 'strategy' and 'unique_key'.".to_owned());
    };
    match (strategy.as_str()?, given("check_cols")) {
        ("check", None) => {
            Some("A snapshot configured with the check strategy must specify a check_cols configuration.".to_owned())
        }
        ("check", Some(Value::String(columns))) if columns != "all" => {
            Some(format!("Invalid value for 'check_cols': {columns}. Expected 'all' or a list of strings."))
        }
        ("timestamp", _) if given("updated_at").is_none() => Some(
            "A snapshot configured with the timestamp strategy must specify an updated_at configuration.".to_owned(),
        ),
        ("timestamp", Some(_)) => Some("A 'timestamp' snapshot should not have 'check_cols'".to_owned()),
        _ => None,
    }
}

/// Whether Python takes a value for false.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) => false,
    }
}

/// The kind of mistake, dbt's path to the value, and what is wrong with it.
pub(super) type Wrong = (Class, Option<String>, String);

fn check_value(rule: &Takes, key: &str, value: &Value, kind: ResourceType) -> Option<Wrong> {
    let shown = python_repr(value);
    let at = || Some(format!("['{key}']"));
    let field = |wanted: &str| {
        let message = format!("Field \"{key}\" of type {wanted} in {} has invalid value {shown}", class_name(kind));
        Some((Class::Parsing, None, message))
    };
    match rule {
        Takes::Truth if value.is_boolean() => None,
        Takes::Truth => Some((Class::Parsing, at(), format!("{shown} is not of type 'boolean'"))),
        _ if value.is_null() => None,
        Takes::TruthOrNothing if value.is_boolean() => None,
        Takes::TruthOrNothing => {
            Some((Class::Parsing, at(), format!("{shown} is not valid under any of the given schemas")))
        }
        Takes::WholeOrNothing
            if value.is_i64() || value.as_str().is_some_and(|text| text.trim().parse::<i64>().is_ok()) =>
        {
            None
        }
        Takes::WholeOrNothing => field("Optional[int]"),
        Takes::Mapping if value.is_object() => None,
        Takes::Mapping => Some((Class::Internal, None, format!("expected dict, got {}", python_text(value)))),
        Takes::Word(_, words) if value.as_str().is_some_and(|word| words.contains(&word)) => None,
        Takes::Word(wanted, _) => field(wanted),
    }
}

/// dbt: how long a model may wait is a count with a period.
fn build_after(config: &Config) -> Option<&'static str> {
    let after = config.get("freshness")?.get("build_after")?;
    let given = |key: &str| after.get(key).is_some_and(|value| !value.is_null() && *value != 0);
    match (given("count"), given("period")) {
        (true, false) => Some("`freshness.build_after` must have a value for `period` if a `count` is provided"),
        (false, true) if after.get("count").is_none_or(Value::is_null) => {
            Some("`freshness.build_after` must have a value for `count` if a `period` is provided")
        }
        _ => None,
    }
}

/// dbt: seeds, snapshots and tests are built in their own way only.
fn materialized(kind: ResourceType, value: &Value) -> Option<Wrong> {
    let (wanted, class) = match kind {
        ResourceType::Seed => ("seed", Class::Parsing),
        ResourceType::Snapshot => ("snapshot", Class::Validation),
        ResourceType::Test => ("test", Class::Parsing),
        _ => return None,
    };
    let word = value.as_str()?;
    (word != wanted).then(|| {
        let message = format!("A {wanted} must have a materialized value of '{wanted}', not '{word}'");
        (class, None, message)
    })
}

/// dbt: the severity of a test is `warn` or `error`, in capitals or not.
fn severity(value: &Value) -> Option<Wrong> {
    let word = value.as_str()?;
    let known = ["warn", "error"].iter().any(|known| word.eq_ignore_ascii_case(known));
    (!known).then(|| {
        (Class::Parsing, Some("[]".to_owned()), format!("Severity must be either 'warn' or 'error'. Got '{word}'"))
    })
}
