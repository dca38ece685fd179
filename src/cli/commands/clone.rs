//! `clone`: copies what an earlier run built into the target, or points views at it.

use clap::Args;

use super::build::{Seeds, go};
use super::failures::Outcome;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::invocation::Shell;
use crate::execute::Verb;
use crate::manifest::ResourceType;

/// Arguments of `clone`.
#[derive(Args, Debug)]
pub struct CloneArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Copy anew what exists already
    #[arg(short, long)]
    full_refresh: bool,
}

/// Runs `clone`.
///
/// # Errors
/// The command cannot run, for want of an earlier manifest for one.
pub fn clone(args: &CloneArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs { full_refresh: args.full_refresh, ..RunArgs::default() })?;
    let kinds = [ResourceType::Model, ResourceType::Seed, ResourceType::Snapshot];
    let selection = invocation.select(shell, args.selection.query()?, &kinds)?.without_blank(&invocation.manifest);
    go(shell, &invocation, &selection, Verb::Clone, Seeds::Silent)
}
