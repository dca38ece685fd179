//! FLATTEN and SPLIT_TO_TABLE: one row for each element.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, TableAlias, Value};

use super::kind::Kind;
use super::name::text;
use super::refusal::Result;
use super::relation::column;
use super::translator::Translator;

/// Why `SEQ` of a lateral call is refused.
const SEQUENCE: (&str, &str) = ("SEQ", "its numbers follow how Snowflake read the rows, which DuckDB does not know");

impl Translator<'_> {
    pub(super) fn flatten(&mut self, args: &[FunctionArg], alias: Option<&TableAlias>) -> Result<String> {
        let (mut input, mut path, mut outer, mut mode) = (None, None, false, "BOTH".to_owned());
        let here = self.here;
        for (at, arg) in args.iter().enumerate() {
            let (name, value) = match arg {
                FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => {
                    (name.value.to_ascii_uppercase(), value)
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) if at == 0 => ("INPUT".to_owned(), value),
                _ => return Err(self.refuse("FLATTEN", "an argument has no name", Some("write `input => ..`"))),
            };
            match name.as_str() {
                "INPUT" => input = Some(value),
                "PATH" => path = Some(self.constant(value, "PATH of FLATTEN")?),
                "OUTER" => outer = self.truth(value, "OUTER of FLATTEN")?,
                "RECURSIVE" => {
                    if self.truth(value, "RECURSIVE of FLATTEN")? {
                        let hint = "flatten level by level";
                        return Err(self.refuse("FLATTEN(RECURSIVE => TRUE)", "has no translation yet", Some(hint)));
                    }
                }
                "MODE" => mode = self.constant(value, "MODE of FLATTEN")?.to_ascii_uppercase(),
                other => return Err(self.unsupported(format!("the argument {other} of FLATTEN"))),
            }
        }
        let Some(input) = input else { return Err(self.refuse("FLATTEN", "has no INPUT", None)) };
        let lateral = self.scopes.last().is_some_and(|scope| !scope.relations.is_empty());
        let refused = lateral.then_some(SEQUENCE);
        let columns = vec![
            column("SEQ", Kind::Integer),
            column("KEY", Kind::Text),
            column("PATH", Kind::Text),
            column("INDEX", Kind::Integer),
            column("VALUE", Kind::Variant),
            column("THIS", Kind::Variant),
        ];
        if path.is_none()
            && !outer
            && mode != "OBJECT"
            && let Some(sql) = self.flattened_split(input)?
        {
            self.here = here;
            return self.made(&sql, columns, alias, refused);
        }
        let value = self.expression(input)?;
        self.here = here;
        if !value.kind.is_json() && !matches!(value.kind, Kind::Unknown | Kind::Null) {
            let hint = "write PARSE_JSON around the text";
            return Err(self.refuse("FLATTEN", &format!("its input is {}", value.kind.word()), Some(hint)));
        }
        let (value, prefix) = match &path {
            None => (value.sql, String::new()),
            Some(path) => {
                let inside =
                    super::json::dotted(path).ok_or_else(|| self.refuse("PATH of FLATTEN", "is not a path", None))?;
                (format!("json_extract({}, {})", value.operand(), text(&inside)), path.clone())
            }
        };
        let condition = match mode.as_str() {
            "BOTH" => None,
            "ARRAY" => Some("ARRAY"),
            "OBJECT" => Some("OBJECT"),
            _ => return Err(self.refuse("MODE of FLATTEN", "is none of OBJECT, ARRAY and BOTH", None)),
        };
        let chosen = match condition {
            None => "this".to_owned(),
            Some(kind) => format!("CASE WHEN json_type(this) = '{kind}' THEN this END"),
        };
        let entries = if outer { "entries_or_one" } else { "entries" };
        let sql = format!(
            "SELECT 1 AS \"SEQ\", entry.key AS \"KEY\", entry.path AS \"PATH\", entry.index AS \"INDEX\", \
             entry.value AS \"VALUE\", this AS \"THIS\" FROM (SELECT this, unnest(snowflake_sql.{entries}({chosen}, {})) \
             AS entry FROM (SELECT {value} AS this))",
            text(&prefix)
        );
        self.made(&sql, columns, alias, refused)
    }

    /// `FLATTEN(INPUT => SPLIT(text, separator))` needs no JSON array in between.
    fn flattened_split(&mut self, input: &Expr) -> Result<Option<String>> {
        let Expr::Function(function) = input else { return Ok(None) };
        let FunctionArguments::List(list) = &function.args else { return Ok(None) };
        if !function.name.to_string().eq_ignore_ascii_case("split") || list.args.len() != 2 {
            return Ok(None);
        }
        let [
            FunctionArg::Unnamed(FunctionArgExpr::Expr(whole)),
            FunctionArg::Unnamed(FunctionArgExpr::Expr(separator)),
        ] = list.args.as_slice()
        else {
            return Ok(None);
        };
        let whole = self.as_text(whole)?;
        let separator = self.expression(separator)?;
        // What is known to split needs no macro, so that the view stands alone.
        let split = if separator.literal.as_ref().is_some_and(|text| !text.is_empty()) {
            format!("string_split({whole}, {})", separator.sql)
        } else {
            format!("snowflake_sql.parts({whole}, {})", self.text(&separator)?.sql)
        };
        Ok(Some(format!(
            "SELECT 1 AS \"SEQ\", CAST(NULL AS VARCHAR) AS \"KEY\", '[' || place || ']' AS \"PATH\", \
             place AS \"INDEX\", to_json(part) AS \"VALUE\", to_json(parts) AS \"THIS\" \
             FROM (SELECT parts, unnest(parts) AS part, unnest(range(len(parts))) AS place \
             FROM (SELECT {split} AS parts))"
        )))
    }

    pub(super) fn split_to_table(
        &mut self,
        name: &str,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
    ) -> Result<String> {
        let here = self.here;
        let mut values = Vec::new();
        for arg in args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => values.push(self.as_text(value)?),
                _ => return Err(self.unsupported(format!("a named argument of {name}"))),
            }
        }
        let parts = match (name, values.as_slice()) {
            ("SPLIT_TO_TABLE", [whole, separator]) => format!("snowflake_sql.parts({whole}, {separator})"),
            ("STRTOK_SPLIT_TO_TABLE", [whole]) => format!("snowflake_sql.tokens({whole}, ' ')"),
            ("STRTOK_SPLIT_TO_TABLE", [whole, letters]) => format!("snowflake_sql.tokens({whole}, {letters})"),
            _ => return Err(self.refuse(name, "takes a text and a separator", None)),
        };
        self.here = here;
        let lateral = self.scopes.last().is_some_and(|scope| !scope.relations.is_empty());
        let sql = format!(
            "SELECT 1 AS \"SEQ\", place AS \"INDEX\", part AS \"VALUE\" FROM (SELECT unnest(parts) AS part, \
             unnest(range(1, len(parts) + 1)) AS place FROM (SELECT {parts} AS parts))"
        );
        let columns = vec![column("SEQ", Kind::Integer), column("INDEX", Kind::Integer), column("VALUE", Kind::Text)];
        self.made(&sql, columns, alias, lateral.then_some(SEQUENCE))
    }

    /// The text of a literal.
    pub(super) fn constant(&mut self, value: &Expr, what: &str) -> Result<String> {
        if let Expr::Value(value) = value
            && let Value::SingleQuotedString(text) = &value.value
        {
            return Ok(text.clone());
        }
        Err(self.refuse(what, "is not a text literal", Some("write it as a literal")))
    }

    fn truth(&mut self, value: &Expr, what: &str) -> Result<bool> {
        if let Expr::Value(value) = value
            && let Value::Boolean(truth) = &value.value
        {
            return Ok(*truth);
        }
        Err(self.refuse(what, "is neither TRUE nor FALSE", Some("write it as a literal")))
    }
}
