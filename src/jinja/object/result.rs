//! What came of a node, as the hooks at the end of a run see it.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};
use serde_json::Value as Json;

use crate::jinja::python;

/// A result: its parts are attributes, and `to_dict()` gives them all.
#[derive(Debug)]
pub struct ResultValue(Value);

impl ResultValue {
    /// The value of a result that is written as an object of JSON.
    pub fn value(parts: &Json) -> Value {
        Value::from_object(Self(python::value_from_json(parts)))
    }
}

impl Object for ResultValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get_item(key).ok().filter(|found| !found.is_undefined())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.try_iter().into_iter().flatten().collect())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(self.0.clone()),
            _ => self.0.call_method(state, method, arguments),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&python::to_str(&self.0))
    }
}
