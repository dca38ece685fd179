//! Nodes, their columns and dashboards to a semantic model.
//!
//! Measures of dashboards stand in the tables of their models. A table without any gets simple ones: how many rows, and
//! the sum of each number that can be added up: no key, no `..._id`, no part of a date, no average or count of different
//! values, and nothing that `meta: {additive: false}` says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::dax;
use super::model::{Column, ColumnSource, Measure, Mode, Rows, SemanticModel, Table};
use super::query::{self, Order, Origin};
use super::types::typed;
use super::{data_type, relationships, shared};
use crate::dashboard::{Dashboard, Field, Grain, keys};
use crate::manifest::{Manifest, Node};

/// A node whose rows are exported.
#[derive(Debug, Clone)]
pub struct Source {
    /// The node.
    pub node: Arc<Node>,
    /// Name and type of each column, as the warehouse has them.
    pub columns: Vec<(String, String)>,
    /// Whether the warehouse has it as a view.
    pub is_view: bool,
}

/// What a semantic model is made from.
pub struct Contents<'c> {
    /// The project.
    pub manifest: &'c Manifest,
    /// Its dashboards.
    pub dashboards: &'c [Dashboard],
    /// The tables.
    pub sources: &'c [Source],
    /// Where the rows are.
    pub origin: &'c Origin,
    /// Whether they are copied.
    pub mode: Mode,
}

/// A semantic model, and how the project's names are called in it.
#[derive(Debug, Default)]
pub struct Built {
    /// The model.
    pub model: SemanticModel,
    /// What could not be carried over, one sentence each.
    pub notes: Vec<String>,
    /// Table of a node.
    pub(super) tables: HashMap<String, String>,
    /// Column of a node and lower-case name.
    pub(super) columns: HashMap<(String, String), String>,
    /// Table and name of a measure, by dashboard and name.
    pub(super) measures: HashMap<(String, String), (String, String)>,
    /// Shared table and column of a slicer's lower-case column and grain.
    pub(super) shared: BTreeMap<(String, Option<Grain>), (String, String)>,
}

impl Built {
    /// Table and column of a field.
    pub(super) fn field(&self, field: &Field) -> Option<(String, String)> {
        let node = field.node.as_ref()?;
        let table = self.tables.get(node)?.clone();
        let column = self.columns.get(&(node.clone(), field.column.to_lowercase()))?;
        Some((table, field.grain.map_or_else(|| column.clone(), |grain| grained(column, grain))))
    }

    /// The table of a name.
    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.model.tables.iter_mut().find(|table| table.name == name)
    }
}

/// The name of a node's table.
pub(super) fn table_name(node: &Node) -> String {
    node.search_name().replace('.', "_")
}

/// The name of the column that holds a column's times cut to a part.
pub(super) fn grained(column: &str, grain: Grain) -> String {
    format!("{column} ({})", grain.name())
}

/// The name of the column that numbers the values of an `order:`.
pub(super) fn ordered(column: &str) -> String {
    format!("{column} (order)")
}

/// Makes the semantic model.
pub fn build(contents: &Contents<'_>) -> Built {
    let mut built = Built::default();
    built.model.parameters = query::parameters(contents.origin);
    for source in contents.sources {
        let name = table_name(&source.node);
        built.tables.insert(source.node.unique_id.clone(), name.clone());
        for (column, _) in &source.columns {
            let shown =
                described(&source.node, column).map_or_else(|| cased(column, contents.origin), |(name, _)| name);
            built.columns.insert((source.node.unique_id.clone(), column.to_lowercase()), shown);
        }
    }
    for source in contents.sources {
        let table = table(contents, source, &mut built);
        built.model.tables.push(table);
    }
    measures(contents, &mut built);
    relationships::add(contents, &mut built);
    shared::add(contents, &mut built);
    hide_keys(contents, &mut built);
    built
}

