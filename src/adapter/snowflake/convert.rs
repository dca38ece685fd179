//! Results as the server writes them (texts) -> our values.

use snowflake_connector_rs::error::{PlanBuildError, RowDecodeError};
use snowflake_connector_rs::{ColumnType, FromRow, ResultTable, RowPlanContext, RowRef, Schema};

use crate::adapter::{Cell, Table, TableColumn};

/// An empty table with the columns of a result.
///
/// dbt: types have the driver's names (`FIXED`, `TEXT`, `TIMESTAMP_NTZ`); the sizes stand behind them, as in DDL.
pub(super) fn columns(schema: &Schema) -> Table {
    let column = |column: &snowflake_connector_rs::Column| TableColumn::new(column.name(), type_name(column.ty()));
    Table::new(schema.columns().iter().map(column).collect())
}

fn type_name(kind: &ColumnType) -> String {
    let name = kind.as_str().to_ascii_uppercase();
    match kind {
        ColumnType::Fixed { .. } => match (kind.precision(), kind.scale()) {
            (Some(precision), Some(scale)) => format!("{name}({precision},{scale})"),
            _ => name,
        },
        ColumnType::Text { .. } => kind.length().map_or_else(|| name.clone(), |length| format!("{name}({length})")),
        _ => name,
    }
}

/// One row, its texts read by the types of their columns.
struct Row(Vec<Cell>);

impl FromRow for Row {
    type Plan = ();

    fn build_plan(_: RowPlanContext<'_>) -> Result<(), PlanBuildError> {
        Ok(())
    }

    fn from_row_with_plan(row: RowRef<'_>, (): &()) -> Result<Self, RowDecodeError> {
        let count = row.schema().columns().len();
        let cells = (0..count).map(|at| {
            let found = row.cell_at(at).map_err(RowDecodeError::Schema)?;
            Ok(found.raw().map_or(Cell::Null, |text| cell(text, found.column().ty())))
        });
        cells.collect::<Result<Vec<Cell>, RowDecodeError>>().map(Row)
    }
}

/// Appends the rows of a part of a result, up to `limit` rows in all.
pub(super) fn append(part: &ResultTable, limit: usize, table: &mut Table) -> snowflake_connector_rs::Result<()> {
    let room = limit.saturating_sub(table.rows.len());
    for row in part.rows::<Row>()?.take(room) {
        table.rows.push(row?.0);
    }
    Ok(())
}

/// A value; a text that does not read as its column's type stays a text.
fn cell(text: &str, kind: &ColumnType) -> Cell {
    read(text, kind).unwrap_or_else(|| Cell::Text(text.to_owned()))
}

fn read(text: &str, kind: &ColumnType) -> Option<Cell> {
    Some(match kind {
        ColumnType::Fixed { scale, .. } => match scale.unwrap_or(0) {
            0 => match text.parse() {
                Ok(number) => Cell::Int(number),
                Err(_) => decimal(text)?,
            },
            _ => decimal(text)?,
        },
        ColumnType::Real => Cell::Float(match text.to_ascii_lowercase().as_str() {
            "inf" | "infinity" => f64::INFINITY,
            "-inf" | "-infinity" => f64::NEG_INFINITY,
            "nan" => f64::NAN,
            number => number.parse().ok()?,
        }),
        ColumnType::Boolean => match text {
            "1" | "true" | "TRUE" => Cell::Bool(true),
            "0" | "false" | "FALSE" => Cell::Bool(false),
            _ => return None,
        },
        ColumnType::Date => Cell::Date(text.trim().parse().ok()?),
        ColumnType::Time { .. } => Cell::Time(i64::try_from(nanos(text)?).ok()?),
        ColumnType::TimestampNtz { .. } => Cell::Timestamp(nanos(text)?),
        ColumnType::TimestampLtz { .. } => Cell::TimestampTz(nanos(text)?),
        // The number behind the blank is the zone it was written in; the moment is the same.
        ColumnType::TimestampTz { .. } => Cell::TimestampTz(nanos(text.split(' ').next()?)?),
        ColumnType::Binary { .. } => Cell::Bytes(bytes(text)?),
        ColumnType::Variant | ColumnType::Object | ColumnType::Array => Cell::Json(text.to_owned()),
        _ => return None,
    })
}

