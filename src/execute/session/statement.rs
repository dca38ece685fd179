//! The SQL of a node's templates on its session.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;

use super::NodeSession;
use crate::adapter::Fetch;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::execute::comment;
use crate::manifest::ResourceType;

impl NodeSession {
    fn tell_query(&self, sql: &str) {
        if !self.runtime.events.wants(Level::Debug) {
            return;
        }
        let connection = comment::connection(&self.node);
        let adapter = self.runtime.facts.adapter.clone();
        self.runtime.events.send(Event::ConnectionUsed { connection: connection.clone(), adapter });
        self.runtime.events.send(Event::SqlQuery { node: Some(self.info.clone()), connection, sql: sql.to_owned() });
    }

    /// The comment on the node's statements; made once.
    pub(in crate::execute) fn commented(&self) -> Result<Option<String>> {
        if let Some(text) = self.comment.get() {
            return Ok(text.clone());
        }
        if self.commenting.swap(true, Ordering::Relaxed) {
            // A statement that the comment's own template runs.
            return Ok(None);
        }
        let scope = || self.me.upgrade().map(|me| me.scope(comment::names(&self.node)).shared());
        let text = self.runtime.comment.text(&self.runtime, &self.node, &scope);
        self.commenting.store(false, Ordering::Relaxed);
        let text = text?;
        Ok(self.comment.get_or_init(|| text).clone())
    }

    /// Runs SQL on the node's session.
    ///
    /// # Errors
    /// What the warehouse says, with the template's own place where it is known.
    pub fn run_sql(&self, sql: &str, begin: bool, fetch: Fetch) -> Result<crate::adapter::Answer> {
        if self.runtime.facts.flags.get("INTROSPECT") == Some(&Value::Bool(false)) {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Runtime,
                    format!(
                        "connection never acquired for thread: `{}` asks the warehouse while it is compiled",
                        self.node.name
                    ),
                )
                .label_opt((!self.node.code.is_empty()).then(|| self.node.span()), "")
                .help("run without `--no-introspect`"),
            ));
        }
        let comment = self.commented()?;
        self.forget_columns(sql);
        let mut session = self.session();
        // A test that only reads needs no transaction around its one query.
        let is_test = self.node.resource_type == ResourceType::Test;
        let reads = is_test && {
            let query = sql.trim();
            query.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select")) && !query.contains(';')
        };
        if begin && !reads && self.runtime.adapter.transactions() && !session.in_transaction() {
            session.begin().map_err(|error| self.refused("begin", &error))?;
        }
        let (sent, bytes, lines) = if session.comment(comment.as_deref(), self.runtime.comment.place()) {
            (sql.to_owned(), 0, 0)
        } else {
            self.runtime.comment.with(comment.as_deref(), sql)
        };
        self.tell_query(&sent);
        let started = Instant::now();
        let answer = match fetch {
            Fetch::All if is_test => session.execute_row(&sent),
            _ => session.execute(&sent, fetch),
        };
        let answer = answer.map_err(|mut error| {
            error.position = error.position.map(|position| position.saturating_sub(bytes));
            error.text = comment::without_lines(&error.text, lines);
            self.refused(sql, &error)
        })?;
        drop(session);
        self.runtime.events.send(Event::SqlQueryStatus {
            node: Some(self.info.clone()),
            status: answer.response.message.clone(),
            elapsed: started.elapsed().as_secs_f64(),
            query_id: answer.response.query_id.clone().unwrap_or_default(),
        });
        Ok(answer)
    }

    /// Forgets the columns of relations where a statement may change them.
    fn forget_columns(&self, sql: &str) {
        const HARMLESS: &[&str] =
            &["select", "with", "show", "describe", "desc", "insert", "merge", "delete", "update", "use"];
        let mut rest = sql.trim_start();
        while let Some((_, after)) = rest.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
            rest = after.trim_start();
        }
        let word = rest.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        let is_single = !rest.trim_end().trim_end_matches(';').contains(';');
        if !is_single || !HARMLESS.contains(&word.to_ascii_lowercase().as_str()) {
            self.columns.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Undoes what is not committed.
    pub fn rollback(&self) {
        let mut session = self.session();
        if session.in_transaction() {
            self.runtime
                .events
                .send(Event::Rollback { node: Some(self.info.clone()), connection: self.node.unique_id.clone() });
            // A session that cannot roll back is broken: its next statement says so.
            let _ = session.rollback();
        }
    }
}
