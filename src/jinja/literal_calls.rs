//! Templates that hold nothing but literal calls of `ref`, `source` and `config`.
//!
//! dbt reads such a model without rendering it (`dbt_extractor`), and two things show: the manifest has the values of
//! `config()` as values where it otherwise has their spelling, and a backslash in a text stays as it is written.

use serde_json::{Map, Value};

/// The arguments of every `config()` call, if the template is that simple.
pub fn literal_configs(template: &str) -> Option<Vec<Map<String, Value>>> {
    let mut configs = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let block = &rest[at + 2..];
        rest = match rest.as_bytes()[at + 1] {
            b'{' => {
                let mut reader = Reader { rest: block };
                configs.extend(reader.expression()?);
                reader.sign("}}")?;
                reader.rest
            }
            b'#' => &block[block.find("#}")? + 2..],
            _ => return None,
        };
    }
    Some(configs)
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

    /// One call, or a literal, which says nothing; the configuration where it is one.
    fn expression(&mut self) -> Option<Option<Map<String, Value>>> {
        let before = self.rest;
        if self.value().is_some() || self.number().is_some() {
            return Some(None);
        }
        self.rest = before;
        let function = self.word()?;
        self.sign("(")?;
        match function {
            "ref" => self.reference().map(|()| None),
            "source" => self.items(")", Self::text).filter(|names| names.len() == 2).map(|_| None),
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
                (!config.is_empty()).then_some(Some(config))
            }
            _ => None,
        }
    }

    /// One or two names, then a version or none.
    fn reference(&mut self) -> Option<()> {
        let arguments = self.items(")", |reader| {
            let before = reader.rest;
            if reader.text().is_some() {
                return Some(true);
            }
            reader.rest = before;
            reader.word().filter(|key| ["v", "version"].contains(key))?;
            reader.sign("=")?;
            reader.text().map(|_| ()).or_else(|| reader.number())?;
            Some(false)
        })?;
        let names = arguments.iter().take_while(|name| **name).count();
        (matches!(names, 1 | 2) && arguments.len() <= names + 1).then_some(())
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

    fn number(&mut self) -> Option<()> {
        self.blanks();
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let end = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(digits.len());
        let number = digits[..end].parse::<f64>().ok();
        self.rest = &digits[end..];
        number.map(|_| ())
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
        let read = |text: &str| literal_configs(text).map(|configs| json!(configs));
        assert_eq!(read("select 1"), Some(json!([])));
        assert_eq!(read("{# {{ x }} #} {{ config(a=False) }} {{ ref('b') }}"), Some(json!([{"a": false}])));
        assert_eq!(
            read("{{config(\n tags = ['x', \"y\",],\n meta={'k': {'l': [True]}, },\n)}}"),
            Some(json!([{"tags": ["x", "y"], "meta": {"k": {"l": [true]}}}]))
        );
        assert_eq!(read(r"{{ config(a='it\'s \d') }}"), Some(json!([{"a": r"it\'s \d"}])));
        assert_eq!(read("{{ ref('p', 'a', v=2) }}{{ ref('a', version='1') }}{{ source('s', 't') }}"), Some(json!([])));
        assert_eq!(read("{{ 'x' }} {{ -1.5 }} } {"), Some(json!([])));
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
            "{{ source('a') }}",
            "{{ this }}",
            "{{ ref('a') }",
            "{# x",
        ] {
            assert_eq!(literal_configs(text), None, "{text}");
        }
    }
}
