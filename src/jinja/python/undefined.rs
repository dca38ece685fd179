//! Undefined while dbt parses: everything can be read from it and it can be called.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

/// What stands for an unknown name while dbt parses a project.
pub struct ParseUndefined {
    name: String,
}

impl ParseUndefined {
    /// The undefined value of a name.
    pub fn value(name: &str) -> Value {
        Value::from_object(Self { name: name.to_owned() })
    }
}

/// Whether a value is undefined, in either way.
pub fn is_undefined(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<ParseUndefined>().is_some()
}

/// The name of an undefined value, where it is known.
pub(super) fn name_of(value: &Value) -> Option<String> {
    value.downcast_object_ref::<ParseUndefined>().map(|undefined| undefined.name.clone())
}

impl fmt::Debug for ParseUndefined {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Object for ParseUndefined {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Self::value(key.as_str().unwrap_or(&self.name)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(Value::from_dyn_object(Arc::clone(self)))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        Ok(Self::value(method))
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
