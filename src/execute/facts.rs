//! What logs and results say about a node.

use std::sync::Arc;

use crate::jinja::python;
use crate::manifest::{Manifest, Node, ResourceType, version_text};
use crate::outcome::NodeFacts;

/// The facts of a node.
pub fn facts(manifest: &Manifest, node: &Node) -> Arc<NodeFacts> {
    let group = node.group().and_then(|name| manifest.groups.values().find(|group| group.name == name));
    Arc::new(NodeFacts {
        unique_id: node.unique_id.clone(),
        resource_type: node.resource_type.name().to_owned(),
        name: node.name.clone(),
        version: node.built_version().map(version_text),
        package: node.package.clone(),
        path: node.path.clone(),
        original_file_path: node.original_file_path.clone(),
        line: node
            .test()
            .and_then(|test| test.declared.as_ref())
            .or_else(|| node.unit_test().and(node.patch.as_ref()))
            .map(|span| span.position().line),
        materialized: node.materialized().to_owned(),
        language: node.language.clone(),
        database: node.database.clone().unwrap_or_default(),
        schema: node.schema.clone(),
        alias: node.alias.clone(),
        relation_name: node.relation_name.clone(),
        checksum: node.checksum.1.clone(),
        meta: node.config.get("meta").and_then(serde_json::Value::as_object).cloned().unwrap_or_default(),
        group: group.map(|group| {
            let mut map = serde_json::Map::new();
            map.insert("name".to_owned(), group.name.clone().into());
            map.insert("owner".to_owned(), owner(&group.owner));
            map.insert("package_name".to_owned(), group.package.clone().into());
            map
        }),
        snapshot_config: match node.resource_type {
            ResourceType::Snapshot => texts(&something(&node.config.to_map())),
            _ => serde_json::Map::new(),
        },
        tested_model: node.unit_test().map(|test| test.model.clone()),
        attached_node: node.test().and_then(|test| test.attached_node.clone()),
    })
}

/// dbt: everything in `owner` is a text in logs; a list is Python's.
fn owner(owner: &serde_json::Value) -> serde_json::Value {
    match owner {
        serde_json::Value::Object(map) => texts(map).into(),
        other => other.clone(),
    }
}

/// The values as Python writes them.
fn texts<'a>(
    map: impl IntoIterator<Item = (&'a String, &'a serde_json::Value)>,
) -> serde_json::Map<String, serde_json::Value> {
    let text = |value| python::to_str(&python::value_from_json(value));
    map.into_iter().map(|(key, value)| (key.clone(), text(value).into())).collect()
}

/// dbt: what is nothing is left out, also below a key.
fn something(map: &serde_json::Map<String, serde_json::Value>) -> serde_json::Map<String, serde_json::Value> {
    let kept = map.iter().filter(|(_, value)| !value.is_null());
    kept.map(|(key, value)| (key.clone(), value.as_object().map_or_else(|| value.clone(), |map| something(map).into())))
        .collect()
}
