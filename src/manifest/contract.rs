//! Contracts: constraints in one shape, and the checksum by which a change of a contract is noticed.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Column;

/// A constraint with every key that manifest v12 knows.
pub fn constraint(written: &Value, of_model: bool) -> Value {
    let written = written.as_object().cloned().unwrap_or_default();
    let get = |key: &str, default: Value| written.get(key).filter(|value| !value.is_null()).cloned().unwrap_or(default);
    let mut full = json!({
        "type": get("type", Value::Null), "name": get("name", Value::Null),
        "expression": get("expression", Value::Null), "warn_unenforced": get("warn_unenforced", json!(true)),
        "warn_unsupported": get("warn_unsupported", json!(true)), "to": get("to", Value::Null),
        "to_columns": get("to_columns", json!([])),
    });
    if of_model {
        full["columns"] = get("columns", json!([]));
    }
    full
}

/// The checksum of an enforced contract: columns with types and constraints, and where the warehouse enforces them
/// the materialization and the model's own constraints.
///
/// dbt: `build_contract_checksum`, which hashes Python's notation of these objects.
pub fn checksum<'c>(columns: impl Iterator<Item = &'c Column>, constraints: &[Value], materialized: &str) -> String {
    let mut columns: Vec<&Column> = columns.collect();
    columns.sort_by(|left, right| left.name.cmp(&right.name));
    let mut text = String::new();
    for column in columns {
        text += &format!("|{}", column.name);
        text += column.data_type.as_deref().unwrap_or("None");
        text += &listed(&column.constraints, false);
    }
    if enforces(materialized) {
        text += materialized;
        text += &listed(constraints, true);
    }
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// Whether the warehouse enforces constraints of such a model. dbt: only tables have constraints.
pub fn enforces(materialized: &str) -> bool {
    matches!(materialized, "table" | "incremental")
}

fn listed(constraints: &[Value], of_model: bool) -> String {
    let parts: Vec<String> =
        constraints.iter().map(|written| notation(&constraint(written, of_model), of_model)).collect();
    format!("[{}]", parts.join(", "))
}

/// Python's notation of a constraint.
fn notation(constraint: &Value, of_model: bool) -> String {
    let empty = Map::new();
    let map = constraint.as_object().unwrap_or(&empty);
    let parts: Vec<String> = map
        .iter()
        .map(|(key, value)| match (key.as_str(), value.as_str()) {
            ("type", Some(kind)) => format!("type=<ConstraintType.{kind}: '{kind}'>"),
            _ => format!("{key}={}", python(value)),
        })
        .collect();
    format!("{}({})", if of_model { "ModelLevelConstraint" } else { "ColumnLevelConstraint" }, parts.join(", "))
}

fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => {
            let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
            let mut escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
            if quote == '\'' {
                escaped = escaped.replace('\'', "\\'");
            }
            format!("{quote}{escaped}{quote}")
        }
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_is_pythons() {
        let column = Column {
            name: "id".to_owned(),
            data_type: Some("integer".to_owned()),
            constraints: vec![json!({"type": "not_null"}), json!({"type": "check", "expression": "id > '0'"})],
            ..Column::default()
        };
        assert_eq!(
            listed(&column.constraints[..1], false),
            "[ColumnLevelConstraint(type=<ConstraintType.not_null: 'not_null'>, name=None, expression=None, \
             warn_unenforced=True, warn_unsupported=True, to=None, to_columns=[])]"
        );
        let view = checksum([&column].into_iter(), &[], "view");
        assert_ne!(view, checksum([&column].into_iter(), &[], "table"));
        assert_eq!(view.len(), 64);
    }
}
