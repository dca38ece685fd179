//! `on-run-start` and `on-run-end`, and other SQL that belongs to no node.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts};
use crate::adapter::Fetch;
use crate::diagnostic::{Label, Result, Span};
use crate::event::Event;
use crate::jinja::{Live, RecordValue, python};
use crate::manifest::{Detail, Node, ResourceType};
use crate::outcome::{NodeInfo, RunResult, Status, Timing, now};

/// When hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the first node.
    Start,
    /// After the last node.
    End,
}

impl Moment {
    fn tag(self) -> &'static str {
        match self {
            Self::Start => "on-run-start",
            Self::End => "on-run-end",
        }
    }
}

/// Runs the hooks of a moment in order; those behind one that fails are skipped.
pub fn operation(
    runtime: &Arc<Runtime>,
    moment: Moment,
    session: &SharedSession,
    results: &[Arc<RunResult>],
) -> Vec<Arc<RunResult>> {
    let hooks: Vec<Arc<Node>> = runtime
        .manifest
        .nodes
        .values()
        .filter(|node| {
            node.resource_type == ResourceType::Operation && node.tags().iter().any(|tag| tag == moment.tag())
        })
        .cloned()
        .collect();
    let total = hooks.len();
    if total > 0 && moment == Moment::End {
        runtime.events.send(Event::blank());
    }
    let mut done: Vec<Arc<RunResult>> = Vec::new();
    let mut failed = false;
    for (index, node) in hooks.into_iter().enumerate() {
        let started = Instant::now();
        // dbt: `shop.on-run-start.0`, counted over all packages; so is the index of the manifest once hooks have run.
        let statement = format!("{}.{}.{index}", node.package, moment.tag());
        runtime.keep_hook(&node.unique_id, index + 1);
        let info = NodeInfo::new(facts(&runtime.manifest, &node));
        if failed {
            let message = Some(format!("{statement} skipped"));
            let result = RunResult::new(info.ended(Status::Skipped), Status::Skipped);
            let result = Arc::new(RunResult { message, failures: Some(1), compiled: Some(false), ..result });
            let (index, ended) = (index + 1, Arc::clone(&result));
            runtime.events.send(Event::LogHookEndLine { result: ended, statement, index, total });
            done.push(result);
            continue;
        }
        let info = info.started();
        runtime.events.send(Event::LogHookStartLine {
            node: info.clone(),
            statement: statement.clone(),
            index: index + 1,
            total,
        });
        let live = NodeSession::new(runtime, &node, info.clone(), session);
        let mut timing = Vec::new();
        let outcome = hook(runtime, moment, &live, results, &mut timing);
        live.rollback();
        let mut result = match outcome {
            Ok(()) => RunResult {
                message: Some(format!("{statement} passed")),
                failures: Some(0),
                ..RunResult::new(info.ended(Status::Success), Status::Success)
            },
            Err(error) => {
                let mut error = live.explain(error);
                if error.labels.is_empty()
                    && let Some(span) = written(runtime, &node)
                {
                    error.labels.push(Label { span, text: "this hook".to_owned() });
                }
                let mut result = RunResult::failed(info.ended(Status::Error), *error);
                // dbt: the warehouse's words behind the name of the hook, without a heading.
                let words = result.message.take().unwrap_or_default();
                let words = words.split_once('\n').map_or(words.clone(), |(_, rest)| {
                    rest.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
                });
                result.message = Some(format!("{statement} failed, error:\n {words}"));
                result.failures = Some(1);
                result
            }
        };
        let kept = runtime.compiled(&node.unique_id);
        result.compiled = Some(kept.is_some());
        result.compiled_path = kept.as_ref().and_then(|compiled| compiled.path.clone());
        result.compiled_code = kept.map(|compiled| compiled.sql);
        result.timing = timing;
        result.execution_time = started.elapsed().as_secs_f64();
        failed = result.status == Status::Error;
        let result = Arc::new(result);
        runtime.events.send(Event::LogHookEndLine { result: Arc::clone(&result), statement, index: index + 1, total });
        done.push(result);
    }
    if total > 0 && moment == Moment::Start {
        runtime.events.send(Event::blank());
    }
    done
}

/// The databases and schemas of what was built. dbt: of all that has a relation and did not fail; that of a test holds
/// its failures. What was built in part counts.
fn built_in(runtime: &Runtime, results: &[Arc<RunResult>]) -> BTreeSet<(String, String)> {
    let is_lost = |status| matches!(status, Status::Error | Status::Fail | Status::Skipped);
    let built = results.iter().filter(|result| !is_lost(result.status));
    let nodes = built.filter_map(|result| runtime.manifest.node(&result.facts().unique_id));
    let is_relational = |node: &&Arc<Node>| match node.resource_type {
        ResourceType::Function => true,
        ResourceType::Test => node.relation_name.is_some(),
        kind => kind.is_refable(),
    };
    nodes.filter(is_relational).map(|node| (node.database.clone().unwrap_or_default(), node.schema.clone())).collect()
}

/// Where the project file has the hook.
fn written(runtime: &Runtime, node: &Node) -> Option<Span> {
    let Detail::Operation { index, tag } = &node.detail else { return None };
    let hooks = runtime.project.package(&node.package)?.settings.get(tag)?;
    Some(hooks.items().get(*index).unwrap_or(hooks).span())
}

fn hook(
    runtime: &Arc<Runtime>,
    moment: Moment,
    live: &Arc<NodeSession>,
    results: &[Arc<RunResult>],
    timing: &mut Vec<Timing>,
) -> Result<()> {
    let mut extra = Vec::new();
    if moment == Moment::End {
        let places = built_in(runtime, results);
        let list = |values: Vec<Value>| python::value_from_json(&Value::Array(values));
        extra.push(("schemas".to_owned(), list(places.iter().map(|(_, schema)| json!(schema)).collect())));
        extra.push((
            "database_schemas".to_owned(),
            list(places.iter().map(|(database, schema)| json!([database, schema])).collect()),
        ));
        let shown = results
            .iter()
            .map(|result| {
                RecordValue::value(&json!({
                    "status": result.status.as_str(), "message": result.message, "failures": result.failures,
                    "execution_time": result.execution_time, "thread_id": result.thread,
                    "unique_id": result.facts().unique_id, "adapter_response": result.adapter_response,
                    "relation_name": result.relation_name,
                    "timing": result.timing.iter().map(Timing::to_json).collect::<Vec<_>>(),
                    "node": runtime.manifest.node(&result.facts().unique_id).map(|node| node.to_json()),
                }))
            })
            .collect();
        extra.push(("results".to_owned(), python::list(shown)));
    }
    let begun = now();
    let compiled = live.compile_with(&extra);
    let ready = now();
    timing.push(Timing { name: "compile", started_at: Some(begun), completed_at: Some(ready) });
    let ran = compiled.and_then(|compiled| execute(live, compiled.rendered().trim()));
    timing.push(Timing { name: "execute", started_at: Some(ready), completed_at: Some(now()) });
    ran
}

fn execute(live: &Arc<NodeSession>, sql: &str) -> Result<()> {
    if !sql.is_empty() {
        let translated = live.translated(sql)?;
        // dbt: outside of any transaction.
        live.run_sql(translated.as_deref().unwrap_or(sql), false, Fetch::None)?;
    }
    live.commit()
}
