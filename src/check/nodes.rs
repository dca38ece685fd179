//! The project's nodes for the resolver, rendered without a warehouse.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::known::Seen;
use super::lock::{NOT_THERE, REFUSAL};
use super::sources;
use crate::compile::CompiledNode;
use crate::diagnostic::Diagnostic;
use crate::execute::{NodeSession, Runtime};
use crate::manifest::{Node, ResourceType};
use crate::outcome::NodeInfo;
use crate::sql::{Content, Dialect, EPHEMERAL, KnownColumns, ProjectNode, Quoted, built, of_catalog, path};

/// A node, rendered or not.
pub(super) struct Rendered {
    pub(super) node: Arc<Node>,
    pub(super) compiled: Option<Arc<CompiledNode>>,
    /// Why it has no SQL that could be checked.
    pub(super) reason: Option<String>,
    /// What is wrong with its template.
    pub(super) error: Option<Diagnostic>,
}

/// Renders every node that has SQL, on sessions of the runtime's warehouse.
pub(super) fn render(runtime: &Arc<Runtime>, kinds: &[ResourceType]) -> Vec<Rendered> {
    let nodes: Vec<&Arc<Node>> =
        runtime.manifest.nodes.values().filter(|node| kinds.contains(&node.resource_type)).collect();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Rendered)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                // The warehouses of this stage need no network to connect, or have connected before.
                let Ok(session) = runtime.adapter.connect("check") else { return };
                let session = Arc::new(Mutex::new(session));
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(node) = nodes.get(index) else { return };
                    let info = NodeInfo::new(crate::execute::facts(&runtime.manifest, node));
                    let rendered = one(node, NodeSession::new(runtime, node, info, &session));
                    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, rendered));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, rendered)| rendered).collect()
}

fn one(node: &Arc<Node>, session: Arc<NodeSession>) -> Rendered {
    let mut rendered = Rendered { node: Arc::clone(node), compiled: None, reason: None, error: None };
    if node.language == "python" {
        rendered.reason = Some("the model is in Python".to_owned());
        return rendered;
    }
    match session.compile() {
        Ok(compiled) => rendered.compiled = Some(compiled),
        Err(error) => {
            // An error after the warehouse was asked in vain may be of that making.
            let explained = session.explain(error);
            match [REFUSAL, NOT_THERE].into_iter().find(|words| explained.message.contains(words)) {
                Some(words) => rendered.reason = Some(words.to_owned()),
                None => rendered.error = Some(*explained),
            }
        }
    }
    rendered
}

/// The nodes for the resolver. `seen` has what the warehouse was seen to have.
pub(super) fn nodes(runtime: &Runtime, rendered: &[Rendered], seen: &Seen<'_>, dialect: Dialect) -> Vec<ProjectNode> {
    let stored = if runtime.facts.written_for().is_some() { Quoted::No } else { Quoted::Yes };
    let mut nodes = Vec::new();
    let mut seeds: HashMap<&str, KnownColumns> = HashMap::new();
    for node in of_kind(runtime, ResourceType::Seed) {
        let columns = sources::seed(node, &runtime.project.root, dialect);
        if let Some(name) = &node.relation_name {
            seeds.insert(name, columns.clone());
        }
        nodes.push(made(node, Content::Columns(columns), dialect));
    }
    for node in of_kind(runtime, ResourceType::Source) {
        // Projects that bring their own data declare what their seeds make as sources.
        let seeded = node.relation_name.as_deref().and_then(|name| seeds.get(name)).cloned();
        let columns = seeded.unwrap_or_else(|| {
            let locked = seen.lock.sources.get(&node.unique_id).filter(|columns| !columns.is_empty());
            let entry = seen.catalog.get(&node.unique_id).and_then(Value::as_object);
            let told = locked
                .map(|columns| sources::of_lock(columns, dialect, stored))
                .or_else(|| entry.and_then(|entry| of_catalog(entry, dialect, stored)));
            sources::source(sources::declared(node, dialect), told)
        });
        nodes.push(made(node, Content::Columns(columns), dialect));
    }
    for item in rendered {
        let node = &item.node;
        let content = match &item.compiled {
            Some(compiled) => built(compiled.rendered(), node.materialized(), &|key| node.config.get(key), dialect),
            None => {
                let reason = item.reason.clone().unwrap_or_else(|| "the template fails".to_owned());
                Content::Columns(KnownColumns::unknown(format!("`{}` is not checked: {reason}", node.name)))
            }
        };
        nodes.push(made(node, content, dialect));
    }
    nodes
}

pub(super) fn of_kind(runtime: &Runtime, kind: ResourceType) -> impl Iterator<Item = &Arc<Node>> {
    runtime.manifest.nodes.values().filter(move |node| node.resource_type == kind)
}

fn made(node: &Node, content: Content, dialect: Dialect) -> ProjectNode {
    let has_relation = matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot | ResourceType::Source
    );
    let path = match &node.relation_name {
        _ if node.is_ephemeral() => vec![dialect.plain(&format!("{EPHEMERAL}{}", node.cte_name()))],
        Some(name) if has_relation => path(name, dialect),
        _ => Vec::new(),
    };
    ProjectNode {
        id: node.unique_id.as_str().into(),
        path,
        parents: node.depends_on.iter().map(|id| id.as_str().into()).collect(),
        dialect: dialect.of_config(node.config.text("dialect")),
        content,
    }
}
