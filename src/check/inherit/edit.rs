//! Insertions into a YAML file that leave everything else as it is, comments and layout included.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Map, Value};

use super::{Inherited, InheritedTest};
use crate::project::{Content, Yaml};

/// Text that is put in the place of bytes, which are none but for an empty description.
#[derive(Debug)]
pub(super) struct Insertion {
    range: Range<usize>,
    text: String,
}

impl Insertion {
    fn new(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }
}

/// The text with all insertions.
pub(super) fn applied(text: &str, mut insertions: Vec<Insertion>) -> String {
    insertions.sort_by_key(|insertion| insertion.range.start);
    let mut made = String::with_capacity(text.len());
    let mut from = 0;
    for insertion in insertions {
        made.push_str(&text[from..insertion.range.start]);
        made.push_str(&insertion.text);
        from = insertion.range.end;
    }
    made + &text[from..]
}

/// What must be put into the entry of a node to write down what its columns inherit; none where its layout leaves no
/// place for it.
pub(super) fn entry(node: &Yaml, columns: &[&Inherited]) -> Option<Vec<Insertion>> {
    let mut insertions = Vec::new();
    let mut missing = Vec::new();
    let listed = node.get("columns");
    for inherited in columns {
        let is_it = |column: &&Yaml| {
            let name = column.get("name").map(Yaml::display).unwrap_or_default();
            name.eq_ignore_ascii_case(&inherited.column)
        };
        match listed.and_then(|listed| listed.items().iter().find(is_it)) {
            Some(column) => insertions.extend(existing(column, inherited)?),
            None => missing.push(*inherited),
        }
    }
    if missing.is_empty() {
        return Some(insertions);
    }
    match listed.filter(|listed| !listed.items().is_empty()) {
        Some(listed) => {
            let indent = item_indent(listed.items().first()?)?;
            let at = line_end(node, listed.range.end);
            insertions.push(Insertion::new(at, new_columns(&missing, &indent)));
        }
        None if listed.is_none() => {
            let indent = key_indent(node)?;
            let inner = format!("{indent}  ");
            let at = line_end(node, node.range.end);
            insertions.push(Insertion::new(at, format!("\n{indent}columns:{}", new_columns(&missing, &inner))));
        }
        None => return None,
    }
    Some(insertions)
}

/// The lines of columns that are not listed yet, each beginning with a line break.
pub(super) fn new_columns(columns: &[&Inherited], indent: &str) -> String {
    let mut text = String::new();
    for column in columns {
        // Writing to a text cannot fail.
        let _ = write!(text, "\n{indent}- name: {}", scalar(&column.column));
        text.push_str(&facts(column, &format!("{indent}  ")));
    }
    text
}

/// The lines of a column behind its name.
fn facts(column: &Inherited, indent: &str) -> String {
    let mut text = String::new();
    if let Some((description, _)) = &column.description {
        let _ = write!(text, "\n{indent}description: {}", scalar(description));
    }
    text.push_str(&new_tests(&column.tests, indent));
    text
}

fn new_tests(tests: &[InheritedTest], indent: &str) -> String {
    let lines: String = tests.iter().map(|test| format!("\n{indent}  - {}", flow_test(test))).collect();
    if lines.is_empty() { lines } else { format!("\n{indent}data_tests:{lines}") }
}

/// What is put into a column that is listed.
fn existing(column: &Yaml, inherited: &Inherited) -> Option<Vec<Insertion>> {
    let name = column.get("name")?;
    let tests = column.get("data_tests").or_else(|| column.get("tests"));
    let mut insertions = Vec::new();
    let (open, description) = (is_flow(column), inherited.description.as_ref().map(|(text, _)| text));
    // An empty description that is written has its place already.
    let written = column.get("description");
    if let (Some(written), Some(text)) = (written, description) {
        let text = if written.range.is_empty() { format!(" {}", quoted(text)) } else { quoted(text) };
        insertions.push(Insertion { range: written.range.clone(), text });
    }
    let description = description.filter(|_| written.is_none());
    let listed = tests.and_then(|tests| tests.items().first().map(|first| (tests, first)));
    if open {
        let mut text = description.map(|text| format!(", description: {}", quoted(text))).unwrap_or_default();
        if listed.is_none() && !inherited.tests.is_empty() {
            let tests: Vec<String> = inherited.tests.iter().map(flow_test).collect();
            let _ = write!(text, ", data_tests: [{}]", tests.join(", "));
        }
        insertions.push(Insertion::new(name.range.end, text));
    } else {
        let indent = key_indent(column)?;
        let mut text = description.map(|text| format!("\n{indent}description: {}", scalar(text))).unwrap_or_default();
        if listed.is_none() {
            text.push_str(&new_tests(&inherited.tests, &indent));
        }
        insertions.push(Insertion::new(line_end(column, name.range.end), text));
    }
    if let Some((tests, first)) = listed.filter(|_| !inherited.tests.is_empty()) {
        if is_flow(tests) {
            let text = inherited.tests.iter().map(|test| flow_test(test) + ", ").collect();
            insertions.push(Insertion::new(first.range.start, text));
        } else {
            let indent = item_indent(first)?;
            let at = line_start(first, first.range.start);
            let text = inherited.tests.iter().map(|test| format!("{indent}- {}\n", flow_test(test))).collect();
            insertions.push(Insertion::new(at, text));
        }
    }
    insertions.retain(|insertion| !insertion.text.is_empty());
    Some(insertions)
}

/// A test on one line.
fn flow_test(test: &InheritedTest) -> String {
    if test.arguments.is_empty() {
        return test.name.clone();
    }
    format!("{{{}: {{arguments: {}}}}}", test.name, flow_map(&test.arguments))
}

fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => flow_map(map),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn flow_map(map: &Map<String, Value>) -> String {
    let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// A text as a plain scalar where it can be one, and else in quotes.
fn scalar(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || " _-.,;()/'%+".contains(letter);
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if text.starts_with(char::is_alphabetic)
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !words.contains(&text.to_lowercase().as_str())
    {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes, whose escapes are those of JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether a value is written with brackets.
fn is_flow(value: &Yaml) -> bool {
    let first = value.source.text().as_bytes().get(value.range.start);
    matches!(value.content, Content::Mapping(_) | Content::Sequence(_)) && matches!(first, Some(b'{' | b'['))
}

fn line_start(value: &Yaml, at: usize) -> usize {
    value.source.text()[..at].rfind('\n').map_or(0, |before| before + 1)
}

/// The end of the line on which the text before a byte ends.
fn line_end(value: &Yaml, at: usize) -> usize {
    let text = value.source.text();
    let end = text[..at].trim_end().len();
    let line = text[end..].find('\n').map_or(text.len(), |found| end + found);
    text[..line].strip_suffix('\r').map_or(line, str::len)
}

/// The blanks before the keys of a block mapping.
fn key_indent(value: &Yaml) -> Option<String> {
    if is_flow(value) {
        return None;
    }
    let start = line_start(value, value.range.start);
    let before = &value.source.text()[start..value.range.start];
    before.chars().all(|letter| letter == ' ' || letter == '-').then(|| " ".repeat(before.len()))
}

/// The blanks before the dash of an item of a block list.
fn item_indent(item: &Yaml) -> Option<String> {
    let start = line_start(item, item.range.start);
    let before = &item.source.text()[start..item.range.start];
    let (indent, rest) = before.rsplit_once('-')?;
    (indent.chars().all(|letter| letter == ' ') && rest.trim().is_empty()).then(|| indent.to_owned())
}
