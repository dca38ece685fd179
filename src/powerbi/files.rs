//! All files of a Power BI project, by their paths in its folder.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::build::{Built, Source};
use super::identity::uuid;
use super::query::Origin;
use super::{Mode, report, tmdl};
use crate::dashboard::Dashboard;

/// What a project is written from.
pub struct Export<'e> {
    /// Its name: that of its files and folders.
    pub name: &'e str,
    /// Its semantic model.
    pub built: &'e Built,
    /// Its dashboards.
    pub dashboards: &'e [Dashboard],
    /// Its tables.
    pub sources: &'e [Source],
    /// Where the rows are.
    pub origin: &'e Origin,
    /// Whether they are copied.
    pub mode: Mode,
}

const BASE: &str = "https://developer.microsoft.com/json-schemas/fabric";

/// What Power BI Desktop writes for one person, and the rows, belong in no repository.
const IGNORED: &str = "**/.pbi/localSettings.json\n**/.pbi/cache.abf\n/data/\n";

fn text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// The files of a project, and the ids of its pages in their order.
pub fn files(export: &Export<'_>) -> (BTreeMap<String, String>, Vec<String>) {
    let name = export.name;
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut put = |path: String, content: String| files.insert(path, content);
    put(".gitignore".to_owned(), IGNORED.to_owned());
    put(
        format!("{name}.pbip"),
        text(&json!({
            "$schema": format!("{BASE}/pbip/pbipProperties/1.0.0/schema.json"),
            "version": "1.0",
            "artifacts": [{"report": {"path": format!("{name}.Report")}}],
            "settings": {"enableAutoRecovery": true},
        })),
    );
    put(format!("{name}.pbids"), text(&pbids(export.origin, export.mode)));
    let model = format!("{name}.SemanticModel");
    put(format!("{model}/.platform"), text(&platform("SemanticModel", name)));
    put(
        format!("{model}/definition.pbism"),
        text(&json!({
            "$schema": format!("{BASE}/item/semanticModel/definitionProperties/1.0.0/schema.json"),
            "version": "4.0",
            "settings": {},
        })),
    );
    for (path, content) in tmdl::files(&export.built.model) {
        put(format!("{model}/definition/{path}"), content);
    }
    let folder = format!("{name}.Report");
    put(format!("{folder}/.platform"), text(&platform("Report", name)));
    put(
        format!("{folder}/definition.pbir"),
        text(&json!({
            "$schema": format!("{BASE}/item/report/definitionProperties/2.0.0/schema.json"),
            "version": "4.0",
            "datasetReference": {"byPath": {"path": format!("../{model}")}},
        })),
    );
    put(format!("{folder}/definition/version.json"), text(&report::version()));
    put(format!("{folder}/definition/report.json"), text(&report::report()));
    let mut order = Vec::new();
    for page in report::pages(export.built, export.dashboards, export.sources) {
        for (path, content) in &page.files {
            put(format!("{folder}/definition/pages/{}/{path}", page.id), text(content));
        }
        order.push(page.id);
    }
    put(format!("{folder}/definition/pages/pages.json"), text(&report::order(&order)));
    (files, order)
}

fn platform(kind: &str, name: &str) -> Value {
    json!({
        "$schema": format!("{BASE}/gitIntegration/platformProperties/2.0.0/schema.json"),
        "metadata": {"type": kind, "displayName": name},
        "config": {"version": "2.0", "logicalId": uuid(&["item", kind, name])},
    })
}

/// A connection alone. Microsoft documents the form for folders; that for Snowflake is best effort.
fn pbids(origin: &Origin, mode: Mode) -> Value {
    let details = match origin {
        Origin::Files { folder } => json!({"protocol": "folder", "address": {"path": folder}}),
        Origin::Snowflake { server, warehouse, .. } => {
            json!({"protocol": "snowflake", "address": {"server": server, "warehouse": warehouse}})
        }
    };
    let mode = match mode {
        Mode::Import => "Import",
        Mode::DirectQuery => "DirectQuery",
    };
    json!({"version": "0.1", "connections": [{"details": details, "options": {}, "mode": mode}]})
}

/// The order of pages with those that a person added behind the others.
pub(super) fn page_order(pages: &[String]) -> String {
    text(&report::order(pages))
}
