//! One node: compile it, run its materialization, and say what came of it.

use std::sync::Arc;
use std::time::Instant;

use minijinja::Value;

use super::session::{NodeSession, SharedSession};
use super::{Runtime, convert, microbatch, unit_test};
use crate::adapter::Fetch;
use crate::compile::CompiledNode;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Warning, WarningKind};
use crate::jinja::{Live, RelationData, python};
use crate::manifest::{Node, ResourceType};
use crate::outcome::{NodeInfo, Phase, Preview, RunResult, Status, Timing, now};
use crate::sql;

/// How often a node is tried again when another session's transaction was in its way.
const TRIES: usize = 5;

/// Runs a node to its end; never fails: a failure is a result.
#[tracing::instrument(level = "debug", skip_all, fields(node = %node.unique_id))]
pub fn run(runtime: &Arc<Runtime>, node: &Arc<Node>, info: &NodeInfo, session: &SharedSession) -> RunResult {
    if microbatch::applies(runtime, node) {
        return microbatch::run(runtime, node, info, session);
    }
    attempt(runtime, node, info, &|| match node.resource_type {
        ResourceType::UnitTest => NodeSession::staged(runtime, node, info.clone(), session),
        _ => Ok(NodeSession::new(runtime, node, info.clone(), session)),
    })
}

/// Runs a node, and again when another session was in its way.
pub(super) fn attempt(
    runtime: &Arc<Runtime>,
    node: &Arc<Node>,
    info: &NodeInfo,
    make: &dyn Fn() -> Result<Arc<NodeSession>>,
) -> RunResult {
    let mut tried = 0;
    loop {
        tried += 1;
        let live = match make() {
            Ok(live) => live,
            Err(error) => return RunResult::failed(info.ended(Status::Error), *error),
        };
        live.adopt_config();
        let result = once(&live);
        live.rollback();
        if result.status == Status::Error {
            if runtime.facts.naming.dialect.transactional_ddl {
                // What was renamed in an undone transaction is where it was: list again when asked.
                runtime.cache.forget(node.database.as_deref().unwrap_or_default(), &node.schema);
            }
            if live.retryable() && tried < TRIES {
                std::thread::sleep(std::time::Duration::from_millis(20 << tried));
                continue;
            }
        }
        return result;
    }
}

fn once(live: &Arc<NodeSession>) -> RunResult {
    let compilation = compile(live);
    finish(live, compilation)
}

/// A node's template, rendered.
pub(super) struct Compilation {
    /// The SQL; a seed has none.
    pub(super) outcome: Result<Option<Arc<CompiledNode>>>,
    timing: Timing,
    seconds: f64,
}

/// Compiles a node; a failure becomes its result when it is [finished](finish).
pub(super) fn compile(live: &Arc<NodeSession>) -> Compilation {
    let (begun, started) = (now(), Instant::now());
    live.runtime.events.send(Event::NodeCompiling { node: live.info.in_phase(Phase::Compiling) });
    let is_seed = live.node.resource_type == ResourceType::Seed;
    unit_test::ask_of_inputs(live);
    let outcome = if is_seed { Ok(None) } else { live.compile().map(Some) };
    let timing = Timing { name: "compile", started_at: Some(begun), completed_at: Some(now()) };
    Compilation { outcome, timing, seconds: started.elapsed().as_secs_f64() }
}

/// Runs what was compiled, and says what came of it.
pub(super) fn finish(live: &Arc<NodeSession>, compilation: Compilation) -> RunResult {
    let node = &live.node;
    let (begun, started) = (now(), Instant::now());
    let outcome = compilation.outcome.and_then(|compiled| {
        if let Some(compiled) = &compiled {
            live.prepare(compiled)?;
            live.runtime.events.send(Event::WritingInjectedSql { node: live.info.clone() });
        }
        live.runtime.events.send(Event::NodeExecuting { node: live.info.in_phase(Phase::Executing) });
        match node.resource_type {
            ResourceType::Test => test(live),
            ResourceType::UnitTest => {
                let (_, scope) = materialize(live, live.node.materialized())
                    .map_err(|error| live.explain(error))
                    .map_err(|error| unit_test::wrap(&live.node, *error))?;
                unit_test::result(live, &scope)
            }
            ResourceType::Function => super::function::run(live),
            _ => build(live),
        }
    });
    let executed = Timing { name: "execute", started_at: Some(begun), completed_at: Some(now()) };
    let mut result = match outcome {
        Ok(result) => result,
        Err(error) => failed(live, *live.explain(error)),
    };
    let kept = live.runtime.compiled(&node.unique_id);
    result.compiled = (node.resource_type != ResourceType::Seed).then_some(kept.is_some());
    if node.resource_type != ResourceType::Seed {
        result.compiled_path = kept.as_ref().and_then(|compiled| compiled.path.clone());
        result.compiled_code = kept.map(|compiled| compiled.sql);
    }
    if node.resource_type != ResourceType::Seed {
        result.relation_name.clone_from(&node.relation_name);
    }
    result.timing = vec![compilation.timing, executed];
    result.execution_time = compilation.seconds + started.elapsed().as_secs_f64();
    result
}