/// A column's described name and description.
fn described(node: &Node, column: &str) -> Option<(String, String)> {
    let found = node.columns.values().find(|known| known.name.trim_matches('"').eq_ignore_ascii_case(column))?;
    Some((found.name.trim_matches('"').to_owned(), found.description.clone()))
}

/// A column that nobody describes: Snowflake's upper case is no name that a person chose.
fn cased(column: &str, origin: &Origin) -> String {
    match origin {
        Origin::Snowflake { .. } if column == column.to_uppercase() => column.to_lowercase(),
        _ => column.to_owned(),
    }
}

/// The orders that dashboards give the values of a node's columns, by lower-case column.
fn orders<'c>(contents: &Contents<'c>, node: &str) -> BTreeMap<String, &'c [String]> {
    let mut found = BTreeMap::new();
    for (_, visual) in contents.dashboards.iter().flat_map(Dashboard::visuals) {
        for field in visual.fields().filter(|field| field.node.as_deref() == Some(node) && !field.order.is_empty()) {
            found.entry(field.column.to_lowercase()).or_insert(field.order.as_slice());
        }
    }
    found
}

fn table(contents: &Contents<'_>, source: &Source, built: &mut Built) -> Table {
    let node = &source.node;
    let name = table_name(node);
    let keys = keys(contents.manifest, node);
    let mut columns = Vec::new();
    for (column, warehouse_type) in &source.columns {
        let shown = built.columns[&(node.unique_id.clone(), column.to_lowercase())].clone();
        let kind = typed(warehouse_type);
        columns.push(Column {
            description: described(node, column).map(|(_, text)| text).unwrap_or_default(),
            data_type: kind.data_type,
            is_date: kind.is_date,
            format: kind.is_date.then(|| "yyyy-MM-dd".to_owned()),
            is_summed: adds_up(contents.manifest, node, column, warehouse_type),
            is_hidden: false,
            is_key: false,
            source: ColumnSource::Query(column.clone()),
            sort_by: None,
            name: shown,
        });
    }
    // A model takes one key column at most.
    let filled = |column: &str| {
        contents.manifest.tests_of(&node.unique_id).into_iter().any(|id| {
            let test = contents.manifest.node(id).and_then(|test| test.test());
            test.is_some_and(|test| {
                test.generic.as_deref() == Some("not_null")
                    && test.column_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(column))
            })
        })
    };
    let single = keys.iter().filter(|key| key.len() == 1).flatten().find(|key| filled(key));
    if let Some(key) = columns.iter_mut().find(|column| Some(&column.name.to_lowercase()) == single) {
        key.is_key = true;
    }
    let added: Vec<(String, String, super::DataType, &[String])> = orders(contents, &node.unique_id)
        .into_iter()
        .filter_map(|(column, values)| {
            let of = columns.iter_mut().find(|known| known.name.to_lowercase() == column)?;
            if of.data_type != super::DataType::Text && !of.data_type.is_number() {
                return None;
            }
            let ColumnSource::Query(source) = &of.source else { return None };
            let added = (ordered(&of.name), source.clone(), of.data_type, values);
            of.sort_by = Some(added.0.clone());
            Some(added)
        })
        .collect();
    for (name, ..) in &added {
        columns.push(hidden_number(name, ColumnSource::Query(name.clone())));
    }
    let orders: Vec<Order<'_>> = added
        .iter()
        .map(|(name, column, data_type, values)| Order { name, column, data_type: *data_type, values })
        .collect();
    let m = query::rows(node, contents.origin, source.is_view, &orders);
    columns.extend(grains(contents, node, &columns, &name));
    Table {
        description: node.description.clone(),
        columns,
        measures: Vec::new(),
        rows: Rows::Query { m, mode: contents.mode },
        name,
    }
}

