//! `config.x.y:` a value of the final configuration.

use serde_json::Value;

use crate::manifest::Config;

/// Whether the value under the keys is, or contains, the wanted one; `literal` is that of a selector file, where it is
/// no text.
pub(super) fn fits(config: &Config, keys: &[String], wanted: &str, literal: Option<&Value>) -> bool {
    let Some((first, rest)) = keys.split_first() else { return false };
    let mut found = config.get(first);
    for key in rest {
        found = found.and_then(Value::as_object).and_then(|map| map.get(key));
    }
    let any_case = rest.is_empty() && first == "severity";
    let same = |value: &Value| is(value, wanted, any_case) || literal == Some(value);
    match found {
        Some(Value::Array(items)) => items.iter().any(same),
        Some(value) => same(value),
        None => false,
    }
}

/// dbt: only texts and truth values can be named on the command line; numbers, mappings and null never match.
fn is(value: &Value, wanted: &str, any_case: bool) -> bool {
    match value {
        Value::String(text) => text == wanted || (any_case && text.to_uppercase() == wanted.to_uppercase()),
        Value::Bool(value) => wanted.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::ResourceType;

    #[test]
    fn texts_lists_and_truth_values() {
        let mut config = Config::defaults(ResourceType::Test);
        let layer = json!({"tags": ["a", "b"], "meta": {"owner": {"team": "x"}, "pii": true}, "limit": 3});
        config.merge(layer.as_object().unwrap());
        let fits = |path: &str, wanted: &str| {
            let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
            super::fits(&config, &keys, wanted, None)
        };
        assert!(fits("materialized", "test") && !fits("materialized", "Test"));
        assert!(fits("severity", "error") && fits("tags", "b") && fits("meta.owner.team", "x"));
        assert!(fits("meta.pii", "TRUE") && fits("enabled", "true") && !fits("enabled", "false"));
        assert!(!fits("limit", "3") && !fits("meta.owner", "x") && !fits("nothing.such", "x"));
        assert!(!fits("meta.owner.team.x", "x"));
        assert!(super::fits(&config, &["limit".to_owned()], "3", Some(&json!(3))));
    }
}
