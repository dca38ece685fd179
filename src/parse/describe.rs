//! Descriptions, columns and configuration of YAML entries, put onto the nodes and macros that they name.

use rustc_hash::FxHashMap;

use super::config::Layers;
use super::descriptions::Docs;
use super::manifest::Pass;
use super::nodes::Draft;
use super::properties::{self, BESIDE_OF_NODES, Entry};
use super::versions::{self, Patch, Version};
use super::{constraints, deprecation, macro_arguments};
use crate::diagnostic::{Class, Diagnostic, WarningKind, nearest};
use crate::jinja::is_template;
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
        "data_tests" => ResourceType::Test,
        _ => return None,
    })
}

/// Where the drafts of a name stand in their list; versions are there under the names of their files.
type Places = FxHashMap<String, Vec<usize>>;

/// The drafts that a patch names: one, or all of a name that are switched off.
///
/// dbt: the latest version may be in a file without a suffix.
fn targets(drafts: &[Draft], places: &Places, kind: ResourceType, patch: &Patch<'_>) -> Vec<usize> {
    let named = |name: &str| -> Vec<usize> {
        let found = places.get(name).into_iter().flatten().copied();
        let fits = |index: &usize| {
            let node = &drafts[*index].node;
            node.resource_type == kind && node.package == patch.entry.package && node.version().is_none()
        };
        found.filter(fits).collect()
    };
    let enabled = |draft: &Draft| draft.layers.enabled();
    let latest = patch.version.as_ref().is_some_and(Version::is_latest);
    let mut found = named(&patch.file());
    if found.is_empty() && latest {
        found = named(&patch.entry.name);
    }
    if found.len() > 1
        && let Some(enabled) = found.iter().find(|index| enabled(&drafts[**index]))
    {
        return vec![*enabled];
    }
    let named_anywhere = [ResourceType::Model, ResourceType::Seed, ResourceType::Snapshot].contains(&kind);
    if !named_anywhere || found.iter().any(|index| enabled(&drafts[*index])) {
        return found;
    }
    // dbt: what a package describes and has switched off may be another package's, or the project's.
    let another = drafts.iter().position(|draft| {
        let node = &draft.node;
        node.resource_type == kind
            && node.name == patch.file()
            && node.version().is_none()
            && node.patch.is_none()
            && enabled(draft)
    });
    another.map_or(found, |index| vec![index])
}

impl Pass<'_, '_> {
    /// Puts descriptions, columns and configuration of YAML entries onto drafts.
    pub(super) fn describe(&mut self, manifest: &mut Manifest, drafts: &mut [Draft], entries: &[Entry]) {
        let mut places = Places::default();
        for (index, Draft { node, .. }) in drafts.iter().enumerate() {
            places.entry(node.name.clone()).or_default().push(index);
        }
        for entry in entries {
            if entry.section == "macros" {
                self.describe_macro(manifest, entry);
                continue;
            }
            let Some(kind) = described(entry.section) else { continue };
            properties::both_places(&entry.yaml, self.bag);
            for patch in Patch::all(entry, self.bag) {
                self.describe_node(manifest, drafts, &places, kind, &patch);
            }
        }
    }

