//! The columns of relations, asked by the adapter's catalog macro.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts, schemas};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja::{RelationData, Table, python};
use crate::outcome::{CatalogColumn, CatalogStat, CatalogTable, NodeInfo};

/// Lower-case database, schema and name.
type Key = (String, String, String);

/// Beyond this many relations whole schemas are asked for. dbt: `MAX_SCHEMA_METADATA_RELATIONS`.
const MOST_RELATIONS: usize = 100;

/// The relations of some schemas of a database; the given ones alone where they are few enough.
///
/// # Errors
/// The catalog query fails.
pub fn catalog(
    runtime: &Arc<Runtime>,
    session: &SharedSession,
    database: &str,
    names: &[String],
    relations: Option<&[RelationData]>,
) -> Result<BTreeMap<Key, CatalogTable>> {
    let node = Arc::new(schemas::helper(&runtime.project));
    let live = NodeSession::new(runtime, &node, NodeInfo::new(facts(&runtime.manifest, &node)), session);
    let scope = live.scope(Vec::new()).shared();
    let relations = relations.filter(|relations| relations.len() <= MOST_RELATIONS);
    let name = if relations.is_some() { "get_catalog_relations" } else { "get_catalog" };
    let Some(target) = runtime.engine.library().find(&runtime.project.name, name) else {
        return Err(Box::new(Diagnostic::error(Class::Internal, format!("there is no macro {name}"))));
    };
    let place = RelationData {
        database: Some(database.to_owned()),
        schema: Some("information_schema".to_owned()),
        quoted: [runtime.facts.naming.quoted[0], false, false],
        ..RelationData::nameless(runtime.facts.naming)
    };
    let wanted = match relations {
        Some(relations) => relations.iter().map(|relation| relation.clone().into_value()).collect(),
        None => names.iter().map(|name| minijinja::Value::from(name.as_str())).collect(),
    };
    let wanted = python::list(wanted);
    let called = runtime
        .engine
        .call(target, vec![place.into_value(), wanted], Vec::new(), &scope)
        .map_err(|error| live.explain(error));
    live.rollback();
    let found = called?.value;
    let rows = python::iterate(&found).unwrap_or_default();
    let ids: Vec<String> = found.downcast_object_ref::<Table>().map(stat_ids).unwrap_or_default();
    let mut tables: BTreeMap<Key, CatalogTable> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| {
            let found = |name: &str| row.get_attr(name).ok().filter(|value| !value.is_none() && !value.is_undefined());
            found(name).or_else(|| found(&name.to_uppercase())).map(|value| value.to_string())
        };
        let (Some(schema), Some(name)) = (text("table_schema"), text("table_name")) else { continue };
        let found_database = text("table_database").unwrap_or_else(|| database.to_owned());
        let key = (found_database.to_lowercase(), schema.to_lowercase(), name.to_lowercase());
        let table = tables.entry(key).or_insert_with(|| CatalogTable {
            kind: text("table_type").unwrap_or_default(),
            database: Some(found_database.clone()),
            schema: schema.clone(),
            name: name.clone(),
            comment: text("table_comment"),
            owner: text("table_owner"),
            stats: stats(&row, &ids),
            ..CatalogTable::default()
        });
        table.columns.push(CatalogColumn {
            name: text("column_name").unwrap_or_default(),
            index: text("column_index").and_then(|text| text.parse().ok()).unwrap_or(0),
            data_type: text("column_type").unwrap_or_default(),
            comment: text("column_comment"),
        });
    }
    Ok(tables)
}

/// The figures that a catalog tells: `row_count` of the column `stats:row_count:label`.
fn stat_ids(table: &Table) -> Vec<String> {
    let id = |name: &String| Some(name.to_lowercase().strip_prefix("stats:")?.strip_suffix(":label")?.to_owned());
    table.columns.iter().filter_map(id).collect()
}

/// The figures of a row. dbt: those that are not included are left out.
fn stats(row: &minijinja::Value, ids: &[String]) -> Vec<CatalogStat> {
    let stat = |id: &String| {
        let part = |part: &str| row.get_attr(&format!("stats:{id}:{part}")).ok().filter(|value| !value.is_undefined());
        let text = |name: &str| part(name).map(|value| value.to_string()).unwrap_or_default();
        let include = part("include").is_some_and(|value| value.is_true());
        include.then(|| CatalogStat {
            id: id.clone(),
            label: text("label"),
            value: part("value").map(|value| python::value_to_json(&value)).unwrap_or_default(),
            include,
            description: text("description"),
        })
    };
    ids.iter().filter_map(stat).collect()
}
