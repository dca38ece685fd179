//! Descriptions, columns and configuration of YAML entries, put onto the nodes and macros that they name.

use super::manifest::Pass;
use super::nodes::Draft;
use super::properties::{self, Docs, Entry};
use crate::diagnostic::{Class, Diagnostic, nearest};
use crate::manifest::{Detail, Manifest, ResourceType};
use crate::project::Yaml;

/// Sections that describe nodes of a file, with the kind of those nodes.
pub(super) fn described(section: &str) -> Option<ResourceType> {
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
    /// Puts descriptions, columns and configuration of YAML entries onto drafts.
    pub(super) fn describe(&mut self, manifest: &mut Manifest, drafts: &mut [Draft], entries: &[Entry]) {
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
}
