//! What cannot be translated, and where.

use std::fmt;

/// Why a statement was not translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The construct, as the author knows it: `QUALIFY`, `HASH`.
    pub construct: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to write instead, where there is something.
    pub hint: Option<String>,
    /// Where in the given SQL, in bytes.
    pub offset: usize,
    /// The same as a line, from 1.
    pub line: usize,
    /// The same as a column of that line, from 1, in characters.
    pub column: usize,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at line {}, column {}: {}", self.construct, self.line, self.column, self.reason)
    }
}

impl std::error::Error for Refusal {}

/// The result of translating a part.
pub type Result<T> = std::result::Result<T, Box<Refusal>>;
