//! Which nodes a command works on: the selection grammar, its methods, and which tests come along.
//!
//! [`nodes`] answers a [`Query`] in four steps: the grammar reads the text into an expression, each criterion of
//! the expression is searched by its method, its relatives and tests are added, and the sets are combined.

mod columns;
mod evaluate;
mod expression;
mod grammar;
mod hints;
mod indirect;
mod method;
mod query;
mod relatives;
#[cfg(test)]
mod sample;
mod selectors;
mod state;

pub use columns::ColumnLineage;
pub use evaluate::{nodes, sorted};
pub use expression::{Criterion, Expression, Operator, Set};
pub use grammar::{criterion, union};
pub use indirect::Indirect;
pub use method::{Method, Pattern};
pub use query::{Query, Selected, Selection};
pub use selectors::{Selector, Selectors};
pub use state::{Comparison, State};