/// A column that only orders another.
pub(super) fn hidden_number(name: &str, source: ColumnSource) -> Column {
    Column {
        name: name.to_owned(),
        description: String::new(),
        data_type: super::DataType::Int64,
        is_date: false,
        format: None,
        is_summed: false,
        is_hidden: true,
        is_key: false,
        source,
        sort_by: None,
    }
}

/// A column of cut times for each grain that a dashboard uses.
fn grains(contents: &Contents<'_>, node: &Node, columns: &[Column], table: &str) -> Vec<Column> {
    let fields = contents.dashboards.iter().flat_map(Dashboard::visuals).flat_map(|(_, visual)| visual.fields());
    let own = fields.filter(|field| field.node.as_deref() == Some(&node.unique_id));
    let mut wanted: HashSet<(String, Grain)> =
        own.filter_map(|field| Some((field.column.to_lowercase(), field.grain?))).collect();
    wanted.extend(shared::grains(contents, node));
    let mut wanted: Vec<(String, Grain)> = wanted.into_iter().collect();
    wanted.sort();
    let made = wanted.into_iter().filter_map(|(column, grain)| {
        let of = columns.iter().find(|known| known.name.to_lowercase() == column)?;
        Some(Column {
            name: grained(&of.name, grain),
            description: format!("{} cut to its {}.", of.name, grain.name()),
            data_type: super::DataType::DateTime,
            is_date: grain != Grain::Hour,
            format: Some(dax::cut_format(grain).to_owned()),
            is_summed: false,
            is_hidden: false,
            is_key: false,
            source: ColumnSource::Calculated(dax::cut(table, &of.name, grain)),
            sort_by: None,
        })
    });
    made.collect()
}

/// Whether a column's values may be added up.
fn adds_up(manifest: &Manifest, node: &Arc<Node>, column: &str, warehouse_type: &str) -> bool {
    let lower = column.to_lowercase();
    let words: Vec<&str> = lower.split('_').collect();
    let no_amounts = [
        "id",
        "key",
        "sk",
        "number",
        "code",
        "year",
        "quarter",
        "month",
        "week",
        "weekday",
        "day",
        "hour",
        "minute",
        "second",
        "latitude",
        "longitude",
        "zip",
        "rank",
        "position",
        "rate",
        "ratio",
        "percent",
        "pct",
        "avg",
        "average",
        "mean",
        "median",
        "is",
        "has",
    ];
    let is_amount = !words.iter().any(|word| no_amounts.contains(word));
    let in_key = keys(manifest, node).iter().any(|key| key.contains(&lower));
    data_type(warehouse_type).is_number()
        && is_amount
        && !in_key
        && crate::dashboard::is_additive(manifest, node, column)
}

