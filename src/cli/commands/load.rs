//! `load`: fills source tables from their raw files.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::failures::{Failures, Outcome};
use crate::adapter::{FileFormat, LoadColumn, Relation};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::Event;
use crate::load::{self, Action, LoadSpec, Reload};
use crate::manifest::{Node, ResourceType};
use crate::outcome::{iso, now};
use crate::select::Selection;

/// Arguments of `load`.
#[derive(Args, Debug)]
pub struct LoadArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Load also what has not changed
    #[arg(short, long)]
    full_refresh: bool,
}

/// Runs `load`.
///
/// # Errors
/// The command cannot run.
pub fn load(args: &LoadArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs { full_refresh: args.full_refresh, ..RunArgs::default() })?;
    let selection = invocation.select(shell, args.selection.query()?, &[ResourceType::Source])?;
    let wanted: Vec<Arc<Node>> = selection
        .iter()
        .filter_map(|id| invocation.manifest.node(id))
        .filter(|node| has_files(node))
        .cloned()
        .collect();
    let good = fill(&invocation, shell, &wanted, args.full_refresh)?;
    invocation.adapter.close();
    Ok(u8::from(!good))
}

fn has_files(node: &Node) -> bool {
    node.source_table().is_some_and(|table| table.load.is_some())
}

/// Source tables with raw files that the selected nodes read, directly or not.
pub fn sources_above(invocation: &Invocation, selection: &Selection) -> Vec<Arc<Node>> {
    let mut found: HashSet<String> = HashSet::new();
    for id in selection.iter() {
        found.extend(invocation.manifest.graph.ancestors(id, None));
    }
    invocation
        .manifest
        .nodes
        .values()
        .filter(|node| found.contains(&node.unique_id) && has_files(node))
        .cloned()
        .collect()
}

/// Loads what has changed, table by table; says whether all went well.
///
/// # Errors
/// The warehouse cannot be reached.
pub fn fill(
    invocation: &Invocation,
    shell: &Shell,
    wanted: &[Arc<Node>],
    full_refresh: bool,
) -> std::result::Result<bool, Failures> {
    if wanted.is_empty() {
        return Ok(true);
    }
    let mut session =
        invocation.adapter.connect("load").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let total = wanted.len();
    let mut good = true;
    let reload = if full_refresh { Reload::All } else { Reload::Changed };
    for (position, node) in wanted.iter().enumerate() {
        let index = position + 1;
        let table = node.search_name();
        let started = Instant::now();
        shell.events.send(Event::LoadStarted { table: table.clone(), files: 0, index, total });
        let loaded = spec(invocation, node)
            .and_then(|spec| load::table(session.as_mut(), &spec, &invocation.project.root, reload, &iso(now())));
        shell.events.send(match loaded {
            Ok(loaded) if loaded.action == Action::Unchanged => {
                Event::LoadUnchanged { table, files: loaded.files, index, total }
            }
            Ok(loaded) => Event::LoadedTable {
                table,
                rows: loaded.rows,
                files: loaded.files,
                index,
                total,
                execution_time: started.elapsed().as_secs_f64(),
            },
            Err(error) => {
                good = false;
                Event::LoadFailed { table, error, index, total, execution_time: started.elapsed().as_secs_f64() }
            }
        });
    }
    shell.events.send(Event::blank());
    Ok(good)
}

fn spec(invocation: &Invocation, node: &Node) -> Result<LoadSpec> {
    let Some((table, block)) = node.source_table().and_then(|table| Some((table, table.load.as_ref()?))) else {
        return Err(Box::new(Diagnostic::error(Class::Load, format!("`{}` has no `load:` block", node.search_name()))));
    };
    let at = |error: Diagnostic| Box::new(error.label(block.span.clone(), "this block"));
    let columns: Vec<LoadColumn> = node
        .columns
        .values()
        .map(|column| LoadColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone().unwrap_or_else(|| "varchar".to_owned()),
        })
        .collect();
    if columns.is_empty() {
        return Err(at(Diagnostic::error(Class::Load, format!("`{}` declares no columns", node.search_name()))
            .help("list its columns with `data_type`")));
    }
    let options = load::options(&block.options).map_err(|error| at(*error))?;
    let storage = load::Storage::read(&block.storage).map_err(|error| at(*error))?;
    Ok(LoadSpec {
        name: node.search_name(),
        location: block.location.clone(),
        format: Some(if block.format == "parquet" { FileFormat::Parquet } else { FileFormat::Csv }),
        options,
        storage,
        columns,
        target: Relation::new(
            invocation.adapter.dialect(),
            node.database.as_deref(),
            Some(&node.schema),
            Some(&table.identifier),
        ),
    })
}
