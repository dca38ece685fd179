//! A query's result in templates, with the reading side of agate's interface, which dbt's users know.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::{Arguments, python};

/// Named columns and rows of values.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Column names.
    pub columns: Vec<String>,
    /// The names that the engine gave, which may be there twice; empty where they are those of `columns`.
    pub labels: Vec<String>,
    /// The engine's type of each column; empty where it is not known.
    pub types: Vec<String>,
    /// Rows; each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The rows as JSON texts of about so many bytes: arrays of rows, each an array of texts and nulls.
    ///
    /// A row that is longer than `bytes` by itself makes a batch of its own.
    fn json_batches(&self, bytes: usize) -> Vec<String> {
        let mut batches = Vec::new();
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<Option<String>> = row
                .iter()
                .map(|cell| match cell.kind() {
                    ValueKind::None | ValueKind::Undefined => None,
                    ValueKind::Bool => Some(cell.is_true().to_string()),
                    _ => Some(cell.to_string()),
                })
                .collect();
            let row = serde_json::to_string(&cells).unwrap_or_default();
            if !text.is_empty() && text.len() + row.len() + 2 > bytes {
                batches.push(std::mem::take(&mut text) + "]");
            }
            text.push(if text.is_empty() { '[' } else { ',' });
            text.push_str(&row);
        }
        if !text.is_empty() {
            batches.push(text + "]");
        }
        batches
    }

    fn names(&self) -> Value {
        python::tuple(self.columns.iter().map(|name| Value::from(name.as_str())).collect())
    }

    fn row(self: &Arc<Self>, index: usize) -> Value {
        Value::from_object(Row { table: Arc::clone(self), index })
    }

    fn column(self: &Arc<Self>, index: usize) -> Value {
        Value::from_object(ColumnView { table: Arc::clone(self), index })
    }
}

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(index) = key.as_usize() {
            return (index < self.rows.len()).then(|| self.row(index));
        }
        Some(match key.as_str()? {
            "columns" => Value::from_object(Mapped {
                names: self.columns.clone(),
                values: (0..self.columns.len()).map(|index| self.column(index)).collect(),
            }),
            "rows" => python::list((0..self.rows.len()).map(|index| self.row(index)).collect()),
            "column_names" => self.names(),
            "column_types" => python::tuple(self.types.iter().map(|name| Value::from(name.as_str())).collect()),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values((0..self.rows.len()).map(|index| self.row(index)).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.rows.len())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "print_table" | "print_csv" | "print_json" | "print_structure" => Value::from(""),
            "select" | "exclude" => {
                let names: Vec<String> =
                    python::iterate(&given.required(0, "key")?)?.iter().map(ToString::to_string).collect();
                let keep: Vec<usize> = (0..self.columns.len())
                    .filter(|index| names.contains(&self.columns[*index]) == (method == "select"))
                    .collect();
                let pick = |values: &[String]| keep.iter().filter_map(|index| values.get(*index).cloned()).collect();
                Self {
                    columns: pick(&self.columns),
                    labels: pick(&self.labels),
                    types: pick(&self.types),
                    rows: self.rows.iter().map(|row| keep.iter().map(|index| row[*index].clone()).collect()).collect(),
                }
                .into_value()
            }
            "rename" => {
                let names = given.required(0, "column_names")?;
                let renamed = match python::pairs(&names) {
                    Ok(pairs) if names.kind() == ValueKind::Map => self
                        .columns
                        .iter()
                        .map(|column| {
                            let found = pairs.iter().find(|(from, _)| from.as_str() == Some(column));
                            found.map_or_else(|| column.clone(), |(_, to)| to.to_string())
                        })
                        .collect(),
                    _ => python::iterate(&names)?.iter().map(ToString::to_string).collect(),
                };
                Self { columns: renamed, labels: Vec::new(), ..(**self).clone() }.into_value()
            }
            "limit" => {
                let count = given
                    .optional_integer(0, "start_or_stop")?
                    .and_then(|count| usize::try_from(count).ok())
                    .unwrap_or(0);
                Self { rows: self.rows.iter().take(count).cloned().collect(), ..(**self).clone() }.into_value()
            }
            // Ours: rows on their way to a warehouse that reads JSON.
            "json_batches" => {
                let most = given.optional_integer(0, "bytes")?.and_then(|most| usize::try_from(most).ok());
                python::list(self.json_batches(most.unwrap_or(usize::MAX)).into_iter().map(Value::from).collect())
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<Table of {} columns and {} rows>", self.columns.len(), self.rows.len())
    }
}

fn position(key: &Value, names: &[String]) -> Option<usize> {
    if let Some(name) = key.as_str() {
        return names.iter().position(|column| column == name);
    }
    let index = key.as_i64()?;
    let length = i64::try_from(names.len()).ok()?;
    usize::try_from(if index < 0 { index + length } else { index }).ok().filter(|index| *index < names.len())
}

/// Named values in order: `table.columns`.
#[derive(Debug)]
struct Mapped {
    names: Vec<String>,
    values: Vec<Value>,
}

impl Object for Mapped {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.values.get(position(key, &self.names)?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.clone())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let names = || self.names.iter().map(|name| Value::from(name.as_str())).collect::<Vec<_>>();
        Ok(match method {
            "keys" => python::tuple(names()),
            "values" => python::tuple(self.values.clone()),
            "items" => python::list(
                names()
                    .into_iter()
                    .zip(&self.values)
                    .map(|(name, value)| python::tuple(vec![name, value.clone()]))
                    .collect(),
            ),
            "get" => {
                let given = Arguments::new(method, arguments);
                self.get_value(&given.required(0, "key")?)
                    .or_else(|| given.get(1, "default"))
                    .unwrap_or_else(|| Value::from(()))
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

/// One row.
#[derive(Debug)]
struct Row {
    table: Arc<Table>,
    index: usize,
}

impl Row {
    fn values(&self) -> &[Value] {
        &self.table.rows[self.index]
    }
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.values().get(position(key, &self.table.columns)?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values().to_vec())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.values().len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        let names = || self.table.columns.iter().map(|name| Value::from(name.as_str()));
        Ok(match method {
            "values" => python::tuple(self.values().to_vec()),
            "keys" => self.table.names(),
            "dict" => python::dict(names().zip(self.values().iter().cloned()).collect::<Vec<_>>()),
            "items" => python::list(
                names().zip(self.values()).map(|(name, value)| python::tuple(vec![name, value.clone()])).collect(),
            ),
            "get" => self
                .get_value(&given.required(0, "key")?)
                .or_else(|| given.get(1, "default"))
                .unwrap_or_else(|| Value::from(())),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

/// One column with its values.
#[derive(Debug)]
struct ColumnView {
    table: Arc<Table>,
    index: usize,
}

impl ColumnView {
    fn values(&self) -> Vec<Value> {
        self.table.rows.iter().map(|row| row[self.index].clone()).collect()
    }
}

impl Object for ColumnView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("name") => Some(Value::from(self.table.columns[self.index].as_str())),
            Some("data_type") => self.table.types.get(self.index).map(|name| Value::from(name.as_str())),
            Some(_) => None,
            None => self.table.rows.get(key.as_usize()?).map(|row| row[self.index].clone()),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        let distinct = || {
            let mut seen: Vec<Value> = Vec::new();
            for value in self.values() {
                if !seen.contains(&value) {
                    seen.push(value);
                }
            }
            seen
        };
        Ok(match method {
            "values" => python::tuple(self.values()),
            "values_distinct" => python::tuple(distinct()),
            "values_without_nulls" => {
                python::tuple(self.values().into_iter().filter(|value| !value.is_none()).collect())
            }
            "values_sorted" => {
                let mut values = self.values();
                values.sort();
                python::list(values)
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_batches_of_json() {
        let row =
            |id: i64, name: Option<&str>| vec![Value::from(id), name.map_or_else(|| Value::from(()), Value::from)];
        let table = Table {
            columns: vec!["id".to_owned(), "name".to_owned()],
            labels: Vec::new(),
            types: Vec::new(),
            rows: vec![row(1, Some("it's \"é\"")), row(2, None), vec![Value::from(3), Value::from(true)]],
        };
        assert_eq!(table.json_batches(1000), [r#"[["1","it's \"é\""],["2",null],["3","true"]]"#]);
        assert_eq!(table.json_batches(26), [r#"[["1","it's \"é\""]]"#, r#"[["2",null],["3","true"]]"#]);
        assert_eq!(table.json_batches(1).len(), 3, "a long row is a batch of its own");
        assert!(Table::default().json_batches(1).is_empty());
    }
}
