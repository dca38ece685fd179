//! What a node's templates can do.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value};

use super::NodeSession;
use super::refusal::unresolved;
use crate::adapter::{Fetch, RowLoad, Setting};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Level, Warning, WarningKind};
use crate::execute::microbatch::Batch;
use crate::execute::together::Ahead;
use crate::execute::{convert, seed};
use crate::jinja::{Entry, Live, Message, MetricValue, RelationData, RowsWanted, Table};
use crate::manifest::{RefCall, ResourceType};

impl Live for NodeSession {
    fn failed(&self, called: Vec<String>, entry: Entry) {
        // dbt: what a test's materialization calls counts as the test's own; for other nodes it does not.
        if entry == Entry::Template || self.node.resource_type == ResourceType::Test {
            self.runtime.add_macros(&self.node.unique_id, called.into_iter());
        }
    }

    fn is_authors(&self) -> bool {
        self.authoring.load(Ordering::Relaxed) > 0 && self.own_sql.load(Ordering::Relaxed) == 0 && self.is_translated()
    }

    fn translate(&self, sql: &str) -> Result<String> {
        Ok(self.translated(sql)?.unwrap_or_else(|| sql.to_owned()))
    }

    fn begin_authors_sql(&self) {
        self.authoring.fetch_add(1, Ordering::Relaxed);
    }

    fn end_authors_sql(&self) {
        self.authoring.fetch_sub(1, Ordering::Relaxed);
    }

    fn begin_own_sql(&self) {
        self.own_sql.fetch_add(1, Ordering::Relaxed);
    }

    fn end_own_sql(&self) {
        self.own_sql.fetch_sub(1, Ordering::Relaxed);
    }

    fn execute(
        &self,
        sql: &str,
        auto_begin: bool,
        fetch: bool,
        limit: Option<usize>,
    ) -> Result<(Map<String, Value>, Table)> {
        if let Some(known) = Ahead::answer(&self.ahead, sql) {
            return known;
        }
        let fetch = match (fetch, limit) {
            (false, _) => Fetch::None,
            (true, Some(limit)) => Fetch::Limit(limit),
            (true, None) => Fetch::All,
        };
        let translated = if self.is_authors() { self.translated(sql)? } else { None };
        let answer = self.run_sql(translated.as_deref().unwrap_or(sql), auto_begin, fetch)?;
        Ok((answer.response.to_json(), convert::table(&answer.table)))
    }

    fn insert(&self, sql: &str, bindings: &[minijinja::Value]) -> Result<()> {
        let mut text = String::with_capacity(sql.len());
        let mut values = bindings.iter();
        for letter in sql.chars() {
            match letter {
                '?' => match values.next() {
                    Some(value) if value.is_none() => text.push_str("null"),
                    Some(value) if value.is_number() => text.push_str(&value.to_string()),
                    Some(value) => text.push_str(&format!("'{}'", value.to_string().replace('\'', "''"))),
                    None => text.push('?'),
                },
                other => text.push(other),
            }
        }
        self.run_sql(&text, true, Fetch::None).map(|_| ())
    }

    fn load_rows(&self, into: &RelationData, rows: &Table, how: RowsWanted) -> Result<u64> {
        let comment = self.commented()?;
        let (into, rows) = (convert::relation(into), convert::rows(rows));
        let request = RowLoad { into: &into, rows: &rows, quoted: how.quoted, replace: how.replace };
        let mut session = self.session();
        session.comment(comment.as_deref(), self.runtime.comment.place());
        let answer = session.load(&request).map_err(|error| self.refused("", &error))?;
        Ok(answer.response.rows_affected.unwrap_or_default())
    }

    fn set_query_tag(&self, tag: Option<&str>) -> Option<String> {
        self.session().adopt(Setting::QueryTag, tag)
    }

    fn query_tag(&self) -> Option<String> {
        self.session().query_tag()
    }

