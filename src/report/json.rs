//! An event as a line of JSON in dbt's envelope: `{"data": {...}, "info": {...}}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::style::Paint;
use super::text::{Wording, message};
use crate::event::{Event, Sent, WarningKind};
use crate::outcome::{NodeInfo, RunResult, Status, Timing, iso, iso_naive, plain, plain_all};
use crate::project::DBT_VERSION;

/// The events that name the group of their node.
const GROUPED: [&str; 11] = [
    "LogBatchResult",
    "LogFunctionResult",
    "LogModelResult",
    "LogSeedResult",
    "LogSkipBecauseError",
    "LogSnapshotResult",
    "LogTestResult",
    "RunResultError",
    "RunResultFailure",
    "RunResultWarning",
    "SkippingDetails",
];

/// What every line repeats.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The id of this run of the program.
    pub invocation_id: String,
    /// The variables `DBT_ENV_CUSTOM_ENV_*`, without the prefix.
    pub extra: BTreeMap<String, String>,
    /// Whether messages are colored.
    pub paint: Paint,
}

impl Envelope {
    /// The line, without line end.
    pub fn line(&self, sent: &Sent, width: usize) -> String {
        let event = &sent.event;
        let wording = Wording { paint: self.paint, width, excerpts: false, quiet: false };
        let line = json!({
            "data": data(event),
            "info": {
                "category": "",
                "code": event.code(),
                "extra": self.extra,
                "invocation_id": self.invocation_id,
                "level": event.level().as_str(),
                "msg": message(event, wording),
                "name": event.name(),
                "pid": std::process::id(),
                "thread": sent.thread,
                "ts": iso(sent.at),
            },
        });
        line.to_string()
    }
}

/// The fields of dbt's event of the same name.
pub fn data(event: &Event) -> Map<String, Value> {
    let value = run_data(event)
        .or_else(|| end_data(event))
        .or_else(|| command_data(event))
        .or_else(|| warehouse_data(event))
        .unwrap_or_else(|| json!({}));
    let mut data = match value {
        Value::Object(data) => data,
        _ => Map::new(),
    };
    if let Some(node) = event.node() {
        // dbt: the summary is told outside of any node's run, so its node has no status and no times.
        let told_later = matches!(
            event,
            Event::RunResultFailure { .. }
                | Event::RunResultWarning { .. }
                | Event::RunResultError { .. }
                | Event::RunResultErrorNoMessage { .. }
                | Event::RunResultWarningMessage { .. }
                | Event::SqlCompiledPath { .. }
                | Event::CheckNodeTestFailure { .. }
                | Event::ShowFailures { .. }
        );
        let node = if told_later { NodeInfo::new(node.facts.clone()) } else { node.clone() };
        data.insert("node_info".to_owned(), node_info(&node));
        if let Some(group) = node.facts.group.as_ref().filter(|_| GROUPED.contains(&event.name())) {
            data.insert("group".to_owned(), Value::Object(group.clone()));
        }
    }
    data
}

/// dbt's `node_info`.
pub fn node_info(node: &NodeInfo) -> Value {
    let facts = &node.facts;
    json!({
        "materialized": facts.materialized,
        "meta": facts.meta,
        "node_checksum": facts.checksum,
        "node_finished_at": node.finished_at.map(iso_naive).unwrap_or_default(),
        "node_name": facts.name,
        "node_path": facts.path,
        "node_relation": {
            "alias": facts.alias,
            "database": facts.database,
            "relation_name": facts.relation_name.as_deref().unwrap_or_default(),
            "schema": facts.schema,
        },
        "node_started_at": node.started_at.map(iso_naive).unwrap_or_default(),
        "node_status": node.phase.to_string(),
        "resource_type": facts.resource_type,
        "unique_id": facts.unique_id,
    })
}

fn timing(timing: &Timing) -> Value {
    let moment = |at: Option<_>| at.map(iso);
    json!({"name": timing.name, "started_at": moment(timing.started_at), "completed_at": moment(timing.completed_at)})
}

