//! The section `results`: how nodes ended in the last runs, and how fresh sources are.

use chrono::DateTime;
use serde_json::Value;

use super::content::{Freshness, NodeResult, Results, Run};
use super::json::{list, text};
use super::nodes::Index;

/// The results of the runs, and of the freshness checks.
pub(super) fn results<'a>(runs: Option<&'a Value>, freshness: Option<&'a Value>, index: &Index<'a>) -> Results<'a> {
    let mut told = Results::default();
    if let Some(document) = runs {
        let several = list(document, "runs");
        let heads = if several.is_empty() { std::slice::from_ref(document) } else { several };
        told.runs = heads.iter().map(|head| run(head)).collect();
        let mut spans: Vec<Option<(f64, f64)>> = Vec::new();
        for result in list(document, "results") {
            let Some(node) = text(result, "unique_id").and_then(|id| index.place(id)) else { continue };
            let run = result["run"].as_u64().and_then(|run| usize::try_from(run).ok()).unwrap_or(0);
            if run >= told.runs.len() {
                continue;
            }
            spans.push(span(result));
            told.results.push(one(result, node, run));
        }
        from_begin(&mut told, &spans);
        for (place, run) in told.runs.iter_mut().enumerate() {
            let left = told.results.iter().filter(|result| result.run == place).count();
            run.count = run.count.max(left);
        }
    }
    for result in freshness.map(|document| list(document, "results")).unwrap_or_default() {
        let Some(node) = text(result, "unique_id").and_then(|id| index.place(id)) else { continue };
        told.freshness.push(Freshness {
            node,
            status: text(result, "status").unwrap_or_default(),
            loaded: text(result, "max_loaded_at"),
            checked: text(result, "snapshotted_at"),
            age: result["max_loaded_at_time_ago_in_s"].as_f64(),
        });
    }
    told
}

fn run(head: &Value) -> Run<'_> {
    let count = head["count"].as_u64().and_then(|count| usize::try_from(count).ok());
    Run {
        command: text(&head["args"], "which"),
        typed: text(&head["args"], "invocation_command"),
        ended: text(&head["metadata"], "generated_at"),
        elapsed: head["elapsed_time"].as_f64().unwrap_or(0.0),
        count: count.unwrap_or(0),
        begin: 0,
    }
}

fn one(result: &Value, node: usize, run: usize) -> NodeResult<'_> {
    let answer = &result["adapter_response"];
    NodeResult {
        node,
        run,
        status: text(result, "status").unwrap_or_default(),
        start: None,
        end: None,
        seconds: result["execution_time"].as_f64().unwrap_or(0.0),
        thread: text(result, "thread_id"),
        message: text(result, "message"),
        failures: result["failures"].as_u64(),
        rows: answer["rows_affected"].as_u64(),
    }
}

/// When the work on a node began and ended, in milliseconds since 1970.
fn span(result: &Value) -> Option<(f64, f64)> {
    let moments = |key: &str| -> Vec<f64> {
        let moment = |timing: &Value| {
            let moment = DateTime::parse_from_rfc3339(text(timing, key)?).ok()?;
            // Microseconds since 1970 have 51 bits, which a double holds.
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            Some(moment.timestamp_micros() as f64 / 1000.0)
        };
        list(result, "timing").iter().filter_map(moment).collect()
    };
    let start = moments("started_at").into_iter().reduce(f64::min)?;
    let end = moments("completed_at").into_iter().reduce(f64::max)?;
    Some((start, end.max(start)))
}

/// Lets the times of each run count from the begin of its first node.
fn from_begin(told: &mut Results<'_>, spans: &[Option<(f64, f64)>]) {
    for (place, run) in told.runs.iter_mut().enumerate() {
        let of_run = || told.results.iter().zip(spans).filter(|(result, _)| result.run == place);
        let Some(begin) = of_run().filter_map(|(_, span)| span.map(|(start, _)| start)).reduce(f64::min) else {
            continue;
        };
        let begin = begin.floor();
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 have 41 bits")]
        {
            run.begin = begin as i64;
        }
        for (result, span) in told.results.iter_mut().zip(spans).filter(|(result, _)| result.run == place) {
            let rounded = |moment: f64| ((moment - begin) * 1000.0).round() / 1000.0;
            result.start = span.map(|(start, _)| rounded(start));
            result.end = span.map(|(_, end)| rounded(end));
        }
    }
}
