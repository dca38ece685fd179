//! The arguments of a template's `config()` call as they are written, not what they evaluate to.
//!
//! Comparing with an earlier state needs them: `materialized=env_var('MODE')` is the same configuration whatever the
//! variable holds. dbt: `statically_parse_unrendered_config`, whose spelling of expressions is kept.

use serde_json::{Map, Value};

use super::expression::{Token, spelled};

/// The keyword arguments of the first `config()` call; empty where there is none.
///
/// A value that is one plain text is that text; any other is the expression, spelled in one form.
pub fn config_call(template: &str) -> Map<String, Value> {
    let mut found = Map::new();
    // dbt: a call with blanks before its bracket is none.
    if !template.contains("config(") {
        return found;
    }
    let Some(arguments) = arguments(template) else { return found };
    for argument in split(&arguments) {
        if let [Token::Word(key), Token::Sign("="), rest @ ..] = argument.as_slice()
            && let Some(value) = spelled(rest)
        {
            found.insert(key.clone(), Value::String(value));
        }
    }
    found
}

const SIGNS: [&str; 25] = [
    "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "~", "|", "+", "-", "*", "/",
    "%", "<", ">",
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
        } else if letter.is_ascii_digit() {
            let length = number_length(rest);
            found.push(Token::Word(rest[..length].to_owned()));
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

/// How far a number reaches: digits, a point that digits follow, an exponent.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find(|letter: char| !letter.is_ascii_digit() && letter != '_').unwrap_or(rest.len())
    };
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut end = digits(0);
    if text[end..].starts_with('.') && is_digit(end + 1) {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        if is_digit(signed) {
            end = digits(signed);
        }
    }
    end
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
                json!({"schema": "target.name ~ '_x'",
                    "alias": "CondExpr(test=Name(name='b', ctx='load'), expr1=Name(name='a', ctx='load'), \
                        expr2=Const(value='c'))"}),
            ),
            (
                "{{ config(enabled=var('on', false)|as_bool, tags=[var('t') if a is not none else 2.50, -1],) }}",
                json!({
                    "enabled": "Filter(node=Call(node=Name(name='var', ctx='load'), args=[Const(value='on'), \
                        Const(value=False)], kwargs=[], dyn_args=None, dyn_kwargs=None), name='as_bool', args=[], \
                        kwargs=[], dyn_args=None, dyn_kwargs=None)",
                    "tags": "[CondExpr(test=Not(node=Test(node=Name(name='a', ctx='load'), name='none', args=[], \
                        kwargs=[], dyn_args=None, dyn_kwargs=None)), expr1=Call(node=Name(name='var', ctx='load'), \
                        args=[Const(value='t')], kwargs=[], dyn_args=None, dyn_kwargs=None), \
                        expr2=Const(value=2.5)), -1]",
                }),
            ),
            (
                "{{ config(enabled=not (a == 1 and b not in (1,)) or c['x'][0].y, n=1 + 2 * d[1:]) }}",
                json!({
                    "enabled": "not a == 1 and b not in (1,) or c['x'][0].y",
                    "n": "Add(left=Const(value=1), right=Mul(left=Const(value=2), right=Getitem(node=Name(name='d', \
                        ctx='load'), arg=Slice(start=Const(value=1), stop=None, step=None), ctx='load')))",
                }),
            ),
        ] {
            assert_eq!(serde_json::Value::Object(config_call(template)), expected, "{template}");
        }
    }
}
