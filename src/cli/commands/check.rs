//! `check`: looks for mistakes in SQL without asking the warehouse.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::failures::Outcome;
use crate::check::{self, Checked};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::invocation::Shell;
use crate::diagnostic::{Diagnostic, Severity};
use crate::event::Event;
use crate::manifest::ResourceType;
use crate::report::{Paint, annotation, count as counted, render};
use crate::sql::Rule;

/// How many reasons are told for which a lock file is out of date.
const MOST_REASONS: usize = 5;

/// Form of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Text,
    /// One JSON object, with the lineage of columns.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Form of the findings
    #[arg(long, value_enum, default_value = "text")]
    output: Form,
    /// Tell also of common table expressions and columns that nothing reads
    #[arg(long)]
    hints: bool,
}

/// Runs `check`.
///
/// # Errors
/// The project cannot be read.
pub fn check(args: &CheckArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    let kinds = [ResourceType::Model, ResourceType::Snapshot, ResourceType::Test, ResourceType::Analysis];
    let selection = invocation.select(shell, args.selection.query()?, &kinds)?;
    let runtime = invocation.runtime(shell, &selection);
    let mut checked = check::analyze(&runtime)?;
    checked.findings.retain(|(id, rule, _)| selection.contains(id) && (args.hints || !rule.is_hint()));
    checked.not_checked.retain(|node| selection.contains(&node.unique_id));
    let folder = repository_folder(&invocation.project.root);
    let print = |message: String| shell.events.send(Event::Print { message });
    match args.output {
        Form::Text => text(&checked, &print),
        Form::Json => print(json_of(&checked, &selection).to_string()),
        Form::Sarif => print(format!("{:#}", check::sarif(&checked, &folder))),
        Form::Github => {
            for (_, rule, diagnostic) in &checked.findings {
                print(annotation(diagnostic, rule.name(), &folder));
            }
        }
    }
    let failed = checked.findings.iter().any(|(_, _, diagnostic)| diagnostic.severity == Severity::Error);
    Ok(u8::from(failed))
}

/// The project's folder below that of its repository: what code hosts call its files by.
fn repository_folder(root: &Path) -> String {
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let below = repository.and_then(|repository| root.strip_prefix(repository).ok());
    below.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}

fn text(checked: &Checked, print: &dyn Fn(String)) {
    let count = |severity| checked.findings.iter().filter(|(_, _, one)| one.severity == severity).count();
    for (id, rule, diagnostic) in &checked.findings {
        let word = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        print(format!("{word}[{}] {id}: {}\n", rule.name(), render::body(diagnostic, Paint::Plain)));
    }
    for node in &checked.not_checked {
        print(format!("not checked: {}: {}", node.unique_id, node.reason));
    }
    for reason in checked.outdated.iter().take(MOST_REASONS) {
        print(format!("{} is out of date: {reason}", check::LOCK_FILE));
    }
    if let Some(more) = checked.outdated.len().checked_sub(MOST_REASONS).filter(|more| *more > 0) {
        print(format!("{} is out of date for {more} more reasons: `--output json` lists them", check::LOCK_FILE));
    }
    if !checked.outdated.is_empty() {
        print("help: `netflix lock` renews it".to_owned());
    }
    print(format!(
        "Checked {}: {}, {}, {} not checked",
        counted(checked.checked, "node"),
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning"),
        checked.not_checked.len()
    ));
}

fn json_of(checked: &Checked, selection: &crate::select::Selection) -> Value {
    let one = |(id, rule, diagnostic): &(String, Rule, Diagnostic)| {
        let place = diagnostic.span().map(|span| {
            let position = span.position();
            json!({"path": span.source.path(), "line": position.line, "column": position.column})
        });
        json!({
            "unique_id": id,
            "rule": rule.name(),
            "severity": if diagnostic.severity == Severity::Error { "error" } else { "warning" },
            "message": diagnostic.message,
            "help": diagnostic.help,
            "place": place,
        })
    };
    let findings: Vec<Value> = checked.findings.iter().map(one).collect();
    let not_checked: Vec<Value> =
        checked.not_checked.iter().map(|node| json!({"unique_id": node.unique_id, "reason": node.reason})).collect();
    let mut ids: Vec<&str> = selection.iter().filter(|id| !id.starts_with("test.")).collect();
    ids.sort_unstable();
    let lineage: serde_json::Map<String, Value> =
        ids.into_iter().filter_map(|id| Some((id.to_owned(), checked.lineage.to_json(id)?))).collect();
    json!({"checked": checked.checked, "findings": findings, "not_checked": not_checked, "outdated_lock": checked.outdated, "lineage": lineage})
}
