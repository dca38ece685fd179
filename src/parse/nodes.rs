//! Nodes from SQL and CSV files: models, seeds, snapshots, singular tests, analyses and hooks.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::config::Layers;
use super::python_model;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile};
use crate::jinja::{
    BlockKind, Engine, Facts, LiteralCall, ModelView, NodeScope, NodeView, Phase, Recorded, Recorder, RelationData,
    UsedMacro, blocks_and_strays, literal_call, literal_template,
};
use crate::manifest::{ByName, Config, Detail, Node, ResourceType};
use crate::project::{FileKind, Package, Project, ProjectFile, Yaml};

/// What every parser of nodes needs.
pub struct Workshop<'a> {
    /// The project.
    pub project: &'a Project,
    /// Templates and macros.
    pub engine: &'a Engine,
    /// Context of the invocation.
    pub facts: &'a Arc<Facts>,
    /// Seconds since 1970.
    pub created_at: f64,
}

/// A node before its YAML description, with the layers of its configuration.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The node.
    pub node: SharedNode,
    /// Its configuration so far.
    pub layers: Layers,
}

/// A node that is still being made. A copy, such as what its template sees, is the node itself until one of both changes.
#[derive(Debug, Clone)]
pub struct SharedNode(Arc<Node>);

impl From<Node> for SharedNode {
    fn from(node: Node) -> Self {
        Self(Arc::new(node))
    }
}

impl From<SharedNode> for Node {
    fn from(node: SharedNode) -> Self {
        Arc::unwrap_or_clone(node.0)
    }
}

impl From<SharedNode> for Arc<Node> {
    fn from(node: SharedNode) -> Self {
        node.0
    }
}

impl Deref for SharedNode {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.0
    }
}

impl DerefMut for SharedNode {
    fn deref_mut(&mut self) -> &mut Node {
        Arc::make_mut(&mut self.0)
    }
}

