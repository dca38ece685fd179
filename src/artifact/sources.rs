//! `sources.json` v3.

use std::sync::Arc;

use serde_json::{Value, json};

use super::run_results::timings;
use super::{Metadata, Schema};
use crate::outcome::{FreshnessResult, Status, Threshold, iso};

/// The whole file.
pub fn sources(metadata: &Metadata, results: &[Arc<FreshnessResult>], elapsed: f64) -> Value {
    json!({
        "metadata": metadata.head(Schema::Sources),
        "results": results.iter().map(|result| entry(result)).collect::<Vec<_>>(),
        "elapsed_time": elapsed,
    })
}

fn entry(result: &FreshnessResult) -> Value {
    let unique_id = &result.node.facts.unique_id;
    let Some(found) = &result.found else {
        let error = result.error.as_ref().map(|error| crate::outcome::plain_in(error, Some(&result.node.facts)));
        return json!({"unique_id": unique_id, "error": error, "status": Status::RuntimeError.as_str()});
    };
    json!({
        "unique_id": unique_id,
        "max_loaded_at": iso(found.max_loaded_at),
        "snapshotted_at": iso(found.snapshotted_at),
        "max_loaded_at_time_ago_in_s": found.age(),
        "status": result.status.as_str(),
        "criteria": {
            "warn_after": threshold(result.criteria.warn_after.as_ref()),
            "error_after": threshold(result.criteria.error_after.as_ref()),
            "filter": result.criteria.filter,
        },
        "adapter_response": result.adapter_response,
        "timing": timings(&result.timing),
        "thread_id": result.thread,
        "execution_time": result.execution_time,
    })
}

fn threshold(threshold: Option<&Threshold>) -> Value {
    // dbt: a threshold that was not given is one without count and period.
    let (count, period) = threshold.map_or((None, None), |given| (given.count, given.period.as_deref()));
    json!({"count": count, "period": period})
}
