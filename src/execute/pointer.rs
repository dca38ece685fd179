//! The view under a model's bare name that shows the latest of its versions.

use std::sync::Arc;

use minijinja::Value;
use serde_json::json;

use super::session::NodeSession;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja::{RelationData, python};
use crate::manifest::{Node, ResourceType};

/// Whether building a node makes such a view.
///
/// dbt: what the model says stands; a model that says nothing follows the project's flag.
fn is_wanted(live: &NodeSession) -> bool {
    let node = &live.node;
    if node.resource_type != ResourceType::Model || !node.is_latest_version() {
        return false;
    }
    let said = node.config.get("latest_version_pointer").and_then(|pointer| pointer.get("enabled")?.as_bool());
    let flag = live.runtime.facts.flags.get("LATEST_VERSION_POINTER_ENABLED_BY_DEFAULT");
    said.unwrap_or_else(|| flag.and_then(serde_json::Value::as_bool).unwrap_or(false))
}

/// Makes the view, if the model wants one; `built` is the model's own relation. Gives the view's relations.
///
/// # Errors
/// The view would take the place of the model's own relation, or it cannot be made.
pub(super) fn make(live: &Arc<NodeSession>, built: &RelationData) -> Result<Vec<RelationData>> {
    if !is_wanted(live) {
        return Ok(Vec::new());
    }
    let name = name(live)?;
    let own = built.identifier.as_deref().unwrap_or_default();
    if own == name || !built.quoted[2] && own.eq_ignore_ascii_case(&name) {
        return Err(Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!(
                    "Cannot create latest version pointer: the latest version of '{}' is already aliased to '{name}'. Set `latest_version_pointer: enabled: false` or remove the conflicting alias.",
                    live.node.name
                ),
            )
            .label(live.node.span(), ""),
        ));
    }
    let runtime = &live.runtime;
    let mut node = Node::clone(&live.node);
    let relation = RelationData { identifier: Some(name.clone()), ..runtime.relation(&live.node) };
    node.relation_name = Some(relation.render());
    node.alias = name;
    node.unique_id = format!("{}__latest_version_pointer", node.unique_id);
    for key in ["pre-hook", "post-hook"] {
        node.config.set(key, json!([]));
    }
    node.config.set("persist_docs", json!({}));
    let pointer = live.beside(Arc::new(node), format!("select * from {}", built.render()));
    let Some(view) = runtime.engine.library().materialization("view", true) else {
        return Err(Box::new(Diagnostic::error(Class::Internal, "there is no materialization `view`")));
    };
    let scope = pointer.scope(Vec::new()).shared();
    let called = runtime.engine.call(&view.found, Vec::new(), Vec::new(), &scope)?;
    let relations = called.value.get_item(&Value::from("relations")).ok();
    let relations = relations.and_then(|list| python::iterate(&list).ok()).unwrap_or_default();
    Ok(relations.iter().filter_map(|relation| relation.downcast_object_ref::<RelationData>().cloned()).collect())
}

/// The view's name, by the project's macro for it.
fn name(live: &Arc<NodeSession>) -> Result<String> {
    let node = &live.node;
    let custom = node.config.get("latest_version_pointer").and_then(|pointer| pointer.get("alias")?.as_str());
    let custom = custom.map(str::trim).filter(|alias| !alias.is_empty());
    let engine = &live.runtime.engine;
    let root = &live.runtime.facts.project;
    let Some(target) = engine.library().find(root, "generate_latest_version_pointer_alias") else {
        return Ok(custom.unwrap_or(&node.name).to_owned());
    };
    let model = python::value_from_json(&serde_json::Value::Object(live.runtime.node_json(node)));
    let custom = custom.map_or_else(|| Value::from(()), Value::from);
    let scope = live.scope(Vec::new()).shared();
    let called = engine.call(target, vec![custom, model], Vec::new(), &scope)?;
    Ok(python::to_str(&called.value).trim().to_owned())
}
