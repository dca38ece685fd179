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

impl Threshold {
    /// Whether an age in seconds passes it; one without count or period is never passed.
    pub fn is_passed(&self, age: f64) -> bool {
        let seconds = match self.period.as_deref() {
            Some("minute") => 60.0,
            Some("hour") => 3600.0,
            Some("day") => 86_400.0,
            _ => return false,
        };
        #[expect(clippy::cast_precision_loss, reason = "no count of periods is that large")]
        self.count.is_some_and(|count| age > count as f64 * seconds)
    }
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

impl FreshnessCriteria {
    /// The promise in a manifest.
    pub fn from_json(value: &Value) -> Self {
        let threshold = |key: &str| {
            let age = value.get(key)?.as_object()?;
            Some(Threshold {
                count: age.get("count").and_then(Value::as_u64),
                period: age.get("period").and_then(Value::as_str).map(str::to_owned),
            })
        };
        Self {
            warn_after: threshold("warn_after"),
            error_after: threshold("error_after"),
            filter: value.get("filter").and_then(Value::as_str).map(str::to_owned),
        }
    }

    /// Whether there is anything that can be broken.
    pub fn is_given(&self) -> bool {
        let given = |threshold: &Option<Threshold>| {
            threshold.as_ref().is_some_and(|threshold| threshold.count.is_some() && threshold.period.is_some())
        };
        given(&self.warn_after) || given(&self.error_after)
    }

    /// How an age is judged.
    pub fn judge(&self, age: f64) -> Status {
        let passed =
            |threshold: &Option<Threshold>| threshold.as_ref().is_some_and(|threshold| threshold.is_passed(age));
        if passed(&self.error_after) {
            Status::Error
        } else if passed(&self.warn_after) {
            Status::Warn
        } else {
            Status::Pass
        }
    }
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
