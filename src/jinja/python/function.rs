//! Functions of ours as values.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};

/// The signature of all of them.
pub type Native = fn(&mut State<'_, '_>, &[Value]) -> Result<Value, Error>;

/// A function.
pub struct Function {
    name: &'static str,
    native: Native,
}

impl Function {
    /// The value of a function.
    pub fn value(name: &'static str, native: Native) -> Value {
        Value::from_object(Self { name, native })
    }
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

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        (self.native)(state, arguments)
    }
}

/// A namespace of functions and constants: `modules.re`.
pub struct Module {
    name: &'static str,
    member: fn(&str) -> Option<Value>,
    names: &'static [&'static str],
}

impl Module {
    /// The value of a module.
    pub fn value(name: &'static str, member: fn(&str) -> Option<Value>, names: &'static [&'static str]) -> Value {
        Value::from_object(Self { name, member, names })
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<module '{}'>", self.name)
    }
}

impl Object for Module {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (self.member)(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Str(self.names)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

/// A method taken from its object without being called: `'a'.upper` as a value.
pub struct BoundMethod {
    /// The object.
    pub object: Value,
    /// The name of the method.
    pub method: String,
}

impl fmt::Debug for BoundMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<built-in method {} of {} object>", self.method, super::type_name(&self.object))
    }
}

impl Object for BoundMethod {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.object.call_method(state, &self.method, arguments)
    }
}
