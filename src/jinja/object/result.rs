//! What came of a node, as the hooks at the end of a run see it.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};
use serde_json::Value as Json;

use crate::jinja::python;

/// A result, or one of its phases: its parts are attributes, and `to_dict()` gives them all.
#[derive(Debug)]
pub struct ResultValue {
    parts: Value,
    /// The phases as objects of their own; in `to_dict()` they are dictionaries.
    timing: Option<Value>,
}

impl ResultValue {
    /// The value of a result that is written as an object of JSON.
    pub fn value(parts: &Json) -> Value {
        let timing = parts.get("timing").and_then(Json::as_array);
        let timing = timing.map(|phases| python::list(phases.iter().map(Self::value).collect()));
        Value::from_object(Self { parts: python::value_from_json(parts), timing })
    }
}

impl Object for ResultValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let (Some("timing"), Some(timing)) = (key.as_str(), &self.timing) {
            return Some(timing.clone());
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
