//! What all nodes of a run share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value, json};

use super::cache::Cache;
use super::comment::QueryComment;
use super::deferral::Deferral;
use super::progress::Keeper;
use super::slots::Slots;
use crate::adapter::Adapter;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::Events;
use crate::jinja::{Engine, Facts, RelationData, python};
use crate::manifest::{Manifest, Moment, Node, ResourceType, TimeWindow};
use crate::outcome::BatchResults;
use crate::parse::Quote;
use crate::project::Project;

/// What the command line says about the run.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// `--empty`: readers get no rows.
    pub empty: bool,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// `--threads`.
    pub threads: usize,
    /// `--event-time-start` and `--event-time-end`: the span that microbatch models build.
    pub event_time: Option<TimeWindow>,
    /// `--sample`: readers get the rows of this span.
    pub sample: Option<TimeWindow>,
    /// For `retry`: batches of an earlier run by unique id. A model that is listed builds those that failed.
    pub earlier_batches: HashMap<String, BatchResults>,
    /// For `retry`: the moment up to which batches are built, in place of the beginning of this run.
    pub batches_until: Option<Moment>,
    /// Arguments for `run_results.json`.
    pub arguments: Map<String, Value>,
    /// `--defer`: where an earlier run built the nodes.
    pub deferral: Option<Arc<Deferral>>,
    /// Keeps the results while the run goes on.
    pub keeper: Option<Keeper>,
}

/// What a runtime writes below the target folder, and whether it tells of what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Everything.
    All,
    /// Compiled SQL: nothing is run.
    CompiledSql,
    /// Nothing, and nobody hears of it.
    Nothing,
}

/// A node's SQL, as the manifest keeps it.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// The SQL.
    pub sql: String,
    /// Ephemeral models put in: unique id and SQL.
    pub ctes: Vec<(String, String)>,
    /// Bodies of a function's overloads, in their order.
    pub overloads: Vec<String>,
    /// The macros that the template called itself.
    pub macros: Vec<String>,
    /// The file below the project's folder.
    pub path: Option<String>,
    /// The file of the SQL that was run.
    pub build_path: Option<String>,
}

/// Everything a node needs to run.
pub struct Runtime {
    /// The project.
    pub project: Arc<Project>,
    /// The manifest.
    pub manifest: Arc<Manifest>,
    /// Templates and macros.
    pub engine: Engine,
    /// Context of the invocation.
    pub facts: Arc<Facts>,
    /// The warehouse.
    pub adapter: Arc<dyn Adapter>,
    /// Where everything is told.
    pub events: Events,
    /// Options.
    pub options: RunOptions,
    /// Unique ids of the selected nodes.
    pub selected: Vec<String>,
    pub(super) cache: Arc<Cache>,
    pub(super) slots: Arc<Slots>,
    pub(super) comment: QueryComment,
    compiled: Mutex<HashMap<String, Compiled>>,
    /// Macros that nodes turned out to call, beside those of what was compiled.
    called: Mutex<HashMap<String, Vec<String>>>,
    /// The place of each hook that ran among those of its moment, from 1.
    hooks: Mutex<HashMap<String, usize>>,
    graph: OnceLock<minijinja::Value>,
    writes: Writes,
}

impl Runtime {
    /// A runtime before anything ran.
    #[expect(clippy::too_many_arguments, reason = "each is a different thing that a run cannot do without")]
    pub fn new(
        project: Arc<Project>,
        manifest: Arc<Manifest>,
        engine: Engine,
        facts: Arc<Facts>,
        adapter: Arc<dyn Adapter>,
        events: Events,
        options: RunOptions,
        selected: Vec<String>,
    ) -> Self {
        Self {
            comment: QueryComment::of_project(&project),
            project,
            manifest,
            engine,
            facts,
            adapter,
            events,
            options,
            selected,
            cache: Arc::default(),
            slots: Arc::default(),
            compiled: Mutex::default(),
            called: Mutex::default(),
            hooks: Mutex::default(),
            graph: OnceLock::new(),
            writes: Writes::All,
        }
    }

