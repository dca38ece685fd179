//! `docs lineage`: the lineage of a selection as a picture for READMEs, pull requests and terminals.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::artifact;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::{Event, Level};
use crate::manifest::{Manifest, Node, ResourceType};
use crate::select::Selection;
use crate::site::{Picture, Shape};

/// Form of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A flowchart that GitHub and GitLab draw in Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// An image.
    Svg,
    /// A tree for the terminal.
    Text,
}

/// Arguments of `docs lineage`.
#[derive(Args, Debug)]
pub struct LineageArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Form of the picture
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    /// File to write instead of printing
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What stands in the picture: what holds data, and what reads it.
const KINDS: [ResourceType; 9] = [
    ResourceType::Source,
    ResourceType::Seed,
    ResourceType::Model,
    ResourceType::Snapshot,
    ResourceType::Exposure,
    ResourceType::Metric,
    ResourceType::SemanticModel,
    ResourceType::SavedQuery,
    ResourceType::Function,
];

/// Runs `docs lineage`.
///
/// # Errors
/// The project or the selection cannot be understood, nothing is selected, or the file cannot be written.
pub(super) fn lineage(args: &LineageArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    let selection = invocation.select(shell, args.selection.query()?, &KINDS)?;
    if selection.is_empty() {
        let message = "nothing is selected that stands in a lineage";
        return Err(Box::new(
            Diagnostic::error(Class::Usage, message)
                .help("see what there is: `netflix ls --resource-type model source`"),
        )
        .into());
    }
    let picture = picture(&invocation.manifest, &selection);
    let drawn = match args.format {
        Form::Mermaid => picture.mermaid(),
        Form::Dot => picture.dot(),
        Form::Svg => picture.svg(),
        Form::Text => picture.text(),
    };
    match &args.output {
        Some(path) => {
            artifact::write_text(path, &drawn)?;
            let message = format!("Lineage of {} nodes written to {}", selection.iter().count(), path.display());
            shell.events.send(Event::Note { level: Level::Info, message });
        }
        None => shell.events.send(Event::Print { message: drawn.trim_end().to_owned() }),
    }
    Ok(0)
}

fn picture(manifest: &Manifest, selection: &Selection) -> Picture {
    let nodes: Vec<&Node> = selection.iter().filter_map(|id| manifest.node(id)).map(|node| &**node).collect();
    let taken: HashSet<&str> = nodes.iter().map(|node| node.unique_id.as_str()).collect();
    let mut picture = Picture::default();
    for node in &nodes {
        picture.node(&node.unique_id, &node.search_name(), &layer(node), shape(node));
    }
    for node in &nodes {
        for parent in node.depends_on.iter().filter(|parent| taken.contains(parent.as_str())) {
            picture.edge(parent, &node.unique_id);
        }
    }
    picture
}

fn layer(node: &Node) -> String {
    match node.resource_type {
        ResourceType::Source => "sources".to_owned(),
        ResourceType::Seed => "seeds".to_owned(),
        ResourceType::Snapshot => "snapshots".to_owned(),
        ResourceType::Exposure => "exposures".to_owned(),
        ResourceType::Model if node.fqn.len() > 2 => node.fqn[1].clone(),
        ResourceType::Model => "models".to_owned(),
        kind => format!("{kind}s"),
    }
}

fn shape(node: &Node) -> Shape {
    match node.resource_type {
        ResourceType::Source | ResourceType::Seed | ResourceType::Snapshot => Shape::Data,
        ResourceType::Exposure | ResourceType::Metric | ResourceType::SavedQuery => Shape::Use,
        _ => Shape::Model,
    }
}
