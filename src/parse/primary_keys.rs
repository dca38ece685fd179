//! Which columns are a model's primary key, as far as its constraints and tests tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::manifest::{Detail, Manifest, Node};

/// The columns that tests of one model speak of.
#[derive(Default)]
struct Tested<'a> {
    unique: BTreeSet<&'a str>,
    disabled: BTreeSet<&'a str>,
    not_null: BTreeSet<&'a str>,
}

/// Sets the primary key of every model.
///
/// dbt: a constraint says it; else columns that are tested to be both unique and filled; else those that an enabled
/// test finds unique; else those that a disabled one would.
pub(super) fn infer(manifest: &mut Manifest) {
    let mut tested: FxHashMap<&str, Tested<'_>> = FxHashMap::default();
    let enabled = manifest.nodes.values().map(|node| (node, true));
    let disabled = manifest.disabled.values().flatten().map(|node| (node, false));
    for (node, enabled) in enabled.chain(disabled) {
        let Some(test) = node.test() else { continue };
        let (Some(kind), Some(attached)) = (test.generic.as_deref(), &test.attached_node) else { continue };
        if !["unique", "unique_combination_of_columns", "not_null"].contains(&kind) {
            continue;
        }
        let columns = match (test.kwargs.get("column_name"), test.kwargs.get("combination_of_columns")) {
            (Some(column @ Value::String(_)), _) => std::slice::from_ref(column),
            (_, Some(Value::Array(columns))) => columns,
            _ => continue,
        };
        let columns = columns.iter().filter_map(Value::as_str);
        let found = tested.entry(attached).or_default();
        match kind {
            "unique" | "unique_combination_of_columns" if enabled => found.unique.extend(columns),
            "unique" | "unique_combination_of_columns" => found.disabled.extend(columns),
            "not_null" => found.not_null.extend(columns),
            _ => {}
        }
    }
    let mut keys: Vec<(usize, Vec<String>)> = Vec::new();
    for (index, (id, node)) in manifest.nodes.iter().enumerate() {
        let Detail::Model { constraints, .. } = &node.detail else { continue };
        let tested = || tested.get(id.as_str()).map(of_tests).unwrap_or_default();
        let mut key = declared(node, constraints).unwrap_or_else(tested);
        key.sort();
        if !key.is_empty() {
            keys.push((index, key));
        }
    }
    for (index, key) in keys {
        if let Detail::Model { primary_key, .. } = &mut Arc::make_mut(&mut manifest.nodes[index]).detail {
            *primary_key = key;
        }
    }
}

fn is_primary(constraint: &Value) -> bool {
    constraint.get("type").and_then(Value::as_str) == Some("primary_key")
}

fn declared(node: &Node, constraints: &[Value]) -> Option<Vec<String>> {
    if let Some(constraint) = constraints.iter().find(|constraint| is_primary(constraint)) {
        let columns = constraint.get("columns").and_then(Value::as_array).cloned().unwrap_or_default();
        return Some(columns.iter().filter_map(|column| column.as_str().map(str::to_owned)).collect());
    }
    let column = node.columns.values().find(|column| column.constraints.iter().any(is_primary))?;
    Some(vec![column.name.clone()])
}

fn of_tests(found: &Tested<'_>) -> Vec<String> {
    let is_unique = |column: &&&str| found.unique.contains(*column) || found.disabled.contains(*column);
    let both: Vec<&str> = found.not_null.iter().filter(is_unique).copied().collect();
    let all = [both, found.unique.iter().copied().collect(), found.disabled.iter().copied().collect()];
    let key = all.into_iter().find(|columns| !columns.is_empty()).unwrap_or_default();
    key.into_iter().map(str::to_owned).collect()
}
