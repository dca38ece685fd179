//! The order of parsing, from macros to edges.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::config::Layers;
use super::generic_tests::{self, Declared};
use super::naming::{Naming, Quote};
use super::nodes::{Draft, Workshop, configure};
use super::properties::{self, Docs, Entry};
use super::{library, references, sources};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::jinja::{BlockKind, Engine, Facts, Recorder, blocks, python};
use crate::manifest::{Detail, DocBlock, Group, Manifest, Node, RefCall, ResourceType, TestInfo};
use crate::project::{FileKind, Package, Project, Yaml};

/// What parsing gives.
pub struct Parsed {
    /// The manifest.
    pub manifest: Manifest,
    /// Templates and macros.
    pub engine: Engine,
}

/// Parses the whole project; everything that is wrong goes to `bag`.
///
/// `render` renders the Jinja of YAML values before there is a manifest.
#[tracing::instrument(level = "debug", skip_all)]
pub fn manifest(
    project: &Project,
    facts: &Arc<Facts>,
    created_at: f64,
    render: &dyn Fn(&Yaml) -> Result<Value>,
    bag: &mut Bag,
) -> Parsed {
    let library = library::library(project, bag);
    let macros = library::macros(project, &library, created_at, bag);
    let engine = Engine::new(library);
    let mut manifest = Manifest::default();
    manifest.root.clone_from(&project.name);
    manifest.macros = macros;
    manifest.docs = docs(project, bag);
    let shop = Workshop { project, engine: &engine, facts, created_at };
    let order: Vec<String> = project.packages.iter().map(|package| package.name.clone()).collect();

    let mut drafts: Vec<Draft> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for package in project.packages.iter().filter(|package| !package.builtin) {
        for file in &package.files {
            manifest.files.insert(file.source.path().to_owned(), Arc::clone(&file.source));
            if file.kind == FileKind::Properties {
                entries.extend(properties::entries(package, file, bag));
            } else {
                drafts.extend(shop.file(package, file, bag));
            }
        }
        drafts.extend(shop.hooks(package));
    }
    for entry in entries.iter().filter(|entry| entry.section == "snapshots") {
        let known = drafts.iter().any(|draft| {
            draft.node.resource_type == ResourceType::Snapshot
                && draft.node.name == entry.name
                && draft.node.package == entry.package
        });
        let relation = entry.yaml.get("relation").map(Yaml::display);
        if let (false, Some(relation), Some(package)) = (known, relation, project.package(&entry.package)) {
            drafts.push(shop.yaml_snapshot(package, entry, &relation));
        }
    }
    duplicates(&drafts, bag);

    let store_failures = facts.flags.get("STORE_FAILURES").and_then(Value::as_bool).unwrap_or(false);
    let mut pass = Pass {
        shop: &shop,
        order: &order,
        render,
        quote: Quote::of_project(project),
        naming: Naming::new(project, &engine, store_failures),
        bag,
    };
    pass.describe(&mut manifest, &mut drafts, &entries);
    let mut finished: Vec<Draft> = Vec::new();
    for mut draft in drafts {
        if !draft.layers.merge(draft.node.resource_type).enabled() {
            pass.finish(&mut draft);
            finished.push(draft);
            continue;
        }
        match shop.render(&mut draft) {
            Ok(()) => {
                pass.finish(&mut draft);
                finished.push(draft);
            }
            Err(error) => pass.bag.push(*error),
        }
    }
    for draft in finished {
        insert(&mut manifest, draft.node);
    }
    pass.define(&mut manifest, &entries);
    pass.tests(&mut manifest, &entries);
    let errors_before = pass.bag.has_errors();
    references::resolve(&mut manifest, bag);
    if !errors_before {
        references::check_access(&manifest, bag);
    }
    relation_clashes(&manifest, bag);
    Parsed { manifest, engine }
}

