//! A query's result in templates, with the reading side of agate's interface, which dbt's users know.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::table_text;
use crate::jinja::{Arguments, fail, python};

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

    /// The same columns with other rows.
    fn with_rows(&self, rows: Vec<Vec<Value>>) -> Value {
        let (columns, labels, types) = (self.columns.clone(), self.labels.clone(), self.types.clone());
        Self { columns, labels, types, rows }.into_value()
    }

    /// The positions of the columns that a name, or a list of names, means.
    fn keys(&self, key: &Value) -> Result<Vec<usize>, Error> {
        let names = if key.as_str().is_some() { vec![key.clone()] } else { python::iterate(key)? };
        let find = |name: &Value| {
            position(name, &self.columns).ok_or_else(|| {
                let known = self.columns.join(", ");
                fail(format!("the table has no column {}; its columns are {known}", python::repr(name)))
            })
        };
        names.iter().map(find).collect()
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
                names: self.columns.iter().map(|name| Value::from(name.as_str())).collect(),
                values: (0..self.columns.len()).map(|index| self.column(index)).collect(),
            }),
            "rows" => Value::from_object(Mapped {
                names: Vec::new(),
                values: (0..self.rows.len()).map(|index| self.row(index)).collect(),
            }),
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

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "print_table" | "print_csv" | "print_json" | "print_structure" => {
                table_text::print(state, &self.printed(method, &given)?)?
            }
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
                let whole = |index: usize, name: &str| given.optional_integer(index, name);
                let (first, stop, step) = (whole(0, "start_or_stop")?, whole(1, "stop")?, whole(2, "step")?);
                let (first, stop) = if stop.or(step).is_some() { (first, stop) } else { (None, first) };
                // Python: a bound below zero counts from the end.
                let length = self.rows.len();
                let bound = |index: i64| match usize::try_from(index) {
                    Ok(index) => index.min(length),
                    Err(_) => length.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(length)),
                };
                let (first, stop) = (first.map_or(0, bound), stop.map_or(length, bound));
                let step = step.and_then(|step| usize::try_from(step).ok()).unwrap_or(1).max(1);
                let rows = self.rows.iter().take(stop).skip(first).step_by(step);
                self.with_rows(rows.cloned().collect())
            }
            "order_by" => {
                let keys = self.keys(&given.required(0, "key")?)?;
                let reverse = given.truth(1, "reverse", false);
                let mut rows = self.rows.clone();
                rows.sort_by(|left, right| {
                    let (left, right) = if reverse { (right, left) } else { (left, right) };
                    let orders = keys.iter().map(|key| nulls_last(&left[*key], &right[*key]));
                    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
                });
                self.with_rows(rows)
            }
            "distinct" => {
                let keys = match given.get(0, "key").filter(|key| !key.is_none()) {
                    Some(key) => self.keys(&key)?,
                    None => (0..self.columns.len()).collect(),
                };
                let mut seen = FxHashSet::default();
                let first = |row: &&Vec<Value>| seen.insert(identity(keys.iter().map(|key| &row[*key])));
                self.with_rows(self.rows.iter().filter(first).cloned().collect())
            }
            "group_by" => {
                let key = self.keys(&given.required(0, "key")?)?.first().copied().unwrap_or(0);
                let mut groups: IndexMap<String, (Value, Vec<Vec<Value>>), FxBuildHasher> = IndexMap::default();
                for row in &self.rows {
                    let group = groups.entry(identity([&row[key]]));
                    group.or_insert_with(|| (row[key].clone(), Vec::new())).1.push(row.clone());
                }
                let (names, tables) = groups.into_values().map(|(name, rows)| (name, self.with_rows(rows))).unzip();
                Value::from_object(Mapped { names, values: tables })
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
        formatter.write_str(&self.structure())
    }
}

fn position(key: &Value, names: &[String]) -> Option<usize> {
    if let Some(name) = key.as_str() {
        return names.iter().position(|column| column == name);
    }
    place(key.as_i64()?, names.len())
}

/// An index, which counts from the end where it is negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let from_end = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { index + from_end } else { index }).ok().filter(|index| *index < length)
}

/// What cells of one column, or of several, have in common where they are equal.
fn identity<'v>(cells: impl IntoIterator<Item = &'v Value>) -> String {
    python::repr(&python::list(cells.into_iter().cloned().collect()))
}

/// Nothing comes after everything.
fn nulls_last(left: &Value, right: &Value) -> Ordering {
    match (left.is_none(), right.is_none()) {
        (false, false) => python::total_order(left, right),
        (left, right) => left.cmp(&right),
    }
}

/// Values in order, which may have names: `table.columns`, `table.rows` and the tables of `group_by`.
#[derive(Debug)]
struct Mapped {
    names: Vec<Value>,
    values: Vec<Value>,
}

impl Object for Mapped {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = match key.as_i64() {
            Some(index) => place(index, self.values.len()),
            None => self.names.iter().position(|name| name == key),
        };
        self.values.get(index?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.values.len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        Ok(match method {
            "keys" => python::tuple(self.names.clone()),
            "values" => python::tuple(self.values.clone()),
            "items" => python::list(
                self.names
                    .iter()
                    .zip(&self.values)
                    .map(|(name, value)| python::tuple(vec![name.clone(), value.clone()]))
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
            Some("index") => Some(Value::from(self.index)),
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
                values.sort_by(nulls_last);
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
