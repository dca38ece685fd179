//! Why a command could not run: one diagnostic or all that one stage found.

use crate::diagnostic::{Bag, Diagnostic, Severity};

/// The reasons.
#[derive(Debug)]
pub struct Failures(pub Vec<Diagnostic>);

/// An exit code, or why there is none.
pub type Outcome = std::result::Result<u8, Failures>;

impl From<Box<Diagnostic>> for Failures {
    fn from(error: Box<Diagnostic>) -> Self {
        Self(vec![*error])
    }
}

impl From<Bag> for Failures {
    fn from(bag: Bag) -> Self {
        Self(bag.items.into_iter().filter(|item| item.severity == Severity::Error).collect())
    }
}
