//! Copies what an earlier run built, by the `clone` materialization.

use std::sync::Arc;

use super::Runtime;
use super::session::{NodeSession, SharedSession};
use super::task::{materialize, relations, respond};
use crate::manifest::Node;
use crate::outcome::{NodeInfo, RunResult, Status};

/// Clones a node; never fails: a failure is a result.
///
/// dbt: nothing is compiled, no line tells of a node, and where there is nothing to do the message says so.
pub fn clone(runtime: &Arc<Runtime>, node: &Arc<Node>, info: &NodeInfo, session: &SharedSession) -> RunResult {
    let earlier =
        runtime.options.deferral.as_ref().and_then(|deferral| deferral.relation(runtime.facts.naming, &node.unique_id));
    // A view on the earlier relation is what is built where the warehouse cannot copy.
    let sql = earlier.map(|relation| format!("select * from {}", relation.render())).unwrap_or_default();
    let live = NodeSession::new(runtime, node, info.clone(), session).beside(Arc::clone(node), sql);
    let made = materialize(&live, "clone").and_then(|(value, scope)| {
        relations(&live, &value)?;
        let mut result = RunResult::new(live.info.ended(Status::Success), Status::Success);
        match scope.result("main") {
            Some(main) => respond(Some(&main), &mut result),
            None => result.message = Some("No-op".to_owned()),
        }
        Ok(result)
    });
    live.rollback();
    let mut result = match made {
        Ok(result) => result,
        Err(error) => {
            runtime.cache.forget(node.database.as_deref().unwrap_or_default(), &node.schema);
            RunResult::failed(live.info.ended(Status::Error), *live.explain(error))
        }
    };
    result.compiled = Some(false);
    result.relation_name.clone_from(&node.relation_name);
    result
}
