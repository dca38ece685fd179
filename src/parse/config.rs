//! What configures a node, from the least to the most specific.

use serde_json::{Map, Value};

use crate::manifest::{Config, ResourceType};
use crate::project::{Package, Project};

/// The names under which the project file configures a kind.
fn trees(kind: ResourceType) -> &'static [&'static str] {
    match kind {
        ResourceType::Model => &["models"],
        ResourceType::Seed => &["seeds"],
        ResourceType::Snapshot => &["snapshots"],
        ResourceType::Test => &["data_tests", "tests"],
        ResourceType::Analysis => &["analyses"],
        ResourceType::Source => &["sources"],
        ResourceType::Exposure => &["exposures"],
        ResourceType::UnitTest => &["unit_tests"],
        ResourceType::Metric => &["metrics"],
        ResourceType::SemanticModel => &["semantic-models"],
        ResourceType::SavedQuery => &["saved-queries"],
        ResourceType::Function => &["functions"],
        ResourceType::Operation | ResourceType::SqlOperation => &[],
    }
}

/// The layers of a node's configuration.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// From the project files.
    pub project: Vec<Map<String, Value>>,
    /// From YAML properties.
    pub properties: Map<String, Value>,
    /// From `config()` in the file, in the order of the calls.
    pub inline: Vec<Map<String, Value>>,
    /// dbt: the root project's own word on another package's node beats the package's file.
    pub root: Vec<Map<String, Value>>,
    /// The layers of the project files as they were written, with their Jinja.
    pub written: Vec<Map<String, Value>>,
}

impl Layers {
    /// The layers that the project files give to a node.
    pub fn of_project(project: &Project, package: &Package, kind: ResourceType, fqn: &[String]) -> Self {
        let own = package.config_layers(trees(kind), fqn);
        let root = project.root_package();
        let root_layers = if root.name == package.name { Vec::new() } else { root.config_layers(trees(kind), fqn) };
        let mut project_layers = own;
        for layer in &mut project_layers {
            layer.retain(|_, value| !value.is_null());
        }
        let mut written = package.written_layers(trees(kind), fqn);
        if root.name != package.name {
            written.extend(root.written_layers(trees(kind), fqn));
        }
        for layer in &mut written {
            layer.retain(|_, value| !value.is_null());
        }
        Self { project: project_layers, root: root_layers, written, ..Self::default() }
    }

    /// The final configuration.
    pub fn merge(&self, kind: ResourceType) -> Config {
        let mut config = Config::defaults(kind);
        for layer in self.project.iter().chain(&self.root) {
            config.merge(layer);
        }
        config.merge(&self.properties);
        for layer in &self.inline {
            config.merge(layer);
        }
        config
    }

    /// What was written, without defaults.
    pub fn written(&self) -> Map<String, Value> {
        let mut written = Map::new();
        for layer in self.written.iter().chain([&self.properties]).chain(&self.inline) {
            written.extend(layer.clone());
        }
        written
    }
}
