//! `catalog.json` v1.

use serde_json::{Map, Value, json};

use super::{Metadata, Schema};
use crate::outcome::{Catalog, CatalogStat, CatalogTable};

/// The whole file.
pub fn catalog(metadata: &Metadata, catalog: &Catalog) -> Value {
    let tables = |tables: &[CatalogTable]| {
        tables.iter().map(|table| (table.unique_id.clone(), entry(table))).collect::<Map<_, _>>()
    };
    json!({
        "metadata": metadata.head(Schema::Catalog),
        "nodes": tables(&catalog.nodes),
        "sources": tables(&catalog.sources),
        "errors": (!catalog.errors.is_empty()).then_some(&catalog.errors),
    })
}

fn entry(table: &CatalogTable) -> Value {
    let column = |column: &crate::outcome::CatalogColumn| {
        let value = json!({
            "type": column.data_type, "index": column.index, "name": column.name, "comment": column.comment,
        });
        (column.name.clone(), value)
    };
    // dbt: this figure says whether there are others.
    let has_stats = CatalogStat {
        id: "has_stats".to_owned(),
        label: "Has Stats?".to_owned(),
        value: (!table.stats.is_empty()).into(),
        include: false,
        description: "Indicates whether there are statistics for this table".to_owned(),
    };
    let stat = |stat: &CatalogStat| {
        let value = json!({
            "id": stat.id, "label": stat.label, "value": stat.value, "include": stat.include,
            "description": stat.description,
        });
        (stat.id.clone(), value)
    };
    json!({
        "metadata": {
            "type": table.kind, "schema": table.schema, "name": table.name, "database": table.database,
            "comment": table.comment, "owner": table.owner,
        },
        "columns": table.columns.iter().map(column).collect::<Map<_, _>>(),
        "stats": table.stats.iter().chain([&has_stats]).map(stat).collect::<Map<_, _>>(),
        "unique_id": table.unique_id,
    })
}
