//! All that was parsed, and how names are looked up in it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::{ByName, Graph, Node, RefCall, ResourceType, is_older_version, version_text};
use crate::diagnostic::{SourceFile, nearest};

/// A macro as the manifest lists it.
#[derive(Debug, Clone)]
pub struct MacroInfo {
    /// `macro.package.name`.
    pub unique_id: String,
    /// Name, with the prefix of its block kind.
    pub name: String,
    /// Package.
    pub package: String,
    /// Path below the package.
    pub path: String,
    /// The block's text.
    pub macro_sql: String,
    /// Macros it calls.
    pub depends_on: Vec<String>,
    /// From a YAML file.
    pub description: String,
    /// From a YAML file.
    pub meta: Map<String, Value>,
    /// Whether and how documentation shows it.
    pub docs: Value,
    /// Name, type and description of each argument.
    pub arguments: Vec<Value>,
    /// The YAML file that describes it.
    pub patch_path: Option<String>,
    /// Languages of a materialization.
    pub supported_languages: Option<Vec<String>>,
    /// Seconds since 1970.
    pub created_at: f64,
}

/// A docs block.
#[derive(Debug, Clone)]
pub struct DocBlock {
    /// `doc.package.name`.
    pub unique_id: String,
    /// Name.
    pub name: String,
    /// Package.
    pub package: String,
    /// Path below the resource folder.
    pub path: String,
    /// Path below the package.
    pub original_file_path: String,
    /// Its text.
    pub contents: String,
}

/// A group of models with an owner.
#[derive(Debug, Clone)]
pub struct Group {
    /// `group.package.name`.
    pub unique_id: String,
    /// Name.
    pub name: String,
    /// Package.
    pub package: String,
    /// Path below the resource folder.
    pub path: String,
    /// Path below the package.
    pub original_file_path: String,
    /// Name and email.
    pub owner: Value,
    /// Description.
    pub description: Option<String>,
    /// What its file, and the project for models in the file's folder, configure.
    pub config: Map<String, Value>,
}

/// Why a `ref()` or `source()` leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefError {
    /// There is no such node; the nearest name.
    Missing(Option<String>),
    /// The node is disabled.
    Disabled,
    /// Several nodes of that name and package.
    Ambiguous(Vec<String>),
}

/// The parsed project.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Every enabled node, sources, exposures and unit tests included, by unique id.
    pub nodes: ByName<Arc<Node>>,
    /// Nodes that are switched off.
    pub disabled: IndexMap<String, Vec<Arc<Node>>>,
    /// Macros by unique id.
    pub macros: IndexMap<String, MacroInfo>,
    /// Docs blocks by unique id.
    pub docs: IndexMap<String, DocBlock>,
    /// Groups by unique id.
    pub groups: IndexMap<String, Group>,
    /// Edges.
    pub graph: Graph,
    /// The project's files by display path, for `file` and error look-ups.
    pub files: HashMap<String, Arc<SourceFile>>,
    /// Name of the root package.
    pub root: String,
    /// Whether `ref()` searches the calling node's package before the root.
    pub own_package_first: bool,
    by_name: FxHashMap<String, Vec<String>>,
    sources_by_name: FxHashMap<(String, String), Vec<String>>,
}

/// Whether a `ref()` names a version. dbt: 0 and an empty text are no version.
fn is_given(version: &Value) -> bool {
    !(version.is_null() || version.as_f64() == Some(0.0) || version.as_str() == Some(""))
}

impl Manifest {
    /// Adds a node under its id.
    pub fn insert(&mut self, node: Arc<Node>) {
        let id = node.unique_id.clone();
        if node.resource_type.is_refable() {
            // dbt: the bare name means the latest version, and each version has a name of its own.
            if node.version().is_none() || node.is_latest_version() {
                self.by_name.entry(node.name.clone()).or_default().push(id.clone());
            }
            if node.version().is_some() {
                self.by_name.entry(node.search_name()).or_default().push(id.clone());
            }
        }
        if let Some(table) = node.source_table() {
            self.sources_by_name.entry((table.source_name.clone(), node.name.clone())).or_default().push(id.clone());
        }
        self.nodes.insert(id, node);
    }

    /// Adds a node that is switched off.
    pub fn insert_disabled(&mut self, node: Arc<Node>) {
        self.disabled.entry(node.unique_id.clone()).or_default().push(node);
    }

    /// Computes the graph from what the nodes read.
    pub fn connect(&mut self) {
        let edges: Vec<(&str, &[String])> =
            self.nodes.iter().map(|(id, node)| (id.as_str(), node.depends_on.as_slice())).collect();
        self.graph = Graph::new(edges);
    }

    /// The node of an id.
    pub fn node(&self, id: &str) -> Option<&Arc<Node>> {
        self.nodes.get(id)
    }

