//! `docs dashboards`: the dashboards of the exposures as one HTML file that needs no server and no network.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::artifact::{self, Previous};
use crate::cli::args::RunArgs;
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::{Invocation, Shell};
use crate::dashboard::{self, Dashboard, Figures, ModelFacts, Upstream, Warehouse};
use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::manifest::{Manifest, Node, ResourceType};
use crate::select::Selection;

/// The page as npm built it.
const TEMPLATE: &str = include_str!("../../../../site/dashboards/dist/dashboards.html");
/// Where the data stands in it.
const PLACE: &str = "<!--dashboards-->";

/// Arguments of `docs dashboards`.
#[derive(Args, Debug)]
pub struct DashboardsArgs {
    /// The file to write instead of dashboards.html in the target folder
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the dashboards.
///
/// # Errors
/// The project cannot be read, no exposure defines a dashboard, the warehouse cannot be reached, or the file cannot be
/// written. A model that is not built is no error: the page says so.
pub(super) fn dashboards(args: &DashboardsArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    // Parsing has told every mistake in them.
    let definitions = dashboard::dashboards(&invocation.manifest, &mut Bag::default());
    if definitions.is_empty() {
        let error = Diagnostic::error(Class::Usage, "no exposure of this project defines a dashboard");
        return Err(Box::new(error.help("define one under `config.meta.dashboard` of an exposure")).into());
    }
    let mut all = Vec::new();
    for definition in &definitions {
        all.push(figures(definition, &invocation, shell)?);
    }
    let json = serde_json::to_string(&all).map_err(|error| {
        Box::new(Diagnostic::error(Class::Internal, format!("cannot write the dashboards as JSON: {error}")))
    })?;
    // Nothing in the data can end the element that holds it.
    let json = shell.environment.scrub(&json).replace('<', "\\u003c");
    let element = format!("<script type=\"application/json\" id=\"dashboards\">{json}</script>");
    let path = args.output.clone().unwrap_or_else(|| invocation.project.target_path.join("dashboards.html"));
    artifact::write_text(&path, &TEMPLATE.replacen(PLACE, &element, 1))?;
    for figures in &all {
        for visual in figures.pages.iter().flat_map(|page| &page.visuals) {
            if let Some(problem) = &visual.problem {
                let message = format!("Dashboard `{}`, visual `{}`: {problem}", figures.name, visual.id);
                shell.events.send(Event::Note { level: Level::Warn, message });
            }
        }
    }
    let message = format!("Dashboards written to {}", path.display());
    shell.events.send(Event::Note { level: Level::Info, message });
    Ok(0)
}

fn figures(definition: &Dashboard, invocation: &Invocation, shell: &Shell) -> Result<Figures> {
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
    let mut ask = |sql: &str, fetch| session.execute(sql, fetch).map(|answer| answer.table);
    let mut figures = dashboard::figures(definition, &mut Warehouse { relations, quote, ask: &mut ask });
    // The results of the last run are all that tells of it; a broken file tells nothing.
    let previous = Previous::read_run_results(&invocation.project.target_path).unwrap_or_default();
    for (id, node) in models {
        figures.models.insert(id.clone(), facts(manifest, &id, node, &previous));
    }
    Ok(figures)
}

fn facts(manifest: &Manifest, id: &str, node: &Node, previous: &Previous) -> ModelFacts {
    let is_building = previous.args().and_then(|args| args.get("which")).and_then(Value::as_str);
    let is_building = is_building.is_some_and(|which| ["build", "run", "seed", "snapshot", "retry"].contains(&which));
    let result = previous.result(id).filter(|_| is_building);
    let status = result.and_then(|result| result.get("status")).and_then(Value::as_str).map(str::to_owned);
    let phases = result.and_then(|result| result.get("timing")).and_then(Value::as_array);
    let built_at = phases.and_then(|phases| {
        let phase = phases.iter().find(|phase| phase.get("name").and_then(Value::as_str) == Some("execute"))?;
        phase.get("completed_at").and_then(Value::as_str).map(str::to_owned)
    });
    ModelFacts {
        name: node.name.clone(),
        built_at: built_at.filter(|_| status.as_deref() == Some("success")),
        status,
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
