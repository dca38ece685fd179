//! A function of the context as a template value.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};

type Body = dyn Fn(&mut State<'_, '_>, &[Value]) -> Result<Value, Error> + Send + Sync;

struct Function {
    name: &'static str,
    body: Box<Body>,
    config: Option<Box<dyn Fn() -> Value + Send + Sync>>,
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<function {}>", self.name)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if key.as_str() == Some("config") { self.config.as_ref().map(|config| config()) } else { None }
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        (self.body)(state, arguments)
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<function {}>", self.name)
    }
}

/// A callable value.
pub fn function(
    name: &'static str,
    body: impl Fn(&mut State<'_, '_>, &[Value]) -> Result<Value, Error> + Send + Sync + 'static,
) -> Value {
    Value::from_object(Function { name, body: Box::new(body), config: None })
}

/// A callable value that also tells the configuration of the run, as dbt's `ref` and `source` do.
pub fn configured_function(
    name: &'static str,
    config: impl Fn() -> Value + Send + Sync + 'static,
    body: impl Fn(&mut State<'_, '_>, &[Value]) -> Result<Value, Error> + Send + Sync + 'static,
) -> Value {
    Value::from_object(Function { name, body: Box::new(body), config: Some(Box::new(config)) })
}
