//! The semantic layer: what dbt checks and writes down, and other programs query.
//!
//! Field order is that of manifest v12; `semantic_manifest.json` picks its own from these.

mod metric;
mod model;
mod query;

pub use metric::{
    AggregationParams, ConstantProperty, ConversionParams, CumulativeParams, InputMeasure, InputMetric, Metric,
    MetricType, TimeWindow, TypeParams,
};
pub use model::{
    AggParams, Defaults, Dimension, DimensionParams, ElementConfig, Entity, Measure, NodeRelation, NonAdditive,
    SemanticModel, ValidityParams,
};
pub use query::{Export, ExportConfig, QueryParams, SavedQuery};

use serde::Serialize;

/// One condition, a template in MetricFlow's language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhereFilter {
    /// As written.
    pub where_sql_template: String,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhereFilters {
    /// In the file's order.
    pub where_filters: Vec<WhereFilter>,
}

impl WhereFilters {
    /// Conditions as written.
    pub fn new(templates: impl IntoIterator<Item = String>) -> Self {
        Self {
            where_filters: templates.into_iter().map(|where_sql_template| WhereFilter { where_sql_template }).collect(),
        }
    }
}

/// The time granularities that everybody knows, the finest first.
pub const GRANULARITIES: [&str; 11] =
    ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// The place of a granularity among [`GRANULARITIES`]; none for custom ones.
pub fn granularity_rank(name: &str) -> Option<usize> {
    GRANULARITIES.iter().position(|known| *known == name)
}
