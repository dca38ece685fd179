//! What is asked for, and what was found.

use std::sync::Arc;

use indexmap::IndexSet;

use super::{ColumnLineage, Indirect, Selectors, State};
use crate::diagnostic::Diagnostic;
use crate::event::WarningKind;
use crate::manifest::{Manifest, ResourceType};

/// What a command is to work on; the default is everything.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Values of `--select`; none means every node.
    pub select: Vec<String>,
    /// Values of `--exclude`.
    pub exclude: Vec<String>,
    /// Kinds to keep; none means every kind.
    pub resource_types: Vec<ResourceType>,
    /// Kinds to leave out.
    pub exclude_resource_types: Vec<ResourceType>,
    /// Which tests come along with the nodes they read.
    pub indirect: Indirect,
    /// `--selector`: what is selected instead of the values above.
    pub selector: Option<String>,
    /// The selections of `selectors.yml`.
    pub selectors: Arc<Selectors>,
    /// What an earlier run left, for the methods that compare with it.
    pub state: Option<Arc<State>>,
    /// Where columns come from, for `column:`.
    pub columns: Option<Arc<ColumnLineage>>,
}

impl Query {
    /// Whether nodes of a kind are kept.
    pub fn keeps(&self, kind: ResourceType) -> bool {
        (self.resource_types.is_empty() || self.resource_types.contains(&kind))
            && !self.exclude_resource_types.contains(&kind)
    }
}

/// Unique ids, parents before children, ties by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(IndexSet<String>);

impl Selection {
    /// Whether a node is selected.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }

    /// The ids in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.0.iter().map(String::as_str)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The selection without nodes whose template is blank.
    ///
    /// dbt: every command but `ls` passes such nodes over; seeds have no template and stay.
    #[must_use]
    pub fn without_blank(mut self, manifest: &Manifest) -> Self {
        self.0.retain(|id| {
            manifest.node(id).is_none_or(|node| {
                !node.resource_type.is_executable()
                    || node.resource_type == ResourceType::Seed
                    || !node.raw_code.trim().is_empty()
            })
        });
        self
    }
}

impl FromIterator<String> for Selection {
    fn from_iter<I: IntoIterator<Item = String>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

/// The answer to a [`Query`].
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// The nodes.
    pub selection: Selection,
    /// Criteria that match nothing, in the order in which they are written, and what comparing with an earlier run
    /// found to be worth a warning.
    pub warnings: Vec<(WarningKind, Diagnostic)>,
}
