//! Which tests come along with the nodes that they read.

use super::relatives::{Ids, ancestors};
use crate::manifest::{Manifest, ResourceType};

/// When a test comes along that no criterion names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Indirect {
    /// As soon as one of the nodes that it reads is selected.
    #[default]
    Eager,
    /// When all nodes that it reads are selected.
    Cautious,
    /// When all nodes that it reads are selected or ancestors of the selected.
    Buildable,
    /// Never.
    Empty,
}

impl Indirect {
    /// The names on the command line.
    pub const NAMES: [&'static str; 4] = ["eager", "cautious", "buildable", "empty"];

    /// The mode of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "eager" => Self::Eager,
            "cautious" => Self::Cautious,
            "buildable" => Self::Buildable,
            "empty" => Self::Empty,
            _ => return None,
        })
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::Cautious => "cautious",
            Self::Buildable => "buildable",
            Self::Empty => "empty",
        }
    }
}

/// What a part of an expression selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Bundle<'m> {
    /// Selected.
    pub direct: Ids<'m>,
    /// Tests of selected nodes that wait for their other parents to be selected too.
    pub waiting: Ids<'m>,
}

/// Adds the tests of the selected nodes of one criterion.
pub(super) fn expand<'m>(manifest: &'m Manifest, selected: Ids<'m>, mode: Indirect) -> Bundle<'m> {
    let mut bundle = Bundle { direct: selected.clone(), waiting: Ids::new() };
    if mode == Indirect::Empty {
        return bundle;
    }
    let mut buildable = Ids::new();
    if mode == Indirect::Buildable {
        buildable = ancestors(manifest, &selected, None);
        buildable.extend(&selected);
        // dbt: every source counts as built, whoever reads it.
        let sources = manifest.nodes.values().filter(|node| node.resource_type == ResourceType::Source);
        buildable.extend(sources.map(|node| node.unique_id.as_str()));
    }
    for id in selected.iter().flat_map(|id| manifest.graph.children(id)) {
        let Some(node) = manifest.node(id) else { continue };
        if !matches!(node.resource_type, ResourceType::Test | ResourceType::UnitTest) {
            continue;
        }
        let within = |ids: &Ids| node.depends_on.iter().all(|parent| ids.contains(parent.as_str()));
        if mode == Indirect::Eager || within(&selected) || (mode == Indirect::Buildable && within(&buildable)) {
            bundle.direct.insert(id);
        } else {
            bundle.waiting.insert(id);
        }
    }
    bundle
}

/// Adds the waiting tests whose parents are all there once the parts of an expression are combined.
pub(super) fn settle<'m>(manifest: &'m Manifest, direct: &mut Ids<'m>, waiting: &Ids<'m>, mode: Indirect) {
    let mut present = match mode {
        Indirect::Eager | Indirect::Empty => return,
        Indirect::Cautious => Ids::new(),
        // dbt: unlike in one criterion, sources count here only where a selected node reads them.
        Indirect::Buildable => ancestors(manifest, direct, None),
    };
    present.extend(direct.iter());
    for id in waiting {
        // dbt: unit tests do not wait.
        let settled = manifest.node(id).is_some_and(|node| {
            node.resource_type.is_executable() && node.depends_on.iter().all(|parent| present.contains(parent.as_str()))
        });
        if settled {
            direct.insert(id);
        }
    }
}
