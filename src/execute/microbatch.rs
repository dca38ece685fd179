//! Microbatch models: one node, built batch by batch.
//!
//! The first batch goes alone, since it may create the table; the last goes alone, so that what comes after it comes
//! after all. Those between them share the workers that have nothing else to do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::session::{NodeSession, SharedSession};
use super::{Runtime, task};
use crate::adapter::Dialect;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::Event;
use crate::jinja::python;
use crate::manifest::{BatchSize, Moment, Node, TimeWindow, parse_moment, sql_moment};
use crate::outcome::{BatchResults, NodeInfo, Phase, RunResult, Status, Timing, now};
use crate::parse::{is_microbatch, names_this, runs_in_batches};

/// One batch of a model.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// Its span of event time.
    pub window: TimeWindow,
    /// How much a batch holds.
    pub size: BatchSize,
    /// Whether it adds to a table that is there.
    pub incremental: bool,
}

impl Batch {
    /// Its start as files and log lines have it.
    pub fn label(&self) -> String {
        self.size.label(self.window.start)
    }

    /// `model` in the templates of the batch: with `batch`, whose moments are moments.
    pub fn model(&self, model: &Map<String, Value>) -> minijinja::Value {
        use minijinja::Value;
        let value = python::value_from_json(&serde_json::Value::Object(model.clone()));
        let moment = |moment: Moment| python::datetime_value(moment.naive_utc(), Some(python::Zone::Utc));
        let batch = python::dict(vec![
            (Value::from("id"), Value::from(self.label().replace('-', ""))),
            (Value::from("event_time_start"), moment(self.window.start)),
            (Value::from("event_time_end"), moment(self.window.end)),
        ]);
        if let Some(dict) = value.downcast_object_ref::<python::Dict>() {
            dict.insert(Value::from("batch"), batch);
        }
        value
    }
}

/// Whether a node is built batch by batch.
pub fn applies(runtime: &Runtime, node: &Node) -> bool {
    is_microbatch(node) && runs_in_batches(&runtime.project, runtime.engine.library())
}

/// How log lines call a node that is built batch by batch.
pub fn description(runtime: &Runtime, node: &Node) -> Option<String> {
    applies(runtime, node).then(|| format!("{} microbatch model {}.{}", node.language, node.schema, node.alias))
}

/// The column that says when a row of a node happened, quoted where the node says so.
pub fn event_time_column(node: &Node) -> Option<String> {
    let name = node.config.text("event_time").filter(|name| !name.is_empty())?;
    let of_source = || node.source_table()?.quoting.get("column")?.as_bool();
    let quote = node.columns.get(name).and_then(|column| column.quote).or_else(of_source).unwrap_or(false);
    Some(if quote { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() })
}

/// Builds a model batch by batch.
pub fn run(runtime: &Arc<Runtime>, node: &Arc<Node>, info: &NodeInfo, session: &SharedSession) -> RunResult {
    let started = Instant::now();
    let begun = now();
    let mut timing = vec![Timing { name: "compile", started_at: Some(begun), completed_at: Some(begun) }];
    let mut result = match windows(runtime, node) {
        Ok((size, windows)) => {
            let model = Model { runtime, node, size, windows: &windows };
            let built = model.build(session);
            let earlier = runtime.options.earlier_batches.get(&node.unique_id);
            summary(info, built, earlier)
        }
        Err(error) => RunResult::failed(info.ended(Status::Error), *error),
    };
    timing.push(Timing { name: "execute", started_at: Some(begun), completed_at: Some(now()) });
    result.timing = timing;
    result.failures = Some(0);
    result.compiled = Some(false);
    result.relation_name.clone_from(&node.relation_name);
    result.execution_time = started.elapsed().as_secs_f64();
    result
}

/// The result of the model from those of its batches.
fn summary(info: &NodeInfo, built: Vec<(TimeWindow, RunResult)>, earlier: Option<&BatchResults>) -> RunResult {
    let mut batches = BatchResults::default();
    let mut error = None;
    for (window, result) in built {
        if result.status == Status::Success {
            batches.successful.push(window);
        } else {
            batches.failed.push(window);
            error = error.or(result.error);
        }
    }
    let (good, bad) = (batches.successful.len(), batches.failed.len());
    let (status, message) = match (good, bad) {
        (_, 0) => (Status::Success, "SUCCESS".to_owned()),
        (0, _) => (Status::Error, "ERROR".to_owned()),
        _ => (Status::PartialSuccess, format!("PARTIAL SUCCESS ({good}/{})", good + bad)),
    };
    if let Some(earlier) = earlier {
        batches.successful.extend(&earlier.successful);
    }
    let mut result = RunResult::new(info.ended(status), status);
    result.message = Some(message);
    result.batch_results = Some(batches);
    result.error = if status == Status::Error { error } else { None };
    result
}

