//! Answers of the warehouse about what is in it -> template values.

use minijinja::Error;
use minijinja::value::Value;

use super::column::ColumnValue;
use super::relation::{Naming, RelationData};
use crate::adapter::{Column, Dialect};
use crate::jinja::phase::Live;
use crate::jinja::{fail, python, raise};

/// A cell by the column's name, in any case.
fn cell(row: &Value, name: &str) -> Option<Value> {
    let found = |name: &str| row.get_attr(name).ok().filter(|value| !value.is_none() && !value.is_undefined());
    found(name).or_else(|| found(&name.to_uppercase()))
}

fn text(row: &Value, name: &str) -> Option<String> {
    cell(row, name).map(|value| value.to_string())
}

/// The relations that a listing of a schema gives.
///
/// dbt: four columns (database, name, schema, type), or those of the warehouse's own listing of objects.
///
/// # Errors
/// The listing is no table.
pub fn relations(naming: Naming, database: &str, listed: &Value) -> Result<Vec<RelationData>, Error> {
    let mut relations = Vec::new();
    for row in python::iterate(listed)? {
        let field = |name: &str, index: usize| {
            let at = || row.get_item_by_index(index).ok().filter(|value| !value.is_none());
            text(&row, name).or_else(|| at().map(|value| value.to_string()))
        };
        if let (Some(kind), Some(schema), Some(name)) =
            (text(&row, "kind"), text(&row, "schema_name"), text(&row, "name"))
        {
            let database = text(&row, "database_name").unwrap_or_else(|| database.to_owned());
            let mut relation = RelationData::new(naming, Some(&database), &schema, &name).as_listed();
            let says_yes =
                |name: &str| text(&row, name).is_some_and(|word| matches!(word.as_str(), "Y" | "YES" | "True"));
            relation.kind = Some(match kind.to_lowercase().as_str() {
                "table" if says_yes("is_dynamic") => "dynamic_table".to_owned(),
                "table" => "table".to_owned(),
                "view" => "view".to_owned(),
                "materialized view" => "materialized_view".to_owned(),
                _ => "external".to_owned(),
            });
            if says_yes("is_iceberg") {
                relation.table_format = Some("iceberg".to_owned());
            }
            relations.push(relation);
            continue;
        }
        let (Some(name), Some(schema)) = (field("name", 1), field("schema", 2)) else { continue };
        let database = field("database", 0).unwrap_or_else(|| database.to_owned());
        let mut relation = RelationData::new(naming, Some(&database), &schema, &name).as_listed();
        relation.kind = field("type", 3);
        relations.push(relation);
    }
    Ok(relations)
}

/// The functions that a listing of a schema gives, the warehouse's own left out.
///
/// # Errors
/// The listing is no table.
pub fn functions_of(naming: Naming, database: &str, listed: &Value) -> Result<Vec<RelationData>, Error> {
    let rows = python::iterate(listed)?;
    let of_row = |row: &Value| {
        if text(row, "is_builtin").is_some_and(|word| word == "Y") {
            return None;
        }
        let database = text(row, "catalog_name").unwrap_or_else(|| database.to_owned());
        let relation = RelationData::new(naming, Some(&database), &text(row, "schema_name")?, &text(row, "name")?);
        Some(relation.as_listed().of_kind("function"))
    };
    Ok(rows.iter().filter_map(of_row).collect())
}

/// The columns of a query's result, as `Column` objects; `named` gives their types the names that are wanted.
///
/// # Errors
/// The query fails.
pub(super) fn columns_of_query(
    dialect: &'static Dialect,
    live: &dyn Live,
    sql: &str,
    named: &dyn Fn(String) -> String,
) -> Result<Value, Error> {
    let column = |name: String, dtype: String| {
        let mut column = Column::new(dialect, name, "");
        column.dtype = named(dtype);
        ColumnValue(column).into_value()
    };
    if dialect.describes.is_empty() {
        let (_, table) = live.execute(sql, false, true, Some(0)).map_err(raise)?;
        // dbt: the names of the result's own description, which may be there twice.
        let labels = if table.labels.is_empty() { table.columns } else { table.labels };
        let columns = labels.into_iter().zip(table.types).map(|(name, dtype)| {
            let mut column = Column::from_description(dialect, name, &dtype).map_err(fail)?;
            column.dtype = named(column.dtype);
            Ok(ColumnValue(column).into_value())
        });
        return Ok(python::list(columns.collect::<Result<_, Error>>()?));
    }
    let (_, table) = live.execute(&format!("{}{sql}", dialect.describes), false, true, None).map_err(raise)?;
    let text = |row: &Vec<Value>, index: usize| row.get(index).map(ToString::to_string).unwrap_or_default();
    Ok(python::list(table.rows.iter().map(|row| column(text(row, 0), text(row, 1))).collect()))
}

/// Who may do what: privilege -> grantees.
///
/// dbt: of Snowflake's listing the owner's privilege is left out, and what is granted to a share or a database role.
///
/// # Errors
/// The listing is no table.
pub(super) fn grants(table: &Value) -> Result<Value, Error> {
    let grants = python::dict(Vec::<(Value, Value)>::new());
    for row in python::iterate(table)? {
        let found = |names: [&str; 2]| names.into_iter().find_map(|name| cell(&row, name)).unwrap_or_default();
        let (grantee, privilege) = (found(["grantee", "grantee_name"]), found(["privilege_type", "privilege"]));
        let to = text(&row, "granted_to").unwrap_or_default().to_uppercase();
        if to == "SHARE" || to == "DATABASE_ROLE" || privilege.as_str() == Some("OWNERSHIP") {
            continue;
        }
        if let Some(dict) = grants.downcast_object_ref::<python::Dict>() {
            let mut list = dict.find(&privilege).and_then(|list| python::iterate(&list).ok()).unwrap_or_default();
            list.push(grantee);
            dict.insert(privilege, python::list(list));
        }
    }
    Ok(grants)
}
