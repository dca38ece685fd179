//! What a node reads: relations as its template gets them.

use std::sync::PoisonError;

use super::NodeSession;
use crate::event::Event;
use crate::execute::microbatch;
use crate::jinja::RelationData;
use crate::manifest::{Detail, Node, RefCall, ResourceType, is_older_version, sql_moment, version_text};

impl NodeSession {
    /// Says of a `ref` without a version that a newer one than the latest is there to be tried.
    pub(super) fn tell_newer_version(&self, call: &RefCall, node: &Node) {
        let Detail::Model { version: Some(version), latest_version: Some(latest), .. } = &node.detail else { return };
        if call.version.is_some() {
            return;
        }
        let others = self.runtime.manifest.nodes.values().filter(|other| other.name == node.name);
        let newest = others.filter_map(|other| other.version()).filter(|version| !version.is_null()).fold(
            latest,
            |newest, version| {
                if is_older_version(newest, version) { version } else { newest }
            },
        );
        if newest == latest {
            return;
        }
        let (name, package) = (&node.name, &node.package);
        let (version, newest) = (version_text(version), version_text(newest));
        let pinned = |version: &str| format!("{{{{ ref('{package}', '{name}', v='{version}') }}}}");
        let message = format!(
            "While compiling '{}':\nFound an unpinned reference to versioned model '{name}' in project '{package}'.\n\
             Resolving to latest version: {name}.v{version}\nA prerelease version {newest} is available: the reference \
             will mean {name}.v{newest} once that is the latest.\n  Try out v{newest}: {}\n  Pin to  v{version}: {}\n",
            self.node.name,
            pinned(&newest),
            pinned(&version),
        );
        self.runtime.events.send(Event::UnpinnedRefNewVersionAvailable { node: self.info.clone(), message });
    }

    /// The expression of an ephemeral model, which is put in when the template is done.
    pub(super) fn ephemeral(&self, node: &Node) -> RelationData {
        let mut ephemeral = self.ephemeral.lock().unwrap_or_else(PoisonError::into_inner);
        if !ephemeral.contains(&node.unique_id) {
            ephemeral.push(node.unique_id.clone());
        }
        RelationData::cte(self.runtime.facts.naming, &node.cte_name())
    }

    /// What a reader of a node gets.
    pub(super) fn read(&self, node: &Node) -> RelationData {
        if node.is_ephemeral() {
            return self.limited(self.ephemeral(node), node);
        }
        let deferral = self.runtime.options.deferral.as_ref();
        let elsewhere = deferral.and_then(|deferral| deferral.instead(&self.runtime, node));
        self.limited(elsewhere.unwrap_or_else(|| self.runtime.relation(node)), node)
    }

    /// A relation as a reader gets it: without rows under `--empty`, and with the rows of a batch or sample alone.
    ///
    /// dbt: `resolve_limit` and `resolve_event_time_filter`.
    fn limited(&self, mut relation: RelationData, target: &Node) -> RelationData {
        if self.runtime.options.empty && self.node.resource_type != ResourceType::UnitTest {
            relation.limit = Some(0);
        }
        if matches!(self.node.resource_type, ResourceType::Model | ResourceType::Snapshot)
            && let Some(column) = microbatch::event_time_column(target)
        {
            let window = match (&self.batch, self.runtime.options.sample) {
                (Some(batch), Some(sample)) => Some(batch.window.overlap(sample)),
                (Some(batch), None) => Some(batch.window),
                (None, sample) => sample,
            };
            relation.filter = window.map(|window| {
                format!("{column} >= '{}' and {column} < '{}'", sql_moment(window.start), sql_moment(window.end))
            });
        }
        relation
    }
}
