//! `manifest.json` v12: the envelope. What it holds is made where nodes are known.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::manifest::{MacroInfo, Node};

/// One entry of a part. Documents of nodes are made when they are written: all at once they need more memory than the
/// project itself.
pub enum Entry<'a> {
    /// A node as it was parsed.
    Node(&'a Node),
    /// A macro.
    Macro(&'a MacroInfo),
    /// Anything else.
    Made(Box<dyn Fn() -> Value + 'a>),
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Node(node) => node.serialize(serializer),
            Self::Macro(info) => info.serialize(serializer),
            Self::Made(make) => make().serialize(serializer),
        }
    }
}

/// A mapping that is only written, in this order.
pub struct OrderedMap<K, V>(pub Vec<(K, V)>);

impl<K, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Serialize, V: Serialize> Serialize for OrderedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Nodes by id.
pub type Nodes<'a> = OrderedMap<&'a str, Entry<'a>>;

/// The parts of a manifest; field order is dbt's.
#[derive(Default, Serialize)]
pub struct ManifestParts<'a> {
    /// From `Metadata::manifest_head`.
    pub metadata: Map<String, Value>,
    /// Models, seeds, snapshots, tests, analyses, operations by id.
    pub nodes: Nodes<'a>,
    /// Source tables by id.
    pub sources: Nodes<'a>,
    /// Macros by id.
    pub macros: Nodes<'a>,
    /// Docs blocks by id.
    pub docs: Map<String, Value>,
    /// Exposures by id.
    pub exposures: Nodes<'a>,
    /// Metrics by id.
    pub metrics: Nodes<'a>,
    /// Groups by id.
    pub groups: Map<String, Value>,
    /// YAML selectors by name.
    pub selectors: Map<String, Value>,
    /// Disabled nodes: a list by id.
    pub disabled: Map<String, Value>,
    /// Ids of the parents by id.
    pub parent_map: OrderedMap<&'a str, Vec<&'a str>>,
    /// Ids of the children by id.
    pub child_map: OrderedMap<&'a str, Vec<&'a str>>,
    /// Ids of the members by group name.
    pub group_map: Map<String, Value>,
    /// Saved queries by id.
    pub saved_queries: Nodes<'a>,
    /// Semantic models by id.
    pub semantic_models: Nodes<'a>,
    /// Unit tests by id.
    pub unit_tests: Nodes<'a>,
    /// Functions by id.
    pub functions: Nodes<'a>,
}
