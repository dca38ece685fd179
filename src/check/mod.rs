//! The stage that looks for mistakes in the project's SQL without asking the warehouse.
//!
//! Every node is rendered on a session that refuses statements, and resolved against the columns of its parents. What
//! cannot be known is no mistake: a model whose template asks the warehouse is told as not checked, and a source of
//! unknown columns may have every column.

mod contract;
mod diagnostics;
mod nodes;
mod sarif;
mod session;
mod sources;

pub use diagnostics::{Checked, NotChecked, analyze};
pub use sarif::sarif;
