//! What YAML files define by themselves: sources, exposures, groups.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::config::Layers;
use super::descriptions::Docs;
use super::duplicates::Named;
use super::manifest::{Pass, insert};
use super::nodes::configure;
use super::properties::{self, Entry};
use super::{config_values, duplicates, sources};
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::jinja::Recorder;
use crate::manifest::{Group, Manifest, ResourceType};
use crate::project::{Package, Yaml};

impl Pass<'_, '_> {
    /// Sources, exposures, groups: what YAML files define.
    pub(super) fn define(&mut self, manifest: &mut Manifest, entries: &[Entry]) {
        for entry in entries {
            let shop = self.shop;
            let Some(package) = shop.project.package(&entry.package) else { continue };
            match entry.section {
                "sources" => {
                    let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions);
                    for (node, _) in sources::tables(self.shop, package, entry, &docs, self.render, self.bag) {
                        if let Some(first) = manifest.nodes.get(&node.unique_id) {
                            self.bag.push(duplicates::same_node(&node, first));
                            continue;
                        }
                        insert(manifest, node);
                    }
                }
                "exposures" => {
                    let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions);
                    let Some(mut draft) = sources::exposure(self.shop, package, entry, &docs, self.render, self.bag)
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
                    // dbt: what stands beside `config:` is no part of how it was written.
                    let block = entry.yaml.get("config");
                    for key in properties::BESIDE.iter().filter(|key| block.and_then(|block| block.get(key)).is_none())
                    {
                        if !draft.layers.written.project.iter().any(|layer| layer.contains_key(*key)) {
                            draft.node.unrendered_config.remove(*key);
                        }
                    }
                    if let Some(wrong) = config_values::check(&draft.node, &draft.node.config, &draft.layers) {
                        self.bag.push(wrong);
                    }
                    // dbt: the tags of an exposure are sorted.
                    let mut tags = draft.node.config.texts("tags");
                    let beside = entry.yaml.get("tags");
                    tags.extend(beside.into_iter().flat_map(|tags| tags.items().iter().map(Yaml::display)));
                    tags.sort();
                    tags.dedup();
                    draft.node.config.set("tags", serde_json::json!(tags));
                    if let Some(first) = manifest.nodes.get(&draft.node.unique_id) {
                        self.bag.push(duplicates::same_node(&draft.node, first));
                        continue;
                    }
                    insert(manifest, draft.node);
                }
                "groups" => {
                    let unique_id = format!("group.{}.{}", package.name, entry.name);
                    if let Some(first) = manifest.groups.get(&unique_id) {
                        let second =
                            Named { id: &unique_id, path: &entry.original_file_path, place: Some(entry.yaml.span()) };
                        let first = Named { id: &unique_id, path: &first.original_file_path, place: None };
                        let purpose = format!("looking for {}", entry.name);
                        self.bag.push(duplicates::same_name("groups", &entry.name, &purpose, [second, first]));
                        continue;
                    }
                    if self.bag.take(sources::owned(&entry.yaml, "groups")).is_none() {
                        continue;
                    }
                    let config = self.group_config(package, entry);
                    manifest.groups.insert(
                        unique_id.clone(),
                        Group {
                            unique_id,
                            name: entry.name.clone(),
                            package: package.name.clone(),
                            path: entry.path.clone(),
                            original_file_path: entry.original_file_path.clone(),
                            owner: entry.yaml.get("owner").map_or(Value::Null, owner),
                            description: entry.yaml.get("description").map(Yaml::display),
                            config,
                        },
                    );
                }
                _ => {}
            }
        }
    }
}

impl Pass<'_, '_> {
    /// dbt: a group is configured as a model beside its file would be, and by its own block.
    fn group_config(&mut self, package: &Package, entry: &Entry) -> Map<String, Value> {
        let mut fqn = vec![package.name.clone()];
        fqn.extend(entry.folders());
        fqn.push(entry.name.clone());
        let layers = Layers::of_project(self.shop.project, package, ResourceType::Model, &fqn);
        let mut config = Map::from_iter([("meta".to_owned(), json!({}))]);
        layers.project.into_iter().chain(layers.root).for_each(|layer| config.extend(Arc::unwrap_or_clone(layer)));
        config.retain(|key, _| !["pre-hook", "post-hook"].contains(&key.as_str()));
        config.extend(self.bag.take(properties::config(&entry.yaml, &[], self.render)).unwrap_or_default());
        config
    }
}

/// The owner of a group. dbt: both keys are there, given or not, and others are kept.
fn owner(yaml: &Yaml) -> Value {
    let mut owner = yaml.to_map();
    for key in ["email", "name"] {
        owner.entry(key).or_insert(Value::Null);
    }
    Value::Object(owner)
}
