//! A node's configuration: dbt's open dictionary with its merge rules.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::ResourceType;

/// How a more specific value meets a less specific one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The more specific value stands.
    Clobber,
    /// The lists are joined, the less specific first.
    Append,
    /// The mappings are joined, the more specific value of a key stands.
    Update,
    /// As [`Merge::Update`], and a key that starts with `+` extends the list of the less specific one.
    Grants,
}

/// The rule of a key. dbt: `MergeBehavior` of each config field.
pub fn merge_mode(key: &str) -> Merge {
    match key {
        "tags" | "pre-hook" | "post-hook" | "packages" => Merge::Append,
        "meta"
        | "docs"
        | "contract"
        | "quoting"
        | "column_types"
        | "snapshot_meta_column_names"
        | "latest_version_pointer" => Merge::Update,
        "grants" => Merge::Grants,
        _ => Merge::Clobber,
    }
}

/// The configuration of a node; keys keep the order in which they came.
///
/// The defaults of a kind are there once for all nodes, and a node holds what differs. A copy shares that, too, until
/// one of both changes.
#[derive(Debug, Clone, Default)]
pub struct Config {
    defaults: &'static [(String, Value)],
    own: Arc<Vec<(String, Value)>>,
}

impl Config {
    /// An empty configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// The defaults of a kind, in the order in which dbt writes them.
    pub fn defaults(kind: ResourceType) -> Self {
        static MADE: [OnceLock<Vec<(String, Value)>>; ResourceType::ALL.len()] =
            [const { OnceLock::new() }; ResourceType::ALL.len()];
        let defaults = MADE[kind as usize].get_or_init(|| Self::new_defaults(kind).into_iter().collect());
        Self { defaults, own: Arc::default() }
    }

    fn new_defaults(kind: ResourceType) -> Map<String, Value> {
        let value = match kind {
            ResourceType::Source => json!({
                "enabled": true, "event_time": null,
                "freshness": {
                    "warn_after": {"count": null, "period": null}, "error_after": {"count": null, "period": null},
                    "filter": null,
                },
                "loaded_at_field": null,
                "loaded_at_query": null, "meta": {}, "tags": [], "static_analysis": null,
            }),
            ResourceType::Exposure => json!({"enabled": true, "tags": [], "meta": {}}),
            ResourceType::Metric | ResourceType::SemanticModel => json!({"enabled": true, "group": null, "meta": {}}),
            ResourceType::SavedQuery => json!({
                "enabled": true, "group": null, "meta": {}, "export_as": null, "schema": null,
                "cache": {"enabled": false},
            }),
            ResourceType::UnitTest => json!({"tags": [], "meta": {}, "enabled": true, "static_analysis": null}),
            ResourceType::Test => json!({
                "enabled": true, "alias": null, "schema": "dbt_test__audit", "database": null, "tags": [], "meta": {},
                "group": null, "static_analysis": null, "materialized": "test", "severity": "ERROR",
                "store_failures": null, "store_failures_as": null, "sql_header": null, "where": null, "limit": null,
                "fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "!= 0",
            }),
            _ => json!({
                "enabled": true, "alias": null, "schema": null, "database": null, "tags": [], "meta": {},
                "group": null, "static_analysis": null, "materialized": "view", "incremental_strategy": null,
                "batch_size": null, "lookback": 1, "begin": null, "persist_docs": {}, "post-hook": [],
                "pre-hook": [], "quoting": {}, "column_types": {}, "full_refresh": null, "unique_key": null,
                "on_schema_change": "ignore", "on_configuration_change": "apply", "grants": {}, "packages": [],
                "docs": {"show": true, "node_color": null},
                "contract": {"enforced": false, "alias_types": true}, "event_time": null,
                "concurrent_batches": null,
            }),
        };
        let mut config = match value {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let further = match kind {
            ResourceType::Model => json!({
                "access": "protected", "freshness": null, "on_error": null,
                "latest_version_pointer": {"enabled": null, "alias": null},
            }),
            ResourceType::Function => json!({
                "materialized": "function", "type": "scalar", "volatility": null, "runtime_version": null,
                "entry_point": null, "snowflake": {"quote_args": true},
            }),
            ResourceType::Seed => json!({"materialized": "seed", "delimiter": ",", "quote_columns": null}),
            ResourceType::Snapshot => json!({
                "materialized": "snapshot", "strategy": null, "target_schema": null, "target_database": null,
                "updated_at": null, "check_cols": null,
                "snapshot_meta_column_names": {"dbt_valid_to": null, "dbt_valid_from": null, "dbt_scd_id": null,
                    "dbt_updated_at": null, "dbt_is_deleted": null},
                "dbt_valid_to_current": null,
            }),
            _ => json!({}),
        };
        if let Value::Object(map) = further {
            config.extend(map);
        }
        config
    }

    /// Adds a more specific layer by the rule of each key.
    pub fn merge(&mut self, layer: &Map<String, Value>) {
        if layer.is_empty() {
            return;
        }
        for (key, value) in layer {
            let key = canonical_key(key);
            let value = canonical_value(key, value);
            let previous = self.get(key).cloned().filter(|previous| !previous.is_null());
            let merged = match (merge_mode(key), previous) {
                (_, None) | (Merge::Clobber, _) => strip_grant_marks(key, value),
                (Merge::Append, Some(previous)) => {
                    let mut list = as_list(previous);
                    list.extend(as_list(value));
                    Value::Array(list)
                }
                (Merge::Update, Some(Value::Object(mut previous))) => {
                    if let Value::Object(map) = value {
                        previous.extend(map);
                    }
                    Value::Object(previous)
                }
                (Merge::Grants, Some(Value::Object(mut previous))) => {
                    if let Value::Object(map) = value {
                        for (privilege, grantees) in map {
                            match privilege.strip_prefix('+') {
                                Some(privilege) => {
                                    let mut list = previous.get(privilege).cloned().map(as_list).unwrap_or_default();
                                    list.extend(as_list(grantees));
                                    previous.insert(privilege.to_owned(), Value::Array(list));
                                }
                                None => {
                                    previous.insert(privilege, Value::Array(as_list(grantees)));
                                }
                            }
                        }
                    }
                    Value::Object(previous)
                }
                (_, Some(_)) => value,
            };
            self.set(key, merged);
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let key = canonical_key(key);
        find(&self.own, key).or_else(|| find(self.defaults, key))
    }

    /// Sets a key.
    pub fn set(&mut self, key: &str, value: Value) {
        let own = Arc::make_mut(&mut self.own);
        match own.iter_mut().find(|(other, _)| other == key) {
            Some((_, previous)) => *previous = value,
            None => own.push((key.to_owned(), value)),
        }
    }

    /// A text value.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// A truth value; `none` where it is not set.
    pub fn bool(&self, key: &str) -> Option<bool> {
        truth(self.get(key)?)
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.get(key)
            .map(|value| as_list(value.clone()))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(text),
                Value::Null => None,
                other => Some(other.to_string()),
            })
            .collect()
    }

