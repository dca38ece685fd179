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
    let call = || runtime.engine.call(target, Vec::new(), keywords, &scope);
    let ours = runtime.engine.library().internal().contains(&target.package);
    let called = if ours { call() } else { live.as_author(call) }.map_err(|error| live.explain(error));
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
    let run = || -> Result<Map<String, Value>> {
        let compiled = live.compile()?;
        live.prepare(&compiled)?;
        let answer = live.run_sql(compiled.runnable(), true, Fetch::None)?;
        live.commit()?;
        Ok(answer.response.to_json())
    };
    let done = run();
    live.rollback();
    done.map_err(|error| live.explain(error))
}