    /// The same project on another warehouse, or on the same one, as before the first run: the relation of the node that
    /// is rendered does not exist, so incremental models are rendered as for their first run, and only what `writes`
    /// says is told and written.
    #[must_use]
    pub fn detached(&self, adapter: Arc<dyn Adapter>, writes: Writes) -> Arc<Self> {
        Arc::new(Self {
            comment: QueryComment::Off,
            project: Arc::clone(&self.project),
            manifest: Arc::clone(&self.manifest),
            engine: self.engine.clone(),
            facts: Arc::clone(&self.facts),
            adapter,
            events: if writes == Writes::Nothing { Events::silent() } else { self.events.clone() },
            options: RunOptions { keeper: None, ..self.options.clone() },
            selected: self.selected.clone(),
            cache: Arc::default(),
            slots: Arc::default(),
            compiled: Mutex::default(),
            called: Mutex::default(),
            hooks: Mutex::default(),
            graph: OnceLock::new(),
            writes,
        })
    }

    /// Whether nodes are rendered as before their first run.
    pub(super) fn is_detached(&self) -> bool {
        self.writes != Writes::All
    }

    /// The same run with another manifest: what relations exist is shared, what is compiled is not.
    ///
    /// Readers get rows even under `--empty`: the manifest is that of a unit test, whose rows are given.
    pub(super) fn with_manifest(&self, manifest: Manifest) -> Arc<Self> {
        Arc::new(Self {
            comment: self.comment.clone(),
            project: Arc::clone(&self.project),
            manifest: Arc::new(manifest),
            engine: self.engine.clone(),
            facts: Arc::clone(&self.facts),
            adapter: Arc::clone(&self.adapter),
            events: self.events.clone(),
            options: RunOptions { empty: false, ..self.options.clone() },
            selected: self.selected.clone(),
            cache: Arc::clone(&self.cache),
            slots: Arc::clone(&self.slots),
            compiled: Mutex::default(),
            called: Mutex::default(),
            hooks: Mutex::default(),
            graph: OnceLock::new(),
            writes: self.writes,
        })
    }

    /// The relation that a node builds or is.
    pub fn relation(&self, node: &Node) -> RelationData {
        let mut relation = RelationData::new(self.facts.naming, node.database.as_deref(), &node.schema, &node.alias);
        relation.external = node.source_table().and_then(|table| table.file.clone());
        if let Some(table) = node.source_table() {
            // dbt: what `source()` gives does not follow the project's `quoting`.
            let quote = Quote::of_adapter(&self.facts.adapter).with(&Quote::of_config(&table.quoting));
            relation.quoted = [quote.database, quote.schema, quote.identifier];
        } else if let Some(name) = &node.relation_name {
            quote_as(&mut relation, name);
        }
        relation
    }

    /// Keeps the SQL of a node and writes it below the target folder.
    ///
    /// # Errors
    /// The file cannot be written.
    ///
    /// dbt: of a batch, whose label is `batch`, only the file is kept.
    pub fn keep(&self, node: &Node, mut compiled: Compiled, batch: Option<&str>) -> Result<()> {
        if self.writes == Writes::Nothing {
            return Ok(());
        }
        // dbt: nothing is not written.
        if node.resource_type != ResourceType::SqlOperation && !compiled.sql.is_empty() {
            let path = crate::compile::compiled_path(&self.project.target_path, node, batch);
            write(&path, &compiled.sql)?;
            compiled.path = Some(self.shown(&path));
        }
        if batch.is_some() {
            return Ok(());
        }
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(node.unique_id.clone(), compiled);
        Ok(())
    }

