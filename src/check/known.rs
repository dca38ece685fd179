//! What is known of the project without its warehouse: rendered nodes, and the columns of what they read.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::lock::{LOCK_FILE, Lock, Locked, REFUSAL};
use super::nodes::{self, Rendered};
use crate::diagnostic::Result;
use crate::execute::{Runtime, Writes};
use crate::manifest::ResourceType;
use crate::sql::{Dialect, ProjectLineage, ProjectNode, project};

/// What is rendered: what other nodes read first, and last the tests.
pub(super) const KINDS: [ResourceType; 4] =
    [ResourceType::Model, ResourceType::Snapshot, ResourceType::Analysis, ResourceType::Test];

/// What is known of the project.
pub(super) struct Known {
    pub(super) rendered: Vec<Rendered>,
    pub(super) nodes: Vec<ProjectNode>,
    pub(super) dialect: Dialect,
    /// In what the lock file no longer fits the project.
    pub(super) outdated: Vec<String>,
}

/// Whose SQL the project is written in.
pub(super) fn dialect(runtime: &Runtime) -> Dialect {
    let name = runtime.facts.written_for().unwrap_or(&runtime.facts.adapter);
    Dialect::from_name(name).unwrap_or(Dialect::Generic)
}

/// The project with the nodes of these kinds rendered.
///
/// # Errors
/// The lock file is broken.
pub(super) fn known(runtime: &Arc<Runtime>, kinds: &[ResourceType]) -> Result<Known> {
    let dialect = dialect(runtime);
    let found = Lock::read(&runtime.project.root)?;
    let mut outdated = Vec::new();
    let exists = found.is_some();
    let lock = found.filter(|lock| {
        let fits = lock.adapter == runtime.facts.adapter;
        if !fits {
            outdated.push(format!("it is of {}, and the target of {}", lock.adapter, runtime.facts.adapter));
        }
        fits
    });
    let is_used = lock.is_some();
    let lock = Arc::new(lock.unwrap_or_default());
    let locked = Arc::new(Locked::new(&runtime.adapter, &lock));
    let detached = runtime.detached(Arc::clone(&locked) as Arc<dyn crate::adapter::Adapter>, Writes::Nothing);
    let rendered = nodes::render(&detached, kinds);
    let seen = Seen { lock: &lock, catalog: &catalog(&runtime.project.target_path) };
    if exists && is_used && kinds.len() == KINDS.len() {
        compare(runtime, &rendered, &seen, &locked.asked(), &mut outdated);
    }
    let nodes = nodes::nodes(runtime, &rendered, &seen, dialect);
    Ok(Known { rendered, nodes, dialect, outdated })
}

/// Where the columns of models, snapshots and analyses come from, without asking the warehouse.
///
/// # Errors
/// The lock file is broken.
pub fn lineage(runtime: &Arc<Runtime>) -> Result<ProjectLineage> {
    let known = known(runtime, &KINDS[..3])?;
    Ok(project(&known.nodes, known.dialect))
}

/// A runtime that compiles with the answers of the lock file, as before the first run.
///
/// # Errors
/// There is no lock file, or it is broken or of another warehouse.
pub fn locked(runtime: &Arc<Runtime>) -> Result<Arc<Runtime>> {
    use crate::diagnostic::{Class, Diagnostic};
    let refuse = |message: String| Box::new(Diagnostic::error(Class::File, message).help("write it: `netflix lock`"));
    let lock = Lock::read(&runtime.project.root)?.ok_or_else(|| refuse(format!("there is no `{LOCK_FILE}`")))?;
    if lock.adapter != runtime.facts.adapter {
        let message = format!("`{LOCK_FILE}` is of {}, and the target of {}", lock.adapter, runtime.facts.adapter);
        return Err(refuse(message));
    }
    let locked = Locked::new(&runtime.adapter, &Arc::new(lock));
    Ok(runtime.detached(Arc::new(locked), Writes::CompiledSql))
}

/// What the warehouse was seen to have.
pub(super) struct Seen<'a> {
    pub(super) lock: &'a Lock,
    /// The sources of the last catalog, by unique id.
    pub(super) catalog: &'a Map<String, Value>,
}

/// What the last catalog says of sources, by unique id; nothing where there is none.
fn catalog(target: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(target.join("catalog.json")).ok();
    let json: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    json.and_then(|json| json.get("sources").and_then(Value::as_object).cloned()).unwrap_or_default()
}

/// In what a lock does not fit the project that was rendered with it.
fn compare(
    runtime: &Runtime,
    rendered: &[Rendered],
    seen: &Seen<'_>,
    asked: &BTreeSet<String>,
    outdated: &mut Vec<String>,
) {
    let lock = seen.lock;
    let sources: BTreeSet<&str> =
        nodes::of_kind(runtime, ResourceType::Source).map(|node| node.unique_id.as_str()).collect();
    for id in sources.iter().filter(|id| !lock.sources.contains_key(**id)) {
        outdated.push(format!("it does not have `{id}`"));
    }
    for (id, columns) in &lock.sources {
        if !sources.contains(id.as_str()) {
            outdated.push(format!("it has `{id}`, which is gone"));
        }
        let entry = seen.catalog.get(id).and_then(|entry| entry.get("columns")).and_then(Value::as_object);
        let Some(cataloged) = entry else { continue };
        let locked: BTreeSet<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        if cataloged.keys().map(String::as_str).collect::<BTreeSet<_>>() != locked {
            outdated.push(format!("the last catalog has other columns of `{id}`"));
        }
    }
    for item in rendered.iter().filter(|item| item.reason.as_deref() == Some(REFUSAL)) {
        outdated.push(format!("`{}` asks what it does not answer", item.node.unique_id));
    }
    let unasked = lock.queries.keys().filter(|sql| !asked.contains(*sql)).count();
    if unasked > 0 {
        outdated.push(format!("it answers {unasked} queries that nobody asks"));
    }
}
