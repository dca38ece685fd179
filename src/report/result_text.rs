//! The text of events about nodes and of the end of a run.

use super::render;
use super::style::{Paint, Place, count, progress_line};
use super::text::Wording;
use crate::event::Event;
use crate::outcome::{Counts, FreshnessResult, RunResult, Status, indent, plain};

/// The text of such an event; `None` for others.
pub(super) fn message(event: &Event, wording: Wording) -> Option<String> {
    node(event, wording).or_else(|| hook(event, wording)).or_else(|| end(event, wording))
}

fn node(event: &Event, wording: Wording) -> Option<String> {
    let Wording { paint, width, .. } = wording;
    Some(match event {
        Event::NodeStart { node } => format!("Began running node {}", node.facts.unique_id),
        Event::NodeCompiling { node } => format!("Began compiling node {}", node.facts.unique_id),
        Event::WritingInjectedSql { node } => format!("Writing injected SQL for node \"{}\"", node.facts.unique_id),
        Event::NodeExecuting { node } => format!("Began executing node {}", node.facts.unique_id),
        Event::NodeFinished { result } => format!("Finished running node {}", result.facts().unique_id),
        Event::CatchableExceptionOnRun { exc, .. } => exc.clone(),
        Event::MarkSkippedChildren { result } => {
            let reason = result.message.as_ref().map(|message| format!(" Reason: {message}.")).unwrap_or_default();
            format!(
                "Marking all children of '{}' to be skipped because of status '{}'. {reason}",
                result.facts().unique_id,
                result.status
            )
        }
        Event::LogStartLine { node, index, total, description } => {
            let description = description.clone().unwrap_or_else(|| node.facts.description());
            progress_line(Some(place(*index, *total)), &format!("START {description}"), "RUN", None, width)
        }
        Event::OverloadLine { description, status, index, total, execution_time, .. } => {
            let (text, word, seconds) = match status {
                None => ("START", "RUN".to_owned(), None),
                Some(Status::Error) => ("ERROR creating", paint.red("ERROR"), Some(*execution_time)),
                Some(Status::Skipped) => ("SKIP", paint.yellow("SKIPPED"), Some(*execution_time)),
                Some(_) => ("OK created", paint.green("SUCCESS"), Some(*execution_time)),
            };
            let line =
                progress_line(Some(place(*index, *total)), &format!("{text} {description}"), &word, seconds, width);
            format!("Overload {line}")
        }
        Event::LogResult { result, index, total, description } => {
            result_line(result, place(*index, *total), description.as_deref(), wording)
        }
        Event::LogFreshnessStart { node, source_name, index, total } => {
            let text = format!("START freshness of {source_name}.{}", node.facts.name);
            progress_line(Some(place(*index, *total)), &text, "RUN", None, width)
        }
        Event::LogFreshnessResult { result, index, total } => {
            freshness_line(result, place(*index, *total), paint, width)
        }
        Event::FreshnessCheckComplete => "Done.".to_owned(),
        Event::MicrobatchExecutionDebug { message } => message.clone(),
        Event::GenericExceptionOnRun { node, error } => {
            let text = if wording.excerpts { render::diagnostic(error, None, paint) } else { plain(error) };
            let path = &node.facts.original_file_path;
            paint.error_tag(&format!("Unhandled error while executing {path}\nException on worker thread. {text}"))
        }
        Event::LogStartBatch { description, index, total, .. } => {
            let text = format!("START {description}");
            format!("Batch {}", progress_line(Some(place(*index, *total)), &text, "RUN", None, width))
        }
        Event::LogBatchResult { description, status, index, total, execution_time, .. } => {
            let (word, status) = match status.as_str() {
                "error" => ("ERROR creating", paint.red("ERROR")),
                "skipped" => ("SKIP", paint.yellow("SKIPPED")),
                other => ("OK created", paint.green(other)),
            };
            let text = format!("{word} {description}");
            format!(
                "Batch {}",
                progress_line(Some(place(*index, *total)), &text, &status, Some(*execution_time), width)
            )
        }
        _ => return None,
    })
}

