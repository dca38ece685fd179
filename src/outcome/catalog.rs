//! What the warehouse knows of the project's relations.

use serde_json::Value;

/// The columns and figures of every relation that a project owns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// Models, seeds and snapshots.
    pub nodes: Vec<CatalogTable>,
    /// Source tables.
    pub sources: Vec<CatalogTable>,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// One relation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogTable {
    /// The node that owns it.
    pub unique_id: String,
    /// `BASE TABLE`, `VIEW` and so on, in the warehouse's words.
    pub kind: String,
    /// Its database.
    pub database: Option<String>,
    /// Its schema.
    pub schema: String,
    /// Its identifier.
    pub name: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<CatalogColumn>,
    /// Its figures; `has_stats` is added when written.
    pub stats: Vec<CatalogStat>,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogColumn {
    /// Its name.
    pub name: String,
    /// Its place, as the warehouse counts.
    pub index: i64,
    /// Its type.
    pub data_type: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// One figure of a relation.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogStat {
    /// `row_count`.
    pub id: String,
    /// `Row Count`.
    pub label: String,
    /// Its value.
    pub value: Value,
    /// Whether the documentation shows it.
    pub include: bool,
    /// What it means.
    pub description: String,
}