/// Measures of dashboards, and simple ones where there are none.
fn measures(contents: &Contents<'_>, built: &mut Built) {
    let mut taken: HashSet<String> = HashSet::new();
    // All names first, since a measure may be calculated from a later one.
    for dashboard in contents.dashboards {
        for measure in &dashboard.measures {
            let Some(table) = measure.node.as_ref().and_then(|node| built.tables.get(node)).cloned() else { continue };
            let columns = columns_of(built, &table);
            let same = contents.dashboards.iter().flat_map(|other| other.measures.iter().map(move |m| (other, m)));
            let same = same.take_while(|(other, m)| !(other.name == dashboard.name && m.name == measure.name)).find(
                |(_, other)| {
                    other.node == measure.node
                        && other.label == measure.label
                        && other.expression == measure.expression
                        && measure.expression.measures().is_empty()
                },
            );
            let known = same.and_then(|(other, m)| built.measures.get(&(other.name.clone(), m.name.clone())).cloned());
            let name = known.map_or_else(|| free(&measure.label, &table, &taken, &columns), |(_, name)| name);
            taken.insert(name.to_lowercase());
            built.measures.insert((dashboard.name.clone(), measure.name.clone()), (table, name));
        }
    }
    for dashboard in contents.dashboards {
        for measure in &dashboard.measures {
            let key = (dashboard.name.clone(), measure.name.clone());
            let Some((table, name)) = built.measures.get(&key).cloned() else { continue };
            let node = measure.node.clone().unwrap_or_default();
            let names = dax::Names {
                table: &table,
                column: &|column| {
                    let known = built.columns.get(&(node.clone(), column.to_lowercase()));
                    known.cloned().unwrap_or_else(|| column.to_owned())
                },
                measure: &|other| {
                    let known = built.measures.get(&(dashboard.name.clone(), other.to_owned()));
                    known.map_or_else(|| other.to_owned(), |(_, name)| name.clone())
                },
            };
            let made = Measure {
                dax: dax::expression(&measure.expression, &names),
                description: measure.description.clone(),
                format: measure.format.clone(),
                name,
            };
            if let Some(table) = built.table_mut(&table)
                && !table.measures.iter().any(|known| known.name == made.name)
            {
                table.measures.push(made);
            }
        }
    }
    for table in &mut built.model.tables {
        if !table.measures.is_empty() {
            continue;
        }
        let columns: HashSet<String> = table.columns.iter().map(|column| column.name.to_lowercase()).collect();
        let rows = free(&format!("{} rows", table.name), &table.name, &taken, &columns);
        taken.insert(rows.to_lowercase());
        table.measures.push(simple(rows, format!("COUNTROWS({})", dax::table(&table.name)), "#,##0"));
        for column in table.columns.iter().filter(|column| column.is_summed) {
            let name = free(&format!("Sum of {}", column.name), &table.name, &taken, &columns);
            taken.insert(name.to_lowercase());
            let format = if column.data_type == super::DataType::Int64 { "#,##0" } else { "#,##0.00" };
            let dax = format!("SUM({})", dax::column(&table.name, &column.name));
            table.measures.push(simple(name, dax, format));
        }
    }
}

fn simple(name: String, dax: String, format: &str) -> Measure {
    Measure { name, description: String::new(), dax, format: Some(format.to_owned()) }
}

fn columns_of(built: &Built, table: &str) -> HashSet<String> {
    let table = built.model.tables.iter().find(|known| known.name == table);
    table.into_iter().flat_map(|table| table.columns.iter().map(|column| column.name.to_lowercase())).collect()
}

/// A name that neither a measure of the model nor a column of the table has: as wanted, or with the table's name. Case
/// does not count.
fn free(wanted: &str, table: &str, taken: &HashSet<String>, columns: &HashSet<String>) -> String {
    let is_free = |name: &str| !taken.contains(&name.to_lowercase()) && !columns.contains(&name.to_lowercase());
    let numbered = (2..).map(|number| format!("{wanted} ({table} {number})"));
    [wanted.to_owned(), format!("{wanted} ({table})")]
        .into_iter()
        .chain(numbered)
        .find(|name| is_free(name))
        .unwrap_or_default()
}

/// Hides the columns that only name rows: keys and ends of relationships that no visual shows.
fn hide_keys(contents: &Contents<'_>, built: &mut Built) {
    let fields = contents.dashboards.iter().flat_map(Dashboard::visuals).flat_map(|(_, visual)| visual.fields());
    let mut shown: HashSet<(String, String)> = fields.filter_map(|field| built.field(field)).collect();
    shown.extend(built.shared.values().cloned());
    let is_shared = |end: &(String, String)| built.shared.values().any(|(table, _)| *table == end.0);
    let ends: HashSet<(String, String)> = built
        .model
        .relationships
        .iter()
        .filter(|relationship| !is_shared(&relationship.to))
        .flat_map(|relationship| [relationship.from.clone(), relationship.to.clone()])
        .collect();
    for table in &mut built.model.tables {
        for column in &mut table.columns {
            let place = (table.name.clone(), column.name.clone());
            column.is_hidden |= (column.is_key || ends.contains(&place)) && !shown.contains(&place);
        }
    }
}
