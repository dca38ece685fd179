//! How an enforced contract changed, and whether that breaks those who rely on it.

use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::WarningKind;
use crate::manifest::{Manifest, Node, contract};

type Json = Map<String, Value>;

/// Whether the contract of a model is the one it was. A breaking change of a versioned model is an error, of any
/// other one a warning.
///
/// # Errors
/// A breaking change of a versioned model.
pub(super) fn same(
    node: &Node,
    now: &Json,
    before: &Json,
    warnings: &mut Vec<(WarningKind, Diagnostic)>,
) -> Result<bool> {
    match (enforced(before), enforced(now)) {
        (false, false) => return Ok(true),
        (false, true) => return Ok(false),
        (true, true) if checksum(now).is_some() && checksum(now) == checksum(before) => return Ok(true),
        _ => {}
    }
    let reasons = breaking(now, before);
    if !reasons.is_empty() {
        if is_versioned(now) {
            return Err(Box::new(refused(&reasons).label(node.span(), "this model's contract")));
        }
        warnings.push(warned(&reasons, &node.name, &node.original_file_path));
    }
    Ok(false)
}

/// Tells of models with an enforced contract that are no longer there.
///
/// # Errors
/// Such a model has a version.
pub(super) fn removed(manifest: &Manifest, before: &Json, warnings: &mut Vec<(WarningKind, Diagnostic)>) -> Result<()> {
    for (id, old) in before {
        let Some(old) = old.as_object() else { continue };
        let is_gone = !manifest.nodes.contains_key(id);
        let is_model = old.get("resource_type").and_then(Value::as_str) == Some("model");
        if !is_gone || !is_model {
            continue;
        }
        let disabled = manifest.disabled.get(id).and_then(|nodes| nodes.first());
        let node = disabled.map(|node| node.to_json());
        let node = node.as_ref().unwrap_or(old);
        if !enforced(node) || is_past(node) {
            continue;
        }
        let how = if disabled.is_some() { "disabled" } else { "deleted or renamed" };
        let reasons = [format!("Contracted model '{id}' was {how}.")];
        if is_versioned(node) {
            return Err(Box::new(refused(&reasons)));
        }
        warnings.push(warned(&reasons, text(node, "name"), text(node, "original_file_path")));
    }
    Ok(())
}

fn text<'j>(node: &'j Json, key: &str) -> &'j str {
    node.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn enforced(node: &Json) -> bool {
    let flag = |map: Option<&Value>| map.and_then(|map| map.get("enforced")).and_then(Value::as_bool);
    flag(node.get("contract")).or_else(|| flag(node.get("config")?.get("contract"))).unwrap_or(false)
}

fn checksum(node: &Json) -> Option<&str> {
    node.get("contract")?.get("checksum")?.as_str()
}

fn is_versioned(node: &Json) -> bool {
    node.get("version").is_some_and(|version| !version.is_null())
}

/// dbt: a model may go once its deprecation date has passed.
fn is_past(node: &Json) -> bool {
    let Some(date) = node.get("deprecation_date").and_then(Value::as_str) else { return false };
    let now = crate::outcome::now();
    match chrono::DateTime::parse_from_rfc3339(&date.replacen(' ', "T", 1)) {
        Ok(date) => date < now,
        Err(_) => date.get(..10).is_some_and(|day| day < now.format("%Y-%m-%d").to_string().as_str()),
    }
}

fn materialized(node: &Json) -> &str {
    node.get("config").and_then(|config| config.get("materialized")).and_then(Value::as_str).unwrap_or_default()
}

fn constraints(node: &Value, of_model: bool) -> Vec<Value> {
    let written = node.get("constraints").and_then(Value::as_array);
    written.into_iter().flatten().map(|one| contract::constraint(one, of_model)).collect()
}

/// Size, precision and scale are no part of the type.
fn base_type(data_type: Option<&str>) -> Option<String> {
    data_type.map(|name| name.split('(').next().unwrap_or_default().trim().to_lowercase())
}

