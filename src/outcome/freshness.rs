//! How fresh sources are.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{NodeInfo, Status, Timestamp, Timing};
use crate::diagnostic::Diagnostic;

/// An age that should not be passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// How many periods; absent in a threshold that was emptied.
    pub count: Option<u64>,
    /// `minute`, `hour` or `day`.
    pub period: Option<String>,
}

/// What a source table promises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FreshnessCriteria {
    /// Older than this warns.
    pub warn_after: Option<Threshold>,
    /// Older than this fails.
    pub error_after: Option<Threshold>,
    /// Which rows count.
    pub filter: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The newest row, or the moment of the last change.
    pub max_loaded_at: Timestamp,
    /// When it was looked at.
    pub snapshotted_at: Timestamp,
}

impl Freshness {
    /// Seconds between the two.
    pub fn age(&self) -> f64 {
        let age = self.snapshotted_at - self.max_loaded_at;
        age.as_seconds_f64()
    }
}

/// The result of one source table.
#[derive(Debug, Clone, PartialEq)]
pub struct FreshnessResult {
    /// The source table.
    pub node: NodeInfo,
    /// The name of its source.
    pub source_name: String,
    /// Pass, warn, error (too old) or runtime error.
    pub status: Status,
    /// What was found, unless it could not be looked at.
    pub found: Option<Freshness>,
    /// What was promised.
    pub criteria: FreshnessCriteria,
    /// Its phases.
    pub timing: Vec<Timing>,
    /// The worker.
    pub thread: String,
    /// Seconds.
    pub execution_time: f64,
    /// What the warehouse answered.
    pub adapter_response: Map<String, Value>,
    /// Why it could not be looked at.
    pub error: Option<Diagnostic>,
}

impl FreshnessResult {
    /// The results of several, as `sources.json` and the summary take them.
    pub fn exit_code(results: &[Arc<Self>]) -> u8 {
        u8::from(results.iter().any(|result| result.status.is_failure()))
    }
}
