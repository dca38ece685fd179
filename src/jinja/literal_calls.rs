//! Templates that hold nothing but literal calls of `ref`, `source` and `config`, and such a call by itself.
//!
//! dbt reads such a model without rendering it (`dbt_extractor`), and two things show: the manifest has the values of
//! `config()` as values where it otherwise has their spelling, and a backslash in a text stays as it is written.

use serde_json::{Map, Number, Value};

use super::phase::Recorded;
use crate::manifest::RefCall;

/// A call whose arguments are literals.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralCall {
    /// `ref('model')`, `ref('package', 'model', v=2)`.
    Ref(RefCall),
    /// `source('source', 'table')`.
    Source(String, String),
    /// `config(materialized='table')`.
    Config(Map<String, Value>),
    /// `doc('block')`, `doc('package', 'block')`.
    Doc {
        /// The package, where the call names one.
        package: Option<String>,
        /// The name of the block.
        name: String,
    },
}

/// What a template of literal calls asks for; `None` if it holds anything else.
pub fn literal_template(template: &str) -> Option<Recorded> {
    let mut notes = Recorded::default();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let block = &rest[at + 1..];
        rest = match block.as_bytes().first() {
            Some(b'{') => {
                let mut reader = Reader { rest: &block[1..] };
                match reader.expression()? {
                    Some(LiteralCall::Ref(call)) => notes.refs.push(call),
                    Some(LiteralCall::Source(source, table)) => notes.sources.push((source, table)),
                    Some(LiteralCall::Config(config)) => notes.configs.push(config),
                    Some(LiteralCall::Doc { .. }) => return None,
                    None => {}
                }
                reader.sign("}}")?;
                reader.rest
            }
            Some(b'#') => &block[1 + block[1..].find("#}")? + 2..],
            Some(b'%') => return None,
            _ => block,
        };
    }
    Some(notes)
}

