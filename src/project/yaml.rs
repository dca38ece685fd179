//! YAML text to a tree whose every key and value knows its place.
//!
//! The tree is built from the parser's events, and not by `serde_yaml`, for two reasons: an unknown key must be
//! shown at its own line, and plain scalars must mean what they mean to PyYAML (YAML 1.1: `yes` is true, `2020-01-01`
//! a date), since existing projects were written against that. dbt: reads with `yaml.SafeLoader`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as ScanSpan};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::project::indented::Indented;

/// A value of a YAML file with its place.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// The file it stands in.
    pub source: Arc<SourceFile>,
    /// Its byte range in that file.
    pub range: Range<usize>,
    /// The value itself.
    pub content: Content,
}

/// What a YAML value is.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text; also dates, which keep their spelling. Keys and names are short: most take no memory of their own.
    Text(SmolStr),
    /// A list.
    Sequence(Vec<Yaml>),
    /// Keys and values in the file's order.
    Mapping(Vec<(Yaml, Yaml)>),
}

impl Content {
    /// What a template gave, as if it had been written at that place.
    pub fn from_json(value: Value, source: &Arc<SourceFile>, range: &Range<usize>) -> Self {
        let place = |content: Self| Yaml { source: Arc::clone(source), range: range.clone(), content };
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Self::Int(number),
                (None, number) => Self::Float(number.unwrap_or_default()),
            },
            Value::String(text) => Self::Text(text.into()),
            Value::Array(items) => {
                Self::Sequence(items.into_iter().map(|item| place(Self::from_json(item, source, range))).collect())
            }
            Value::Object(map) => Self::Mapping(
                map.into_iter()
                    .map(|(key, value)| (place(Self::Text(key.into())), place(Self::from_json(value, source, range))))
                    .collect(),
            ),
        }
    }
}

impl Yaml {
    /// Parses one document; an empty text is [`Content::Null`].
    ///
    /// # Errors
    /// The text is not YAML, holds a duplicate anchor use or several documents.
    pub fn parse(source: &Arc<SourceFile>) -> Result<Self> {
        Self::parse_noting(source, &mut Vec::new())
    }

