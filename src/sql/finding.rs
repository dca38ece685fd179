//! What is wrong with a query, or might be.

use std::ops::Range;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A relation that does not exist.
    UnknownTable,
    /// A column that does not exist.
    UnknownColumn,
    /// A name that may mean several columns.
    AmbiguousColumn,
    /// Types that do not go together.
    TypeMismatch,
    /// The sides of a set operation differ in their columns.
    ColumnCount,
    /// A column that is neither grouped nor aggregated.
    NotGrouped,
    /// Two columns of the result have one name.
    DuplicateColumn,
    /// A common table expression that nothing reads.
    UnusedCte,
    /// A column of a common table expression that nothing reads.
    UnusedColumn,
    /// A column that its contract has in another way.
    Contract,
    /// The text cannot be parsed.
    Syntax,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Self] = &[
        Self::UnknownTable,
        Self::UnknownColumn,
        Self::AmbiguousColumn,
        Self::TypeMismatch,
        Self::ColumnCount,
        Self::NotGrouped,
        Self::DuplicateColumn,
        Self::UnusedCte,
        Self::UnusedColumn,
        Self::Contract,
        Self::Syntax,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownTable => "unknown-table",
            Self::UnknownColumn => "unknown-column",
            Self::AmbiguousColumn => "ambiguous-column",
            Self::TypeMismatch => "type-mismatch",
            Self::ColumnCount => "column-count",
            Self::NotGrouped => "not-grouped",
            Self::DuplicateColumn => "duplicate-column",
            Self::UnusedCte => "unused-cte",
            Self::UnusedColumn => "unused-column",
            Self::Contract => "contract",
            Self::Syntax => "syntax",
        }
    }

    /// What it finds, in a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::UnknownTable => "A query reads a relation that neither the project nor the query has.",
            Self::UnknownColumn => "A query names a column that none of its relations has.",
            Self::AmbiguousColumn => "A name without a table may mean columns of several relations.",
            Self::TypeMismatch => "Values of types that never go together are compared, united or computed with.",
            Self::ColumnCount => "The sides of a set operation have different columns.",
            Self::NotGrouped => "A column of a grouped query is neither grouped nor aggregated.",
            Self::DuplicateColumn => "Two columns of a relation have one name.",
            Self::UnusedCte => "A common table expression is never read.",
            Self::UnusedColumn => "A column is made and never read.",
            Self::Contract => "A model's columns are not those that its contract states.",
            Self::Syntax => "A compiled query is no SQL.",
        }
    }

    /// Whether it is only a hint that nobody has to follow.
    pub fn is_hint(self) -> bool {
        matches!(self, Self::UnusedCte | Self::UnusedColumn)
    }
}

/// Something that is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of mistake it is.
    pub rule: Rule,
    /// Where, in bytes of the text.
    pub place: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether a warehouse may not notice it, since nothing reads where it stands, or may know better.
    pub is_doubtful: bool,
}