/// The result of a node that failed. dbt: what reads a broken ephemeral model was not tried.
fn failed(live: &NodeSession, error: Diagnostic) -> RunResult {
    // The inputs of a unit test are ephemeral only here.
    let is_unit_test = live.node.resource_type == ResourceType::UnitTest;
    let Some(ephemeral) = live.broken.get().filter(|_| !is_unit_test) else {
        return RunResult::failed(live.info.ended(Status::Error), error);
    };
    RunResult {
        message: Some(RunResult::broken_by(&live.node.unique_id, ephemeral)),
        broken_ephemeral: Some(ephemeral.clone()),
        error: Some(error),
        ..RunResult::new(live.info.ended(Status::Skipped), Status::Skipped)
    }
}

/// Whether what materializes a node of this kind is ours, and not the project's or a package's.
pub(super) fn has_own_materialization(runtime: &Runtime, name: &str) -> bool {
    let library = runtime.engine.library();
    library
        .materialization(name, overrides_are_explicit(runtime))
        .is_some_and(|found| library.is_internal(&found.found.package))
}

/// Whether only the root project may replace one of our materializations.
fn overrides_are_explicit(runtime: &Runtime) -> bool {
    let flag = runtime.facts.flags.get("REQUIRE_EXPLICIT_PACKAGE_OVERRIDES_FOR_BUILTIN_MATERIALIZATIONS");
    flag.and_then(serde_json::Value::as_bool).unwrap_or(true)
}

/// Calls a materialization for the node and gives the stored results.
pub(super) fn materialize(live: &Arc<NodeSession>, name: &str) -> Result<(Value, crate::jinja::NodeScope)> {
    let node = &live.node;
    let library = live.runtime.engine.library();
    let Some(found) = library.materialization(name, overrides_are_explicit(&live.runtime)) else {
        let known: Vec<&str> = library
            .macros()
            .iter()
            .filter_map(|target| target.name.strip_prefix("materialization_"))
            .filter_map(|name| name.rsplit_once('_').map(|(name, _)| name))
            .collect();
        let near = crate::diagnostic::nearest(name, known);
        return Err(Box::new(
            Diagnostic::error(
                Class::Compilation,
                format!(
                    "No materialization '{name}' was found for adapter {}! (searched types 'default' and '{}')",
                    live.runtime.facts.adapter, live.runtime.facts.adapter
                ),
            )
            .label(node.span(), "this node asks for it")
            .suggest(near),
        ));
    };
    if found.overrides_builtin {
        let package = found.found.package.clone();
        let message = format!(
            "Installed package '{package}' is overriding the built-in materialization '{name}'. Overrides of built-in \
             materializations from installed packages will be deprecated in future versions of dbt: name the package's \
             in a materialization of your own project to keep it."
        );
        live.runtime.events.warn(
            Warning::new(WarningKind::PackageMaterializationOverrideDeprecation, message)
                .field("package_name", package)
                .field("materialization_name", name),
        )?;
    }
    let languages = found.found.languages();
    if !node.language.is_empty() && !languages.contains(&node.language) {
        let listed: Vec<String> = languages.iter().map(|language| format!("'{language}'")).collect();
        return Err(Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!(
                    "Materialization \"{}\" only supports languages [{}]; got \"{}\"",
                    found.found.name,
                    listed.join(", "),
                    node.language
                ),
            )
            .label(node.span(), "this node asks for it"),
        ));
    }
    let scope = live.scope(Vec::new());
    let called = live.runtime.engine.call(&found.found, Vec::new(), Vec::new(), &scope.shared())?;
    if node.resource_type == ResourceType::Test {
        // dbt: what a test's materialization calls counts as the test's own; for other nodes it does not.
        let macros = called.macros.iter().filter(|used| used.direct).map(|used| used.target.unique_id());
        live.runtime.add_macros(&node.unique_id, macros.filter(|id| *id != found.found.unique_id()));
    }
    Ok((called.value, scope))
}