    /// Parses one document and notes the keys that occur again in their mapping.
    ///
    /// # Errors
    /// As [`Yaml::parse`].
    pub fn parse_noting(source: &Arc<SourceFile>, repeated: &mut Vec<Self>) -> Result<Self> {
        let mut indented = Indented::new(source.text());
        loop {
            let error = match Self::of_text(source, &indented, repeated)? {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !indented.make_way(&error) {
                let at = Builder::new(source, &indented).offset(error.marker().line(), error.marker().col());
                return Err(Box::new(syntax_error(source, at, error.info())));
            }
        }
    }

    /// Parses the text of a file; the inner result is the parser's own.
    fn of_text(
        source: &Arc<SourceFile>,
        indented: &Indented<'_>,
        repeated: &mut Vec<Self>,
    ) -> Result<std::result::Result<Self, ScanError>> {
        let mut builder = Builder::new(source, indented);
        let mut parser = Parser::new_from_str(indented.text());
        let mut root = None;
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => return Ok(Err(error)),
            };
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
            }
            if let Some(value) = builder.event(event, span)? {
                root.get_or_insert(value);
            }
        }
        repeated.append(&mut builder.repeated);
        if documents > 1 {
            return Err(Box::new(syntax_error(source, 0, "expected a single document in the stream")));
        }
        Ok(Ok(root.unwrap_or(Self { source: Arc::clone(source), range: 0..0, content: Content::Null })))
    }

    /// Parses a text that is no file, such as the argument of `--vars`.
    ///
    /// # Errors
    /// As [`Yaml::parse`].
    pub fn parse_text(name: &str, text: &str) -> Result<Self> {
        Self::parse(&SourceFile::new(name, text))
    }

    /// The place of the value.
    pub fn span(&self) -> Span {
        Span::new(&self.source, self.range.clone())
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value of a key.
    pub fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        self.pairs().iter().find(|(name, _)| name.text() == Some(key)).map(|(name, value)| (name, value))
    }

    /// The pairs of a mapping; empty for anything else.
    pub fn pairs(&self) -> &[(Self, Self)] {
        match &self.content {
            Content::Mapping(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The text of a text value.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as text, also of numbers and truth values, as Python prints them.
    pub fn display(&self) -> String {
        self.shown().into_owned()
    }

    /// [`Yaml::display`] without a copy of what is a text.
    pub fn shown(&self) -> Cow<'_, str> {
        Cow::Owned(match &self.content {
            Content::Null => return Cow::Borrowed("None"),
            Content::Bool(true) => return Cow::Borrowed("True"),
            Content::Bool(false) => return Cow::Borrowed("False"),
            Content::Text(text) => return Cow::Borrowed(text),
            Content::Int(number) => number.to_string(),
            Content::Float(number) => number.to_string(),
            _ => self.to_json().to_string(),
        })
    }

    /// The truth value of a boolean.
    pub fn bool(&self) -> Option<bool> {
        match self.content {
            Content::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a truth value",
            Content::Int(_) | Content::Float(_) => "a number",
            Content::Text(_) => "a text",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }

    /// The value without its places.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Int(value) => Value::from(*value),
            Content::Float(value) => Value::from(*value),
            Content::Text(text) => Value::String(text.to_string()),
            Content::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Content::Mapping(pairs) => {
                let mut map = Map::new();
                for (key, value) in pairs {
                    map.insert(key.display(), value.to_json());
                }
                Value::Object(map)
            }
        }
    }

    /// The mapping as JSON; empty for anything else.
    pub fn to_map(&self) -> Map<String, Value> {
        match self.to_json() {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// Warns of every key that is not `known`, each at its place and with the nearest known key.
    pub fn unknown_keys(&self, what: impl Display, known: &[&str]) -> Vec<Diagnostic> {
        self.pairs()
            .iter()
            .filter_map(|(key, _)| {
                let name = key.shown();
                (!known.contains(&name.as_ref())).then(|| {
                    Diagnostic::warning(Class::Parsing, format!("unknown key `{name}` in {what}"))
                        .label(key.span(), "not a key that is read here")
                        .suggest(nearest(&name, known.iter().copied()))
                })
            })
            .collect()
    }

    /// An error at this value.
    pub fn error(&self, class: Class, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(class, message).label(self.span(), ""))
    }
}

/// Builds the tree from the parser's events.
struct Builder<'s> {
    source: &'s Arc<SourceFile>,
    indented: &'s Indented<'s>,
    stack: Vec<Open>,
    /// What the open lists and mappings hold so far, the outermost first.
    values: Vec<Yaml>,
    anchors: HashMap<usize, Yaml>,
    /// Keys that occur again in their mapping.
    repeated: Vec<Yaml>,
    ascii: bool,
    /// Start of the last position asked for: line, its byte offset. Events come in order.
    ends: usize,
}