    fn known_columns(&self, relation: &str) -> Option<Vec<minijinja::Value>> {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).get(relation).cloned()
    }

    fn keep_columns(&self, relation: &str, columns: Vec<minijinja::Value>) {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).insert(relation.to_owned(), columns);
    }

    fn columns_of_input(&self, relation: &RelationData) -> Option<Vec<minijinja::Value>> {
        self.runtime.cache.columns(relation)
    }

    fn ensure_transaction(&self) -> Result<()> {
        let mut session = self.session();
        if session.in_transaction() || !self.runtime.adapter.transactions() {
            return Ok(());
        }
        session.begin().map_err(|error| self.refused("begin", &error))
    }

    fn commit(&self) -> Result<()> {
        let mut session = self.session();
        if !session.in_transaction() {
            return Ok(());
        }
        self.runtime
            .events
            .send(Event::SqlCommit { node: Some(self.info.clone()), connection: self.node.unique_id.clone() });
        session.commit().map_err(|error| self.refused("commit", &error))
    }

    fn resolve_ref(&self, call: &RefCall, package: &str) -> Result<RelationData> {
        let manifest = &self.runtime.manifest;
        let node =
            manifest.resolve_ref(call, package).map_err(|error| unresolved(&self.node, "node", &call.name, &error))?;
        let known = self.node.depends_on.iter().any(|id| *id == node.unique_id)
            || matches!(
                self.node.resource_type,
                crate::manifest::ResourceType::Operation | crate::manifest::ResourceType::SqlOperation
            );
        if !known && node.unique_id != self.node.unique_id {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt was unable to infer all dependencies for the model \"{}\".\nThis typically happens when ref() is placed within a conditional block.",
                        self.node.name
                    ),
                )
                .help(format!("name it where every run sees it: `-- depends_on: {{{{ ref('{}') }}}}`", call.name)),
            ));
        }
        self.tell_newer_version(call, node);
        Ok(self.read(node))
    }

    fn resolve_source(&self, source: &str, table: &str, package: &str) -> Result<RelationData> {
        let manifest = &self.runtime.manifest;
        let node = manifest
            .resolve_source(source, table, package)
            .map_err(|error| unresolved(&self.node, "source", &format!("{source}.{table}"), &error))?;
        Ok(self.read(node))
    }

    fn resolve_metric(&self, metric_package: Option<&str>, name: &str, package: &str) -> Result<minijinja::Value> {
        let manifest = &self.runtime.manifest;
        let node = manifest
            .resolve_kind(ResourceType::Metric, metric_package, name, package)
            .map_err(|error| unresolved(&self.node, "metric", name, &error))?;
        Ok(MetricValue::value(manifest, &node.unique_id))
    }

    fn resolve_function(&self, function_package: Option<&str>, name: &str, package: &str) -> Result<RelationData> {
        let node = self
            .runtime
            .manifest
            .resolve_kind(ResourceType::Function, function_package, name, package)
            .map_err(|error| unresolved(&self.node, "function", name, &error))?;
        Ok(self.runtime.relation(node).of_kind("function"))
    }

    fn is_unbuilt(&self, relation: &RelationData) -> bool {
        self.runtime.is_detached() && relation.same(&self.runtime.relation(&self.node))
    }

    fn cached(&self, database: &str, schema: &str) -> Option<Vec<RelationData>> {
        self.runtime.cache.schema(database, schema)
    }

    fn cache_schema(&self, database: &str, schema: &str, relations: Vec<RelationData>) {
        self.runtime.cache.set(database, schema, relations);
    }

    fn cache_added(&self, relation: &RelationData) {
        self.runtime.cache.add(relation);
    }

    fn cache_dropped(&self, relation: &RelationData) {
        self.runtime.cache.remove(relation);
    }

    fn cache_schema_dropped(&self, database: &str, schema: &str) {
        self.runtime.cache.forget(database, schema);
    }

    fn run_python(&self, code: &str) -> Result<Map<String, Value>> {
        self.submit_python(code)
    }

    fn write(&self, code: &str) -> Result<()> {
        if Ahead::is_wanted(&self.ahead) {
            return Ok(());
        }
        self.runtime.keep_run(&self.node, code, self.batch.as_ref().map(Batch::label).as_deref())
    }

    fn seed(&self) -> Result<Table> {
        let mut table = seed::table(&self.runtime, &self.node)?;
        if self.runtime.options.empty {
            table.rows.clear();
        }
        Ok(table)
    }

    fn emit(&self, message: Message, text: &str) -> Result<()> {
        if message == Message::Debug && !self.runtime.events.wants(Level::Debug) || Ahead::is_wanted(&self.ahead) {
            return Ok(());
        }
        let node = Some(self.info.clone());
        let text = self.runtime.facts.environment.scrub(text);
        let event = match message {
            Message::Info => Event::JinjaLogInfo { node, message: text },
            Message::Debug => Event::JinjaLogDebug { node, message: text },
            Message::Print => Event::Print { message: text },
            Message::Warning | Message::SnapshotTimestamp => {
                let kind = match message {
                    Message::SnapshotTimestamp => WarningKind::SnapshotTimestampWarning,
                    _ => WarningKind::JinjaLogWarning,
                };
                return self.runtime.events.warn(Warning::new(kind, text).node(self.info.clone()));
            }
        };
        self.runtime.events.send(event);
        Ok(())
    }

    fn graph(&self) -> minijinja::Value {
        self.runtime.graph()
    }

    fn selected(&self) -> Vec<String> {
        self.runtime.selected.clone()
    }
}
