//! Calls a macro outside of any node.

use std::sync::Arc;

use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts, schemas};
use crate::diagnostic::Result;
use crate::jinja::{Live, MacroRef};
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