fn decimal(text: &str) -> Option<Cell> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() <= 1;
    plain.then(|| Cell::Decimal(text.to_owned()))
}

/// Seconds with a fraction -> nanoseconds.
fn nanos(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = format!("{:0<9}", fraction.get(..fraction.len().min(9))?);
    let nanos = whole.parse::<i128>().ok()? * 1_000_000_000 + fraction.parse::<i128>().ok()?;
    Some(if negative { -nanos } else { nanos })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Rows that a change says it touched: `number of rows inserted`, `.. updated`, `.. deleted`.
///
/// Rows that several source rows matched are counted beside those that were changed, and not again.
pub(super) fn rows_changed(table: &Table) -> Option<u64> {
    let row = table.rows.first()?;
    let counted = |name: &str| name.to_ascii_lowercase().starts_with("number of ");
    if table.columns.is_empty() || !table.names().all(counted) {
        return None;
    }
    let counts = table.names().zip(row).filter(|(name, _)| !name.to_ascii_lowercase().contains("multi-joined"));
    Some(counts.filter_map(|(_, cell)| u64::try_from(cell.as_int()?).ok()).sum())
}

/// Rows that `copy into` says it loaded, over all files.
pub(super) fn rows_loaded(table: &Table) -> Option<u64> {
    let at = table.position("rows_loaded")?;
    Some(table.rows.iter().filter_map(|row| u64::try_from(row.get(at)?.as_int()?).ok()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_also_before_the_epoch() {
        assert_eq!(nanos("1700000000.123456789"), Some(1_700_000_000_123_456_789));
        assert_eq!(nanos("-1.5"), Some(-1_500_000_000));
        assert_eq!(nanos("0"), Some(0));
        assert_eq!(nanos("1.1234567891"), Some(1_123_456_789));
        assert_eq!(nanos("noon"), None);
    }

    #[test]
    fn numbers_and_bytes_are_read_or_stay_texts() {
        assert_eq!(decimal("-12.50"), Some(Cell::Decimal("-12.50".to_owned())));
        assert_eq!(decimal("1e5"), None);
        assert_eq!(cell("1.5", &ColumnType::Real), Cell::Float(1.5));
        assert_eq!(cell("inf", &ColumnType::Real), Cell::Float(f64::INFINITY));
        assert_eq!(cell("maybe", &ColumnType::Boolean), Cell::Text("maybe".to_owned()));
        assert_eq!(cell("1", &ColumnType::Boolean), Cell::Bool(true));
        assert_eq!(cell("19000", &ColumnType::Date), Cell::Date(19_000));
        assert_eq!(cell("{\"a\": NaN}", &ColumnType::Variant), Cell::Json("{\"a\": NaN}".to_owned()));
        assert_eq!(bytes("00fF"), Some(vec![0, 255]));
        assert_eq!(bytes("0"), None);
    }

    fn counts(names: &[&str], row: &[i128]) -> Table {
        let mut table = Table::new(names.iter().map(|name| TableColumn::new(*name, "FIXED")).collect());
        table.rows.push(row.iter().copied().map(Cell::Int).collect());
        table
    }

    #[test]
    fn changes_are_counted() {
        let merged = counts(&["number of rows inserted", "number of rows updated"], &[3, 4]);
        assert_eq!(rows_changed(&merged), Some(7));
        let updated = counts(&["number of rows updated", "number of multi-joined rows updated"], &[5, 2]);
        assert_eq!(rows_changed(&updated), Some(5));
        assert_eq!(rows_changed(&counts(&["status"], &[1])), None);
        assert_eq!(rows_changed(&Table::default()), None);
        assert_eq!(rows_loaded(&counts(&["file", "ROWS_LOADED"], &[0, 9])), Some(9));
    }
}
