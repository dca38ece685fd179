//! Tests to relationships.
//!
//! A `relationships` test says that a column's values are found in another table; a relationship needs that other
//! column to name a row there, which a `unique` test says. Where the other table is not exported, the one exported table
//! that is made from it and has its key takes its place. Filters flow from the one to the many. Where they could flow
//! two ways between the same tables, the later relationship is written inactive, since Power BI refuses both.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::build::{Built, Contents};
use super::model::Relationship;
use crate::dashboard::keys;
use crate::manifest::Node;

/// Adds the relationships that tests tell of.
pub(super) fn add(contents: &Contents<'_>, built: &mut Built) {
    let manifest = contents.manifest;
    let mut seen = HashSet::new();
    for test in manifest.nodes.values() {
        let Some((from, from_column, to, to_column)) = told(contents, test) else { continue };
        if !seen.insert((from.unique_id.clone(), from_column.clone(), to.unique_id.clone(), to_column.clone())) {
            continue;
        }
        let is_key = |node: &Node, column: &String| keys(manifest, node).contains(&BTreeSet::from([column.clone()]));
        let column =
            |node: &Node, column: &str| built.columns.get(&(node.unique_id.clone(), column.to_owned())).cloned();
        let (Some(from_table), Some(to_table)) = (built.tables.get(&from.unique_id), built.tables.get(&to.unique_id))
        else {
            continue;
        };
        let (Some(from_name), Some(to_name)) = (column(from, &from_column), column(to, &to_column)) else { continue };
        if !is_key(to, &to_column) {
            built.notes.push(format!(
                "no relationship from {from_table}.{from_name} to {to_table}.{to_name}: no `unique` test says that the latter names a row"
            ));
            continue;
        }
        let kind = |table: &str, column: &str| {
            let table = built.model.tables.iter().find(|known| known.name == table)?;
            table.columns.iter().find(|known| known.name == column).map(|known| known.data_type)
        };
        if kind(from_table, &from_name) != kind(to_table, &to_name) {
            built.notes.push(format!(
                "no relationship from {from_table}.{from_name} to {to_table}.{to_name}: their types differ"
            ));
            continue;
        }
        let is_one_to_one = is_key(from, &from_column);
        let made = (from_table.clone(), from_name, to_table.clone(), to_name);
        push(built, (made.0, made.1), (made.2, made.3), is_one_to_one);
    }
}

/// Adds a relationship; gives whether it is active.
pub(super) fn push(built: &mut Built, from: (String, String), to: (String, String), is_one_to_one: bool) -> bool {
    let is_active = !is_ambiguous(&built.model.relationships, &from.0, &to.0, is_one_to_one);
    if !is_active {
        built.notes.push(format!(
            "the relationship from {}.{} to {}.{} is inactive: filters already flow between these tables another way",
            from.0, from.1, to.0, to.1
        ));
    }
    built.model.relationships.push(Relationship { from, to, is_one_to_one, is_active });
    is_active
}

/// The models and lower-case columns of a `relationships` test between two exported tables.
fn told<'c>(contents: &Contents<'c>, test: &Node) -> Option<(&'c Node, String, &'c Node, String)> {
    let info = test.test().filter(|info| info.generic.as_deref() == Some("relationships"))?;
    let attached = info.attached_node.as_ref()?;
    let other = test.depends_on.iter().find(|id| *id != attached)?;
    let find = |id: &String| contents.sources.iter().find(|source| source.node.unique_id == *id).map(|s| &*s.node);
    let heir = || heir(contents, attached, other, info.kwargs.get("field")?.as_str()?);
    let column = |key: &str| {
        info.kwargs.get(key).and_then(|name| name.as_str()).map(|name| name.trim_matches('"').to_lowercase())
    };
    let to = find(other).or_else(heir)?;
    Some((find(attached)?, column("column_name")?, to, column("field")?))
}

/// The one exported table that is made from a model that is not exported, and keeps its key under the same name:
/// `customers`, where a test names `stg_customers`.
fn heir<'c>(contents: &Contents<'c>, from: &str, model: &str, key: &str) -> Option<&'c Node> {
    let wanted = BTreeSet::from([key.trim_matches('"').to_lowercase()]);
    let mut found = contents.sources.iter().map(|source| &source.node).filter(|node| {
        node.unique_id != from
            && keys(contents.manifest, node).contains(&wanted)
            && contents.manifest.graph.ancestors(&node.unique_id, None).contains(model)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether one relationship more would let filters reach a table in two ways.
fn is_ambiguous(known: &[Relationship], many: &str, one: &str, both: bool) -> bool {
    if many == one {
        return true;
    }
    let mut flows: HashMap<&str, Vec<&str>> = HashMap::new();
    for relationship in known.iter().filter(|relationship| relationship.is_active) {
        let (from, to) = (relationship.from.0.as_str(), relationship.to.0.as_str());
        flows.entry(to).or_default().push(from);
        if relationship.is_one_to_one {
            flows.entry(from).or_default().push(to);
        }
    }
    let reached = |start: &str| {
        let mut found = HashSet::from([start.to_owned()]);
        let mut next = vec![start.to_owned()];
        while let Some(table) = next.pop() {
            for other in flows.get(table.as_str()).into_iter().flatten() {
                if found.insert((*other).to_owned()) {
                    next.push((*other).to_owned());
                }
            }
        }
        found
    };
    let tables: HashSet<&str> =
        known.iter().flat_map(|one| [one.from.0.as_str(), one.to.0.as_str()]).chain([many, one]).collect();
    let joins = |source: &str, sink: &str| {
        let below = reached(sink);
        tables
            .iter()
            .filter(|table| reached(table).contains(source))
            .any(|table| reached(table).iter().any(|other| below.contains(other) && other != table))
    };
    joins(one, many) || (both && joins(many, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str) -> Relationship {
        let end = |table: &str| (table.to_owned(), "id".to_owned());
        Relationship { from: end(from), to: end(to), is_one_to_one: false, is_active: true }
    }

    #[test]
    fn a_second_way_between_tables_is_ambiguous() {
        let known = [edge("items", "orders"), edge("orders", "customers")];
        assert!(is_ambiguous(&known, "items", "customers", false));
        assert!(is_ambiguous(&known, "items", "orders", false));
        assert!(!is_ambiguous(&known, "items", "products", false));
        assert!(!is_ambiguous(&known, "customers", "stores", false));
        assert!(is_ambiguous(&known, "orders", "orders", false));
        assert!(is_ambiguous(&[edge("a", "x"), edge("a", "y")], "x", "y", false));
    }
}
