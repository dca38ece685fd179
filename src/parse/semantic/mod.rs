//! The semantic layer: semantic models, metrics, saved queries and time spines are read, linked and checked.
//!
//! dbt checks and writes them, and runs none of them: MetricFlow does.

mod columns;
mod metrics;
mod models;
mod osi;
mod queries;
mod reader;
mod resolve;
mod shapes;
mod spines;
mod validate;

pub(super) use osi::load as load_osi;
pub(super) use resolve::{link_metrics, place_semantic_models};
pub(super) use validate::validate;

use std::sync::Arc;

use reader::Reader;

use super::descriptions::Docs;
use super::manifest::{Pass, insert};
use super::nodes::Draft;
use super::properties::Entry;
use super::shape;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::manifest::{Detail, Manifest, Node, ResourceType};
use crate::project::Yaml;

/// Sections in the order in which dbt reads those of one file.
const SECTIONS: [&str; 4] = ["models", "metrics", "semantic_models", "saved_queries"];

/// Whether the Jinja below a path is left as it is: conditions are MetricFlow's, descriptions are rendered later.
fn is_kept(section: &str, path: &[&str]) -> bool {
    let last = path.last().copied();
    let before = path.len().checked_sub(2).and_then(|at| path.get(at)).copied();
    match section {
        "saved_queries" if path.first() == Some(&"query_params") && path.get(1) == Some(&"where") => return true,
        "metrics" | "models" if last == Some("filter") || before == Some("filter") => return true,
        _ => {}
    }
    last == Some("description")
}

impl Pass<'_, '_> {
    /// Puts granularity, dimension and entity of columns, and time spines, onto the models that entries describe.
    pub(super) fn describe_semantics(&mut self, manifest: &Manifest, drafts: &mut [Draft], entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.section == "models") {
            let spine = entry.yaml.get("time_spine").filter(|found| !found.is_null());
            let columns = entry.yaml.get("columns").map(Yaml::items).unwrap_or_default();
            let keys = ["granularity", "dimension", "entity"];
            let says = columns.iter().any(|column| keys.iter().any(|key| column.get(key).is_some()));
            if spine.is_none() && !says {
                continue;
            }
            let Some(package) = self.shop.project.package(&entry.package) else { continue };
            let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions);
            let reader = Reader { shop: self.shop, package, entry, docs: &docs, section: "models" };
            let spine = spine.map(|spine| spines::time_spine(&reader, spine)).transpose();
            let spine = self.bag.take(spine).flatten();
            let described = drafts.iter_mut().filter(|draft| {
                draft.node.resource_type == ResourceType::Model
                    && draft.node.package == entry.package
                    && draft.node.name == entry.name
            });
            for draft in described {
                for yaml in columns {
                    let name = yaml.get("name").map(Yaml::display).unwrap_or_default();
                    if let Some(column) = draft.node.columns.get_mut(&name) {
                        self.bag.take(columns::column(&reader, yaml, column));
                    }
                }
                if let (Detail::Model { time_spine, .. }, Some(spine)) = (&mut draft.node.detail, &spine) {
                    *time_spine = Some(spine.clone());
                }
            }
        }
    }

    /// Reads semantic models, metrics and saved queries.
    pub(super) fn define_semantics(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        for file in entries.chunk_by(|left, right| {
            left.package == right.package && left.original_file_path == right.original_file_path
        }) {
            for section in SECTIONS {
                for entry in file.iter().filter(|entry| entry.section == section) {
                    let made = self.semantic_nodes(manifest, entry, section);
                    for node in self.bag.take(made).unwrap_or_default() {
                        self.insert_unique(manifest, node);
                    }
                }
            }
        }
    }

    fn semantic_nodes(&mut self, manifest: &Manifest, entry: &Entry, section: &'static str) -> Result<Vec<Node>> {
        let asks = |key: &str| entry.yaml.get(key).is_some_and(|found| !found.is_null());
        if section == "models" && !asks("semantic_model") && !asks("derived_semantics") {
            return Ok(Vec::new());
        }
        let Some(package) = self.shop.project.package(&entry.package) else { return Ok(Vec::new()) };
        let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions);
        let reader = Reader { shop: self.shop, package, entry, docs: &docs, section };
        let yaml = shape::rendered(&entry.yaml, &|path| is_kept(section, path), self.render)?;
        match section {
            "models" => {
                let id = format!("model.{}.{}", entry.package, entry.name);
                let disabled = || manifest.disabled.get(&id).and_then(|nodes| nodes.first());
                let Some(node) = manifest.node(&id).or_else(disabled) else { return Ok(Vec::new()) };
                columns::model(&reader, &yaml, &Arc::clone(node), self.bag)
            }
            "metrics" => metrics::metric(&reader, &yaml, self.bag).map(|node| vec![node]),
            "semantic_models" => models::semantic_model(&reader, &yaml, self.bag),
            _ => queries::saved_query(&reader, &yaml, (&self.naming, &self.quote), self.bag).map(|node| vec![node]),
        }
    }

    /// Inserts a node whose id nothing else may have.
    pub(in crate::parse) fn insert_unique(&mut self, manifest: &mut Manifest, node: Node) {
        let Some(first) = manifest.nodes.get(&node.unique_id).filter(|_| node.config.enabled()) else {
            insert(manifest, node);
            return;
        };
        let plural = match node.resource_type {
            ResourceType::SavedQuery => "saved_queries".to_owned(),
            kind => format!("{kind}s"),
        };
        self.bag.push(
            Diagnostic::error(
                Class::Compilation,
                format!(
                    "dbt found two {plural} with the name \"{}\".\n\nSince these resources have the same name, dbt will be unable to find the correct resource\nwhen looking for {}.\n\nTo fix this, change the name of one of these resources:\n- {} ({})\n- {} ({})",
                    node.name, node.name, node.unique_id, node.original_file_path, first.unique_id, first.original_file_path
                ),
            )
            .label_opt(first.patch.clone(), "the first one")
            .label_opt(node.patch.clone(), "the second one"),
        );
    }
}