/// The relation of a node, if it exists.
fn existing(runtime: &Runtime, node: &Node) -> Option<crate::jinja::RelationData> {
    let wanted = runtime.relation(node);
    let known = runtime.cache.schema(node.database.as_deref().unwrap_or_default(), &node.schema)?;
    known.into_iter().find(|relation| relation.same(&wanted))
}

/// Whether the first batch adds to what is there.
fn is_incremental(runtime: &Runtime, node: &Node) -> bool {
    let flag = runtime.facts.flags.get("FULL_REFRESH").and_then(Value::as_bool).unwrap_or(false);
    let refresh = node.config.bool("full_refresh").unwrap_or(flag);
    !refresh && existing(runtime, node).is_some_and(|relation| relation.kind.as_deref() == Some("table"))
}

/// The batches to build. dbt: `MicrobatchBuilder`.
fn windows(runtime: &Runtime, node: &Node) -> Result<(BatchSize, Vec<TimeWindow>)> {
    let wrong = |message: String| Box::new(Diagnostic::error(Class::Runtime, message).label(node.span(), ""));
    let size = node.config.text("batch_size").and_then(BatchSize::from_name).ok_or_else(|| {
        wrong(format!(
            "Microbatch model '{}' does not have a 'batch_size' config (one of ['hour', 'day', 'month', 'year']) specificed.",
            node.name
        ))
    })?;
    let options = &runtime.options;
    if let Some(earlier) = options.earlier_batches.get(&node.unique_id) {
        return Ok((size, earlier.failed.clone()));
    }
    let asked = options.sample.or(options.event_time);
    let until = options.batches_until.unwrap_or(runtime.facts.started_at);
    let end = size.ceiling(asked.map_or(until, |window| window.end));
    let start = if let Some(window) = asked {
        size.floor(window.start)
    } else if is_incremental(runtime, node) {
        let lookback = node.config.get("lookback").and_then(Value::as_i64).unwrap_or(1);
        // The end is the start of the batch that comes next.
        size.shift(end, -(lookback + 1))
    } else {
        let begin = node.config.text("begin").and_then(parse_moment);
        let message = format!("Microbatch model '{}' requires a 'begin' configuration.", node.name);
        size.floor(begin.ok_or_else(|| wrong(message))?)
    };
    Ok((size, TimeWindow { start, end }.batches(size)))
}

/// A model on its way.
struct Model<'a> {
    runtime: &'a Arc<Runtime>,
    node: &'a Arc<Node>,
    size: BatchSize,
    windows: &'a [TimeWindow],
}

