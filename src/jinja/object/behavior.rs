//! `adapter.behavior`: the adapter's behaviour flags.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use serde_json::{Map, Value as Json};

/// The flags of all adapters, with their defaults. dbt: `DEFAULT_BASE_BEHAVIOR_FLAGS` and those of dbt-snowflake.
const KNOWN: [(&str, bool); 3] = [
    ("require_batched_execution_for_custom_microbatch_strategy", false),
    ("enable_truthy_nulls_equals_macro", false),
    ("snowflake_default_transient_dynamic_tables", false),
];

/// `adapter.behavior`.
pub struct BehaviorValue(Vec<(&'static str, bool)>);

impl BehaviorValue {
    /// The flags as the project sets them.
    pub fn new(flags: &Map<String, Json>) -> Self {
        let set = |name: &str| flags.get(name).or_else(|| flags.get(&name.to_uppercase())).and_then(Json::as_bool);
        Self(KNOWN.iter().map(|(name, default)| (*name, set(name).unwrap_or(*default))).collect())
    }
}

impl fmt::Debug for BehaviorValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<behavior flags>")
    }
}

impl Object for BehaviorValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (_, setting) = self.0.iter().find(|(name, _)| Some(*name) == key.as_str())?;
        Some(Value::from_object(Flag(*setting)))
    }
}

/// One flag: true or false by itself, and by `.setting` or `.no_warn`.
struct Flag(bool);

impl fmt::Debug for Flag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", if self.0 { "True" } else { "False" })
    }
}

impl Object for Flag {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        matches!(key.as_str()?, "setting" | "no_warn").then(|| Value::from(self.0))
    }
}
