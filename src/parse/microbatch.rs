//! What a microbatch model must be configured with.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::diagnostic::{Bag, Class, Diagnostic, Span, WarningKind, nearest};
use crate::jinja::Library;
use crate::manifest::{BatchSize, Manifest, Node, iso_moment, parse_moment};
use crate::project::{Project, Yaml};

/// The macro that builds a batch; a project may have its own.
const STRATEGY: &str = "get_incremental_microbatch_sql";

/// Whether a node asks for the microbatch strategy.
pub fn is_microbatch(node: &Node) -> bool {
    node.materialized() == "incremental" && node.config.text("incremental_strategy") == Some("microbatch")
}

/// Whether microbatch models run batch by batch: not where the project has a strategy of its own and says so.
///
/// dbt: `use_microbatch_batches`.
pub fn runs_in_batches(project: &Project, library: &Library) -> bool {
    let flags = project.root_package().settings.get("flags");
    let required = flags
        .and_then(|flags| flags.get("require_batched_execution_for_custom_microbatch_strategy"))
        .and_then(Yaml::bool)
        .unwrap_or(true);
    required || library.find(library.root(), STRATEGY).is_none_or(|found| library.internal().contains(&found.package))
}

/// Warns of microbatch models that a macro of the project builds in one piece.
///
/// dbt: `check_for_microbatch_deprecations`.
pub(super) fn warn_of_own_macro(manifest: &Manifest, bag: &mut Bag) {
    if let Some(node) = manifest.nodes.values().find(|node| is_microbatch(node)) {
        let message = "The use of a custom microbatch macro outside of batched execution is deprecated. To use it with \
                       batched execution, set `flags.require_batched_execution_for_custom_microbatch_strategy` to \
                       `True` in `dbt_project.yml`. In the future this will be the default behavior.";
        bag.push(
            Diagnostic::named(WarningKind::MicrobatchMacroOutsideOfBatchesDeprecation, message)
                .label(node.span(), "this model is built by it"),
        );
    }
}

/// Checks all microbatch models and gives their `begin` the form of a moment.
///
/// dbt: `check_valid_microbatch_config` and `check_microbatch_model_has_a_filtered_input`.
pub(super) fn check(manifest: &mut Manifest, bag: &mut Bag) {
    let ids: Vec<String> =
        manifest.nodes.values().filter(|node| is_microbatch(node)).map(|node| node.unique_id.clone()).collect();
    for id in ids {
        let Some(node) = manifest.node(&id).cloned() else { continue };
        match configuration(&node) {
            Err(error) => bag.push(*error),
            Ok(begin) => {
                if let Some(node) = manifest.nodes.get_mut(&id) {
                    Arc::make_mut(node).config.set("begin", json!(begin));
                }
                inputs(manifest, &node, bag);
            }
        }
    }
}

/// The checked `begin`.
fn configuration(node: &Node) -> crate::diagnostic::Result<String> {
    let name = &node.name;
    let asked = |key: &str| node.config.get(key).filter(|value| !value.is_null());
    let wrong = |key: &str, message: String| {
        Box::new(Diagnostic::error(Class::Parsing, message).label(place(node, key), format!("`{key}` is set here")))
    };
    let missing = |key: &str, message: String, example: &str| {
        Box::new(
            Diagnostic::error(Class::Parsing, message)
                .label(place(node, "incremental_strategy"), "this model runs in batches")
                .help(format!("add `{key}: {example}` to its config")),
        )
    };
    let prefix = format!("Microbatch model '{name}' must provide");
    match asked("event_time") {
        None => {
            let text =
                format!("{prefix} an 'event_time' (string) config that indicates the name of the event time column.");
            return Err(missing("event_time", text, "created_at"));
        }
        Some(Value::String(_)) => {}
        Some(other) => {
            let text = format!("{prefix} an 'event_time' config of type string, but got: {}.", class(other));
            return Err(wrong("event_time", text));
        }
    }
    let begin = match asked("begin") {
        None => {
            let text = format!(
                "{prefix} a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be built from."
            );
            return Err(missing("begin", text, "2024-01-01"));
        }
        Some(Value::String(text)) => parse_moment(text).ok_or_else(|| {
            let text = format!("{prefix} a 'begin' config of valid datetime (ISO format), but got: {text}.");
            wrong("begin", text)
        })?,
        Some(other) => {
            let text = format!("{prefix} a 'begin' config of type datetime, but got: {}.", class(other));
            return Err(wrong("begin", text));
        }
    };
    let size = asked("batch_size");
    if size.and_then(Value::as_str).and_then(BatchSize::from_name).is_none() {
        let given = size
            .map_or_else(|| "None".to_owned(), |size| size.as_str().map_or_else(|| size.to_string(), str::to_owned));
        let text = format!(
            "{prefix} a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: {given}."
        );
        return Err(match size {
            None => missing("batch_size", text, "day"),
            Some(_) => Box::new(wrong("batch_size", text).suggest(nearest(&given, BatchSize::NAMES))),
        });
    }
    if let Some(other) = asked("lookback").filter(|value| !value.is_i64() && !value.is_boolean()) {
        let text = format!("{prefix} the optional 'lookback' config as type int, but got: {}).", class(other));
        return Err(wrong("lookback", text));
    }
    if let Some(other) = asked("concurrent_batches").filter(|value| !value.is_boolean()) {
        let text = format!(
            "Microbatch model '{name}' optional 'concurrent_batches' config must be of type `bool` if specified, but got: {}).",
            class(other)
        );
        return Err(wrong("concurrent_batches", text));
    }
    // dbt: a moment without a zone is written without one.
    Ok(iso_moment(begin).trim_end_matches("+00:00").to_owned())
}