/// What breaks, in dbt's sentences.
fn breaking(now: &Json, before: &Json) -> Vec<String> {
    let columns = |node: &Json| node.get("columns").and_then(Value::as_object).cloned().unwrap_or_default();
    let (new_columns, mut old_columns) = (columns(now), columns(before).into_iter().collect::<Vec<_>>());
    old_columns.sort_by(|left, right| left.0.cmp(&right.0));
    let enforcing = contract::enforces(materialized(before));
    let mut gone = Vec::new();
    let mut retyped = Vec::new();
    let mut loosened = Vec::new();
    let mut had_constraints = false;
    for (key, old) in &old_columns {
        let name = old.get("name").and_then(Value::as_str).unwrap_or(key);
        let old_constraints = constraints(old, false);
        had_constraints |= !old_constraints.is_empty();
        let Some(new) = new_columns.get(key) else {
            gone.push(name.to_owned());
            continue;
        };
        let data_type = |column: &Value| column.get("data_type").and_then(Value::as_str).map(str::to_owned);
        let (was, is) = (data_type(old), data_type(new));
        if base_type(was.as_deref()) != base_type(is.as_deref()) {
            let shown = |name: Option<String>| name.unwrap_or_else(|| "None".to_owned());
            retyped.push(format!("{name} ({} -> {})", shown(was), shown(is)));
        }
        let new_constraints = constraints(new, false);
        for constraint in old_constraints.iter().filter(|_| enforcing) {
            if !new_constraints.contains(constraint) && is_enforced(constraint) {
                loosened.push(format!("'{}' constraint on column {key}", called(constraint)));
            }
        }
    }
    let (new_model, old_model) =
        (constraints(&Value::Object(now.clone()), true), constraints(&Value::Object(before.clone()), true));
    let dropped: Vec<String> = old_model
        .iter()
        .filter(|constraint| enforcing && !new_model.contains(constraint) && is_enforced(constraint))
        .map(|constraint| {
            let columns: Vec<String> = constraint["columns"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|column| format!("'{}'", column.as_str().unwrap_or_default()))
                .collect();
            format!("'{}' constraint on columns [{}]", called(constraint), columns.join(", "))
        })
        .collect();

    let mut reasons = Vec::new();
    if !enforced(now) {
        reasons.push(
            "Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer \
             configured to enforce its contract, and this is a breaking change."
                .to_owned(),
        );
    }
    let mut list = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            reasons.push(format!("{title}: \n    - {}", items.join("\n    - ")));
        }
    };
    list("Columns were removed", gone);
    list("Columns with data_type changes", retyped);
    list("Enforced column level constraints were removed", loosened);
    list("Enforced model level constraints were removed", dropped);
    if enforcing && !contract::enforces(materialized(now)) && (!old_model.is_empty() || had_constraints) {
        list(
            "Materialization changed with enforced constraints",
            vec![format!("{} -> {}", materialized(before), materialized(now))],
        );
    }
    reasons
}

fn called(constraint: &Value) -> &str {
    constraint["name"].as_str().or_else(|| constraint["type"].as_str()).unwrap_or_default()
}

/// dbt-duckdb: every kind of constraint is enforced, except for custom ones.
fn is_enforced(constraint: &Value) -> bool {
    constraint["type"] != "custom"
}

fn warned(reasons: &[String], name: &str, path: &str) -> (WarningKind, Diagnostic) {
    let message = format!(
        "Breaking change to contracted, unversioned model {name} ({path})\nWhile comparing to previous project state, \
         dbt detected a breaking change to an unversioned model.\n  - {}\n",
        reasons.join("\n  - ")
    );
    (WarningKind::UnversionedBreakingChange, Diagnostic::warning(Class::Compilation, message))
}

fn refused(reasons: &[String]) -> Diagnostic {
    let message = format!(
        "While comparing to previous project state, dbt detected a breaking change to an enforced contract.\n  - {}\n\
         Consider making an additive (non-breaking) change instead, if possible.\n\
         Otherwise, create a new model version: \
         https://docs.getdbt.com/docs/collaborate/govern/model-versions",
        reasons.join("\n  - ")
    );
    Diagnostic::error(Class::Contract, message)
}