/// A list or mapping that is still open.
struct Open {
    start: usize,
    anchor: usize,
    /// Where its values begin among those of the builder.
    first: usize,
    mapping: bool,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Arc<SourceFile>, indented: &'s Indented<'s>) -> Self {
        Self {
            source,
            indented,
            stack: Vec::new(),
            values: Vec::new(),
            anchors: HashMap::new(),
            repeated: Vec::new(),
            ascii: source.text().is_ascii(),
            ends: 0,
        }
    }

    fn offset(&self, line: usize, column: usize) -> usize {
        let column = self.indented.column(line, column);
        if self.ascii {
            return (self.source.line_start(line) + column).min(self.source.text().len());
        }
        self.source.offset(line, column + 1)
    }

    fn range(&self, span: ScanSpan) -> Range<usize> {
        let start = self.offset(span.start.line(), span.start.col());
        let end = self.offset(span.end.line(), span.end.col()).max(start);
        start..end
    }

    fn event(&mut self, event: Event<'_>, span: ScanSpan) -> Result<Option<Yaml>> {
        let range = self.range(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let string_tag = tag.is_some_and(|tag| tag.suffix == "str");
                let content = if style == ScalarStyle::Plain && !string_tag {
                    resolve_plain(text)
                } else {
                    Content::Text(SmolStr::new(self.stripped_at_the_end(text, style, range.end)))
                };
                Ok(self.value(Yaml { source: Arc::clone(self.source), range, content }, anchor))
            }
            Event::Alias(anchor) => {
                let Some(value) = self.anchors.get(&anchor).cloned() else {
                    return Err(Box::new(syntax_error(self.source, range.start, "found undefined alias")));
                };
                Ok(self.value(value, 0))
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                let mapping = matches!(event, Event::MappingStart(..));
                self.stack.push(Open { start: range.start, anchor, first: self.values.len(), mapping });
                Ok(None)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(None) };
                let end = self.ends.max(open.start).min(range.end.max(open.start));
                let items = self.values.drain(open.first..);
                let content = if open.mapping {
                    Content::Mapping(pairs(items, &mut self.repeated))
                } else {
                    Content::Sequence(items.collect())
                };
                let value = Yaml { source: Arc::clone(self.source), range: open.start..end, content };
                Ok(self.value(value, open.anchor))
            }
            _ => Ok(None),
        }
    }

    /// A block scalar at the end of a file ends with its last letter. dbt: strips files before it reads them, and libyaml
    /// adds no line break where there is none.
    fn stripped_at_the_end<'t>(&self, text: Cow<'t, str>, style: ScalarStyle, end: usize) -> Cow<'t, str> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !block || end < self.source.text().trim_end().len() {
            return text;
        }
        let length = text.trim_end().len();
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
            Cow::Owned(mut text) => {
                text.truncate(length);
                Cow::Owned(text)
            }
        }
    }

    fn value(&mut self, value: Yaml, anchor: usize) -> Option<Yaml> {
        self.ends = self.ends.max(value.range.end);
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        if self.stack.is_empty() {
            return Some(value);
        }
        self.values.push(value);
        None
    }
}

/// Pairs up keys and values; `<<` merges, and a repeated key replaces the earlier one (as PyYAML does).
fn pairs(mut items: impl ExactSizeIterator<Item = Yaml>, repeated: &mut Vec<Yaml>) -> Vec<(Yaml, Yaml)> {
    let mut pairs: Vec<(Yaml, Yaml)> = Vec::with_capacity(items.len() / 2);
    let mut merged: Vec<(Yaml, Yaml)> = Vec::new();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        if key.text() == Some("<<") {
            match value.content {
                Content::Mapping(inner) => merged.extend(inner),
                Content::Sequence(maps) => merged.extend(maps.into_iter().flat_map(|map| map.pairs().to_vec())),
                _ => {}
            }
        } else if let Some(position) = pairs.iter().position(|(name, _)| name.shown() == key.shown()) {
            repeated.push(key.clone());
            pairs[position] = (key, value);
        } else {
            pairs.push((key, value));
        }
    }
    for (key, value) in merged {
        if !pairs.iter().any(|(name, _)| name.shown() == key.shown()) {
            pairs.push((key, value));
        }
    }
    pairs
}

/// What a plain scalar means (YAML 1.1 as PyYAML resolves it).
fn resolve_plain(text: Cow<'_, str>) -> Content {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Content::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Content::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Content::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Content::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Content::Float(f64::NAN),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.') {
        if let Some(number) = integer(&text) {
            return Content::Int(number);
        }
        if let Some(number) = float(&text) {
            return Content::Float(number);
        }
    }
    Content::Text(SmolStr::new(text))
}

/// YAML 1.1 integers: decimal, `0x`, `0b` and octal with a leading zero, underscores allowed.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes()[0] {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if digits.starts_with('_') || digits.is_empty() {
        return None;
    }
    let digits = digits.replace('_', "");
    let number = if let Some(hex) = digits.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok()?
    } else if let Some(binary) = digits.strip_prefix("0b") {
        i64::from_str_radix(binary, 2).ok()?
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(&digits, 8).ok()?
    } else if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()?
    } else {
        return None;
    };
    Some(sign * number)
}

/// YAML 1.1 floats need a dot, and an exponent needs a sign: `1e5` stays text.
fn float(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let unsigned = plain.trim_start_matches(['+', '-']);
    let mantissa_end = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at(mantissa_end);
    if !mantissa.contains('.') || !mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    if !exponent.is_empty() && !matches!(exponent.as_bytes().get(1), Some(b'+' | b'-')) {
        return None;
    }
    plain.parse().ok()
}

