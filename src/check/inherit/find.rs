//! Follows copies upward to the next column that is described or tested.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::manifest::{Column, Manifest, Node, ResourceType};
use crate::project::Yaml;
use crate::sql::{Place, ProjectLineage, Rows};

/// Tests that speak of the values of one column, whatever rows there are.
const OF_VALUES: [&str; 2] = ["accepted_values", "relationships"];

/// What a column inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherited {
    /// The node that has the column.
    pub unique_id: String,
    /// The column, as the node's SQL writes it.
    pub column: String,
    /// A description, and the node and column that it comes from.
    pub description: Option<(String, Place)>,
    /// Tests that hold here because they hold there.
    pub tests: Vec<InheritedTest>,
}

/// A test that a column inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InheritedTest {
    /// Its name.
    pub name: String,
    /// Its arguments, without model and column.
    pub arguments: Map<String, Value>,
    /// The node and column that it comes from.
    pub from: Place,
}

/// What the columns of the project's own models and snapshots inherit, in the order of the manifest.
///
/// A description comes from the nearest column that has one. `unique` comes only through queries that repeat no row,
/// `not_null` only through those that make no column null. Snapshots and incremental models keep what was, and inherit
/// no tests; nobody inherits tests that have conditions of their own.
pub fn inherited(manifest: &Manifest, lineage: &ProjectLineage) -> Vec<Inherited> {
    let tests = tests(manifest);
    let kinds = [ResourceType::Model, ResourceType::Snapshot];
    let mut found = Vec::new();
    for node in manifest.nodes.values() {
        if !kinds.contains(&node.resource_type) || node.package != manifest.root {
            continue;
        }
        for column in lineage.column_names(&node.unique_id) {
            let inherited = of_column(node, column, &Known { manifest, lineage, tests: &tests });
            if inherited.description.is_some() || !inherited.tests.is_empty() {
                found.push(inherited);
            }
        }
    }
    found
}

/// Tests by node and column, the latter in lower case.
type Tests<'m> = HashMap<(&'m str, String), Vec<&'m Arc<Node>>>;

struct Known<'m> {
    manifest: &'m Manifest,
    lineage: &'m ProjectLineage,
    tests: &'m Tests<'m>,
}

impl<'m> Known<'m> {
    fn tested<'s>(&'s self, id: &'s str, column: &str) -> &'s [&'m Arc<Node>] {
        self.tests.get(&(id, bare(column))).map_or(&[], Vec::as_slice)
    }
}

fn tests(manifest: &Manifest) -> Tests<'_> {
    let mut tests: Tests<'_> = HashMap::new();
    for node in manifest.nodes.values() {
        let Some(test) = node.test().filter(|test| test.generic.is_some()) else { continue };
        if let (Some(attached), Some(column)) = (&test.attached_node, &test.column_name) {
            tests.entry((attached, bare(column))).or_default().push(node);
        }
    }
    tests
}

fn bare(column: &str) -> String {
    column.trim_matches(['"', '`']).to_lowercase()
}

fn of_column(node: &Node, column: &str, known: &Known<'_>) -> Inherited {
    let mut inherited = Inherited {
        unique_id: node.unique_id.clone(),
        column: column.to_owned(),
        description: None,
        tests: Vec::new(),
    };
    let own = described(node, column);
    let mut names: HashSet<&str> =
        known.tested(&node.unique_id, column).iter().filter_map(|test| test.test()?.generic.as_deref()).collect();
    let mut rows = Rows { may_repeat: false, may_be_null: false };
    let mut is_history = false;
    let mut at: Place = (node.unique_id.as_str().into(), column.into());
    let mut seen = HashSet::new();
    while seen.insert(at.clone()) {
        let Some(source) = known.lineage.copied_from(&at.0, &at.1) else { break };
        let through = known.lineage.nodes.get(&at.0).map(|analysis| analysis.rows).unwrap_or_default();
        rows.may_repeat |= through.may_repeat;
        rows.may_be_null |= through.may_be_null;
        is_history |= known.manifest.node(&at.0).is_none_or(|node| keeps_rows(node));
        let Some(holder) = known.manifest.node(&source.0) else { break };
        if own.is_none() && inherited.description.is_none() {
            inherited.description =
                described(holder, &source.1).map(|column| (written(holder, column), source.clone()));
        }
        for test in known.tested(&holder.unique_id, &source.1) {
            let Some((name, arguments)) = plain(test) else { continue };
            let holds = !is_history
                && match name {
                    "unique" => !rows.may_repeat,
                    "not_null" => !rows.may_be_null,
                    _ => OF_VALUES.contains(&name),
                };
            if holds && names.insert(name) {
                inherited.tests.push(InheritedTest { name: name.to_owned(), arguments, from: source.clone() });
            }
        }
        at = source;
    }
    inherited
}

/// A column, if it has a description.
fn described<'n>(node: &'n Node, column: &str) -> Option<&'n Column> {
    let found = node.columns.values().find(|known| bare(&known.name) == bare(column))?;
    Some(found).filter(|column| !column.description.trim().is_empty())
}

/// A description as it is written, so that it still names the docs blocks that it is made of.
fn written(node: &Node, column: &Column) -> String {
    let template = || {
        let patch = node.patch.as_ref().filter(|_| !column.doc_blocks.is_empty())?;
        let document = Yaml::parse(&patch.source).ok()?;
        let entry = named_at(&document, patch.range.start)?;
        let is_it = |listed: &&Yaml| listed.get("name").is_some_and(|name| name.display() == column.name);
        entry.get("columns")?.items().iter().find(is_it)?.get("description")?.text().map(str::to_owned)
    };
    template().unwrap_or_else(|| column.description.clone()).trim_end().to_owned()
}

/// The mapping whose name stands at a byte.
fn named_at(yaml: &Yaml, start: usize) -> Option<&Yaml> {
    if yaml.get("name").is_some_and(|name| name.range.start == start) {
        return Some(yaml);
    }
    let values = yaml.pairs().iter().map(|(_, value)| value);
    values.chain(yaml.items()).find_map(|inner| named_at(inner, start))
}

/// Whether a node keeps rows that what it reads may have no longer.
fn keeps_rows(node: &Node) -> bool {
    node.resource_type == ResourceType::Snapshot || node.materialized() == "incremental"
}

/// A test of dbt's own without conditions: its name, and its arguments as written.
fn plain(node: &Node) -> Option<(&str, Map<String, Value>)> {
    let test = node.test()?;
    let name = test.generic.as_deref().filter(|_| test.namespace.is_none())?;
    let is_conditional = ["where", "limit", "error_if", "warn_if", "fail_calc"].iter().any(|key| {
        let usual = match *key {
            "error_if" | "warn_if" => "!= 0",
            "fail_calc" => "count(*)",
            _ => "",
        };
        node.config.get(key).is_some_and(|value| !value.is_null() && value.as_str() != Some(usual))
    });
    let own = |key: &String| key != "model" && key != "column_name";
    let arguments = test.kwargs.iter().filter(|(key, _)| own(key)).map(|(key, value)| (key.clone(), value.clone()));
    (!is_conditional).then(|| (name, arguments.collect()))
}