/// The part of a path before its last dot.
fn stem(path: &str) -> &str {
    let path = ProjectFile::without_jinja_suffix(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Package, folders and name.
pub fn fqn(package: &str, path: &str, name: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![package.to_owned()];
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    parts.extend(folders.split('/').filter(|part| !part.is_empty()).map(str::to_owned));
    parts.push(name.to_owned());
    parts
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The checksum of a file of code: every run of blanks counts as one. dbt: `normalize_file_contents`.
fn checksum(text: &str) -> String {
    let mut dense = Vec::with_capacity(text.len());
    let mut add = |word: &[u8]| {
        if !dense.is_empty() {
            dense.push(b' ');
        }
        dense.extend_from_slice(word);
    };
    if text.is_ascii() {
        // The same, without decoding letters.
        let blank = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
        text.as_bytes().split(blank).filter(|word| !word.is_empty()).for_each(&mut add);
    } else {
        text.split_whitespace().for_each(|word| add(word.as_bytes()));
    }
    sha256(&dense)
}

impl Workshop<'_> {
    /// A node with nothing but its identity.
    pub fn blank(
        &self,
        package: &Package,
        kind: ResourceType,
        name: &str,
        file: (&str, &str),
        source: &Arc<SourceFile>,
    ) -> Node {
        Node {
            unique_id: format!("{}.{}.{name}", kind.name(), package.name),
            resource_type: kind,
            name: name.to_owned(),
            package: package.name.clone(),
            path: file.0.to_owned(),
            original_file_path: file.1.to_owned(),
            fqn: fqn(&package.name, file.0, name),
            source: Arc::clone(source),
            code: 0..0,
            raw_code: String::new(),
            first_tags: Vec::new(),
            language: "sql".to_owned(),
            checksum: ("none".to_owned(), String::new()),
            database: Some(self.project.target.database.clone()),
            schema: self.project.target.schema.clone(),
            alias: name.to_owned(),
            relation_name: None,
            config: Config::new(),
            unrendered_config: Map::new(),
            description: String::new(),
            doc_blocks: Vec::new(),
            columns: ByName::default(),
            patch_path: None,
            patch: None,
            refs: Vec::new(),
            sources: Vec::new(),
            metrics: Vec::new(),
            functions: Vec::new(),
            depends_on: Vec::new(),
            macros: Vec::new(),
            created_at: self.created_at,
            detail: Detail::None,
        }
    }

    /// The drafts of one file.
    pub fn file(&self, package: &Package, file: &ProjectFile, bag: &mut Bag) -> Vec<Draft> {
        let original = file.original_path();
        let (kind, path) = match file.kind {
            FileKind::Model | FileKind::PythonModel => (ResourceType::Model, file.path.clone()),
            FileKind::SingularTest => (ResourceType::Test, file.path.clone()),
            FileKind::Function => (ResourceType::Function, file.path.clone()),
            FileKind::Analysis => (ResourceType::Analysis, format!("analysis/{}", file.path)),
            FileKind::Seed => return bag.take(self.seed(package, file)).into_iter().collect(),
            FileKind::Snapshot => return self.snapshots(package, file, bag),
            _ => return Vec::new(),
        };
        let name = stem(&file.path);
        let mut node = self.blank(package, kind, name, (&path, &original), &file.source);
        if kind == ResourceType::Analysis
            && self.facts.flags.get("REQUIRE_CORRECTED_ANALYSIS_FQNS") == Some(&Value::Bool(true))
        {
            node.fqn = fqn(&package.name, &file.path, name);
        }
        // dbt: a file's template is its text without blanks at the ends.
        let text = file.source.text();
        let start = text.len() - text.trim_start().len();
        node.code = start..start + text.trim().len();
        node.raw_code = text.trim().to_owned();
        node.checksum = ("sha256".to_owned(), checksum(&node.raw_code));
        if file.kind == FileKind::PythonModel {
            node.language = "python".to_owned();
        }
        if kind == ResourceType::Model {
            node.detail = Detail::Model {
                constraints: Vec::new(),
                access: "protected".to_owned(),
                version: None,
                latest_version: None,
                deprecation_date: None,
                time_spine: None,
                primary_key: Vec::new(),
            };
        }
        if kind == ResourceType::Function {
            node.language = match file.path.rsplit('.').next() {
                Some("py") => "python",
                Some("js") => "javascript",
                _ => "sql",
            }
            .to_owned();
            node.detail = Detail::Function(Box::default());
        }
        if kind == ResourceType::Test {
            node.detail = Detail::Test(Box::new(crate::manifest::TestInfo {
                generic: None,
                namespace: None,
                kwargs: Map::new(),
                column_name: None,
                attached_node: None,
                file_key_name: None,
                group: None,
                declared: None,
            }));
        }
        let layers = Layers::of_project(self.project, package, kind, &node.fqn);
        vec![Draft { node: node.into(), layers }]
    }

    fn seed(&self, package: &Package, file: &ProjectFile) -> Result<Draft> {
        let name = stem(&file.path);
        let original = file.original_path();
        let mut node = self.blank(package, ResourceType::Seed, name, (&file.path, &original), &file.source);
        node.language = String::new();
        node.detail = Detail::Seed { root_path: package.root.display().to_string() };
        let size = std::fs::metadata(&file.absolute).map(|facts| facts.len()).unwrap_or_default();
        node.checksum = if size > 1_048_576 {
            // dbt: seeds over 1 MiB are known by their path.
            ("path".to_owned(), original.clone())
        } else {
            let bytes = std::fs::read(&file.absolute).map_err(|error| {
                Box::new(Diagnostic::error(Class::File, format!("cannot read `{original}`: {error}")))
            })?;
            // dbt: reads it as text, where every line ends with `\n` alone.
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
            ("sha256".to_owned(), sha256(text.trim().as_bytes()))
        };
        let layers = Layers::of_project(self.project, package, ResourceType::Seed, &node.fqn);
        Ok(Draft { node: node.into(), layers })
    }

    fn snapshots(&self, package: &Package, file: &ProjectFile, bag: &mut Bag) -> Vec<Draft> {
        let Some((found, strays)) = bag.take(blocks_and_strays(&file.source, &[BlockKind::Snapshot])) else {
            return Vec::new();
        };
        strays.into_iter().for_each(|stray| bag.push(stray));
        let original = file.original_path();
        found
            .into_iter()
            .map(|block| {
                let mut node =
                    self.blank(package, ResourceType::Snapshot, &block.name, (&file.path, &original), &file.source);
                let mut parts = fqn(&package.name, &file.path, stem(&file.path));
                parts.push(block.name.clone());
                node.fqn = parts;
                node.code = block.body.clone();
                node.raw_code = file.source.text()[block.body.clone()].to_owned();
                node.checksum = ("sha256".to_owned(), checksum(file.source.text()));
                let layers = Layers::of_project(self.project, package, ResourceType::Snapshot, &node.fqn);
                Draft { node: node.into(), layers }
            })
            .collect()
    }

    /// A snapshot that YAML defines alone: all rows of a relation.
    ///
    /// # Errors
    /// The relation is neither a `ref` nor a `source`.
    pub fn yaml_snapshot(&self, package: &Package, entry: &super::properties::Entry, relation: &Yaml) -> Result<Draft> {
        let (place, relation) = (relation, relation.display());
        if !matches!(literal_call(&relation), Some(LiteralCall::Ref(_) | LiteralCall::Source(..))) {
            let wrong = Diagnostic::error(Class::Parsing, format!("Invalid jinja expression: {relation}"))
                .label(place.span(), "")
                .help("write `relation: ref('model')` or `relation: source('source', 'table')`");
            return Err(Box::new(wrong));
        }
        let raw = format!("select * from {{{{ {relation} }}}}");
        let source = SourceFile::new(entry.yaml.source.path(), raw.clone());
        let path = format!("{}.sql", entry.name);
        let mut node =
            self.blank(package, ResourceType::Snapshot, &entry.name, (&path, &entry.original_file_path), &source);
        let mut parts = vec![package.name.clone()];
        parts.extend(entry.folders());
        parts.push(entry.name.clone());
        node.fqn = parts;
        node.code = 0..raw.len();
        // dbt: of its file, as for any other.
        node.checksum = ("sha256".to_owned(), checksum(entry.yaml.source.text()));
        node.raw_code = raw;
        let layers = Layers::of_project(self.project, package, ResourceType::Snapshot, &node.fqn);
        Ok(Draft { node: node.into(), layers })
    }

    /// Hooks of the project file as operations.
    pub fn hooks(&self, package: &Package) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (when, hooks) in [("on-run-start", &package.on_run_start), ("on-run-end", &package.on_run_end)] {
            for (index, sql) in hooks.iter().enumerate() {
                let name = format!("{}-{when}-{index}", package.name);
                let path = format!("hooks/{name}.sql");
                let source = SourceFile::new(package.settings.source.path(), sql.clone());
                // dbt: a package's file, too, is told as if it were the root project's.
                let original = "./dbt_project.yml".to_owned();
                let mut node = self.blank(package, ResourceType::Operation, &name, (&path, &original), &source);
                node.code = 0..sql.len();
                node.raw_code.clone_from(sql);
                node.checksum = ("sha256".to_owned(), checksum(package.settings.source.text()));
                node.detail = Detail::Operation { index, tag: when };
                node.first_tags.push(when.to_owned());
                let layers = Layers::of_project(self.project, package, ResourceType::Operation, &node.fqn);
                drafts.push(Draft { node: node.into(), layers });
            }
        }
        drafts
    }

    /// Renders a draft's template to learn what it refers to and how it is configured.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn render(&self, draft: &mut Draft) -> Result<()> {
        if draft.node.resource_type == ResourceType::Seed {
            return Ok(());
        }
        let node = &draft.node;
        if node.language == "python" && node.resource_type == ResourceType::Model {
            return self.read_python(draft);
        }
        if let Some(notes) = self.read_literal(node) {
            draft.layers.literal = node.resource_type == ResourceType::Model;
            self.take(draft, notes, &[]);
            return Ok(());
        }
        let label = format!("{} {}", node.resource_type.name(), node.name);
        let template = self.engine.template(&node.source, node.code.clone(), &label)?;
        let recorder = Arc::new(Recorder::default());
        // What has seen the node is gone before the node changes, or it would be copied.
        let macros = {
            let scope = self.scope(draft, &recorder, Vec::new()).shared();
            self.engine.render(&template, &scope)?.macros
        };
        self.take(draft, recorder.notes(), &macros);
        Ok(())
    }

    /// What a template says without being rendered: one of literal calls, none of them a macro of the project or of the
    /// node's package. dbt does so for models, where a backslash in a text stands for itself.
    fn read_literal(&self, node: &Node) -> Option<Recorded> {
        let library = self.engine.library();
        let overridden = ["ref", "source", "config"].iter().any(|name| {
            [&node.package, &self.project.name].into_iter().any(|package| library.exactly(package, name).is_some())
        });
        let is_model = node.resource_type == ResourceType::Model;
        if overridden || !is_model && node.raw_code.contains('\\') {
            return None;
        }
        let mut notes = literal_template(&node.raw_code)?;
        if is_model {
            // dbt: what it reads without rendering is a set.
            let mut seen = std::collections::HashSet::new();
            notes.sources.retain(|source| seen.insert(source.clone()));
        }
        Some(notes)
    }

    /// The same for a model in Python, which has no template.
    fn read_python(&self, draft: &mut Draft) -> Result<()> {
        let node = &draft.node;
        if ["{{", "{%", "{#"].iter().any(|sign| node.raw_code.contains(sign)) {
            let source = SourceFile::new(node.source.path(), node.raw_code.clone());
            let scope = self.scope(draft, &Arc::new(Recorder::default()), Vec::new());
            let rendered = self.engine.render_str(&source, &scope.shared());
            if rendered.map_or(true, |rendered| rendered.text != node.raw_code) {
                return Err(Box::new(
                    Diagnostic::error(Class::Parsing, "No jinja in python model code is allowed")
                        .label(node.span(), "in this file")
                        .help("ask `dbt.config.get(...)` for values that the project sets"),
                ));
            }
        }
        let recorder = Recorder::default();
        python_model::read(&node.source, node.code.start, &node.raw_code, &node.original_file_path, &recorder)?;
        self.take(draft, recorder.notes(), &[]);
        // dbt: a Python model is a table, whatever the project's file says of its folder.
        draft.layers.properties.entry("materialized").or_insert_with(|| Value::from("table"));
        Ok(())
    }

    /// A parsing scope for a draft.
    pub fn scope(&self, draft: &Draft, recorder: &Arc<Recorder>, extra: Vec<(String, minijinja::Value)>) -> NodeScope {
        let view = NodeView { extra: extra.into_iter().collect(), ..self.view(draft) };
        NodeScope::new(self.facts, self.engine, view, Phase::Parse(Arc::clone(recorder)))
    }

    /// A scope for the naming macros. dbt: a variable that they need and that is missing stops the parsing.
    pub fn naming_scope(&self, draft: &Draft) -> NodeScope {
        let view = NodeView { vars_required: true, ..self.view(draft) };
        NodeScope::new(self.facts, self.engine, view, Phase::Parse(Arc::new(Recorder::default())))
    }

    /// A draft as templates see it while it is parsed.
    fn view(&self, draft: &Draft) -> NodeView {
        let config = draft.layers.merge(draft.node.resource_type);
        let (node, shown) = (draft.node.clone(), config.clone());
        let this = RelationData::new(self.facts.naming, node.database.as_deref(), &node.schema, &node.alias);
        let model = ModelView::new(move || {
            let mut model = node.to_json();
            model.insert("config".to_owned(), serde_json::json!(shown));
            model
        });
        NodeView {
            model,
            package: draft.node.package.clone(),
            id: draft.node.unique_id.clone(),
            config,
            this: Some(this),
            ..NodeView::default()
        }
    }

    /// Keeps what a render found out.
    pub fn take(&self, draft: &mut Draft, notes: Recorded, macros: &[UsedMacro]) {
        let node = &mut *draft.node;
        node.refs.extend(notes.refs);
        node.sources.extend(notes.sources);
        node.metrics.extend(notes.metrics);
        node.functions.extend(notes.functions);
        draft.layers.inline.extend(notes.configs);
        for used in macros.iter().filter(|used| used.direct) {
            let id = used.target.unique_id();
            if !node.macros.contains(&id) {
                node.macros.push(id);
            }
        }
    }
}

