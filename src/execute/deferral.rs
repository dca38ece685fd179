//! Reading what an earlier run built instead of what this one would have to build.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::runtime::quote_as;
use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts, schemas};
use crate::diagnostic::Result;
use crate::jinja::{Naming, RelationData};
use crate::manifest::Node;
use crate::outcome::NodeInfo;

/// Where the nodes of an earlier manifest were built.
#[derive(Debug, Default)]
pub struct Deferral {
    nodes: HashMap<String, Value>,
    /// `--favor-state`: what is not selected is never read here.
    favor: bool,
    /// What existed here before the run.
    present: OnceLock<HashSet<String>>,
}

impl Deferral {
    /// The models, seeds and snapshots of an earlier manifest that have a relation.
    pub fn new<'n>(nodes: impl Iterator<Item = (String, &'n Map<String, Value>)>, favor: bool) -> Self {
        let text = |node: &Map<String, Value>, key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
        let nodes = nodes
            .filter(|(_, node)| {
                let kind = text(node, "resource_type").unwrap_or_default();
                let materialized = node.get("config").and_then(|config| config.get("materialized"));
                matches!(kind.as_str(), "model" | "seed" | "snapshot")
                    && materialized.and_then(Value::as_str) != Some("ephemeral")
            })
            .map(|(id, node)| (id, relation_json(node)))
            .collect();
        Self { nodes, favor, present: OnceLock::new() }
    }

    /// `defer_relation` of a node in the manifest and in templates.
    pub fn json(&self, id: &str) -> Option<&Value> {
        self.nodes.get(id)
    }

    /// The relation that the earlier run built for a node.
    pub fn relation(&self, naming: Naming, id: &str) -> Option<RelationData> {
        let node = self.nodes.get(id)?;
        let text = |key: &str| node.get(key).and_then(Value::as_str);
        let mut relation = RelationData::new(naming, text("database"), text("schema")?, text("alias")?);
        if let Some(name) = text("relation_name") {
            quote_as(&mut relation, name);
        }
        Some(relation)
    }

    /// The relation to read instead of a node's own one, if it is to be read from there.
    ///
    /// dbt: where the node is not built here yet, or, under `--favor-state`, not selected.
    pub(super) fn instead(&self, runtime: &Runtime, node: &Node) -> Option<RelationData> {
        let earlier = self.relation(runtime.facts.naming, &node.unique_id)?;
        let selected = runtime.selected.contains(&node.unique_id);
        if self.favor && !selected {
            return Some(earlier);
        }
        let own = runtime.relation(node);
        let exists = match runtime.cache.schema(node.database.as_deref().unwrap_or_default(), &node.schema) {
            Some(known) => known.iter().any(|relation| relation.same(&own)),
            // The schema's list was dropped after a failure: what was there and what was built is there.
            None => selected || self.present.get().is_some_and(|present| present.contains(&node.unique_id)),
        };
        (!exists).then_some(earlier)
    }
}

/// Lists the schemas of all nodes that could be read from elsewhere. Nothing to do where nothing is deferred.
///
/// # Errors
/// A statement fails.
pub fn look(runtime: &Arc<Runtime>, session: &SharedSession) -> Result<()> {
    let Some(deferral) = &runtime.options.deferral else { return Ok(()) };
    let nodes = || runtime.manifest.nodes.values().filter(|node| deferral.nodes.contains_key(&node.unique_id));
    let mut places: Vec<(&str, &str)> =
        nodes().map(|node| (node.database.as_deref().unwrap_or_default(), node.schema.as_str())).collect();
    places.sort_unstable();
    places.dedup();
    let helper = Arc::new(schemas::helper(&runtime.project));
    let info = NodeInfo::new(facts(&runtime.manifest, &helper));
    let live = NodeSession::new(runtime, &helper, info, session);
    for (database, schema) in places {
        if runtime.cache.schema(database, schema).is_none() {
            schemas::list(&live, database, schema)?;
        }
    }
    live.rollback();
    let present = nodes()
        .filter(|node| {
            let known = runtime.cache.schema(node.database.as_deref().unwrap_or_default(), &node.schema);
            let own = runtime.relation(node);
            known.is_some_and(|known| known.iter().any(|relation| relation.same(&own)))
        })
        .map(|node| node.unique_id.clone())
        .collect();
    let _ = deferral.present.set(present);
    Ok(())
}

fn relation_json(node: &Map<String, Value>) -> Value {
    let get = |key: &str| node.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "database": get("database"), "schema": get("schema"), "alias": get("alias"),
        "relation_name": get("relation_name"), "resource_type": get("resource_type"), "name": get("name"),
        "description": get("description"), "compiled_code": get("compiled_code"), "meta": get("meta"),
        "tags": get("tags"), "config": get("config"),
    })
}
