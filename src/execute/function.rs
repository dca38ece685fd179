//! A user-defined function: its own statement, then one for each overload.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::runtime::Compiled;
use super::session::NodeSession;
use super::task::build;
use crate::diagnostic::{Result, SourceFile};
use crate::event::Event;
use crate::manifest::{Detail, Overload};
use crate::outcome::{RunResult, Status};

/// Renders the bodies of a function's overloads and keeps them.
///
/// # Errors
/// A template fails.
pub(super) fn compile_overloads(live: &Arc<NodeSession>) -> Result<Vec<String>> {
    let Some(function) = live.node.function().filter(|function| !function.overloads.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut bodies = Vec::new();
    for overload in &function.overloads {
        let source = SourceFile::new(
            format!("functions/{}.sql", overload.defined_in),
            overload.raw_body.clone().unwrap_or_default(),
        );
        let scope = live.scope(Vec::new()).shared();
        bodies.push(live.runtime.engine.render_str(&source, &scope)?.text);
    }
    let compiled = live.compile()?;
    live.runtime.keep(
        &live.node,
        Compiled {
            sql: compiled.sql.clone(),
            macros: compiled.macros.clone(),
            overloads: bodies.clone(),
            ..Compiled::default()
        },
        None,
    )?;
    Ok(bodies)
}

/// Creates the function and its overloads.
///
/// dbt: every overload is tried, and those that fail make the function a partial success.
///
/// # Errors
/// The function itself cannot be created.
pub(super) fn run(live: &Arc<NodeSession>) -> Result<RunResult> {
    let bodies = compile_overloads(live)?;
    let mut result = build(live)?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let overloads = live.node.function().map(|function| function.overloads.clone()).unwrap_or_default();
    let total = overloads.len();
    let mut signatures = vec![signature(live, &live.node.function().cloned().unwrap_or_default(), None)];
    for (at, (overload, body)) in overloads.iter().zip(bodies).enumerate() {
        let description = format!("function {} overload {}", live.node.name, overload.defined_in);
        let told = |description: String, status: Status, seconds: Option<f64>| Event::OverloadLine {
            node: live.info.clone(),
            description,
            status: seconds.map(|_| status),
            index: at + 1,
            total,
            execution_time: seconds.unwrap_or_default(),
        };
        live.runtime.events.send(told(description.clone(), Status::Success, None));
        let started = Instant::now();
        let mut node = (*live.node).clone();
        if let Detail::Function(function) = &mut node.detail {
            function.arguments.clone_from(&overload.arguments);
            if overload.returns.is_some() {
                function.returns.clone_from(&overload.returns);
            }
        }
        let variant = live.variant(node, &body, &signatures);
        let outcome = build(&variant);
        let seconds = Some(started.elapsed().as_secs_f64());
        match outcome {
            Ok(_) => {
                done.push(overload.defined_in.clone());
                let function = variant.node.function().cloned().unwrap_or_default();
                signatures.push(signature(live, &function, Some((overload, &body))));
                live.runtime.events.send(told(description, Status::Success, seconds));
            }
            Err(error) => {
                variant.rollback();
                failed.push(overload.defined_in.clone());
                let text = format!("{description}: {}", variant.explain(error).message);
                live.runtime.events.send(told(text, Status::Error, seconds));
            }
        }
    }
    if !failed.is_empty() {
        result.status = Status::PartialSuccess;
        result.node = live.info.ended(Status::PartialSuccess);
        result.message = Some(format!("PARTIAL SUCCESS {}", live.node.name));
    }
    result.overload_results = Some(json!({"successful": done, "failed": failed}));
    Ok(result)
}

/// What a later statement must repeat where the warehouse keeps all overloads in one definition.
fn signature(
    live: &NodeSession,
    function: &crate::manifest::Function,
    overload: Option<(&Overload, &String)>,
) -> serde_json::Value {
    let own = || live.runtime.compiled(&live.node.unique_id).map(|compiled| compiled.sql).unwrap_or_default();
    let body = overload.map_or_else(own, |(_, body)| body.clone());
    json!({"arguments": function.arguments, "returns": function.returns, "body": body})
}
