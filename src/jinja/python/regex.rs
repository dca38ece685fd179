//! `modules.re`.

use std::fmt;
use std::sync::Arc;

use fancy_regex::{Captures, Regex};
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::collections::{dict, list, tuple};
use super::function::{Function, Module, Native};
use super::text::{integer, repr};

const FUNCTIONS: &[(&str, Native)] = &[
    ("match", |state, arguments| function(state, "match", arguments)),
    ("search", |state, arguments| function(state, "search", arguments)),
    ("fullmatch", |state, arguments| function(state, "fullmatch", arguments)),
    ("sub", |state, arguments| function(state, "sub", arguments)),
    ("subn", |state, arguments| function(state, "subn", arguments)),
    ("split", |state, arguments| function(state, "split", arguments)),
    ("findall", |state, arguments| function(state, "findall", arguments)),
    ("finditer", |state, arguments| function(state, "finditer", arguments)),
    ("compile", compile),
    ("escape", escape),
];

const FLAGS: &[(&str, i64)] = &[
    ("IGNORECASE", 2),
    ("I", 2),
    ("LOCALE", 4),
    ("L", 4),
    ("MULTILINE", 8),
    ("M", 8),
    ("DOTALL", 16),
    ("S", 16),
    ("UNICODE", 32),
    ("U", 32),
    ("VERBOSE", 64),
    ("X", 64),
    ("ASCII", 256),
    ("A", 256),
];

const NAMES: &[&str] =
    &["compile", "escape", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"];

/// The module.
pub(super) fn module() -> Value {
    Module::value("re", member, NAMES)
}

fn member(name: &str) -> Option<Value> {
    if let Some((_, flag)) = FLAGS.iter().find(|(known, _)| *known == name) {
        return Some(Value::from(*flag));
    }
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|&(name, function)| Function::value(name, function))
}

/// A compiled pattern.
struct Pattern {
    source: String,
    flags: i64,
    regex: Regex,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "re.compile({})", repr(&Value::from(self.source.as_str())))
    }
}

impl Pattern {
    fn new(source: &str, flags: i64) -> Result<Self, Error> {
        let mut prefix = String::new();
        for (flag, letter) in [(2, 'i'), (8, 'm'), (16, 's'), (64, 'x')] {
            if flags & flag != 0 {
                prefix.push(letter);
            }
        }
        let body = source.replace("\\Z", "\\z");
        let text = if prefix.is_empty() { body } else { format!("(?{prefix}){body}") };
        let regex =
            Regex::new(&text).map_err(|error| fail(format!("invalid regular expression '{source}': {error}")))?;
        Ok(Self { source: source.to_owned(), flags, regex })
    }
}

fn pattern_of(value: &Value, flags: i64) -> Result<Arc<Pattern>, Error> {
    if let Some(pattern) = value.downcast_object::<Pattern>() {
        return Ok(pattern);
    }
    match value.as_str() {
        Some(source) => Pattern::new(source, flags).map(Arc::new),
        None => Err(fail("first argument must be string or compiled pattern")),
    }
}

fn compile(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new("compile", arguments);
    let flags = given.optional_integer(1, "flags")?.unwrap_or(0);
    Ok(Value::from_dyn_object(pattern_of(&given.required(0, "pattern")?, flags)?))
}

fn escape(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let text = Arguments::new("escape", arguments).text(0, "pattern")?;
    let mut out = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    Ok(Value::from(out))
}

/// `re.name(pattern, ..)`.
fn function(state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new(name, arguments);
    let position = match name {
        "sub" | "subn" => 4,
        "split" => 3,
        _ => 2,
    };
    let flags = given.optional_integer(position, "flags")?.unwrap_or(0);
    let pattern = pattern_of(&given.required(0, "pattern")?, flags)?;
    let mut rest: Vec<Value> = given.positional().iter().skip(1).take(position - 1).cloned().collect();
    let keywords: Vec<(String, Value)> =
        given.keywords().iter().filter(|(key, _)| key != "flags" && key != "pattern").cloned().collect();
    if !keywords.is_empty() {
        rest.push(keywords.into_iter().collect::<minijinja::value::Kwargs>().into());
    }
    method(state, &pattern, name, &rest)
}

fn failed(error: &fancy_regex::Error) -> Error {
    fail(format!("regular expression failed: {error}"))
}

