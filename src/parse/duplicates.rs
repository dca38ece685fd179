//! Resources that get in each other's way: one name twice, one relation twice.

use std::collections::HashSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::nodes::{Draft, Workshop};
use crate::diagnostic::{Bag, Class, Diagnostic, Span, WarningKind};
use crate::jinja::Facts;
use crate::manifest::{DocBlock, Manifest, Node, ResourceType};

/// One of two resources with the same name.
pub(super) struct Named<'a> {
    /// Its unique id.
    pub(super) id: &'a str,
    /// Its file below the package.
    pub(super) path: &'a str,
    /// Its place.
    pub(super) place: Option<Span>,
}

impl<'a> Named<'a> {
    fn of(node: &'a Node) -> Self {
        let declared = node.test().and_then(|test| test.declared.clone()).or_else(|| node.patch.clone());
        let place = declared.unwrap_or_else(|| Span::line(&node.source, 1));
        Self { id: &node.unique_id, path: &node.original_file_path, place: Some(place) }
    }
}

/// The error for two resources: what they are in the plural, their name, and what dbt cannot do now.
pub(super) fn same_name(kind: &str, name: &str, purpose: &str, [second, first]: [Named<'_>; 2]) -> Diagnostic {
    Diagnostic::error(
        Class::Compilation,
        format!(
            "dbt found two {kind} with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\nwhen {purpose}.\n\nTo fix this, change the name of one of these resources:\n- {} ({})\n- {} ({})",
            second.id, second.path, first.id, first.path
        ),
    )
    .label_opt(second.place, "again here")
    .label_opt(first.place, "first here")
}

/// The error for two blocks of documentation, the later one with its place.
pub(super) fn docs<'a>(second: &'a DocBlock, first: &'a DocBlock, place: Span) -> Diagnostic {
    let purpose = format!("looking for doc(\"{}\")", second.name);
    let named = |block: &'a DocBlock, place| Named { id: &block.unique_id, path: &block.original_file_path, place };
    same_name("docs", &second.name, &purpose, [named(second, Some(place)), named(first, None)])
}

/// The error for two nodes, the later one first.
pub(super) fn same_node(second: &Node, first: &Node) -> Diagnostic {
    let kind = match (second.resource_type, first.resource_type) {
        (left, right) if left != right => "resources".to_owned(),
        (ResourceType::Analysis, _) => "analyses".to_owned(),
        (ResourceType::Test, _) => "data_tests".to_owned(),
        (kind, _) => format!("{kind}s"),
    };
    let (mut name, mut purpose) = (second.name.clone(), format!("looking for {}", second.name));
    if let Some(table) = second.source_table() {
        name = format!("{}_{}", table.source_name, second.name);
        purpose = format!("looking for source(\"{}\", \"{}\")", table.source_name, second.name);
    } else if let Some(test) = second.test().filter(|test| test.generic.is_some()) {
        let column = test.column_name.as_ref().map(|column| format!("column \"{column}\" in ")).unwrap_or_default();
        name = format!("{name}\" defined on {column}\"{}", test.file_key_name.as_deref().unwrap_or_default());
        "running tests".clone_into(&mut purpose);
    } else if second.resource_type.is_refable() {
        purpose = format!("looking for ref(\"{name}\")");
    }
    same_name(&kind, &name, &purpose, [Named::of(second), Named::of(first)])
}

