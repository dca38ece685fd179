//! What a site is made from.

use serde_json::Value;

/// The artifacts of a project, each as JSON. Only the manifest is needed.
#[derive(Debug, Clone, Copy)]
pub struct Artifacts<'a> {
    /// `manifest.json`, of whatever version since 1.5.
    pub manifest: &'a Value,
    /// `catalog.json`: types, statistics.
    pub catalog: Option<&'a Value>,
    /// `run_results.json`, or the last result of each node over several runs.
    ///
    /// Then it has a list `runs` besides, each with the `metadata`, `args` and `elapsed_time` of one, and each result
    /// names its run by its place in that list, as `run`.
    pub results: Option<&'a Value>,
    /// `sources.json`: freshness.
    pub freshness: Option<&'a Value>,
    /// Column lineage: unique id to `{"columns": {name: {"from": [[id, column, kind]], "unknown": reason}}, "used":
    /// [[id, column, kind]]}`.
    pub lineage: Option<&'a Value>,
}

impl<'a> Artifacts<'a> {
    /// A manifest alone.
    pub fn new(manifest: &'a Value) -> Self {
        Self { manifest, catalog: None, results: None, freshness: None, lineage: None }
    }
}
