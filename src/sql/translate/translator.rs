//! The entry, and what all parts of a translation share.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, ObjectName, Spanned, visit_relations};
use sqlparser::dialect::SnowflakeDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::kind::Kind;
use super::refusal::{Refusal, Result};
use super::scope::{Column, Scope, same};
use super::source::{Source, mark, unmark};

/// What the translator may ask about the warehouse.
pub trait Catalog {
    /// The columns of a relation with the engine's types; `None` where it does not exist.
    fn columns(&self, relation: &[String]) -> Option<Vec<(String, String)>>;
}

/// A catalog that was asked for beforehand: relations with their columns and the engine's types.
#[derive(Debug, Clone, Default)]
pub struct Relations(BTreeMap<Vec<String>, Vec<(String, String)>>);

impl Relations {
    /// Adds a relation.
    pub fn insert(&mut self, name: Vec<String>, columns: Vec<(String, String)>) {
        self.0.insert(name, columns);
    }

    /// Whether a relation is among them.
    pub fn contains(&self, name: &[String]) -> bool {
        self.0.contains_key(name)
    }
}

impl Catalog for Relations {
    fn columns(&self, relation: &[String]) -> Option<Vec<(String, String)>> {
        self.0.get(relation).cloned()
    }
}

/// What the user allows.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Functions that are passed through as they are, in upper case.
    pub passed: BTreeSet<String>,
}

/// A translated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The SQL for the engine.
    pub sql: String,
    /// Bytes of it and of the author's text that belong together, ascending.
    places: Vec<(usize, usize)>,
}

impl Translation {
    /// The byte of the author's text that a byte of the translated text came from.
    pub fn origin(&self, offset: usize) -> usize {
        let after = self.places.partition_point(|(written, _)| *written <= offset);
        match after.checked_sub(1).and_then(|at| self.places.get(at)) {
            Some((_, origin)) => *origin,
            None => self.places.first().map_or(0, |(_, origin)| *origin),
        }
    }
}

/// Translates statements in Snowflake's SQL.
///
/// # Errors
/// The first construct that has no exact equal, with its place.
pub fn translate(sql: &str, catalog: &dyn Catalog, options: &Options) -> Result<Translation> {
    let source = Source::new(sql);
    let mut translator = Translator::new(&source, catalog, options);
    if source.holds_marks() {
        return Err(translator.refuse_at(0, "a text", "it holds the noncharacters U+FDD0 or U+FDD1", None));
    }
    let statements = Parser::parse_sql(&SnowflakeDialect {}, sql).map_err(|error| translator.unread(&error))?;
    let mut written = Vec::with_capacity(statements.len());
    for statement in &statements {
        written.push(translator.statement(statement)?);
    }
    let (sql, places) = unmark(&written.join(";\n"));
    Ok(Translation { sql, places })
}

/// The relations that a text in Snowflake's SQL names, without those that it defines itself; none where it cannot be read.
pub fn tables(sql: &str) -> Vec<Vec<String>> {
    let Ok(statements) = Parser::parse_sql(&SnowflakeDialect {}, sql) else { return Vec::new() };
    let mut found: Vec<Vec<String>> = Vec::new();
    for statement in &statements {
        let _: ControlFlow<()> = visit_relations(statement, |name| {
            let parts = parts(name);
            if !found.contains(&parts) {
                found.push(parts);
            }
            ControlFlow::Continue(())
        });
    }
    found
}

/// What the engine calls a type of Snowflake's; `None` where it has no equal.
pub fn engine_type(written: &str) -> Option<String> {
    let mut parser = Parser::new(&SnowflakeDialect {}).try_with_sql(written).ok()?;
    let parsed = parser.parse_data_type().ok()?;
    let rest = parser.peek_token().token == Token::EOF;
    Kind::of_written(&parsed).filter(|_| rest).map(|(_, engine)| engine)
}

/// What Snowflake calls a type of the engine, without its width.
pub fn author_type(engine: &str) -> String {
    match Kind::of_engine(engine) {
        Kind::Foreign => engine.to_owned(),
        kind => kind.word().to_owned(),
    }
}

/// The parts of a relation's name.
pub(super) fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident().map(|ident| ident.value.clone())).collect()
}

/// A translated expression.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Its SQL, with marks.
    pub(super) sql: String,
    /// Its type.
    pub(super) kind: Kind,
    /// Whether it can be an operand without parentheses.
    pub(super) whole: bool,
    /// The text of a literal.
    pub(super) literal: Option<String>,
    /// What its maker says of it: the operator of a chain, the unit of an interval, the name of a numbered column.
    pub(super) note: Option<String>,
}

