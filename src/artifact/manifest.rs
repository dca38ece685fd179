//! `manifest.json` v12: the envelope. What it holds is made where nodes are known.

use serde::Serialize;
use serde_json::{Map, Value};

/// The parts of a manifest, each ready to be written; field order is dbt's.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ManifestParts {
    /// From `Metadata::manifest_head`.
    pub metadata: Map<String, Value>,
    /// Models, seeds, snapshots, tests, analyses, operations by id.
    pub nodes: Map<String, Value>,
    /// Source tables by id.
    pub sources: Map<String, Value>,
    /// Macros by id.
    pub macros: Map<String, Value>,
    /// Docs blocks by id.
    pub docs: Map<String, Value>,
    /// Exposures by id.
    pub exposures: Map<String, Value>,
    /// Metrics by id.
    pub metrics: Map<String, Value>,
    /// Groups by id.
    pub groups: Map<String, Value>,
    /// YAML selectors by name.
    pub selectors: Map<String, Value>,
    /// Disabled nodes: a list by id.
    pub disabled: Map<String, Value>,
    /// Ids of the parents by id.
    pub parent_map: Map<String, Value>,
    /// Ids of the children by id.
    pub child_map: Map<String, Value>,
    /// Ids of the members by group name.
    pub group_map: Map<String, Value>,
    /// Saved queries by id.
    pub saved_queries: Map<String, Value>,
    /// Semantic models by id.
    pub semantic_models: Map<String, Value>,
    /// Unit tests by id.
    pub unit_tests: Map<String, Value>,
    /// Functions by id.
    pub functions: Map<String, Value>,
}
