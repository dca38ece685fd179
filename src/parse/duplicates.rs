//! Resources that get in each other's way: one name twice, one relation twice.

use std::collections::HashMap;

use super::nodes::Draft;
use crate::diagnostic::{Bag, Class, Diagnostic, Span};
use crate::manifest::{Manifest, Node};

/// Two resources of one package that `ref()` cannot tell apart.
pub(super) fn duplicates(drafts: &[Draft], bag: &mut Bag) {
    let mut seen: HashMap<(&str, String), &Node> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.node.resource_type.is_refable() && draft.node.config.enabled()) {
        let node = &draft.node;
        if let Some(first) = seen.insert((node.package.as_str(), node.search_name()), node) {
            bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two {}s with the name \"{}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource when looking for ref(\"{}\").\n- {} ({})\n- {} ({})",
                        node.resource_type, node.name, node.name, first.unique_id, first.original_file_path, node.unique_id, node.original_file_path
                    ),
                )
                .label(Span::line(&first.source, 1), "the first one")
                .label(Span::line(&node.source, 1), "the second one")
                .help("rename one of the files: the file's name is the name"),
            );
        }
    }
}

/// Two nodes that would build the same relation.
pub(super) fn relation_clashes(manifest: &Manifest, bag: &mut Bag) {
    let mut seen: HashMap<String, &Node> = HashMap::new();
    for node in manifest.nodes.values().filter(|node| node.resource_type.is_refable()) {
        let Some(relation) = &node.relation_name else { continue };
        if let Some(first) = seen.insert(relation.to_lowercase(), node)
            && (&first.name, &first.package) != (&node.name, &node.package)
        {
            bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two resources with the database representation \"{relation}\".\ndbt cannot create two resources with identical database representations. To fix this,\nchange the configuration of one of these resources:\n- {} ({})\n- {} ({})",
                        first.unique_id, first.original_file_path, node.unique_id, node.original_file_path
                    ),
                )
                .help("give one of them another `alias` or `schema`"),
            );
        }
    }
}

/// Two resources with one name and id: what they are in the plural, their name, and id, file and place of each.
pub(super) fn same_name(kind: &str, name: &str, [first, second]: [(&str, &str, Option<Span>); 2]) -> Diagnostic {
    let line = |(id, path, _): &(&str, &str, Option<Span>)| format!("- {id} ({path})");
    Diagnostic::error(
        Class::Compilation,
        format!(
            "dbt found two {kind} with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\nwhen looking for {name}.\n\nTo fix this, change the name of one of these resources:\n{}\n{}",
            line(&first),
            line(&second)
        ),
    )
    .label_opt(first.2, "again here")
    .label_opt(second.2, "first here")
}
