//! What a query or a relation gives: columns, and where each comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{Name, Type};

/// How a value comes from a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It is the column's value.
    Copy,
    /// It is made of the column's value.
    Transform,
    /// It is made of the column's values in many rows.
    Aggregate,
}

impl Kind {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Transform => "transform",
            Self::Aggregate => "aggregate",
        }
    }
}

/// How a query uses a column beside its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// To leave rows out.
    Filter,
    /// To find rows that belong together.
    Join,
    /// To group rows.
    Group,
    /// To sort rows.
    Order,
}

impl Usage {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Join => "join",
            Self::Group => "group",
            Self::Order => "order",
        }
    }
}

/// A column of a relation that a query reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Index into the relations that the query reads.
    pub relation: usize,
    /// The column's name, as it is compared.
    pub column: Arc<str>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lineage {
    /// The columns, and how.
    pub from: BTreeMap<Origin, Kind>,
    /// Why there may be others; `None` where these are all.
    pub unknown: Option<Arc<str>>,
}

impl Lineage {
    /// A value that is a column's.
    pub fn column(relation: usize, column: &str) -> Self {
        Self { from: BTreeMap::from([(Origin { relation, column: column.into() }, Kind::Copy)]), unknown: None }
    }

    /// A value that comes from who knows where.
    pub fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self { from: BTreeMap::new(), unknown: Some(reason.into()) }
    }

    /// Adds where another value comes from.
    pub fn add(&mut self, other: &Self, kind: Kind) {
        for (origin, had) in &other.from {
            let kind = kind.max(*had);
            self.from.entry(origin.clone()).and_modify(|so_far| *so_far = kind.max(*so_far)).or_insert(kind);
        }
        if self.unknown.is_none() {
            self.unknown.clone_from(&other.unknown);
        }
    }

    /// The same, made of it in this way.
    #[must_use]
    pub fn made(mut self, kind: Kind) -> Self {
        for had in self.from.values_mut() {
            *had = kind.max(*had);
        }
        self
    }
}

/// A column that a query gives.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name; `None` where the warehouse makes one up.
    pub name: Option<Name>,
    /// Where its values come from.
    pub lineage: Lineage,
    /// The family of its type.
    pub data_type: Type,
    /// Where it is written, in bytes of the text.
    pub place: Option<Range<usize>>,
}

impl Column {
    /// Whether it is the column that a name means.
    pub fn is(&self, key: &str) -> bool {
        self.name.as_ref().is_some_and(|name| name.key == key)
    }
}

/// A star over columns that are not known.
#[derive(Debug, Clone)]
pub struct Open {
    /// The relation, where the star is over exactly one.
    pub relation: Option<usize>,
    /// Names that the star leaves out.
    pub without: BTreeSet<String>,
    /// Why the columns are not known.
    pub reason: Arc<str>,
}

/// The columns that a query or relation gives.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Those that are known, in order.
    pub columns: Vec<Column>,
    /// Stars over what is not known.
    pub open: Vec<Open>,
    /// How many columns come before the first such star.
    pub counted: usize,
}

impl Shape {
    /// A shape of which nothing is known.
    pub fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self {
            columns: Vec::new(),
            open: vec![Open { relation: None, without: BTreeSet::new(), reason: reason.into() }],
            counted: 0,
        }
    }

    /// Adds a column at the end.
    pub fn push(&mut self, column: Column) {
        self.columns.push(column);
        if self.open.is_empty() {
            self.counted = self.columns.len();
        }
    }

    /// Whether all columns are known.
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Why not all columns are known.
    pub fn reason(&self) -> Option<Arc<str>> {
        self.open.first().map(|open| Arc::clone(&open.reason))
    }
}