fn method(state: &mut State<'_, '_>, pattern: &Arc<Pattern>, name: &str, arguments: &[Value]) -> Result<Value, Error> {
    let given = Arguments::new(name, arguments);
    match name {
        "match" | "search" | "fullmatch" => {
            let text: Arc<str> = given.text(0, "string")?.into();
            let found = match name {
                "search" => pattern.regex.captures(&text),
                _ => {
                    let end = if name == "fullmatch" { "\\z" } else { "" };
                    let anchored = Pattern::new(&format!("\\A(?:{}){end}", pattern.source), pattern.flags)?;
                    return anchored
                        .regex
                        .captures(&text)
                        .map(|found| match_value(found.as_ref(), &anchored, &text))
                        .map_err(|error| failed(&error));
                }
            };
            found.map(|found| match_value(found.as_ref(), pattern, &text)).map_err(|error| failed(&error))
        }
        "findall" | "finditer" => {
            let text: Arc<str> = given.text(0, "string")?.into();
            let mut all = Vec::new();
            for found in pattern.regex.captures_iter(&text) {
                let found = found.map_err(|error| failed(&error))?;
                all.push(if name == "finditer" {
                    match_value(Some(&found), pattern, &text)
                } else {
                    found_value(&found)
                });
            }
            Ok(list(all))
        }
        "split" => {
            let text = given.text(0, "string")?;
            let limit = given
                .optional_integer(1, "maxsplit")?
                .filter(|&limit| limit > 0)
                .and_then(|limit| usize::try_from(limit).ok());
            split(pattern, &text, limit)
        }
        "sub" | "subn" => {
            let replacement = given.required(0, "repl")?;
            let text: Arc<str> = given.text(1, "string")?.into();
            let limit = given
                .optional_integer(2, "count")?
                .filter(|&limit| limit > 0)
                .and_then(|limit| usize::try_from(limit).ok());
            let (text, count) = substitute(state, pattern, &replacement, &text, limit)?;
            Ok(if name == "subn" { tuple(vec![Value::from(text), Value::from(count)]) } else { Value::from(text) })
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// What `findall` gives for one match: the whole, the one group, or all groups.
fn found_value(found: &Captures<'_>) -> Value {
    let group = |index: usize| Value::from(found.get(index).map_or("", |group| group.as_str()));
    match found.len() {
        0 | 1 => group(0),
        2 => group(1),
        count => tuple((1..count).map(group).collect()),
    }
}

fn split(pattern: &Pattern, text: &str, limit: Option<usize>) -> Result<Value, Error> {
    let mut parts = Vec::new();
    let mut at = 0;
    for (count, found) in pattern.regex.captures_iter(text).enumerate() {
        if limit.is_some_and(|limit| count >= limit) {
            break;
        }
        let found = found.map_err(|error| failed(&error))?;
        let Some(whole) = found.get(0) else { continue };
        parts.push(Value::from(&text[at..whole.start()]));
        parts.extend(
            (1..found.len())
                .map(|index| found.get(index).map_or_else(|| Value::from(()), |group| Value::from(group.as_str()))),
        );
        at = whole.end();
    }
    parts.push(Value::from(&text[at..]));
    Ok(list(parts))
}

fn substitute(
    state: &mut State<'_, '_>,
    pattern: &Arc<Pattern>,
    replacement: &Value,
    text: &Arc<str>,
    limit: Option<usize>,
) -> Result<(String, usize), Error> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut count = 0;
    for found in pattern.regex.captures_iter(text) {
        if limit.is_some_and(|limit| count >= limit) {
            break;
        }
        let found = found.map_err(|error| failed(&error))?;
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&text[at..whole.start()]);
        match replacement.as_str() {
            Some(template) => expand(&mut out, template, &found)?,
            None => {
                let value = replacement.call(state, &[match_value(Some(&found), pattern, text)])?;
                out.push_str(&super::text::to_str(&value));
            }
        }
        at = whole.end();
        count += 1;
    }
    out.push_str(&text[at..]);
    Ok((out, count))
}

/// `\1`, `\g<1>`, `\g<name>` and `\n` in a replacement.
fn expand(out: &mut String, template: &str, found: &Captures<'_>) -> Result<(), Error> {
    let mut rest = template;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix("g<") {
            let end = tail.find('>').ok_or_else(|| fail("missing >, unterminated name"))?;
            let name = &tail[..end];
            let group = match name.parse::<usize>() {
                Ok(index) => found.get(index),
                Err(_) => found.name(name),
            };
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = &tail[end + 1..];
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        if digits > 0 {
            let (number, tail) = rest.split_at(digits.min(2));
            let index: usize = number.parse().unwrap_or(0);
            if index >= found.len() {
                return Err(fail(format!("invalid group reference {index}")));
            }
            out.push_str(found.get(index).map_or("", |group| group.as_str()));
            rest = tail;
            continue;
        }
        let Some(letter) = rest.chars().next() else {
            return Err(fail("bad escape (end of pattern)"));
        };
        rest = &rest[letter.len_utf8()..];
        match letter {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\\' => out.push('\\'),
            letter if letter.is_ascii_alphabetic() => return Err(fail(format!("bad escape \\{letter}"))),
            letter => {
                out.push('\\');
                out.push(letter);
            }
        }
    }
    out.push_str(rest);
    Ok(())
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "pattern" => Some(Value::from(self.source.as_str())),
            "flags" => Some(Value::from(self.flags | 32)),
            "groups" => Some(Value::from(self.regex.captures_len() - 1)),
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        method(state, self, name, arguments)
    }
}