/// The texts of a value that is one text or a list of them.
fn listed(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// Sets the final configuration of a draft.
pub fn configure(draft: &mut Draft) {
    let (node, layers) = (&mut *draft.node, &draft.layers);
    let kind = node.resource_type;
    node.config = layers.merge(kind);
    let known = |key: &str| ["enforced", "alias_types"].contains(&key);
    if let Some(Value::Object(contract)) = node.config.get("contract")
        && !contract.keys().all(|key| known(key))
    {
        let mut contract = contract.clone();
        contract.retain(|key, _| known(key));
        node.config.set("contract", Value::Object(contract));
    }
    node.unrendered_config = layers.written(&node.raw_code);
    // Those of generic tests and of exposures are in an order of their own, which is made where they are.
    let is_generic = node.test().is_some_and(|test| test.generic.is_some());
    if kind != ResourceType::Exposure && !is_generic {
        // dbt: tags of the project's file and of the template are there before those of its description.
        let before = layers.project.iter().map(AsRef::as_ref).chain(&layers.inline);
        let before = before.chain(layers.root.iter().map(AsRef::as_ref));
        node.first_tags.extend(before.flat_map(|layer| listed(layer.get("tags"))));
    }
    if let Detail::Model { access, .. } = &mut node.detail
        && let Some(chosen) = node.config.text("access")
    {
        chosen.clone_into(access);
    }
    if kind == ResourceType::Test {
        stored_failures(&mut node.config);
    }
    if node.config.get("materialized").is_none_or(Value::is_null) {
        let default = node.materialized().to_owned();
        if matches!(kind, ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot | ResourceType::Test) {
            node.config.set("materialized", Value::String(default));
        }
    }
}

/// dbt: how failures are kept says whether they are, and the other way round.
fn stored_failures(config: &mut Config) {
    match config.text("store_failures_as").map(str::to_owned) {
        Some(kind) => config.set("store_failures", Value::Bool(kind != "ephemeral")),
        None => match config.bool("store_failures") {
            Some(true) => config.set("store_failures_as", Value::from("table")),
            Some(false) => config.set("store_failures_as", Value::from("ephemeral")),
            None => {}
        },
    }
}
