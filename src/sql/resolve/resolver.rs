//! The state of resolving one query, and its result.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use sqlparser::ast::{Ident, Query, Spanned};
use sqlparser::tokenizer::Span;

use crate::sql::parse::Positions;
use crate::sql::{Dialect, Finding, Name, Origin, Rule, Schemas, Shape, Usage};

/// A relation that a query reads.
#[derive(Debug, Clone)]
pub struct Read {
    /// What it is called outside of SQL; `None` where it is not known.
    pub id: Option<Arc<str>>,
    /// Its name as the query first writes it.
    pub name: String,
}

/// What is known of a query.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// What it gives.
    pub shape: Shape,
    /// The relations that it reads; origins point to them.
    pub reads: Vec<Read>,
    /// How it uses columns beside their values.
    pub used: BTreeSet<(Origin, Usage)>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// Resolves a query, whose text is `sql`.
pub fn resolve(query: &Query, sql: &str, schemas: &Schemas, dialect: Dialect) -> Resolved {
    let mut resolver = Resolver::new(sql, schemas, dialect);
    let shape = resolver.query(query, &Ctes::default(), None);
    resolver.duplicates(&shape);
    resolver.unused();
    Resolved { shape, reads: resolver.reads, used: resolver.used, findings: resolver.findings }
}

/// A common table expression.
#[derive(Debug)]
pub(super) struct Cte {
    pub(super) name: Name,
    pub(super) shape: Rc<Shape>,
    /// Index into what the resolver remembers of common table expressions; `None` for the inner name of a recursive
    /// one.
    pub(super) index: Option<usize>,
    /// What its query uses beside values; the reader's query uses it too.
    pub(super) used: BTreeSet<(Origin, Usage)>,
}

/// The common table expressions that a query sees, nearest last.
#[derive(Debug, Clone, Default)]
pub(super) struct Ctes {
    pub(super) list: Vec<Rc<Cte>>,
}

impl Ctes {
    pub(super) fn find(&self, key: &str) -> Option<&Rc<Cte>> {
        self.list.iter().rev().find(|cte| cte.name.key == key)
    }
}

/// What is remembered of a common table expression, to know at the end whether it was of use.
#[derive(Debug)]
pub(super) struct CteRecord {
    pub(super) name: Name,
    pub(super) place: Option<Range<usize>>,
    pub(super) is_read: Cell<bool>,
    /// Columns that are named in its select list: name and place.
    pub(super) columns: Vec<(Name, Option<Range<usize>>)>,
    /// Keys of columns that something reads.
    pub(super) read_columns: HashSet<String>,
    /// The findings of its own text: first and last index.
    pub(super) findings: Range<usize>,
}

/// The state of resolving one query.
pub(super) struct Resolver<'a> {
    pub(super) positions: Positions<'a>,
    pub(super) schemas: &'a Schemas,
    pub(super) dialect: Dialect,
    pub(super) reads: Vec<Read>,
    known_reads: HashMap<String, usize>,
    pub(super) used: BTreeSet<(Origin, Usage)>,
    pub(super) findings: Vec<Finding>,
    pub(super) ctes: Vec<CteRecord>,
    /// Parameters of the lambdas around the expression.
    pub(super) lambdas: Vec<String>,
}

impl<'a> Resolver<'a> {
    fn new(sql: &'a str, schemas: &'a Schemas, dialect: Dialect) -> Self {
        Self {
            positions: Positions::new(sql),
            schemas,
            dialect,
            reads: Vec::new(),
            known_reads: HashMap::new(),
            used: BTreeSet::new(),
            findings: Vec::new(),
            ctes: Vec::new(),
            lambdas: Vec::new(),
        }
    }

    /// The index of a relation that the query reads.
    pub(super) fn read(&mut self, path: &[Name], id: Option<Arc<str>>) -> usize {
        let name = path.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        let key = id.as_deref().map_or_else(
            || path.iter().map(|part| part.key.as_str()).collect::<Vec<_>>().join("\0"),
            |id| format!("\0{id}"),
        );
        let reads = &mut self.reads;
        *self.known_reads.entry(key).or_insert_with(|| {
            reads.push(Read { id, name });
            reads.len() - 1
        })
    }

    /// Uses columns beside their values.
    pub(super) fn uses(&mut self, lineage: &crate::sql::Lineage, usage: Usage) {
        self.used.extend(lineage.from.keys().map(|origin| (origin.clone(), usage)));
    }

    /// The bytes of a node of the tree.
    pub(super) fn place(&self, node: &impl Spanned) -> Option<Range<usize>> {
        self.positions.range(node.span())
    }

    /// The bytes of a span.
    pub(super) fn range(&self, span: Span) -> Option<Range<usize>> {
        self.positions.range(span)
    }

    /// The bytes of an identifier.
    pub(super) fn ident(&self, ident: &Ident) -> Option<Range<usize>> {
        self.range(ident.span)
    }

    /// Tells of a mistake, once for a place.
    pub(super) fn find(&mut self, rule: Rule, place: Option<Range<usize>>, message: String) -> Option<&mut Finding> {
        if self
            .findings
            .iter()
            .any(|finding| finding.rule == rule && finding.place == place && finding.message == message)
        {
            return None;
        }
        self.findings.push(Finding { rule, place, message, help: None, is_doubtful: false });
        self.findings.last_mut()
    }

    /// Tells of a mistake with a suggestion.
    pub(super) fn find_near(
        &mut self,
        rule: Rule,
        place: Option<Range<usize>>,
        message: String,
        nearest: Option<String>,
    ) {
        if let Some(finding) = self.find(rule, place, message) {
            finding.help = nearest.map(|name| format!("did you mean `{name}`?"));
        }
    }

    /// Two columns of the result with one name.
    ///
    /// Snowflake: a relation cannot have them. DuckDB: the second one gets another name.
    fn duplicates(&mut self, shape: &Shape) {
        if self.dialect != Dialect::Snowflake {
            return;
        }
        let mut seen = HashSet::new();
        for column in &shape.columns {
            let Some(name) = &column.name else { continue };
            if !seen.insert(name.key.clone()) {
                let message = format!("the result has two columns `{}`", name.text);
                self.find(Rule::DuplicateColumn, column.place.clone(), message);
            }
        }
    }

    /// Tells of common table expressions that were of no use.
    fn unused(&mut self) {
        for record in std::mem::take(&mut self.ctes) {
            if !record.is_read.get() {
                for finding in &mut self.findings[record.findings.clone()] {
                    finding.is_doubtful = true;
                }
                let message = format!("the common table expression `{}` is never read", record.name.text);
                self.find(Rule::UnusedCte, record.place, message);
                continue;
            }
            for (name, place) in record.columns {
                if !record.read_columns.contains(&name.key) {
                    let message = format!("the column `{}` of `{}` is never read", name.text, record.name.text);
                    self.find(Rule::UnusedColumn, place, message);
                }
            }
        }
    }
}