fn insert(manifest: &mut Manifest, node: Node) {
    if node.config.enabled() {
        manifest.insert(Arc::new(node));
    } else {
        manifest.insert_disabled(Arc::new(node));
    }
}

fn docs(project: &Project, bag: &mut Bag) -> IndexMap<String, DocBlock> {
    let mut found = IndexMap::new();
    for package in &project.packages {
        for file in package.files.iter().filter(|file| file.kind == FileKind::Docs) {
            for block in bag.take(blocks(&file.source, &[BlockKind::Docs])).unwrap_or_default() {
                let unique_id = format!("doc.{}.{}", package.name, block.name);
                let contents = file.source.text()[block.body.clone()].trim().to_owned();
                found.insert(
                    unique_id.clone(),
                    DocBlock {
                        unique_id,
                        name: block.name.clone(),
                        package: package.name.clone(),
                        path: file.path.clone(),
                        original_file_path: file.original_path(),
                        contents,
                    },
                );
            }
        }
    }
    found
}

/// Two resources of one package that `ref()` cannot tell apart.
fn duplicates(drafts: &[Draft], bag: &mut Bag) {
    let mut seen: HashMap<(&str, &str), &Node> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.node.resource_type.is_refable()) {
        let node = &draft.node;
        if let Some(first) = seen.insert((node.package.as_str(), node.name.as_str()), node) {
            bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two {}s with the name \"{}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource when looking for ref(\"{}\").\n- {} ({})\n- {} ({})",
                        node.resource_type, node.name, node.name, first.unique_id, first.original_file_path, node.unique_id, node.original_file_path
                    ),
                )
                .label(Span::line(&first.source, 1), "the first one")
                .label(Span::line(&node.source, 1), "the second one")
                .help("rename one of the files: the file's name is the name"),
            );
        }
    }
}

/// Two nodes that would build the same relation.
fn relation_clashes(manifest: &Manifest, bag: &mut Bag) {
    let mut seen: HashMap<String, &Node> = HashMap::new();
    for node in manifest.nodes.values().filter(|node| node.resource_type.is_refable()) {
        let Some(relation) = &node.relation_name else { continue };
        if let Some(first) = seen.insert(relation.to_lowercase(), node)
            && first.name != node.name
        {
            bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two resources with the database representation \"{relation}\".\ndbt cannot create two resources with identical database representations. To fix this,\nchange the configuration of one of these resources:\n- {} ({})\n- {} ({})",
                        first.unique_id, first.original_file_path, node.unique_id, node.original_file_path
                    ),
                )
                .help("give one of them another `alias` or `schema`"),
            );
        }
    }
}

/// The second half of parsing, with what it carries along.
struct Pass<'a, 'b> {
    shop: &'a Workshop<'a>,
    order: &'a [String],
    render: &'a dyn Fn(&Yaml) -> Result<Value>,
    quote: Quote,
    naming: Naming<'a>,
    bag: &'b mut Bag,
}

/// Sections that describe nodes of a file, with the kind of those nodes.
fn described(section: &str) -> Option<ResourceType> {
    Some(match section {
        "models" => ResourceType::Model,
        "seeds" => ResourceType::Seed,
        "snapshots" => ResourceType::Snapshot,
        "analyses" => ResourceType::Analysis,
        "data_tests" | "tests" => ResourceType::Test,
        _ => return None,
    })
}

impl Pass<'_, '_> {
    fn package(&self, name: &str) -> Option<&Package> {
        self.shop.project.package(name)
    }

