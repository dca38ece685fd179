//! Results of the warehouse as template values and as rows to show.

use crate::adapter;
use crate::jinja::{Table, python};
use crate::outcome::Preview;

/// A cell as a template value: numbers stay numbers, everything else prints as Python prints it.
pub fn value(cell: &adapter::Cell) -> minijinja::Value {
    use adapter::Cell;
    match cell {
        Cell::Null => minijinja::Value::from(()),
        Cell::Bool(value) => minijinja::Value::from(*value),
        Cell::Int(value) => minijinja::Value::from(*value),
        Cell::Float(value) => minijinja::Value::from(*value),
        Cell::List(items) => python::list(items.iter().map(self::value).collect()),
        Cell::Struct(fields) => python::dict(
            fields
                .iter()
                .map(|(name, cell)| (minijinja::Value::from(name.as_str()), self::value(cell)))
                .collect::<Vec<_>>(),
        ),
        Cell::Text(text) | Cell::Json(text) => minijinja::Value::from(text.as_str()),
        other => minijinja::Value::from(other.to_string()),
    }
}

/// A result as templates see it.
pub fn table(table: &adapter::Table) -> Table {
    Table {
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        types: table.columns.iter().map(|column| column.data_type.clone()).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(value).collect()).collect(),
    }
}

/// A result as rows to show.
pub fn preview(table: &adapter::Table) -> Preview {
    let rows = table
        .rows
        .iter()
        .map(|row| row.iter().map(|cell| crate::outcome::Cell::new(cell.to_json())).collect())
        .collect();
    Preview { columns: table.columns.iter().map(|column| column.name.clone()).collect(), rows }
}
