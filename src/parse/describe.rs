//! Descriptions, columns and configuration of YAML entries, put onto the nodes and macros that they name.

use super::config::Layers;
use super::deprecation;
use super::manifest::Pass;
use super::nodes::Draft;
use super::properties::{self, Docs, Entry};
use super::versions::{self, Patch, Version};
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
        "functions" => ResourceType::Function,
        "data_tests" | "tests" => ResourceType::Test,
        _ => return None,
    })
}

/// The draft that a patch names.
///
/// dbt: the latest version may be in a file without a suffix.
fn target(drafts: &[Draft], kind: ResourceType, patch: &Patch<'_>) -> Option<usize> {
    let named = |name: &str| {
        drafts.iter().position(|draft| {
            let node = &draft.node;
            node.resource_type == kind
                && node.package == patch.entry.package
                && node.name == name
                && node.version().is_none()
        })
    };
    let latest = patch.version.as_ref().is_some_and(Version::is_latest);
    named(&patch.file()).or_else(|| if latest { named(&patch.entry.name) } else { None })
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
            for patch in Patch::all(entry, self.bag) {
                self.describe_node(manifest, drafts, kind, &patch);
            }
        }
    }

    /// Puts one patch onto the draft that it names.
    fn describe_node(&mut self, manifest: &Manifest, drafts: &mut [Draft], kind: ResourceType, patch: &Patch<'_>) {
        let entry = patch.entry;
        let docs = Docs { blocks: &manifest.docs, package: &entry.package, order: self.order };
        let Some(index) = target(drafts, kind, patch) else {
            let names =
                drafts.iter().filter(|draft| draft.node.resource_type == kind).map(|draft| draft.node.name.as_str());
            let place = match &patch.version {
                Some(version) => version.yaml.span(),
                None => entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span),
            };
            self.bag.push(
                Diagnostic::warning(
                    Class::Parsing,
                    format!(
                        "Did not find matching node for patch with name '{}' in the '{}' section of file '{}'",
                        patch.file(),
                        entry.section,
                        entry.original_file_path
                    ),
                )
                .label(place, "nothing of this kind has this name")
                .suggest(nearest(&patch.file(), names)),
            );
            return;
        };
        let draft = &mut drafts[index];
        if let Some(first) = &draft.node.patch {
            self.bag.push(
                Diagnostic::error(Class::Compilation, format!("`{}` is described twice", entry.name))
                    .label(entry.yaml.span(), "the second description")
                    .label(first.clone(), "the first one")
                    .help("join both into one entry"),
            );
            return;
        }
        if let Some(version) = &patch.version {
            self.number(draft, version, &entry.name);
        }
        let (description, doc_blocks) = docs.resolve(patch.get("description"), self.bag);
        draft.node.description = description;
        draft.node.doc_blocks = doc_blocks;
        draft.node.columns = properties::columns(&patch.columns, &docs, self.bag);
        draft.node.patch_path = Some(entry.patch_path());
        draft.node.patch = Some(entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span));
        if let Some(layer) = self.bag.take(properties::config(&entry.yaml, true, self.render)) {
            draft.layers.properties = layer;
            draft.layers.written.properties = entry.yaml.get("config").map(Yaml::to_map).unwrap_or_default();
        }
        if let Some(version) = &patch.version
            && let Some(own) = self.bag.take(properties::config(&version.yaml, true, self.render))
        {
            versions::merge_config(&mut draft.layers.properties, own);
            let written = version.yaml.get("config").map(Yaml::to_map).unwrap_or_default();
            draft.layers.written.properties.extend(written);
        }
        if let Detail::Model { constraints, deprecation_date, time_spine, .. } = &mut draft.node.detail {
            *constraints =
                patch.get("constraints").map(Yaml::items).unwrap_or_default().iter().map(Yaml::to_json).collect();
            // dbt: a version has a date of its own or none.
            let holder = patch.version.as_ref().map_or(&entry.yaml, |version| &version.yaml);
            let date = holder.get("deprecation_date").filter(|date| !date.is_null());
            *deprecation_date = date.and_then(|date| self.bag.take(deprecation::date(date)));
            if patch.version.is_none() {
                *time_spine = entry.yaml.get("time_spine").map(Yaml::to_json);
            }
        }
    }

    /// Makes a draft a version of a model: its name, id and place in the configuration change.
    fn number(&self, draft: &mut Draft, numbered: &Version, model: &str) {
        let node = &mut draft.node;
        model.clone_into(&mut node.name);
        model.clone_into(&mut node.alias);
        node.unique_id = format!("model.{}.{model}.{}", node.package, numbered.suffix());
        node.fqn.pop();
        node.fqn.extend([model.to_owned(), numbered.suffix()]);
        if let Detail::Model { version, latest_version, .. } = &mut node.detail {
            *version = Some(numbered.value.clone());
            *latest_version = Some(numbered.latest.clone());
        }
        if let Some(package) = self.package(&node.package) {
            let layers = Layers::of_project(self.shop.project, package, ResourceType::Model, &node.fqn);
            draft.layers = Layers { inline: std::mem::take(&mut draft.layers.inline), ..layers };
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