pub(super) fn build(live: &Arc<NodeSession>) -> Result<RunResult> {
    let (value, scope) = materialize(live, live.node.materialized())?;
    let built = relations(live, &value)?;
    let Some(main) = scope.result("main") else {
        return Err(Box::new(
            Diagnostic::error(Class::Runtime, "main is not being called during running model")
                .label(live.node.span(), format!("built by the materialization `{}`", live.node.materialized()))
                .help("a materialization runs its query in `{% call statement('main') %}`"),
        ));
    };
    if let Some(first) = built.first() {
        super::pointer::make(live, first)?.iter().for_each(|pointer| live.cache_added(pointer));
    }
    let mut result = RunResult::new(live.info.ended(Status::Success), Status::Success);
    respond(Some(&main), &mut result);
    Ok(result)
}

/// The relations that a materialization says it built; they are known to exist from now on.
pub(super) fn relations(live: &Arc<NodeSession>, value: &Value) -> Result<Vec<RelationData>> {
    let wrong = |message: String| {
        Box::new(
            Diagnostic::error(Class::Compilation, message)
                .label(live.node.span(), format!("built by the materialization `{}`", live.node.materialized()))
                .help("a materialization ends in `{{ return({'relations': [this]}) }}`"),
        )
    };
    let invalid = |what: String| wrong(format!("Invalid return value from materialization, {what}"));
    // dbt: a text is what a macro without `return()` gives.
    if value.as_str().is_some() {
        return Err(wrong(format!(
            "The materialization (\"{}\") did not explicitly return a list of relations to add to the cache.",
            live.node.materialized()
        )));
    }
    let shown = |value: &Value| python::to_str(value);
    if python::type_name(value) != "dict" {
        return Err(invalid(format!("expected a dict with key \"relations\", got: {}", shown(value))));
    }
    let Some(list) = value.get_item(&Value::from("relations")).ok().filter(|list| !list.is_undefined()) else {
        let keys = python::list(python::iterate(value).unwrap_or_default());
        return Err(invalid(format!("\"relations\" not found, got keys: {}", shown(&keys))));
    };
    if python::type_name(&list) != "list" {
        return Err(invalid(format!("\"relations\" not a list, got: {}", shown(&list))));
    }
    let mut built = Vec::new();
    for relation in python::iterate(&list).unwrap_or_default() {
        match relation.downcast_object_ref::<RelationData>() {
            Some(data) => built.push(data.clone()),
            None => return Err(invalid(format!("\"relations\" contains non-Relation: {}", shown(&relation)))),
        }
    }
    for relation in &built {
        live.cache_added(relation);
    }
    Ok(built)
}

/// Keeps what the warehouse answered to the main statement.
pub(super) fn respond(main: Option<&Value>, result: &mut RunResult) {
    let response = main.and_then(|main| main.get_attr("response").ok()).unwrap_or_default();
    if let serde_json::Value::Object(map) = python::value_to_json(&response) {
        result.message = map.get("_message").and_then(serde_json::Value::as_str).map(str::to_owned);
        result.adapter_response = map.into_iter().filter(|(_, value)| !value.is_null()).collect();
    }
    if result.message.is_none() {
        result.message = Some(response.as_str().unwrap_or("OK").to_owned());
    }
}

fn number(value: &Value) -> Option<i64> {
    i64::try_from(value.clone()).ok().or_else(|| value.to_string().parse::<f64>().ok().map(|number| number as i64))
}