fn hook(event: &Event, wording: Wording) -> Option<String> {
    let Wording { paint, width, .. } = wording;
    Some(match event {
        Event::HooksRunning { hooks, kind } => {
            format!("Running {hooks} {kind} {}", if *hooks == 1 { "hook" } else { "hooks" })
        }
        Event::LogHookStartLine { statement, index, total, .. } => {
            progress_line(Some(place(*index, *total)), &format!("START hook: {statement}"), "RUN", None, width)
        }
        Event::LogHookEndLine { result, statement, index, total } => {
            let (word, status) = match result.status {
                Status::Success => ("OK", paint.green("OK")),
                Status::Skipped => ("SKIP", paint.yellow("SKIP")),
                _ => ("ERROR", paint.red("ERROR")),
            };
            let text = format!("{word} hook: {statement}");
            progress_line(Some(place(*index, *total)), &text, &status, Some(result.execution_time), width)
        }
        Event::OperationStart { statement } => {
            progress_line(Some(place(1, 1)), &format!("START executing {statement}"), "RUN", None, width)
        }
        Event::OperationEnd { statement, answer, execution_time } => {
            let (word, status) = match answer {
                Some(answer) => ("OK executed", paint.green(answer)),
                None => ("ERROR executing", paint.red("ERROR")),
            };
            progress_line(Some(place(1, 1)), &format!("{word} {statement}"), &status, Some(*execution_time), width)
        }
        Event::RunningOperationCaughtError { error } => {
            let text = if wording.excerpts { render::diagnostic(error, None, paint) } else { plain(error) };
            paint.error_tag(&format!("Encountered an error while running operation: {text}"))
        }
        _ => return None,
    })
}

fn end(event: &Event, wording: Wording) -> Option<String> {
    let paint = wording.paint;
    Some(match event {
        Event::FinishedRunningStats { stat_line, execution_time } => {
            let (minutes, seconds) = ((execution_time / 60.0).floor(), execution_time % 60.0);
            let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
            format!(
                "Finished running {stat_line} in {hours:.0} hours {minutes:.0} minutes and {seconds:.2} seconds ({execution_time:.2}s)."
            )
        }
        Event::RunFinished { .. } => "Command end result".to_owned(),
        Event::EndOfRunSummary { errors, partial_successes, warnings, interrupted } => {
            verdict([*errors, *partial_successes, *warnings], *interrupted, paint)
        }
        Event::RunResultFailure { result } => paint.error_tag(&heading(result)),
        Event::RunResultWarning { result } => paint.warning_tag(&heading(result), None),
        Event::RunResultError { result } => failure(result, wording),
        Event::RunResultSkipped { result } => format!("  {}", result.message.as_deref().unwrap_or_default()),
        Event::RunResultErrorNoMessage { result } => format!("  Status: {}", result.status),
        Event::RunResultWarningMessage { result } => {
            let text = result.message.as_deref().unwrap_or_default();
            let detail = if wording.excerpts { detail(result) } else { String::new() };
            format!("{}{detail}", paint.warning_tag(text, None))
        }
        Event::SqlCompiledPath { result } => {
            format!("  compiled code at {}", result.compiled_path.as_deref().unwrap_or_default())
        }
        Event::CheckNodeTestFailure { result } => {
            let query = format!("select * from {}", result.failures_relation.as_deref().unwrap_or_default());
            let border = "-".repeat(query.chars().count());
            format!("  See test failures:\n  {border}\n  {query}\n  {border}")
        }
        Event::ShowFailures { command, .. } => format!("  show the rows with: {}", paint.bold(command)),
        Event::SlowestNodes { nodes } => {
            let lines: Vec<String> = nodes.iter().map(|(node, seconds)| format!("  {seconds:>9.2}s {node}")).collect();
            format!("Slowest nodes:\n{}", lines.join("\n"))
        }
        Event::StatsLine { counts } => stats(*counts),
        _ => return None,
    })
}

fn place(index: usize, total: usize) -> Place {
    Place { index, total }
}

