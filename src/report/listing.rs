//! The lines of `ls`.

use serde_json::{Map, Value};

/// How `ls` names a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListFormat {
    /// The words that select it.
    #[default]
    Selector,
    /// Its name.
    Name,
    /// Its file.
    Path,
    /// Its fields as a JSON line.
    Json,
}

/// What `ls` needs of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its type.
    pub resource_type: String,
    /// Its package.
    pub package: String,
    /// Its name; for a source table the table's.
    pub name: String,
    /// For a source table the source's name.
    pub source_name: Option<String>,
    /// The version of a model.
    pub version: Option<String>,
    /// Its fully qualified name.
    pub fqn: Vec<String>,
    /// Its file.
    pub original_file_path: String,
    /// Its fields as in the manifest.
    pub fields: Map<String, Value>,
}

/// The fields of a JSON line where none are named.
const FIELDS: [&str; 11] = [
    "alias",
    "name",
    "package_name",
    "depends_on",
    "tags",
    "config",
    "resource_type",
    "source_name",
    "original_file_path",
    "unique_id",
    "direct_parents",
];

/// The line for a node; `keys` are the fields of a JSON line (`--output-keys`), dotted ones reach inside.
pub fn line(node: &Listed, format: ListFormat, keys: &[String]) -> String {
    match format {
        ListFormat::Selector => selector(node),
        ListFormat::Name => match &node.source_name {
            Some(source) => format!("{source}.{}", node.name),
            None => versioned_name(node),
        },
        ListFormat::Path => node.original_file_path.clone(),
        ListFormat::Json => spaced(&Value::Object(fields(node, keys))),
    }
}

/// dbt: with a blank behind each comma and colon, as scripts that look for `"name": "x"` have it.
fn spaced(value: &Value) -> String {
    let mut line = String::new();
    write_spaced(value, &mut line);
    line
}

fn write_spaced(value: &Value, line: &mut String) {
    match value {
        Value::Array(values) => {
            line.push('[');
            for (position, value) in values.iter().enumerate() {
                line.push_str(if position == 0 { "" } else { ", " });
                write_spaced(value, line);
            }
            line.push(']');
        }
        Value::Object(entries) => {
            line.push('{');
            for (position, (key, value)) in entries.iter().enumerate() {
                line.push_str(if position == 0 { "" } else { ", " });
                line.push_str(&Value::from(key.as_str()).to_string());
                line.push_str(": ");
                write_spaced(value, line);
            }
            line.push('}');
        }
        plain => line.push_str(&plain.to_string()),
    }
}

fn selector(node: &Listed) -> String {
    let kind = node.resource_type.as_str();
    match kind {
        "source" => {
            format!("source:{}.{}.{}", node.package, node.source_name.as_deref().unwrap_or_default(), node.name)
        }
        "exposure" | "metric" | "saved_query" | "semantic_model" => format!("{kind}:{}.{}", node.package, node.name),
        "unit_test" => format!("unit_test:{}.{}", node.package, versioned_name(node)),
        _ => node.fqn.join("."),
    }
}

fn versioned_name(node: &Listed) -> String {
    match &node.version {
        Some(version) if node.resource_type == "unit_test" => format!("{}_v{version}", node.name),
        Some(version) => format!("{}.v{version}", node.name),
        None => node.name.clone(),
    }
}

fn fields(node: &Listed, keys: &[String]) -> Map<String, Value> {
    let mut line = Map::new();
    if keys.is_empty() {
        for (key, value) in &node.fields {
            if FIELDS.contains(&key.as_str()) {
                line.insert(key.clone(), value.clone());
            }
        }
        return line;
    }
    for key in keys {
        let mut steps = key.split('.');
        let first = steps.next().and_then(|step| node.fields.get(step));
        if let Some(value) = steps.try_fold(first, |value, step| value.map(|value| value.get(step))).flatten() {
            line.insert(key.clone(), value.clone());
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn model() -> Listed {
        let fields = json!({"name": "a", "config": {"materialized": "view"}, "checksum": {}});
        Listed {
            resource_type: "model".into(),
            package: "shop".into(),
            name: "a".into(),
            source_name: None,
            version: None,
            fqn: vec!["shop".into(), "marts".into(), "a".into()],
            original_file_path: "models/marts/a.sql".into(),
            fields: fields.as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn each_format() {
        assert_eq!(line(&model(), ListFormat::Selector, &[]), "shop.marts.a");
        assert_eq!(line(&model(), ListFormat::Name, &[]), "a");
        assert_eq!(line(&model(), ListFormat::Path, &[]), "models/marts/a.sql");
        assert_eq!(line(&model(), ListFormat::Json, &[]), r#"{"name": "a", "config": {"materialized": "view"}}"#);
        let keys = ["config.materialized".to_owned(), "nothing".to_owned()];
        assert_eq!(line(&model(), ListFormat::Json, &keys), r#"{"config.materialized": "view"}"#);
    }
}
