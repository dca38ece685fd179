//! `sources.json` v3.

use std::sync::Arc;

use serde_json::{Value, json};

use super::run_results::timings;
use super::{Metadata, Schema};
use crate::manifest::iso_moment;
use crate::outcome::{FreshnessResult, Threshold};

/// The whole file.
///
/// dbt: tables that could not be looked at are left out.
pub fn sources(metadata: &Metadata, results: &[Arc<FreshnessResult>], elapsed: f64) -> Value {
    json!({
        "metadata": metadata.head(Schema::Sources),
        "results": results.iter().filter_map(|result| entry(result)).collect::<Vec<_>>(),
        "elapsed_time": elapsed,
    })
}

fn entry(result: &FreshnessResult) -> Option<Value> {
    let found = result.found.as_ref()?;
    Some(json!({
        "unique_id": &result.node.facts.unique_id,
        "max_loaded_at": iso_moment(found.max_loaded_at),
        "snapshotted_at": iso_moment(found.snapshotted_at),
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
    }))
}

fn threshold(threshold: Option<&Threshold>) -> Value {
    threshold.map_or(Value::Null, |given| json!({"count": given.count, "period": given.period}))
}
