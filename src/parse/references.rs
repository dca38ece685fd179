//! Names become edges: every `ref()` and `source()` is looked up, and what leads nowhere is reported at its place.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Bag, Class, Diagnostic, WarningKind};
use crate::manifest::{Cycle, Manifest, Node, RefCall, RefError, ResourceType, version_text};

/// Fills `depends_on` of every node, connects the graph and looks for cycles.
///
/// A name in `broken` is no mistake of those that refer to it: its own template could not be rendered.
pub fn resolve(manifest: &mut Manifest, broken: &HashSet<String>, bag: &mut Bag) {
    let mut resolved: Vec<Vec<String>> = Vec::with_capacity(manifest.nodes.len());
    let mut lost: Vec<String> = Vec::new();
    let mut told: Vec<Diagnostic> = Vec::new();
    for node in manifest.nodes.values() {
        let mut parents: Vec<String> = node.depends_on.clone();
        // dbt: a data test of something that is not there is set aside; anything else is wrong.
        let mut miss = |what: &str, call: &RefCall, error: &RefError| {
            if node.resource_type == ResourceType::Test {
                lost.push(node.unique_id.clone());
                if matches!(error, RefError::Disabled) {
                    return;
                }
            }
            bag.push(missing(node, what, call, error));
        };
        // dbt: sources come before nodes, in whatever order the template names them.
        for (source, table) in &node.sources {
            match manifest.resolve_source(source, table, &node.package) {
                Ok(parent) => push(&mut parents, &parent.unique_id),
                Err(error) => {
                    let call = RefCall { package: None, name: format!("{source}.{table}"), version: None };
                    miss("source", &call, &error);
                }
            }
        }
        for call in &node.refs {
            match manifest.resolve_ref(call, &node.package) {
                Ok(parent) => {
                    push(&mut parents, &parent.unique_id);
                    told.extend(upwards(manifest, node, call, parent));
                }
                Err(RefError::Missing(_)) if broken.contains(&call.name) => {}
                Err(error) => miss("node", call, &error),
            }
        }
        for (kind, calls) in [(ResourceType::Metric, &node.metrics), (ResourceType::Function, &node.functions)] {
            for call in calls {
                let (package, name) = match call.as_slice() {
                    [package, name] => (Some(package.as_str()), name.as_str()),
                    [name] => (None, name.as_str()),
                    _ => continue,
                };
                match manifest.resolve_kind(kind, package, name, &node.package) {
                    Ok(parent) => push(&mut parents, &parent.unique_id),
                    Err(error) => {
                        let package = package.map(str::to_owned);
                        let call = RefCall { package, name: name.to_owned(), version: None };
                        bag.push(missing(node, kind.name(), &call, &error));
                    }
                }
            }
        }
        resolved.push(parents);
    }
    bag.items.append(&mut told);
    for (node, parents) in manifest.nodes.values_mut().zip(resolved) {
        if node.depends_on != parents {
            Arc::make_mut(node).depends_on = parents;
        }
    }
    for id in lost {
        if let Some(node) = manifest.nodes.get_mut(&id) {
            Arc::make_mut(node).config.set("enabled", serde_json::Value::Bool(false));
        }
    }
    manifest.connect();
    if let Some(Cycle(path)) = manifest.graph.cycle() {
        bag.push(cycle(manifest, &path));
    }
}

fn push(parents: &mut Vec<String>, id: &str) {
    if !parents.iter().any(|parent| parent == id) {
        parents.push(id.to_owned());
    }
}

