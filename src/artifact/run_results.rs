//! `run_results.json` v6.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Metadata, Schema};
use crate::outcome::{BatchResults, RunResult, RunResults, Timing};

/// The whole file; it is written many times while a run goes on.
#[derive(Debug, Serialize)]
pub struct RunResultsFile<'r> {
    metadata: Map<String, Value>,
    results: Vec<Entry<'r>>,
    elapsed_time: f64,
    args: &'r Map<String, Value>,
}

/// One result.
#[derive(Debug, Serialize)]
struct Entry<'r> {
    status: &'static str,
    timing: Vec<Value>,
    thread_id: &'r str,
    execution_time: f64,
    adapter_response: &'r Map<String, Value>,
    message: Option<&'r str>,
    failures: Option<u64>,
    unique_id: &'r str,
    compiled: Option<bool>,
    compiled_code: Option<&'r str>,
    relation_name: Option<&'r str>,
    batch_results: Option<Value>,
    overload_results: Option<&'r Value>,
}

/// The whole file.
pub fn run_results<'r>(metadata: &Metadata, run: &'r RunResults) -> RunResultsFile<'r> {
    RunResultsFile {
        metadata: metadata.head(Schema::RunResults),
        results: run.results.iter().map(|result| entry(result)).collect(),
        elapsed_time: run.elapsed,
        args: &run.args,
    }
}

fn entry(result: &RunResult) -> Entry<'_> {
    Entry {
        status: result.status.as_str(),
        timing: timings(&result.timing),
        thread_id: &result.thread,
        execution_time: result.execution_time,
        adapter_response: &result.adapter_response,
        message: result.message.as_deref(),
        failures: result.failures,
        unique_id: &result.facts().unique_id,
        compiled: result.compiled,
        compiled_code: result.compiled_code.as_deref(),
        relation_name: result.relation_name.as_deref(),
        batch_results: result.batch_results.as_ref().map(BatchResults::to_json),
        overload_results: result.overload_results.as_ref(),
    }
}

/// Phases, as results of nodes and of sources hold them.
pub(super) fn timings(timings: &[Timing]) -> Vec<Value> {
    timings.iter().map(Timing::to_json).collect()
}