impl Piece {
    /// An expression that binds tighter than any operator.
    pub(super) fn whole(sql: impl Into<String>, kind: Kind) -> Self {
        Self { sql: sql.into(), kind, whole: true, literal: None, note: None }
    }

    /// An expression with an operator outside of parentheses.
    pub(super) fn loose(sql: impl Into<String>, kind: Kind) -> Self {
        Self { whole: false, ..Self::whole(sql, kind) }
    }

    /// The same with a note.
    pub(super) fn noted(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// Its SQL as an operand.
    pub(super) fn operand(&self) -> String {
        if self.whole { self.sql.clone() } else { format!("({})", self.sql) }
    }

    /// The whole number that it is written as.
    pub(super) fn integer(&self) -> Option<i64> {
        unmark(&self.sql).0.trim().parse().ok().filter(|_| self.kind == Kind::Integer)
    }
}

/// A common table expression.
#[derive(Debug, Clone)]
pub(super) struct Defined {
    pub(super) name: String,
    pub(super) columns: Option<Vec<Column>>,
}

/// One translation.
pub(super) struct Translator<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) catalog: &'a dyn Catalog,
    pub(super) options: &'a Options,
    /// The scopes of the SELECTs around the place, the innermost last.
    pub(super) scopes: Vec<Scope>,
    /// The common table expressions in sight, the innermost last.
    pub(super) defined: Vec<Defined>,
    known: RefCell<BTreeMap<Vec<String>, Option<Vec<Column>>>>,
    /// The place of the nearest expression around.
    pub(super) here: usize,
}

impl<'a> Translator<'a> {
    fn new(source: &'a Source<'a>, catalog: &'a dyn Catalog, options: &'a Options) -> Self {
        let known = RefCell::default();
        Self { source, catalog, options, scopes: Vec::new(), defined: Vec::new(), known, here: 0 }
    }

    /// A refusal at the nearest place.
    pub(super) fn refuse(&self, construct: impl Into<String>, reason: &str, hint: Option<&str>) -> Box<Refusal> {
        self.refuse_at(self.here, construct, reason, hint)
    }

    /// A refusal at a place.
    pub(super) fn refuse_at(
        &self,
        offset: usize,
        construct: impl Into<String>,
        reason: &str,
        hint: Option<&str>,
    ) -> Box<Refusal> {
        let (line, column) = self.source.place(offset);
        let hint = hint.map(str::to_owned);
        Box::new(Refusal { construct: construct.into(), reason: reason.to_owned(), hint, offset, line, column })
    }

    /// A refusal of something that must be known to be translated.
    pub(super) fn unsupported(&self, construct: impl Into<String>) -> Box<Refusal> {
        self.refuse(construct, "has no translation to DuckDB yet", None)
    }

    fn unread(&self, error: &ParserError) -> Box<Refusal> {
        let text = match error {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "the statement is nested too deeply".to_owned(),
        };
        let number = |from: &str| -> Option<u64> {
            let digits = text.rsplit_once(from)?.1.trim_start();
            digits.split(|at: char| !at.is_ascii_digit()).next()?.parse().ok()
        };
        let place = number("Line:").zip(number("Column:"));
        let offset = place
            .and_then(|(line, column)| self.source.offset(sqlparser::tokenizer::Location { line, column }))
            .unwrap_or_default();
        let said = text.split(" at Line:").next().unwrap_or(&text);
        self.refuse_at(offset, "the statement", &format!("cannot be read as Snowflake's SQL: {said}"), None)
    }

    /// The byte of a name.
    pub(super) fn at(&self, ident: &Ident) -> usize {
        self.source.offset(ident.span.start).unwrap_or(self.here)
    }

    /// The byte of an expression, as far as the parser tells.
    pub(super) fn at_expression(&self, expression: &Expr) -> Option<usize> {
        self.source.offset(expression.span().start)
    }

    /// The mark of the nearest place.
    pub(super) fn mark(&self) -> String {
        mark(self.here)
    }

    /// The columns of a relation: of a common table expression, or of the catalog.
    pub(super) fn columns(&self, name: &[String]) -> Option<Vec<Column>> {
        if let [name] = name
            && let Some(defined) = self.defined.iter().rev().find(|defined| same(&defined.name, name))
        {
            return defined.columns.clone();
        }
        let mut known = self.known.borrow_mut();
        if let Some(columns) = known.get(name) {
            return columns.clone();
        }
        let columns = self.catalog.columns(name).map(|columns| {
            let column = |(name, engine): (String, String)| Column { name, kind: Kind::of_engine(&engine) };
            columns.into_iter().map(column).collect::<Vec<_>>()
        });
        known.insert(name.to_vec(), columns.clone());
        columns
    }
}
