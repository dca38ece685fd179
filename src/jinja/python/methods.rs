//! Puts Python's behaviour into an engine: printing, methods of plain values, operators, filters, functions.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;
use crate::jinja::run::Run;

use super::collections::{iterate, list, mapping_method, pairs, sequence_method};
use super::text::{described, is_plain_sequence, real, to_str, type_name};
use super::undefined::{ParseUndefined, is_undefined};
use super::{filters, globals, strings};

/// Adds everything to an environment.
pub fn install(environment: &mut Environment<'static>) {
    environment.set_formatter(|out, _, value| {
        match value.as_str() {
            Some(text) if value.kind() == ValueKind::String => out.write_str(text)?,
            _ => out.write_str(&to_str(value))?,
        }
        Ok(())
    });
    environment.set_unknown_method_callback(method);
    filters::install(environment);
    globals::install(environment);
}

/// A method that the value's own type does not know.
fn method(state: &mut State<'_, '_>, value: &Value, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let found = match value.kind() {
        ValueKind::String => strings::method(state, value.as_str().unwrap_or_default(), name, arguments),
        ValueKind::Number => number_method(value, name),
        ValueKind::Bytes if name == "decode" => {
            Ok(Value::from(String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned()))
        }
        ValueKind::Bytes if name == "hex" => Ok(Value::from(
            value.as_bytes().unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        )),
        ValueKind::Map
            if value.is_kwargs() || value.downcast_object_ref::<indexmap::IndexMap<Value, Value>>().is_some() =>
        {
            mapping_method(&pairs(value)?, name, &Arguments::new(name, arguments))
        }
        ValueKind::Seq | ValueKind::Iterable
            if (value.is_tuple() || is_plain_sequence(value)) && matches!(name, "index" | "count") =>
        {
            let kind = if value.is_tuple() { "tuple" } else { "list" };
            sequence_method(&iterate(value)?, kind, name, &Arguments::new(name, arguments))
        }
        ValueKind::Seq | ValueKind::Iterable if is_plain_sequence(value) && name == "copy" => Ok(list(iterate(value)?)),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    };
    match found {
        Err(error) if error.kind() == ErrorKind::UnknownMethod => unknown(state, value, name),
        found => found,
    }
}

fn unknown(state: &State<'_, '_>, value: &Value, name: &str) -> Result<Value, Error> {
    let stored = value.as_object().and_then(|object| object.get_value(&Value::from(name)));
    if stored.is_some_and(|stored| !stored.is_undefined()) {
        // The engine calls what is stored under this name.
        return Err(Error::from(ErrorKind::UnknownMethod));
    }
    if Run::of(state).is_some_and(|run| run.scope.lenient()) {
        return Ok(ParseUndefined::value(name));
    }
    if is_undefined(value) {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    Err(fail(format!("'{}' has no attribute '{name}'", described(value))))
}

fn number_method(value: &Value, name: &str) -> Result<Value, Error> {
    Ok(match name {
        "is_integer" => Value::from(value.is_integer() || real(value).is_some_and(|number| number.fract() == 0.0)),
        "bit_length" => match i64::try_from(value.clone()) {
            Ok(number) => Value::from(64 - number.unsigned_abs().leading_zeros()),
            Err(_) => return Err(Error::from(ErrorKind::UnknownMethod)),
        },
        "conjugate" => value.clone(),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// Whether a value can be called.
pub(super) fn is_callable(value: &Value) -> bool {
    value.downcast_object_ref::<crate::jinja::MacroValue>().is_some()
        || value.downcast_object_ref::<super::Function>().is_some()
        || value.downcast_object_ref::<super::BoundMethod>().is_some()
        || super::datetime::is_class(value)
        || (value.kind() == ValueKind::Plain
            && value.as_object().is_some_and(|object| object.to_string().starts_with("<function")))
        || (type_name(value) == "object" && value.to_string().starts_with("<macro"))
}
