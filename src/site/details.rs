//! The section `details`: columns, statistics, configuration.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::content::{Column, Details, Statistic};
use super::json::{entries, is_telling, list, mapping, telling, text, texts};
use super::nodes::Index;

/// Configuration that stands elsewhere on the page, or that nobody wrote.
const SHOWN_ELSEWHERE: [&str; 6] = ["enabled", "tags", "meta", "docs", "group", "access"];

/// What else a definition of the semantic layer or of a unit test says, by key.
const DEFINITION: [&str; 16] = [
    "type_params",
    "filter",
    "time_granularity",
    "model",
    "entities",
    "dimensions",
    "measures",
    "primary_entity",
    "defaults",
    "query_params",
    "exports",
    "given",
    "expect",
    "overrides",
    "returns",
    "arguments",
];

/// An entry for each node.
pub(super) fn details<'a>(catalog: Option<&'a Value>, index: &Index<'a>) -> Vec<Details<'a>> {
    index
        .nodes
        .iter()
        .map(|node| {
            let found = text(node, "unique_id").and_then(|id| {
                let table = |part: &str| catalog?.get(part)?.get(id);
                table("nodes").or_else(|| table("sources"))
            });
            one(node, found)
        })
        .collect()
}

fn one<'a>(node: &'a Value, table: Option<&'a Value>) -> Details<'a> {
    let kind = text(node, "resource_type").unwrap_or_default();
    let is_table = matches!(kind, "model" | "seed" | "snapshot" | "source" | "analysis");
    let metadata = table.and_then(|table| table.get("metadata"));
    let mut details = Details {
        columns: if is_table { columns(node, table) } else { Vec::new() },
        statistics: table.map(statistics).unwrap_or_default(),
        relation_type: metadata.and_then(|metadata| text(metadata, "type")),
        relation_owner: metadata.and_then(|metadata| text(metadata, "owner")),
        meta: mapping(node, "meta").or_else(|| mapping(&node["config"], "meta")),
        ..Details::default()
    };
    if kind == "macro" {
        details.arguments = list(node, "arguments");
        return details;
    }
    for (key, value) in entries(node, "unrendered_config") {
        if !SHOWN_ELSEWHERE.contains(&key.as_str()) && is_telling(value) {
            // What was written as a template is shown as it came out.
            let value = node["config"].get(key).filter(|value| is_telling(value)).unwrap_or(value);
            details.config.insert(key.clone(), value.clone());
        }
    }
    if matches!(kind, "metric" | "semantic_model" | "saved_query" | "unit_test" | "function") {
        details.definition = DEFINITION
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), without_nothing(telling(node, key)?))))
            .collect::<Map<_, _>>();
    }
    details
}

/// A value without the nulls and empty parts in it.
fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, part)| is_telling(part))
                .map(|(key, part)| (key.clone(), without_nothing(part)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nothing).collect()),
        other => other.clone(),
    }
}

fn statistics(table: &Value) -> Vec<Statistic<'_>> {
    entries(table, "stats")
        .filter(|(id, stat)| *id != "has_stats" && stat["include"] != Value::Bool(false))
        .filter_map(|(_, stat)| Some(Statistic { label: text(stat, "label")?, value: stat.get("value")? }))
        .collect()
}

/// The columns in the warehouse's order, then those that only the documentation knows.
fn columns<'a>(node: &'a Value, table: Option<&'a Value>) -> Vec<Column<'a>> {
    let mut documented: Vec<(String, &Value)> =
        entries(node, "columns").map(|(name, column)| (name.to_lowercase(), column)).collect();
    let Some(table) = table else {
        return documented.iter().map(|(_, column)| written(column)).collect();
    };
    let mut found: Vec<&Value> = entries(table, "columns").map(|(_, column)| column).collect();
    found.sort_by_key(|column| column["index"].as_i64().unwrap_or(i64::MAX));
    let places: HashMap<String, usize> =
        documented.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
    let mut taken = vec![false; documented.len()];
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(found.len());
    for column in found {
        let Some(name) = text(column, "name") else { continue };
        let data_type = text(column, "type");
        match places.get(&name.to_lowercase()) {
            Some(place) => {
                taken[*place] = true;
                let mut known = written(documented[*place].1);
                known.data_type = data_type.or(known.data_type);
                columns.push(known);
            }
            None => columns.push(Column {
                name,
                data_type,
                description: text(column, "comment"),
                tags: Vec::new(),
                constraints: Vec::new(),
                meta: None,
                absent: false,
                undocumented: true,
            }),
        }
    }
    for ((_, column), taken) in documented.drain(..).zip(taken) {
        if !taken {
            columns.push(Column { absent: true, ..written(column) });
        }
    }
    columns
}

/// A column as the project's files describe it.
fn written(column: &Value) -> Column<'_> {
    Column {
        name: text(column, "name").unwrap_or_default(),
        data_type: text(column, "data_type"),
        description: text(column, "description").map(str::trim_end),
        tags: texts(column, "tags"),
        constraints: list(column, "constraints").iter().filter_map(|constraint| text(constraint, "type")).collect(),
        meta: mapping(column, "meta"),
        absent: false,
        undocumented: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_of_the_documentation_and_of_the_warehouse_are_one_list() {
        let node = json!({"columns": {
            "ID": {"name": "ID", "description": "Key.\n", "data_type": "int"},
            "gone": {"name": "gone", "description": ""},
        }});
        let table = json!({"columns": {
            "b": {"name": "b", "type": "VARCHAR", "index": 2, "comment": "From the warehouse"},
            "id": {"name": "id", "type": "BIGINT", "index": 1, "comment": null},
        }});
        let columns = columns(&node, Some(&table));
        let told: Vec<_> = columns.iter().map(|column| (column.name, column.data_type, column.description)).collect();
        assert_eq!(
            told,
            [
                ("ID", Some("BIGINT"), Some("Key.")),
                ("b", Some("VARCHAR"), Some("From the warehouse")),
                ("gone", None, None)
            ]
        );
        assert!(columns[1].undocumented && columns[2].absent && !columns[0].absent);
    }
}
