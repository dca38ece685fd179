//! How a node ended.

use std::fmt;

/// How a node ended, in dbt's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Built.
    Success,
    /// Failed; for source freshness: too old.
    Error,
    /// Not tried.
    Skipped,
    /// Some batches were built and some failed.
    PartialSuccess,
    /// Nothing is to be done for such a node.
    NoOp,
    /// Taken from elsewhere instead of being built.
    Reused,
    /// A test or a freshness check that holds.
    Pass,
    /// A test that does not hold.
    Fail,
    /// A test that does not hold, of severity `warn`.
    Warn,
    /// A freshness check that could not be made.
    RuntimeError,
}

impl Status {
    /// The word in artifacts and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Skipped => "skipped",
            Self::PartialSuccess => "partial success",
            Self::NoOp => "no-op",
            Self::Reused => "reused",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::RuntimeError => "runtime error",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Success,
            Self::Error,
            Self::Skipped,
            Self::PartialSuccess,
            Self::NoOp,
            Self::Reused,
            Self::Pass,
            Self::Fail,
            Self::Warn,
            Self::RuntimeError,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }

    /// Whether it makes the command fail and the descendants be skipped.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Error | Self::Fail | Self::RuntimeError | Self::PartialSuccess)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
