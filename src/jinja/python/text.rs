//! `str()` and `repr()` of values, and the names of their types.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::collections::{Dict, List, Set};
use super::decimal::Decimal;
use super::undefined::is_undefined;

/// `str(value)`; undefined gives nothing, as printing it does.
pub fn to_str(value: &Value) -> String {
    if let Some(text) = value.as_str().filter(|_| value.kind() != ValueKind::Bytes) {
        return text.to_owned();
    }
    if is_undefined(value) { String::new() } else { repr(value) }
}

/// `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value, 0);
    out
}

/// Nesting beyond this is a list that contains itself.
const DEEP: usize = 64;

fn write_repr(out: &mut String, value: &Value, depth: usize) {
    match value.kind() {
        ValueKind::Undefined => out.push_str("Undefined"),
        _ if is_undefined(value) => out.push_str("Undefined"),
        ValueKind::None => out.push_str("None"),
        ValueKind::Bool => out.push_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number => out.push_str(&number(value)),
        ValueKind::String => quote(out, value.as_str().unwrap_or_default()),
        ValueKind::Bytes => {
            out.push('b');
            let bytes = value.as_bytes().unwrap_or_default();
            let mark = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
            out.push(mark);
            for &byte in bytes {
                match byte {
                    b'\n' => out.push_str("\\n"),
                    b'\t' => out.push_str("\\t"),
                    b'\r' => out.push_str("\\r"),
                    b'\\' => out.push_str("\\\\"),
                    byte if char::from(byte) == mark => {
                        out.push('\\');
                        out.push(mark);
                    }
                    b' '..=b'~' => out.push(char::from(byte)),
                    byte => {
                        let _ = write!(out, "\\x{byte:02x}");
                    }
                }
            }
            out.push(mark);
        }
        _ if depth > DEEP => out.push_str("..."),
        _ if value.is_tuple() => {
            let items: Vec<Value> = value.try_iter().into_iter().flatten().collect();
            out.push('(');
            sequence(out, &items, depth);
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        _ if is_plain_sequence(value) => {
            let items: Vec<Value> = value.try_iter().into_iter().flatten().collect();
            out.push('[');
            sequence(out, &items, depth);
            out.push(']');
        }
        _ if value.downcast_object_ref::<Set>().is_some() => {
            let items: Vec<Value> = value.try_iter().into_iter().flatten().collect();
            if items.is_empty() {
                out.push_str("set()");
            } else {
                out.push('{');
                sequence(out, &items, depth);
                out.push('}');
            }
        }
        ValueKind::Map if is_plain_map(value) => {
            out.push('{');
            for (index, (key, item)) in
                value.as_object().into_iter().flat_map(|map| map.try_iter_pairs().into_iter().flatten()).enumerate()
            {
                if index > 0 {
                    out.push_str(", ");
                }
                write_repr(out, &key, depth + 1);
                out.push_str(": ");
                write_repr(out, &item, depth + 1);
            }
            out.push('}');
        }
        // An item of a list shows how it is made, a value of its own shows its text.
        _ if depth > 0 && value.downcast_object_ref::<Decimal>().is_some() => {
            let _ = write!(out, "Decimal('{value}')");
        }
        _ => match super::datetime::representation(value).filter(|_| depth > 0) {
            Some(text) => out.push_str(&text),
            None => {
                let _ = write!(out, "{value}");
            }
        },
    }
}

fn sequence(out: &mut String, items: &[Value], depth: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_repr(out, item, depth + 1);
    }
}

/// Whether a value is one of our lists or one of the engine's own sequences.
pub fn is_plain_sequence(value: &Value) -> bool {
    if value.downcast_object_ref::<List>().is_some() || value.downcast_object_ref::<Vec<Value>>().is_some() {
        return true;
    }
    if super::collections::is_view(value)
        || super::iteration::is_range(value)
        || is_undefined(value)
        || value.downcast_object_ref::<super::filters::Group>().is_some()
    {
        return false;
    }
    // Results of filters: lazy sequences of the engine, which have no name.
    matches!(value.kind(), ValueKind::Seq)
        || (value.kind() == ValueKind::Iterable
            && value.len().is_some()
            && value.downcast_object_ref::<Set>().is_none())
}

fn is_plain_map(value: &Value) -> bool {
    value.downcast_object_ref::<Dict>().is_some()
        || value.is_kwargs()
        || value.downcast_object_ref::<indexmap::IndexMap<Value, Value>>().is_some()
}

fn quote(out: &mut String, text: &str) {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(mark);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            letter if letter == mark => {
                out.push('\\');
                out.push(letter);
            }
            letter if (letter as u32) < 0x20 || (0x7f..0xa0).contains(&(letter as u32)) => {
                let _ = write!(out, "\\x{:02x}", letter as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push(mark);
}

fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    f64::try_from(value.clone()).map_or_else(|_| value.to_string(), float)
}

/// `repr` of a float: shortest digits, an exponent below 1e-4 and from 1e16 on.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0.0" } else { "0.0" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{number}");
        if plain.contains('.') { plain } else { format!("{plain}.0") }
    } else {
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    }
}

/// The name of Python's type of a value.
pub fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "Undefined",
        _ if is_undefined(value) => "Undefined",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        _ if value.is_tuple() => "tuple",
        _ if value.downcast_object_ref::<Set>().is_some() => "set",
        _ if is_plain_sequence(value) => "list",
        _ if is_plain_map(value) => "dict",
        _ if value.downcast_object_ref::<super::datetime::DateTime>().is_some() => "datetime.datetime",
        _ if value.downcast_object_ref::<super::datetime::Date>().is_some() => "datetime.date",
        _ if value.downcast_object_ref::<super::datetime::Delta>().is_some() => "datetime.timedelta",
        _ if value.downcast_object_ref::<Decimal>().is_some() => "decimal.Decimal",
        _ => "object",
    }
}

/// Where Jinja names a value in a message about a missing attribute.
pub fn described(value: &Value) -> String {
    match value.kind() {
        ValueKind::None => "None".to_owned(),
        _ => format!("{} object", type_name(value)).replace("object object", "object"),
    }
}

/// The whole number in a value, truth values included.
pub fn integer(value: &Value) -> Option<i64> {
    match value.kind() {
        ValueKind::Bool => Some(i64::from(value.is_true())),
        ValueKind::Number if value.is_integer() => i64::try_from(value.clone()).ok(),
        _ => None,
    }
}

/// The number in a value, truth values included.
pub fn real(value: &Value) -> Option<f64> {
    match value.kind() {
        ValueKind::Bool => Some(if value.is_true() { 1.0 } else { 0.0 }),
        ValueKind::Number => f64::try_from(value.clone()).ok().or_else(|| value.to_string().parse().ok()),
        ValueKind::Plain => value.downcast_object_ref::<Decimal>().map(|decimal| decimal.real()),
        _ => None,
    }
}