    /// Puts descriptions, columns and configuration of YAML entries onto drafts.
    fn describe(&mut self, manifest: &mut Manifest, drafts: &mut [Draft], entries: &[Entry]) {
        for entry in entries {
            if entry.section == "macros" {
                self.describe_macro(manifest, entry);
                continue;
            }
            let Some(kind) = described(entry.section) else { continue };
            let target = drafts.iter_mut().find(|draft| {
                draft.node.package == entry.package && draft.node.name == entry.name && draft.node.resource_type == kind
            });
            let docs = Docs { blocks: &manifest.docs, package: &entry.package, order: self.order };
            let Some(draft) = target else {
                let names = drafts
                    .iter()
                    .filter(|draft| draft.node.resource_type == kind)
                    .map(|draft| draft.node.name.as_str());
                self.bag.push(
                    Diagnostic::warning(
                        Class::Parsing,
                        format!(
                            "Did not find matching node for patch with name '{}' in the '{}' section of file '{}'",
                            entry.name, entry.section, entry.original_file_path
                        ),
                    )
                    .label(
                        entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span),
                        "nothing of this kind has this name",
                    )
                    .suggest(nearest(&entry.name, names)),
                );
                continue;
            };
            if let Some(first) = &draft.node.patch {
                self.bag.push(
                    Diagnostic::error(Class::Compilation, format!("`{}` is described twice", entry.name))
                        .label(entry.yaml.span(), "the second description")
                        .label(first.clone(), "the first one")
                        .help("join both into one entry"),
                );
                continue;
            }
            if let Some((key, _)) = entry.yaml.entry("versions").filter(|(_, versions)| !versions.items().is_empty()) {
                self.bag.push(
                    Diagnostic::error(
                        Class::Parsing,
                        format!("`{}` has versions, which this program does not run yet", entry.name),
                    )
                    .label(key.span(), "")
                    .help("give each version a model of its own"),
                );
            }
            let (description, doc_blocks) = docs.resolve(entry.yaml.get("description"), self.bag);
            draft.node.description = description;
            draft.node.doc_blocks = doc_blocks;
            draft.node.columns = properties::columns(&entry.yaml, &docs, self.bag);
            draft.node.patch_path = Some(entry.patch_path());
            draft.node.patch = Some(entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span));
            if let Some(layer) = self.bag.take(properties::config(&entry.yaml, true, self.render)) {
                draft.layers.properties = layer;
            }
            if let Detail::Model { constraints, latest_version, deprecation_date, time_spine, .. } =
                &mut draft.node.detail
            {
                let yaml = &entry.yaml;
                *constraints =
                    yaml.get("constraints").map(Yaml::items).unwrap_or_default().iter().map(Yaml::to_json).collect();
                *latest_version = yaml.get("latest_version").map(Yaml::to_json);
                *deprecation_date = yaml.get("deprecation_date").map(Yaml::display);
                *time_spine = yaml.get("time_spine").map(Yaml::to_json);
            }
        }
    }

    fn describe_macro(&mut self, manifest: &mut Manifest, entry: &Entry) {
        let id = format!("macro.{}.{}", entry.package, entry.name);
        let docs = Docs { blocks: &manifest.docs, package: &entry.package, order: self.order };
        let (description, _) = docs.resolve(entry.yaml.get("description"), self.bag);
        let names: Vec<String> = manifest
            .macros
            .values()
            .filter(|info| info.package == entry.package)
            .map(|info| info.name.clone())
            .collect();
        let Some(info) = manifest.macros.get_mut(&id) else {
            self.bag.push(
                Diagnostic::warning(
                    Class::Parsing,
                    format!(
                        "Did not find matching node for patch with name '{}' in the 'macros' section of file '{}'",
                        entry.name, entry.original_file_path
                    ),
                )
                .label(entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span), "no macro has this name")
                .suggest(nearest(&entry.name, names.iter().map(String::as_str))),
            );
            return;
        };
        info.description = description;
        info.patch_path = Some(entry.patch_path());
        if let Some(meta) = entry.yaml.get("meta").or_else(|| entry.yaml.get("config")?.get("meta")) {
            info.meta = meta.to_map();
        }
        if let Some(arguments) = entry.yaml.get("arguments") {
            info.arguments = arguments
                .items()
                .iter()
                .map(|argument| {
                    let text = |key: &str| argument.get(key).map(Yaml::display);
                    serde_json::json!({"name": text("name"), "type": text("type"), "description": text("description").unwrap_or_default()})
                })
                .collect();
        }
    }

    /// Final configuration and relation of a draft.
    fn finish(&mut self, draft: &mut Draft) {
        configure(draft);
        let recorder = Arc::new(Recorder::default());
        let scope = self.shop.scope(draft, &recorder, Vec::new()).shared();
        let applied = self.naming.apply(&mut draft.node, &self.quote, &scope);
        self.bag.take(applied);
    }

    /// Sources, exposures, groups: what YAML files define.
    fn define(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        let mut unit_tests = 0_usize;
        for entry in entries {
            let Some(package) = self.package(&entry.package).cloned() else { continue };
            match entry.section {
                "sources" => {
                    let docs = Docs { blocks: &manifest.docs, package: &entry.package, order: self.order };
                    for (node, _) in sources::tables(self.shop, &package, entry, &docs, self.render, self.bag) {
                        if let Some(first) = manifest.nodes.get(&node.unique_id) {
                            self.bag.push(
                                Diagnostic::error(
                                    Class::Compilation,
                                    format!("source table `{}` is defined twice", node.search_name()),
                                )
                                .label_opt(node.patch.clone(), "again here")
                                .label_opt(first.patch.clone(), "first here"),
                            );
                            continue;
                        }
                        insert(manifest, node);
                    }
                }
                "exposures" => {
                    let docs = Docs { blocks: &manifest.docs, package: &entry.package, order: self.order };
                    let Some(mut draft) = sources::exposure(self.shop, &package, entry, &docs, self.render, self.bag)
                    else {
                        continue;
                    };
                    for text in entry.yaml.get("depends_on").map(Yaml::items).unwrap_or_default() {
                        let source = SourceFile::new(text.source.path(), format!("{{{{ {} }}}}", text.display()));
                        let recorder = Arc::new(Recorder::default());
                        let scope = self.shop.scope(&draft, &recorder, Vec::new()).shared();
                        match self.shop.engine.render_str(&source, &scope) {
                            Ok(_) => self.shop.take(&mut draft, recorder.notes(), &[]),
                            Err(error) => {
                                self.bag.push(Diagnostic { labels: Vec::new(), ..*error }.label(text.span(), ""))
                            }
                        }
                    }
                    configure(&mut draft);
                    insert(manifest, draft.node);
                }
                "groups" => {
                    let unique_id = format!("group.{}.{}", package.name, entry.name);
                    manifest.groups.insert(
                        unique_id.clone(),
                        Group {
                            unique_id,
                            name: entry.name.clone(),
                            package: package.name.clone(),
                            path: entry.path.clone(),
                            original_file_path: entry.original_file_path.clone(),
                            owner: entry.yaml.get("owner").map_or(Value::Null, Yaml::to_json),
                            description: entry.yaml.get("description").map(Yaml::display),
                        },
                    );
                }
                "unit_tests" => unit_tests += 1,
                _ => {}
            }
        }
        if unit_tests > 0 {
            self.bag.push(Diagnostic::warning(
                Class::Parsing,
                format!("{unit_tests} unit tests are defined, and this version does not run unit tests yet"),
            ));
        }
    }

    /// Generic tests of every described node, source and column.
    fn tests(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        for entry in entries {
            match entry.section {
                "sources" => {
                    for table in entry.yaml.get("tables").map(Yaml::items).unwrap_or_default() {
                        let Some(name) = table.get("name").map(Yaml::display) else { continue };
                        let target = Target {
                            entry,
                            yaml: table,
                            kind: "source_",
                            name: format!("{}_{name}", entry.name),
                            reference: format!("source('{}', '{name}')", entry.name),
                            attached: None,
                            file_key: format!("sources.{}", entry.name),
                        };
                        self.tests_of(manifest, &target);
                    }
                }
                "models" | "seeds" | "snapshots" => {
                    let Some(kind) = described(entry.section) else { continue };
                    let attached = format!("{}.{}.{}", kind.name(), entry.package, entry.name);
                    if !manifest.nodes.contains_key(&attached) {
                        continue;
                    }
                    let target = Target {
                        entry,
                        yaml: &entry.yaml,
                        kind: "",
                        name: entry.name.clone(),
                        reference: format!("ref('{}')", entry.name),
                        attached: Some(attached),
                        file_key: format!("{}.{}", entry.section, entry.name),
                    };
                    self.tests_of(manifest, &target);
                }
                _ => {}
            }
        }
    }

    fn tests_of(&mut self, manifest: &mut Manifest, target: &Target<'_>) {
        let lists = |yaml: &Yaml| -> Vec<Yaml> {
            ["data_tests", "tests"]
                .iter()
                .filter_map(|key| yaml.get(key))
                .flat_map(|list| list.items().to_vec())
                .collect()
        };
        let mut declared: Vec<(Yaml, Option<&Yaml>)> =
            lists(target.yaml).into_iter().map(|test| (test, None)).collect();
        for column in target.yaml.get("columns").map(Yaml::items).unwrap_or_default() {
            declared.extend(lists(column).into_iter().map(|test| (test, Some(column))));
        }
        for (test, column) in declared {
            let Some(declared) = self.bag.take(generic_tests::read(&test)) else { continue };
            match self.test(manifest, target, &declared, column) {
                Ok(node) => {
                    if let Some(first) = manifest.nodes.get(&node.unique_id) {
                        self.bag.push(
                            Diagnostic::error(
                                Class::Compilation,
                                format!("dbt found two data tests with the name \"{}\"", node.name),
                            )
                            .label(declared.span.clone(), "again here")
                            .label_opt(first.test().and_then(|test| test.declared.clone()), "first here")
                            .help("remove one of them, or give one a `name:`"),
                        );
                        continue;
                    }
                    insert(manifest, node);
                }
                Err(error) => self.bag.push(*error),
            }
        }
    }

    fn test(
        &mut self,
        manifest: &Manifest,
        target: &Target<'_>,
        declared: &Declared,
        column: Option<&Yaml>,
    ) -> Result<Node> {
        let package = &target.entry.package;
        let library = self.shop.engine.library();
        let macro_name = format!("test_{}", declared.name);
        let found = match &declared.namespace {
            Some(namespace) => library.find_in(namespace, &macro_name),
            None => library.find(package, &macro_name),
        };
        let Some(found) = found else {
            let known: Vec<&str> =
                library.macros().iter().filter_map(|target| target.name.strip_prefix("test_")).collect();
            return Err(Box::new(
                Diagnostic::error(
                    Class::Compilation,
                    format!("'{macro_name}' is undefined: there is no generic test `{}`", declared.name),
                )
                .label(declared.span.clone(), "no test has this name")
                .suggest(nearest(&declared.name, known)),
            ));
        };
        let column_name = column.and_then(|column| column.get("name")).map(Yaml::display);
        let quoted_name = column_name.as_ref().map(|name| {
            if column.and_then(|column| column.get("quote")).and_then(Yaml::bool) == Some(true) {
                format!("\"{name}\"")
            } else {
                name.clone()
            }
        });
        let mut named = Map::new();
        if let Some(name) = &quoted_name {
            named.insert("column_name".to_owned(), Value::String(name.clone()));
        }
        named.extend(declared.arguments.clone());
        let full_kind = match &declared.namespace {
            Some(namespace) => format!("{}{namespace}_{}", target.kind, declared.name),
            None => format!("{}{}", target.kind, declared.name),
        };
        // dbt: `source_` comes after the namespace's prefix was put before the name.
        let full_kind = match (&declared.namespace, target.kind) {
            (Some(namespace), "source_") => format!("{namespace}_source_{}", declared.name),
            _ => full_kind,
        };
        let (mut short, mut full) = generic_tests::names(&full_kind, &target.name, &named);
        if let Some(custom) = &declared.custom_name {
            short.clone_from(custom);
            full.clone_from(custom);
        }
        let mut kwargs = named.clone();
        kwargs.insert("model".to_owned(), Value::String(format!("{{{{ get_where_subquery({}) }}}}", target.reference)));
        let hash = generic_tests::hash(&full, declared.namespace.as_deref(), &declared.name, &kwargs);

        let Some(owner) = self.package(package) else {
            return Err(Box::new(Diagnostic::error(Class::Internal, format!("package {package} is gone"))));
        };
        let path = format!("{short}.sql");
        let prefix = declared.namespace.as_ref().map(|namespace| format!("{namespace}.")).unwrap_or_default();
        let raw_code =
            format!("{{{{ {prefix}{macro_name}(**_dbt_generic_test_kwargs) }}}}{}", config_call(&declared.config));
        let source = SourceFile::new(format!("<test {full}>"), raw_code.clone());
        let mut node =
            self.shop.blank(owner, ResourceType::Test, &full, (&path, &target.entry.original_file_path), &source);
        node.unique_id = format!("test.{package}.{full}.{hash}");
        let mut fqn = vec![package.clone()];
        fqn.extend(target.entry.folders());
        fqn.push(full.clone());
        node.fqn = fqn;
        node.alias.clone_from(&short);
        node.raw_code = raw_code;
        node.description.clone_from(&declared.description);
        node.detail = Detail::Test(Box::new(TestInfo {
            generic: Some(declared.name.clone()),
            namespace: declared.namespace.clone(),
            kwargs,
            column_name: quoted_name,
            attached_node: target.attached.clone(),
            file_key_name: Some(target.file_key.clone()),
            declared: Some(declared.span.clone()),
        }));
        let mut layers = Layers::of_project(self.shop.project, owner, ResourceType::Test, &node.fqn);
        let tags: Vec<Value> = column
            .and_then(|column| column.get("tags").or_else(|| column.get("config")?.get("tags")))
            .map(|tags| {
                if tags.items().is_empty() {
                    vec![tags.to_json()]
                } else {
                    tags.items().iter().map(Yaml::to_json).collect()
                }
            })
            .unwrap_or_default();
        if !tags.is_empty() {
            layers.properties.insert("tags".to_owned(), Value::Array(tags));
        }
        layers.inline.push(declared.config.clone());
        let attached = target.attached.as_ref().and_then(|id| manifest.nodes.get(id));
        if let Some(group) = attached.and_then(|node| node.group()) {
            layers.properties.insert("group".to_owned(), Value::String(group.to_owned()));
        }
        let mut draft = Draft { node, layers };
        self.learn(&mut draft, found.unique_id(), target, declared)?;
        configure(&mut draft);
        let alias = draft.node.config.text("alias").map(str::to_owned);
        draft.node.config.set("alias", alias.clone().map_or(Value::String(short.clone()), Value::String));
        let recorder = Arc::new(Recorder::default());
        let scope = self.shop.scope(&draft, &recorder, Vec::new()).shared();
        self.naming.apply(&mut draft.node, &self.quote, &scope)?;
        draft.node.config.set("alias", alias.map_or(Value::Null, Value::String));
        Ok(draft.node)
    }

    /// Finds out what a generic test refers to: `unique` and `not_null` by knowledge, others by rendering.
    fn learn(&mut self, draft: &mut Draft, macro_id: String, target: &Target<'_>, declared: &Declared) -> Result<()> {
        draft.node.macros.push(macro_id.clone());
        let plain = ["macro.dbt.test_not_null", "macro.dbt.test_unique"].contains(&macro_id.as_str());
        if plain {
            match target.attached {
                Some(_) => {
                    draft.node.refs.push(RefCall { package: None, name: target.entry.name.clone(), version: None })
                }
                None => {
                    let table = target.yaml.get("name").map(Yaml::display).unwrap_or_default();
                    draft.node.sources.push((target.entry.name.clone(), table));
                }
            }
            return Ok(());
        }
        let at = |error: Box<Diagnostic>| -> Box<Diagnostic> {
            let mut error = *error;
            error.labels.retain(|label| !label.span.source.path().starts_with("<test"));
            error
                .labels
                .insert(0, crate::diagnostic::Label { span: declared.span.clone(), text: "in this test".to_owned() });
            Box::new(error)
        };
        let recorder = Arc::new(Recorder::default());
        let scope = self.shop.scope(draft, &recorder, Vec::new());
        let Some(test) = draft.node.test().cloned() else { return Ok(()) };
        let kwargs = test_kwargs(self.shop.engine, &test, &scope.shared()).map_err(at)?;
        let scope = self.shop.scope(draft, &recorder, vec![("_dbt_generic_test_kwargs".to_owned(), kwargs)]);
        let rendered = self.shop.engine.render_str(&draft.node.source.clone(), &scope.shared()).map_err(at)?;
        let mut notes = recorder.notes();
        notes.configs.clear();
        self.shop.take(draft, notes, &rendered.macros);
        // dbt: the tested node comes last among the references.
        Ok(())
    }
}

