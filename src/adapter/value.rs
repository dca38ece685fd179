//! One value of a result, printed as Python prints it, since templates paste values into SQL and logs.

use std::fmt::{self, Write as _};

use serde_json::{Map, Number, Value};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// An inexact number.
    Float(f64),
    /// An exact number as text: digits with at most one sign and one point.
    Decimal(String),
    /// A text.
    Text(String),
    /// A date: days since 1970-01-01; the two extreme values mean infinity.
    Date(i32),
    /// A time of day: nanoseconds since midnight.
    Time(i64),
    /// A date with a time and no zone: nanoseconds since 1970-01-01.
    Timestamp(i128),
    /// A moment: nanoseconds since 1970-01-01 UTC.
    TimestampTz(i128),
    /// A span of time.
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list or array.
    List(Vec<Self>),
    /// A structure: names and values.
    Struct(Vec<(String, Self)>),
    /// A map: keys and values.
    Map(Vec<(Self, Self)>),
    /// A JSON document as text.
    Json(String),
}

/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;
/// The moment that means infinity: the largest microsecond of the engine.
const INFINITE: i128 = i64::MAX as i128 * 1000;

impl Cell {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a text value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Json(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a value that is whole.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Bool(truth) => Some(i128::from(*truth)),
            Self::Decimal(text) => match text.split_once('.') {
                Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.parse().ok(),
                Some(_) => None,
                None => text.parse().ok(),
            },
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                // The bound above keeps every digit.
                #[expect(clippy::cast_possible_truncation, reason = "the number is whole and small")]
                let whole = *number as i128;
                Some(whole)
            }
            _ => None,
        }
    }

    /// The value for artifacts and `--output json`: exact numbers stay exact, times are ISO 8601.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Int(number) => exact(&number.to_string()),
            Self::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
            Self::Decimal(text) => exact(text),
            Self::Timestamp(_) | Self::TimestampTz(_) => Value::String(self.to_string().replacen(' ', "T", 1)),
            Self::List(cells) => cells.iter().map(Self::to_json).collect(),
            Self::Struct(fields) => {
                Value::Object(fields.iter().map(|(name, cell)| (name.clone(), cell.to_json())).collect::<Map<_, _>>())
            }
            Self::Map(entries) => Value::Object(
                entries.iter().map(|(key, cell)| (key.to_string(), cell.to_json())).collect::<Map<_, _>>(),
            ),
            Self::Text(text) | Self::Json(text) => Value::String(text.clone()),
            Self::Date(_) | Self::Time(_) | Self::Interval { .. } | Self::Bytes(_) => Value::String(self.to_string()),
        }
    }

    /// Python's `repr`: how a value looks inside a list.
    pub fn repr(&self) -> String {
        match self {
            Self::Text(text) | Self::Json(text) => quoted(text),
            Self::Decimal(text) => format!("Decimal('{text}')"),
            Self::Date(days) => {
                let (year, month, day) = civil(i64::from(*days));
                format!("datetime.date({year}, {month}, {day})")
            }
            _ => self.to_string(),
        }
    }
}

fn exact(text: &str) -> Value {
    text.parse::<Number>().map_or_else(|_| Value::String(text.to_owned()), Value::Number)
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("None"),
            Self::Bool(true) => formatter.write_str("True"),
            Self::Bool(false) => formatter.write_str("False"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Float(number) => formatter.write_str(&float(*number)),
            Self::Decimal(text) | Self::Text(text) | Self::Json(text) => formatter.write_str(text),
            Self::Date(i32::MAX) => formatter.write_str("infinity"),
            Self::Date(days) if *days <= -i32::MAX => formatter.write_str("-infinity"),
            Self::Date(days) => formatter.write_str(&date(i64::from(*days))),
            Self::Time(nanos) => formatter.write_str(&time(i128::from(*nanos))),
            Self::Timestamp(nanos) => formatter.write_str(&timestamp(*nanos, "")),
            Self::TimestampTz(nanos) => formatter.write_str(&timestamp(*nanos, "+00:00")),
            Self::Interval { months, days, micros } => formatter.write_str(&timedelta(*months, *days, *micros)),
            Self::Bytes(bytes) => formatter.write_str(&byte_string(bytes)),
            Self::List(cells) => {
                let inner: Vec<String> = cells.iter().map(Self::repr).collect();
                write!(formatter, "[{}]", inner.join(", "))
            }
            Self::Struct(fields) => {
                let inner: Vec<String> =
                    fields.iter().map(|(name, cell)| format!("{}: {}", quoted(name), cell.repr())).collect();
                write!(formatter, "{{{}}}", inner.join(", "))
            }
            Self::Map(entries) => {
                let inner: Vec<String> =
                    entries.iter().map(|(key, cell)| format!("{}: {}", key.repr(), cell.repr())).collect();
                write!(formatter, "{{{}}}", inner.join(", "))
            }
        }
    }
}

