//! Whether a node differs from the one of an earlier manifest, in whole or in one respect.
//!
//! dbt: the `same_*` methods of its node classes. Both sides are compared in the shape of the manifest, so that a
//! state that dbt wrote serves as well as our own.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Comparison, State, contract};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::WarningKind;
use crate::jinja::config_call;
use crate::manifest::{Detail, Manifest, Node, ResourceType};

type Json = Map<String, Value>;

/// What is asked about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::select) enum Change {
    /// It was not there.
    New,
    /// It was there.
    Old,
    /// Anything differs.
    Modified,
    /// Nothing differs.
    Unmodified,
    /// Its text, or a seed's file.
    Body,
    /// Its configuration as written.
    Configs,
    /// Descriptions that the warehouse keeps.
    PersistedDescriptions,
    /// Where its relation is.
    Relation,
    /// A macro that it calls.
    Macros,
    /// Its enforced contract.
    Contract,
}

impl Change {
    /// The names in `state:`, in the order in which dbt lists them.
    pub const NAMES: [&'static str; 10] = [
        "new",
        "old",
        "modified",
        "unmodified",
        "modified.body",
        "modified.configs",
        "modified.persisted_descriptions",
        "modified.relation",
        "modified.macros",
        "modified.contract",
    ];

    /// The question of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::New,
            Self::Old,
            Self::Modified,
            Self::Unmodified,
            Self::Body,
            Self::Configs,
            Self::PersistedDescriptions,
            Self::Relation,
            Self::Macros,
            Self::Contract,
        ];
        Self::NAMES.iter().position(|known| *known == name).map(|index| all[index])
    }
}

/// The ids of the nodes of which the answer is yes.
///
/// # Errors
/// A breaking change of a versioned model's contract.
pub(in crate::select) fn changed<'m>(
    manifest: &'m Manifest,
    state: &State,
    change: Change,
    warnings: &mut Vec<(WarningKind, Diagnostic)>,
) -> Result<Vec<&'m str>> {
    let mut found = Vec::new();
    for (id, node) in &manifest.nodes {
        let pair = Pair { manifest, state, node, now: node.to_json(), before: state.node(id) };
        if pair.is(change, warnings)? {
            found.push(id.as_str());
        }
    }
    let whole = matches!(change, Change::Modified | Change::Unmodified | Change::Contract);
    if let Some(before) = state.previous.section("nodes").filter(|_| whole) {
        contract::removed(manifest, before, warnings)?;
    }
    Ok(found)
}

/// A node and what it was.
struct Pair<'a> {
    manifest: &'a Manifest,
    state: &'a State,
    node: &'a Node,
    now: Json,
    before: Option<&'a Json>,
}

