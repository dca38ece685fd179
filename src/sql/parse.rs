//! From text to a syntax tree, with places as bytes of the text.

use std::ops::Range;

use sqlparser::ast::{Query, Statement};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span};

use super::Dialect;

/// How deep expressions and queries may be nested.
const DEPTH: usize = 300;

/// Why a text cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What was expected, and what was found.
    pub message: String,
    /// The byte where parsing stopped, where it is known.
    pub offset: Option<usize>,
}

/// Parses statements.
///
/// # Errors
/// The text is no SQL of the dialect, or none that the parser knows.
pub fn statements(sql: &str, dialect: Dialect) -> Result<Vec<Statement>, ParseError> {
    Parser::new(dialect.grammar())
        .with_recursion_limit(DEPTH)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| explain(sql, error))
}

/// Parses what must be one query.
///
/// # Errors
/// The text cannot be parsed, or is something else than one query.
pub fn query(sql: &str, dialect: Dialect) -> Result<Box<Query>, ParseError> {
    let mut statements = statements(sql, dialect)?;
    let error = |message: &str| ParseError { message: message.to_owned(), offset: None };
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(query),
        (None, _) => Err(error("there is no statement")),
        (_, false) => Err(error("there are several statements")),
        (Some(_), true) => Err(error("the statement is no query")),
    }
}

/// The parser's error, with its place taken out of the message.
fn explain(sql: &str, error: ParserError) -> ParseError {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
    };
    let Some((text, place)) = message.rsplit_once(" at Line: ") else { return ParseError { message, offset: None } };
    let location = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
    });
    let offset = location.and_then(|location| Positions::new(sql).offset(location));
    ParseError { message: text.to_owned(), offset }
}

/// Turns lines and columns into bytes.
#[derive(Debug)]
pub struct Positions<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Positions<'a> {
    /// Those of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, starts: std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect() }
    }

    /// The byte of a location; `None` for one that the parser made up.
    pub fn offset(&self, location: Location) -> Option<usize> {
        let line = usize::try_from(location.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(location.column).ok()?.checked_sub(1)?;
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end)?;
        if text.is_ascii() {
            return Some(start + column.min(text.len()));
        }
        Some(start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at))
    }

    /// The bytes of a span.
    pub fn range(&self, span: Span) -> Option<Range<usize>> {
        let (start, end) = (self.offset(span.start)?, self.offset(span.end)?);
        Some(start..end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_knows_its_byte() {
        let sql = "select 'é',\n  a ) from x";
        let error = query(sql, Dialect::DuckDb).unwrap_err();
        assert_eq!(error.offset, sql.find(')'), "{error:?}");
        assert_eq!(query("select 1; select 2", Dialect::Generic).unwrap_err().message, "there are several statements");
    }

    #[test]
    fn positions_count_characters() {
        let positions = Positions::new("é a\nb");
        assert_eq!(positions.offset(Location { line: 1, column: 3 }), Some(3));
        assert_eq!(positions.offset(Location { line: 2, column: 1 }), Some(5));
        assert_eq!(positions.offset(Location { line: 0, column: 0 }), None);
    }
}
