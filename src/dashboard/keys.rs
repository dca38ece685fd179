//! Which columns name a row of a model, as far as the project says.
//!
//! Read are enabled tests (`unique` and the ones for combinations of columns), constraints of columns and of the model
//! (`primary_key`, `unique`), and the `unique_key` by which an incremental model or a snapshot keeps one row. A test
//! with a `where` says nothing of the other rows.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::manifest::{Detail, Manifest, Node};

/// The keys of a node, each as a set of lower-case column names; shorter ones first.
pub fn keys(manifest: &Manifest, node: &Node) -> Vec<BTreeSet<String>> {
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for id in manifest.tests_of(&node.unique_id) {
        let Some(test) = manifest.node(id) else { continue };
        if test.config.get("where").is_some_and(|condition| !condition.is_null()) {
            continue;
        }
        found.extend(of_test(test, &node.unique_id));
    }
    if let Detail::Model { constraints, .. } = &node.detail {
        found.extend(
            constraints
                .iter()
                .filter(|constraint| is_key(constraint))
                .filter_map(|constraint| names(constraint.get("columns")?)),
        );
    }
    for column in node.columns.values() {
        if column.constraints.iter().any(is_key) {
            found.insert(BTreeSet::from([column.name.to_lowercase()]));
        }
    }
    if matches!(node.materialized(), "incremental" | "snapshot") {
        found.extend(node.config.get("unique_key").and_then(names));
    }
    found.remove(&BTreeSet::new());
    let mut found: Vec<BTreeSet<String>> = found.into_iter().collect();
    found.sort_by_key(BTreeSet::len);
    found
}

/// The columns that a test of a node finds unique together.
fn of_test(test: &Node, node: &str) -> Option<BTreeSet<String>> {
    let info = test.test().filter(|info| info.attached_node.as_deref() == Some(node))?;
    match info.generic.as_deref()? {
        "unique" => names(info.kwargs.get("column_name")?),
        "unique_combination" | "unique_combination_of_columns" | "expect_compound_columns_to_be_unique" => {
            let keys = ["combination_of_columns", "columns", "column_list"];
            keys.iter().find_map(|key| names(info.kwargs.get(*key)?))
        }
        _ => None,
    }
}

fn is_key(constraint: &Value) -> bool {
    matches!(constraint.get("type").and_then(Value::as_str), Some("primary_key" | "unique"))
}

/// One name or a list of them; an expression is no name.
fn names(value: &Value) -> Option<BTreeSet<String>> {
    let name = |value: &Value| {
        let name = value.as_str()?.trim_matches('"');
        let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_$ ".contains(letter));
        is_name.then(|| name.to_lowercase())
    };
    match value {
        Value::Array(items) => items.iter().map(name).collect(),
        single => Some(BTreeSet::from([name(single)?])),
    }
}