impl Pair<'_> {
    fn is(&self, change: Change, warnings: &mut Vec<(WarningKind, Diagnostic)>) -> Result<bool> {
        let kind = self.node.resource_type;
        // dbt: sources, exposures and the like have none of the properties that can be asked about on their own,
        // but for the place and the configuration of a source and the configuration of others.
        let has_body = kind.is_executable();
        let Some(before) = self.before else {
            // dbt: a source, exposure or metric that was not there is new, but not modified.
            let modified = has_body || kind == ResourceType::UnitTest || self.macros_differ();
            return Ok(match change {
                Change::New => true,
                Change::Old => false,
                Change::Modified => modified,
                Change::Unmodified => !modified,
                Change::Body | Change::PersistedDescriptions | Change::Contract => has_body,
                Change::Configs => kind != ResourceType::UnitTest,
                Change::Relation => has_body || kind == ResourceType::Source,
                Change::Macros => self.macros_differ(),
            });
        };
        Ok(match change {
            Change::New => false,
            Change::Old => true,
            Change::Modified => !self.same(before, warnings)?,
            Change::Unmodified => self.same(before, warnings)?,
            Change::Body => has_body && !self.same_body(before, warnings),
            Change::Configs => kind != ResourceType::UnitTest && !self.same_config(before),
            Change::PersistedDescriptions => has_body && !self.same_descriptions(before),
            Change::Relation => (has_body || kind == ResourceType::Source) && !self.same_relation(before),
            Change::Macros => self.macros_differ(),
            Change::Contract => has_body && !self.same_contract(before, warnings)?,
        })
    }

    fn macros_differ(&self) -> bool {
        self.state.macros_differ(self.manifest, &self.node.macros)
    }

    fn same_field(&self, before: &Json, key: &str) -> bool {
        present(&self.now, key) == present(before, key)
    }

    fn same_fields(&self, before: &Json, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.same_field(before, key))
    }

    fn same(&self, before: &Json, warnings: &mut Vec<(WarningKind, Diagnostic)>) -> Result<bool> {
        let same = match self.node.resource_type {
            ResourceType::Source => {
                let quoting = |node: &Json| present_in(node.get("quoting"));
                self.same_relation(before)
                    && self.same_fields(before, &["fqn", "external", "loaded_at_field"])
                    && self.same_config(before)
                    && quoting(&self.now) == quoting(before)
                    && threshold(&self.now) == threshold(before)
            }
            ResourceType::Exposure => {
                let parents = |node: &Json| -> BTreeSet<String> {
                    let nodes = node.get("depends_on").and_then(|on| on.get("nodes")).and_then(Value::as_array);
                    nodes.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
                };
                self.same_fields(before, &["fqn", "type", "maturity", "url", "description", "label"])
                    && present_in(self.now.get("owner")) == present_in(before.get("owner"))
                    && parents(&self.now) == parents(before)
                    && self.same_config(before)
            }
            ResourceType::UnitTest => self.same_field(before, "checksum"),
            ResourceType::Test if self.node.test().is_some_and(|test| test.generic.is_some()) => {
                self.same_config(before) && self.same_field(before, "fqn")
            }
            kind if kind.is_executable() => {
                let contract = self.same_contract(before, warnings)?;
                self.same_body(before, warnings)
                    && self.same_config(before)
                    && self.same_descriptions(before)
                    && self.same_field(before, "fqn")
                    && self.same_relation(before)
                    && contract
                    && self.same_references(before)
            }
            _ => self.same_semantics(before),
        };
        Ok(same && !self.macros_differ())
    }

    /// Metrics, semantic models and saved queries. dbt: their comparison is by a few fields.
    fn same_semantics(&self, before: &Json) -> bool {
        let same = |keys: &[&str]| keys.iter().all(|key| stripped(self.now.get(*key)) == stripped(before.get(*key)));
        match self.node.resource_type.name() {
            "metric" => self.same_fields(before, &["type", "description", "label"]) && self.same_config(before),
            "semantic_model" => same(&[
                "model",
                "description",
                "defaults",
                "entities",
                "dimensions",
                "measures",
                "primary_entity",
                "group",
            ]),
            "saved_query" => {
                same(&["query_params", "description", "label", "group", "tags"])
                    && exports(&self.now) == exports(before)
            }
            _ => true,
        }
    }

    /// What breaks those who refer to a model. dbt: `same_ref_representation`.
    fn same_references(&self, before: &Json) -> bool {
        let Detail::Model { .. } = &self.node.detail else { return true };
        let access = |node: &Json| node.get("access").and_then(Value::as_str).unwrap_or("protected").to_owned();
        self.same_fields(before, &["latest_version", "deprecation_date"]) && access(&self.now) == access(before)
    }

    fn same_body(&self, before: &Json, warnings: &mut Vec<(WarningKind, Diagnostic)>) -> bool {
        if self.node.resource_type != ResourceType::Seed {
            return self.same_field(before, "raw_code");
        }
        let checksum = |key: &str| before.get("checksum").and_then(|sum| sum.get(key)).and_then(Value::as_str);
        let (old_name, old_sum) = (checksum("name").unwrap_or_default(), checksum("checksum").unwrap_or_default());
        let (name, sum) = (self.node.checksum.0.as_str(), self.node.checksum.1.as_str());
        let same = name == old_name && sum == old_sum;
        if name == "path" {
            let (kind, what) = match (old_name == "path", same) {
                (false, _) => (WarningKind::SeedIncreased, "in size. The previous file was <=1MiB, so it has changed"),
                (true, true) => (
                    WarningKind::SeedExceedsLimitSamePath,
                    "in size at the same path, dbt cannot tell if it has changed: assuming they are the same",
                ),
                (true, false) => (
                    WarningKind::SeedExceedsLimitAndPathChanged,
                    "in size. The previous file was in a different location, assuming it has changed",
                ),
            };
            let message = format!("Found a seed ({}.{}) >1MiB {what}", self.node.package, self.node.name);
            warnings.push((kind, Diagnostic::warning(Class::Parsing, message)));
        }
        same
    }

    fn same_config(&self, before: &Json) -> bool {
        let ignored: &[&str] = match self.node.resource_type {
            ResourceType::Source | ResourceType::Exposure => &[],
            _ => &["alias", "schema", "database", "tags", "group"],
        };
        let (now, before) = (self.unrendered(&self.now), self.unrendered(before));
        let keys: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
        keys.into_iter().filter(|key| !ignored.contains(&key.as_str())).all(|key| now.get(key) == before.get(key))
    }

    /// The configuration as written. What a `config()` call says is read from the template again: how an earlier
    /// version wrote it down differs.
    fn unrendered(&self, node: &Json) -> Json {
        let mut config = node.get("unrendered_config").and_then(Value::as_object).cloned().unwrap_or_default();
        let is_built_in = matches!(self.node.macros.as_slice(), [one] if one == "macro.dbt.test_not_null" || one == "macro.dbt.test_unique");
        if self.state.comparison == Comparison::Unrendered && !config.is_empty() && !is_built_in {
            let code = node.get("raw_code").and_then(Value::as_str).unwrap_or_default();
            config.extend(config_call(code));
        }
        config
    }

    fn same_descriptions(&self, before: &Json) -> bool {
        let persisted = |part: &str| {
            let docs = self.node.config.get("persist_docs").and_then(|docs| docs.get(part));
            docs.is_some_and(|flag| !matches!(flag, Value::Null | Value::Bool(false)))
        };
        let columns = |node: &Json| -> Vec<(String, String)> {
            let columns = node.get("columns").and_then(Value::as_object);
            let text =
                |column: &Value| column.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut pairs: Vec<(String, String)> =
                columns.into_iter().flatten().map(|(name, column)| (name.clone(), text(column))).collect();
            pairs.sort();
            pairs
        };
        (!persisted("relation") || self.same_field(before, "description"))
            && (!persisted("columns") || columns(&self.now) == columns(before))
    }

    fn same_relation(&self, before: &Json) -> bool {
        if self.node.resource_type == ResourceType::Source {
            return self.same_field(before, "identifier")
                && match self.state.comparison {
                    Comparison::Rendered => self.same_fields(before, &["database", "schema"]),
                    Comparison::Unrendered => self.same_fields(before, &["unrendered_database", "unrendered_schema"]),
                };
        }
        let (now, before) = (self.unrendered(&self.now), self.unrendered(before));
        ["database", "schema", "alias"].iter().all(|key| {
            now.get(*key).filter(|value| !value.is_null()) == before.get(*key).filter(|value| !value.is_null())
        })
    }

    fn same_contract(&self, before: &Json, warnings: &mut Vec<(WarningKind, Diagnostic)>) -> Result<bool> {
        match self.node.resource_type {
            ResourceType::Model => contract::same(self.node, &self.now, before, warnings),
            _ => Ok(true),
        }
    }
}

