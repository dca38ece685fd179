//! What GitHub Actions shows: annotations at the lines of a pull request, and a summary of the job.

use std::path::PathBuf;

use super::follow::{Follow, Left};
use super::style::count;
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::event::Event;
use crate::outcome::{RunResult, RunResults, Status};

/// How GitHub is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GithubOptions {
    /// Whether errors and warnings are told as annotations.
    pub annotations: bool,
    /// The folder of the project below that of the repository: what annotations call their files by.
    pub folder: String,
    /// The file that GitHub shows as the summary of the job.
    pub summary: Option<PathBuf>,
}

/// Annotations: `::error file=models/a.sql,line=3::message`.
pub(super) struct Annotations {
    pub(super) folder: String,
}

/// A place in a file of the repository.
#[derive(Debug, Default)]
struct Place {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

impl Annotations {
    fn line(&self, kind: &str, place: &Place, title: &str, message: &str) -> Left {
        let mut properties = Vec::new();
        if let Some(file) = &place.file {
            let path = if self.folder.is_empty() { file.clone() } else { format!("{}/{file}", self.folder) };
            properties.push(format!("file={}", property(&path)));
        }
        properties.extend(place.line.map(|line| format!("line={line}")));
        properties.extend(place.column.map(|column| format!("col={column}")));
        properties.push(format!("title={}", property(title)));
        Left::Line(format!("::{kind} {}::{}", properties.join(","), data(message)))
    }

    fn diagnostic(&self, kind: &str, title: &str, diagnostic: &Diagnostic) -> Left {
        let mut message = diagnostic.message.trim_end().to_owned();
        for help in &diagnostic.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        self.line(kind, &place(diagnostic.span()), title, &message)
    }

