//! What an earlier run left, and how nodes compare with it.

mod compare;
mod contract;

use std::collections::HashSet;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::artifact::Previous;
use crate::manifest::Manifest;

pub(super) use compare::{Change, changed};

/// How configurations are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// As they are written, so that what depends on the environment is no change.
    Unrendered,
    /// As they were before dbt 1.9: in part by their values.
    Rendered,
}

/// What an earlier run left, for comparing.
#[derive(Debug)]
pub struct State {
    /// Its artifacts.
    pub previous: Previous,
    /// The freshness checks of this project's own target folder.
    pub current_sources: Option<Value>,
    /// How configurations are compared.
    pub comparison: Comparison,
    /// Macros that differ, are new or are gone; asked for once.
    macros: OnceLock<HashSet<String>>,
}

impl State {
    /// The artifacts of an earlier run, with the freshness checks of this one.
    pub fn new(previous: Previous, current_sources: Option<Value>, comparison: Comparison) -> Self {
        Self { previous, current_sources, comparison, macros: OnceLock::new() }
    }

    /// The earlier node of an id.
    fn node(&self, id: &str) -> Option<&Map<String, Value>> {
        self.previous.node(id)
    }

    fn changed_macros(&self, manifest: &Manifest) -> &HashSet<String> {
        self.macros.get_or_init(|| {
            let mut found = HashSet::new();
            let Some(old) = self.previous.section("macros") else { return found };
            // dbt: built-in macros count too. Here they do not: they change with the program, not with the project,
            // and a state that dbt itself wrote has other ones.
            let own = |id: &str| !["macro.dbt.", "macro.dbt_duckdb."].iter().any(|builtin| id.starts_with(builtin));
            for (id, now) in manifest.macros.iter().filter(|(id, _)| own(id)) {
                let before = old.get(id).and_then(|before| before.get("macro_sql")).and_then(Value::as_str);
                if before != Some(now.macro_sql.as_str()) {
                    found.insert(id.clone());
                }
            }
            found.extend(old.keys().filter(|id| own(id) && !manifest.macros.contains_key(*id)).cloned());
            found
        })
    }

    /// Whether one of the macros, or one that they call, differs.
    fn macros_differ(&self, manifest: &Manifest, macros: &[String]) -> bool {
        let changed = self.changed_macros(manifest);
        if changed.is_empty() {
            return false;
        }
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = macros.iter().map(String::as_str).collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            if changed.contains(id) {
                return true;
            }
            open.extend(manifest.macros.get(id).into_iter().flat_map(|info| &info.depends_on).map(String::as_str));
        }
        false
    }
}
