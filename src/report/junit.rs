//! `--junit`: the results as JUnit XML, which every CI system shows.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::follow::{Follow, Left};
use crate::diagnostic::Diagnostic;
use crate::event::Event;
use crate::outcome::{RunResult, RunResults, Status, plain};

/// Writes the file when the run is over.
pub(super) struct Junit {
    pub(super) path: PathBuf,
}

impl Junit {
    fn left(&self, report: &Report) -> Vec<Left> {
        // Only a text with a character that XML cannot hold fails here, and such characters are taken out before.
        report.to_string().map(|text| vec![Left::File(self.path.clone(), text)]).unwrap_or_default()
    }
}

impl Follow for Junit {
    fn follow(&mut self, event: &Event) -> Vec<Left> {
        match event {
            Event::RunFinished { results, .. } => self.left(&of_run(results)),
            Event::MainEncounteredError { errors } => self.left(&of_errors(errors)),
            _ => Vec::new(),
        }
    }
}

/// One suite for each kind of node, one case for each node.
fn of_run(run: &RunResults) -> Report {
    let mut suites: IndexMap<String, TestSuite> = IndexMap::new();
    for result in &run.results {
        let kind = match result.facts().resource_type.as_str() {
            "test" => "data tests".to_owned(),
            "operation" => "hooks".to_owned(),
            other => format!("{}s", other.replace('_', " ")),
        };
        let suite = suites.entry(kind.clone()).or_insert_with(|| TestSuite::new(kind));
        suite.add_test_case(case(result));
    }
    let mut report = Report::new("netflix");
    report.set_time(Duration::try_from_secs_f64(run.elapsed).unwrap_or_default());
    report.add_test_suites(suites.into_values());
    report
}

fn case(result: &RunResult) -> TestCase {
    let facts = result.facts();
    let message = result.message.clone().unwrap_or_default();
    let mut status = match result.status {
        Status::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error | Status::RuntimeError | Status::PartialSuccess => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        Status::Skipped => TestCaseStatus::skipped(),
        _ => TestCaseStatus::success(),
    };
    if matches!(result.status, Status::Fail | Status::Error | Status::RuntimeError | Status::PartialSuccess) {
        status.set_message(message.lines().next().unwrap_or_default());
        status.set_type(result.status.as_str());
        let expected = result.expected.as_ref().map(|expected| format!("\nexpected: {expected}")).unwrap_or_default();
        let declared = facts.line.map(|line| format!("\nat {}:{line}", facts.original_file_path)).unwrap_or_default();
        status.set_description(format!("{message}{expected}{declared}"));
    } else if result.status == Status::Skipped {
        status.set_message(if message.is_empty() { "a node above it failed" } else { message.as_str() });
    }
    let mut case = TestCase::new(facts.versioned_name(), status);
    case.set_classname(facts.original_file_path.as_str());
    case.set_time(Duration::try_from_secs_f64(result.execution_time).unwrap_or_default());
    if result.status == Status::Warn {
        case.set_system_out(format!("warning: {message}"));
    }
    case
}

/// The project could not be run at all.
fn of_errors(errors: &[Diagnostic]) -> Report {
    let mut suite = TestSuite::new("project");
    for error in errors {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(error.message.lines().next().unwrap_or_default());
        status.set_type(error.class.heading());
        status.set_description(plain(error));
        let name = error.span().map_or_else(|| "project".to_owned(), |span| span.source.path().to_owned());
        suite.add_test_case(TestCase::new(name, status));
    }
    let mut report = Report::new("netflix");
    report.add_test_suite(suite);
    report
}
