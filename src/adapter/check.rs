//! A step of a connection's test, as `debug` shows it.

use super::AdapterError;

/// A step and what came of it.
#[derive(Debug)]
pub struct Check {
    /// What is tried: `network`, `login`, `role`.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Checked,
}

/// What came of a step.
#[derive(Debug)]
pub enum Checked {
    /// It went well; what was found.
    Fine(String),
    /// It failed, and the connection with it.
    Failed(AdapterError),
    /// It was not tried, since it needs what failed before.
    Skipped,
}