/// Finds files that define one node twice, and gives the drafts that were rendered for it, by their index.
///
/// dbt: nodes that their own file or the project file switches off do not count, so the files concerned are rendered
/// to know which those are.
pub(super) fn files(drafts: &mut [Draft], shop: &Workshop<'_>, bag: &mut Bag) -> HashSet<usize> {
    let mut known: FxHashSet<&str> = FxHashSet::default();
    let ids = drafts.iter().map(|draft| draft.node.unique_id.as_str());
    let again: FxHashSet<String> = ids.filter(|id| !known.insert(id)).map(str::to_owned).collect();
    let mut rendered = HashSet::new();
    if again.is_empty() {
        return rendered;
    }
    let mut seen: FxHashMap<&str, &Node> = FxHashMap::default();
    for (index, draft) in drafts.iter_mut().enumerate().filter(|(_, draft)| again.contains(&draft.node.unique_id)) {
        bag.take(shop.render(draft));
        rendered.insert(index);
    }
    for draft in drafts.iter().filter(|draft| again.contains(&draft.node.unique_id)) {
        let node = &draft.node;
        if !draft.layers.enabled() {
            continue;
        }
        if let Some(first) = seen.insert(&node.unique_id, node) {
            bag.push(same_node(node, first).help("rename one of the files: the file's name is the name"));
        }
    }
    rendered
}

/// Two nodes that would build the same relation, and names that `ref()` cannot tell apart.
pub(super) fn clashes(manifest: &Manifest, facts: &Facts, bag: &mut Bag) {
    let unique = facts.flags.get("REQUIRE_UNIQUE_PROJECT_RESOURCE_NAMES").and_then(serde_json::Value::as_bool);
    let mut relations: FxHashMap<String, &Node> = FxHashMap::default();
    let mut names: FxHashMap<(&str, &str), &Node> = FxHashMap::default();
    let mut versions: FxHashMap<(&str, &str), &Node> = FxHashMap::default();
    for node in manifest.nodes.values().filter(|node| node.resource_type.is_refable()) {
        let key = (node.package.as_str(), node.name.as_str());
        if node.version().is_some() {
            versions.insert(key, node);
        } else if let Some(first) = names.insert(key, node) {
            if unique == Some(true) {
                bag.push(same_node(first, node));
            } else {
                bag.push(two_kinds(first, node));
            }
        }
        let Some(relation) = &node.relation_name else { continue };
        if let Some(first) = relations.insert(relation.to_lowercase(), node) {
            bag.push(same_relation(relation, first, node));
        }
    }
    for (key, versioned) in versions {
        if let Some(plain) = names.get(&key) {
            bag.push(versioned_and_not(versioned, plain));
        }
    }
}

/// dbt: a model and a seed may share a name, for now.
fn two_kinds(first: &Node, second: &Node) -> Diagnostic {
    Diagnostic::named(
        WarningKind::DuplicateNameDistinctNodeTypesDeprecation,
        format!(
            "Found resources with the same name '{}' in package '{}': '{}' and '{}'. Please update one of the resources to have a unique name.",
            second.name, second.package, first.unique_id, second.unique_id
        ),
    )
}

fn same_relation(relation: &str, first: &Node, second: &Node) -> Diagnostic {
    Diagnostic::error(
        Class::Compilation,
        format!(
            "dbt found two resources with the database representation \"{relation}\".\ndbt cannot create two resources with identical database representations. To fix this,\nchange the configuration of one of these resources:\n- {} ({})\n- {} ({})",
            first.unique_id, first.original_file_path, second.unique_id, second.original_file_path
        ),
    )
    .label_opt(Named::of(second).place, "this one")
    .label_opt(Named::of(first).place, "and this one")
    .help("give one of them another `alias` or `schema`")
}

fn versioned_and_not(versioned: &Node, plain: &Node) -> Diagnostic {
    let name = &versioned.name;
    Diagnostic::error(
        Class::Parsing,
        format!(
            "dbt found versioned and unversioned models with the name \"{name}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\nwhen looking for ref('{name}').\n\nTo fix this, change the name of the unversioned resource\n{} ({})\nor add the unversioned model to the versions in {}",
            plain.unique_id,
            plain.original_file_path,
            versioned.patch_path.as_deref().unwrap_or_default()
        ),
    )
    .label_opt(versioned.patch.clone(), "the versions")
    .label(Span::line(&plain.source, 1), "the model without a version")
}