/// The literal call that an expression is.
pub fn literal_call(expression: &str) -> Option<LiteralCall> {
    let mut reader = Reader { rest: expression };
    let call = reader.expression()??;
    reader.blanks();
    reader.rest.is_empty().then_some(call)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn sign(&mut self, sign: &str) -> Option<()> {
        self.blanks();
        self.rest = self.rest.strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> Option<&'t str> {
        self.blanks();
        let end = self.rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty() && !word.starts_with(|letter: char| letter.is_ascii_digit())).then_some(word)
    }

    /// One call, or a literal, which says nothing.
    fn expression(&mut self) -> Option<Option<LiteralCall>> {
        let before = self.rest;
        if self.value().is_some() || self.number().is_some() {
            return Some(None);
        }
        self.rest = before;
        let function = self.word()?;
        self.sign("(")?;
        let call = match function {
            "ref" => LiteralCall::Ref(self.reference()?),
            "source" => {
                let names: [String; 2] = self.items(")", Self::text)?.try_into().ok()?;
                let [source, table] = names;
                LiteralCall::Source(source, table)
            }
            "doc" => {
                let mut names = self.items(")", Self::text).filter(|names| names.len() <= 2)?;
                LiteralCall::Doc { name: names.pop()?, package: names.pop() }
            }
            "config" => {
                let pairs = self.items(")", |reader| {
                    let key = reader.word().filter(|key| !["pre_hook", "post_hook"].contains(key))?;
                    reader.sign("=")?;
                    Some((key.to_owned(), reader.value()?))
                })?;
                let mut config = Map::new();
                for (key, value) in pairs {
                    // Written twice: rendering tells what that means.
                    if config.insert(key, value).is_some() {
                        return None;
                    }
                }
                Some(config).filter(|config| !config.is_empty()).map(LiteralCall::Config)?
            }
            _ => return None,
        };
        Some(Some(call))
    }

    /// One or two names, then a version or none.
    fn reference(&mut self) -> Option<RefCall> {
        let mut names = Vec::new();
        let mut version = None;
        self.items(")", |reader| {
            let before = reader.rest;
            if let Some(name) = reader.text() {
                names.push(name);
                return version.is_none().then_some(());
            }
            reader.rest = before;
            reader.word().filter(|key| ["v", "version"].contains(key))?;
            reader.sign("=")?;
            let value = reader.text().map(Value::String).or_else(|| reader.number().map(Value::Number))?;
            version.replace(value).is_none().then_some(())
        })?;
        let name = names.pop()?;
        let package = names.pop();
        names.is_empty().then_some(RefCall { package, name, version })
    }

    /// What stands between commas up to a bracket; one comma more is allowed.
    fn items<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        while self.sign(close).is_none() {
            items.push(item(self)?);
            if self.sign(",").is_none() {
                self.sign(close)?;
                break;
            }
        }
        Some(items)
    }

    fn text(&mut self) -> Option<String> {
        self.blanks();
        let quote = self.rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        let mut escaped = false;
        for (at, letter) in self.rest.char_indices().skip(1) {
            if letter == quote && !escaped {
                let text = self.rest[1..at].to_owned();
                self.rest = &self.rest[at + 1..];
                return Some(text);
            }
            escaped = letter == '\\' && !escaped;
        }
        None
    }

    fn number(&mut self) -> Option<Number> {
        self.blanks();
        let sign = usize::from(self.rest.starts_with('-'));
        let digits = &self.rest[sign..];
        let end = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(digits.len());
        let number = serde_json::from_str(&self.rest[..sign + end]).ok();
        self.rest = &digits[end..];
        number
    }

    /// A text, `True`, `False`, a list or a mapping of them.
    fn value(&mut self) -> Option<Value> {
        self.blanks();
        match self.rest.chars().next()? {
            '[' => {
                self.sign("[")?;
                self.items("]", Self::value).map(Value::Array)
            }
            // Not `{{`: that would be the start of a block, which no expression holds.
            '{' => {
                self.sign("{")?;
                let pairs = self.items("}", |reader| {
                    let key = reader.text()?;
                    reader.sign(":")?;
                    Some((key, reader.value()?))
                })?;
                Some(Value::Object(pairs.into_iter().collect()))
            }
            '\'' | '"' => self.text().map(Value::String),
            _ => match self.word()? {
                "True" => Some(Value::Bool(true)),
                "False" => Some(Value::Bool(false)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literal_calls_are_read() {
        let read = |text: &str| literal_template(text).map(|notes| json!(notes.configs));
        assert_eq!(read("select 1"), Some(json!([])));
        assert_eq!(read("{# {{ x }} #} {{ config(a=False) }} {{ ref('b') }}"), Some(json!([{"a": false}])));
        assert_eq!(
            read("{{config(\n tags = ['x', \"y\",],\n meta={'k': {'l': [True]}, },\n)}}"),
            Some(json!([{"tags": ["x", "y"], "meta": {"k": {"l": [true]}}}]))
        );
        assert_eq!(read(r"{{ config(a='it\'s \d') }}"), Some(json!([{"a": r"it\'s \d"}])));
        assert_eq!(read("{{ ref('p', 'a', v=2) }}{{ ref('a', version='1') }}{{ source('s', 't') }}"), Some(json!([])));
        assert_eq!(read("{{ 'x' }} {{ -1.5 }} } { {"), Some(json!([])));
    }

    #[test]
    fn what_is_asked_for_is_noted_in_order() {
        let text = "{{ ref('p', 'a', v=2) }} {{ source('s', \"t\") }} {{ ref('b') }}{{ ref('a', version='1') }}";
        let notes = literal_template(text).unwrap();
        let call = |package: Option<&str>, name: &str, version| RefCall {
            package: package.map(str::to_owned),
            name: name.to_owned(),
            version,
        };
        let refs = [call(Some("p"), "a", Some(json!(2))), call(None, "b", None), call(None, "a", Some(json!("1")))];
        assert_eq!(notes.refs, refs);
        assert_eq!(notes.sources, [("s".to_owned(), "t".to_owned())]);
    }

    #[test]
    fn a_call_may_stand_alone() {
        let doc =
            |package: Option<&str>| LiteralCall::Doc { package: package.map(str::to_owned), name: "x".to_owned() };
        assert_eq!(literal_call(" doc( 'x' ) "), Some(doc(None)));
        assert_eq!(literal_call("doc('p', 'x')"), Some(doc(Some("p"))));
        for text in ["doc('x') ~ 'y'", "'x'", "doc()", "ref('a'", "doc(x)"] {
            assert_eq!(literal_call(text), None, "{text}");
        }
    }

    #[test]
    fn anything_else_is_rendered() {
        for text in [
            "{% if x %}",
            "{{- config(a='x') }}",
            "{{ ref('a') -}}",
            "{{ config(a=1) }}",
            "{{ config(a=true) }}",
            "{{ config(a=none) }}",
            "{{ config({'a': 'b'}) }}",
            "{{ config() }}",
            "{{ config(pre_hook='select 1') }}",
            "{{ config(a=var('x')) }}",
            "{{ ref('a').identifier }}",
            "{{ ref('a') | upper }}",
            "{{ ref('a', 'b', 'c') }}",
            "{{ ref('a', v=1, version=1) }}",
            "{{ ref('a', v=1.) }}",
            "{{ doc('a') }}",
            "{{ source('a') }}",
            "{{ this }}",
            "{{ ref('a') }",
            "{# x",
        ] {
            assert!(literal_template(text).is_none(), "{text}");
        }
    }
}
