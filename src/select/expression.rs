//! A selection as a tree: criteria at the leaves, set operations above them.

use super::{Indirect, Method};
use crate::diagnostic::Span;

/// One criterion: `2+tag:nightly+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Where it is written.
    pub span: Span,
    /// How nodes are searched.
    pub method: Method,
    /// What is searched.
    pub value: String,
    /// The value as a selector file has it, where it is no text.
    pub literal: Option<serde_json::Value>,
    /// Whether it is written with `@`: descendants and all ancestors of those come along.
    pub childrens_parents: bool,
    /// Whether ancestors come along.
    pub parents: bool,
    /// How many steps upward, without limit if none.
    pub parents_depth: Option<usize>,
    /// Whether descendants come along.
    pub children: bool,
    /// How many steps downward, without limit if none.
    pub children_depth: Option<usize>,
    /// Which tests come along.
    pub indirect: Indirect,
}

impl Criterion {
    /// The criterion as written.
    pub fn text(&self) -> &str {
        self.span.source.text().get(self.span.range.clone()).unwrap_or_default()
    }

    /// The same graph operators around another method and value.
    pub fn respelled(&self, body: &str) -> String {
        let depth = |depth: Option<usize>| depth.map(|depth| depth.to_string()).unwrap_or_default();
        let mut text = String::new();
        if self.childrens_parents {
            text.push('@');
        }
        if self.parents {
            text += &depth(self.parents_depth);
            text.push('+');
        }
        text += body;
        if self.children {
            text.push('+');
            text += &depth(self.children_depth);
        }
        text
    }
}

/// How the sets of several expressions are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Nodes of any of them.
    Union,
    /// Nodes of all of them.
    Intersection,
    /// Nodes of the first and of none of the others.
    Difference,
}

/// Several expressions combined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// How they are combined.
    pub operator: Operator,
    /// What is combined.
    pub parts: Vec<Expression>,
    /// Which tests that no single part selects are selected by the parts together.
    pub indirect: Indirect,
    /// Where it is written, if an empty result deserves a warning.
    pub expected: Option<Span>,
}

/// A selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Every node.
    Everything,
    /// The nodes of one criterion.
    Criterion(Box<Criterion>),
    /// A combination.
    Set(Set),
}

impl Expression {
    /// The criteria, from left to right.
    pub fn criteria(&self) -> Vec<&Criterion> {
        match self {
            Self::Everything => Vec::new(),
            Self::Criterion(criterion) => vec![criterion],
            Self::Set(set) => set.parts.iter().flat_map(Self::criteria).collect(),
        }
    }
}