    /// Puts one patch onto the draft that it names.
    fn describe_node(
        &mut self,
        manifest: &Manifest,
        drafts: &mut [Draft],
        places: &Places,
        kind: ResourceType,
        patch: &Patch<'_>,
    ) {
        let entry = patch.entry;
        let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions).kept();
        let targets = targets(drafts, places, kind, patch);
        if targets.is_empty() {
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
                .suggest(nearest(&patch.file(), names))
                .kind(WarningKind::NoNodeForYamlKey)
                .field("patch_name", patch.file())
                .field("yaml_key", entry.section)
                .field("file_path", entry.original_file_path.as_str()),
            );
            return;
        }
        if targets.len() > 1 && patch.get("config").and_then(|config| config.get("enabled")?.bool()) == Some(true) {
            self.bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!(
                        "Found {} matching disabled nodes for {kind} '{}'. Multiple nodes for the same unique id cannot be enabled in the schema file. They must be enabled in `dbt_project.yml` or in the sql files.",
                        targets.len(),
                        entry.name
                    ),
                )
                .label(entry.yaml.span(), ""),
            );
            return;
        }
        for index in targets {
            self.put(&docs, &mut drafts[index], patch);
            self.note_templates(index, patch);
        }
    }

    /// Notes which descriptions of a draft are templates: they are rendered when it is known to be switched on.
    fn note_templates(&mut self, index: usize, patch: &Patch<'_>) {
        let is_rendered = |yaml: &&Yaml| yaml.text().is_some_and(is_template);
        let own = patch.get("description").filter(is_rendered).map(|yaml| (None, yaml.clone()));
        let mut found: Vec<(Option<String>, Yaml)> = own.into_iter().collect();
        for column in &patch.columns {
            let description = column.get("description").filter(is_rendered);
            if description.is_none() && found.is_empty() {
                continue;
            }
            let name = column.get("name").map(Yaml::display);
            // Of columns with one name the last counts.
            found.retain(|(known, _)| known.is_none() || *known != name);
            found.extend(description.map(|yaml| (name, yaml.clone())));
        }
        if !found.is_empty() {
            self.templates.insert(index, found);
        }
    }

    /// Renders what is said of a draft and of its columns. dbt: of what is switched off, it stays as it is written.
    pub(super) fn tell(&mut self, manifest: &Manifest, index: usize, draft: &mut Draft) {
        let node = &mut *draft.node;
        let Some(templates) = self.templates.remove(&index) else { return };
        if !node.config.enabled() || node.resource_type == ResourceType::Function {
            return;
        }
        let package = node.package.clone();
        let docs = Docs::new(&manifest.docs, &package, self.order, self.descriptions);
        for (column, yaml) in templates {
            let said = docs.resolve(Some(&yaml), self.bag);
            match column {
                None => (node.description, node.doc_blocks) = said,
                Some(name) => {
                    if let Some(column) = node.columns.get_mut(&name) {
                        (column.description, column.doc_blocks) = said;
                    }
                }
            }
        }
    }

    /// Puts one patch onto one draft.
    fn put(&mut self, docs: &Docs<'_>, draft: &mut Draft, patch: &Patch<'_>) {
        let entry = patch.entry;
        if let Some(first) = &draft.node.patch {
            self.bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two schema.yml entries for the same resource named {0}. Resources and their associated columns may only be described a single time. To fix this, remove the resource entry for {0} in one of these files:\n - {1}\n - {2}",
                        entry.name,
                        entry.original_file_path,
                        draft.node.patch_path.as_deref().and_then(|path| path.split("://").nth(1)).unwrap_or_default()
                    ),
                )
                    .label(entry.yaml.span(), "the second description")
                    .label(first.clone(), "the first one")
                    .help("join both into one entry"),
            );
            return;
        }
        if let Some(version) = &patch.version {
            self.number(draft, version, &entry.name);
        }
        let node = &mut *draft.node;
        node.description = properties::as_written(patch.get("description"));
        // dbt: a function has no columns.
        if node.resource_type != ResourceType::Function {
            constraints::check_columns(&patch.columns, self.bag);
            node.columns = properties::columns(patch.columns.iter().copied(), docs, self.bag);
        }
        node.patch_path = Some(entry.patch_path());
        node.patch = Some(entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span));
        if let Some(layer) = self.bag.take(properties::config(&entry.yaml, BESIDE_OF_NODES, self.render)) {
            draft.layers.properties = layer;
            draft.layers.written.properties = entry.yaml.get("config").map(Yaml::to_map).unwrap_or_default();
        }
        if let Some(version) = &patch.version
            && let Some(own) = self.bag.take(properties::config(version.yaml, BESIDE_OF_NODES, self.render))
        {
            versions::merge_config(&mut draft.layers.properties, own);
            // dbt: of a version, only its own block is known as it was written.
            draft.layers.written.properties = version.yaml.get("config").map(Yaml::to_map).unwrap_or_default();
        }
        if let Detail::Model { constraints, deprecation_date, time_spine, .. } = &mut draft.node.detail {
            *constraints = constraints::read(patch.get("constraints"), true);
            // dbt: a version has a date of its own or none.
            let holder = patch.version.as_ref().map_or(&entry.yaml, |version| version.yaml);
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
            draft.layers =
                Layers { inline: std::mem::take(&mut draft.layers.inline), literal: draft.layers.literal, ..layers };
        }
    }

    fn describe_macro(&mut self, manifest: &mut Manifest, entry: &Entry) {
        let id = format!("macro.{}.{}", entry.package, entry.name);
        let docs = Docs::new(&manifest.docs, &entry.package, self.order, self.descriptions);
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
                        "Found patch for macro \"{}\" which was not found ({})",
                        entry.name, entry.original_file_path
                    ),
                )
                .label(entry.yaml.get("name").map_or_else(|| entry.yaml.span(), Yaml::span), "no macro has this name")
                .suggest(nearest(&entry.name, names.iter().map(String::as_str)))
                .kind(WarningKind::MacroNotFoundForPatch)
                .field("patch_name", entry.name.as_str()),
            );
            return;
        };
        if let Some(first) = &info.patch_path {
            self.bag.push(
                Diagnostic::error(
                    Class::Compilation,
                    format!(
                        "dbt found two schema.yml entries for the same macro in package {} named {}. Macros may only be described a single time. To fix this, remove the macros entry for {} in one of these files:\n - {}\n - {}",
                        entry.package,
                        entry.name,
                        entry.name,
                        entry.original_file_path,
                        first.split("://").nth(1).unwrap_or_default()
                    ),
                )
                .label(entry.yaml.span(), "the second description"),
            );
            return;
        }
        info.description = description;
        info.patch_path = Some(entry.patch_path());
        let config = entry.yaml.get("config");
        let map = |yaml: Option<&Yaml>| yaml.map(Yaml::to_map).unwrap_or_default();
        info.meta = map(entry.yaml.get("meta"));
        info.meta.extend(map(config.and_then(|config| config.get("meta"))));
        // dbt: docs are not joined; those of `config:` stand alone.
        let docs = config.and_then(|config| config.get("docs")).or_else(|| entry.yaml.get("docs"));
        for (key, value) in map(docs) {
            info.docs[key] = value;
        }
        let declared = entry.yaml.get("arguments").map(Yaml::items).unwrap_or_default();
        let validated = self.shop.facts.flags.get("VALIDATE_MACRO_ARGS").and_then(serde_json::Value::as_bool);
        if validated.unwrap_or(true) {
            for warning in macro_arguments::check(&entry.name, &info.arguments, declared) {
                self.bag.push(
                    warning
                        .field("macro_unique_id", info.unique_id.as_str())
                        .field("macro_file_path", info.path.as_str()),
                );
            }
        }
        if !declared.is_empty() {
            info.arguments = declared
                .iter()
                .map(|argument| {
                    let text = |key: &str| argument.get(key).map(Yaml::display);
                    serde_json::json!({"name": text("name"), "type": text("type"), "description": text("description").unwrap_or_default()})
                })
                .collect();
        }
    }
}
