//! `Column` in templates.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::adapter::{self, Column, Dialect};
use crate::jinja::{Arguments, fail, python};

/// A column of a relation and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnValue(pub Column);

impl ColumnValue {
    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

fn optional(number: Option<u64>) -> Value {
    number.map_or_else(|| Value::from(()), Value::from)
}

impl Object for ColumnValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let column = &self.0;
        Some(match key.as_str()? {
            "name" | "column" => Value::from(column.name.as_str()),
            "dtype" => Value::from(column.dtype.as_str()),
            "data_type" => Value::from(column.data_type()),
            "expanded_data_type" => Value::from(column.expanded_data_type()),
            "quoted" => Value::from(column.quoted()),
            "char_size" => optional(column.char_size),
            "numeric_precision" => optional(column.numeric_precision),
            "numeric_scale" => optional(column.numeric_scale),
            "collation" => column.collation.as_deref().map_or_else(|| Value::from(()), Value::from),
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        let column = &self.0;
        let starts = |word: &str| Value::from(column.dtype.to_lowercase().starts_with(word));
        Ok(match method {
            "is_string" => Value::from(column.is_string()),
            "is_number" => Value::from(column.is_number()),
            "is_integer" => Value::from(column.is_integer()),
            "is_float" => Value::from(column.is_float()),
            "is_numeric" => Value::from(column.is_numeric()),
            "is_array" => starts("array"),
            "is_object" => starts("object"),
            "is_map" => starts("map"),
            "is_struct" => starts("struct"),
            "string_size" => Value::from(column.string_size().map_err(fail)?),
            "can_expand_to" => {
                let other = given.required(0, "other_column")?;
                let other =
                    other.downcast_object_ref::<Self>().ok_or_else(|| Error::from(ErrorKind::InvalidOperation))?;
                Value::from(column.can_expand_to(&other.0))
            }
            "literal" => Value::from(column.literal(&given.required(0, "value")?.to_string())),
            "flatten" => {
                python::list(adapter::flatten(column).into_iter().map(|leaf| Self(leaf).into_value()).collect())
            }
            _ => return class_method(column.dialect, method, &given),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.0;
        let size = |size: Option<u64>| size.map_or_else(|| "None".to_owned(), |size| size.to_string());
        let text = |text: &str| python::repr(&Value::from(text));
        // dbt: the columns of both adapters are dataclasses, each with a field of its own.
        let (class, own) = if column.dialect.collates {
            let collation = column.collation.as_deref().map_or_else(|| "None".to_owned(), text);
            ("SnowflakeColumn", format!("collation={collation}"))
        } else {
            ("DuckDBColumn", "fields=[]".to_owned())
        };
        write!(
            formatter,
            "{class}(column={}, dtype={}, char_size={}, numeric_precision={}, numeric_scale={}, {own})",
            text(&column.name),
            text(&column.dtype),
            size(column.char_size),
            size(column.numeric_precision),
            size(column.numeric_scale),
        )
    }
}

fn number(given: &Arguments<'_>, index: usize, name: &str) -> Result<Option<u64>, Error> {
    Ok(given.optional_integer(index, name)?.and_then(|number| u64::try_from(number).ok()))
}

/// Methods of the class: they work on any column, and on `api.Column` itself.
fn class_method(dialect: &'static Dialect, method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
    Ok(match method {
        "create" => {
            let column = Column::new(dialect, given.text(0, "name")?, &given.text(1, "label_or_dtype")?);
            ColumnValue(column).into_value()
        }
        "from_description" => {
            let (name, raw) = (given.text(0, "name")?, given.text(1, "raw_data_type")?);
            ColumnValue(Column::from_description(dialect, name, &raw).map_err(fail)?).into_value()
        }
        "translate_type" => Value::from(Column::translate_type(dialect, &given.text(0, "dtype")?)),
        "string_type" => Value::from(match number(given, 0, "size")? {
            Some(size) => Column::string_type(size),
            None => "character varying".to_owned(),
        }),
        "numeric_type" => {
            let (precision, scale) = (number(given, 1, "precision")?, number(given, 2, "scale")?);
            Value::from(Column::numeric_type(&given.text(0, "dtype")?, precision, scale))
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// `api.Column`.
#[derive(Debug)]
pub struct ColumnClass(pub &'static Dialect);

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new("Column", arguments);
        // dbt: a type that is given so is taken as it is.
        let mut column = Column::new(self.0, given.text(0, "column")?, "");
        column.dtype = given.text(1, "dtype")?;
        column.char_size = number(&given, 2, "char_size")?;
        column.numeric_precision = number(&given, 3, "numeric_precision")?;
        column.numeric_scale = number(&given, 4, "numeric_scale")?;
        column.collation = given.optional_text(5, "collation")?;
        Ok(ColumnValue(column).into_value())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        class_method(self.0, method, &Arguments::new(method, arguments))
    }
}
