//! One node on one session, and the scope that its templates are rendered in.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use serde_json::Value;

use crate::adapter::{Session, Setting};
use crate::compile::CompiledNode;
use crate::diagnostic::{Diagnostic, Result};
use crate::execute::microbatch::Batch;
use crate::execute::runtime::Runtime;
use crate::execute::together::Ahead;
use crate::execute::translation::with_engine_types;
use crate::execute::unit_test::{self, Stage};
use crate::jinja::{Live, NodeScope, NodeView, Phase, RelationData};
use crate::manifest::{Node, Overrides, ResourceType};
use crate::outcome::NodeInfo;

/// A session that the nodes of one worker use in turn.
pub type SharedSession = Arc<Mutex<Box<dyn Session>>>;

/// One node, while it is compiled and run.
pub struct NodeSession {
    pub(in crate::execute) runtime: Arc<Runtime>,
    pub(in crate::execute) node: Arc<Node>,
    pub(in crate::execute) info: NodeInfo,
    pub(super) session: SharedSession,
    pub(super) batch: Option<Batch>,
    pub(super) ephemeral: Mutex<Vec<String>>,
    pub(super) compiled: OnceLock<Arc<CompiledNode>>,
    /// The ephemeral model, among those that the node reads, that could not be compiled.
    pub(in crate::execute) broken: OnceLock<String>,
    /// Signatures of a function that exist already.
    pub(super) built: OnceLock<Vec<Value>>,
    pub(super) failure: Mutex<Option<(Diagnostic, bool)>>,
    pub(super) retry: AtomicBool,
    pub(super) comment: OnceLock<Option<String>>,
    pub(super) commenting: AtomicBool,
    /// This very value, for what must be handed on.
    pub(super) me: Weak<Self>,
    /// For the template of a unit test.
    pub(super) stage: Option<Stage>,
    /// How deep templates of the author's are nested that are being rendered.
    pub(super) authoring: AtomicUsize,
    /// How deep the macros that speak to the warehouse themselves are nested.
    pub(super) own_sql: AtomicUsize,
    /// What is known of the query of a test before it is sent.
    pub(in crate::execute) ahead: Mutex<Ahead>,
    /// The columns of relations that were asked for, as templates have them.
    pub(super) columns: Mutex<HashMap<String, Vec<minijinja::Value>>>,
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
    pub(in crate::execute) fn staged(
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
            broken: OnceLock::new(),
            built: OnceLock::new(),
            failure: Mutex::default(),
            retry: AtomicBool::new(false),
            comment: OnceLock::new(),
            commenting: AtomicBool::new(false),
            me: Weak::new(),
            stage: None,
            authoring: AtomicUsize::new(0),
            own_sql: AtomicUsize::new(0),
            ahead: Mutex::default(),
            columns: Mutex::default(),
        }
    }

    /// Another node on the same session, whose SQL is known.
    pub(in crate::execute) fn beside(&self, node: Arc<Node>, sql: String) -> Arc<Self> {
        let other = Self::new(&self.runtime, &node, self.info.clone(), &self.session);
        other.compiled.get_or_init(|| Arc::new(CompiledNode::plain(sql)));
        other
    }

    pub(in crate::execute) fn session(&self) -> MutexGuard<'_, Box<dyn Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A scope for the node's templates.
    pub fn scope(self: &Arc<Self>, extra: Vec<(String, minijinja::Value)>) -> NodeScope {
        self.scope_with(extra, None)
    }

    /// A scope for the node's own template: that of a unit test sees its overrides, and as `this` its input.
    pub(super) fn own_scope(self: &Arc<Self>, mut extra: Vec<(String, minijinja::Value)>) -> NodeScope {
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
    pub(in crate::execute) fn as_author<T>(&self, render: impl FnOnce() -> T) -> T {
        self.authoring.fetch_add(1, Ordering::Relaxed);
        let rendered = render();
        self.authoring.fetch_sub(1, Ordering::Relaxed);
        rendered
    }

    /// The same place for another overload of its function: the node, its SQL, and what was created before it.
    pub(in crate::execute) fn variant(&self, node: Node, body: &str, built: &[Value]) -> Arc<Self> {
        let variant = Self::new(&self.runtime, &Arc::new(node), self.info.clone(), &self.session);
        // A new session has nothing compiled and nothing built.
        let _ = variant.compiled.set(Arc::new(CompiledNode::plain(body.to_owned())));
        let _ = variant.built.set(built.to_vec());
        variant
    }

    /// Gives the session what the node's configuration asks of it.
    pub(in crate::execute) fn adopt_config(&self) {
        if let Some(key) = self.runtime.facts.naming.dialect.warehouse_key {
            self.session().adopt(Setting::Warehouse, self.node.config.text(key));
        }
    }

    /// Whether the node may be tried again from its start.
    pub fn retryable(&self) -> bool {
        self.retry.load(Ordering::Relaxed)
    }
}
