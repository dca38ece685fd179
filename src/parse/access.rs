//! Access and groups: who may refer to whom, and which values there are.

use crate::diagnostic::{Bag, Class, Diagnostic, nearest};
use crate::manifest::{Detail, Manifest, Node, ResourceType};
use crate::project::{Project, Yaml};

use super::references::place;

const ACCESS: [&str; 3] = ["private", "protected", "public"];

/// Checks access, groups and every edge to a model that is not public.
pub(super) fn check(manifest: &Manifest, project: &Project, bag: &mut Bag) {
    let mut groups: Vec<&str> = manifest.groups.values().map(|group| group.name.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    for node in manifest.nodes.values() {
        check_access(node, bag);
        check_group(node, &groups, bag);
        for parent in node.depends_on.iter().filter_map(|id| manifest.node(id)) {
            check_edge(node, parent, project, bag);
        }
    }
}

/// dbt: an ephemeral model cannot be public, since it has no relation to read.
fn check_access(node: &Node, bag: &mut Bag) {
    let Detail::Model { access, .. } = &node.detail else { return };
    let (with, label) = if !ACCESS.contains(&access.as_str()) {
        (String::new(), "write `private`, `protected` or `public`")
    } else if access == "public" && node.is_ephemeral() {
        ("with 'ephemeral' materialization ".to_owned(), "a public model needs a relation: make it a view")
    } else {
        return;
    };
    bag.push(
        Diagnostic::error(
            Class::Parsing,
            format!("Node {} {with}has an invalid value ({access}) for the access field", node.unique_id),
        )
        .label(node.patch.clone().unwrap_or_else(|| node.span()), label),
    );
}

/// dbt: a group must be declared, but sources and exposures have none.
fn check_group(node: &Node, groups: &[&str], bag: &mut Bag) {
    let Some(group) = node.group().filter(|group| !group.is_empty()) else { return };
    if groups.contains(&group) || matches!(node.resource_type, ResourceType::Source | ResourceType::Exposure) {
        return;
    }
    let known: Vec<String> = groups.iter().map(|name| format!("'{name}'")).collect();
    bag.push(
        Diagnostic::error(Class::Parsing, format!("Invalid group '{group}', expected one of [{}]", known.join(", ")))
            .label(node.patch.clone().unwrap_or_else(|| node.span()), format!("{} is in this group", node.unique_id))
            .suggest(nearest(group, groups.iter().copied()))
            .help("declare it under `groups:` in a properties file"),
    );
}

fn check_edge(node: &Node, parent: &Node, project: &Project, bag: &mut Bag) {
    let Detail::Model { access, .. } = &parent.detail else { return };
    // dbt: a unit test belongs to the model that it tests, whatever the access.
    if matches!(node.resource_type, ResourceType::SqlOperation | ResourceType::UnitTest) {
        return;
    }
    let restricted = node.package != parent.package
        && project
            .package(&parent.package)
            .and_then(|package| package.settings.get("restrict-access"))
            .and_then(Yaml::bool)
            .unwrap_or(false);
    let same_group = node.group().is_some_and(|group| !group.is_empty() && parent.group() == Some(group));
    let scope = match access.as_str() {
        "private" if !same_group || restricted => format!("'{}' group", parent.group().unwrap_or_default()),
        "protected" if restricted => format!("'{}' package", parent.package),
        _ => return,
    };
    bag.push(
        Diagnostic::error(
            Class::Parsing,
            format!(
                "Node {} attempted to reference node {}, which is not allowed because the referenced node is {access} to the {scope}.",
                node.unique_id, parent.unique_id
            ),
        )
        .label_opt(place(node, &parent.name), ""),
    );
}
