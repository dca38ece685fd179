//! `run-operation`: calls a macro, or runs a statement.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use clap::Args;
use serde_json::{Map, Value};

use super::failures::Outcome;
use super::show;
use crate::cli::args::RunArgs;
use crate::cli::artifacts;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::event::Event;
use crate::execute::{self, SharedSession};
use crate::jinja::{MacroRef, python};
use crate::outcome::{NodeFacts, NodeInfo, RunResult, RunResults, Status, Timing, now};
use crate::project::Yaml;
use crate::select::Selection;

/// Arguments of `run-operation`.
#[derive(Args, Debug)]
pub struct OperationArgs {
    /// The macro: NAME or PACKAGE.NAME
    #[arg(value_name = "MACRO")]
    name: Option<String>,
    /// Arguments as YAML: '{schema: old}'
    #[arg(long, value_name = "YAML", default_value = "{}")]
    args: String,
    /// A statement to run instead of a macro
    #[arg(long, value_name = "SQL")]
    sql: Option<String>,
}

impl OperationArgs {
    /// Adds the macro and its arguments to the options that templates and artifacts know; what is wrong with them is
    /// told when the command runs.
    pub fn note(&self, values: &mut Map<String, Value>) {
        if let Ok(Operation::Macro { name, keywords }) = understood(self) {
            values.insert("macro".to_owned(), Value::from(name));
            values.insert("args".to_owned(), Value::Object(keywords));
        }
    }
}

/// What is to be done.
enum Operation<'a> {
    Macro { name: &'a str, keywords: Map<String, Value> },
    Statement(&'a str),
}

/// Runs `run-operation`.
///
/// # Errors
/// There is no such macro, the arguments do not go together, or the project has mistakes.
pub fn operation(args: &OperationArgs, shell: &Shell) -> Outcome {
    let wanted = understood(args)?;
    let begun = now();
    let invocation = shell.open(&RunArgs::default())?;
    let selection = Selection::default();
    let runtime = invocation.runtime(shell, &selection);
    artifacts::manifest(shell, &invocation, None)?;
    let compile = Timing { name: "compile", started_at: Some(begun), completed_at: Some(now()) };
    let found = match &wanted {
        Operation::Macro { name, .. } => Some(find(&invocation, name)?),
        Operation::Statement(_) => None,
    };
    let session =
        invocation.adapter.connect("operation").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let session: SharedSession = Arc::new(Mutex::new(session));
    let (begun, started) = (now(), Instant::now());
    let (facts, done) = match (&wanted, found) {
        (Operation::Macro { keywords, .. }, Some(found)) => {
            let keywords = keywords.iter().map(|(key, value)| (key.clone(), python::value_from_json(value))).collect();
            let done = execute::call(&runtime, &found, keywords, &session).map(|()| Map::new());
            (facts(&invocation, &found.unique_id(), &found.name), done)
        }
        (Operation::Statement(sql), _) => {
            let id = format!("sql_operation.{}.inline_query", invocation.project.name);
            tell_start(shell);
            let node = Arc::new(show::inline(&invocation, sql));
            (facts(&invocation, &id, "inline_query"), execute::statement(&runtime, &node, &session))
        }
        (Operation::Macro { .. }, None) => return Ok(1),
    };
    let seconds = started.elapsed().as_secs_f64();
    let result = outcome(shell, facts, done);
    if matches!(wanted, Operation::Statement(_)) {
        tell_end(shell, &result, seconds);
    }
    let execute = Timing { name: "execute", started_at: Some(begun), completed_at: Some(now()) };
    let result = RunResult {
        timing: vec![compile, execute],
        execution_time: seconds,
        thread: "MainThread".to_owned(),
        ..result
    };
    let arguments = invocation.options.arguments.clone();
    let code = u8::from(result.is_failure());
    artifacts::run_results(shell, &invocation, &RunResults::new(vec![Arc::new(result)], seconds, arguments))?;
    invocation.adapter.close();
    Ok(code)
}

/// dbt: the sentences are looked for by tools.
fn understood(args: &OperationArgs) -> Result<Operation<'_>> {
    let refused = |message: &str| Box::new(Diagnostic::error(Class::Runtime, message));
    let given = Yaml::parse_text("<--args>", &args.args)?;
    let keywords = match given.to_json() {
        Value::Object(keywords) => keywords,
        Value::Null => Map::new(),
        _ => {
            return Err(Box::new(
                Diagnostic::error(Class::Usage, "The YAML provided in the --args argument is not a mapping")
                    .label(given.span(), "")
                    .help("write `--args '{name: value}'`, with a blank after the colon"),
            ));
        }
    };
    match (args.name.as_deref(), args.sql.as_deref()) {
        (None, None) => Err(refused("Either a macro name or --sql must be passed to run-operation")),
        (Some(_), Some(_)) => Err(refused("Cannot specify both a macro name and --sql for run-operation")),
        (None, Some(_)) if !keywords.is_empty() => {
            Err(refused("--args cannot be used with --sql; pass arguments directly in the SQL"))
        }
        (None, Some(sql)) => Ok(Operation::Statement(sql)),
        (Some(name), None) => Ok(Operation::Macro { name, keywords }),
    }
}

