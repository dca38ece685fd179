//! The JSON that the page reads: `site/src/data/types.ts` has the same shapes.
//!
//! What is absent is left out, and nodes name each other by their places in the list, which keeps the data of thousands
//! of models small.

use serde::Serialize;
use serde_json::{Map, Value};

/// The section `core`: what the page needs before it shows anything.
#[derive(Debug, Serialize)]
pub(super) struct Core<'a> {
    pub(super) project: ProjectFacts<'a>,
    pub(super) nodes: Vec<Node<'a>>,
    /// The first node of each section `code-N`.
    pub(super) code: Vec<usize>,
}

/// What the page says about the project as a whole.
#[derive(Debug, Serialize)]
pub(super) struct ProjectFacts<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adapter: Option<&'a str>,
    /// When the manifest was written, in ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) generated: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dbt_version: Option<&'a str>,
    /// The docs block `__overview__` of the root project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overview: Option<&'a str>,
    /// Description and owner of groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<Group<'a>>,
    /// Whether the warehouse was asked for its tables.
    pub(super) has_catalog: bool,
}

/// A group.
#[derive(Debug, Serialize)]
pub(super) struct Group<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<&'a Value>,
}

/// Anything that has a page: nodes of all kinds, and macros.
#[derive(Debug, Default, Serialize)]
pub(super) struct Node<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) package: &'a str,
    /// Its file, from the package's folder.
    pub(super) path: &'a str,
    /// The YAML file that describes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patch: Option<&'a str>,
    /// Folders between package and name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) folders: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) database: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) materialized: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<&'a str>,
    /// Nodes that it reads; for a macro, the macros it calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parents: Vec<usize>,
    /// Macros that a node calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) macros: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) access: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// Whether it is the latest of its versions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) latest: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) contract: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deprecation: Option<&'a str>,
    /// `docs.show: false`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) hidden: bool,
    /// `docs.node_color`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<&'a Value>,
    /// Title of an exposure or of a metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maturity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<&'a str>,
    /// `dashboard`, `simple`: the kind of an exposure or metric.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) subtype: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) test: Option<Test<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Source<'a>>,
}

/// What only tests have.
#[derive(Debug, Serialize)]
pub(super) struct Test<'a> {
    /// `not_null`, with its namespace; absent for a singular test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<&'a str>,
    /// The node under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<usize>,
    /// Its arguments, without `model` and `column_name`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) arguments: Map<String, Value>,
    /// Whether its failure is a warning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) warns: bool,
}

/// What only source tables have.
#[derive(Debug, Serialize)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loader: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loaded_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) freshness: Option<&'a Value>,
}

/// The section `details`: an entry for each node.
#[derive(Debug, Default, Serialize)]
pub(super) struct Details<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) columns: Vec<Column<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) statistics: Vec<Statistic<'a>>,
    /// `BASE TABLE`, as the warehouse calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relation_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relation_owner: Option<&'a str>,
    /// Configuration as written.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) config: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<&'a Map<String, Value>>,
    /// Arguments of a macro.
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    pub(super) arguments: &'a [Value],
    /// What a metric, semantic model, saved query or unit test says.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) definition: Map<String, Value>,
}

/// A column, documented or found in the warehouse.
#[derive(Debug, Serialize)]
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) data_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<&'a str>,
    /// `not_null`, `primary_key`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) constraints: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<&'a Map<String, Value>>,
    /// Documented, but not in the warehouse's table.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) absent: bool,
    /// In the warehouse's table, but not documented.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) undocumented: bool,
}

/// A figure that the warehouse knows of a table.
#[derive(Debug, Serialize)]
pub(super) struct Statistic<'a> {
    pub(super) label: &'a str,
    pub(super) value: &'a Value,
}

/// The section `results`: the last runs.
#[derive(Debug, Default, Serialize)]
pub(super) struct Results<'a> {
    pub(super) runs: Vec<Run<'a>>,
    pub(super) results: Vec<NodeResult<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) freshness: Vec<Freshness<'a>>,
}

/// One run.
#[derive(Debug, Serialize)]
pub(super) struct Run<'a> {
    /// `build`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<&'a str>,
    /// As typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) typed: Option<&'a str>,
    /// When its artifact was written, in ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<&'a str>,
    /// Seconds.
    pub(super) elapsed: f64,
    /// How many results it had; less are left where later runs have newer ones.
    pub(super) count: usize,
    /// Milliseconds since 1970 at which its first node began: results count from here.
    pub(super) begin: i64,
}

/// How a node ended.
#[derive(Debug, Serialize)]
pub(super) struct NodeResult<'a> {
    pub(super) node: usize,
    pub(super) run: usize,
    pub(super) status: &'a str,
    /// Milliseconds from the run's begin, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<f64>,
    /// Milliseconds from the run's begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<f64>,
    /// Seconds.
    pub(super) seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failures: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<u64>,
}

/// How fresh a source table was found to be.
#[derive(Debug, Serialize)]
pub(super) struct Freshness<'a> {
    pub(super) node: usize,
    pub(super) status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loaded: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checked: Option<&'a str>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<f64>,
}
