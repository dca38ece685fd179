//! VARIANT, ARRAY and OBJECT: paths into them, and how they are made. The engine holds all three as JSON.

use sqlparser::ast::{AccessExpr, Expr, JsonPath, JsonPathElem, Subscript, Value};

use super::kind::Kind;
use super::name::text;
use super::refusal::Result;
use super::translator::{Piece, Translator};

impl Translator<'_> {
    /// `value:a.b[0]`
    pub(super) fn path(&mut self, value: &Expr, path: &JsonPath) -> Result<Piece> {
        let base = self.expression(value)?;
        let mut made = self.json(&base, "a path")?;
        let mut steps = String::new();
        for step in &path.path {
            match step {
                JsonPathElem::Dot { key, quoted: _ } => steps.push_str(&self.key(key)?),
                JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } => {
                    self.step(&mut made, &mut steps, key)?;
                }
            }
        }
        Ok(finish(&made, &steps))
    }

    /// `value[0]`, `value['a']`
    pub(super) fn access(&mut self, root: &Expr, chain: &[AccessExpr]) -> Result<Piece> {
        let base = self.expression(root)?;
        let mut made = self.json(&base, "an element")?;
        let mut steps = String::new();
        for access in chain {
            match access {
                AccessExpr::Subscript(Subscript::Index { index }) => self.step(&mut made, &mut steps, index)?,
                AccessExpr::Dot(Expr::Identifier(name)) => steps.push_str(&self.key(&name.value)?),
                _ => return Err(self.unsupported("a slice `[a:b]`")),
            }
        }
        Ok(finish(&made, &steps))
    }

    fn step(&mut self, made: &mut Piece, steps: &mut String, key: &Expr) -> Result<()> {
        if let Expr::Value(value) = key {
            match &value.value {
                Value::Number(number, _) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                    steps.push_str(&format!("[{number}]"));
                    return Ok(());
                }
                Value::SingleQuotedString(name) | Value::DoubleQuotedString(name) => {
                    steps.push_str(&self.key(name)?);
                    return Ok(());
                }
                _ => {}
            }
        }
        let key = self.expression(key)?;
        let base = finish(made, steps);
        steps.clear();
        let name = match key.kind {
            Kind::Integer => "element",
            Kind::Text => "member",
            _ => return Err(self.untyped("an element", &key)),
        };
        *made = Piece::whole(format!("snowflake_sql.{name}({}, {})", base.sql, key.sql), Kind::Variant);
        Ok(())
    }

    fn key(&self, key: &str) -> Result<String> {
        if key.contains(['"', '\\']) {
            return Err(self.refuse(format!("the key `{key}`"), "holds a quote or a backslash", None));
        }
        Ok(format!(".\"{key}\""))
    }

    /// A value that must be JSON on the engine.
    pub(super) fn json(&mut self, piece: &Piece, what: &str) -> Result<Piece> {
        match piece.kind {
            kind if kind.is_json() => Ok(piece.clone()),
            // The column's table is not there: a text is read as JSON then, and anything else fails.
            Kind::Unknown | Kind::Null => Ok(Piece::whole(format!("CAST({} AS JSON)", piece.sql), Kind::Variant)),
            kind => Err(self.refuse(
                format!("{what} of {}", kind.word()),
                "only VARIANT, ARRAY and OBJECT have parts",
                Some("write PARSE_JSON around a text"),
            )),
        }
    }

    /// An ARRAY of values.
    pub(super) fn array_of(&mut self, items: &[Piece]) -> Result<Piece> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.as_variant(item)?.sql);
        }
        Ok(Piece::whole(format!("json_array({})", values.join(", ")), Kind::Array))
    }

    /// An OBJECT of keys and values. Snowflake: a pair whose value is NULL is left out.
    pub(super) fn object_of(&mut self, pairs: Vec<(String, Piece)>) -> Result<Piece> {
        if pairs.is_empty() {
            return Ok(Piece::whole("CAST('{}' AS JSON)", Kind::Object));
        }
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            entries.push(format!("{{'key': {key}, 'value': {}}}", self.as_variant(&value)?.sql));
        }
        Ok(Piece::whole(format!("snowflake_sql.object_of([{}])", entries.join(", ")), Kind::Object))
    }
}

fn finish(base: &Piece, steps: &str) -> Piece {
    if steps.is_empty() {
        return base.clone();
    }
    Piece::whole(format!("json_extract({}, {})", base.sql, text(&format!("${steps}"))), Kind::Variant)
}

/// A path as a text: `a.b[0]`, `['a']`.
pub(super) fn dotted(path: &str) -> Option<String> {
    let mut steps = String::from("$");
    let mut rest = path.trim();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (key, after) = inside.split_once(']')?;
            match key.trim().strip_prefix(['\'', '"']) {
                Some(name) => steps.push_str(&format!(".\"{}\"", name.trim_end_matches(['\'', '"']))),
                None => steps.push_str(&format!("[{}]", key.trim().parse::<u32>().ok()?)),
            }
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push_str(&format!(".\"{}\"", name.trim_matches('"')));
            rest = after;
        }
    }
    Some(steps)
}
