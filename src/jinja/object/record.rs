//! Objects that have parts as attributes and `to_dict()`: results at the end of a run, and the runtime configuration.

use std::fmt;
use std::sync::Arc;

use chrono::DateTime;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};
use serde_json::Value as Json;

use crate::jinja::python;

/// A result, its node, one of its phases, or the runtime configuration: the parts are attributes, and `to_dict()` gives
/// them all.
#[derive(Debug)]
pub struct RecordValue {
    parts: Value,
    /// The node, the phases with their moments and the variables as objects of their own; in `to_dict()` they are
    /// dictionaries and texts.
    objects: Vec<(&'static str, Value)>,
}

impl RecordValue {
    /// The value of what is written as an object of JSON.
    pub fn value(parts: &Json) -> Value {
        let mut objects = Vec::new();
        if let Some(phases) = parts.get("timing").and_then(Json::as_array) {
            objects.push(("timing", python::list(phases.iter().map(Self::phase).collect())));
        }
        for name in ["node", "vars"] {
            if let Some(inner) = parts.get(name).filter(|inner| inner.is_object()) {
                objects.push((name, Self::with(inner, Vec::new())));
            }
        }
        Self::with(parts, objects)
    }

    /// A phase of a result. dbt: its moments have no zone, which is UTC.
    fn phase(parts: &Json) -> Value {
        let moment = |name: &'static str| {
            let moment = DateTime::parse_from_rfc3339(parts.get(name)?.as_str()?).ok()?;
            Some((name, python::datetime_value(moment.naive_utc(), None)))
        };
        Self::with(parts, ["started_at", "completed_at"].into_iter().filter_map(moment).collect())
    }

    fn with(parts: &Json, objects: Vec<(&'static str, Value)>) -> Value {
        Value::from_object(Self { parts: python::value_from_json(parts), objects })
    }
}

impl Object for RecordValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some((_, object)) = self.objects.iter().find(|(name, _)| key.as_str() == Some(name)) {
            return Some(object.clone());
        }
        self.parts.get_item(key).ok().filter(|found| !found.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.parts.try_iter().into_iter().flatten().collect())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(self.parts.clone()),
            _ => self.parts.call_method(state, method, arguments),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&python::to_str(&self.parts))
    }
}
