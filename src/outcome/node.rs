//! What logs and results say about a node.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Status, Timestamp};

/// What is known of a node before it runs and never changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeFacts {
    /// `model.shop.orders`.
    pub unique_id: String,
    /// `model`, `seed`, `snapshot`, `test`, `unit_test`, `source`, `exposure`, `operation` and so on.
    pub resource_type: String,
    /// The node's own name.
    pub name: String,
    /// The version of a versioned model.
    pub version: Option<String>,
    /// The package that it belongs to.
    pub package: String,
    /// The path below the resource folder (`marts/orders.sql`).
    pub path: String,
    /// The path below the project (`models/marts/orders.sql`).
    pub original_file_path: String,
    /// The line of its declaration in `original_file_path`, where known (a test inside a YAML file).
    pub line: Option<usize>,
    /// `view`, `table`, `incremental`, `seed`, `test` and so on; empty where a node has none.
    pub materialized: String,
    /// `sql` or `python`.
    pub language: String,
    /// The database of its relation.
    pub database: String,
    /// The schema of its relation.
    pub schema: String,
    /// The identifier of its relation.
    pub alias: String,
    /// The relation as quoted in SQL, for nodes that have one.
    pub relation_name: Option<String>,
    /// The checksum of its file.
    pub checksum: String,
    /// Its `meta`.
    pub meta: Map<String, Value>,
    /// The group that owns it, as dbt's log shows it (`name`, `owner`, `package_name`).
    pub group: Option<Map<String, Value>>,
    /// The configuration of a snapshot, as dbt's log shows it: texts.
    pub snapshot_config: Map<String, Value>,
    /// The model that a unit test tests.
    pub tested_model: Option<String>,
    /// The model or seed that a generic test is attached to.
    pub attached_node: Option<String>,
}

impl NodeFacts {
    /// How progress lines call the node: `sql view model main.orders`, `seed file main.countries`, `test unique_id`.
    pub fn description(&self) -> String {
        let relation = self.relation();
        match self.resource_type.as_str() {
            "model" => {
                let language = if self.language.is_empty() { "sql" } else { &self.language };
                format!("{language} {} model {relation}", self.materialized)
            }
            "seed" => format!("seed file {relation}"),
            "snapshot" => format!("snapshot {relation}"),
            "function" => format!("function {relation}"),
            "source" => format!("freshness of {}", self.name),
            "operation" => format!("hook {}", self.name),
            kind => format!("{kind} {}", self.test_name()),
        }
    }

    /// How the result of a test calls it: a unit test with its model, `orders::totals`.
    pub fn test_name(&self) -> String {
        match (&self.tested_model, &self.version) {
            (Some(model), Some(version)) => format!("{model}::{}_v{version}", self.name),
            (Some(model), None) => format!("{model}::{}", self.name),
            (None, _) => self.name.clone(),
        }
    }

    /// `schema.alias` as shown, without quotes.
    pub fn relation(&self) -> String {
        if self.schema.is_empty() { self.alias.clone() } else { format!("{}.{}", self.schema, self.alias) }
    }

    /// The name with its version: `orders.v2`.
    pub fn versioned_name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}.v{version}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Where a node is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Not begun.
    #[default]
    Waiting,
    /// Taken by a worker.
    Started,
    /// Its template is being rendered.
    Compiling,
    /// Its statements are running.
    Executing,
    /// Ended.
    Ended(Status),
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            // dbt: a node outside a run has the status `None`, written as a word.
            Self::Waiting => "None",
            Self::Started => "started",
            Self::Compiling => "compiling",
            Self::Executing => "executing",
            Self::Ended(status) => status.as_str(),
        })
    }
}

/// A node and where it is on its way; cheap to clone, carried by every event that concerns a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeInfo {
    /// What never changes.
    pub facts: Arc<NodeFacts>,
    /// Where it is.
    pub phase: Phase,
    /// When a worker took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl NodeInfo {
    /// A node that has not begun.
    pub fn new(facts: Arc<NodeFacts>) -> Self {
        Self { facts, ..Self::default() }
    }

    /// The same node, taken by a worker now.
    #[must_use]
    pub fn started(&self) -> Self {
        Self { phase: Phase::Started, started_at: Some(super::now()), finished_at: None, ..self.clone() }
    }

    /// The same node in another phase.
    #[must_use]
    pub fn in_phase(&self, phase: Phase) -> Self {
        Self { phase, ..self.clone() }
    }

    /// The same node, ended now.
    #[must_use]
    pub fn ended(&self, status: Status) -> Self {
        Self { phase: Phase::Ended(status), finished_at: Some(super::now()), ..self.clone() }
    }
}
