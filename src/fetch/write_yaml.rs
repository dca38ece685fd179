//! Writes small YAML files as dbt does: keys sorted, two blanks a level, quotes only where they are needed.

use serde_json::Value;

use crate::project::{Content, Yaml};

/// The text of a document.
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            for (index, (key, value)) in pairs.into_iter().enumerate() {
                // The first key of a list's item stands behind its dash.
                if index > 0 || !text.ends_with("- ") {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str(&format!("{}:", scalar(&Value::String(key.clone()))));
                nested(value, indent, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&format!("{}- ", " ".repeat(indent)));
                match item {
                    Value::Object(map) if !map.is_empty() => block(item, indent + 2, text),
                    item => text.push_str(&format!("{}\n", scalar(item))),
                }
            }
        }
        value => text.push_str(&format!("{}\n", scalar(value))),
    }
}

fn nested(value: &Value, indent: usize, text: &mut String) {
    let is_empty = match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    if is_empty {
        text.push_str(&format!(" {}\n", scalar(value)));
    } else {
        text.push('\n');
        block(value, indent + 2, text);
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) if text.contains(['\n', '\t']) => value.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// Whether a text means itself without quotes.
fn is_plain(text: &str) -> bool {
    // A commit may be all digits, and too long for a number here; it is one in Python.
    let is_number = text.chars().all(|letter| letter.is_ascii_digit() || letter == '_');
    !is_number
        && !text.starts_with(['>', '|', '%', '@', '`', '&', '*', '!', '?'])
        && Yaml::parse_text("<text>", text)
            .is_ok_and(|yaml| matches!(yaml.content, Content::Text(read) if read == text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_quoted_where_they_would_mean_something_else() {
        let value = json!({"packages": [
            {"version": [">=1.0.0", "<2.0.0"], "package": "a/b"},
            {"git": "{{ env_var('X') }}", "revision": "1.0", "warn-unpinned": false},
        ], "sha1_hash": "12345678901234567890", "none": []});
        let expected = "\
none: []
packages:
  - package: a/b
    version:
      - '>=1.0.0'
      - <2.0.0
  - git: '{{ env_var(''X'') }}'
    revision: '1.0'
    warn-unpinned: false
sha1_hash: '12345678901234567890'
";
        assert_eq!(document(&value), expected);
    }
}
