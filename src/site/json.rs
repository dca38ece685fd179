//! Short ways into JSON that another program may have written: what is missing or of another type is absent.

use serde_json::{Map, Value};

/// The text of a key, if it is one and not empty.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// The texts of a list.
pub(super) fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    list(value, key).iter().filter_map(Value::as_str).collect()
}

/// The items of a list.
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a mapping.
pub(super) fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// A mapping, if it has entries.
pub(super) fn mapping<'a>(value: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    value.get(key)?.as_object().filter(|map| !map.is_empty())
}

/// A value that says something: not null, false, or empty.
pub(super) fn telling<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|value| is_telling(value))
}

/// Whether a value is not null, false, or empty.
pub(super) fn is_telling(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => map.values().any(is_telling),
        Value::Bool(true) | Value::Number(_) => true,
    }
}
