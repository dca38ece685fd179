//! The end of a run: the verdict, every failure with where and how to look at it, every warning, the counts.

use std::sync::Arc;

use super::style::count;
use crate::event::Event;
use crate::outcome::{RunResult, RunResults, Status};

/// How many of the slowest nodes are named.
const SLOWEST: usize = 10;

/// The events that the end of a run unfolds into, in dbt's order.
pub fn events(run: &RunResults, interrupted: bool, program: &str) -> Vec<Event> {
    // dbt: a run that had nothing to do has said so, and has no end to tell of.
    if run.results.is_empty() && !interrupted {
        return Vec::new();
    }
    let with = |test: fn(&RunResult) -> bool| run.results.iter().filter(move |result| test(result));
    let failures: Vec<&Arc<RunResult>> = with(is_reported).collect();
    let warnings: Vec<&Arc<RunResult>> = with(|result| result.status == Status::Warn).collect();
    let partial_successes = with(|result| result.status == Status::PartialSuccess).count();

    let mut events = vec![
        Event::blank(),
        Event::EndOfRunSummary { errors: failures.len(), partial_successes, warnings: warnings.len(), interrupted },
    ];
    for result in failures {
        if result.status == Status::Skipped && result.error.is_none() {
            events.push(Event::RunResultSkipped { result: Arc::clone(result) });
            continue;
        }
        events.push(Event::blank());
        events.push(Event::RunResultFailure { result: Arc::clone(result) });
        events.push(match &result.message {
            Some(_) => Event::RunResultError { result: Arc::clone(result) },
            None => Event::RunResultErrorNoMessage { result: Arc::clone(result) },
        });
        details(result, program, &mut events);
    }
    for result in warnings {
        events.push(Event::blank());
        events.push(Event::RunResultWarning { result: Arc::clone(result) });
        events.push(Event::RunResultWarningMessage { result: Arc::clone(result) });
        details(result, program, &mut events);
    }
    events.push(Event::SlowestNodes { nodes: slowest(run) });
    events.push(Event::blank());
    events.push(Event::StatsLine { counts: run.counts() });
    events
}

/// dbt: a node that was skipped for a failure above it counts as an error, an exposure never.
fn is_reported(result: &RunResult) -> bool {
    match result.status {
        Status::Error | Status::Fail | Status::RuntimeError => true,
        Status::Skipped => result.message.is_some() && result.facts().resource_type != "exposure",
        _ => false,
    }
}

fn details(result: &Arc<RunResult>, program: &str, events: &mut Vec<Event>) {
    if result.compiled_path.is_some() {
        events.push(Event::blank());
        events.push(Event::SqlCompiledPath { result: Arc::clone(result) });
    }
    if result.failures_relation.is_some() {
        events.push(Event::blank());
        events.push(Event::CheckNodeTestFailure { result: Arc::clone(result) });
    }
    if let Some(command) = show_command(result, program) {
        events.push(Event::ShowFailures { result: Arc::clone(result), command });
    }
}

/// The command that shows the rows that a test found.
fn show_command(result: &RunResult, program: &str) -> Option<String> {
    let facts = result.facts();
    if facts.resource_type != "test" || !matches!(result.status, Status::Fail | Status::Warn) {
        return None;
    }
    Some(match &result.failures_relation {
        Some(relation) => format!("{program} show --inline 'select * from {relation}'"),
        None => format!("{program} show --select {}", facts.name),
    })
}

fn slowest(run: &RunResults) -> Vec<(String, f64)> {
    let mut nodes: Vec<(String, f64)> =
        run.results.iter().map(|result| (result.facts().unique_id.clone(), result.execution_time)).collect();
    nodes.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    nodes.truncate(SLOWEST);
    nodes
}

/// What a run consisted of: `1 seed, 2 view models, 1 project hook`; also for `Found ...` of a selection.
pub fn stat_line<'a>(nodes: impl IntoIterator<Item = &'a crate::outcome::NodeFacts>) -> String {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for node in nodes {
        let kind = match node.resource_type.as_str() {
            "model" => format!("{} model", node.materialized),
            "operation" => "project hook".to_owned(),
            other => other.to_owned(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|(kind, number)| match kind.as_str() {
            // dbt: sorted by the plain name, shown by the longer one.
            "test" => count(*number, "data test"),
            "analysis" if *number != 1 => format!("{number} analyses"),
            kind if kind.ends_with('y') && *number != 1 => format!("{number} {}ies", kind.trim_end_matches('y')),
            kind => count(*number, kind),
        })
        .map(|part| part.replace('_', " "))
        .collect();
    parts.join(", ")
}