impl Model<'_> {
    /// All batches, with what came of each, in order.
    fn build(&self, session: &SharedSession) -> Vec<(TimeWindow, RunResult)> {
        let total = self.windows.len();
        let existed = existing(self.runtime, self.node).is_some();
        self.mode(0, "sequentially");
        let first = self.one(0, is_incremental(self.runtime, self.node), session);
        let good = first.status == Status::Success;
        let mut results: Vec<(usize, RunResult)> = vec![(0, first)];
        if !good {
            results.extend((1..total).map(|index| (index, self.skip(index))));
        } else if total > 1 {
            results.extend(self.middle(self.shares(existed || good), session));
            self.mode(total - 1, "sequentially");
            results.push((total - 1, self.one(total - 1, true, session)));
        }
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(index, result)| (self.windows[index], result)).collect()
    }

    /// Whether batches may be built at the same time. dbt: `should_run_in_parallel`.
    fn shares(&self, exists: bool) -> bool {
        let able = Dialect::named(&self.runtime.facts.adapter)
            .is_some_and(|dialect| dialect.capabilities.contains(&"MicrobatchConcurrency"));
        let chosen = self.node.config.bool("concurrent_batches");
        able && exists && chosen.unwrap_or_else(|| !names_this(&self.node.raw_code))
    }

    /// The batches between the first and the last.
    fn middle(&self, shared: bool, session: &SharedSession) -> Vec<(usize, RunResult)> {
        let done: Mutex<Vec<(usize, RunResult)>> = Mutex::default();
        let idle: Mutex<Vec<SharedSession>> = Mutex::default();
        let finish = |index, result| done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        let slots = &self.runtime.slots;
        std::thread::scope(|scope| {
            for index in 1..self.windows.len().saturating_sub(1) {
                let further = if shared && slots.try_enter(self.runtime.options.threads) {
                    self.further(&idle).or_else(|| {
                        slots.leave();
                        None
                    })
                } else {
                    None
                };
                let Some(further) = further else {
                    self.mode(index, "sequentially");
                    finish(index, self.one(index, true, session));
                    continue;
                };
                self.mode(index, "concurrently");
                let (finish, idle) = (&finish, &idle);
                let name = format!("{}-batch-{}", std::thread::current().name().unwrap_or("Thread"), index + 1);
                let thread = std::thread::Builder::new().name(name).stack_size(64 << 20);
                let spawned = thread.spawn_scoped(scope, move || {
                    finish(index, self.one(index, true, &further));
                    further.lock().unwrap_or_else(PoisonError::into_inner).rest();
                    idle.lock().unwrap_or_else(PoisonError::into_inner).push(further);
                    slots.leave();
                });
                if spawned.is_err() {
                    slots.leave();
                    finish(index, self.one(index, true, session));
                }
            }
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session beside the worker's own.
    fn further(&self, idle: &Mutex<Vec<SharedSession>>) -> Option<SharedSession> {
        if let Some(session) = idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Some(session);
        }
        let session = self.runtime.adapter.connect(&self.node.unique_id).ok()?;
        self.runtime.slots.watch(session.canceller());
        Some(Arc::new(Mutex::new(session)))
    }

    fn describe(&self, index: usize) -> String {
        let label = self.size.label(self.windows[index].start);
        format!("batch {label} of {}.{}", self.node.schema, self.node.alias)
    }

    fn mode(&self, index: usize, how: &str) {
        let message = format!("{} is being run {how}", self.describe(index));
        self.runtime.events.send(Event::MicrobatchExecutionDebug { message });
    }

    fn info(&self) -> NodeInfo {
        NodeInfo::new(super::facts(&self.runtime.manifest, self.node)).started()
    }

    /// The node of a batch: hooks before the first and after the last only.
    fn node(&self, index: usize) -> Arc<Node> {
        let window = self.windows[index];
        let mut node = Node::clone(self.node);
        if index > 0 {
            node.config.set("pre-hook", json!([]));
        }
        if index + 1 < self.windows.len() {
            node.config.set("post-hook", json!([]));
        }
        // dbt: the names before there was `model.batch`.
        node.config.set("__dbt_internal_microbatch_event_time_start", json!(sql_moment(window.start)));
        node.config.set("__dbt_internal_microbatch_event_time_end", json!(sql_moment(window.end)));
        Arc::new(node)
    }

    fn one(&self, index: usize, incremental: bool, session: &SharedSession) -> RunResult {
        if self.runtime.slots.is_stopped() {
            return self.skip(index);
        }
        let (events, total) = (&self.runtime.events, self.windows.len());
        let info = self.info();
        let description = self.describe(index);
        events.send(Event::LogStartBatch {
            node: info.clone(),
            description: description.clone(),
            index: index + 1,
            total,
        });
        let batch = Batch { window: self.windows[index], size: self.size, incremental };
        let node = self.node(index);
        let result = task::attempt(self.runtime, &node, &info, &|| {
            Ok(NodeSession::of_batch(self.runtime, &node, info.clone(), session, Some(batch)))
        });
        if let Some(error) = &result.error {
            let node = info.in_phase(Phase::Executing);
            events.send(Event::GenericExceptionOnRun { node, error: Box::new(error.clone()) });
        }
        let answer = match result.status {
            Status::Success => result.message.clone().unwrap_or_default(),
            _ => "error".to_owned(),
        };
        events.send(Event::LogBatchResult {
            node: result.node.clone(),
            description,
            status: answer,
            index: index + 1,
            total,
            execution_time: result.execution_time,
        });
        result
    }

    fn skip(&self, index: usize) -> RunResult {
        let info = self.info().ended(Status::Skipped);
        self.runtime.events.send(Event::LogBatchResult {
            node: info.clone(),
            description: self.describe(index),
            status: "skipped".to_owned(),
            index: index + 1,
            total: self.windows.len(),
            execution_time: 0.0,
        });
        RunResult::new(info, Status::Skipped)
    }
}