fn run_result(result: &RunResult) -> Value {
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let response: Map<String, Value> =
        result.adapter_response.iter().map(|(key, value)| (key.clone(), words(value).into())).collect();
    json!({
        "adapter_response": response,
        "execution_time": result.execution_time,
        "message": result.message.as_deref().unwrap_or_default(),
        "num_failures": result.failures.unwrap_or(0),
        "status": result.status.as_str(),
        "thread": result.thread,
        "timing_info": result.timing.iter().map(timing).collect::<Vec<_>>(),
    })
}

fn run_data(event: &Event) -> Option<Value> {
    Some(match event {
        Event::ConcurrencyLine { threads, target, nodes } => {
            json!({"node_count": nodes, "num_threads": threads, "target_name": target})
        }
        Event::LogStartLine { node, index, total, description } => {
            let description = description.clone().unwrap_or_else(|| node.facts.description());
            json!({"description": description, "index": index, "total": total})
        }
        Event::OverloadLine { description, status, index, total, execution_time, .. } => {
            let mut data = json!({"description": description, "overload_index": index, "total_overloads": total});
            if let Some(status) = status {
                data["status"] = json!(status.as_str());
                data["execution_time"] = json!(execution_time);
            }
            data
        }
        Event::LogResult { result, index, total, description } => {
            result_data(event.name(), result, *index, *total, description.as_deref())
        }
        Event::NodeFinished { result } => json!({"run_result": run_result(result)}),
        Event::MarkSkippedChildren { result } => json!({
            "run_result": run_result(result),
            "status": result.status.as_str(),
            "unique_id": result.facts().unique_id,
        }),
        Event::CatchableExceptionOnRun { exc, .. } => json!({"exc": exc, "exc_info": ""}),
        Event::TimingInfoCollected { timing: phase, .. } => json!({"timing_info": timing(phase)}),
        Event::LogFreshnessStart { node, source_name, index, total } => {
            let description = format!("freshness of {source_name}.{}", node.facts.name);
            json!({"description": description, "index": index, "total": total})
        }
        Event::LogFreshnessResult { result, index, total } => json!({
            "execution_time": result.execution_time,
            "index": index,
            "source_name": result.source_name,
            "status": result.status.as_str(),
            "table_name": result.node.facts.name,
            "total": total,
        }),
        Event::MicrobatchExecutionDebug { message } => json!({"msg": message}),
        Event::GenericExceptionOnRun { node, error } => json!({
            "build_path": "", "exc": format!("Exception on worker thread. {}", plain(error)),
            "unique_id": node.facts.unique_id,
        }),
        Event::LogStartBatch { description, index, total, .. } => {
            json!({"batch_index": index, "description": description, "total_batches": total})
        }
        Event::LogBatchResult { description, status, index, total, execution_time, .. } => json!({
            "batch_index": index, "description": description, "execution_time": execution_time, "status": status,
            "total_batches": total,
        }),
        Event::HooksRunning { hooks, kind } => json!({"hook_type": kind, "num_hooks": hooks}),
        Event::LogHookStartLine { statement, index, total, .. } => {
            json!({"index": index, "statement": statement, "total": total})
        }
        Event::LogHookEndLine { result, statement, index, total } => json!({
            "execution_time": result.execution_time, "index": index, "statement": statement,
            "status": result.status.as_str(), "total": total,
        }),
        Event::RunningOperationCaughtError { error } => json!({"exc": plain(error)}),
        _ => return None,
    })
}

