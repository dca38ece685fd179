//! What the foreign keys of a compiled model refer to: relations in place of `ref(..)` and `source(..)`.

use serde_json::{Map, Value};

use super::Runtime;
use crate::manifest::Node;
use crate::parse::{ConstraintTarget, constraint_target};

/// Puts relations into the constraints of a node's JSON.
pub(super) fn resolve(runtime: &Runtime, node: &Node, map: &mut Map<String, Value>) {
    let columns = map.get_mut("columns").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, column) in columns {
        each(runtime, node, column.get_mut("constraints"));
    }
    each(runtime, node, map.get_mut("constraints"));
}

fn each(runtime: &Runtime, node: &Node, constraints: Option<&mut Value>) {
    for constraint in constraints.and_then(Value::as_array_mut).into_iter().flatten() {
        let of_key = constraint.get("type").and_then(Value::as_str) == Some("foreign_key");
        let Some(to) = constraint.get_mut("to").filter(|_| of_key) else { continue };
        if let Some(relation) = to.as_str().and_then(|text| relation(runtime, node, text)) {
            *to = Value::String(relation);
        }
    }
}

fn relation(runtime: &Runtime, node: &Node, expression: &str) -> Option<String> {
    let manifest = &runtime.manifest;
    let found = match constraint_target(&runtime.engine, expression)? {
        ConstraintTarget::Ref(call) => manifest.resolve_ref(&call, &node.package).ok()?,
        ConstraintTarget::Source(source, table) => manifest.resolve_source(&source, &table, &node.package).ok()?,
    };
    // dbt: what this run does not build is where the earlier run built it.
    let earlier = runtime.options.deferral.as_ref().filter(|_| !runtime.selected.contains(&found.unique_id));
    let relation = earlier.and_then(|deferral| deferral.relation(runtime.facts.naming, &found.unique_id));
    Some(relation.unwrap_or_else(|| runtime.relation(found)).render())
}