/// dbt: without a package the root project's macro comes first, then built-in ones, then those of any package.
fn find(invocation: &Invocation, name: &str) -> Result<MacroRef> {
    let library = invocation.engine.library();
    let all = library.macros();
    let found = match name.split_once('.') {
        Some((package, name)) => library.find_in(package, name),
        None => library.find(&invocation.project.name, name).or_else(|| all.iter().find(|target| target.name == name)),
    };
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let bare = name.split_once('.').map_or(name, |(_, name)| name);
    let near = nearest(bare, all.iter().map(|target| target.name.as_str()));
    Err(Box::new(
        Diagnostic::error(
            Class::Compilation,
            format!("dbt could not find a macro with the name '{bare}' in any package"),
        )
        .suggest(near.filter(|near| *near != bare))
        .note_opt(elsewhere(all, bare)),
    ))
}

/// The packages that do have a macro of this name.
fn elsewhere(all: &[MacroRef], name: &str) -> Option<String> {
    let packages: Vec<&str> =
        all.iter().filter(|target| target.name == name).map(|target| target.package.as_str()).collect();
    (!packages.is_empty()).then(|| format!("packages with a macro of this name: {}", packages.join(", ")))
}

fn facts(invocation: &Invocation, unique_id: &str, name: &str) -> Arc<NodeFacts> {
    let target = &invocation.project.target;
    Arc::new(NodeFacts {
        unique_id: unique_id.to_owned(),
        resource_type: "operation".to_owned(),
        name: name.to_owned(),
        package: unique_id.split('.').nth(1).unwrap_or_default().to_owned(),
        database: target.database.clone(),
        schema: target.schema.clone(),
        alias: name.to_owned(),
        ..NodeFacts::default()
    })
}

fn outcome(shell: &Shell, facts: Arc<NodeFacts>, done: Result<Map<String, Value>>) -> RunResult {
    let info = NodeInfo::new(facts).started();
    match done {
        Ok(answer) => RunResult {
            adapter_response: answer.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            failures: Some(0),
            ..RunResult::new(info.ended(Status::Success), Status::Success)
        },
        Err(error) => {
            shell.events.send(Event::RunningOperationCaughtError { error: error.clone() });
            RunResult {
                message: Some(crate::outcome::plain(&error)),
                failures: Some(1),
                ..RunResult::failed(info.ended(Status::Error), *error)
            }
        }
    }
}

fn tell_start(shell: &Shell) {
    shell.events.send(Event::OperationStart { statement: "inline_query".to_owned() });
}

fn tell_end(shell: &Shell, result: &RunResult, seconds: f64) {
    let answer = result.adapter_response.get("_message").and_then(Value::as_str).unwrap_or("OK");
    shell.events.send(Event::OperationEnd {
        statement: "inline_query".to_owned(),
        answer: (!result.is_failure()).then(|| answer.to_owned()),
        execution_time: seconds,
    });
}