fn syntax_error(source: &Arc<SourceFile>, at: usize, info: &str) -> Diagnostic {
    let line = source.position(at).line;
    let end = source.line_range(line).end.max(at);
    let mut diagnostic = Diagnostic::error(
        Class::Parsing,
        format!("Error reading {}: Syntax error near line {line}\n{info}", source.path()),
    )
    .label(Span::new(source, at..end), "the text stops being YAML here");
    let text = &source.text()[source.line_range(line)];
    if text.contains('\t') {
        diagnostic = diagnostic.help("YAML is indented by spaces, and this line holds a tab");
    } else if text.contains("{{") && !text.contains(['"', '\'']) {
        diagnostic = diagnostic.help("put a value that starts with `{{` in quotes");
    } else if info.contains("did not find expected") {
        diagnostic = diagnostic.help("look at the indentation: keys of one mapping stand right below each other");
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn yaml(text: &str) -> Yaml {
        Yaml::parse_text("test.yml", text).unwrap()
    }

    #[test]
    fn scalars_mean_what_pyyaml_says() {
        let value = yaml(
            "a: yes\nb: 010\nc: 1_000\nd: 1e5\ne: 1.5\nf: 2020-01-01\ng: 'no'\nh: ~\ni: 0x1F\nj: -3\nk: v1\nl: 1.5e+3",
        );
        assert_eq!(
            value.to_json(),
            json!({"a": true, "b": 8, "c": 1000, "d": "1e5", "e": 1.5, "f": "2020-01-01", "g": "no", "h": null,
                   "i": 31, "j": -3, "k": "v1", "l": 1500.0})
        );
    }

    #[test]
    fn places_and_merges() {
        let value = yaml("base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\nlist:\n  - é: 1\n    name: n\n");
        assert_eq!(value.get("other").unwrap().to_json(), json!({"y": 3, "x": 1}));
        let item = &value.get("list").unwrap().items()[0];
        let name = item.get("name").unwrap();
        assert_eq!(name.span().to_string(), "test.yml:7:11");
        let warnings = item.unknown_keys("a model", &["names", "description"]);
        assert_eq!(warnings.len(), 2);
        assert_eq!(warnings[1].help, ["did you mean `names`?"]);
    }

    #[test]
    fn lines_in_brackets_and_quotes_stand_where_they_like() {
        let value = yaml(
            "a:\n  - b:\n      c: [\n    1,\n# none\n  {x: 2}\n  ]\n      d: \"one\n  two \\\n three\"\n      e: 'it''s\n f'\n      g: 1\n",
        );
        assert_eq!(
            value.to_json(),
            json!({"a": [{"b": {"c": [1, {"x": 2}], "d": "one two three", "e": "it's f", "g": 1}}]})
        );
        let inner = value.get("a").unwrap().items()[0].get("b").unwrap();
        assert_eq!(inner.get("c").unwrap().items()[1].get("x").unwrap().span().to_string(), "test.yml:6:7");
        assert_eq!(inner.get("g").unwrap().span().to_string(), "test.yml:13:10");
        let error = Yaml::parse_text("m.yml", "a:\n    b: 1\n  c: 2\n").unwrap_err();
        assert_eq!(error.span().unwrap().position().line, 3);
        assert!(Yaml::parse_text("m.yml", "a:\n  b: \"one\ntwo\nc: 1").is_err());
    }

    #[test]
    fn a_block_at_the_end_of_the_file_is_stripped() {
        for (text, expected) in [
            ("a: |\n  x", "x"),
            ("a: |\n  x\n", "x"),
            ("a: >\n  x\n  y\n", "x y"),
            ("a: |+\n  x\n\n", "x"),
            ("a: |\n  x\n    ", "x"),
            ("a: |\n  x\n# c", "x\n"),
            ("a: |+\n  x\n\nb: 1\n", "x\n\n"),
            ("a: \"x\\n\"\n", "x\n"),
        ] {
            assert_eq!(yaml(text).get("a").unwrap().text(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn broken_text_has_a_place() {
        let error = Yaml::parse_text("m.yml", "a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(error.message.contains("m.yml"), "{}", error.message);
        assert!(error.span().unwrap().position().line >= 2);
    }
}