    /// The node that `ref()` means in a package.
    ///
    /// dbt: without a package the root's nodes are searched first, then those of the calling node's package (or the
    /// other way round, where a flag says so), then those of all packages.
    ///
    /// # Errors
    /// No such node, a disabled one, or several.
    pub fn resolve_ref(&self, call: &RefCall, package: &str) -> Result<&Arc<Node>, RefError> {
        let key = match call.version.as_ref().filter(|version| is_given(version)) {
            Some(version) => Cow::Owned(format!("{}.v{}", call.name, version_text(version))),
            None => Cow::Borrowed(call.name.as_str()),
        };
        let candidates: Vec<&Arc<Node>> =
            self.by_name.get(key.as_ref()).into_iter().flatten().filter_map(|id| self.nodes.get(id)).collect();
        let local = |name: &str| candidates.iter().find(|node| node.package == name).copied();
        let found = match &call.package {
            Some(wanted) => local(wanted),
            None if self.own_package_first => local(package).or_else(|| local(&self.root)),
            None => local(&self.root).or_else(|| local(package)),
        };
        if let Some(node) = found {
            return Ok(node);
        }
        match candidates.as_slice() {
            _ if call.package.is_some() => {}
            [] => {}
            [node] => return Ok(node),
            several => return Err(RefError::Ambiguous(several.iter().map(|node| node.unique_id.clone()).collect())),
        }
        let disabled = self.disabled.values().flatten().any(|node| {
            node.resource_type.is_refable()
                && (node.search_name() == key || node.name == key && node.is_latest_version())
                && call.package.as_ref().is_none_or(|wanted| *wanted == node.package)
        });
        if disabled {
            return Err(RefError::Disabled);
        }
        let near = nearest(&key, self.by_name.keys().map(String::as_str));
        Err(RefError::Missing(near.map(str::to_owned)))
    }

    /// The highest version of a versioned model among those of its package.
    pub fn newest_version(&self, model: &Node) -> Option<&Value> {
        let versions = self.nodes.values().filter(|node| node.name == model.name).filter_map(|node| node.version());
        versions.reduce(|newest, version| if is_older_version(newest, version) { version } else { newest })
    }

    /// The metric or function that a call means in a package.
    ///
    /// # Errors
    /// No such resource, or a disabled one.
    pub fn resolve_kind(
        &self,
        kind: ResourceType,
        wanted_package: Option<&str>,
        name: &str,
        package: &str,
    ) -> Result<&Arc<Node>, RefError> {
        let id = |package: &str| format!("{}.{package}.{name}", kind.name());
        let fits = |node: &Node| node.resource_type == kind && node.name == name;
        let found = match wanted_package {
            Some(wanted) => self.nodes.get(&id(wanted)),
            None => self
                .nodes
                .get(&id(package))
                .or_else(|| self.nodes.get(&id(&self.root)))
                .or_else(|| self.nodes.values().find(|node| fits(node))),
        };
        if let Some(node) = found {
            return Ok(node);
        }
        let in_package = |node: &Node| wanted_package.is_none_or(|wanted| node.package == wanted);
        if self.disabled.values().flatten().any(|node| fits(node) && in_package(node)) {
            return Err(RefError::Disabled);
        }
        let names = self.nodes.values().filter(|node| node.resource_type == kind).map(|node| node.name.as_str());
        Err(RefError::Missing(nearest(name, names).map(str::to_owned)))
    }

    /// The source table that `source()` means in a package.
    ///
    /// # Errors
    /// No such table, or a disabled one.
    pub fn resolve_source(&self, source: &str, table: &str, package: &str) -> Result<&Arc<Node>, RefError> {
        let candidates: Vec<&Arc<Node>> = self
            .sources_by_name
            .get(&(source.to_owned(), table.to_owned()))
            .into_iter()
            .flatten()
            .filter_map(|id| self.nodes.get(id))
            .collect();
        let local = |name: &str| candidates.iter().find(|node| node.package == name).copied();
        if let Some(node) = local(package).or_else(|| local(&self.root)).or_else(|| candidates.first().copied()) {
            return Ok(node);
        }
        let wanted = format!("{source}.{table}");
        if self
            .disabled
            .values()
            .flatten()
            .any(|node| node.resource_type == ResourceType::Source && node.search_name() == wanted)
        {
            return Err(RefError::Disabled);
        }
        let names: Vec<String> =
            self.sources_by_name.keys().map(|(source, table)| format!("{source}.{table}")).collect();
        let near = nearest(&wanted, names.iter().map(String::as_str)).map(str::to_owned);
        Err(RefError::Missing(near))
    }

    /// Names of all nodes that `ref()` can mean.
    pub fn refable_names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Data tests attached to a node or reading it, sorted.
    pub fn tests_of(&self, id: &str) -> Vec<&str> {
        self.graph
            .children(id)
            .into_iter()
            .filter(|child| {
                self.nodes
                    .get(*child)
                    .is_some_and(|node| matches!(node.resource_type, ResourceType::Test | ResourceType::UnitTest))
            })
            .collect()
    }
}
