//! `docs generate`: compiles the project, writes `catalog.json`, and the site beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clap::Args;

use super::{assets, dashboards, site};
use crate::artifact;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::commands::failures::Failures;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::{Class, Result};
use crate::event::{Event, Level};
use crate::execute::{self, Plan, Verb};
use crate::jinja::RelationData;
use crate::manifest::{Node, ResourceType};
use crate::select::{self, Query};

/// Arguments of `docs generate`.
#[derive(Args, Debug, Default)]
pub struct GenerateArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Do not compile first
    #[arg(long)]
    no_compile: bool,
    /// Write a catalog without asking the warehouse
    #[arg(long)]
    empty_catalog: bool,
    /// Write the site as static_index.html too, which is what dbt calls its page with all data in it
    #[arg(long = "static")]
    static_page: bool,
}

/// Runs `docs generate`; gives the exit code, and the file of the site if it was written.
///
/// # Errors
/// The command cannot run.
pub(super) fn generate(args: &GenerateArgs, shell: &Shell) -> std::result::Result<(u8, Option<PathBuf>), Failures> {
    let invocation = shell.open(&RunArgs::default())?;
    let kinds = [
        ResourceType::Model,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::Analysis,
        ResourceType::Seed,
        ResourceType::Function,
        ResourceType::Operation,
    ];
    let query = args.selection.query()?;
    let selection = invocation.select(shell, query.clone(), &kinds)?;
    // dbt: sources are not compiled, but those that are selected are in the catalog.
    let mut query = Query { resource_types: vec![ResourceType::Source], ..query };
    query.selectors = Arc::clone(&invocation.selectors);
    query.state.clone_from(&invocation.state);
    query.columns = Some(invocation.column_lineage(shell));
    if query.selector.is_none() && query.select.is_empty() && query.exclude.is_empty() {
        query.selector = invocation.selectors.default_name().map(str::to_owned);
    }
    let sources = select::nodes(&invocation.manifest, &query)?;
    let wanted: BTreeSet<String> = selection.iter().chain(sources.selection.iter()).map(str::to_owned).collect();
    let selection = selection.without_blank(&invocation.manifest);
    let runtime = invocation.runtime(shell, &selection);
    invocation.tell_found(shell);
    // What is compiled now is about to take the place of the last run's results.
    let last = site::last_results(&invocation.project.target_path)?;
    let mut code = 0;
    if !args.no_compile {
        let plan = Plan::new(&invocation.manifest, &selection, Verb::Compile);
        let mut results = execute::run(&runtime, &plan)?;
        let errors: Vec<_> = results.results.iter().filter_map(|result| result.error.clone()).collect();
        results.results.retain(|result| result.facts().materialized != "ephemeral");
        artifacts::run_results(shell, &invocation, &results)?;
        if !errors.is_empty() {
            return Err(Failures(errors));
        }
        code = results.exit_code();
        // dbt: without compiling, the manifest of the last command stays as it is.
        artifacts::manifest(shell, &invocation, Some(&runtime))?;
    }
    let catalog = if args.empty_catalog {
        crate::outcome::Catalog::default()
    } else {
        shell.events.send(Event::BuildingCatalog);
        catalog(&invocation, &runtime, &wanted)?
    };
    let path = invocation.project.target_path.join("catalog.json");
    artifacts::write(shell, "CatalogArtifact", &path, &artifact::catalog(&shell.metadata(), &catalog))?;
    shell.events.send(Event::CatalogWritten { path: path.display().to_string() });
    assets::copy(&invocation.project)?;
    if !invocation.project.target_path.join("manifest.json").is_file() && !shell.args.no_write_json {
        let message =
            "No manifest.json to make the documentation from: run `netflix docs generate` without `--no-compile`";
        shell.events.send(Event::Note { level: Level::Info, message: message.to_owned() });
        return Ok((code, None));
    }
    // The figures of dashboards are questions to the warehouse, like the catalog's.
    let is_asked = !args.empty_catalog && !shell.args.no_write_json;
    let extra = if is_asked { dashboards::sections(&invocation, shell, last.as_ref())? } else { Vec::new() };
    let page = site::write(shell, &invocation, last.as_ref(), extra, args.static_page)?;
    Ok((code, page))
}

/// Asks the warehouse for every relation of the project, schema by schema.
fn catalog(
    invocation: &Invocation,
    runtime: &Arc<execute::Runtime>,
    wanted: &BTreeSet<String>,
) -> Result<crate::outcome::Catalog> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut relations: BTreeMap<String, Vec<RelationData>> = BTreeMap::new();
    let mut owners: BTreeMap<(String, String, String), Vec<&Arc<Node>>> = BTreeMap::new();
    for node in invocation.manifest.nodes.values() {
        let owns = match node.resource_type {
            ResourceType::Model => !node.is_ephemeral(),
            ResourceType::Seed | ResourceType::Snapshot | ResourceType::Source => true,
            _ => false,
        };
        if !owns || !wanted.contains(&node.unique_id) {
            continue;
        }
        let database = node.database.clone().unwrap_or_default();
        let schemas = places.entry(database.clone()).or_default();
        if !schemas.contains(&node.schema) {
            schemas.push(node.schema.clone());
        }
        relations.entry(database.clone()).or_default().push(runtime.relation(node));
        let key = (database.to_lowercase(), node.schema.to_lowercase(), node.alias.to_lowercase());
        owners.entry(key).or_default().push(node);
    }
    let session =
        invocation.adapter.connect("catalog").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let session = Arc::new(Mutex::new(session));
    let mut catalog = crate::outcome::Catalog::default();
    for (database, schemas) in places {
        let table =
            execute::catalog(runtime, &session, &database, &schemas, relations.get(&database).map(Vec::as_slice))?;
        for (key, found) in table {
            // A seed and a source may be the same relation.
            for node in owners.get(&key).into_iter().flatten() {
                let mut found = found.clone();
                found.unique_id.clone_from(&node.unique_id);
                if node.resource_type == ResourceType::Source {
                    catalog.sources.push(found);
                } else {
                    catalog.nodes.push(found);
                }
            }
        }
    }
    Ok(catalog)
}
