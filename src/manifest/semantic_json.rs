//! Metrics, semantic models and saved queries in manifest v12.

use serde_json::{Map, Value, json};

use super::Node;
use super::semantic::{Metric, SavedQuery, SemanticModel};

/// What all resources begin with.
fn head(node: &Node) -> Map<String, Value> {
    let value = json!({
        "name": node.name, "resource_type": node.resource_type.name(), "package_name": node.package,
        "path": node.path, "original_file_path": node.original_file_path, "unique_id": node.unique_id,
        "fqn": node.fqn,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn with(node: &Node, rest: Value) -> Map<String, Value> {
    let mut map = head(node);
    if let Value::Object(rest) = rest {
        map.extend(rest);
    }
    map
}

fn depends_on(node: &Node) -> Value {
    json!({"macros": node.macros, "nodes": node.depends_on})
}

/// A metric.
pub(super) fn metric(node: &Node, metric: &Metric) -> Map<String, Value> {
    let refs = &node.refs;
    with(
        node,
        json!({
            "description": node.description, "label": metric.label, "type": metric.kind,
            "type_params": metric.type_params, "filter": metric.filter, "metadata": null,
            "time_granularity": metric.time_granularity, "config": node.config,
            "unrendered_config": node.unrendered_config, "sources": [], "depends_on": depends_on(node), "refs": refs,
            "metrics": [], "created_at": node.created_at, "group": node.group(), "meta": metric.meta,
            "tags": metric.tags,
        }),
    )
}

/// A semantic model.
pub(super) fn semantic_model(node: &Node, model: &SemanticModel) -> Map<String, Value> {
    let refs = &node.refs;
    with(
        node,
        json!({
            "model": model.model, "node_relation": model.node_relation, "description": model.description,
            "label": model.label, "defaults": model.defaults, "entities": model.entities, "measures": model.measures,
            "dimensions": model.dimensions, "metadata": null, "depends_on": depends_on(node), "refs": refs,
            "created_at": node.created_at, "config": node.config,
            "unrendered_config": node.unrendered_config, "primary_entity": model.primary_entity,
            "group": node.group(),
        }),
    )
}

/// A saved query.
pub(super) fn saved_query(node: &Node, query: &SavedQuery) -> Map<String, Value> {
    with(
        node,
        json!({
            "query_params": query.query_params, "exports": query.exports, "description": query.description,
            "label": query.label, "metadata": null, "config": node.config,
            "unrendered_config": node.unrendered_config, "group": node.group(), "depends_on": depends_on(node),
            "created_at": node.created_at, "refs": [], "tags": query.tags,
        }),
    )
}
