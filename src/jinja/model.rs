//! `model` in templates: the node of the manifest as dbt gives it to macros.

use serde_json::{Map, Value};

use crate::adapter::{Column, Dialect};

/// What is free data: nothing is taken out of it.
const FREE: [&str; 4] = ["meta", "unrendered_config", "kwargs", "vars"];

/// The node without what is not set, its column types in the warehouse's own names.
///
/// dbt: macros ask `is defined` for keys without a value, so those are left out; types are translated where the
/// contract says so, which is its default.
pub(super) fn of_template(node: &Map<String, Value>, dialect: &'static Dialect) -> Value {
    let mut model = without_nulls(node);
    let translated = node.get("contract").is_some_and(|contract| contract["alias_types"] == true);
    if let (true, Some(Value::Object(columns))) = (translated, model.get_mut("columns")) {
        for column in columns.values_mut() {
            if let Some(Value::String(kind)) = column.get_mut("data_type") {
                *kind = Column::translate_type(dialect, kind);
            }
        }
    }
    Value::Object(model)
}

fn without_nulls(map: &Map<String, Value>) -> Map<String, Value> {
    let kept = map.iter().filter(|(_, value)| !value.is_null());
    kept.map(|(key, value)| (key.clone(), if FREE.contains(&key.as_str()) { value.clone() } else { inner(value) }))
        .collect()
}

fn inner(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(without_nulls(map)),
        Value::Array(items) => Value::Array(items.iter().map(inner).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_without_a_value_is_left() {
        let node = json!({"group": null, "meta": {"a": null}, "contract": {"alias_types": true, "checksum": null},
            "columns": {"c": {"data_type": "string", "quote": null}}});
        let expected =
            json!({"meta": {"a": null}, "contract": {"alias_types": true}, "columns": {"c": {"data_type": "TEXT"}}});
        assert_eq!(of_template(node.as_object().unwrap(), &Dialect::DUCKDB), expected);
    }
}
