//! The stage that looks for mistakes in the project's SQL without asking the warehouse.
//!
//! Every node is rendered on sessions that answer what `netflix.lock` answers and refuse all else, and resolved against the columns of its parents. What
//! cannot be known is no mistake: a model whose template asks the warehouse is told as not checked, and a source of
//! unknown columns may have every column.

mod contract;
mod diagnostics;
mod inherit;
mod known;
mod lock;
mod nodes;
mod record;
mod sarif;
mod sources;

pub use diagnostics::{Checked, NotChecked, analyze};
pub use inherit::{Inherited, InheritedTest, Rewritten, inherited, rewritten};
pub use known::{lineage, locked};
pub use lock::{LOCK_FILE, Lock, LockedAnswer, LockedColumn, changes};
pub use record::record;
pub use sarif::sarif;
