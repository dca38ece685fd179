//! `build`, and `run`, `seed`, `snapshot` and `test`, which are `build` of one kind of node.

use std::sync::{Arc, Mutex};

use clap::Args;

use super::failures::Outcome;
use super::load;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::Class;
use crate::event::{Event, ShownRows, Warning, WarningKind};
use crate::execute::{self, Plan, Runtime, Verb};
use crate::manifest::ResourceType;
use crate::outcome::{NodeInfo, RunResults, Status};
use crate::report::stat_line;
use crate::select::Selection;

/// Arguments of `build`.
#[derive(Args, Debug)]
pub struct BuildArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Do not load raw files first
    #[arg(long)]
    no_load: bool,
    /// Accepted, and without effect: exports are run by dbt Cloud alone
    #[arg(long, overrides_with = "no_export_saved_queries")]
    export_saved_queries: bool,
    #[arg(long, hide = true)]
    no_export_saved_queries: bool,
    /// Show some rows of each seed that was loaded
    #[arg(long)]
    show: bool,
}

/// Arguments of `seed`.
#[derive(Args, Debug)]
pub struct SeedArgs {
    #[command(flatten)]
    one: RunOneArgs,
    /// Show some rows of each seed that was loaded
    #[arg(long)]
    show: bool,
}

/// What is shown of the seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seeds {
    /// Nothing.
    Silent,
    /// Their first rows.
    Shown,
}

impl Seeds {
    fn from(show: bool) -> Self {
        if show { Self::Shown } else { Self::Silent }
    }
}

/// Arguments of the commands for one kind.
#[derive(Args, Debug)]
pub struct RunOneArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Which kind a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `run`.
    Models,
    /// `seed`.
    Seeds,
    /// `snapshot`.
    Snapshots,
    /// `test`.
    Tests,
}

/// Runs `build`.
///
/// # Errors
/// The command cannot run.
pub fn build(args: &BuildArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&args.run)?;
    let kinds = [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::UnitTest,
        ResourceType::Exposure,
        ResourceType::SavedQuery,
        ResourceType::Function,
    ];
    let selection = invocation.select(shell, args.selection.query()?, &kinds)?.without_blank(&invocation.manifest);
    if !args.no_load {
        let wanted = load::sources_above(&invocation, &selection);
        if !load::fill(&invocation, shell, &wanted, args.run.full_refresh)? {
            shell.events.send(Event::Note {
                level: crate::event::Level::Error,
                message: "Nothing was built: the raw tables named above could not be loaded, and are as they were"
                    .to_owned(),
            });
            return Ok(1);
        }
    }
    go(shell, &invocation, &selection, Verb::Build, Seeds::from(args.show))
}

/// Runs `seed`.
///
/// # Errors
/// The command cannot run.
pub fn seed(args: &SeedArgs, shell: &Shell) -> Outcome {
    of_kind(&args.one, Kind::Seeds, shell, Seeds::from(args.show))
}

/// Runs a command for one kind of node.
///
/// # Errors
/// The command cannot run.
pub fn one(args: &RunOneArgs, kind: Kind, shell: &Shell) -> Outcome {
    of_kind(args, kind, shell, Seeds::Silent)
}

fn of_kind(args: &RunOneArgs, kind: Kind, shell: &Shell, seeds: Seeds) -> Outcome {
    let invocation = shell.open(&args.run)?;
    let kinds: &[ResourceType] = match kind {
        Kind::Models => &[ResourceType::Model],
        Kind::Seeds => &[ResourceType::Seed],
        Kind::Snapshots => &[ResourceType::Snapshot],
        Kind::Tests => &[ResourceType::Test, ResourceType::UnitTest],
    };
    let selection = invocation.select(shell, args.selection.query()?, kinds)?.without_blank(&invocation.manifest);
    go(shell, &invocation, &selection, Verb::Run, seeds)
}

/// Runs the selected nodes and tells what came of them.
///
/// # Errors
/// The run cannot begin, or an artifact cannot be written.
pub(super) fn go(shell: &Shell, invocation: &Invocation, selection: &Selection, verb: Verb, seeds: Seeds) -> Outcome {
    let plan = Plan::new(&invocation.manifest, selection, verb);
    let runtime = invocation.runtime(shell, selection);
    artifacts::manifest(shell, invocation, None)?;
    invocation.tell_found(shell);
    let results = if selection.is_empty() {
        shell.events.warn(Warning::new(
            WarningKind::NothingToDo,
            "Nothing to do. Try checking your model configs and model specification args",
        ))?;
        // dbt: not even hooks run.
        RunResults::new(Vec::new(), 0.0, invocation.options.arguments.clone())
    } else {
        execute::run(&runtime, &plan)?
    };
    if !selection.is_empty() {
        shell.events.send(Event::blank());
        let line = stat_line(results.results.iter().map(|result| result.facts()));
        shell.events.send(Event::FinishedRunningStats { stat_line: line, execution_time: results.elapsed });
    }
    artifacts::manifest(shell, invocation, Some(&runtime))?;
    artifacts::run_results(shell, invocation, &results)?;
    artifacts::last_results(shell, invocation, &results)?;
    if seeds == Seeds::Shown {
        show_seeds(shell, invocation, &runtime, &results)?;
    }
    let code = results.exit_code();
    let interrupted = results.interrupted;
    shell.events.send(Event::RunFinished { results: Arc::new(results), interrupted });
    invocation.adapter.close();
    Ok(code)
}

/// Shows the first rows of the seeds that were loaded. dbt: ten, in no order.
fn show_seeds(
    shell: &Shell,
    invocation: &Invocation,
    runtime: &Arc<Runtime>,
    results: &RunResults,
) -> std::result::Result<(), super::Failures> {
    let session =
        invocation.adapter.connect("show").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let session = Arc::new(Mutex::new(session));
    let loaded = results.results.iter().filter(|result| result.status == Status::Success);
    for node in loaded.filter_map(|result| invocation.manifest.node(&result.facts().unique_id)) {
        if node.resource_type != ResourceType::Seed {
            continue;
        }
        let info = NodeInfo::new(execute::facts(&invocation.manifest, node));
        let (preview, _) = execute::show(runtime, node, &info, &session, execute::ShowLimit::Usual(10))?;
        shell.events.send(Event::ShowNode(Box::new(ShownRows {
            node: Some(node.name.clone()),
            unique_id: node.unique_id.clone(),
            preview,
            json: false,
        })));
    }
    Ok(())
}