    /// Whether the node is part of the project.
    pub fn enabled(&self) -> bool {
        self.bool("enabled").unwrap_or(true)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let defaults = self.defaults.iter().map(|(key, value)| (key.as_str(), find(&self.own, key).unwrap_or(value)));
        let own = self.own.iter().map(|(key, value)| (key.as_str(), value));
        defaults.chain(own.filter(|(key, _)| find(self.defaults, key).is_none()))
    }

    /// Keys and values as a mapping.
    pub fn to_map(&self) -> Map<String, Value> {
        self.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }
}

/// The value of a key among few.
fn find<'a>(pairs: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    pairs.iter().find(|(other, _)| other == key).map(|(_, value)| value)
}

/// A truth value, or the text of one.
pub fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// dbt: hooks may be written with an underscore, data tests with their old names.
fn canonical_key(key: &str) -> &str {
    match key {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        _ => key,
    }
}

fn canonical_value(key: &str, value: &Value) -> Value {
    match key {
        "pre-hook" | "post-hook" => Value::Array(as_list(value.clone()).iter().map(hook).collect()),
        "tags" => Value::Array(as_list(value.clone())),
        // dbt: `latest_version_pointer: false` is short for its `enabled`.
        "latest_version_pointer" if value.is_boolean() => json!({"enabled": value}),
        _ => value.clone(),
    }
}

/// A hook as a mapping of SQL and whether it runs inside the node's transaction.
///
/// dbt: `before_begin()` and `after_commit()` print such a mapping as JSON text.
fn hook(value: &Value) -> Value {
    let parsed = match value {
        Value::String(text) => serde_json::from_str::<Value>(text).ok().filter(Value::is_object),
        Value::Object(_) => Some(value.clone()),
        _ => None,
    };
    let (sql, transaction) = match &parsed {
        Some(map) => (
            map.get("sql").cloned().unwrap_or(Value::Null),
            map.get("transaction").and_then(Value::as_bool).unwrap_or(true),
        ),
        None => (value.clone(), true),
    };
    json!({"sql": sql, "transaction": transaction, "index": null})
}

fn strip_grant_marks(key: &str, value: Value) -> Value {
    match value {
        Value::Object(map) if key == "grants" => Value::Object(
            map.into_iter()
                .map(|(privilege, grantees)| {
                    (privilege.trim_start_matches('+').to_owned(), Value::Array(as_list(grantees)))
                })
                .collect(),
        ),
        other => other,
    }
}

fn as_list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn layers_merge_by_key() {
        let mut config = Config::defaults(ResourceType::Model);
        config.merge(&map(json!({"tags": "a", "meta": {"x": 1}, "post_hook": "select 1", "grants": {"select": "u"},
            "docs": {"show": false}})));
        config.merge(&map(json!({"tags": ["b", "a"], "meta": {"y": 2}, "materialized": "table",
            "post-hook": ["select 2"], "grants": {"+select": ["v"]}, "docs": {"node_color": "red"}})));
        assert_eq!(config.get("docs"), Some(&json!({"show": false, "node_color": "red"})));
        assert_eq!(config.texts("tags"), ["a", "b", "a"]);
        assert_eq!(config.get("meta"), Some(&json!({"x": 1, "y": 2})));
        assert_eq!(config.get("grants"), Some(&json!({"select": ["u", "v"]})));
        assert_eq!(config.get("post_hook").unwrap().as_array().unwrap().len(), 2);
        assert_eq!(config.text("materialized"), Some("table"));
    }
}
