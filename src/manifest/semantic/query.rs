//! Saved queries: metrics by dimensions, and where their rows go.

use serde::Serialize;
use serde_json::{Map, Value};

use super::WhereFilters;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct QueryParams {
    pub metrics: Vec<String>,
    pub group_by: Vec<String>,
    #[serde(rename = "where")]
    pub condition: Option<WhereFilters>,
    pub order_by: Vec<String>,
    pub limit: Option<i64>,
}

/// Where the rows of an export go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct ExportConfig {
    pub export_as: String,
    pub schema_name: Option<String>,
    pub alias: Option<String>,
    pub database: Option<String>,
}

/// A table or view of a saved query's rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Export {
    pub name: String,
    pub config: ExportConfig,
    pub unrendered_config: Map<String, Value>,
}

/// The further facts of a saved query.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedQuery {
    /// What is asked.
    pub query_params: QueryParams,
    /// Where the rows go.
    pub exports: Vec<Export>,
    /// Description, none where there is none.
    pub description: Option<String>,
    /// Title.
    pub label: Option<String>,
    /// Its own and its configuration's tags, sorted.
    pub tags: Vec<String>,
}
