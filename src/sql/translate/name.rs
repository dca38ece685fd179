//! Names of Snowflake's SQL in the engine's.

use sqlparser::ast::{Ident, ObjectName};

use super::refusal::Result;
use super::translator::Translator;

/// Words that the engine takes for syntax where a name may stand, in order.
const WORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "asof",
    "asymmetric",
    "at",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "by",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "columns",
    "columns",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "describe",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "generated",
    "generated",
    "glob",
    "group",
    "grouping",
    "grouping_id",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lambda",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "map",
    "map",
    "national",
    "natural",
    "nchar",
    "none",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "pivot",
    "pivot_longer",
    "pivot_wider",
    "placing",
    "position",
    "positional",
    "precision",
    "primary",
    "qualify",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "semi",
    "setof",
    "show",
    "similar",
    "smallint",
    "some",
    "struct",
    "struct",
    "substring",
    "summarize",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "try_cast",
    "try_cast",
    "tuple",
    "tuple",
    "union",
    "unique",
    "unpack",
    "unpivot",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A name as it was written, in quotes where the engine needs them.
///
/// Snowflake makes a name without quotes upper case; the engine compares names without regard to case and shows them
/// as written. So the author's spelling stays, and a name means the same column on both.
pub(super) fn plain(name: &str) -> String {
    let simple = name
        .bytes()
        .enumerate()
        .all(|(at, byte)| byte.is_ascii_alphabetic() || byte == b'_' || (at > 0 && byte.is_ascii_digit()));
    if simple && !name.is_empty() && WORDS.binary_search(&name.to_ascii_lowercase().as_str()).is_err() {
        name.to_owned()
    } else {
        quoted(name)
    }
}

impl Translator<'_> {
    /// A name with its mark.
    pub(super) fn ident(&mut self, ident: &Ident) -> String {
        self.here = self.at(ident);
        format!(
            "{}{}",
            self.mark(),
            if ident.quote_style.is_some() { quoted(&ident.value) } else { plain(&ident.value) }
        )
    }

    /// A relation's name with its mark.
    pub(super) fn object(&mut self, name: &ObjectName) -> Result<String> {
        let mut parts = Vec::with_capacity(name.0.len());
        for part in &name.0 {
            match part.as_ident() {
                Some(ident) if ident.value.starts_with('@') => {
                    self.here = self.at(ident);
                    let hint = "load the files into a table first, as a source or a seed";
                    return Err(self.refuse("a stage", "stages do not exist on DuckDB", Some(hint)));
                }
                Some(ident) => parts.push(self.ident(ident)),
                None => {
                    let hint = "write the name itself";
                    return Err(self.refuse("IDENTIFIER()", "a computed name has no translation", Some(hint)));
                }
            }
        }
        Ok(parts.join("."))
    }
}
