//! What a column that is only copied inherits from the one that it is a copy of: description and tests.

mod edit;
mod find;
mod rewrite;

pub use find::{Inherited, InheritedTest, inherited};
pub use rewrite::{Rewritten, rewritten};