    fn result(&self, result: &RunResult) -> Option<Left> {
        let facts = result.facts();
        let (kind, word) = match result.status {
            Status::Warn => ("warning", "warning"),
            Status::Skipped => return None,
            status if status.is_failure() => ("error", if status == Status::Fail { "failed" } else { "error" }),
            _ => return None,
        };
        let title = format!("{word}: {} {}", facts.resource_type.replace('_', " "), facts.name);
        if let Some(error) = &result.error {
            let left = self.diagnostic(kind, &title, error);
            if error.span().is_some() {
                return Some(left);
            }
        }
        let file = Some(facts.original_file_path.clone()).filter(|path| !path.is_empty());
        let place = Place { file, line: facts.line, column: None };
        let mut message = result.message.clone().unwrap_or_else(|| result.status.to_string());
        if let Some(expected) = &result.expected {
            message.push_str(&format!("\nexpected: {expected}"));
        }
        Some(self.line(kind, &place, &title, &message))
    }
}

/// A diagnostic as one annotation; `folder` is that of the project below the repository's.
pub fn annotation(diagnostic: &Diagnostic, title: &str, folder: &str) -> String {
    let kind = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    match (Annotations { folder: folder.to_owned() }).diagnostic(kind, title, diagnostic) {
        Left::Line(line) => line,
        _ => String::new(),
    }
}

impl Follow for Annotations {
    fn follow(&mut self, event: &Event) -> Vec<Left> {
        match event {
            Event::MainEncounteredError { errors } => {
                errors.iter().map(|error| self.diagnostic("error", error.class.heading(), error)).collect()
            }
            Event::Warning(warning) => {
                vec![self.diagnostic("warning", warning.kind.name(), &warning.diagnostic)]
            }
            Event::LoadFailed { table, error, .. } => {
                vec![self.diagnostic("error", &format!("error: load of {table}"), error)]
            }
            Event::RunningOperationCaughtError { error } => vec![self.diagnostic("error", "run-operation", error)],
            Event::RunFinished { results, .. } => {
                results.results.iter().filter_map(|result| self.result(result)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn place(span: Option<&Span>) -> Place {
    match span {
        // Texts of the command line have names in angle brackets.
        Some(span) if !span.source.path().starts_with('<') => {
            let position = span.position();
            Place {
                file: Some(span.source.path().to_owned()),
                line: Some(position.line),
                column: Some(position.column),
            }
        }
        _ => Place::default(),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The summary of the job, as Markdown.
pub(super) struct Summary {
    pub(super) path: PathBuf,
    command: String,
    loaded: Vec<(String, u64)>,
}

/// How many rows a table of the summary has at most.
const ROWS: usize = 50;

/// How many of the slowest nodes are named.
const SLOWEST: usize = 10;

impl Summary {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, command: "run".to_owned(), loaded: Vec::new() }
    }

    fn of_run(&self, run: &RunResults) -> String {
        let counts = run.counts();
        let verdict = if run.success() { "succeeded" } else { "failed" };
        let mut text = format!("### netflix {}: {verdict}\n\n", self.command);
        text += "| Pass | Warn | Error | Skip | No-op | Total | Seconds |\n|---:|---:|---:|---:|---:|---:|---:|\n";
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {:.1} |\n",
            counts.pass, counts.warn, counts.error, counts.skip, counts.no_op, counts.total, run.elapsed
        );
        let of = |test: fn(&RunResult) -> bool| -> Vec<&RunResult> {
            run.results.iter().map(AsRef::as_ref).filter(|result| test(result)).collect()
        };
        text += &problems("Failures", &of(|result| result.status.is_failure()));
        text += &problems("Warnings", &of(|result| result.status == Status::Warn));
        text += &self.changed(&of(|result| matches!(result.status, Status::Success | Status::PartialSuccess)));
        text += &slowest(run);
        text
    }

    /// What the run built, with the warehouse's answers.
    fn changed(&self, built: &[&RunResult]) -> String {
        let built = built.iter().filter(|result| result.facts().resource_type != "operation");
        let row = |result: &&&RunResult| {
            let facts = result.facts();
            let relation = facts.relation_name.clone().unwrap_or_else(|| facts.relation());
            format!(
                "| {} | {} | {} |\n",
                cell(&relation),
                facts.materialized,
                cell(result.message.as_deref().unwrap_or(""))
            )
        };
        let loaded = self.loaded.iter().map(|(table, rows)| format!("| {} | source | {rows} rows |\n", cell(table)));
        let rows: Vec<String> = loaded.chain(built.map(|result| row(&result))).collect();
        table("What changed", "| Relation | Kind | Answer |\n|---|---|---|\n", &rows)
    }
}

fn problems(heading: &str, results: &[&RunResult]) -> String {
    let row = |result: &&RunResult| {
        let facts = result.facts();
        let span = result.error.as_ref().and_then(Diagnostic::span);
        let place = place(span);
        let place = match (place.file, place.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => facts.line.map_or_else(
                || facts.original_file_path.clone(),
                |line| format!("{}:{line}", facts.original_file_path),
            ),
        };
        let kind = facts.resource_type.replace('_', " ");
        format!(
            "| {kind} {} | {} | {} |\n",
            cell(&facts.name),
            cell(&place),
            cell(result.message.as_deref().unwrap_or(""))
        )
    };
    let rows: Vec<String> = results.iter().map(row).collect();
    table(heading, "| Node | Where | What |\n|---|---|---|\n", &rows)
}

fn slowest(run: &RunResults) -> String {
    let mut nodes: Vec<&RunResult> = run.results.iter().map(AsRef::as_ref).collect();
    nodes.retain(|result| result.execution_time > 0.0);
    nodes.sort_by(|left, right| right.execution_time.total_cmp(&left.execution_time));
    nodes.truncate(SLOWEST);
    let row = |result: &&RunResult| format!("| {} | {:.2} |\n", cell(&result.facts().unique_id), result.execution_time);
    let rows: Vec<String> = nodes.iter().map(row).collect();
    table("Slowest", "| Node | Seconds |\n|---|---:|\n", &rows)
}

/// A table that can be folded away; nothing where it has no rows.
fn table(heading: &str, head: &str, rows: &[String]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let open = if matches!(heading, "Failures" | "Warnings") { " open" } else { "" };
    let more = rows.len().saturating_sub(ROWS);
    let rest = if more > 0 { format!("\nand {more} more\n") } else { String::new() };
    let shown = rows[..rows.len().min(ROWS)].concat();
    format!("\n<details{open}><summary>{heading} ({})</summary>\n\n{head}{shown}{rest}\n</details>\n", rows.len())
}

/// A text within a cell.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>")
}

impl Follow for Summary {
    fn follow(&mut self, event: &Event) -> Vec<Left> {
        match event {
            Event::MainReportArgs { args } => {
                if let Some(which) = args.get("which").and_then(serde_json::Value::as_str) {
                    which.clone_into(&mut self.command);
                }
                Vec::new()
            }
            Event::LoadedTable { table, rows, .. } => {
                self.loaded.push((table.clone(), *rows));
                Vec::new()
            }
            Event::RunFinished { results, .. } => vec![Left::Appended(self.path.clone(), self.of_run(results))],
            Event::MainEncounteredError { errors } => {
                let mut text = format!("### netflix {}: {}\n", self.command, count(errors.len(), "error"));
                for error in errors {
                    let place = error.span().map(|span| format!(" at `{span}`")).unwrap_or_default();
                    text += &format!("\n- **{}**{place}: {}\n", error.class.heading(), cell(&error.message));
                }
                vec![Left::Appended(self.path.clone(), text)]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{Class, SourceFile};
    use crate::outcome::{NodeFacts, NodeInfo};

    fn failed() -> Event {
        let facts = NodeFacts {
            resource_type: "test".into(),
            name: "unique_a_id".into(),
            original_file_path: "models/schema.yml".into(),
            line: Some(12),
            ..NodeFacts::default()
        };
        let result = RunResult {
            message: Some("Got 1 result, configured to fail if != 0".into()),
            execution_time: 0.5,
            ..RunResult::new(NodeInfo::new(Arc::new(facts)), Status::Fail)
        };
        let results = RunResults::new(vec![Arc::new(result)], 1.0, serde_json::Map::new());
        Event::RunFinished { results: Arc::new(results), interrupted: false }
    }

    #[test]
    fn annotations_point_at_files_of_the_repository() {
        let mut annotations = Annotations { folder: "shop".into() };
        let expected = "::error file=shop/models/schema.yml,line=12,title=failed%3A test unique_a_id::Got 1 result, \
                        configured to fail if != 0";
        assert_eq!(annotations.follow(&failed()), [Left::Line(expected.into())]);
        let source = SourceFile::new("models/a.sql", "select\n  nope");
        let error = Diagnostic::error(Class::Database, "100% wrong\nhere").label(Span::new(&source, 9..13), "");
        let event = Event::MainEncounteredError { errors: vec![error] };
        let expected = "::error file=shop/models/a.sql,line=2,col=3,title=Database Error::100%25 wrong%0Ahere";
        assert_eq!(annotations.follow(&event), [Left::Line(expected.into())]);
    }

    #[test]
    fn the_summary_counts_and_names() {
        let left = Summary::new("summary.md".into()).follow(&failed());
        let [Left::Appended(_, text)] = left.as_slice() else { panic!("{left:?}") };
        assert!(text.starts_with("### netflix run: failed\n"), "{text}");
        assert!(text.contains("| test unique_a_id | models/schema.yml:12 | Got 1 result"), "{text}");
    }
}