/// Each of dbt's result events has its own words for the same facts.
fn result_data(name: &str, result: &RunResult, index: usize, total: usize, description: Option<&str>) -> Value {
    let facts = result.facts();
    let description = description.map_or_else(|| facts.description(), ToOwned::to_owned);
    let seconds = result.execution_time;
    let answer = result.message.as_deref().unwrap_or_default();
    let status = result.status.as_str();
    match name {
        "SkippingDetails" => json!({
            "index": index, "node_name": facts.name, "resource_type": facts.resource_type, "schema": facts.schema,
            "total": total,
        }),
        "LogSkipBecauseError" => json!({
            "index": index, "relation": facts.name, "schema": facts.schema, "status": "error", "total": total,
        }),
        "LogTestResult" => json!({
            "attached_node": facts.attached_node.as_deref().unwrap_or_default(), "execution_time": seconds,
            "index": index, "name": facts.name, "num_failures": result.failures.unwrap_or(0), "num_models": total,
            "status": status,
        }),
        "LogSeedResult" => json!({
            "execution_time": seconds, "index": index, "relation": facts.alias, "result_message": answer,
            "schema": facts.schema, "status": status, "total": total,
        }),
        "LogSnapshotResult" => json!({
            "cfg": facts.snapshot_config, "description": facts.relation(), "execution_time": seconds, "index": index,
            "result_message": answer, "status": status, "total": total,
        }),
        "LogNodeNoOpResult" => json!({
            "description": description, "execution_time": seconds, "index": index, "status": "", "total": total,
        }),
        _ => {
            // dbt: the status of a model that was built is the warehouse's answer.
            let failed = result.status.is_failure() && result.status != Status::PartialSuccess;
            let status = if failed { status } else { answer };
            json!({
                "description": description, "execution_time": seconds, "index": index, "status": status, "total": total,
            })
        }
    }
}

fn end_data(event: &Event) -> Option<Value> {
    let named = |result: &RunResult| {
        let facts = result.facts();
        json!({"node_name": facts.name, "path": facts.original_file_path, "resource_type": facts.resource_type})
    };
    Some(match event {
        Event::FinishedRunningStats { stat_line, execution_time } => {
            let text = super::text::message(event, Wording::plain());
            let execution = text.strip_prefix(&format!("Finished running {stat_line}")).unwrap_or_default();
            let execution = execution.rsplit_once(" (").map_or(execution, |(execution, _)| execution);
            json!({"execution": execution, "execution_time": execution_time, "stat_line": stat_line})
        }
        Event::RunFinished { results, .. } => json!({
            "elapsed_time": results.elapsed,
            "generated_at": iso(results.generated_at),
            "results": results.results.iter().map(|result| run_result(result)).collect::<Vec<_>>(),
            "success": results.success(),
        }),
        Event::EndOfRunSummary { errors, partial_successes, warnings, interrupted } => json!({
            "keyboard_interrupt": interrupted, "num_errors": errors, "num_partial_success": partial_successes,
            "num_warnings": warnings,
        }),
        Event::RunResultFailure { result } | Event::RunResultWarning { result } => named(result),
        Event::RunResultError { result }
        | Event::RunResultSkipped { result }
        | Event::RunResultWarningMessage { result } => json!({"msg": result.message}),
        Event::RunResultErrorNoMessage { result } => json!({"status": result.status.as_str()}),
        Event::SqlCompiledPath { result } => json!({"path": result.compiled_path}),
        Event::CheckNodeTestFailure { result } => json!({"relation_name": result.failures_relation}),
        Event::ShowFailures { command, .. } => json!({"command": command}),
        Event::SlowestNodes { nodes } => {
            let node = |(id, seconds): &(String, f64)| json!({"unique_id": id, "execution_time": seconds});
            json!({"nodes": nodes.iter().map(node).collect::<Vec<_>>()})
        }
        Event::StatsLine { counts } => json!({"stats": {
            "error": counts.error, "noop": counts.no_op, "pass": counts.pass, "reused": counts.reused,
            "skip": counts.skip, "total": counts.total, "warn": counts.warn,
        }}),
        _ => return None,
    })
}

