//! Python's literals -> values, as `ast.literal_eval` reads them.

use serde_json::{Map, Number, Value};
use tree_sitter::Node;

/// The value of an expression that is known without running it.
///
/// Tuples and sets become lists; keys of dicts become texts. dbt keeps such values in its manifest, which is JSON.
pub fn literal(code: &str, node: Node<'_>) -> Option<Value> {
    let text = code.get(node.byte_range())?;
    let parts = || node.named_children(&mut node.walk()).filter(|child| !child.is_extra()).collect::<Vec<_>>();
    Some(match node.kind() {
        "none" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "integer" => integer(text)?,
        "float" => Value::Number(Number::from_f64(text.replace('_', "").parse().ok()?)?),
        "string" => Value::String(string(code, node)?),
        "concatenated_string" => {
            Value::String(parts().into_iter().map(|part| string(code, part)).collect::<Option<String>>()?)
        }
        "parenthesized_expression" => literal(code, node.named_child(0)?)?,
        "list" | "tuple" | "set" => {
            Value::Array(parts().into_iter().map(|part| literal(code, part)).collect::<Option<_>>()?)
        }
        "dictionary" => {
            let mut map = Map::new();
            for pair in parts() {
                let key = match literal(code, pair.child_by_field_name("key")?)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                map.insert(key, literal(code, pair.child_by_field_name("value")?)?);
            }
            Value::Object(map)
        }
        "unary_operator" => {
            let Value::Number(number) = literal(code, node.child_by_field_name("argument")?)? else { return None };
            match text.as_bytes().first()? {
                b'+' => Value::Number(number),
                b'-' => serde_json::from_str(&format!("-{number}")).ok()?,
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn integer(text: &str) -> Option<Value> {
    let digits = text.replace('_', "").to_lowercase();
    let based = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(mark, base)| digits.strip_prefix(mark).map(|digits| i128::from_str_radix(digits, base)));
    match based {
        Some(value) => serde_json::from_str(&value.ok()?.to_string()).ok(),
        None => serde_json::from_str(&digits).ok(),
    }
}

/// One text in quotes; `None` for bytes and for an f-string, which have other values.
fn string(code: &str, node: Node<'_>) -> Option<String> {
    let start = node.child(0).filter(|part| part.kind() == "string_start")?;
    let end = node.child(node.child_count().checked_sub(1)?).filter(|part| part.kind() == "string_end")?;
    let prefix = code.get(start.byte_range())?.trim_end_matches(['"', '\'']).to_lowercase();
    let body = code.get(start.end_byte()..end.start_byte())?;
    match prefix.as_str() {
        "" | "u" => unescaped(body),
        "r" => Some(body.to_owned()),
        _ => None,
    }
}

fn unescaped(body: &str) -> Option<String> {
    let mut text = String::with_capacity(body.len());
    let mut letters = body.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next()? {
            '\n' => {}
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'a' => text.push('\u{7}'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'v' => text.push('\u{b}'),
            plain @ ('\\' | '\'' | '"') => text.push(plain),
            mark @ ('x' | 'u' | 'U') => {
                let count = match mark {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = letters.by_ref().take(count).collect();
                text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            digit @ '0'..='7' => {
                let mut digits = String::from(digit);
                while digits.len() < 3
                    && let Some(next) = letters.next_if(|next| ('0'..='7').contains(next))
                {
                    digits.push(next);
                }
                text.push(char::from_u32(u32::from_str_radix(&digits, 8).ok()?)?);
            }
            // A sign that needs no escape keeps its backslash.
            other => {
                text.push('\\');
                text.push(other);
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(code: &str) -> Option<Value> {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&tree_sitter_python::LANGUAGE.into()).unwrap();
        let tree = parser.parse(code, None).unwrap();
        literal(code, tree.root_node().named_child(0)?.named_child(0)?)
    }

    #[test]
    fn literals_have_the_values_that_python_gives_them() {
        assert_eq!(value(r#"'a\x41\n\101' "b" r'\n'"#), Some(json!("aA\nAb\\n")));
        assert_eq!(
            value("{'a': (1, -2.5), 3: [True, None], 'h': 0xff}"),
            Some(json!({"a": [1, -2.5], "3": [true, null], "h": 255}))
        );
        assert_eq!(value("1_000"), Some(json!(1000)));
        assert_eq!(value("'''two\nlines'''"), Some(json!("two\nlines")));
        for code in ["f'{x}'", "b'x'", "name", "1 + 1", "[x for x in y]", "not True"] {
            assert_eq!(value(code), None, "{code}");
        }
    }
}
