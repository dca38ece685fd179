//! Calls a macro, or runs a statement, outside of any node.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts, schemas};
use crate::adapter::Fetch;
use crate::diagnostic::Result;
use crate::jinja::{Live, MacroRef};
use crate::manifest::Node;
use crate::outcome::NodeInfo;

/// Calls a macro with keyword arguments, and commits what it did.
///
/// # Errors
/// The macro fails; what it did is undone.
pub fn call(
    runtime: &Arc<Runtime>,
    target: &MacroRef,
    keywords: Vec<(String, minijinja::Value)>,
    session: &SharedSession,
) -> Result<()> {
    let node = Arc::new(schemas::helper(&runtime.project));
    let live = NodeSession::new(runtime, &node, NodeInfo::new(facts(&runtime.manifest, &node)), session);
    let scope = live.scope(Vec::new()).shared();
    let called = runtime.engine.call(target, Vec::new(), keywords, &scope).map_err(|error| live.explain(error));
    let ended = called.and_then(|_| live.commit());
    live.rollback();
    ended
}

/// Renders and runs the SQL of a node that is not part of the project, and commits it; gives the warehouse's answer.
///
/// # Errors
/// The template or the statement fails; what it did is undone.
pub fn statement(runtime: &Arc<Runtime>, node: &Arc<Node>, session: &SharedSession) -> Result<Map<String, Value>> {
    let live = NodeSession::new(runtime, node, NodeInfo::new(facts(&runtime.manifest, node)), session);
    let done = live.compile().and_then(|compiled| live.run_sql(&compiled.sql, true, Fetch::None)).and_then(|answer| {
        live.commit()?;
        Ok(answer.response.to_json())
    });
    live.rollback();
    done.map_err(|error| live.explain(error))
}
