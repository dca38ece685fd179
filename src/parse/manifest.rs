//! The order of parsing, from macros to edges.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::access;
use super::config_values;
use super::constraints;
use super::deprecation;
use super::describe::described;
use super::descriptions;
use super::duplicates;
use super::freshness;
use super::functions;
use super::hooks;
use super::library;
use super::microbatch;
use super::naming::{Naming, Quote};
use super::nodes::{Draft, Workshop, configure};
use super::old_forms;
use super::overrides;
use super::primary_keys;
use super::properties::{self, Entry};
use super::python_model;
use super::references;
use super::semantic;
use super::templated;
use super::unused;
use crate::dashboard;
use crate::diagnostic::{Bag, Result, Span};
use crate::event::Warning;
use crate::jinja::{BlockKind, Engine, Facts, blocks};
use crate::manifest::{DocBlock, Manifest, Node, ResourceType};
use crate::project::{FileKind, Package, Project, Yaml};

/// Fewer drafts than this are not worth a thread.
const SMALLEST_SHARE: usize = 64;

/// What parsing gives.
pub struct Parsed {
    /// The manifest.
    pub manifest: Manifest,
    /// Templates and macros.
    pub engine: Engine,
    /// What the checks of the semantic layer have to tell.
    pub warnings: Vec<Warning>,
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
    let own_first = facts.flags.get("REQUIRE_REF_SEARCHES_NODE_PACKAGE_BEFORE_ROOT");
    manifest.own_package_first = own_first.and_then(Value::as_bool).unwrap_or(false);
    manifest.macros = macros;
    manifest.docs = docs(project, bag);
    let shop = Workshop { project, engine: &engine, facts, created_at };
    let order: Vec<String> = project.packages.iter().map(|package| package.name.clone()).collect();