/// The place where a node names another.
pub(super) fn place(node: &Node, name: &str) -> Option<crate::diagnostic::Span> {
    if let Some(declared) = node.test().and_then(|test| test.declared.clone()) {
        return Some(declared);
    }
    if node.code.is_empty() {
        return node.patch.clone();
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    node.call_span("ref", last)
        .or_else(|| node.call_span("source", last))
        .or_else(|| node.call_span("metric", last))
        .or_else(|| node.call_span("function", last))
        .or_else(|| Some(crate::diagnostic::Span::file(&node.source)))
}

fn missing(node: &Node, what: &str, call: &RefCall, error: &RefError) -> Diagnostic {
    let name = &call.name;
    if let RefError::Ambiguous(ids) = error {
        return ambiguous(node, call, ids);
    }
    let kind = capitalized(node.resource_type.name());
    let version = call.version.as_ref().filter(|version| !version.is_null());
    let version = version.map(|version| format!(" with version '{}'", version_text(version))).unwrap_or_default();
    let package = call.package.as_ref();
    let in_package = package.map(|package| format!(" in package or project '{package}'")).unwrap_or_default();
    let reason = match error {
        RefError::Disabled => "which is disabled",
        RefError::Missing(_) | RefError::Ambiguous(_) => "which was not found",
    };
    let message = format!(
        "{kind} '{}' ({}) depends on a {what} named '{name}'{version}{in_package} {reason}",
        node.unique_id, node.original_file_path
    );
    let label = match (error, what) {
        (RefError::Disabled, _) => "this is switched off by its configuration",
        (_, "source") => "no source table has this name",
        (_, "metric") => "no metric has this name",
        (_, "function") => "no function has this name",
        _ => "no model, seed or snapshot has this name",
    };
    let near = match error {
        RefError::Missing(near) => near.as_deref(),
        _ => None,
    };
    let found = if node.resource_type == ResourceType::Test {
        Diagnostic::named(WarningKind::NodeNotFoundOrDisabled, message)
            .field("original_file_path", node.original_file_path.as_str())
            .field("unique_id", node.unique_id.as_str())
            .field("resource_type_title", kind)
            .field("target_name", name.as_str())
            .field("target_kind", what)
            .field("target_package", call.package.clone().unwrap_or_default())
            .field("disabled", if matches!(error, RefError::Disabled) { "True" } else { "False" })
    } else {
        Diagnostic::error(Class::Compilation, message)
    };
    found.label_opt(place(node, name), label).suggest(near)
}

/// Warns of a package's node that reads one of the root project's without saying so.
fn upwards(manifest: &Manifest, node: &Node, call: &RefCall, parent: &Node) -> Option<Diagnostic> {
    let root = manifest.root.as_str();
    let is_upwards = node.package != root && parent.package == root && call.package.as_deref() != Some(root);
    is_upwards.then(|| {
        Diagnostic::named(
            WarningKind::PackageNodeDependsOnRootProjectNode,
            format!(
                "The node '{}' in package '{}' depends on the root project node '{}'. This may lead to cycles: set the flag 'require_ref_searches_node_package_before_root' to search the node's own package first.",
                node.name, node.package, parent.unique_id
            ),
        )
        .field("node_name", node.name.as_str())
        .field("package_name", node.package.as_str())
        .field("root_project_unique_id", parent.unique_id.as_str())
        .label_opt(place(node, &call.name), "the root project has a node of this name")
    })
}

/// A name that several packages have and none of those searched first.
fn ambiguous(node: &Node, call: &RefCall, ids: &[String]) -> Diagnostic {
    let packages: Vec<&str> = ids.iter().filter_map(|id| id.split('.').nth(1)).collect();
    let version = call.version.as_ref().map(|version| format!(".v{}", version_text(version))).unwrap_or_default();
    Diagnostic::error(
        Class::Compilation,
        format!(
            "When referencing '{}{version}', dbt found nodes in multiple packages: '{}'\nTo fix this, use two-argument 'ref', with the package name first: '{}'",
            call.name,
            ids.join("', '"),
            packages.join("' or '")
        ),
    )
    .label_opt(place(node, &call.name), "")
}

fn cycle(manifest: &Manifest, path: &[String]) -> Diagnostic {
    let names: Vec<&str> = path.iter().filter_map(|id| manifest.node(id)).map(|node| node.name.as_str()).collect();
    let mut diagnostic = Diagnostic::error(
        Class::Compilation,
        format!("Found a cycle: {} --> {}", path.join(" --> "), path.first().map_or("", String::as_str)),
    );
    for (index, id) in path.iter().enumerate() {
        let Some(node) = manifest.node(id) else { continue };
        let parent = &path[(index + path.len() - 1) % path.len()];
        if let Some(parent) = manifest.node(parent) {
            diagnostic = diagnostic
                .label_opt(place(node, &parent.name), format!("`{}` reads `{}` here", node.name, parent.name));
        }
    }
    diagnostic.help(format!(
        "one of {} must not read the one before it: move what both need into a model of its own",
        names.join(", ")
    ))
}

fn capitalized(name: &str) -> String {
    let name = match name {
        "sql_operation" => "operation",
        name => name,
    };
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
