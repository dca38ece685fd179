//! `source freshness`: how old the newest rows of source tables are.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, Subcommand};

use super::failures::Outcome;
use crate::artifact;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::Result;
use crate::event::{Event, Warning, WarningKind};
use crate::execute::{self, FreshnessRun, Hooks};
use crate::manifest::ResourceType;
use crate::outcome::{FreshnessResult, RunResult, Status};
use crate::project::Yaml;
use crate::report::stat_line;

/// Arguments of `source`.
#[derive(Args, Debug)]
pub struct SourceArgs {
    #[command(subcommand)]
    command: SourceCommand,
}

#[derive(Subcommand, Debug)]
enum SourceCommand {
    /// Check how old the newest rows of source tables are
    #[command(alias = "snapshot-freshness")]
    Freshness(FreshnessArgs),
}

/// Arguments of `source freshness`.
#[derive(Args, Debug)]
pub struct FreshnessArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Write the results to this file instead of target/sources.json
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `source`.
///
/// # Errors
/// The command cannot run.
pub fn source(args: &SourceArgs, shell: &Shell) -> Outcome {
    let SourceCommand::Freshness(args) = &args.command;
    let started = Instant::now();
    let invocation = shell.open(&RunArgs::default())?;
    if let Some(path) = &args.output {
        let text = format!(
            "Custom output path usage `--output {}` usage detected in `dbt source freshness` command.",
            path.display()
        );
        shell.events.warn(Warning::new(WarningKind::CustomOutputPathInSourceFreshnessDeprecation, text))?;
    }
    let selection = invocation.select(shell, args.selection.query()?, &[ResourceType::Source])?;
    let promising = |id: &&str| invocation.manifest.node(id).is_some_and(|node| execute::promises(node));
    let ids: Vec<String> = selection.iter().filter(promising).map(str::to_owned).collect();
    let runtime = invocation.runtime(shell, &selection);
    invocation.tell_found(shell);
    let run = if ids.is_empty() {
        shell.events.warn(Warning::new(
            WarningKind::NothingToDo,
            "Nothing to do. Try checking your model configs and model specification args",
        ))?;
        FreshnessRun::default()
    } else {
        let around = hooks(shell, &invocation)?;
        let run = execute::freshness(&runtime, &ids, around)?;
        shell.events.send(Event::blank());
        let hooks = run.hooks.iter().map(|result| result.facts());
        let line = stat_line(run.sources.iter().map(|result| result.node.facts.as_ref()).chain(hooks));
        let execution_time = started.elapsed().as_secs_f64();
        shell.events.send(Event::FinishedRunningStats { stat_line: line, execution_time });
        run
    };
    artifacts::manifest(shell, &invocation, Some(&runtime))?;
    if !shell.args.no_write_json {
        let document = artifact::sources(&shell.metadata(), &run.sources, started.elapsed().as_secs_f64());
        let path = match &args.output {
            Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            None => invocation.project.target_path.join("sources.json"),
        };
        artifacts::write(shell, "FreshnessResult", &path, &document)?;
    }
    tell(shell, &run);
    invocation.adapter.close();
    let broken = run.hooks.iter().any(|result| result.is_failure());
    Ok(FreshnessResult::exit_code(&run.sources).max(u8::from(broken)))
}

/// Whether the project's hooks run; its flags may say no.
fn hooks(shell: &Shell, invocation: &Invocation) -> Result<Hooks> {
    let flags = invocation.project.root_package().settings.get("flags");
    let run = flags.and_then(|flags| flags.get("source_freshness_run_project_hooks")).and_then(Yaml::bool);
    if run.unwrap_or(true) {
        return Ok(Hooks::Run);
    }
    if invocation.manifest.nodes.values().any(|node| node.resource_type == ResourceType::Operation) {
        shell.events.warn(Warning::new(
            WarningKind::SourceFreshnessProjectHooksNotRun,
            "In a future version of dbt, the `source freshness` command will start running `on-run-start` and `on-run-end` hooks by default. For more information: https://docs.getdbt.com/reference/global-configs/legacy-behaviors",
        ))?;
    }
    Ok(Hooks::Leave)
}

/// Tells what is too old and what could not be looked at.
fn tell(shell: &Shell, run: &FreshnessRun) {
    let failed = run.hooks.iter().filter(|result| result.is_failure()).cloned();
    let old = run.sources.iter().filter(|result| result.status.is_failure());
    let results: Vec<Arc<RunResult>> = failed.chain(old.map(|result| Arc::new(execute::told(result)))).collect();
    for result in results {
        shell.events.send(Event::blank());
        if result.message.is_some() {
            shell.events.send(Event::RunResultError { result });
        } else if result.status == Status::Error {
            shell.events.send(Event::RunResultFailure { result: Arc::clone(&result) });
            shell.events.send(Event::RunResultErrorNoMessage { result });
        }
    }
    shell.events.send(Event::FreshnessCheckComplete);
}
