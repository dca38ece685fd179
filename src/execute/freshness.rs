//! How fresh source tables are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use minijinja::Value;
use serde_json::Map;

use super::hooks::{self, Moment};
use super::last_modified::{self, Moments};
use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile};
use crate::event::{Event, Warning, WarningKind};
use crate::jinja::{Table, python};
use crate::manifest::{Node, SourceTable};
use crate::outcome::{
    Freshness, FreshnessCriteria, FreshnessResult, NodeInfo, RunResult, Status, Timestamp, Timing, now,
};

/// What looking at sources came to.
#[derive(Debug, Default)]
pub struct FreshnessRun {
    /// One for each source table, in the order in which they ended.
    pub sources: Vec<Arc<FreshnessResult>>,
    /// The project's hooks.
    pub hooks: Vec<Arc<RunResult>>,
}

/// Whether the project's hooks run around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hooks {
    /// They do.
    Run,
    /// They do not.
    Leave,
}

/// Whether a source table promises anything.
pub fn promises(node: &Node) -> bool {
    node.source_table()
        .and_then(|table| table.freshness.as_ref())
        .is_some_and(|promise| FreshnessCriteria::from_json(promise).is_given())
}

/// Looks at source tables, several at once.
///
/// # Errors
/// The warehouse cannot be reached.
pub fn freshness(runtime: &Arc<Runtime>, ids: &[String], around: Hooks) -> Result<FreshnessRun> {
    let nodes: Vec<&Arc<Node>> = ids.iter().filter_map(|id| runtime.manifest.node(id)).collect();
    let count = runtime.options.threads.clamp(1, nodes.len().max(1));
    let connect = |name: String| -> Result<SharedSession> {
        let session = runtime.adapter.connect(&name);
        Ok(Arc::new(Mutex::new(session.map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?)))
    };
    let sessions: Vec<SharedSession> =
        (1..=count).map(|index| connect(format!("Thread-{index}"))).collect::<Result<_>>()?;
    let mut run = FreshnessRun::default();
    runtime.events.send(Event::ConcurrencyLine {
        threads: runtime.options.threads,
        target: runtime.project.target.name.clone(),
        nodes: nodes.len(),
    });
    runtime.events.send(Event::blank());
    if around == Hooks::Run {
        run.hooks = hooks::operation(runtime, Moment::Start, &sessions[0], &[]);
        if run.hooks.iter().any(|result| result.is_failure()) {
            return Ok(run);
        }
    }
    let moments = last_modified::ask(runtime, &nodes, &sessions[0])?;
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Arc<FreshnessResult>>> = Mutex::default();
    std::thread::scope(|scope| {
        for (index, session) in sessions.iter().enumerate() {
            let (nodes, next, done, moments) = (&nodes, &next, &done, &moments);
            let thread =
                std::thread::Builder::new().name(format!("Thread-{} (worker)", index + 1)).stack_size(64 << 20);
            let work = move || {
                while let Some(node) = nodes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = nodes.iter().position(|other| Arc::ptr_eq(other, node)).unwrap_or(0) + 1;
                    let result = Arc::new(one(runtime, node, session, (place, nodes.len()), moments));
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                }
            };
            // With fewer threads the others do more.
            let _ = thread.spawn_scoped(scope, work);
        }
    });
    run.sources = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if around == Hooks::Run {
        let told: Vec<Arc<RunResult>> = run.sources.iter().map(|result| Arc::new(told(result))).collect();
        run.hooks.extend(hooks::operation(runtime, Moment::End, &sessions[0], &told));
    }
    Ok(run)
}

/// The result of a source table as hooks and the summary see results.
pub fn told(result: &FreshnessResult) -> RunResult {
    match &result.error {
        Some(error) => RunResult { status: result.status, ..RunResult::failed(result.node.clone(), error.clone()) },
        None => RunResult {
            thread: result.thread.clone(),
            execution_time: result.execution_time,
            adapter_response: result.adapter_response.clone(),
            ..RunResult::new(result.node.clone(), result.status)
        },
    }
}

fn one(
    runtime: &Arc<Runtime>,
    node: &Arc<Node>,
    session: &SharedSession,
    place: (usize, usize),
    moments: &Moments,
) -> FreshnessResult {
    let started = Instant::now();
    let info = NodeInfo::new(facts(&runtime.manifest, node)).started();
    let table = node.source_table();
    let source_name = table.map(|table| table.source_name.clone()).unwrap_or_default();
    let (index, total) = place;
    let events = &runtime.events;
    events.send(Event::LogFreshnessStart { node: info.clone(), source_name: source_name.clone(), index, total });
    let begun = now();
    let live = NodeSession::new(runtime, node, info.clone(), session);
    let criteria =
        table.and_then(|table| table.freshness.as_ref()).map(FreshnessCriteria::from_json).unwrap_or_default();
    let looked = match table {
        Some(_) if last_modified::is_wanted(runtime, node) => recorded(moments, node),
        Some(table) => look(&live, table, &criteria).map_err(|error| live.explain(error)),
        None => Err(Box::new(Diagnostic::error(Class::Internal, "only sources are looked at"))),
    };
    live.rollback();
    let timing = vec![
        Timing { name: "compile", started_at: Some(begun), completed_at: Some(begun) },
        Timing { name: "execute", started_at: Some(begun), completed_at: Some(now()) },
    ];
    let (status, found, adapter_response, error) = match looked {
        Ok((found, response)) => (criteria.judge(found.age()), Some(found), response, None),
        Err(error) => (Status::RuntimeError, None, Map::new(), Some(*error)),
    };
    let result = FreshnessResult {
        node: info.ended(status),
        source_name,
        status,
        found,
        criteria,
        timing,
        thread: std::thread::current().name().unwrap_or("worker").to_owned(),
        execution_time: started.elapsed().as_secs_f64(),
        adapter_response,
        error,
    };
    events.send(Event::LogFreshnessResult { result: Arc::new(result.clone()), index, total });
    result
}