    /// Keeps the SQL that was run for a node.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_run(&self, node: &Node, sql: &str, batch: Option<&str>) -> Result<()> {
        let path = crate::compile::run_path(&self.project.target_path, node, batch);
        write(&path, sql)?;
        if batch.is_some() {
            return Ok(());
        }
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.entry(node.unique_id.clone()).or_default().build_path = Some(self.shown(&path));
        Ok(())
    }

    /// Adds macros that a node turned out to call.
    pub fn add_macros(&self, id: &str, macros: impl Iterator<Item = String>) {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        called.entry(id.to_owned()).or_default().extend(macros);
    }

    /// Keeps the place of a hook among those that run with it.
    pub(super) fn keep_hook(&self, id: &str, index: usize) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), index);
    }

    /// The SQL of a node, if it was compiled.
    pub fn compiled(&self, id: &str) -> Option<Compiled> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// A path as the user knows it: below the project's folder.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.project.root).unwrap_or(path).display().to_string()
    }

    /// The manifest's nodes with what compiling added, for `manifest.json`.
    pub fn node_json(&self, node: &Node) -> Map<String, Value> {
        let mut map = node.to_json();
        if let Some(earlier) = self.options.deferral.as_ref().and_then(|deferral| deferral.json(&node.unique_id)) {
            map.insert("defer_relation".to_owned(), earlier.clone());
        }
        if let Some(index) = self.hooks.lock().unwrap_or_else(PoisonError::into_inner).get(&node.unique_id) {
            map.insert("index".to_owned(), json!(index));
        }
        let compiled = self.compiled(&node.unique_id);
        let called = self.called.lock().unwrap_or_else(PoisonError::into_inner).get(&node.unique_id).cloned();
        // dbt: what a template calls only when it runs is a dependency as well.
        if let Some(Value::Array(macros)) = map.get_mut("depends_on").and_then(|depends| depends.get_mut("macros")) {
            let of_template = compiled.iter().flat_map(|compiled| &compiled.macros).cloned();
            for id in of_template.chain(called.unwrap_or_default()).map(Value::String) {
                if !macros.contains(&id) {
                    macros.push(id);
                }
            }
        }
        if let Some(compiled) = compiled {
            map.insert("build_path".to_owned(), json!(compiled.build_path));
            if node.resource_type != ResourceType::Seed {
                map.insert("compiled_path".to_owned(), json!(compiled.path));
                map.insert("compiled".to_owned(), json!(true));
                map.insert("compiled_code".to_owned(), json!(compiled.sql));
                map.insert("extra_ctes_injected".to_owned(), json!(true));
                let ctes: Vec<Value> = compiled.ctes.iter().map(|(id, sql)| json!({"id": id, "sql": sql})).collect();
                map.insert("extra_ctes".to_owned(), json!(ctes));
                super::foreign_keys::resolve(self, node, &mut map);
                if let Some(Value::Array(overloads)) = map.get_mut("overloads") {
                    for (overload, body) in overloads.iter_mut().zip(compiled.overloads) {
                        overload["compiled_body"] = Value::String(body);
                    }
                }
            }
        }
        map
    }

    /// `graph` in templates; made once, when first asked for.
    pub(super) fn graph(&self) -> minijinja::Value {
        self.graph
            .get_or_init(|| {
                let mut graph = Map::new();
                for key in [
                    "nodes",
                    "sources",
                    "exposures",
                    "groups",
                    "metrics",
                    "semantic_models",
                    "saved_queries",
                    "functions",
                    "unit_tests",
                ] {
                    graph.insert(key.to_owned(), json!({}));
                }
                for node in self.manifest.nodes.values() {
                    let key = match node.resource_type {
                        ResourceType::Source => "sources",
                        ResourceType::Exposure => "exposures",
                        ResourceType::UnitTest => "unit_tests",
                        ResourceType::Metric => "metrics",
                        ResourceType::SemanticModel => "semantic_models",
                        ResourceType::SavedQuery => "saved_queries",
                        ResourceType::Function => "functions",
                        _ => "nodes",
                    };
                    if let Some(Value::Object(map)) = graph.get_mut(key) {
                        map.insert(node.unique_id.clone(), Value::Object(node.to_json()));
                    }
                }
                python::value_from_json(&Value::Object(graph))
            })
            .clone()
    }

    /// The project's folder.
    pub fn root(&self) -> &PathBuf {
        &self.project.root
    }
}

/// Quotes the parts of a relation that its written name quotes.
pub(super) fn quote_as(relation: &mut RelationData, name: &str) {
    let parts: Vec<&str> = split_name(name);
    if parts.len() == 3 {
        for (index, part) in parts.iter().enumerate() {
            relation.quoted[index] = part.starts_with('"');
        }
    }
}

fn split_name(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (index, letter) in name.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => {
                parts.push(&name[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&name[start..]);
    parts
}

/// Writes a file, making its folders.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Box::new(Diagnostic::error(Class::File, format!("cannot write `{}`: {error}", path.display())))
    };
    // Nearly always the folder is there and the name is free or a file's.
    if std::fs::write(path, text).is_ok() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        if folder.is_file() {
            std::fs::remove_file(folder).map_err(failed)?;
        }
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    if path.is_dir() {
        std::fs::remove_dir_all(path).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