/// Whether a limit of a test is reached. dbt: a text must be one of Python's words for it.
fn truth(value: &Value) -> Result<bool> {
    let Some(text) = value.as_str() else { return Ok(value.is_true()) };
    match text.trim().to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        _ => Err(Box::new(
            Diagnostic::error(
                Class::Compilation,
                format!("Macro 'get_test_sql' returns '{text}', which is no boolean"),
            )
            .help("`warn_if` and `error_if` compare the number of failures, as `!= 0` does"),
        )),
    }
}

fn test(live: &Arc<NodeSession>) -> Result<RunResult> {
    let (_, scope) = materialize(live, live.node.materialized())?;
    let node = &live.node;
    let table = scope.result("main").and_then(|main| main.get_attr("table").ok()).unwrap_or_default();
    let row = table
        .get_attr("rows")
        .ok()
        .and_then(|rows| python::iterate(&rows).ok())
        .and_then(|rows| rows.into_iter().next());
    let Some(row) = row else {
        return Err(Box::new(Diagnostic::error(
            Class::Runtime,
            format!("dbt internally failed to execute {}: Returned 0 rows, but expected 1 row", node.unique_id),
        )));
    };
    let cell = |name: &str, index: usize| {
        row.get_attr(name)
            .ok()
            .filter(|value| !value.is_undefined())
            .or_else(|| row.get_item_by_index(index).ok())
            .unwrap_or_default()
    };
    let failures = number(&cell("failures", 0)).unwrap_or(0);
    let (should_warn, should_error) = (truth(&cell("should_warn", 1))?, truth(&cell("should_error", 2))?);
    let severity = node.config.text("severity").unwrap_or("ERROR").to_lowercase();
    let text = |key: &str| node.config.text(key).unwrap_or("!= 0").to_owned();
    let count = format!("{failures} result{}", if failures == 1 { "" } else { "s" });
    let (status, message) = if severity == "error" && should_error {
        (Status::Fail, Some(format!("Got {count}, configured to fail if {}", text("error_if"))))
    } else if should_warn {
        match live.runtime.events.verdict("LogTestResult") {
            crate::event::Verdict::Error => {
                (Status::Fail, Some(format!("Got {count}, configured to fail if {}", text("warn_if"))))
            }
            _ => (Status::Warn, Some(format!("Got {count}, configured to warn if {}", text("warn_if")))),
        }
    } else {
        (Status::Pass, None)
    };
    let mut result = RunResult::new(live.info.ended(status), status);
    // dbt: a test that passes has no failures, whatever was counted.
    result.failures = Some(if status == Status::Pass { 0 } else { u64::try_from(failures).unwrap_or(0) });
    let response = scope.result("main").and_then(|main| main.get_attr("response").ok()).unwrap_or_default();
    if let serde_json::Value::Object(map) = python::value_to_json(&response) {
        result.adapter_response = map.into_iter().filter(|(_, value)| !value.is_null()).collect();
    }
    result.message = message;
    result.expected = expectation(node);
    result.failures_relation.clone_from(&node.relation_name);
    Ok(result)
}

/// What a test expects, in words.
fn expectation(node: &Node) -> Option<String> {
    let test = node.test()?;
    let column = test.column_name.clone().unwrap_or_else(|| "the column".to_owned());
    let argument = |name: &str| {
        test.kwargs.get(name).map(|value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        })
    };
    Some(match test.generic.as_deref() {
        Some("not_null") => format!("no `{column}` is null"),
        Some("unique") => format!("every value of `{column}` occurs once"),
        Some("accepted_values") => format!("`{column}` is one of: {}", argument("values").unwrap_or_default()),
        Some("relationships") => format!(
            "every `{column}` is a `{}` of {}",
            argument("field").unwrap_or_default(),
            argument("to").unwrap_or_default()
        ),
        Some(name) => format!("the test `{name}` finds no rows"),
        None => "the query finds no rows".to_owned(),
    })
}

