//! `list`: the selected nodes, one a line.

use clap::{Args, ValueEnum};

use super::failures::Outcome;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::{Event, Warning, WarningKind};
use crate::manifest::{Node, ResourceType, version_text};
use crate::report::{ListFormat, Listed, list_line};

/// Form of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Words that select the node.
    Selector,
    /// Names.
    Name,
    /// Paths of files.
    Path,
    /// JSON objects.
    Json,
}

/// Arguments of `list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Form of the lines
    #[arg(long, value_enum, default_value = "selector")]
    output: Form,
    /// Keys of the JSON objects
    #[arg(long, num_args = 1.., action = clap::ArgAction::Append, value_name = "KEY")]
    output_keys: Vec<String>,
}

fn listed(node: &Node) -> Listed {
    let mut fields = node.to_json();
    if node.resource_type == ResourceType::Model {
        // dbt: stands in these lines and not in the manifest.
        let parents = fields.get("depends_on").and_then(|depends| depends.get("nodes")).cloned();
        fields.insert("direct_parents".to_owned(), parents.unwrap_or_default());
    }
    Listed {
        resource_type: node.resource_type.name().to_owned(),
        package: node.package.clone(),
        name: node.name.clone(),
        fqn: node.fqn.clone(),
        version: node.built_version().map(version_text),
        original_file_path: node.original_file_path.clone(),
        source_name: node.source_table().map(|table| table.source_name.clone()),
        fields,
    }
}

/// Runs `list`.
///
/// # Errors
/// The command cannot run.
pub fn list(args: &ListArgs, shell: &Shell) -> Outcome {
    let by_model = !args.selection.models.is_empty();
    for (other, is_given) in
        [("select", !args.selection.select.is_empty()), ("resource_type", !args.selection.resource_type.is_empty())]
    {
        if by_model && is_given {
            let message = format!("\"models\" and \"{other}\" are mutually exclusive arguments");
            return Err(Box::new(Diagnostic::error(Class::Runtime, message)).into());
        }
    }
    let invocation = shell.open(&RunArgs::default())?;
    invocation.tell_counts(shell);
    let kinds = [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::Source,
        ResourceType::Exposure,
        ResourceType::UnitTest,
        ResourceType::Metric,
        ResourceType::SemanticModel,
        ResourceType::SavedQuery,
        ResourceType::Function,
        ResourceType::Analysis,
    ];
    // dbt: `ls --models` means models only, and analyses are listed where `--resource-type` asks for them, or for `all`.
    let kinds = match args.selection.resource_type.as_slice() {
        _ if by_model => &kinds[..1],
        [] => &kinds[..kinds.len() - 1],
        [only] if only == "default" => &kinds[..kinds.len() - 1],
        _ => &kinds,
    };
    let selection = invocation.select(shell, args.selection.query()?, kinds)?;
    if selection.is_empty() {
        shell.events.warn(Warning::new(WarningKind::NoNodesSelected, "No nodes selected!"))?;
    }
    let format = match args.output {
        Form::Selector => ListFormat::Selector,
        Form::Name => ListFormat::Name,
        Form::Path => ListFormat::Path,
        Form::Json => ListFormat::Json,
    };
    let keys: Vec<String> =
        args.output_keys.iter().flat_map(|keys| keys.split_whitespace()).map(str::to_owned).collect();
    let mut ids: Vec<&str> = selection.iter().collect();
    ids.sort_unstable();
    for id in ids {
        if let Some(node) = invocation.manifest.node(id) {
            shell.events.send(Event::Print { message: list_line(&listed(node), format, &keys) });
        }
    }
    artifacts::manifest(shell, &invocation, None)?;
    Ok(0)
}
