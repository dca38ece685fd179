//! An index that a model asks for in its configuration.

use std::fmt;
use std::sync::Arc;

use md5::{Digest, Md5};
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::{Arguments, fail, python};

/// Columns and whether their values are unique.
#[derive(Debug)]
struct Index {
    columns: Vec<String>,
    unique: bool,
}

/// Reads an entry of `indexes:`; nothing where there is none.
///
/// # Errors
/// The entry is no mapping with a list of columns.
pub fn parse(raw: &Value) -> Result<Value, Error> {
    if raw.is_none() || raw.is_undefined() {
        return Ok(Value::from(()));
    }
    let mut index = Index { columns: Vec::new(), unique: false };
    for (key, value) in python::pairs(raw)? {
        match key.as_str() {
            Some("columns") => index.columns = python::iterate(&value)?.iter().map(ToString::to_string).collect(),
            Some("unique") if matches!(value.kind(), minijinja::value::ValueKind::Bool) => {
                index.unique = value.is_true()
            }
            Some("unique") => return Err(fail("Could not parse index config: `unique` must be true or false")),
            Some("type") => {}
            other => return Err(fail(format!("Could not parse index config: unknown key `{}`", other.unwrap_or("?")))),
        }
    }
    if index.columns.is_empty() {
        return Err(fail("Could not parse index config: it needs a list of `columns`"));
    }
    Ok(Value::from_object(index))
}

impl Object for Index {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "columns" => Some(python::list(self.columns.iter().map(|name| Value::from(name.as_str())).collect())),
            "unique" => Some(Value::from(self.unique)),
            _ => None,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            // dbt: the name is a hash of relation, columns and moment, so that two builds never share one.
            "render" => {
                let relation = Arguments::new(method, arguments).required(0, "relation")?;
                let text =
                    format!("{}|{}|{}|{:?}", self.columns.join("|"), relation, self.unique, std::time::Instant::now());
                let digest: String = format!("{:x}", Md5::digest(text.as_bytes()));
                Ok(Value::from(format!("__dbt_index_{digest}")))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "index on {}", self.columns.join(", "))
    }
}
