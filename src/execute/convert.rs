//! Results of the warehouse as template values and as rows to show.

use crate::adapter::{self, CreateRelation, Policy, Relation, TableColumn};
use crate::jinja::{RelationData, Table, python};
use crate::outcome::Preview;

/// A cell as a template value: numbers stay numbers, everything else prints as Python prints it.
pub fn value(cell: &adapter::Cell) -> minijinja::Value {
    use adapter::Cell;
    match cell {
        Cell::Null => minijinja::Value::from(()),
        Cell::Bool(value) => minijinja::Value::from(*value),
        Cell::Int(value) => minijinja::Value::from(*value),
        Cell::Float(value) => minijinja::Value::from(*value),
        // dbt: a table of agate has no nested values, but their JSON.
        Cell::List(_) | Cell::Struct(_) | Cell::Map(_) => minijinja::Value::from(nested(cell)),
        Cell::Date(days) => match chrono::NaiveDate::from_epoch_days(*days) {
            Some(date) if days.abs() < i32::MAX => python::date_value(date),
            _ => minijinja::Value::from(cell.to_string()),
        },
        Cell::Timestamp(nanos) => moment(cell, *nanos, None),
        Cell::TimestampTz(nanos) => moment(cell, *nanos, Some(python::Zone::Utc)),
        Cell::Text(text) | Cell::Json(text) => minijinja::Value::from(text.as_str()),
        Cell::Decimal(text) => python::Decimal::parse(text)
            .map_or_else(|| minijinja::Value::from(text.as_str()), python::Decimal::into_value),
        other => minijinja::Value::from(other.to_string()),
    }
}

/// A nested value as Python's JSON.
fn nested(cell: &adapter::Cell) -> String {
    python::json_text(&python::value_from_json(&cell.to_json())).unwrap_or_else(|_| cell.to_string())
}

/// A moment as Python has it: to the microsecond. One outside Python's calendar stays a text.
fn moment(cell: &adapter::Cell, nanos: i128, zone: Option<python::Zone>) -> minijinja::Value {
    let micros = i64::try_from(nanos.div_euclid(1000)).ok();
    let found = micros.and_then(chrono::DateTime::from_timestamp_micros).map(|moment| moment.naive_utc());
    match found.filter(|local| (1..=9999).contains(&chrono::Datelike::year(local))) {
        Some(local) => python::datetime_value(local, zone),
        None => minijinja::Value::from(cell.to_string()),
    }
}

/// A result as templates see it.
pub fn table(table: &adapter::Table) -> Table {
    Table {
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        labels: table.columns.iter().map(|column| column.label.clone()).collect(),
        types: table.columns.iter().map(|column| column.data_type.clone()).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(value).collect()).collect(),
    }
}

/// A relation of templates as the adapter has it.
pub fn relation(relation: &RelationData) -> Relation {
    let [database, schema, identifier] = relation.quoted;
    let parts = CreateRelation {
        database: relation.database.clone(),
        schema: relation.schema.clone(),
        identifier: relation.identifier.clone(),
        quote_policy: Some(Policy { database, schema, identifier }),
        ..CreateRelation::default()
    };
    Relation::create(relation.naming.dialect, parts)
}

/// Rows of templates as the adapter has them.
pub fn rows(table: &Table) -> adapter::Table {
    let columns = table.columns.iter().map(|name| TableColumn::new(name, "")).collect();
    let mut rows = adapter::Table::new(columns);
    rows.rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    rows
}

fn cell(value: &minijinja::Value) -> adapter::Cell {
    use adapter::Cell;
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Cell::Null,
        ValueKind::Bool => Cell::Bool(value.is_true()),
        ValueKind::Number => match i128::try_from(value.clone()) {
            Ok(number) if value.is_integer() => Cell::Int(number),
            _ => f64::try_from(value.clone()).map_or_else(|_| Cell::Text(value.to_string()), Cell::Float),
        },
        ValueKind::Plain if value.downcast_object_ref::<python::Decimal>().is_some() => {
            Cell::Decimal(value.to_string())
        }
        _ => Cell::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    }
}

/// A result as rows to show.
pub fn preview(table: &adapter::Table) -> Preview {
    let rows = table.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
    Preview { columns: table.columns.iter().map(|column| column.name.clone()).collect(), rows }
}

/// dbt: in a text table a time stands as Python prints it, with a space; in JSON as ISO 8601, with a `T`. A nested value
/// is the text of its JSON in both.
fn shown(cell: &adapter::Cell) -> crate::outcome::Cell {
    match cell {
        adapter::Cell::Timestamp(_) | adapter::Cell::TimestampTz(_) => {
            crate::outcome::Cell::with_text(cell.to_json(), cell.to_string())
        }
        adapter::Cell::List(_) | adapter::Cell::Struct(_) | adapter::Cell::Map(_) => {
            crate::outcome::Cell::new(nested(cell).into())
        }
        cell => crate::outcome::Cell::new(cell.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;
    use crate::adapter::Cell;

    #[test]
    fn a_shown_time_has_a_space_in_text_and_a_t_in_json() {
        let cell = shown(&Cell::TimestampTz(500_000_000));
        assert_eq!(cell.text, "1970-01-01 00:00:00.500000+00:00");
        assert_eq!(cell.value, "1970-01-01T00:00:00.500000+00:00");
    }
}
