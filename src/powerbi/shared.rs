//! One table for a slicer that filters several tables.
//!
//! A slicer filters every visual of its page whose model has the slicer's column. In the browser the name is enough; in
//! Power BI a filter flows along relationships, so the values of all these columns become a table of their own, to which
//! each is related.

use std::collections::BTreeMap;

use super::build::{Built, Contents, grained, hidden_number, ordered};
use super::model::{Column, ColumnSource, DataType, Rows, Table};
use super::{dax, relationships};
use crate::dashboard::{Dashboard, Field, Grain, VisualKind};
use crate::manifest::Node;

/// Slicers by lower-case column and grain: the first such field, and the nodes that they filter.
type Slicers<'c> = BTreeMap<(String, Option<Grain>), (&'c Field, Vec<String>)>;

/// The slicers over several tables.
fn slicers<'c>(contents: &Contents<'c>) -> Slicers<'c> {
    let mut found = Slicers::new();
    for page in contents.dashboards.iter().flat_map(|dashboard: &Dashboard| &dashboard.pages) {
        for slicer in page.visuals.iter().filter(|visual| visual.kind == VisualKind::Slicer) {
            let (Some(field), Some(own)) = (&slicer.field, &slicer.node) else { continue };
            let column = field.column.to_lowercase();
            let filtered = page.visuals.iter().filter(|visual| {
                visual.kind != VisualKind::Slicer && !visual.ignores.iter().any(|ignored| ignored.name == slicer.name)
            });
            let mut nodes: Vec<String> = filtered
                .filter_map(|visual| visual.node.clone())
                .filter(|node| has_column(contents, node, &column))
                .chain([own.clone()])
                .collect();
            nodes.sort();
            nodes.dedup();
            if nodes.len() > 1 {
                let entry = found.entry((column, field.grain)).or_insert((field, Vec::new()));
                entry.1.extend(nodes);
                entry.1.sort();
                entry.1.dedup();
            }
        }
    }
    found
}

fn has_column(contents: &Contents<'_>, node: &str, column: &str) -> bool {
    let source = contents.sources.iter().find(|source| source.node.unique_id == node);
    source.is_some_and(|source| source.columns.iter().any(|(name, _)| name.to_lowercase() == column))
}

/// The grains in which shared slicers need a node's columns.
pub(super) fn grains(contents: &Contents<'_>, node: &Node) -> Vec<(String, Grain)> {
    let all = slicers(contents).into_iter();
    let own = all.filter(|(_, (_, nodes))| nodes.contains(&node.unique_id));
    own.filter_map(|((column, grain), _)| Some((column, grain?))).collect()
}

/// Adds the tables and their relationships.
pub(super) fn add(contents: &Contents<'_>, built: &mut Built) {
    for ((column, grain), (field, nodes)) in slicers(contents) {
        let ends: Vec<(String, String)> = nodes
            .iter()
            .filter_map(|node| {
                let name = built.columns.get(&(node.clone(), column.clone()))?;
                let name = grain.map_or_else(|| name.clone(), |grain| grained(name, grain));
                Some((built.tables.get(node)?.clone(), name))
            })
            .collect();
        let Some(first) = ends.first() else { continue };
        let Some(like) = built
            .model
            .tables
            .iter()
            .find(|table| table.name == first.0)
            .and_then(|table| table.columns.iter().find(|known| known.name == first.1).cloned())
        else {
            continue;
        };
        let is_taken = |name: &str| built.model.tables.iter().any(|table| table.name.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| format!("{} {number}", field.label));
        let name = std::iter::once(field.label.clone()).chain(numbered).find(|name| !is_taken(name));
        let Some(name) = name else { continue };
        let value = field.label.clone();
        let number = ordered(&value);
        let can_order = like.data_type == DataType::Text || like.data_type.is_number();
        let has_order = !field.order.is_empty() && grain.is_none() && can_order;
        let order = if has_order { field.order.as_slice() } else { &[] };
        let dax = values(&ends, &value, (&number, order, like.data_type));
        let mut columns = vec![Column {
            name: value.clone(),
            description: String::new(),
            is_summed: false,
            is_hidden: false,
            is_key: true,
            source: ColumnSource::Table(value.clone()),
            sort_by: has_order.then(|| number.clone()),
            ..like
        }];
        if has_order {
            columns.push(hidden_number(&number, ColumnSource::Table(number.clone())));
        }
        built.model.tables.push(Table {
            description: format!("The values of {column} that slicers offer, for all tables that have it."),
            columns,
            measures: Vec::new(),
            rows: Rows::Calculated(dax),
            name: name.clone(),
        });
        for end in ends {
            relationships::push(built, end, (name.clone(), value.clone()), false);
        }
        built.shared.insert((column, grain), (name, value));
    }
}

/// All values of some columns, each once, with their number in an order where there is one.
fn values(ends: &[(String, String)], value: &str, (number, order, kind): (&str, &[String], DataType)) -> String {
    let parts: Vec<String> = ends
        .iter()
        .map(|(table, column)| {
            format!("SELECTCOLUMNS({}, {}, {})", dax::table(table), dax::text(value), dax::column(table, column))
        })
        .collect();
    let all = if parts.len() > 1 { format!("UNION({})", parts.join(", ")) } else { parts.concat() };
    let filled = format!("FILTER(DISTINCT({all}), NOT(ISBLANK({})))", dax::name(value));
    let choices: Vec<String> = order
        .iter()
        .enumerate()
        .filter_map(|(at, wanted)| Some(format!("{}, {}", dax::literal(wanted, kind)?, at + 1)))
        .collect();
    if choices.is_empty() {
        return filled;
    }
    let switch = format!("SWITCH({}, {}, {})", dax::name(value), choices.join(", "), order.len() + 1);
    format!("ADDCOLUMNS({filled}, {}, {switch})", dax::text(number))
}