fn command_data(event: &Event) -> Option<Value> {
    Some(match event {
        Event::MainReportVersion { version } => json!({"log_version": 3, "version": version}),
        Event::MainReportArgs { args } => {
            let words = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let args: Map<String, Value> = args.iter().map(|(key, value)| (key.clone(), words(value).into())).collect();
            json!({"args": args})
        }
        Event::MissingProfileTarget { profile, target } => json!({"profile_name": profile, "target_name": target}),
        Event::MainEncounteredError { errors } => json!({"exc": plain_all(errors)}),
        Event::LogCancelLine { connection } => json!({"conn_name": connection}),
        Event::CommandCompleted { command, success, elapsed } => json!({
            "command": command, "completed_at": iso(crate::outcome::now()), "elapsed": elapsed, "success": success,
        }),
        Event::ResourceReport { data } => Value::Object(data.clone()),
        Event::Formatting { text } => json!({"msg": text}),
        Event::Note { message, .. }
        | Event::Print { message }
        | Event::DebugLine { message }
        | Event::JinjaLogInfo { message, .. }
        | Event::UnpinnedRefNewVersionAvailable { message, .. }
        | Event::JinjaLogDebug { message, .. } => json!({"msg": message}),
        Event::OperationStart { .. } | Event::OperationEnd { .. } => {
            json!({"msg": super::text::message(event, Wording::plain())})
        }
        Event::Warning(warning) => {
            let mut data = warning.data.clone();
            if matches!(warning.kind, WarningKind::JinjaLogWarning | WarningKind::Advice) {
                data.insert("msg".to_owned(), warning.diagnostic.message.clone().into());
            }
            Value::Object(data)
        }
        Event::DeprecationsSummary { summaries, show_all_hint } => {
            let summary = |(kind, number): &(WarningKind, usize)| json!({"event_code": kind.code(), "event_name": kind.name(), "occurrences": number});
            json!({"show_all_hint": show_all_hint, "summaries": summaries.iter().map(summary).collect::<Vec<_>>()})
        }
        Event::AdapterRegistered { name, version } => json!({"adapter_name": name, "adapter_version": version}),
        Event::FoundStats { stat_line } => json!({"stat_line": stat_line}),
        Event::StateCheckVarsHash { checksum, vars, profile, target } => json!({
            "checksum": checksum, "profile": profile, "target": target, "vars": vars, "version": DBT_VERSION,
        }),
        Event::UnableToPartialParse { reason } => json!({"reason": reason}),
        Event::DefaultSelector { name } => json!({"name": name}),
        Event::ArtifactWritten { kind, path } => json!({"artifact_path": path, "artifact_type": kind}),
        Event::ShowNode(shown) => json!({
            "is_inline": shown.node.is_none(), "node_name": shown.node.as_deref().unwrap_or("inline_query"),
            "output_format": if shown.json { "json" } else { "text" },
            "preview": if shown.json { super::table::rows(&shown.preview).to_string() } else { super::table::text(&shown.preview, super::table::Limits::default()) },
            "quiet": false, "unique_id": shown.unique_id,
        }),
        Event::CompiledNode(shown) => json!({
            "compiled": shown.code, "is_inline": shown.node.is_none(),
            "node_name": shown.node.as_deref().unwrap_or("inline_query"),
            "output_format": if shown.json { "json" } else { "text" }, "quiet": false, "unique_id": shown.unique_id,
        }),
        Event::CatalogWritten { path }
        | Event::CheckCleanPath { path }
        | Event::ConfirmCleanPath { path }
        | Event::ProtectedCleanPath { path } => json!({"path": path}),
        Event::WriteCatalogFailure { failures } => json!({"num_exceptions": failures}),
        Event::ProjectCreated { name, .. } => json!({"docs_url": "", "project_name": name, "slack_url": ""}),
        Event::DepsStartPackageInstall { package } => json!({"package_name": package}),
        Event::DepsInstallInfo { version_name } => json!({"version_name": version_name}),
        Event::DepsUpdateAvailable { version_latest } => json!({"version_latest": version_latest}),
        Event::DepsListSubdirectory { subdirectory } => json!({"subdirectory": subdirectory}),
        Event::DepsNotifyUpdatesAvailable { packages } => json!({"packages": packages}),
        Event::DepsLockUpdating { path } => json!({"lock_filepath": path}),
        Event::DepsAddPackage { name, version, path } => {
            json!({"package_name": name, "packages_filepath": path, "version": version})
        }
        Event::DepsFoundDuplicatePackage { removed } => json!({"removed_package": {"package": removed}}),
        _ => return None,
    })
}

