//! Values of results in the lock file: TOML's own where it has them, and else a table with one key that names the kind.

use toml::Value;

use crate::adapter::Cell;

/// Writes a value on one line.
pub(super) fn write(cell: &Cell) -> String {
    let list = |cells: &[Cell]| format!("[{}]", cells.iter().map(write).collect::<Vec<_>>().join(", "));
    let of_kind = |kind: &str, value: String| format!("{{{kind} = {value}}}");
    match cell {
        Cell::Null => "{}".to_owned(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Int(number) => match i64::try_from(*number) {
            Ok(number) => number.to_string(),
            Err(_) => of_kind("int", text(&number.to_string())),
        },
        Cell::Float(number) => of_kind("float", text(&format!("{number:?}"))),
        Cell::Decimal(digits) => of_kind("decimal", text(digits)),
        Cell::Text(value) => text(value),
        Cell::Date(days) => of_kind("date", days.to_string()),
        Cell::Time(nanos) => of_kind("time", nanos.to_string()),
        Cell::Timestamp(nanos) => of_kind("timestamp", text(&nanos.to_string())),
        Cell::TimestampTz(nanos) => of_kind("timestamp_tz", text(&nanos.to_string())),
        Cell::Interval { months, days, micros } => of_kind("interval", format!("[{months}, {days}, {micros}]")),
        Cell::Bytes(bytes) => {
            of_kind("bytes", text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
        }
        Cell::List(cells) => list(cells),
        Cell::Struct(fields) => {
            let pair = |(name, cell): &(String, Cell)| format!("[{}, {}]", text(name), write(cell));
            of_kind("struct", format!("[{}]", fields.iter().map(pair).collect::<Vec<_>>().join(", ")))
        }
        Cell::Map(entries) => {
            let pair = |(key, cell): &(Cell, Cell)| format!("[{}, {}]", write(key), write(cell));
            of_kind("map", format!("[{}]", entries.iter().map(pair).collect::<Vec<_>>().join(", ")))
        }
        Cell::Json(value) => of_kind("json", text(value)),
    }
}

/// Reads what [`write`] wrote.
pub(super) fn read(value: &Value) -> Option<Cell> {
    let parsed = match value {
        Value::Boolean(truth) => Cell::Bool(*truth),
        Value::Integer(number) => Cell::Int(i128::from(*number)),
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(list) => Cell::List(list.iter().map(read).collect::<Option<_>>()?),
        Value::Table(table) if table.is_empty() => Cell::Null,
        Value::Table(table) if table.len() == 1 => {
            let (kind, value) = table.iter().next()?;
            of_kind(kind, value)?
        }
        _ => return None,
    };
    Some(parsed)
}

fn of_kind(kind: &str, value: &Value) -> Option<Cell> {
    let number = || value.as_integer();
    let text = || value.as_str();
    let pairs = || value.as_array()?.iter().map(|pair| Some((pair.get(0)?, pair.get(1)?))).collect::<Option<Vec<_>>>();
    Some(match kind {
        "int" => Cell::Int(text()?.parse().ok()?),
        "float" => Cell::Float(text()?.parse().ok()?),
        "decimal" => Cell::Decimal(text()?.to_owned()),
        "date" => Cell::Date(number()?.try_into().ok()?),
        "time" => Cell::Time(number()?),
        "timestamp" => Cell::Timestamp(text()?.parse().ok()?),
        "timestamp_tz" => Cell::TimestampTz(text()?.parse().ok()?),
        "interval" => {
            let part = |index: usize| value.get(index)?.as_integer();
            Cell::Interval { months: part(0)?.try_into().ok()?, days: part(1)?.try_into().ok()?, micros: part(2)? }
        }
        "bytes" => {
            let digits = text()?;
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            Cell::Bytes((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?)
        }
        "struct" => {
            let field = |(name, cell): (&Value, &Value)| Some((name.as_str()?.to_owned(), read(cell)?));
            Cell::Struct(pairs()?.into_iter().map(field).collect::<Option<_>>()?)
        }
        "map" => {
            let entry = |(key, cell): (&Value, &Value)| Some((read(key)?, read(cell)?));
            Cell::Map(pairs()?.into_iter().map(entry).collect::<Option<_>>()?)
        }
        "json" => Cell::Json(text()?.to_owned()),
        _ => return None,
    })
}

/// A text in quotes, on one line.
pub(super) fn text(value: &str) -> String {
    // TOML has JSON's escapes, and wants one for a character that JSON leaves alone.
    serde_json::Value::from(value).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back() {
        let cells = [
            Cell::Null,
            Cell::Bool(true),
            Cell::Int(-3),
            Cell::Int(i128::MAX),
            Cell::Float(0.1),
            Cell::Float(f64::INFINITY),
            Cell::Decimal("1.50".to_owned()),
            Cell::Text("it's \"é\"\n\u{7f}\u{1}".to_owned()),
            Cell::Date(19_723),
            Cell::Time(1),
            Cell::Timestamp(-5),
            Cell::TimestampTz(i128::from(i64::MAX) * 1000),
            Cell::Interval { months: 1, days: -2, micros: 3 },
            Cell::Bytes(vec![0, 255]),
            Cell::List(vec![Cell::Int(1), Cell::Null]),
            Cell::Struct(vec![("a b".to_owned(), Cell::Text("x".to_owned()))]),
            Cell::Map(vec![(Cell::Text("k".to_owned()), Cell::Bool(false))]),
            Cell::Json("{\"a\": 1}".to_owned()),
        ];
        for cell in cells {
            let line = write(&cell);
            assert!(!line.contains('\n'), "{line}");
            let document: toml::Table = toml::from_str(&format!("value = {line}")).unwrap();
            assert_eq!(read(&document["value"]), Some(cell), "{line}");
        }
    }
}
