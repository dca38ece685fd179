//! The section `core`: every node and macro of a manifest, and how they depend on each other.

use std::collections::HashMap;

use serde_json::Value;

use super::content::{Core, Group, Node, ProjectFacts, Source, Test};
use super::json::{entries, list, mapping, telling, text, texts};

/// The parts of a manifest that hold nodes, in the order in which the page lists them.
const PARTS: [&str; 9] = [
    "nodes",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "unit_tests",
    "functions",
    "macros",
];

/// The nodes that have a page, with their places.
pub(super) struct Index<'a> {
    /// Their JSON in the manifest.
    pub(super) nodes: Vec<&'a Value>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    /// Lists the nodes of a manifest.
    pub(super) fn new(manifest: &'a Value) -> Self {
        let mut nodes: Vec<&Value> = Vec::new();
        let mut places = HashMap::new();
        for part in PARTS {
            for (id, node) in entries(manifest, part) {
                if !has_page(node) {
                    continue;
                }
                places.insert(id.as_str(), nodes.len());
                nodes.push(node);
            }
        }
        Self { nodes, places }
    }

    /// The place of a node.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The places of nodes; those that have no page are left out.
    fn places(&self, ids: &[Value]) -> Vec<usize> {
        ids.iter().filter_map(Value::as_str).filter_map(|id| self.place(id)).collect()
    }
}

/// Hooks have no page, and neither have the macros that every project has.
fn has_page(node: &Value) -> bool {
    let package = text(node, "package_name").unwrap_or_default();
    match text(node, "resource_type").unwrap_or_default() {
        "operation" | "sql_operation" => false,
        "macro" => package != "dbt" && !["duckdb", "snowflake"].iter().any(|name| package == format!("dbt_{name}")),
        _ => true,
    }
}

/// The section `core`, without where the code is.
pub(super) fn core<'a>(manifest: &'a Value, index: &Index<'a>, has_catalog: bool) -> Core<'a> {
    let metadata = &manifest["metadata"];
    let name = text(metadata, "project_name").unwrap_or("project");
    let overview = entries(manifest, "docs")
        .map(|(_, block)| block)
        .find(|block| text(block, "name") == Some("__overview__") && text(block, "package_name") == Some(name));
    let groups = entries(manifest, "groups").filter_map(|(_, group)| {
        Some(Group {
            name: text(group, "name")?,
            description: text(group, "description"),
            owner: telling(group, "owner"),
        })
    });
    Core {
        project: ProjectFacts {
            name,
            adapter: text(metadata, "adapter_type"),
            generated: text(metadata, "generated_at"),
            dbt_version: text(metadata, "dbt_version"),
            overview: overview.and_then(|block| text(block, "block_contents")),
            groups: groups.collect(),
            has_catalog,
        },
        nodes: index.nodes.iter().map(|json| node(json, manifest, index)).collect(),
        code: Vec::new(),
    }
}

fn node<'a>(json: &'a Value, manifest: &'a Value, index: &Index<'a>) -> Node<'a> {
    let id = text(json, "unique_id").unwrap_or_default();
    let kind = text(json, "resource_type").unwrap_or_default();
    let config = &json["config"];
    let depends_on = &json["depends_on"];
    let macros = index.places(list(depends_on, "macros"));
    let (parents, macros) = if kind == "macro" {
        (macros, Vec::new())
    } else {
        let read = match manifest["parent_map"].get(id).and_then(Value::as_array) {
            Some(ids) => ids.as_slice(),
            None => list(depends_on, "nodes"),
        };
        (index.places(read), macros)
    };
    let either = |key: &str| text(json, key).or_else(|| text(config, key));
    let docs = |key: &str| json["docs"].get(key).or_else(|| config["docs"].get(key));
    let fqn = texts(json, "fqn");
    let folders = if fqn.len() > 2 { fqn[1..fqn.len() - 1].to_vec() } else { Vec::new() };
    let version = json.get("version").filter(|version| !version.is_null());
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Node {
        id,
        kind,
        name: text(json, "name").unwrap_or(id),
        package: text(json, "package_name").unwrap_or_default(),
        path: text(json, "original_file_path").unwrap_or_default(),
        patch: text(json, "patch_path").map(|path| path.split_once("://").map_or(path, |(_, path)| path)),
        folders,
        description: text(json, "description").map(str::trim_end),
        tags: texts(json, "tags"),
        database: text(json, "database"),
        schema: text(json, "schema"),
        alias: text(json, "alias").or_else(|| text(json, "identifier")),
        relation: text(json, "relation_name"),
        materialized: text(config, "materialized").filter(|_| matches!(kind, "model" | "snapshot" | "seed")),
        language: text(json, "language").filter(|language| *language != "sql"),
        parents,
        macros,
        group: either("group"),
        access: either("access").filter(|access| *access != "protected"),
        version: version.map(word),
        latest: version.is_some() && json.get("latest_version").map(word) == version.map(word),
        contract: config["contract"]["enforced"] == Value::Bool(true),
        deprecation: text(json, "deprecation_date"),
        hidden: docs("show") == Some(&Value::Bool(false)),
        color: docs("node_color").and_then(Value::as_str),
        owner: telling(json, "owner"),
        label: text(json, "label"),
        maturity: text(json, "maturity"),
        url: text(json, "url"),
        subtype: text(json, "type"),
        test: matches!(kind, "test" | "unit_test").then(|| test(json, index)),
        source: (kind == "source").then(|| source(json)),
    }
}

fn test<'a>(json: &'a Value, index: &Index<'a>) -> Test<'a> {
    let metadata = &json["test_metadata"];
    let name = text(metadata, "name").map(|name| match text(metadata, "namespace") {
        Some(namespace) => format!("{namespace}.{name}"),
        None => name.to_owned(),
    });
    let mut arguments = mapping(metadata, "kwargs").cloned().unwrap_or_default();
    arguments.shift_remove("model");
    arguments.shift_remove("column_name");
    let read = list(&json["depends_on"], "nodes");
    let attached = text(json, "attached_node").and_then(|id| index.place(id));
    // A singular test of one node is a test of that node; a unit test reads what it tests.
    let only = || match read {
        [one] => one.as_str().and_then(|id| index.place(id)),
        _ => None,
    };
    let severity = text(&json["config"], "severity").unwrap_or_default();
    Test {
        column: text(json, "column_name").or_else(|| text(metadata.get("kwargs")?, "column_name")),
        name,
        of: attached.or_else(only),
        arguments,
        warns: severity.eq_ignore_ascii_case("warn"),
    }
}

fn source(json: &Value) -> Source<'_> {
    Source {
        name: text(json, "source_name").unwrap_or_default(),
        description: text(json, "source_description").map(str::trim_end),
        loader: text(json, "loader"),
        loaded_at: text(json, "loaded_at_field").or_else(|| text(json, "loaded_at_query")),
        freshness: telling(json, "freshness"),
    }
}
