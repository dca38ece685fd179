//! `Column` in templates.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::Arguments;

/// A column of a relation and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnValue {
    /// Name.
    pub name: String,
    /// Type without its sizes.
    pub dtype: String,
    /// Letters at most.
    pub char_size: Option<i64>,
    /// Digits.
    pub precision: Option<i64>,
    /// Digits after the point.
    pub scale: Option<i64>,
}

impl ColumnValue {
    fn is_string(&self) -> bool {
        let lowered = self.dtype.to_lowercase();
        ["text", "character varying", "character", "varchar", "string", "char", "bpchar", "nvarchar"]
            .contains(&lowered.split('(').next().unwrap_or(""))
    }

    fn is_integer(&self) -> bool {
        [
            "smallint",
            "integer",
            "bigint",
            "smallserial",
            "serial",
            "bigserial",
            "int2",
            "int4",
            "int8",
            "int",
            "hugeint",
            "tinyint",
        ]
        .contains(&self.dtype.to_lowercase().as_str())
    }

    fn is_float(&self) -> bool {
        ["real", "float4", "float", "double precision", "float8", "double"]
            .contains(&self.dtype.to_lowercase().as_str())
    }

    fn is_numeric(&self) -> bool {
        let lowered = self.dtype.to_lowercase();
        lowered.starts_with("numeric") || lowered.starts_with("decimal")
    }

    fn string_size(&self) -> i64 {
        self.char_size.filter(|_| self.is_string()).unwrap_or(256)
    }

    fn data_type(&self) -> String {
        // dbt: a text without a length is `character varying(256)` in SQL; DuckDB holds longer ones all the same.
        if self.is_string() {
            return format!("character varying({})", self.string_size());
        }
        match (self.is_numeric() && !self.dtype.contains('('), self.precision, self.scale) {
            (true, Some(precision), Some(scale)) => format!("{}({precision},{scale})", self.dtype),
            _ => self.dtype.clone(),
        }
    }

    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }
}

fn optional(number: Option<i64>) -> Value {
    number.map_or_else(|| Value::from(()), Value::from)
}

impl Object for ColumnValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "name" | "column" => Value::from(self.name.as_str()),
            "dtype" => Value::from(self.dtype.as_str()),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            "quoted" => Value::from(format!("\"{}\"", self.name)),
            "char_size" => optional(self.char_size),
            "numeric_precision" => optional(self.precision),
            "numeric_scale" => optional(self.scale),
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "is_string" => Value::from(self.is_string()),
            "is_number" => Value::from(self.is_integer() || self.is_float() || self.is_numeric()),
            "is_integer" => Value::from(self.is_integer()),
            "is_float" => Value::from(self.is_float()),
            "is_numeric" => Value::from(self.is_numeric()),
            "string_size" => Value::from(self.string_size()),
            "can_expand_to" => {
                let other = given.required(0, "other_column")?;
                let other =
                    other.downcast_object_ref::<Self>().ok_or_else(|| Error::from(ErrorKind::InvalidOperation))?;
                Value::from(self.is_string() && other.is_string() && other.string_size() > self.string_size())
            }
            "literal" => Value::from(format!("{}::{}", given.required(0, "value")?, self.data_type())),
            "flatten" => crate::jinja::python::list(vec![Value::from_dyn_object(Arc::clone(self))]),
            _ => return class_method(method, &given),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<Column {} ({})>", self.name, self.data_type())
    }
}

/// Methods of the class: they work on any column, and on `api.Column` itself.
fn class_method(method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
    Ok(match method {
        "create" => {
            let name = given.text(0, "name")?;
            let dtype = given.text(1, "label_or_dtype")?;
            ColumnValue { name, dtype: translate_type(&dtype), char_size: None, precision: None, scale: None }
                .into_value()
        }
        "translate_type" => Value::from(translate_type(&given.text(0, "dtype")?)),
        "string_type" => match given.optional_integer(0, "size")? {
            Some(size) => Value::from(format!("character varying({size})")),
            None => Value::from("character varying"),
        },
        "numeric_type" => {
            let dtype = given.text(0, "dtype")?;
            match (given.optional_integer(1, "precision")?, given.optional_integer(2, "scale")?) {
                (Some(precision), Some(scale)) => Value::from(format!("{dtype}({precision},{scale})")),
                _ => Value::from(dtype),
            }
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// dbt: of the generic type names only `string` is called otherwise.
pub fn translate_type(dtype: &str) -> String {
    if dtype.eq_ignore_ascii_case("string") { "TEXT".to_owned() } else { dtype.to_owned() }
}

/// `api.Column`.
#[derive(Debug)]
pub struct ColumnClass;

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new("Column", arguments);
        Ok(ColumnValue {
            name: given.text(0, "column")?,
            dtype: given.text(1, "dtype")?,
            char_size: given.optional_integer(2, "char_size")?,
            precision: given.optional_integer(3, "numeric_precision")?,
            scale: given.optional_integer(4, "numeric_scale")?,
        }
        .into_value())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        class_method(method, &Arguments::new(method, arguments))
    }
}