/// Year, month and day of a day count, by the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that a leap day is the last day of its year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(nanos: i128) -> String {
    let seconds = nanos / 1_000_000_000;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = nanos % 1_000_000_000;
    if fraction % 1000 != 0 {
        // Writing to a text cannot fail.
        let _ = write!(text, ".{fraction:09}");
    } else if fraction != 0 {
        let _ = write!(text, ".{:06}", fraction / 1000);
    }
    text
}

fn timestamp(nanos: i128, zone: &str) -> String {
    if nanos.abs() >= INFINITE {
        return if nanos > 0 { "infinity" } else { "-infinity" }.to_owned();
    }
    let days = i64::try_from(nanos.div_euclid(DAY)).unwrap_or_default();
    format!("{} {}{zone}", date(days), time(nanos.rem_euclid(DAY)))
}

/// Python's text of a `timedelta`; a month counts 30 days, as the engine's Python client does.
fn timedelta(months: i32, days: i32, micros: i64) -> String {
    let total = (i128::from(months) * 30 + i128::from(days)) * DAY + i128::from(micros) * 1000;
    let (days, rest) = (total.div_euclid(DAY), total.rem_euclid(DAY));
    let clock = time(rest);
    let clock = clock.strip_prefix('0').unwrap_or(&clock);
    match days {
        0 => clock.to_owned(),
        1 | -1 => format!("{days} day, {clock}"),
        _ => format!("{days} days, {clock}"),
    }
}

/// Python's shortest text of a floating point number.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Python's `repr` of a text.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push(quote);
    out
}

fn byte_string(bytes: &[u8]) -> String {
    let mut out = String::from("b'");
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\'' => out.push_str("\\'"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(*byte)),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_python_prints_them() {
        let cases = [
            (Cell::Null, "None"),
            (Cell::Bool(true), "True"),
            (Cell::Float(1.0), "1.0"),
            (Cell::Float(0.1), "0.1"),
            (Cell::Float(1e16), "1e+16"),
            (Cell::Float(1.5e-5), "1.5e-05"),
            (Cell::Float(0.0001), "0.0001"),
            (Cell::Float(f64::NAN), "nan"),
            (Cell::Date(0), "1970-01-01"),
            (Cell::Date(-1), "1969-12-31"),
            (Cell::Date(11_016), "2000-02-29"),
            (Cell::Date(i32::MAX), "infinity"),
            (Cell::Time(3_723_000_000_000), "01:02:03"),
            (Cell::Timestamp(-1000), "1969-12-31 23:59:59.999999"),
            (Cell::Timestamp(1), "1970-01-01 00:00:00.000000001"),
            (Cell::TimestampTz(0), "1970-01-01 00:00:00+00:00"),
            (Cell::Interval { months: 1, days: 1, micros: 1 }, "31 days, 0:00:00.000001"),
            (Cell::Interval { months: 0, days: 0, micros: -1_000_000 }, "-1 day, 23:59:59"),
            (Cell::Bytes(vec![0x61, 0, 0x27]), r"b'a\x00\''"),
            (Cell::List(vec![Cell::Int(1), Cell::Text("it's".into()), Cell::Null]), r#"[1, "it's", None]"#),
            (Cell::Struct(vec![("a".into(), Cell::Decimal("1.50".into()))]), "{'a': Decimal('1.50')}"),
            (Cell::Map(vec![(Cell::Text("k".into()), Cell::Date(0))]), "{'k': datetime.date(1970, 1, 1)}"),
        ];
        for (cell, expected) in cases {
            assert_eq!(cell.to_string(), expected, "{cell:?}");
        }
    }

    #[test]
    fn json_keeps_every_digit() {
        let cell = Cell::Struct(vec![
            ("big".into(), Cell::Int(i128::MAX)),
            ("exact".into(), Cell::Decimal("3.50".into())),
            ("at".into(), Cell::Timestamp(0)),
            ("nan".into(), Cell::Float(f64::NAN)),
        ]);
        let json = serde_json::to_string(&cell.to_json()).unwrap();
        let expected =
            r#"{"big":170141183460469231731687303715884105727,"exact":3.50,"at":"1970-01-01T00:00:00","nan":null}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn whole_numbers_are_found() {
        assert_eq!(Cell::Decimal("7.00".into()).as_int(), Some(7));
        assert_eq!(Cell::Decimal("7.50".into()).as_int(), None);
        assert_eq!(Cell::Float(3.0).as_int(), Some(3));
    }
}
