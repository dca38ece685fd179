//! Where columns come from, found in artifacts alone: compiled SQL, relations, and what the catalog has of tables.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::json::{entries, list, text};
use crate::sql::{
    Content, Dialect, EPHEMERAL, KnownColumn, KnownColumns, ProjectLineage, ProjectNode, Quoted, Type, built,
    of_catalog, path, project,
};

/// What a manifest says of the SQL in it.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// Whether the warehouse is of that kind, so that a catalog has names as the dialect compares them.
    pub is_native: bool,
}

impl Written {
    /// SQL of the warehouse itself: what the manifest names as its adapter.
    pub fn of_manifest(manifest: &Value) -> Self {
        let adapter = text(&manifest["metadata"], "adapter_type").unwrap_or_default();
        Self { dialect: Dialect::from_name(adapter).unwrap_or(Dialect::Generic), is_native: true }
    }
}

/// The column lineage of the project that a manifest tells of.
///
/// A model that was not compiled has the columns of the catalog, and where they come from is not known.
pub fn column_lineage(manifest: &Value, catalog: Option<&Value>, written: Written) -> ProjectLineage {
    let table = |id: &str| {
        let part = |part: &str| catalog?.get(part)?.get(id)?.as_object();
        part("nodes").or_else(|| part("sources"))
    };
    let all = entries(manifest, "nodes").chain(entries(manifest, "sources"));
    let nodes: Vec<ProjectNode> = all.filter_map(|(id, node)| one(id, node, table(id), written)).collect();
    project(&nodes, written.dialect)
}

fn one(id: &str, node: &Value, table: Option<&Map<String, Value>>, written: Written) -> Option<ProjectNode> {
    let dialect = written.dialect;
    let kind = text(node, "resource_type")?;
    let config = &node["config"];
    let materialized = text(config, "materialized").unwrap_or(if kind == "analysis" { "analysis" } else { "view" });
    let sql = text(node, "compiled_code").or_else(|| text(node, "compiled_sql"));
    let is_sql = text(node, "language").unwrap_or("sql") == "sql";
    let content = match (kind, sql) {
        ("model" | "snapshot" | "analysis", Some(sql)) if is_sql => {
            built(sql, materialized, &|key| config.get(key), dialect)
        }
        ("model" | "snapshot" | "seed" | "source", _) => Content::Columns(columns(node, table, written)),
        _ => return None,
    };
    let path = match text(node, "relation_name") {
        _ if materialized == "ephemeral" => {
            let name = text(node, "alias").or_else(|| text(node, "name"))?;
            vec![dialect.plain(&format!("{EPHEMERAL}{name}"))]
        }
        Some(name) if kind != "analysis" => path(name, dialect),
        _ => Vec::new(),
    };
    let parents = list(&node["depends_on"], "nodes").iter().filter_map(Value::as_str).map(Arc::from).collect();
    let own = dialect.of_config(config["dialect"].as_str());
    Some(ProjectNode { id: id.into(), path, parents, dialect: own, content })
}

/// The columns of what no query makes, or none that we have.
fn columns(node: &Value, table: Option<&Map<String, Value>>, written: Written) -> KnownColumns {
    let dialect = written.dialect;
    let stored = if written.is_native { Quoted::Yes } else { Quoted::No };
    if let Some(known) = table.and_then(|table| of_catalog(table, dialect, stored)) {
        return known;
    }
    let declared = entries(node, "columns").map(|(name, column)| KnownColumn {
        name: dialect.plain(text(column, "name").unwrap_or(name)),
        data_type: text(column, "data_type").map(Type::from_name).unwrap_or_default(),
    });
    let columns = declared.collect();
    KnownColumns { columns, open: Some("the catalog does not have the table".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lineage_is_found_in_artifacts_of_another_program() {
        let model = |code: &str, materialized: &str, parents: &[&str], name: &str| {
            let relation = (materialized != "ephemeral").then(|| format!("\"db\".\"main\".\"{name}\""));
            json!({
                "resource_type": "model", "name": name, "alias": name, "language": "sql", "compiled_code": code,
                "config": {"materialized": materialized}, "relation_name": relation,
                "depends_on": {"nodes": parents},
            })
        };
        let manifest = json!({
            "metadata": {"adapter_type": "duckdb"},
            "sources": {"source.shop.raw.orders": {
                "resource_type": "source", "relation_name": "\"db\".\"raw\".\"orders\"", "columns": {},
            }},
            "nodes": {
                "model.shop.staged": model("select * from \"db\".\"raw\".\"orders\"", "ephemeral", &["source.shop.raw.orders"], "staged"),
                "model.shop.orders": model(
                    "with __dbt__cte__staged as (select * from \"db\".\"raw\".\"orders\") select id, amount * 2 as double from __dbt__cte__staged",
                    "table", &["model.shop.staged"], "orders",
                ),
            },
        });
        let catalog = json!({"sources": {"source.shop.raw.orders": {"columns": {
            "ID": {"name": "ID", "index": 1, "type": "BIGINT"},
            "amount": {"name": "amount", "index": 2, "type": "BIGINT"},
        }}}});
        let lineage = column_lineage(&manifest, Some(&catalog), Written::of_manifest(&manifest));
        let told = lineage.to_json("model.shop.orders").unwrap();
        assert_eq!(told["columns"]["double"]["from"], json!([["model.shop.staged", "amount", "transform"]]));
        let told = lineage.to_json("model.shop.staged").unwrap();
        assert_eq!(told["columns"]["ID"]["from"], json!([["source.shop.raw.orders", "ID", "copy"]]));
    }
}