/// What a test is declared on.
struct Target<'a> {
    entry: &'a Entry,
    yaml: &'a Yaml,
    kind: &'static str,
    name: String,
    reference: String,
    attached: Option<String>,
    file_key: String,
}

/// The `config()` call that dbt writes behind a generic test.
fn config_call(config: &Map<String, Value>) -> String {
    if config.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = config
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key}=\"{}\"", text.replace('"', "\\\"")),
            other => format!("{key}={}", generic_tests::python_text(other)),
        })
        .collect();
    format!("{{{{ config({}) }}}}", pairs.join(","))
}

/// The arguments of a generic test as template values: texts are rendered, and `ref(...)` and the like are called.
///
/// # Errors
/// An argument's template is wrong.
pub fn test_kwargs(engine: &Engine, test: &TestInfo, scope: &Arc<dyn crate::jinja::Scope>) -> Result<minijinja::Value> {
    fn value(
        engine: &Engine,
        json: &Value,
        scope: &Arc<dyn crate::jinja::Scope>,
        name: &str,
    ) -> Result<minijinja::Value> {
        Ok(match json {
            Value::String(text) if name != "column_name" => {
                let trimmed = text.trim();
                let called = ["env_var", "ref", "var", "source", "doc"].iter().any(|function| {
                    trimmed
                        .strip_prefix(function)
                        .is_some_and(|rest| rest.trim_start().starts_with('(') && rest.ends_with(')') && rest.len() > 2)
                });
                let template = if called { format!("{{{{ {text} }}}}") } else { text.clone() };
                if !template.contains("{{") && !template.contains("{%") {
                    return Ok(minijinja::Value::from(template));
                }
                let source = SourceFile::new("<test argument>", template);
                let expression = engine.expression(&source, 0..source.text().len(), name)?;
                engine.evaluate(&expression, scope)?
            }
            Value::Array(items) => {
                python::list(items.iter().map(|item| value(engine, item, scope, "")).collect::<Result<Vec<_>>>()?)
            }
            Value::Object(map) => {
                let mut pairs = Vec::new();
                for (key, item) in map {
                    pairs.push((minijinja::Value::from(key.as_str()), value(engine, item, scope, "")?));
                }
                python::dict(pairs)
            }
            other => python::value_from_json(other),
        })
    }
    let mut pairs = Vec::new();
    for (key, json) in &test.kwargs {
        pairs.push((minijinja::Value::from(key.as_str()), value(engine, json, scope, key)?));
    }
    Ok(python::dict(pairs))
}
