//! One node on one session: what its templates can do, and where its SQL failed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use serde_json::{Map, Value};

use super::microbatch::{self, Batch};
use super::runtime::{Compiled, Runtime};
use super::translation::with_engine_types;
use super::unit_test::{self, Stage};
use super::{comment, convert, seed};
use crate::adapter::{AdapterError, Fetch, RowLoad, Session, Setting};
use crate::compile::{self, CompiledNode};
use crate::diagnostic::{Class, Diagnostic, Frame, Label, Result, Span};
use crate::event::{Event, Level, Warning, WarningKind};
use crate::jinja::{Live, Message, MetricValue, NodeScope, NodeView, Phase, RelationData, RowsWanted, Table};
use crate::manifest::{
    Detail, Node, Overrides, RefCall, RefError, ResourceType, is_older_version, sql_moment, version_text,
};
use crate::outcome::NodeInfo;

/// A session that the nodes of one worker use in turn.
pub type SharedSession = Arc<Mutex<Box<dyn Session>>>;

/// An ephemeral model in its reader: unique id, name and SQL.
type Cte = (String, String, String);

/// The ephemeral models that one compilation has rendered, each behind those it needs.
type Known = RefCell<HashMap<String, Vec<Cte>>>;

/// One node, while it is compiled and run.
pub struct NodeSession {
    pub(super) runtime: Arc<Runtime>,
    pub(super) node: Arc<Node>,
    pub(super) info: NodeInfo,
    session: SharedSession,
    batch: Option<Batch>,
    ephemeral: Mutex<Vec<String>>,
    compiled: OnceLock<Arc<CompiledNode>>,
    /// Signatures of a function that exist already.
    built: OnceLock<Vec<Value>>,
    failure: Mutex<Option<(Diagnostic, bool)>>,
    retry: AtomicBool,
    comment: OnceLock<Option<String>>,
    commenting: AtomicBool,
    /// This very value, for what must be handed on.
    me: Weak<Self>,
    /// For the template of a unit test.
    stage: Option<Stage>,
    /// How deep templates of the author's are nested that are being rendered.
    authoring: AtomicUsize,
    /// How deep the macros that speak to the warehouse themselves are nested.
    own_sql: AtomicUsize,
    /// The columns of relations that were asked for, as templates have them.
    columns: Mutex<HashMap<String, Vec<minijinja::Value>>>,
}

impl NodeSession {
    /// A node on a session.
    pub fn new(runtime: &Arc<Runtime>, node: &Arc<Node>, info: NodeInfo, session: &SharedSession) -> Arc<Self> {
        Self::of_batch(runtime, node, info, session, None)
    }

