//! Generic tests that YAML files declare: their arguments, configuration, names and ids.

use md5::{Digest, Md5};
use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Result, Span};
use crate::project::{Content, Yaml};

/// A generic test as declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// `not_null`.
    pub name: String,
    /// `dbt_utils`.
    pub namespace: Option<String>,
    /// The name that the user gave.
    pub custom_name: Option<String>,
    /// Its description, with its Jinja.
    pub description: Option<Yaml>,
    /// Arguments without `model` and `column_name`.
    pub arguments: Map<String, Value>,
    /// Configuration.
    pub config: Map<String, Value>,
    /// Where it is declared.
    pub span: Span,
    /// Configuration that stands beside the arguments instead of below `config:`.
    pub beside: Vec<(String, Span)>,
    /// Whether arguments stand beside the test's name, and none below `arguments:`.
    pub is_flat: bool,
}

/// Keys beside a test's arguments that configure it. dbt: `CONFIG_ARGS` of its test builder.
pub const CONFIG_KEYS: &[&str] = &[
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
    "sql_header",
];

/// Whether `arguments:` holds the arguments of a test, or is one of them.
///
/// dbt: the behavior flag `require_generic_test_arguments_property`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// It holds them.
    Read,
    /// It is one.
    Plain,
}

/// Reads one entry of `data_tests:`: a name, or a mapping of a name to arguments.
///
/// # Errors
/// The entry is neither.
pub fn read(entry: &Yaml, nesting: Nesting) -> Result<Declared> {
    let invalid = |yaml: &Yaml, why: &str| {
        Box::new(
            Diagnostic::error(Class::Parsing, format!("test definition is not valid: {why}"))
                .label(yaml.span(), "")
                .help("write `- not_null`, or `- accepted_values: {arguments: {values: [1, 2]}}`"),
        )
    };
    let (full_name, body, span) = match &entry.content {
        Content::Text(name) => (name.to_string(), None, entry.span()),
        Content::Mapping(pairs) if pairs.len() == 1 => (pairs[0].0.display(), Some(&pairs[0].1), pairs[0].0.span()),
        Content::Mapping(_) => match entry.get("test_name").and_then(Yaml::text) {
            Some(name) => (name.to_owned(), Some(entry), entry.span()),
            None => return Err(invalid(entry, "it has several keys and none of them is `test_name`")),
        },
        _ => return Err(invalid(entry, &format!("it is {}", entry.kind()))),
    };
    let mut declared = Declared {
        name: full_name.clone(),
        namespace: None,
        custom_name: None,
        description: None,
        arguments: Map::new(),
        config: Map::new(),
        span,
        beside: Vec::new(),
        is_flat: false,
    };
    if let Some((namespace, name)) = full_name.split_once('.') {
        declared.namespace = Some(namespace.to_owned());
        name.clone_into(&mut declared.name);
    }
    // dbt: what follows the name, such as a second colon, does not count.
    let word = declared.name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    if let Some(end) = word.filter(|end| *end > 0) {
        declared.name.truncate(end);
    }
    let Some(body) = body else { return Ok(declared) };
    if !body.is_null() && body.pairs().is_empty() && !matches!(body.content, Content::Mapping(_)) {
        return Err(invalid(body, &format!("test arguments must be a mapping, and this is {}", body.kind())));
    }
    let (mut nested, mut flat) = (false, false);
    for (key, value) in body.pairs() {
        match key.display().as_str() {
            "test_name" => {}
            "name" => declared.custom_name = Some(value.display()),
            "description" => declared.description = Some(value.clone()),
            "config" if !value.is_null() && !matches!(value.content, Content::Mapping(_)) => {
                return Err(invalid(
                    value,
                    &format!("the config of a test must be a dict, and this is {}", value.kind()),
                ));
            }
            "config" => {
                for (key, value) in value.pairs() {
                    declared.config.insert(key.display(), value.to_json());
                }
            }
            "arguments" if nesting == Nesting::Read => {
                nested = !value.pairs().is_empty();
                for (key, value) in value.pairs() {
                    match key.display().as_str() {
                        // dbt: what names, describes and configures a test does so here, too.
                        "name" => declared.custom_name = Some(value.display()),
                        "description" => declared.description = Some(value.clone()),
                        "config" if matches!(value.content, Content::Mapping(_)) => {
                            declared.config.extend(value.to_map());
                        }
                        name if CONFIG_KEYS.contains(&name) => {
                            declared.config.insert(name.to_owned(), value.to_json());
                        }
                        name => {
                            declared.arguments.insert(name.to_owned(), value.to_json());
                        }
                    }
                }
            }
            name if CONFIG_KEYS.contains(&name) => {
                if !value.is_null() && body.get("config").is_some_and(|config| config.get(name).is_some()) {
                    return Err(Box::new(
                        Diagnostic::error(
                            Class::Compilation,
                            "Test cannot have the same key at the top-level and in config",
                        )
                        .label(key.span(), format!("`{name}` stands in `config` too")),
                    ));
                }
                declared.beside.push((name.to_owned(), key.span()));
                declared.config.insert(name.to_owned(), value.to_json());
            }
            key => {
                flat = true;
                declared.arguments.insert(key.to_owned(), value.to_json());
            }
        }
    }
    declared.is_flat = flat && !nested;
    declared.arguments.remove("model");
    Ok(declared)
}