/// Compiles a node without running it.
pub fn compile_only(runtime: &Arc<Runtime>, node: &Arc<Node>, info: &NodeInfo, session: &SharedSession) -> RunResult {
    let started = Instant::now();
    let live = NodeSession::new(runtime, node, info.clone(), session);
    let begun = now();
    let outcome = if node.resource_type == ResourceType::Seed {
        Ok(())
    } else {
        live.compile().and_then(|_| super::function::compile_overloads(&live)).map(|_| ())
    };
    live.rollback();
    let mut result = match outcome {
        Ok(()) => RunResult::new(info.ended(Status::Success), Status::Success),
        Err(error) => RunResult::failed(info.ended(Status::Error), *live.explain(error)),
    };
    let kept = runtime.compiled(&node.unique_id);
    result.compiled = Some(kept.is_some());
    result.compiled_path = kept.as_ref().and_then(|compiled| compiled.path.clone());
    result.compiled_code = kept.map(|compiled| compiled.sql);
    // dbt: names a relation only for what it compiles.
    result.relation_name = node.relation_name.clone().filter(|_| node.resource_type != ResourceType::Seed);
    let done = now();
    // dbt: what is only compiled has nothing to execute, and took no time for it.
    result.timing = vec![
        Timing { name: "compile", started_at: Some(begun), completed_at: Some(done) },
        Timing { name: "execute", started_at: Some(done), completed_at: Some(now()) },
    ];
    result.execution_time = started.elapsed().as_secs_f64();
    result
}

/// How many rows are shown at most; below zero, all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShowLimit {
    /// As the user asked. dbt: it stands behind the query, which cannot have a limit of its own.
    Asked(i64),
    /// As nobody asked: a limit of the query's own goes before it.
    Usual(i64),
}

/// The first rows of a node's SQL.
///
/// # Errors
/// The template or the SQL fails.
pub fn show(
    runtime: &Arc<Runtime>,
    node: &Arc<Node>,
    info: &NodeInfo,
    session: &SharedSession,
    limit: ShowLimit,
) -> Result<(Preview, RunResult)> {
    let started = Instant::now();
    let live = NodeSession::new(runtime, node, info.clone(), session);
    let shown = rows(&live, limit);
    live.rollback();
    let (preview, sql) = shown.map_err(|error| live.explain(error))?;
    let mut result = RunResult::new(info.ended(Status::Success), Status::Success);
    result.message = Some("OK".to_owned());
    result.compiled = Some(true);
    result.compiled_code = Some(sql);
    result.execution_time = started.elapsed().as_secs_f64();
    Ok((preview, result))
}

/// Whether a query limits its own rows. What cannot be parsed is taken for one that does not.
fn ends_in_limit(sql: &str, adapter: &str) -> bool {
    let dialect = sql::Dialect::from_name(adapter).unwrap_or(sql::Dialect::Generic);
    sql::parse::query(sql, dialect).is_ok_and(|query| query.limit_clause.is_some() || query.fetch.is_some())
}

/// The rows, and the SQL that found them.
fn rows(live: &Arc<NodeSession>, limit: ShowLimit) -> Result<(Preview, String)> {
    let (runtime, node) = (&live.runtime, &live.node);
    let sql = if node.resource_type == ResourceType::Seed {
        format!("select * from {}", runtime.relation(node).render())
    } else {
        let compiled = live.compile()?;
        live.prepare(&compiled)?;
        compiled.runnable().to_owned()
    };
    let library = runtime.engine.library();
    let Some(wrap) = library.find(&node.package, "get_show_sql") else {
        return Err(Box::new(Diagnostic::error(Class::Internal, "there is no macro get_show_sql")));
    };
    let none = || Value::from(());
    let header = node.config.text("sql_header").map_or_else(none, Value::from);
    let own = ends_in_limit(&sql, &runtime.facts.adapter);
    let (limited, fetch) = match limit {
        ShowLimit::Usual(rows) if own => (none(), usize::try_from(rows).map_or(Fetch::All, Fetch::Limit)),
        ShowLimit::Usual(rows) | ShowLimit::Asked(rows) if rows >= 0 => (Value::from(rows), Fetch::All),
        _ => (none(), Fetch::All),
    };
    let twice = own && !limited.is_none();
    let scope = live.scope(Vec::new()).shared();
    let wrapped = runtime.engine.call(wrap, vec![Value::from(sql), header, limited], Vec::new(), &scope)?;
    let sql = python::to_str(&wrapped.value).trim().to_owned();
    let answer = live.run_sql(&sql, false, fetch).map_err(|error| {
        let error = live.explain(error);
        let advice = "the query has a limit of its own: leave `--limit` out, or give `--limit -1`";
        if twice { Box::new(error.help(advice)) } else { error }
    })?;
    Ok((convert::preview(&answer.table), sql))
}
