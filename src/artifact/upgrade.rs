//! Manifests of earlier versions in today's shape.

use serde_json::{Map, Value, json};

/// Brings a manifest of a schema version up to version 12; dbt: v4 (1.0) and later can be.
pub(super) fn manifest(manifest: &mut Value, version: u32) {
    let Some(manifest) = manifest.as_object_mut() else { return };
    if version <= 9 {
        // dbt: metrics before version 10 have nothing in common with those of today.
        manifest.insert("metrics".to_owned(), json!({}));
        if let Some(disabled) = manifest.get_mut("disabled").and_then(Value::as_object_mut) {
            for nodes in disabled.values_mut().filter_map(Value::as_array_mut) {
                nodes.retain(|node| node.get("resource_type").and_then(Value::as_str) != Some("metric"));
            }
        }
    }
    for section in ["nodes", "sources", "exposures", "metrics"] {
        let nodes = manifest.get_mut(section).and_then(Value::as_object_mut);
        nodes.into_iter().flat_map(|nodes| nodes.values_mut()).filter_map(Value::as_object_mut).for_each(node);
    }
    let disabled = manifest.get_mut("disabled").and_then(Value::as_object_mut);
    for list in disabled.into_iter().flat_map(|disabled| disabled.values_mut()).filter_map(Value::as_array_mut) {
        list.iter_mut().filter_map(Value::as_object_mut).for_each(node);
    }
    for section in ["groups", "group_map", "unit_tests", "semantic_models", "saved_queries", "functions"] {
        manifest.entry(section).or_insert_with(|| json!({}));
    }
}

fn node(node: &mut Map<String, Value>) {
    for (old, new) in [("raw_sql", "raw_code"), ("compiled_sql", "compiled_code")] {
        if let Some(code) = node.remove(old) {
            node.insert(new.to_owned(), code);
        }
    }
    if let Some(refs) = node.get_mut("refs").and_then(Value::as_array_mut) {
        for call in refs {
            // dbt: before 1.5 a reference was a list of one or two names.
            if let Some(names) = call.as_array() {
                let package = (names.len() > 1).then(|| names[0].clone());
                let name = names.last().cloned();
                *call = json!({"package": package, "name": name, "version": null});
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_references_of_old() {
        let mut old = json!({
            "nodes": {"model.a.b": {"raw_sql": "select 1", "refs": [["x"], ["p", "y"]]}},
            "metrics": {"metric.a.m": {}},
            "disabled": {"metric.a.n": [{"resource_type": "metric"}]},
        });
        manifest(&mut old, 4);
        let node = &old["nodes"]["model.a.b"];
        assert_eq!(node["raw_code"], "select 1");
        assert_eq!(node["refs"][1], json!({"package": "p", "name": "y", "version": null}));
        assert_eq!(old["metrics"], json!({}));
        assert_eq!(old["disabled"]["metric.a.n"], json!([]));
        assert_eq!(old["groups"], json!({}));
    }
}
