//! `compile`: renders nodes to SQL, or one inline query.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use clap::Args;

use super::failures::Outcome;
use super::show::{inline, unreadable};
use crate::check;
use crate::cli::args::{OutputFormat, RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::invocation::Shell;
use crate::diagnostic::Class;
use crate::event::{Event, ShownCode};
use crate::execute::{self, Plan, Verb};
use crate::manifest::ResourceType;
use crate::outcome::{NodeInfo, RunResults};

/// Arguments of `compile`.
#[derive(Args, Debug)]
pub struct CompileArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// A query to compile instead of nodes
    #[arg(long, value_name = "SQL")]
    inline: Option<String>,
    /// Form of the SQL that is shown
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
    /// Compile for a build that reads no rows
    #[arg(long)]
    empty: bool,
    /// Compile as for a build from scratch: `is_incremental()` is false
    #[arg(short, long)]
    full_refresh: bool,
    /// Leave ephemeral models out: only their names stand in the SQL
    #[arg(long)]
    no_inject_ephemeral_ctes: bool,
    /// Ask the warehouse nothing while nodes are compiled
    #[arg(long)]
    no_introspect: bool,
    /// Take answers of the warehouse from netflix.lock, without connecting; as before the first build
    #[arg(long, conflicts_with_all = ["no_introspect", "inline"])]
    locked: bool,
}

/// The names that may stand in a selection: `+orders,tag:x` has `orders`, `tag` and `x`.
fn words(selection: &str) -> impl Iterator<Item = &str> {
    selection.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// Runs `compile`.
///
/// # Errors
/// The command cannot run.
pub fn compile(args: &CompileArgs, shell: &Shell) -> Outcome {
    let invocation =
        shell.open(&RunArgs { empty: args.empty, full_refresh: args.full_refresh, ..RunArgs::default() })?;
    let json = args.output == OutputFormat::Json;
    if let Some(sql) = &args.inline {
        let node = Arc::new(inline(&invocation, sql));
        let selection = crate::select::Selection::default();
        let runtime = invocation.runtime(shell, &selection);
        let session =
            invocation.adapter.connect("compile").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
        let session = Arc::new(Mutex::new(session));
        execute::look(&runtime, &session)?;
        let info = NodeInfo::new(execute::facts(&invocation.manifest, &node));
        let started = Instant::now();
        let mut result = execute::compile_only(&runtime, &node, &info, &session);
        if let Some(error) = result.error.take() {
            return Err(Box::new(unreadable(error)).into());
        }
        let code = result.compiled_code.clone().unwrap_or_default();
        let arguments = invocation.options.arguments.clone();
        let results = RunResults::new(vec![Arc::new(result)], started.elapsed().as_secs_f64(), arguments);
        artifacts::manifest(shell, &invocation, Some(&runtime))?;
        artifacts::run_results(shell, &invocation, &results)?;
        shell.events.send(Event::CompiledNode(Box::new(ShownCode {
            node: None,
            unique_id: node.unique_id.clone(),
            code,
            json,
        })));
        return Ok(0);
    }
    let kinds = [
        ResourceType::Model,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::Analysis,
        ResourceType::Seed,
        ResourceType::Function,
        ResourceType::Operation,
    ];
    let selection = invocation.select(shell, args.selection.query()?, &kinds)?.without_blank(&invocation.manifest);
    let plan = Plan::new(&invocation.manifest, &selection, Verb::Compile);
    let runtime = invocation.runtime(shell, &selection);
    let runtime = if args.locked { check::locked(&runtime)? } else { runtime };
    invocation.tell_found(shell);
    let mut results = execute::run(&runtime, &plan)?;
    let errors: Vec<_> = results.results.iter().filter_map(|result| result.error.clone()).collect();
    // dbt: ephemeral models have results only where something is asked for.
    if args.selection.select.is_empty() && args.selection.models.is_empty() {
        results.results.retain(|result| result.facts().materialized != "ephemeral");
    }
    artifacts::manifest(shell, &invocation, Some(&runtime))?;
    artifacts::run_results(shell, &invocation, &results)?;
    let named: Vec<&str> =
        args.selection.select.iter().chain(&args.selection.models).flat_map(|text| words(text)).collect();
    let alone = results.results.iter().filter(|result| result.facts().resource_type != "test").count() <= 1;
    for result in &results.results {
        let facts = result.facts();
        // dbt: what is asked for by name, not what only comes along.
        let asked = named.contains(&facts.name.as_str())
            || (!named.is_empty() && alone && (facts.resource_type != "test" || results.results.len() == 1));
        let Some(code) = result.compiled_code.as_ref().filter(|_| asked) else { continue };
        shell.events.send(Event::CompiledNode(Box::new(ShownCode {
            node: Some(facts.name.clone()),
            unique_id: facts.unique_id.clone(),
            code: code.clone(),
            json,
        })));
    }
    if !errors.is_empty() {
        return Err(super::Failures(errors));
    }
    Ok(results.exit_code())
}
