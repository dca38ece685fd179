//! JSON and YAML: to values that templates can change, and back, in Python's text form.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use crate::jinja::failure::fail;
use crate::project::{Content, Yaml};

use super::collections::{dict, list};
use super::datetime::{date_value, datetime_value};
use super::text::{float, real, to_str, type_name};
use super::zone::Zone;

/// A value from JSON data.
pub fn value_from_json(data: &serde_json::Value) -> Value {
    match data {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => number_value(&number.to_string()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => list(items.iter().map(value_from_json).collect()),
        serde_json::Value::Object(items) => {
            dict(items.iter().map(|(key, item)| (Value::from(key.as_str()), value_from_json(item))))
        }
    }
}

fn number_value(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    if let Ok(number) = text.parse::<i128>() {
        return Value::from(number);
    }
    text.parse::<f64>().map_or_else(|_| Value::from(text), Value::from)
}

/// JSON data from a value; what JSON does not know becomes its text.
pub fn value_to_json(value: &Value) -> serde_json::Value {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => serde_json::Value::Bool(value.is_true()),
        ValueKind::Number => {
            let text = if value.is_integer() { value.to_string() } else { real(value).map(float).unwrap_or_default() };
            serde_json::from_str(&text).unwrap_or(serde_json::Value::Null)
        }
        ValueKind::String => serde_json::Value::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable if !super::is_undefined(value) => {
            serde_json::Value::Array(value.try_iter().into_iter().flatten().map(|item| value_to_json(&item)).collect())
        }
        ValueKind::Map if type_name(value) == "dict" => {
            let items = value.as_object().into_iter().flat_map(|map| map.try_iter_pairs().into_iter().flatten());
            serde_json::Value::Object(items.map(|(key, item)| (key_text(&key), value_to_json(&item))).collect())
        }
        _ => serde_json::Value::String(to_str(value)),
    }
}

/// Python: keys of JSON objects are texts, true and null.
fn key_text(key: &Value) -> String {
    match key.kind() {
        ValueKind::Bool => if key.is_true() { "true" } else { "false" }.to_owned(),
        ValueKind::None => "null".to_owned(),
        _ => to_str(key),
    }
}

/// `json.dumps(value)`.
pub fn json_text(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    Writer { sort: false, indent: None }.write(&mut out, value, 0)?;
    Ok(out)
}

/// How to write JSON.
pub(super) struct Writer {
    pub(super) sort: bool,
    pub(super) indent: Option<usize>,
}

impl Writer {
    pub(super) fn write(&self, out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > 200 {
            return Err(fail("Circular reference detected"));
        }
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number if value.is_integer() => out.push_str(&value.to_string()),
            ValueKind::Number => {
                let text = real(value).map(float).unwrap_or_default();
                out.push_str(match text.as_str() {
                    "nan" => "NaN",
                    "inf" => "Infinity",
                    "-inf" => "-Infinity",
                    text => text,
                });
            }
            ValueKind::String => escape(out, value.as_str().unwrap_or_default()),
            _ => match type_name(value) {
                "list" | "tuple" => self.array(out, value, depth)?,
                "dict" => self.object(out, value, depth)?,
                other => {
                    let name = if other == "object" { value.to_string() } else { other.to_owned() };
                    return Err(fail(format!("Object of type {name} is not JSON serializable")));
                }
            },
        }
        Ok(())
    }

    fn line(&self, out: &mut String, depth: usize) {
        if let Some(indent) = self.indent {
            out.push('\n');
            out.push_str(&" ".repeat(indent * depth));
        }
    }

    fn comma(&self, out: &mut String, depth: usize) {
        out.push_str(if self.indent.is_some() { "," } else { ", " });
        self.line(out, depth);
    }

    fn array(&self, out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
        let items: Vec<Value> = value.try_iter()?.collect();
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index == 0 {
                self.line(out, depth + 1);
            } else {
                self.comma(out, depth + 1);
            }
            self.write(out, item, depth + 1)?;
        }
        if !items.is_empty() {
            self.line(out, depth);
        }
        out.push(']');
        Ok(())
    }

    fn object(&self, out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
        let items = value.as_object().into_iter().flat_map(|map| map.try_iter_pairs().into_iter().flatten());
        let mut items: Vec<(String, Value)> = items.map(|(key, item)| (key_text(&key), item)).collect();
        if self.sort {
            items.sort_by(|left, right| left.0.cmp(&right.0));
        }
        out.push('{');
        for (index, (key, item)) in items.iter().enumerate() {
            if index == 0 {
                self.line(out, depth + 1);
            } else {
                self.comma(out, depth + 1);
            }
            escape(out, key);
            out.push_str(": ");
            self.write(out, item, depth + 1)?;
        }
        if !items.is_empty() {
            self.line(out, depth);
        }
        out.push('}');
        Ok(())
    }
}

/// Python writes everything but ASCII as `\uXXXX`.
fn escape(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// A value from YAML. PyYAML: a date that stands without quotes is a date.
pub fn value_from_yaml(yaml: &Yaml) -> Value {
    match &yaml.content {
        Content::Null => Value::from(()),
        Content::Bool(truth) => Value::from(*truth),
        Content::Int(number) => Value::from(*number),
        Content::Float(number) => Value::from(*number),
        Content::Text(text) => {
            let is_plain = yaml.source.text().get(yaml.range.clone()) == Some(text.as_str());
            is_plain.then(|| moment(text)).flatten().unwrap_or_else(|| Value::from(text.as_str()))
        }
        Content::Sequence(items) => list(items.iter().map(value_from_yaml).collect()),
        Content::Mapping(items) => dict(items.iter().map(|(key, item)| (value_from_yaml(key), value_from_yaml(item)))),
    }
}

/// A date such as `2024-01-31`, or with a time after a blank or a `T`, and perhaps its distance from UTC.
fn moment(text: &str) -> Option<Value> {
    let has_year = text.len() >= 10 && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    if !has_year || text.as_bytes()[4] != b'-' {
        return None;
    }
    if text.len() == 10 && text.as_bytes()[7] == b'-' {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(date_value);
    }
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    if let Some(local) = local {
        return Some(datetime_value(local, None));
    }
    let zoned = forms.iter().find_map(|form| DateTime::parse_from_str(text, &format!("{form} %#z")).ok())?;
    let zone = match zoned.offset().local_minus_utc() {
        0 => Zone::Utc,
        seconds => Zone::Fixed(seconds),
    };
    Some(datetime_value(zoned.naive_local(), Some(zone)))
}

/// YAML data from a value.
pub fn value_to_yaml(value: &Value) -> serde_yaml::Value {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => serde_yaml::Value::Null,
        ValueKind::Bool => serde_yaml::Value::Bool(value.is_true()),
        ValueKind::Number => match super::integer(value) {
            Some(number) => number.into(),
            None => real(value).unwrap_or_default().into(),
        },
        ValueKind::String => value.as_str().unwrap_or_default().into(),
        _ => match type_name(value) {
            "dict" => {
                let items = value.as_object().into_iter().flat_map(|map| map.try_iter_pairs().into_iter().flatten());
                serde_yaml::Value::Mapping(
                    items.map(|(key, item)| (value_to_yaml(&key), value_to_yaml(&item))).collect(),
                )
            }
            "list" | "tuple" | "set" => serde_yaml::Value::Sequence(
                value.try_iter().into_iter().flatten().map(|item| value_to_yaml(&item)).collect(),
            ),
            _ => to_str(value).into(),
        },
    }
}