    let mut drafts: Vec<Draft> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for package in project.packages.iter().filter(|package| !package.builtin) {
        drafts.reserve(package.files.len());
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
    let mut entries = overrides::apply(entries, bag);
    for entry in &mut entries {
        // What is left of sources, and what other sections hold, is rendered by their readers.
        let rendered = match entry.section {
            "macros" => templated::macro_entry(&mut entry.yaml, render),
            "sources" => templated::source(&mut entry.yaml, render),
            "functions" => templated::function(&mut entry.yaml, render),
            "exposures" | "groups" => templated::entry(&mut entry.yaml, render),
            section if described(section).is_some() => templated::entry(&mut entry.yaml, render),
            _ => Ok(()),
        };
        bag.take(rendered);
        if entry.section == "sources" {
            entry.name = entry.yaml.get("name").map_or_else(|| std::mem::take(&mut entry.name), Yaml::display);
        }
    }
    for entry in entries.iter().filter(|entry| entry.section == "snapshots") {
        let known = drafts.iter().any(|draft| {
            draft.node.resource_type == ResourceType::Snapshot
                && draft.node.name == entry.name
                && draft.node.package == entry.package
        });
        let relation = entry.yaml.get("relation");
        if let (false, Some(relation), Some(package)) = (known, relation, project.package(&entry.package)) {
            drafts.extend(bag.take(shop.yaml_snapshot(package, entry, relation)));
        }
    }
    let rendered = duplicates::files(&mut drafts, &shop, bag);

    let mut pass = Pass {
        shop: &shop,
        order: &order,
        descriptions: &super::descriptions::Renderer::new(facts),
        render,
        quote: Quote::of_project(project),
        naming: Naming::new(project, &engine, &facts.flags),
        templates: HashMap::new(),
        bag,
    };
    pass.describe(&mut manifest, &mut drafts, &entries);
    pass.describe_semantics(&manifest, &mut drafts, &entries);
    pass.describe_functions(&mut drafts, &entries);
    let mut broken: HashSet<String> = HashSet::new();
    let mut results = render_all(&shop, &mut drafts, &rendered).into_iter().enumerate();
    drafts.retain_mut(|draft| match results.next() {
        Some((_, Err(error))) => {
            broken.insert(draft.node.name.clone());
            pass.bag.push(*error);
            false
        }
        rendered => {
            pass.finish(draft);
            if let Some((index, Ok(()))) = rendered {
                pass.tell(&manifest, index, draft);
            }
            constraints::check(draft, &shop, pass.bag);
            true
        }
    });
    functions::absorb(&mut drafts, pass.bag);
    for draft in drafts {
        insert(&mut manifest, draft.node);
    }
    pass.define(&mut manifest, &entries);
    pass.define_semantics(&mut manifest, &entries);
    pass.tests(&mut manifest, &entries);
    pass.unit_tests(&mut manifest, &entries);
    semantic::load_osi(&shop, &mut manifest, bag);
    semantic::link_metrics(&mut manifest, bag);
    references::resolve(&mut manifest, &broken, bag);
    semantic::place_semantic_models(&mut manifest);
    functions::check(&manifest, &project.target.kind, bag);
    primary_keys::infer(&mut manifest);
    access::check(&manifest, project, bag);
    deprecation::warn(&manifest, bag);
    old_forms::project(project, bag);
    old_forms::exposures(&entries, bag);
    old_forms::blanks_in_names(&manifest, project, bag);
    unused::warn(&manifest, project, bag);
    freshness::models(&manifest, bag);
    if microbatch::runs_in_batches(project, engine.library()) {
        microbatch::check(&mut manifest, bag);
    } else {
        microbatch::warn_of_own_macro(&manifest, bag);
    }
    duplicates::clashes(&manifest, facts, bag);
    let dashboards = dashboard::dashboards(&manifest, bag);
    dashboard::check(&manifest, &dashboards, bag);
    let warnings = if bag.has_errors() { Vec::new() } else { semantic::validate(&manifest, &facts.flags, bag) };
    Parsed { manifest, engine, warnings }
}

/// Renders the drafts on all cores, but for those that are `done`; says of each what was wrong with it.
fn render_all(shop: &Workshop<'_>, drafts: &mut [Draft], done: &HashSet<usize>) -> Vec<Result<()>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let size = drafts.len().div_ceil(cores).max(SMALLEST_SHARE);
    let share = |(number, drafts): (usize, &mut [Draft])| -> Vec<Result<()>> {
        // Also what is switched off: its template, or a macro that it calls, may switch it on again.
        let one = |(index, draft)| if done.contains(&(number * size + index)) { Ok(()) } else { shop.render(draft) };
        drafts.iter_mut().enumerate().map(one).collect()
    };
    let mut shares = drafts.chunks_mut(size).enumerate();
    let first = shares.next();
    std::thread::scope(|threads| {
        let others: Vec<_> = shares.map(|other| threads.spawn(move || share(other))).collect();
        let mut results = first.map(share).unwrap_or_default();
        for thread in others {
            match thread.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

pub(super) fn insert(manifest: &mut Manifest, node: impl Into<Arc<Node>>) {
    let node = node.into();
    if node.config.enabled() {
        manifest.insert(node);
    } else {
        manifest.insert_disabled(node);
    }
}

fn docs(project: &Project, bag: &mut Bag) -> IndexMap<String, DocBlock> {
    let mut found = IndexMap::new();
    for package in &project.packages {
        for file in package.files.iter().filter(|file| file.kind == FileKind::Docs) {
            for block in bag.take(blocks(&file.source, &[BlockKind::Docs])).unwrap_or_default() {
                let unique_id = format!("doc.{}.{}", package.name, block.name);
                let place = Span::new(&file.source, block.body.clone());
                let contents = bag.take(descriptions::block(&place)).unwrap_or_default();
                let block = DocBlock {
                    unique_id: unique_id.clone(),
                    name: block.name.clone(),
                    package: package.name.clone(),
                    path: file.path.clone(),
                    original_file_path: file.original_path(),
                    contents,
                };
                if let Some(first) = found.get(&unique_id) {
                    bag.push(duplicates::docs(&block, first, place));
                    continue;
                }
                found.insert(unique_id, block);
            }
        }
    }
    found
}

/// The second half of parsing, with what it carries along.
pub(super) struct Pass<'a, 'b> {
    pub(super) shop: &'a Workshop<'a>,
    pub(super) order: &'a [String],
    pub(super) descriptions: &'a super::descriptions::Renderer,
    pub(super) render: &'a dyn Fn(&Yaml) -> Result<Value>,
    pub(super) quote: Quote,
    pub(super) naming: Naming<'a>,
    /// Descriptions of drafts that are templates, by the place of the draft; those of columns with the column's name.
    pub(super) templates: HashMap<usize, Vec<(Option<String>, Yaml)>>,
    pub(super) bag: &'b mut Bag,
}

impl Pass<'_, '_> {
    pub(super) fn package(&self, name: &str) -> Option<&Package> {
        self.shop.project.package(name)
    }
    /// Final configuration and relation of a draft.
    pub(super) fn finish(&mut self, draft: &mut Draft) {
        configure(draft);
        if let Some(wrong) = config_values::check(&draft.node, &draft.node.config, &draft.layers) {
            self.bag.push(wrong);
        }
        self.bag.take(python_model::check_contract(&draft.node));
        let applied = self.naming.apply(draft, &self.quote, self.shop);
        let named = self.bag.take(applied).is_some();
        let has_relation = matches!(
            draft.node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot | ResourceType::Test
        );
        if named && has_relation && draft.node.schema.is_empty() {
            self.bag.push(super::naming::without_schema(&draft.node));
        }
        old_forms::itertools(&draft.node, self.shop.engine.library(), self.bag);
        // dbt: also of what is switched off.
        self.bag.take(hooks::record(self.shop, draft));
    }
}
