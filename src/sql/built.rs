//! The columns of what a materialization builds, beside those of its query.

use serde_json::{Map, Value};

use super::{Content, Dialect, KnownColumn, KnownColumns, Name, Quoted, Type};

/// Materializations that make a relation with the columns of the query.
const PLAIN: &[&str] = &[
    "view",
    "table",
    "incremental",
    "ephemeral",
    "materialized_view",
    "dynamic_table",
    "external",
    "test",
    "snapshot",
    "analysis",
];

/// The settings of a node, wherever they stand.
pub type Settings<'a> = &'a dyn Fn(&str) -> Option<&'a Value>;

/// What a materialization makes of a query.
pub fn built(sql: &str, materialized: &str, settings: Settings<'_>, dialect: Dialect) -> Content {
    let is_plain = PLAIN.contains(&materialized);
    Content::Query {
        sql: sql.to_owned(),
        added: if materialized == "snapshot" { snapshot_columns(settings, dialect) } else { Vec::new() },
        open: (!is_plain).then(|| format!("what the materialization `{materialized}` makes is not known").into()),
    }
}

/// What a snapshot adds to the columns of its query.
fn snapshot_columns(settings: Settings<'_>, dialect: Dialect) -> Vec<KnownColumn> {
    let mut names = vec!["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"];
    if settings("hard_deletes").and_then(Value::as_str) == Some("new_record") {
        names.push("dbt_is_deleted");
    }
    let chosen = settings("snapshot_meta_column_names");
    let name = |usual: &str| {
        let chosen = chosen.and_then(|chosen| chosen.get(usual)).and_then(Value::as_str);
        KnownColumn { name: dialect.plain(chosen.unwrap_or(usual)), data_type: Type::Unknown }
    };
    names.into_iter().map(name).collect()
}

/// The columns that an entry of `catalog.json` has, in order; none where it lists none.
///
/// A catalog has names as they are stored. `stored` says whether that is how the dialect compares them: a warehouse
/// that runs another one's dialect stores them as they were written, which stands for names without quotes.
pub fn of_catalog(entry: &Map<String, Value>, dialect: Dialect, stored: Quoted) -> Option<KnownColumns> {
    let columns = entry.get("columns")?.as_object()?;
    let mut listed: Vec<(i64, KnownColumn)> = columns
        .iter()
        .map(|(name, column)| {
            let text = |key: &str| column.get(key).and_then(Value::as_str).unwrap_or_default();
            let name = Name { text: name.clone(), key: dialect.key(name, stored) };
            let index = column.get("index").and_then(Value::as_i64).unwrap_or_default();
            (index, KnownColumn { name, data_type: Type::from_name(text("type")) })
        })
        .collect();
    listed.sort_by_key(|(index, _)| *index);
    Some(KnownColumns { columns: listed.into_iter().map(|(_, column)| column).collect(), open: None })
}