/// One match.
struct Match {
    text: Arc<str>,
    groups: Vec<Option<(usize, usize)>>,
    names: Vec<(String, usize)>,
}

fn match_value(found: Option<&Captures<'_>>, pattern: &Pattern, text: &Arc<str>) -> Value {
    let Some(found) = found else { return Value::from(()) };
    let groups = (0..found.len()).map(|index| found.get(index).map(|group| (group.start(), group.end()))).collect();
    let names =
        pattern.regex.capture_names().enumerate().filter_map(|(index, name)| Some((name?.to_owned(), index))).collect();
    Value::from_object(Match { text: Arc::clone(text), groups, names })
}

impl fmt::Debug for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = self.span(0).unwrap_or((0, 0));
        let text = self.groups.first().and_then(|group| *group).map_or("", |(start, end)| &self.text[start..end]);
        write!(formatter, "<re.Match object; span=({start}, {end}), match={}>", repr(&Value::from(text)))
    }
}

impl Match {
    fn index(&self, key: &Value) -> Option<usize> {
        let index = match key.as_str() {
            Some(name) => self.names.iter().find(|(known, _)| known == name).map(|(_, index)| *index)?,
            None => usize::try_from(integer(key)?).ok()?,
        };
        (index < self.groups.len()).then_some(index)
    }

    fn group(&self, index: usize) -> Value {
        match self.groups.get(index).and_then(|group| *group) {
            Some((start, end)) => Value::from(&self.text[start..end]),
            None => Value::from(()),
        }
    }

    /// Positions count characters.
    fn span(&self, index: usize) -> Option<(usize, usize)> {
        let (start, end) = self.groups.get(index).and_then(|group| *group)?;
        Some((self.text[..start].chars().count(), self.text[..end].chars().count()))
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("string") => Some(Value::from(&*self.text)),
            Some("lastindex") => {
                (1..self.groups.len()).rev().find(|&index| self.groups[index].is_some()).map(Value::from)
            }
            _ => self.index(key).map(|index| self.group(index)),
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(name, arguments);
        let one = |key: &Value| self.index(key).ok_or_else(|| fail("no such group"));
        let span = |index: usize| {
            self.span(index)
                .map_or((-1, -1), |(start, end)| (i64::try_from(start).unwrap_or(-1), i64::try_from(end).unwrap_or(-1)))
        };
        let default = given.get(0, "default").unwrap_or_else(|| Value::from(()));
        let or_default = |index: usize| if self.groups[index].is_some() { self.group(index) } else { default.clone() };
        Ok(match name {
            "group" => match given.positional() {
                [] => self.group(0),
                [key] => self.group(one(key)?),
                keys => {
                    tuple(keys.iter().map(|key| one(key).map(|index| self.group(index))).collect::<Result<_, _>>()?)
                }
            },
            "groups" => tuple((1..self.groups.len()).map(or_default).collect()),
            "groupdict" => {
                dict(self.names.iter().map(|(name, index)| (Value::from(name.as_str()), or_default(*index))))
            }
            "start" | "end" | "span" => {
                let index = given.get(0, "group").map_or(Ok(0), |key| one(&key))?;
                let (start, end) = span(index);
                match name {
                    "start" => Value::from(start),
                    "end" => Value::from(end),
                    _ => tuple(vec![Value::from(start), Value::from(end)]),
                }
            }
            "expand" => return Err(fail("expand() of a match is not available")),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}
