//! The shape that a YAML entry must have: keys, what they hold, and which may be left out.
//!
//! dbt: entries are checked against a JSON schema made from Python classes; the words of a misfit are those of its
//! `jsonschema` library, behind `Invalid {section} config given in {file} @ {section}: {entry}`.

use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::jinja::python;
use crate::project::{Content, Yaml};

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text.
    Text,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A mapping with any keys.
    Map,
    /// A list.
    List(&'static Shape),
    /// A mapping with these keys and no others.
    Object(&'static [Key]),
    /// One of several.
    Either(&'static [Shape]),
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may be left out, but may not be null.
    Optional,
    /// It may be left out or null.
    Nullable,
}

/// A key of a mapping.
pub type Key = (&'static str, Need, Shape);

/// A misfit: where, on the way from the entry, and why.
struct Misfit<'y> {
    yaml: &'y Yaml,
    path: Vec<String>,
    reason: String,
    near: Option<String>,
}

/// Checks an entry of a section.
///
/// # Errors
/// Something is missing, is too much or is of another type; the place is that of the value.
pub fn check(entry: &Yaml, section: &str, shape: &Shape) -> Result<()> {
    let mut path = Vec::new();
    match misfit(entry, shape, &mut path) {
        None => Ok(()),
        Some(found) => {
            let cause = format!("at path [{}]: {}", found.path.join("]["), found.reason);
            let mut diagnostic = invalid(entry, section, &cause);
            diagnostic.labels.clear();
            Err(Box::new(diagnostic.label(found.yaml.span(), "here").suggest(found.near.as_deref())))
        }
    }
}

/// The error for an entry of a section that is wrong for a reason. dbt: `YamlParseDictError`.
pub fn invalid(entry: &Yaml, section: &str, reason: &str) -> Diagnostic {
    let data = python::repr(&python::value_from_json(&entry.to_json()));
    let message = format!("Invalid {section} config given in {} @ {section}: {data} - {reason}", entry.source.path());
    Diagnostic::error(Class::Parsing, message).label(entry.get("name").unwrap_or(entry).span(), "")
}

fn text_of(yaml: &Yaml) -> String {
    python::repr(&python::value_from_json(&yaml.to_json()))
}

fn type_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text => "string",
        Shape::Bool => "boolean",
        Shape::Int => "integer",
        Shape::Number => "number",
        Shape::List(_) => "array",
        Shape::Map | Shape::Object(_) => "object",
        Shape::Either(_) => "any",
    }
}

fn misfit<'y>(yaml: &'y Yaml, shape: &Shape, path: &mut Vec<String>) -> Option<Misfit<'y>> {
    let fits = match (shape, &yaml.content) {
        (Shape::Text, Content::Text(_))
        | (Shape::Bool, Content::Bool(_))
        | (Shape::Int, Content::Int(_))
        | (Shape::Number, Content::Int(_) | Content::Float(_))
        | (Shape::Map, Content::Mapping(_)) => true,
        (Shape::List(inner), Content::Sequence(items)) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                if let Some(found) = misfit(item, inner, path) {
                    return Some(found);
                }
                path.pop();
            }
            true
        }
        (Shape::Object(keys), Content::Mapping(_)) => return object(yaml, keys, path),
        (Shape::Either(shapes), _) => {
            let fits = shapes.iter().any(|shape| misfit(yaml, shape, &mut Vec::new()).is_none());
            if !fits {
                // One shape of the value's own kind explains better than "none of them".
                let inner = shapes.iter().find(|shape| {
                    matches!(
                        (shape, &yaml.content),
                        (Shape::Object(_), Content::Mapping(_)) | (Shape::List(_), Content::Sequence(_))
                    )
                });
                if let Some(found) = inner.and_then(|inner| misfit(yaml, inner, path)) {
                    return Some(found);
                }
                let reason = format!("{} is not valid under any of the given schemas", text_of(yaml));
                return Some(Misfit { yaml, path: path.clone(), reason, near: None });
            }
            true
        }
        _ => false,
    };
    (!fits).then(|| Misfit {
        yaml,
        path: path.clone(),
        reason: format!("{} is not of type '{}'", text_of(yaml), type_name(shape)),
        near: None,
    })
}