/// Warns of a model whose inputs cannot be cut into batches.
fn inputs(manifest: &Manifest, node: &Node, bag: &mut Bag) {
    let mut filtered = false;
    for input in node.depends_on.iter().filter_map(|id| manifest.node(id)) {
        match input.config.get("event_time") {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(text)) => filtered |= !text.is_empty(),
            Some(other) => {
                bag.push(
                    Diagnostic::error(
                        Class::Parsing,
                        format!(
                            "Microbatch model '{}' depends on an input node '{}' with an 'event_time' config of invalid (non-string) type: {}.",
                            node.name, input.name, class(other)
                        ),
                    )
                    .label(place(input, "event_time"), "give the name of a column"),
                );
                return;
            }
        }
    }
    if !filtered {
        bag.push(
            Diagnostic::warning(
                Class::Compilation,
                format!(
                    "The microbatch model '{}' has no 'ref' or 'source' input with an 'event_time' configuration. \nThis means no filtering can be applied and can result in unexpected duplicate records in the resulting microbatch model.",
                    node.name
                ),
            )
            .kind(WarningKind::MicrobatchModelNoEventTimeInputs)
            .field("model_name", node.name.as_str())
            .label(place(node, "incremental_strategy"), "every batch reads all rows of its inputs")
            .help("set `event_time` on the models or sources that it reads"),
        );
    }
}

/// Where a node is configured, as near as can be told.
fn place(node: &Node, key: &str) -> Span {
    let text = node.source.text();
    let code = text.get(node.code.clone()).unwrap_or_default();
    match (code.find(key), &node.patch) {
        (Some(at), _) => {
            let start = node.code.start + at;
            Span::new(&node.source, start..start + key.len())
        }
        (None, Some(patch)) => patch.clone(),
        (None, None) => Span::line(&node.source, 1),
    }
}

/// Python's words for the type of a value.
fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}

/// Whether a template names `this` itself; a macro that it calls may do so unseen.
///
/// dbt: `statically_extract_has_name_this`.
pub fn names_this(template: &str) -> bool {
    let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let tail = &rest[at..];
        let close = match tail.as_bytes().get(1) {
            Some(b'#') => "#}",
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            _ => {
                rest = &tail[1..];
                continue;
            }
        };
        let end = tail.find(close).unwrap_or(tail.len());
        let code = &tail[..end];
        let named = code
            .match_indices("this")
            .any(|(at, found)| !word(code[..at].chars().next_back()) && !word(code[at + found.len()..].chars().next()));
        if close != "#}" && named {
            return true;
        }
        rest = &tail[end..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::names_this;

    #[test]
    fn this_is_found_in_code_only() {
        assert!(names_this("select * from {{ this }}"));
        assert!(names_this("{% if load_relation(this) %}x{% endif %}"));
        assert!(!names_this("select 'this' {# this #} from {{ this_one }} {{ ref('thistle') }}"));
    }
}
