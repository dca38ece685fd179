//! The version of a model: a number or a text, as YAML and `ref()` give it.

use serde_json::Value;

/// The version as names and messages have it: `1`, `1.5`, `a`.
pub fn version_text(version: &Value) -> String {
    version.as_str().map_or_else(|| version.to_string(), str::to_owned)
}

/// Whether two versions are the same: the number 2 is 2.0, and not the text `2`.
pub fn is_same_version(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// Whether the first version comes before the second.
///
/// dbt: versions are compared as numbers where both are, as texts otherwise.
pub fn is_older_version(left: &Value, right: &Value) -> bool {
    let (left, right) = (version_text(left), version_text(right));
    match (left.trim().parse::<f64>(), right.trim().parse::<f64>()) {
        (Ok(left), Ok(right)) => left < right,
        _ => left < right,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_older_version(&json!(2), &json!(10)) && !is_older_version(&json!("a2"), &json!("a10")));
        assert!(is_same_version(&json!(2), &json!(2.0)) && !is_same_version(&json!(2), &json!("2")));
        assert_eq!(version_text(&json!(1.5)), "1.5");
    }
}
