//! A small made-up project for the tests of this stage.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Query, Selected, nodes};
use crate::diagnostic::{Result, SourceFile};
use crate::manifest::{
    ByName, Config, Detail, Exposure, Manifest, Node, ResourceType, SourceTable, TestInfo, UnitTest,
};

/// A node with nothing but what selection reads.
pub(super) fn node(kind: ResourceType, fqn: &str, path: &str, parents: &[&str], config: Value) -> Node {
    let fqn: Vec<String> = fqn.split('.').map(str::to_owned).collect();
    let mut name = fqn.last().cloned().unwrap();
    let package = fqn[0].clone();
    let mut unique_id = format!("{kind}.{package}.{name}");
    let detail = match kind {
        ResourceType::Model => {
            let version = name.strip_prefix('v').and_then(|rest| rest.parse::<u32>().ok());
            if version.is_some() {
                name.clone_from(&fqn[fqn.len() - 2]);
                unique_id = format!("model.{package}.{name}.{}", fqn[fqn.len() - 1]);
            }
            Detail::Model {
                constraints: Vec::new(),
                access: config["access"].as_str().unwrap_or("protected").to_owned(),
                version: version.map(|version| json!(version)),
                latest_version: version.map(|version| json!(version)),
                deprecation_date: None,
                time_spine: None,
                primary_key: Vec::new(),
            }
        }
        ResourceType::Source => {
            let source_name = fqn[fqn.len() - 2].clone();
            unique_id = format!("source.{package}.{source_name}.{name}");
            Detail::Source(Box::new(SourceTable {
                source_name,
                source_description: String::new(),
                loader: String::new(),
                identifier: name.clone(),
                file: None,
                quoting: Map::new(),
                freshness: None,
                loaded_at_field: None,
                loaded_at_query: None,
                external: None,
                source_meta: Map::new(),
                load: None,
                unrendered_database: None,
                unrendered_schema: None,
            }))
        }
        ResourceType::Test => Detail::Test(Box::new(TestInfo {
            generic: config["generic"].as_str().map(str::to_owned),
            namespace: None,
            kwargs: Map::new(),
            column_name: None,
            attached_node: None,
            file_key_name: None,
            group: None,
            declared: None,
        })),
        ResourceType::Exposure => Detail::Exposure(Box::new(Exposure {
            kind: "dashboard".to_owned(),
            owner: json!({"name": "ann"}),
            url: None,
            label: None,
            maturity: None,
        })),
        ResourceType::UnitTest => Detail::UnitTest(Box::new(UnitTest {
            model: "orders".to_owned(),
            given: Vec::new(),
            expect: crate::manifest::Rows::default(),
            overrides: None,
            versions: None,
            version: None,
        })),
        _ => Detail::None,
    };
    let mut merged = Config::defaults(kind);
    merged.merge(config.as_object().unwrap());
    Node {
        unique_id,
        resource_type: kind,
        name: name.clone(),
        package: package.clone(),
        path: path.to_owned(),
        original_file_path: path.to_owned(),
        fqn,
        source: SourceFile::new(path, "select 1"),
        code: 0..8,
        raw_code: "select 1".to_owned(),
        first_tags: Vec::new(),
        language: "sql".to_owned(),
        checksum: ("sha256".to_owned(), String::new()),
        database: None,
        schema: "main".to_owned(),
        alias: name,
        relation_name: None,
        patch_path: config["patch"].as_str().map(|file| format!("{package}://{file}")),
        config: merged,
        unrendered_config: Map::new(),
        description: String::new(),
        doc_blocks: Vec::new(),
        columns: ByName::default(),
        patch: None,
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        depends_on: parents.iter().map(|parent| (*parent).to_owned()).collect(),
        macros: Vec::new(),
        created_at: 0.0,
        detail,
    }
}

/// Two sources, two staging models, two marts, tests of each kind, an exposure and a model of another package.
pub(super) fn manifest() -> Manifest {
    use ResourceType::{Exposure, Model, Seed, Source, Test, UnitTest};
    let marts = "models/marts/schema.yml";
    let (orders, customers) = ("model.shop.orders", "model.shop.stg_customers");
    let mut manifest = Manifest::default();
    manifest.root = "shop".to_owned();
    for node in [
        node(Exposure, "shop.board", marts, &["model.shop.report.v2"], json!({})),
        node(UnitTest, "shop.marts.orders.unit_orders", marts, &[orders], json!({})),
        node(Test, "shop.marts.not_null_orders_id", marts, &[orders], json!({"generic": "not_null"})),
        node(
            Test,
            "shop.marts.relationship_orders_customers",
            marts,
            &[customers, orders],
            json!({"generic": "relationships", "severity": "warn"}),
        ),
        node(Test, "shop.check_report", "tests/check_report.sql", &["model.shop.report.v2"], json!({})),
        node(
            Model,
            "shop.marts.orders",
            "models/marts/orders.sql",
            &[customers, "model.shop.stg_orders"],
            json!({"materialized": "table", "tags": "nightly", "group": "finance", "meta": {"owner": "ann"},
                "patch": marts}),
        ),
        node(Model, "shop.marts.report.v2", "models/marts/report_v2.sql", &[orders], json!({"access": "public"})),
        node(Model, "shop.staging.stg_orders", "models/staging/stg_orders.sql", &["source.shop.raw.orders"], json!({})),
        node(
            Model,
            "shop.staging.stg_customers",
            "models/staging/stg_customers.sql",
            &["source.shop.raw.customers"],
            json!({}),
        ),
        node(Source, "shop.staging.raw.orders", "models/staging/sources.yml", &[], json!({})),
        node(Source, "shop.staging.raw.customers", "models/staging/sources.yml", &[], json!({})),
        node(Seed, "shop.raw_rates", "seeds/raw_rates.csv", &[], json!({"tags": ["nightly"]})),
        node(Model, "tools.calendar", "models/calendar.sql", &[], json!({})),
    ] {
        manifest.insert(Arc::new(node));
    }
    let retired = node(Model, "shop.retired", "models/retired.sql", &[], json!({"enabled": false}));
    manifest.insert_disabled(Arc::new(retired));
    manifest.connect();
    manifest
}

/// What `--select` finds.
pub(super) fn select(manifest: &Manifest, values: &[&str]) -> Result<Selected> {
    let select = values.iter().map(|value| (*value).to_owned()).collect();
    nodes(manifest, &Query { select, ..Query::default() })
}

/// Names in order of selection.
pub(super) fn names(selected: &Selected) -> Vec<String> {
    let manifest = manifest();
    selected.selection.iter().map(|id| manifest.nodes[id].name.clone()).collect()
}
