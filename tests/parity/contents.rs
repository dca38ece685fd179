//! The relations that both programs left in their databases: columns, types and rows.
//!
//! Each database is opened by itself, since a view names the database that it was made in. Rows are compared by the sum of
//! their hashes: the order of rows says nothing, a row more or less does.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::{AccessMode, Config, Connection};

use crate::Finding;

/// What one database says of one relation.
#[derive(PartialEq)]
struct Content {
    kind: String,
    /// Name and type of every column, in order.
    columns: Vec<(String, String)>,
    /// The number of rows, then the digest of each column, then that of whole rows; or why they cannot be read.
    rows: Result<Vec<String>, String>,
}

/// Compares every relation of the two databases.
///
/// # Errors
/// A database cannot be opened or read.
pub fn relations(theirs: &Path, ours: &Path) -> Result<Vec<(String, Finding)>, String> {
    let (left, right) = (contents(theirs)?, contents(ours)?);
    let mut exist = Finding { compared: left.len(), ..Finding::default() };
    let mut columns = Finding::default();
    let mut rows = Finding::default();
    exist
        .different
        .extend(right.keys().filter(|name| !left.contains_key(*name)).map(|name| format!("{name}: only netflix")));
    for (name, left) in &left {
        let Some(right) = right.get(name) else {
            exist.different.push(format!("{name}: only dbt"));
            continue;
        };
        columns.compared += 1;
        if (&left.kind, &left.columns) != (&right.kind, &right.columns) {
            columns
                .different
                .push(format!("{name}: {} {:?} / {} {:?}", left.kind, left.columns, right.kind, right.columns));
            continue;
        }
        rows.compared += 1;
        match (&left.rows, &right.rows) {
            (Ok(theirs), Ok(ours)) if theirs == ours => {}
            (Ok(theirs), Ok(ours)) => {
                let names = std::iter::once("(count)").chain(left.columns.iter().map(|(name, _)| name.as_str()));
                let uneven: Vec<&str> = names
                    .zip(theirs.iter().zip(ours))
                    .filter_map(|(name, (theirs, ours))| (theirs != ours).then_some(name))
                    .collect();
                rows.different.push(format!("{name}: other values in {}", uneven.join(", ")));
            }
            (theirs, ours) => {
                let say = |side: &Result<Vec<String>, String>| side.as_ref().err().cloned().unwrap_or_default();
                rows.different.push(format!("{name}: {} / {}", say(theirs), say(ours)));
            }
        }
    }
    Ok(vec![
        ("relations".to_owned(), exist),
        ("kinds, columns and types".to_owned(), columns),
        ("rows".to_owned(), rows),
    ])
}

fn contents(database: &Path) -> Result<BTreeMap<String, Content>, String> {
    let config = Config::default().access_mode(AccessMode::ReadOnly).map_err(|error| error.to_string())?;
    let connection = Connection::open_with_flags(database, config).map_err(|error| error.to_string())?;
    let tables = texts(
        &connection,
        "select table_schema, table_name, table_type from information_schema.tables \
         where table_catalog = current_database()",
        3,
    )?;
    let mut found = BTreeMap::new();
    for table in tables {
        let [schema, name, kind] = table.as_slice() else { continue };
        let columns = texts(
            &connection,
            &format!(
                "select column_name, data_type from information_schema.columns where table_catalog = current_database() \
                 and table_schema = {} and table_name = {} order by ordinal_position",
                literal(schema),
                literal(name)
            ),
            2,
        )?;
        let columns: Vec<(String, String)> =
            columns.into_iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.clone()))).collect();
        let digests: Vec<String> = columns
            .iter()
            .map(|(column, _)| format!("sum(hash({})::hugeint)::varchar", quoted(column)))
            .chain(std::iter::once("sum(hash(t)::hugeint)::varchar".to_owned()))
            .collect();
        let sql =
            format!("select count(*)::varchar, {} from {}.{} as t", digests.join(", "), quoted(schema), quoted(name));
        let rows = texts(&connection, &sql, columns.len() + 2).map(|rows| rows.into_iter().next().unwrap_or_default());
        found.insert(format!("{schema}.{name}"), Content { kind: kind.clone(), columns, rows });
    }
    Ok(found)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The rows of a query whose columns are texts; null is the empty text.
fn texts(connection: &Connection, sql: &str, width: usize) -> Result<Vec<Vec<String>>, String> {
    let mut statement = connection.prepare(sql).map_err(|error| error.to_string())?;
    let rows = statement
        .query_map([], |row| {
            (0..width).map(|index| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default)).collect()
        })
        .map_err(|error| error.to_string())?;
    rows.collect::<Result<_, _>>().map_err(|error| error.to_string())
}