fn object<'y>(yaml: &'y Yaml, keys: &[Key], path: &mut Vec<String>) -> Option<Misfit<'y>> {
    for (name, need, _) in keys {
        if *need == Need::Required && yaml.get(name).is_none() {
            let reason = format!("'{name}' is a required property");
            return Some(Misfit { yaml, path: path.clone(), reason, near: None });
        }
    }
    let rule = |name: &str| keys.iter().find(|(known, _, _)| *known == name);
    let unknown: Vec<&Yaml> =
        yaml.pairs().iter().map(|(key, _)| key).filter(|key| rule(&key.display()).is_none()).collect();
    if let Some(first) = unknown.first() {
        let mut names: Vec<String> = unknown.iter().map(|key| format!("'{}'", key.display())).collect();
        names.sort();
        let verb = if names.len() == 1 { "was" } else { "were" };
        let reason = format!("Additional properties are not allowed ({} {verb} unexpected)", names.join(", "));
        let near = nearest(&first.display(), keys.iter().map(|(known, _, _)| *known)).map(str::to_owned);
        return Some(Misfit { yaml: first, path: path.clone(), reason, near });
    }
    for (key, value) in yaml.pairs() {
        let name = key.display();
        let Some((_, need, shape)) = rule(&name) else { continue };
        if *need == Need::Nullable && value.is_null() {
            continue;
        }
        path.push(format!("'{name}'"));
        if let Some(found) = misfit(value, shape, path) {
            return Some(found);
        }
        path.pop();
    }
    None
}

/// A value of a fixed list, in any case; gives it as the list spells it.
///
/// # Errors
/// It is none of them.
pub fn one_of(yaml: &Yaml, entry: &Yaml, section: &str, what: &str, known: &[&'static str]) -> Result<String> {
    let text = yaml.display();
    if let Some(found) = known.iter().find(|name| name.eq_ignore_ascii_case(&text)) {
        return Ok((*found).to_owned());
    }
    let mut diagnostic = invalid(entry, section, &format!("'{text}' is not a valid {what}"));
    diagnostic.labels.clear();
    Err(Box::new(
        diagnostic
            .label(yaml.span(), "")
            .suggest(nearest(&text, known.iter().copied()))
            .note(format!("one of {}", known.join(", "))),
    ))
}

/// Renders the Jinja in an entry's texts, but for those below keys that `keep` names; places stay.
///
/// # Errors
/// A template cannot be rendered.
pub fn rendered(
    yaml: &Yaml,
    keep: &dyn Fn(&[&str]) -> bool,
    render: &dyn Fn(&Yaml) -> Result<serde_json::Value>,
) -> Result<Yaml> {
    fn walk<'y>(
        yaml: &'y Yaml,
        path: &mut Vec<&'y str>,
        keep: &dyn Fn(&[&str]) -> bool,
        render: &dyn Fn(&Yaml) -> Result<serde_json::Value>,
    ) -> Result<Yaml> {
        let content = match &yaml.content {
            Content::Text(text) if (text.contains("{{") || text.contains("{%")) && !keep(path) => {
                return Ok(placed(yaml, &render(yaml)?));
            }
            Content::Sequence(items) => {
                path.push("*");
                let made = items.iter().map(|item| walk(item, path, keep, render)).collect::<Result<Vec<_>>>()?;
                path.pop();
                Content::Sequence(made)
            }
            Content::Mapping(pairs) => {
                let mut made = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    path.push(key.text().unwrap_or_default());
                    made.push((key.clone(), walk(value, path, keep, render)?));
                    path.pop();
                }
                Content::Mapping(made)
            }
            other => other.clone(),
        };
        Ok(Yaml { source: yaml.source.clone(), range: yaml.range.clone(), content })
    }
    walk(yaml, &mut Vec::new(), keep, render)
}

/// A rendered value at the place of its template.
fn placed(yaml: &Yaml, json: &serde_json::Value) -> Yaml {
    use serde_json::Value;
    let at = |content| Yaml { source: yaml.source.clone(), range: yaml.range.clone(), content };
    at(match json {
        Value::Null => Content::Null,
        Value::Bool(value) => Content::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Content::Int(number),
            (None, Some(number)) => Content::Float(number),
            _ => Content::Text(number.to_string().into()),
        },
        Value::String(text) => Content::Text(text.into()),
        Value::Array(items) => Content::Sequence(items.iter().map(|item| placed(yaml, item)).collect()),
        Value::Object(map) => Content::Mapping(
            map.iter().map(|(key, value)| (at(Content::Text(key.into())), placed(yaml, value))).collect(),
        ),
    })
}
