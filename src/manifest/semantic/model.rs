//! Semantic models: entities, dimensions and measures of one relation.

use serde::Serialize;
use serde_json::{Map, Value};

/// Configuration of a part of a semantic model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ElementConfig {
    /// Free data; that of the semantic model below that of the part.
    pub meta: Map<String, Value>,
}

/// Values for what the parts do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Defaults {
    /// The time dimension of measures.
    pub agg_time_dimension: Option<String>,
}

/// The relation that a semantic model describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct NodeRelation {
    pub alias: String,
    pub schema_name: String,
    pub database: Option<String>,
    pub relation_name: Option<String>,
}

/// Marks the ends of a row's validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct ValidityParams {
    pub is_start: bool,
    pub is_end: bool,
}

/// What only time dimensions have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct DimensionParams {
    pub time_granularity: String,
    pub validity_params: Option<ValidityParams>,
}

/// What rows are grouped and filtered by.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Dimension {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub description: Option<String>,
    pub label: Option<String>,
    pub is_partition: bool,
    pub type_params: Option<DimensionParams>,
    pub expr: Option<String>,
    pub metadata: Option<Value>,
    pub config: Option<ElementConfig>,
    pub datatype: Option<String>,
}

/// What semantic models are joined by.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Entity {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub description: Option<String>,
    pub label: Option<String>,
    pub role: Option<String>,
    pub expr: Option<String>,
    pub config: Option<ElementConfig>,
}

/// What a percentile needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct AggParams {
    pub percentile: Option<f64>,
    pub use_discrete_percentile: bool,
    pub use_approximate_percentile: bool,
}

/// A dimension over which a measure cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct NonAdditive {
    pub name: String,
    pub window_choice: String,
    pub window_groupings: Vec<String>,
}

/// What is aggregated.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Measure {
    pub name: String,
    pub agg: String,
    pub description: Option<String>,
    pub label: Option<String>,
    pub create_metric: bool,
    pub expr: Option<String>,
    pub agg_params: Option<AggParams>,
    pub non_additive_dimension: Option<NonAdditive>,
    pub agg_time_dimension: Option<String>,
    pub config: Option<ElementConfig>,
}

/// The further facts of a semantic model.
#[derive(Debug, Clone, PartialEq)]
pub struct SemanticModel {
    /// `ref('name')` as written.
    pub model: String,
    /// The relation of that model, once it is known.
    pub node_relation: Option<NodeRelation>,
    /// Title.
    pub label: Option<String>,
    /// Description, none where there is none.
    pub description: Option<String>,
    /// Values for what the parts do not say.
    pub defaults: Option<Defaults>,
    /// What it is joined by.
    pub entities: Vec<Entity>,
    /// What is aggregated.
    pub measures: Vec<Measure>,
    /// What rows are grouped by.
    pub dimensions: Vec<Dimension>,
    /// The entity that names its dimensions, where no entity has the type `primary`.
    pub primary_entity: Option<String>,
}

impl SemanticModel {
    /// The time dimension of a measure or metric that names none.
    pub fn default_time_dimension(&self) -> Option<&str> {
        self.defaults.as_ref()?.agg_time_dimension.as_deref()
    }

    /// The dimension of a name.
    pub fn dimension(&self, name: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| dimension.name == name)
    }
}