/// The short and the full name of a test on a target. dbt: names of 64 letters and more are shortened by a hash.
///
/// `kind` is the test's name with its namespace, and `source_` before it for sources.
pub fn names(kind: &str, target: &str, arguments: &Map<String, Value>) -> (String, String) {
    let mut parts: Vec<String> = Vec::new();
    let mut keys: Vec<&String> = arguments.keys().filter(|key| *key != "model").collect();
    keys.sort();
    for key in keys {
        match &arguments[key.as_str()] {
            Value::Object(map) => parts.extend(map.values().map(python_text)),
            Value::Array(items) => parts.extend(items.iter().map(python_text)),
            value => parts.push(python_text(value)),
        }
    }
    let clean: Vec<String> = parts.iter().map(|part| clean(part)).collect();
    let full = format!("{kind}_{target}_{}", clean.join("__"));
    if full.chars().count() < 64 {
        return (full.clone(), full);
    }
    let short: String = kind.chars().chain("_".chars()).chain(target.chars()).take(30).collect();
    (format!("{short}_{}", hex(full.as_bytes())), full)
}

/// Runs of characters other than letters, digits and `_` become one `_`.
fn clean(part: &str) -> String {
    let mut cleaned = String::with_capacity(part.len());
    let mut gap = false;
    for letter in part.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            cleaned.push(letter);
            gap = false;
        } else if !gap {
            cleaned.push('_');
            gap = true;
        }
    }
    cleaned
}

/// The last ten letters of a hash over name and arguments, so that equal names have different ids.
pub fn hash(name: &str, namespace: Option<&str>, test: &str, kwargs: &Map<String, Value>) -> String {
    // dbt: the mapping of these three, its keys sorted.
    let mut text = format!("{name}{{'kwargs': ");
    sorted_pairs(kwargs, &mut text);
    text.push_str(", 'name': ");
    quote(test, &mut text);
    text.push_str(", 'namespace': ");
    quote(namespace.unwrap_or("None"), &mut text);
    text.push('}');
    let digest = hex(text.as_bytes());
    digest[digest.len() - 10..].to_owned()
}

/// MD5 in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    format!("{:032x}", u128::from_be_bytes(digest))
}

/// Python's `repr` of a value whose leaves were made text and whose keys were sorted.
fn sorted_text(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => sorted_pairs(map, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                sorted_text(item, text);
            }
            text.push(']');
        }
        Value::String(leaf) => quote(leaf, text),
        leaf => quote(&python_text(leaf), text),
    }
}

fn sorted_pairs(map: &Map<String, Value>, text: &mut String) {
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort();
    text.push('{');
    for (index, key) in keys.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { ", " });
        quote(key, text);
        text.push_str(": ");
        sorted_text(&map[key.as_str()], text);
    }
    text.push('}');
}

/// Python's `repr` of a text.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quote(text, &mut quoted);
    quoted
}

/// Writes Python's `repr` of a text.
fn quote(text: &str, into: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    into.push(quote);
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\n', '\r', '\t', quote]) {
        into.push_str(&rest[..at]);
        into.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'"' => "\\\"",
            _ => "\\'",
        });
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
    into.push(quote);
}

/// Python's `str` of a value.
pub fn python_text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(python_repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", quoted(key), python_repr(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// Python's `repr` of a value.
pub fn python_repr(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => python_text(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn names_and_hashes_equal_those_of_dbt() {
        let kwargs = map(json!({"column_name": "id", "model": "{{ get_where_subquery(ref('a')) }}"}));
        let (short, full) = names("unique", "a", &kwargs);
        assert_eq!((short.as_str(), full.as_str()), ("unique_a_id", "unique_a_id"));
        assert_eq!(hash("unique_a_id", None, "unique", &kwargs), "f6a5f640da");
        let kwargs = map(json!({"column_name": "id", "values": [1, 2], "model": "{{ get_where_subquery(ref('a')) }}"}));
        assert_eq!(names("accepted_values", "a", &kwargs).0, "accepted_values_a_id__1__2");
        assert_eq!(hash("accepted_values_a_id__1__2", None, "accepted_values", &kwargs), "39f922d4f8");
        let kwargs = map(json!({"column_name": "id", "field": "id", "to": "ref('b')",
            "model": "{{ get_where_subquery(ref('f')) }}"}));
        assert_eq!(names("relationships", "f", &kwargs).0, "relationships_f_id__id__ref_b_");
        assert_eq!(hash("relationships_f_id__id__ref_b_", None, "relationships", &kwargs), "7d75a379de");
    }

    #[test]
    fn both_ways_of_giving_arguments() {
        let yaml = Yaml::parse_text("s.yml", "- accepted_values: {values: [a], severity: warn}\n- dbt_utils.x:\n    name: n\n    arguments: {y: 1, limit: 3, config: {severity: warn}}\n    config: {where: z}\n- unique\n- [1]").unwrap();
        let first = read(&yaml.items()[0], Nesting::Read).unwrap();
        assert_eq!(first.arguments, map(json!({"values": ["a"]})));
        assert_eq!(first.config, map(json!({"severity": "warn"})));
        let second = read(&yaml.items()[1], Nesting::Read).unwrap();
        assert_eq!((second.namespace.as_deref(), second.custom_name.as_deref()), (Some("dbt_utils"), Some("n")));
        assert_eq!(second.arguments, map(json!({"y": 1})));
        assert_eq!(second.config, map(json!({"where": "z", "limit": 3, "severity": "warn"})));
        assert_eq!(read(&yaml.items()[2], Nesting::Read).unwrap().name, "unique");
        assert!(read(&yaml.items()[3], Nesting::Read).unwrap_err().message.contains("a list"));
    }
}
