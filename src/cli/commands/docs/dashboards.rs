//! `docs dashboards`: the dashboards of the exposures as one HTML file that needs no server and no network; and the
//! sections that hold them in the documentation.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::site::last_results;
use crate::artifact;
use crate::cli::args::RunArgs;
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::{Invocation, Shell};
use crate::dashboard::{self, Dashboard, Figures, ModelFacts, Upstream, Warehouse};
use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::manifest::{Manifest, Node, ResourceType};
use crate::select::Selection;
use crate::site::{self, Section};

/// Arguments of `docs dashboards`.
#[derive(Args, Debug)]
pub struct DashboardsArgs {
    /// The file to write instead of dashboards.html in the target folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `docs dashboards`.
///
/// # Errors
/// The project cannot be read, no exposure defines a dashboard, the warehouse cannot be reached, or the file cannot be
/// written. A model that is not built is no error: the page says so.
pub(super) fn dashboards(args: &DashboardsArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    let last = last_results(&invocation.project.target_path)?;
    let sections = sections(&invocation, shell, last.as_ref())?;
    if sections.is_empty() {
        let error = Diagnostic::error(Class::Usage, "no exposure of this project defines a dashboard");
        return Err(Box::new(error.help("define one under `config.meta.dashboard` of an exposure")).into());
    }
    let path = args.output.clone().unwrap_or_else(|| invocation.project.target_path.join("dashboards.html"));
    let html = site::page(&invocation.project.name, &sections);
    artifact::write_text(&path, &html)?;
    let message = format!("Dashboards written to {} ({} kB)", path.display(), html.len().div_ceil(1000));
    shell.events.send(Event::Note { level: Level::Info, message });
    Ok(0)
}

/// The dashboards of the project with the figures of its built models; nothing where no exposure defines one.
///
/// `last` holds the last results of all nodes, which tell when models were built.
///
/// # Errors
/// The warehouse cannot be reached.
pub(super) fn sections(invocation: &Invocation, shell: &Shell, last: Option<&Value>) -> Result<Vec<Section>> {
    // Parsing has told every mistake in them.
    let definitions = dashboard::dashboards(&invocation.manifest, &mut Bag::default());
    let mut all = Vec::new();
    for definition in &definitions {
        all.push(figures(definition, invocation, shell, last)?);
    }
    for figures in &all {
        for visual in figures.pages.iter().flat_map(|page| &page.visuals) {
            if let Some(problem) = &visual.problem {
                let message = format!("Dashboard `{}`, visual `{}`: {problem}", figures.name, visual.id);
                shell.events.send(Event::Note { level: Level::Warn, message });
            }
        }
    }
    if all.is_empty() { Ok(Vec::new()) } else { site::dashboards(&all) }
}

fn figures(definition: &Dashboard, invocation: &Invocation, shell: &Shell, last: Option<&Value>) -> Result<Figures> {
    let manifest = &invocation.manifest;
    let runtime = invocation.runtime(shell, &Selection::default());
    let mut relations = HashMap::new();
    let mut models: BTreeMap<String, &Node> = BTreeMap::new();
    for id in definition.visuals().filter_map(|(_, visual)| visual.node.as_ref()) {
        let Some(node) = manifest.node(id) else { continue };
        models.insert(id.clone(), node);
        if !node.is_ephemeral() {
            relations.insert(id.clone(), runtime.relation(node).render());
        }
    }
    let failed = |error: crate::adapter::AdapterError| Box::new(error.into_diagnostic(Class::Database));
    let mut session = invocation.adapter.connect("dashboards").map_err(failed)?;
    let quote = invocation.adapter.dialect().quote;
    let mut ask = |sql: &str, fetch| {
        // What the warehouse says of a failure is shown on the page.
        let hidden = |mut error: crate::adapter::AdapterError| {
            error.message = shell.environment.scrub(&error.message);
            error
        };
        session.execute(sql, fetch).map(|answer| answer.table).map_err(hidden)
    };
    let mut figures = dashboard::figures(definition, &mut Warehouse { relations, quote, ask: &mut ask });
    for (id, node) in models {
        figures.models.insert(id.clone(), facts(manifest, &id, node, last));
    }
    Ok(figures)
}

fn facts(manifest: &Manifest, id: &str, node: &Node, last: Option<&Value>) -> ModelFacts {
    let results = last.and_then(|last| last["results"].as_array()).map_or(&[][..], Vec::as_slice);
    let result = results.iter().find(|result| result["unique_id"] == id);
    let status = result.and_then(|result| result["status"].as_str());
    let built_at = result.filter(|_| status == Some("success")).and_then(|result| {
        let phase = result["timing"].as_array()?.iter().find(|phase| phase["name"] == "execute")?;
        phase["completed_at"].as_str()
    });
    ModelFacts {
        name: node.name.clone(),
        built_at: built_at.map(str::to_owned),
        status: status.map(str::to_owned),
        materialized: node.materialized().to_owned(),
        upstream: upstream(manifest, id),
    }
}

/// All that a node is made from, with the longest way to it.
fn upstream(manifest: &Manifest, id: &str) -> Vec<Upstream> {
    let above = manifest.graph.ancestors(id, None);
    let mut depths: HashMap<&str, usize> = HashMap::from([(id, 0)]);
    for child in manifest.graph.order().into_iter().rev() {
        let Some(depth) = depths.get(child).copied() else { continue };
        for parent in manifest.graph.parents(child) {
            let own = depths.entry(parent).or_default();
            *own = (*own).max(depth + 1);
        }
    }
    let shown = |node: &Node| node.resource_type.is_refable() || node.resource_type == ResourceType::Source;
    let mut found: Vec<Upstream> = manifest
        .nodes
        .values()
        .filter(|node| above.contains(&node.unique_id) && shown(node))
        .map(|node| Upstream {
            id: node.unique_id.clone(),
            name: node.name.clone(),
            kind: node.resource_type.name().to_owned(),
            depth: depths.get(node.unique_id.as_str()).copied().unwrap_or_default(),
        })
        .collect();
    found.sort_by(|left, right| (left.depth, &left.name).cmp(&(right.depth, &right.name)));
    found
}