/// The moment of a source table in the warehouse's own records.
fn recorded(moments: &Moments, node: &Node) -> Result<(Freshness, Map<String, serde_json::Value>)> {
    let missing = || {
        Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!("the warehouse's records do not tell when source {} was last changed", node.name),
            )
            .label_opt(node.patch.clone(), "")
            .help("check that the table exists and may be seen, or name a column with `loaded_at_field`"),
        )
    };
    moments.get(&node.unique_id).cloned().map(|found| (found, Map::new())).ok_or_else(missing)
}

/// The newest moment of a source table, as its query, its column or the warehouse tells.
fn look(
    live: &Arc<NodeSession>,
    table: &SourceTable,
    criteria: &FreshnessCriteria,
) -> Result<(Freshness, Map<String, serde_json::Value>)> {
    let runtime = &live.runtime;
    let node = &live.node;
    let relation = runtime.relation(node).into_value();
    let text = |text: &str| Value::from(text);
    let (name, keywords) = if let Some(query) = &table.loaded_at_query {
        let source = SourceFile::new(format!("<loaded_at_query of {}>", node.search_name()), query.clone());
        let rendered = runtime.engine.render_str(&source, &live.scope(Vec::new()).shared())?;
        ("collect_freshness_custom_sql", vec![("source", relation), ("loaded_at_query", text(&rendered.text))])
    } else if let Some(field) = &table.loaded_at_field {
        let filter = criteria.filter.as_deref().map_or_else(|| Value::from(()), Value::from);
        ("collect_freshness", vec![("source", relation), ("loaded_at_field", text(field)), ("filter", filter)])
    } else {
        return Err(Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!(
                    "Could not compute freshness for source {}: no 'loaded_at_field' provided and {} adapter does not support metadata-based freshness checks.",
                    node.name, runtime.facts.adapter
                ),
            )
            .label_opt(node.patch.clone(), "")
            .help("name the column that says when a row was loaded: `loaded_at_field: updated_at`"),
        ));
    };
    let Some(target) = runtime.engine.library().find(&runtime.project.name, name) else {
        return Err(Box::new(Diagnostic::error(Class::Internal, format!("there is no macro {name}"))));
    };
    let keywords = keywords.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let called = runtime.engine.call(target, Vec::new(), keywords, &live.scope(Vec::new()).shared())?;
    let mut response = Map::new();
    let answered = if called.value.downcast_object_ref::<Table>().is_some() {
        runtime.events.warn(Warning::new(
            WarningKind::CollectFreshnessReturnSignature,
            "Deprecated functionality\n\nThe 'collect_freshness' macro signature has changed to return the full query result, rather than just a table of values. See the v1.5 migration guide for details on how to update your custom macro: https://docs.getdbt.com/guides/migration/versions/upgrading-to-v1.5",
        ))?;
        called.value
    } else {
        let of = |key: &str| called.value.get_attr(key).unwrap_or_default();
        if let serde_json::Value::Object(map) = python::value_to_json(&of("response")) {
            response = map.into_iter().filter(|(_, value)| !value.is_null()).collect();
        }
        of("table")
    };
    let rows = answered.downcast_object_ref::<Table>().map(|table| table.rows.clone()).unwrap_or_default();
    let [row] = rows.as_slice() else { return Err(misshapen(name)) };
    let [newest, clock] = row.as_slice() else { return Err(misshapen(name)) };
    let max_loaded_at = if newest.is_none() {
        // dbt: a table without rows was loaded infinitely long ago.
        chrono::NaiveDate::from_ymd_opt(1, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0)).unwrap_or_default().and_utc()
    } else {
        moment(newest, table.loaded_at_field.as_deref().unwrap_or("last_modified"), node)?
    };
    Ok((Freshness { max_loaded_at, snapshotted_at: moment(clock, "snapshotted_at", node)? }, response))
}

fn misshapen(name: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Runtime, format!("the macro {name} gave another result than expected"))
            .help("it must return one row of two moments: the newest loading time, and the warehouse's clock"),
    )
}

fn moment(value: &Value, field: &str, node: &Node) -> Result<Timestamp> {
    value.downcast_object_ref::<python::DateTime>().map(|moment| moment.utc().and_utc()).ok_or_else(|| {
        let kind = python::type_name(value);
        let table = node.relation_name.as_deref().unwrap_or(&node.name);
        Box::new(
            Diagnostic::error(
                Class::Database,
                format!(
                    "Expected a timestamp value when querying field '{field}' of table {table} but received value of type '{kind}' instead"
                ),
            )
            .label_opt(node.patch.clone(), "")
            .help("write a cast: `loaded_at_field: updated_at::timestamp`"),
        )
    })
}
