//! Rows that we hold -> a table, through the engine's appender.

use ::duckdb::types::Value;
use ::duckdb::{Connection, appender_params_from_iter};

use super::failure::failure;
use crate::adapter::{AdapterError, Cell, Relation, Table};

/// Appends the rows to the table, within the open transaction where there is one.
pub(super) fn append(connection: &Connection, into: &Relation, rows: &Table) -> Result<u64, AdapterError> {
    let (schema, table) = (into.schema().unwrap_or("main"), into.identifier().unwrap_or_default());
    let mut appender = match into.database() {
        Some(catalog) => connection.appender_to_catalog_and_db(table, catalog, schema),
        None => connection.appender_to_db(table, schema),
    }
    .map_err(|error| failure(error, ""))?;
    for name in rows.names() {
        appender.add_column(name).map_err(|error| failure(error, ""))?;
    }
    for (at, row) in rows.rows.iter().enumerate() {
        appender.append_row(appender_params_from_iter(row.iter().map(value))).map_err(|error| {
            let mut error = failure(error, "");
            error.row = Some(at);
            error
        })?;
    }
    appender.flush().map_err(|error| failure(error, ""))?;
    Ok(rows.rows.len() as u64)
}

/// A value to bind; all but plain numbers travel as text, which the engine casts to the column's type.
fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => Value::Boolean(*truth),
        Cell::Int(number) => i64::try_from(*number).map_or(Value::HugeInt(*number), Value::BigInt),
        Cell::Float(number) => Value::Double(*number),
        Cell::Bytes(bytes) => Value::Blob(bytes.clone()),
        other => Value::Text(other.to_string()),
    }
}