fn warehouse_data(event: &Event) -> Option<Value> {
    Some(match event {
        Event::NewConnection { connection, adapter } | Event::ConnectionUsed { connection, adapter } => {
            json!({"conn_name": connection, "conn_type": adapter})
        }
        Event::ConnectionReused { connection, before } => json!({"conn_name": connection, "orig_conn_name": before}),
        Event::ConnectionClosed { connection }
        | Event::SqlCommit { connection, .. }
        | Event::Rollback { connection, .. } => json!({"conn_name": connection}),
        Event::SqlQuery { connection, sql, .. } => json!({"conn_name": connection, "sql": sql}),
        Event::SqlQueryStatus { status, elapsed, query_id, .. } => {
            json!({"elapsed": elapsed, "query_id": query_id, "status": status})
        }
        Event::ListRelations { database, schema, relations } => {
            let relation = |name: &String| json!({"database": database, "identifier": name, "schema": schema});
            json!({
                "database": database, "relations": relations.iter().map(relation).collect::<Vec<_>>(), "schema": schema,
            })
        }
        Event::SchemaCreation { database, schema } | Event::SchemaDrop { database, schema } => {
            json!({"relation": {"database": database, "identifier": "", "schema": schema}})
        }
        Event::ColTypeChange { from, to, table } => {
            json!({"new_type": to, "orig_type": from, "table": {"identifier": table}})
        }
        Event::AdapterMessage { adapter, message, .. } => json!({"args": [], "base_msg": message, "name": adapter}),
        Event::LoadStarted { table, files, index, total } | Event::LoadUnchanged { table, files, index, total } => {
            json!({"files": files, "index": index, "table": table, "total": total})
        }
        Event::LoadedTable { table, rows, files, index, total, execution_time } => json!({
            "execution_time": execution_time, "files": files, "index": index, "rows": rows, "table": table, "total": total,
        }),
        Event::LoadFailed { table, error, index, total, execution_time } => json!({
            "exc": plain(error), "execution_time": execution_time, "index": index, "table": table, "total": total,
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::outcome::{NodeFacts, Status};

    #[test]
    fn a_result_has_dbts_name_and_fields() {
        let facts = NodeFacts {
            unique_id: "model.shop.a".into(),
            resource_type: "model".into(),
            name: "a".into(),
            alias: "a".into(),
            schema: "main".into(),
            materialized: "view".into(),
            ..NodeFacts::default()
        };
        let node = NodeInfo::new(Arc::new(facts)).started().ended(Status::Success);
        let result = RunResult { message: Some("OK".into()), ..RunResult::new(node, Status::Success) };
        let event = Event::LogResult { result: Arc::new(result), index: 2, total: 10, description: None };
        let envelope = Envelope { invocation_id: "id".into(), extra: BTreeMap::new(), paint: Paint::Plain };
        let sent = Sent { event, at: crate::outcome::now(), thread: "MainThread".into() };
        let line: Value = serde_json::from_str(&envelope.line(&sent, 80)).unwrap();
        assert_eq!(line["info"]["name"], "LogModelResult");
        assert_eq!(line["info"]["code"], "Q012");
        assert_eq!(line["data"]["status"], "OK");
        assert_eq!(line["data"]["description"], "sql view model main.a");
        assert_eq!(line["data"]["node_info"]["node_status"], "success");
        assert_eq!(line["info"]["ts"].as_str().map(str::len), Some(27));
    }
}
