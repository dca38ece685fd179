//! The names that an expression sees.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use sqlparser::ast::Expr;

use super::resolver::Ctes;
use crate::sql::{Column, Lineage, Name, Shape, Type};

/// A relation in the `from` of a query.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The parts by which its columns can be qualified: alias, or the relation's name.
    pub(super) path: Vec<Name>,
    pub(super) shape: Rc<Shape>,
    /// What the resolver remembers of the common table expression behind it.
    pub(super) cte: Option<usize>,
    /// Columns that a join merged with an earlier source's: unqualified names and stars pass them over.
    pub(super) merged: Vec<String>,
    /// Whether it is the right side of a semi join, which only conditions see.
    pub(super) is_hidden: bool,
}

impl Source {
    /// Whether a qualifier means it.
    pub(super) fn is(&self, qualifier: &[Name]) -> bool {
        !qualifier.is_empty()
            && self.path.len() >= qualifier.len()
            && self.path[self.path.len() - qualifier.len()..] == *qualifier
    }

    /// The name to show.
    pub(super) fn label(&self) -> &str {
        self.path.last().map_or("", |name| name.text.as_str())
    }
}

/// What a merged column of `using` gives.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub(super) name: Name,
    pub(super) lineage: Lineage,
    pub(super) data_type: Type,
}

/// An alias of the select list, resolved when something asks for it.
#[derive(Debug)]
pub(super) struct Alias<'q> {
    pub(super) expression: &'q Expr,
    pub(super) value: RefCell<Resolving>,
}

/// How far an alias is resolved.
#[derive(Debug, Clone)]
pub(super) enum Resolving {
    /// Not yet.
    Waiting,
    /// Right now: asking again would lead in a circle.
    Busy,
    /// Done.
    Done(Lineage, Type),
}

/// The names that the expressions of one `select` see.
#[derive(Debug, Default)]
pub(super) struct Scope<'q> {
    pub(super) sources: Vec<Source>,
    pub(super) merged: Vec<Merged>,
    pub(super) aliases: HashMap<String, Alias<'q>>,
    pub(super) ctes: Ctes,
    /// The scope of the query around.
    pub(super) outer: Option<&'q Self>,
    pub(super) windows: HashMap<String, Lineage>,
}

impl Scope<'_> {
    /// Sources that names without a table see.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| !source.is_hidden)
    }

    /// The sources that a qualifier means, from the inside out.
    pub(super) fn qualified(&self, qualifier: &[Name]) -> Option<&Source> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            // The last one wins: a lateral source may have an earlier one's name.
            if let Some(found) = here.sources.iter().rev().find(|source| source.is(qualifier)) {
                return Some(found);
            }
            scope = here.outer;
        }
        None
    }

    /// Whether the columns of all sources that an unqualified name may mean are known.
    pub(super) fn is_closed(&self) -> bool {
        self.sources.iter().all(|source| source.shape.is_closed()) && self.outer.is_none_or(Scope::is_closed)
    }

    /// Names of all columns, for suggestions.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut scope = Some(self);
        while let Some(here) = scope {
            let columns = here.sources.iter().flat_map(|source| &source.shape.columns);
            names.extend(columns.filter_map(|column| column.name.as_ref()).map(|name| name.text.as_str()));
            scope = here.outer;
        }
        names
    }
}

/// The columns of a shape that a name means.
pub(super) fn named<'s>(shape: &'s Shape, key: &str) -> Vec<&'s Column> {
    shape.columns.iter().filter(|column| column.is(key)).collect()
}