fn result_line(result: &RunResult, place: Place, description: Option<&str>, wording: Wording) -> String {
    let Wording { paint, width, .. } = wording;
    let facts = result.facts();
    let description = description.map_or_else(|| facts.description(), ToOwned::to_owned);
    let answer = result.message.as_deref().filter(|message| !message.is_empty()).unwrap_or("OK");
    let failures = result.failures.unwrap_or(0);
    let line = |text: &str, status: &str, seconds| progress_line(Some(place), text, status, seconds, width);
    let seconds = Some(result.execution_time);
    match (result.status, facts.resource_type.as_str()) {
        (Status::Skipped, _) if result.broken_ephemeral.is_some() => {
            let text = format!("SKIP relation {}.{} due to ephemeral model status 'error'", facts.schema, facts.name);
            line(&text, &paint.red("ERROR SKIP"), None)
        }
        (Status::Skipped, "model" | "seed" | "snapshot") => {
            line(&format!("SKIP relation {}.{}", facts.schema, facts.name), &paint.yellow("SKIP"), None)
        }
        (Status::Skipped, kind) => line(&format!("SKIP {kind} {}", facts.name), &paint.yellow("SKIP"), None),
        (Status::NoOp, _) => line(&format!("NO-OP {description}"), &paint.yellow("NO-OP"), seconds),
        (Status::Pass, _) => line(&format!("PASS {}", facts.test_name()), &paint.green("PASS"), seconds),
        (Status::Warn, _) => {
            let word = format!("WARN {failures}");
            line(&format!("{word} {}", facts.test_name()), &paint.yellow(&word), seconds)
        }
        (Status::Fail, _) => {
            let word = format!("FAIL {failures}");
            line(&format!("{word} {}", facts.test_name()), &paint.red(&word), seconds)
        }
        (Status::Error | Status::RuntimeError, kind) => {
            let text = match kind {
                "test" | "unit_test" => format!("ERROR {}", facts.test_name()),
                "seed" => format!("ERROR loading {description}"),
                "snapshot" => format!("ERROR snapshotting {description}"),
                _ => format!("ERROR creating {description}"),
            };
            // dbt: `ERROR snapshotting snapshot main.orders` and `OK snapshotted main.orders`; tools take either.
            line(&text.replace("snapshotting snapshot ", "snapshotting "), &paint.red("ERROR"), seconds)
        }
        (Status::Success | Status::PartialSuccess, "function") => {
            let word = result.status.as_str().to_uppercase();
            line(&format!("OK created {description}"), &paint.green(&word), seconds)
        }
        (Status::PartialSuccess, _) => {
            line(&format!("PARTIALLY created {description}"), &paint.yellow(&answer.to_uppercase()), seconds)
        }
        (Status::Success | Status::Reused, "seed") => {
            line(&format!("OK loaded {description}"), &paint.green(answer), seconds)
        }
        (Status::Success | Status::Reused, "snapshot") => {
            line(&format!("OK snapshotted {}", facts.relation()), &paint.green(answer), seconds)
        }
        (Status::Success | Status::Reused, _) => {
            line(&format!("OK created {description}"), &paint.green(answer), seconds)
        }
    }
}

fn freshness_line(result: &FreshnessResult, place: Place, paint: Paint, width: usize) -> String {
    let (word, status) = match result.status {
        Status::RuntimeError => ("ERROR", paint.red("ERROR")),
        Status::Error => ("ERROR STALE", paint.red("ERROR STALE")),
        Status::Warn => ("WARN", paint.yellow("WARN")),
        _ => ("PASS", paint.green("PASS")),
    };
    let text = format!("{word} freshness of {}.{}", result.source_name, result.node.facts.name);
    progress_line(Some(place), &text, &status, Some(result.execution_time), width)
}

fn heading(result: &RunResult) -> String {
    let facts = result.facts();
    format!("in {} {} ({})", facts.resource_type, facts.name, facts.original_file_path)
}

/// What failed: the excerpt where places are known, and for a test what it expects and where it is declared.
fn failure(result: &RunResult, wording: Wording) -> String {
    match (&result.error, wording.excerpts) {
        (Some(error), true) => indent(&render::diagnostic(error, Some(result.facts()), wording.paint)),
        (_, excerpts) => {
            let message = result.message.as_deref().unwrap_or_default();
            format!("  {message}{}", if excerpts { detail(result) } else { String::new() })
        }
    }
}

fn detail(result: &RunResult) -> String {
    let facts = result.facts();
    let expected = result.expected.as_ref().map(|expected| format!("\n  expected: {expected}"));
    let declared = facts.line.map(|line| format!("\n  --> {}:{line}", facts.original_file_path));
    expected.into_iter().chain(declared).collect()
}

fn verdict([errors, partial_successes, warnings]: [usize; 3], interrupted: bool, paint: Paint) -> String {
    let partial = match partial_successes {
        1 => "1 partial success".to_owned(),
        other => format!("{other} partial successes"),
    };
    if interrupted {
        paint.yellow("Exited because of keyboard interrupt")
    } else if errors > 0 {
        let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
        paint.red(&format!("Completed with {errors}, {partial}, and {warnings}:"))
    } else if partial_successes > 0 {
        paint.yellow(&format!("Completed with {partial} and {}", count(warnings, "warning")))
    } else if warnings > 0 {
        paint.yellow(&format!("Completed with {}:", count(warnings, "warning")))
    } else {
        paint.green("Completed successfully")
    }
}

fn stats(counts: Counts) -> String {
    let Counts { pass, warn, error, skip, no_op, reused, total } = counts;
    format!("Done. PASS={pass} WARN={warn} ERROR={error} SKIP={skip} NO-OP={no_op} REUSED={reused} TOTAL={total}")
}
