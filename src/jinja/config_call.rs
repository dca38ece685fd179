//! The arguments of a template's `config()` call as they are written, not what they evaluate to.
//!
//! Comparing with an earlier state needs them: `materialized=env_var('MODE')` is the same configuration whatever the
//! variable holds. dbt: `statically_parse_unrendered_config`, whose spelling of expressions is kept.

use serde_json::{Map, Value};

/// The keyword arguments of the first `config()` call; empty where there is none.
///
/// A value that is one plain text is that text; any other is the expression, with blanks and quotes in one form.
pub fn config_call(template: &str) -> Map<String, Value> {
    let mut found = Map::new();
    if !template.contains("config") {
        return found;
    }
    let Some(arguments) = arguments(template) else { return found };
    for argument in split(&arguments) {
        let mut tokens = argument.as_slice();
        if let [Token::Word(key), Token::Sign("="), rest @ ..] = tokens {
            tokens = rest;
            let value = match tokens {
                [Token::Text(text)] => text.clone(),
                _ => spelled(tokens),
            };
            found.insert(key.clone(), Value::String(value));
        }
    }
    found
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name or a number.
    Word(String),
    /// A text without its quotes.
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    /// A sign that is not known.
    Other(char),
}

const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "~", "|", "+", "-", "*", "/",
    "<", ">",
];

/// The tokens between the brackets of the call.
fn arguments(template: &str) -> Option<Vec<Token>> {
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (end, length) = match rest.as_bytes().get(at + 1) {
            Some(b'{') => ("}}", 2),
            Some(b'%') => ("%}", 2),
            Some(b'#') => {
                rest = &rest[at + 2..];
                rest = rest.find("#}").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            _ => {
                rest = &rest[at + 1..];
                continue;
            }
        };
        rest = &rest[at + length..];
        let (tokens, used) = tokens(rest, end);
        let call = tokens.windows(2).enumerate().find(|(index, pair)| {
            pair[0] == Token::Word("config".to_owned())
                && pair[1] == Token::Sign("(")
                && index.checked_sub(1).is_none_or(|before| tokens[before] != Token::Sign("."))
        });
        if let Some((index, _)) = call {
            let inner = &tokens[index + 2..];
            let mut depth = 0;
            let close = inner.iter().position(|token| {
                depth += nesting(token);
                depth < 0
            });
            return Some(inner[..close.unwrap_or(inner.len())].to_vec());
        }
        rest = &rest[used..];
        if tokens.iter().filter(|token| **token != Token::Sign("-")).eq([&Token::Word("raw".to_owned())]) {
            // Text that is never rendered.
            rest = rest.find("endraw").map_or("", |end| &rest[end..]);
        }
    }
    None
}

fn nesting(token: &Token) -> i32 {
    match token {
        Token::Sign("(" | "[" | "{") => 1,
        Token::Sign(")" | "]" | "}") => -1,
        _ => 0,
    }
}

/// The tokens up to the end of the block, and how far it reaches.
fn tokens(text: &str, end: &str) -> (Vec<Token>, usize) {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        // Inside a mapping two closing braces in a row are two signs.
        if depth == 0 && rest.starts_with(end) {
            return (found, at + end.len());
        }
        if letter == '\'' || letter == '"' {
            let (content, length) = quoted(rest, letter);
            found.push(Token::Text(content));
            at += length;
        } else if letter.is_alphanumeric() || letter == '_' {
            let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            found.push(Token::Word(rest[..length].to_owned()));
            at += length;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            let token = Token::Sign(sign);
            depth += nesting(&token);
            found.push(token);
            at += sign.len();
        } else {
            if !letter.is_whitespace() {
                found.push(Token::Other(letter));
            }
            at += letter.len_utf8();
        }
    }
    (found, at)
}

fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut content = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, 'n')) => content.push('\n'),
                Some((_, 't')) => content.push('\t'),
                Some((_, other)) => content.push(other),
                None => {}
            },
            _ if letter == quote => return (content, at + letter.len_utf8()),
            _ => content.push(letter),
        }
    }
    (content, text.len())
}

/// The arguments between commas.
fn split(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    for token in tokens {
        depth += nesting(token);
        if depth == 0 && *token == Token::Sign(",") {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
    }
    parts
}

/// An expression in one form, whatever its blanks and quotes.
fn spelled(tokens: &[Token]) -> String {
    let mut text = String::new();
    let mut depth: Vec<&Token> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| &tokens[before]);
        let opens = previous.is_none_or(|before| matches!(before, Token::Sign("(" | "[" | "{" | "," | ":" | "=")));
        match token {
            Token::Word(word) => {
                let is_operand =
                    matches!(previous, Some(Token::Word(_) | Token::Text(_) | Token::Sign(")" | "]" | "}")));
                if is_operand {
                    text.push(' ');
                }
                // dbt: constants are spelled as Python prints them.
                text.push_str(match word.as_str() {
                    "true" => "True",
                    "false" => "False",
                    "none" => "None",
                    other => other,
                });
                if matches!(word.as_str(), "not" | "and" | "or" | "in" | "is" | "if" | "else")
                    && !matches!(tokens.get(index + 1), Some(Token::Word(_) | Token::Text(_)) | None)
                {
                    text.push(' ');
                }
            }
            Token::Text(content) => {
                if matches!(previous, Some(Token::Word(_))) {
                    text.push(' ');
                }
                text.push_str(&super::python::repr(&minijinja::Value::from(content.as_str())));
            }
            Token::Sign(sign @ ("(" | "[" | "{")) => {
                depth.push(token);
                text.push_str(sign);
            }
            Token::Sign(sign @ (")" | "]" | "}")) => {
                depth.pop();
                if previous == Some(&Token::Sign(",")) {
                    text.truncate(text.trim_end_matches([',', ' ']).len());
                }
                text.push_str(sign);
            }
            Token::Sign(",") => text.push_str(", "),
            Token::Sign(":") if depth.last() == Some(&&Token::Sign("{")) => text.push_str(": "),
            Token::Sign(sign @ ("." | "=" | ":")) => text.push_str(sign),
            Token::Sign(sign) if opens => text.push_str(sign),
            Token::Sign(sign) => {
                text.push(' ');
                text.push_str(sign);
                text.push(' ');
            }
            Token::Other(letter) => text.push(*letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::config_call;

    #[test]
    fn arguments_as_written() {
        for (template, expected) in [
            ("select 1", json!({})),
            ("{{ config(materialized='table') }}", json!({"materialized": "table"})),
            (
                "{# config(a=1) #}{{config( materialized = env_var( \"MODE\" ) )}}",
                json!({"materialized": "env_var('MODE')"}),
            ),
            (
                "{{ config(materialized=env_var('M', 'view'), tags=[\"a\",'b'], meta={\"x\":{'y' : 1}}, enabled=true) }}",
                json!({"materialized": "env_var('M', 'view')", "tags": "['a', 'b']", "meta": "{'x': {'y': 1}}",
                    "enabled": "True"}),
            ),
            ("{{ x.config(a=1) }}{{ config(a=2,) }}", json!({"a": "2"})),
            ("{%- raw -%}{{ config(a=1) }}{% endraw %}{{ config(a=2) }}", json!({"a": "2"})),
            ("{{ config({'a': 1}) }}", json!({})),
            (
                "{{ config(schema=target.name~'_x' , alias=a if b else 'c') }}",
                json!({"schema": "target.name ~ '_x'", "alias": "a if b else 'c'"}),
            ),
        ] {
            assert_eq!(serde_json::Value::Object(config_call(template)), expected, "{template}");
        }
    }
}
