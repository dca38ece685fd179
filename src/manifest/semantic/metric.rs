//! Metrics: what is measured, and from what.

use serde::Serialize;

use super::{AggParams, NonAdditive, WhereFilters};

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum MetricType {
    Simple,
    Ratio,
    Cumulative,
    Derived,
    Conversion,
}

impl MetricType {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Ratio => "ratio",
            Self::Cumulative => "cumulative",
            Self::Derived => "derived",
            Self::Conversion => "conversion",
        }
    }

    /// The kind of a name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Simple, Self::Ratio, Self::Cumulative, Self::Derived, Self::Conversion]
            .into_iter()
            .find(|kind| kind.name() == name.to_lowercase())
    }
}

/// A measure that a metric reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct InputMeasure {
    pub name: String,
    pub filter: Option<WhereFilters>,
    pub alias: Option<String>,
    pub join_to_timespine: bool,
    pub fill_nulls_with: Option<i64>,
}

/// `7 days`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeWindow {
    /// How many.
    pub count: i64,
    /// Of what; the plural of a standard granularity is made singular.
    pub granularity: String,
}

/// A metric that a metric reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct InputMetric {
    pub name: String,
    pub filter: Option<WhereFilters>,
    pub alias: Option<String>,
    pub offset_window: Option<TimeWindow>,
    pub offset_to_grain: Option<String>,
}

/// Two properties that must be equal for a conversion to count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct ConstantProperty {
    pub base_property: String,
    pub conversion_property: String,
}

/// What only conversion metrics have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct ConversionParams {
    pub entity: String,
    pub base_measure: Option<InputMeasure>,
    pub conversion_measure: Option<InputMeasure>,
    pub base_metric: Option<InputMetric>,
    pub conversion_metric: Option<InputMetric>,
    pub calculation: String,
    pub window: Option<TimeWindow>,
    pub constant_properties: Option<Vec<ConstantProperty>>,
}

/// What only cumulative metrics have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct CumulativeParams {
    pub window: Option<TimeWindow>,
    pub grain_to_date: Option<String>,
    pub period_agg: String,
    pub metric: Option<InputMetric>,
}

/// The aggregation of a simple metric that needs no measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct AggregationParams {
    pub semantic_model: String,
    pub agg: String,
    pub agg_params: Option<AggParams>,
    pub agg_time_dimension: Option<String>,
    pub non_additive_dimension: Option<NonAdditive>,
}

/// Everything that depends on the kind of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct TypeParams {
    pub measure: Option<InputMeasure>,
    pub input_measures: Vec<InputMeasure>,
    pub numerator: Option<InputMetric>,
    pub denominator: Option<InputMetric>,
    pub expr: Option<String>,
    pub window: Option<TimeWindow>,
    pub grain_to_date: Option<String>,
    pub metrics: Option<Vec<InputMetric>>,
    pub conversion_type_params: Option<ConversionParams>,
    pub cumulative_type_params: Option<CumulativeParams>,
    pub metric_aggregation_params: Option<AggregationParams>,
    pub fill_nulls_with: Option<i64>,
    pub join_to_timespine: bool,
    pub is_private: Option<bool>,
}

/// The further facts of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Title.
    pub label: String,
    /// Kind.
    pub kind: MetricType,
    /// What depends on the kind.
    pub type_params: TypeParams,
    /// Condition on all its rows.
    pub filter: Option<WhereFilters>,
    /// The granularity at which it is shown unless another is asked for.
    pub time_granularity: Option<String>,
    /// `meta:` beside `config:`, or the configuration's where that has one.
    pub meta: serde_json::Map<String, serde_json::Value>,
    /// `tags:` as written.
    pub tags: Vec<String>,
}

impl Metric {
    /// The metrics that it reads by its kind.
    pub fn inputs(&self) -> Vec<&InputMetric> {
        let params = &self.type_params;
        match self.kind {
            MetricType::Simple => Vec::new(),
            MetricType::Derived => params.metrics.iter().flatten().collect(),
            MetricType::Ratio => params.numerator.iter().chain(&params.denominator).collect(),
            MetricType::Cumulative => {
                params.cumulative_type_params.iter().filter_map(|of| of.metric.as_ref()).collect()
            }
            MetricType::Conversion => params
                .conversion_type_params
                .iter()
                .flat_map(|of| of.base_metric.iter().chain(&of.conversion_metric))
                .collect(),
        }
    }
}
