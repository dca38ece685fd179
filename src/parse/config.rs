//! What configures a node, from the least to the most specific.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::jinja::config_call;
use crate::manifest::{Config, ResourceType, truth};
use crate::project::{Layer, Package, Project};

/// The names under which the project file configures a kind.
fn trees(kind: ResourceType) -> &'static [&'static str] {
    match kind {
        ResourceType::Model => &["models"],
        ResourceType::Seed => &["seeds"],
        ResourceType::Snapshot => &["snapshots"],
        ResourceType::Test => &["data_tests", "tests"],
        // dbt: the behavior flag `require_corrected_analysis_fqns` decides whether it is `analyses`.
        ResourceType::Analysis => &["models"],
        ResourceType::Source => &["sources"],
        ResourceType::Exposure => &["exposures"],
        ResourceType::UnitTest => &["unit_tests"],
        ResourceType::Metric => &["metrics"],
        ResourceType::SemanticModel => &["semantic-models"],
        ResourceType::SavedQuery => &["saved-queries"],
        ResourceType::Function => &["functions"],
        // dbt: a hook of the run is configured as if it were a model.
        ResourceType::Operation => &["models"],
        ResourceType::SqlOperation => &[],
    }
}

/// The layers of a node's configuration.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// From the project files.
    pub project: Vec<Layer>,
    /// From YAML properties.
    pub properties: Map<String, Value>,
    /// From `config()` in the file, in the order of the calls.
    pub inline: Vec<Map<String, Value>>,
    /// Whether `inline` was read off a template of literal calls alone, which dbt does not render.
    pub literal: bool,
    /// dbt: the root project's own word on another package's node beats the package's file.
    pub root: Vec<Layer>,
    /// The same four as written, which comparing with an earlier state goes by.
    pub written: Written,
}

/// Layers as written, before Jinja.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// From the package's project file.
    pub project: Vec<Layer>,
    /// The `config:` block of YAML properties.
    pub properties: Map<String, Value>,
    /// From the root project's file, for nodes of other packages.
    pub root: Vec<Layer>,
    /// Whether values are kept as rendered where they are rendered: the behavior of dbt before 1.9.
    pub rendered: bool,
}

impl Layers {
    /// The layers that the project files give to a node.
    pub fn of_project(project: &Project, package: &Package, kind: ResourceType, fqn: &[String]) -> Self {
        let trees = match kind {
            ResourceType::Analysis if project.configures_analyses() => &["analyses"],
            kind => trees(kind),
        };
        let own = package.config_layers(trees, fqn);
        let root = project.root_package();
        let root_layers = if root.name == package.name { Vec::new() } else { root.config_layers(trees, fqn) };
        let mut project_layers = own;
        for layer in project_layers.iter_mut().filter(|layer| layer.values().any(Value::is_null)) {
            Arc::make_mut(layer).retain(|_, value| !value.is_null());
        }
        let written = Written {
            project: package.written_layers(trees, fqn),
            root: match root.name == package.name {
                true => Vec::new(),
                false => root.written_layers(trees, fqn),
            },
            rendered: project.compares_rendered(),
            ..Written::default()
        };
        Self { project: project_layers, root: root_layers, written, ..Self::default() }
    }

    /// Whether the node is part of the project, as far as these layers say: [`Config::enabled`] without the rest.
    pub fn enabled(&self) -> bool {
        let last = self.ordered().rev().find_map(|layer| layer.get("enabled"));
        last.and_then(truth).unwrap_or(true)
    }

    /// The final configuration.
    pub fn merge(&self, kind: ResourceType) -> Config {
        let mut config = Config::defaults(kind);
        self.ordered().for_each(|layer| config.merge(layer));
        config
    }

    /// All layers, the last word last.
    fn ordered(&self) -> impl DoubleEndedIterator<Item = &Map<String, Value>> {
        let project = self.project.iter().map(AsRef::as_ref);
        let root = self.root.iter().map(AsRef::as_ref);
        project.chain([&self.properties]).chain(&self.inline).chain(root)
    }

    /// What was written, without defaults and without merging; `code` is the node's template.
    ///
    /// dbt: `unrendered_config`. A `config()` call counts as it is written, too; where it is not one of keyword
    /// arguments, as it was evaluated.
    pub fn written(&self, code: &str) -> Map<String, Value> {
        let mut written = Map::new();
        for layer in &self.written.project {
            written.extend(Map::clone(layer));
        }
        written.extend(self.properties.clone());
        if !self.written.rendered {
            deepen(&mut written, &self.written.properties);
        }
        let call = if self.written.rendered || self.literal { Map::new() } else { config_call(code) };
        if call.is_empty() {
            for layer in &self.inline {
                written.extend(layer.clone());
            }
        }
        written.extend(call);
        for layer in &self.written.root {
            written.extend(Map::clone(layer));
        }
        if self.literal {
            self.inline.iter().for_each(|layer| written.extend(layer.clone()));
        }
        written
    }
}

/// dbt: the block as written is merged over its rendered self, in which lists are joined.
fn deepen(into: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (key, value) in other {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(other)) => deepen(into, other),
            (Some(Value::Array(into)), Value::Array(other)) => into.extend(other.iter().cloned()),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
