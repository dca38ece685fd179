//! `run_results.json` v6.

use serde_json::{Map, Value, json};

use super::{Metadata, Schema};
use crate::outcome::{BatchResults, RunResult, RunResults, Timing, iso};

/// The whole file.
pub fn run_results(metadata: &Metadata, run: &RunResults) -> Value {
    json!({
        "metadata": metadata.head(Schema::RunResults),
        "results": run.results.iter().map(|result| run_result(result)).collect::<Vec<_>>(),
        "elapsed_time": run.elapsed,
        "args": run.args,
    })
}

/// One result, as `results` holds it.
pub fn run_result(result: &RunResult) -> Map<String, Value> {
    let fields = json!({
        "status": result.status.as_str(),
        "timing": timings(&result.timing),
        "thread_id": result.thread,
        "execution_time": result.execution_time,
        "adapter_response": result.adapter_response,
        "message": result.message,
        "failures": result.failures,
        "unique_id": result.facts().unique_id,
        "compiled": result.compiled,
        "compiled_code": result.compiled_code,
        "relation_name": result.relation_name,
        "batch_results": result.batch_results.as_ref().map(BatchResults::to_json),
        "overload_results": result.overload_results,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Phases, as results of nodes and of sources hold them.
pub(super) fn timings(timings: &[Timing]) -> Vec<Value> {
    let moment = |at: Option<_>| at.map(iso);
    timings
        .iter()
        .map(|timing| {
            json!({
                "name": timing.name,
                "started_at": moment(timing.started_at),
                "completed_at": moment(timing.completed_at),
            })
        })
        .collect()
}