    /// A node on a session, perhaps for one batch only.
    pub fn of_batch(
        runtime: &Arc<Runtime>,
        node: &Arc<Node>,
        info: NodeInfo,
        session: &SharedSession,
        batch: Option<Batch>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self { batch, me: Weak::clone(me), ..Self::bare(runtime, node, info, session) })
    }

    /// A unit test on a session.
    pub(super) fn staged(
        runtime: &Arc<Runtime>,
        definition: &Node,
        info: NodeInfo,
        session: &SharedSession,
    ) -> Result<Arc<Self>> {
        let (runtime, node, stage) = unit_test::stage(runtime, definition)?;
        Ok(Arc::new_cyclic(|me| {
            let bare = Self::bare(&runtime, &node, info, session);
            Self { stage: Some(stage), me: Weak::clone(me), ..bare }
        }))
    }

    fn bare(runtime: &Arc<Runtime>, node: &Arc<Node>, info: NodeInfo, session: &SharedSession) -> Self {
        Self {
            runtime: Arc::clone(runtime),
            node: Arc::clone(node),
            info,
            session: Arc::clone(session),
            batch: None,
            ephemeral: Mutex::default(),
            compiled: OnceLock::new(),
            built: OnceLock::new(),
            failure: Mutex::default(),
            retry: AtomicBool::new(false),
            comment: OnceLock::new(),
            commenting: AtomicBool::new(false),
            me: Weak::new(),
            stage: None,
            authoring: AtomicUsize::new(0),
            own_sql: AtomicUsize::new(0),
            columns: Mutex::default(),
        }
    }

    /// Another node on the same session, whose SQL is known.
    pub(super) fn beside(&self, node: Arc<Node>, sql: String) -> Arc<Self> {
        let other = Self::new(&self.runtime, &node, self.info.clone(), &self.session);
        other.compiled.get_or_init(|| Arc::new(CompiledNode::plain(sql)));
        other
    }

    pub(super) fn session(&self) -> MutexGuard<'_, Box<dyn Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scope for the node's templates.
    pub fn scope(self: &Arc<Self>, extra: Vec<(String, minijinja::Value)>) -> NodeScope {
        self.scope_with(extra, None)
    }

    /// A scope for the node's own template: that of a unit test sees its overrides, and as `this` its input.
    fn own_scope(self: &Arc<Self>, mut extra: Vec<(String, minijinja::Value)>) -> NodeScope {
        let Some(stage) = &self.stage else { return self.scope(extra) };
        let this = stage.this.as_ref().and_then(|id| self.runtime.manifest.node(id));
        let value = this.map_or_else(|| minijinja::Value::from(()), |node| self.ephemeral(node).into_value());
        extra.push(("this".to_owned(), value));
        self.scope_with(extra, Some(Arc::clone(&stage.overrides)))
    }

    fn scope_with(
        self: &Arc<Self>,
        extra: Vec<(String, minijinja::Value)>,
        overrides: Option<Arc<Overrides>>,
    ) -> NodeScope {
        let node = &self.node;
        let mut model = self.runtime.node_json(node);
        let compiled = self.compiled.get().map(|compiled| compiled.runnable().to_owned());
        if let Some(sql) = &compiled {
            model.insert("compiled_code".to_owned(), Value::String(sql.clone()));
            model.insert("compiled_sql".to_owned(), Value::String(sql.clone()));
        }
        let mut extra: HashMap<String, minijinja::Value> = extra.into_iter().collect();
        let mut config = node.config.clone();
        if (compiled.is_some() || node.resource_type == ResourceType::Seed) && self.is_translated() {
            with_engine_types(&mut model, &mut config);
        }
        if let Some(batch) = &self.batch {
            extra.insert("model".to_owned(), batch.model(&model));
            if batch.incremental && compiled.is_some() {
                // dbt: while it is built, `is_incremental()` holds, also under `--full-refresh`.
                config.set("full_refresh", Value::Bool(false));
            }
        }
        if let Some(deferral) = &self.runtime.options.deferral {
            let earlier = deferral.relation(self.runtime.facts.naming, &node.unique_id);
            let value = earlier.map_or_else(|| minijinja::Value::from(()), RelationData::into_value);
            extra.insert("defer_relation".to_owned(), value);
        }
        if let Some(built) = self.built.get() {
            model.insert("built_signatures".to_owned(), Value::Array(built.clone()));
        }
        let view = NodeView {
            model: model.into(),
            package: node.package.clone(),
            id: node.unique_id.clone(),
            config,
            this: Some(self.runtime.relation(node)),
            vars_required: true,
            compiled,
            extra,
            overrides,
        };
        NodeScope::new(&self.runtime.facts, &self.runtime.engine, view, Phase::Live(Arc::clone(self) as Arc<dyn Live>))
    }

    /// Renders a template of the author's: its SQL is in the project's dialect.
    pub(super) fn as_author<T>(&self, render: impl FnOnce() -> T) -> T {
        self.authoring.fetch_add(1, Ordering::Relaxed);
        let rendered = render();
        self.authoring.fetch_sub(1, Ordering::Relaxed);
        rendered
    }

    /// Compiles the node and keeps its SQL.
    ///
    /// # Errors
    /// A template fails, or the file cannot be written.
    pub fn compile(self: &Arc<Self>) -> Result<Arc<CompiledNode>> {
        if let Some(done) = self.compiled.get() {
            return Ok(Arc::clone(done));
        }
        // dbt: `--no-inject-ephemeral-ctes`.
        let injects = self.runtime.facts.flags.get("INJECT_EPHEMERAL_CTES") != Some(&Value::Bool(false));
        let made = self.as_author(|| {
            compile::node(&self.runtime.engine, &self.node, &|extra| self.own_scope(extra), &|| {
                if injects { self.ctes(&Known::default()) } else { Ok(Vec::new()) }
            })
        });
        let made = Arc::new(made.map_err(|error| self.explain(error))?);
        let kept = Compiled {
            sql: made.sql.clone(),
            ctes: made.ctes.clone(),
            macros: made.macros.clone(),
            ..Compiled::default()
        };
        self.runtime.keep(&self.node, kept, self.batch.as_ref().map(Batch::label).as_deref())?;
        Ok(Arc::clone(self.compiled.get_or_init(|| made)))
    }

    /// The same place for another overload of its function: the node, its SQL, and what was created before it.
    pub(super) fn variant(&self, node: Node, body: &str, built: &[Value]) -> Arc<Self> {
        let variant = Self::new(&self.runtime, &Arc::new(node), self.info.clone(), &self.session);
        // A new session has nothing compiled and nothing built.
        let _ = variant.compiled.set(Arc::new(CompiledNode::plain(body.to_owned())));
        let _ = variant.built.set(built.to_vec());
        variant
    }

    /// The ephemeral models that the template referred to, each behind those it needs: id, name and SQL.
    fn ctes(self: &Arc<Self>, known: &Known) -> Result<Vec<Cte>> {
        let direct = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found: Vec<Cte> = Vec::new();
        for id in direct {
            for cte in self.cte(&id, known)? {
                if !found.iter().any(|(id, _, _)| *id == cte.0) {
                    found.push(cte);
                }
            }
        }
        Ok(found)
    }

    /// An ephemeral model behind those it needs.
    fn cte(self: &Arc<Self>, id: &str, known: &Known) -> Result<Vec<Cte>> {
        if let Some(found) = known.borrow().get(id) {
            return Ok(found.clone());
        }
        let Some(node) = self.runtime.manifest.node(id) else { return Ok(Vec::new()) };
        let inner = Self::new(&self.runtime, node, self.info.clone(), &self.session);
        let mut found = Vec::new();
        let needed = RefCell::new(Vec::new());
        let made = inner
            .as_author(|| {
                compile::node(&self.runtime.engine, node, &|extra| inner.scope(extra), &|| {
                    let ctes = inner.ctes(known)?;
                    needed.borrow_mut().clone_from(&ctes);
                    Ok(ctes)
                })
            })
            .map_err(|error| at_rows(node, error))?;
        found.extend(needed.into_inner());
        found.push((id.to_owned(), format!("__dbt__cte__{}", node.cte_name()), made.rendered().to_owned()));
        let kept = Compiled { sql: made.sql, ctes: made.ctes, macros: made.macros, ..Compiled::default() };
        self.runtime.keep(node, kept, None)?;
        known.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// The better explanation of an error, where a statement's failure was noted.
    pub fn explain(&self, error: Box<Diagnostic>) -> Box<Diagnostic> {
        let noted = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match noted {
            Some((noted, true)) if error.message == noted.message => Box::new(noted),
            _ => error,
        }
    }

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
    fn commented(&self) -> Result<Option<String>> {
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

    /// A refusal as a diagnostic at the template's own line.
    fn refused(&self, sql: &str, error: &AdapterError) -> Box<Diagnostic> {
        if error.is_retryable() {
            self.retry.store(true, Ordering::Relaxed);
        }
        if let Some(diagnostic) = &error.diagnostic {
            return diagnostic.clone();
        }
        let mut diagnostic = Diagnostic::error(Class::Database, self.runtime.facts.environment.scrub(&error.text));
        let mut located = false;
        if let (Some(position), Some(compiled)) = (error.position, self.compiled.get()) {
            let found: Option<(Span, Vec<Frame>)> = compiled.locate_in(sql, position);
            if let Some((span, mut frames)) = found {
                frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
                diagnostic = diagnostic.label(span, "here").trace(frames);
                located = true;
            }
        }
        if !located && let Some((span, frames)) = self.named_place(sql, &error.text) {
            diagnostic = diagnostic.label(span, "this name first occurs here").trace(frames);
            located = true;
        }
        if !located
            && self.compiled.get().is_some_and(|compiled| sql.contains(compiled.runnable()))
            && !self.node.code.is_empty()
        {
            // The engine names no place: the file is the best there is.
            let line = self.node.span().position().line;
            diagnostic = diagnostic.label(Span::line(&self.node.source, line), "in the SQL of this node");
            located = true;
        }
        let declared = self.node.test().and_then(|test| test.declared.clone());
        if let Some(declared) = declared.or_else(|| self.node.unit_test().and(self.node.patch.clone())) {
            diagnostic = diagnostic.label(declared, "in this test");
            located = true;
        }
        if !error.candidates.is_empty() && !error.text.contains("Did you mean") {
            diagnostic = diagnostic.help(format!("did you mean `{}`?", error.candidates.join("` or `")));
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((diagnostic.clone(), located));
        Box::new(diagnostic)
    }

    /// The first place of the name that an error without a position puts in quotes.
    fn named_place(&self, sql: &str, text: &str) -> Option<(Span, Vec<Frame>)> {
        let compiled = self.compiled.get()?;
        let name = text.split('"').nth(1).filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))?;
        let start = sql.find(compiled.runnable()).filter(|_| !compiled.sql.is_empty())?;
        let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let body = &sql[start..start + compiled.runnable().len()];
        let found = body
            .match_indices(name)
            .map(|(at, _)| at)
            .find(|at| !word(body[..*at].chars().next_back()) && !word(body[at + name.len()..].chars().next()))?;
        let (span, mut frames) = compiled.locate_runnable(found)?;
        frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
        Some((span, frames))
    }

    /// Gives the session what the node's configuration asks of it.
    pub(super) fn adopt_config(&self) {
        if let Some(key) = self.runtime.facts.naming.dialect.warehouse_key {
            self.session().adopt(Setting::Warehouse, self.node.config.text(key));
        }
    }

    /// Says of a `ref` without a version that a newer one than the latest is there to be tried.
    fn tell_newer_version(&self, call: &RefCall, node: &Node) {
        let Detail::Model { version: Some(version), latest_version: Some(latest), .. } = &node.detail else { return };
        if call.version.is_some() {
            return;
        }
        let others = self.runtime.manifest.nodes.values().filter(|other| other.name == node.name);
        let newest = others.filter_map(|other| other.version()).filter(|version| !version.is_null()).fold(
            latest,
            |newest, version| {
                if is_older_version(newest, version) { version } else { newest }
            },
        );
        if newest == latest {
            return;
        }
        let (name, package) = (&node.name, &node.package);
        let (version, newest) = (version_text(version), version_text(newest));
        let pinned = |version: &str| format!("{{{{ ref('{package}', '{name}', v='{version}') }}}}");
        let message = format!(
            "While compiling '{}':\nFound an unpinned reference to versioned model '{name}' in project '{package}'.\n\
             Resolving to latest version: {name}.v{version}\nA prerelease version {newest} is available: the reference \
             will mean {name}.v{newest} once that is the latest.\n  Try out v{newest}: {}\n  Pin to  v{version}: {}\n",
            self.node.name,
            pinned(&newest),
            pinned(&version),
        );
        self.runtime.events.send(Event::UnpinnedRefNewVersionAvailable { node: self.info.clone(), message });
    }

    /// Whether the node may be tried again from its start.
    pub fn retryable(&self) -> bool {
        self.retry.load(Ordering::Relaxed)
    }

    /// The expression of an ephemeral model, which is put in when the template is done.
    fn ephemeral(&self, node: &Node) -> RelationData {
        let mut ephemeral = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner);
        if !ephemeral.contains(&node.unique_id) {
            ephemeral.push(node.unique_id.clone());
        }
        RelationData::cte(self.runtime.facts.naming, &node.cte_name())
    }

    /// What a reader of a node gets.
    fn read(&self, node: &Node) -> RelationData {
        if node.is_ephemeral() {
            return self.limited(self.ephemeral(node), node);
        }
        let deferral = self.runtime.options.deferral.as_ref();
        let elsewhere = deferral.and_then(|deferral| deferral.instead(&self.runtime, node));
        self.limited(elsewhere.unwrap_or_else(|| self.runtime.relation(node)), node)
    }

    /// A relation as a reader gets it: without rows under `--empty`, and with the rows of a batch or sample alone.
    ///
    /// dbt: `resolve_limit` and `resolve_event_time_filter`.
    fn limited(&self, mut relation: RelationData, target: &Node) -> RelationData {
        if self.runtime.options.empty && self.node.resource_type != ResourceType::UnitTest {
            relation.limit = Some(0);
        }
        if matches!(self.node.resource_type, ResourceType::Model | ResourceType::Snapshot)
            && let Some(column) = microbatch::event_time_column(target)
        {
            let window = match (&self.batch, self.runtime.options.sample) {
                (Some(batch), Some(sample)) => Some(batch.window.overlap(sample)),
                (Some(batch), None) => Some(batch.window),
                (None, sample) => sample,
            };
            relation.filter = window.map(|window| {
                format!("{column} >= '{}' and {column} < '{}'", sql_moment(window.start), sql_moment(window.end))
            });
        }
        relation
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

impl Live for NodeSession {
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
        if message == Message::Debug && !self.runtime.events.wants(Level::Debug) {
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

/// An error in the rows of a unit test, at the place where they are written.
fn at_rows(node: &Node, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    if node.source.path() != unit_test::FIXTURE {
        return error;
    }
    error.labels.retain(|label| !label.span.source.path().starts_with('<'));
    if let Some(span) = &node.patch {
        error.labels.insert(0, Label { span: span.clone(), text: "in these rows".to_owned() });
    }
    error
}

fn unresolved(node: &Node, what: &str, name: &str, error: &RefError) -> Box<Diagnostic> {
    let reason = if *error == RefError::Disabled { "which is disabled" } else { "which was not found" };
    let diagnostic = Diagnostic::error(
        Class::Compilation,
        format!(
            "{} '{}' ({}) depends on a {what} named '{name}' {reason}",
            title(node.resource_type.name()),
            node.unique_id,
            node.original_file_path
        ),
    );
    if node.unit_test().is_some() {
        let call = if what == "source" {
            format!("source('{}')", name.replacen('.', "', '", 1))
        } else {
            format!("ref('{name}')")
        };
        return Box::new(
            diagnostic
                .label_opt(node.patch.clone(), "in this unit test")
                .help(format!("the model reads it, so the test needs rows for it: `- input: {call}`")),
        );
    }
    Box::new(match error {
        RefError::Missing(near) => diagnostic.suggest(near.as_deref()),
        _ => diagnostic,
    })
}

/// dbt: `Model`, `Unit_Test`.
fn title(kind: &str) -> String {
    let words = kind.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join("_")
}