/// A field's value; null and an empty mapping are as good as none.
fn present<'j>(node: &'j Json, key: &str) -> Option<&'j Value> {
    node.get(key).filter(|value| !value.is_null())
}

/// The keys of a mapping that say something.
fn present_in(value: Option<&Value>) -> Json {
    let map = value.and_then(Value::as_object).cloned().unwrap_or_default();
    map.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// A value without the keys that say nothing: which of them are written depends on the version.
fn stripped(value: Option<&Value>) -> Value {
    match value {
        None => Value::Null,
        Some(Value::Object(map)) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), stripped(Some(value)))).collect())
        }
        Some(Value::Array(items)) => items.iter().map(|item| stripped(Some(item))).collect(),
        Some(other) => other.clone(),
    }
}

/// Freshness thresholds, whether or not those that are not set are written.
fn threshold(node: &Json) -> Vec<(String, Json)> {
    let parts = present_in(node.get("freshness"));
    let mut parts: Vec<(String, Json)> = parts
        .iter()
        .map(|(key, value)| match value {
            Value::Object(_) => (key.clone(), present_in(Some(value))),
            other => (key.clone(), Json::from_iter([("".to_owned(), other.clone())])),
        })
        .filter(|(_, value)| !value.is_empty())
        .collect();
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    parts
}

/// What is compared of a saved query's exports. dbt: what was written, not where the target puts it.
fn exports(query: &Json) -> Vec<[Value; 4]> {
    let of = |export: &Value| {
        let written = |key: &str| export["unrendered_config"][key].clone();
        [export["name"].clone(), written("export_as"), written("schema"), written("alias")]
    };
    query.get("exports").and_then(Value::as_array).map(|list| list.iter().map(of).collect()).unwrap_or_default()
}
