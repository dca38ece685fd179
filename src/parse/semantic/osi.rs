//! OSI documents: semantic models that other tools describe in JSON, put onto the project's models.
//!
//! dbt: `dbt.parser.osi`; the conversion loses what OSI does not say, such as granularities.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile, Span};
use crate::manifest::semantic::{
    AggregationParams, Dimension, DimensionParams, Entity, InputMetric, Metric, MetricType, SemanticModel, TypeParams,
};
use crate::manifest::{Config, Detail, Manifest, Node, RefCall, ResourceType};
use crate::parse::nodes::Workshop;
use crate::project::Yaml;

const VERSIONS: [&str; 2] = ["0.1.0", "0.1.1"];

/// Reads the documents below the root project's `osi-paths` into the manifest.
pub(in crate::parse) fn load(shop: &Workshop<'_>, manifest: &mut Manifest, bag: &mut Bag) {
    let root = shop.project.root_package();
    let folders: Vec<String> = match root.settings.get("osi-paths") {
        Some(paths) => paths.items().iter().map(Yaml::display).collect(),
        None => vec!["osi".to_owned()],
    };
    let mut files = Vec::new();
    for folder in folders {
        collect(&root.root.join(folder), &mut files);
    }
    files.sort();
    files.dedup();
    for file in files {
        let shown = file.strip_prefix(&root.root).unwrap_or(&file).display().to_string();
        let read = document(&file, &shown).and_then(|(source, document)| {
            nodes(shop, manifest, (&shown, &source), &document).map(|nodes| (source, nodes))
        });
        let Some((source, made)) = bag.take(read) else { continue };
        for node in made {
            if manifest.nodes.contains_key(&node.unique_id) {
                let what = node.resource_type.name().replace('_', " ");
                bag.push(
                    Diagnostic::error(
                        Class::Parsing,
                        format!("OSI file '{shown}' defines {what} '{}' which conflicts with an existing {what} in this project.", node.name),
                    )
                    .label(Span::file(&source), ""),
                );
                continue;
            }
            manifest.insert(Arc::new(node));
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

fn document(path: &Path, shown: &str) -> Result<(Arc<SourceFile>, Value)> {
    let wrong = |reason: String, source: Option<&Arc<SourceFile>>| {
        Box::new(
            Diagnostic::error(Class::Parsing, format!("Failed to parse OSI file '{shown}': {reason}"))
                .label_opt(source.map(Span::file), ""),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string(), None))?;
    let source = SourceFile::new(shown, text);
    let document: Value =
        serde_json::from_str(source.text()).map_err(|error| wrong(error.to_string(), Some(&source)))?;
    if !document["semantic_model"].is_array() {
        return Err(wrong("`semantic_model` must be a list".to_owned(), Some(&source)));
    }
    let version = document["version"].as_str().unwrap_or("0.1.1");
    if !VERSIONS.contains(&version) {
        return Err(Box::new(
            Diagnostic::error(Class::Parsing, format!("OSI file '{shown}' uses unsupported version '{version}'."))
                .label(Span::file(&source), "")
                .note(format!("supported versions are {}", VERSIONS.join(", "))),
        ));
    }
    Ok((source, document))
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

/// The expression in ANSI SQL, or the first one.
fn expression(value: &Value) -> String {
    let dialects = || list(&value["expression"], "dialects");
    let chosen = dialects().find(|found| found["dialect"] == "ANSI_SQL").or_else(|| dialects().next());
    chosen.and_then(|found| text(found, "expression")).unwrap_or_default()
}

fn nodes(
    shop: &Workshop<'_>,
    manifest: &Manifest,
    (path, source): (&str, &Arc<SourceFile>),
    document: &Value,
) -> Result<Vec<Node>> {
    let package = shop.project.root_package();
    let blank = |kind: ResourceType, name: &str, detail: Detail| {
        let mut node = shop.blank(package, kind, name, (path, path), source);
        node.fqn = vec![package.name.clone(), name.to_owned()];
        node.config = Config::defaults(kind);
        node.patch = Some(Span::file(source));
        node.detail = detail;
        node
    };
    let mut made = Vec::new();
    for model in list(document, "semantic_model") {
        for dataset in list(model, "datasets") {
            let name = text(dataset, "name").unwrap_or_default();
            let table = text(dataset, "source").unwrap_or_default();
            let Some(target) = target(manifest, &table) else {
                return Err(Box::new(
                    Diagnostic::error(
                        Class::Parsing,
                        format!("OSI file '{path}' contains dataset '{name}' ({table}) that does not match any dbt model in this project."),
                    )
                    .label(Span::file(source), "")
                    .help("a dataset's `source` is database, schema and name of a table that a model makes"),
                ));
            };
            let detail = Detail::SemanticModel(Box::new(dataset_model(model, dataset, target)));
            let mut node = blank(ResourceType::SemanticModel, &name, detail);
            node.description = text(dataset, "description").unwrap_or_default();
            node.refs = vec![RefCall { package: None, name: target.name.clone(), version: None }];
            made.push(node);
        }
        for metric in list(model, "metrics") {
            let name = text(metric, "name").unwrap_or_default();
            let description = text(metric, "description");
            for (name, metric) in metrics(&name, &expression(metric), model) {
                let mut node = blank(ResourceType::Metric, &name, Detail::Metric(Box::new(metric)));
                node.description = description.clone().unwrap_or_default();
                made.push(node);
            }
        }
    }
    Ok(made)
}

/// The model whose relation a dataset names.
fn target<'m>(manifest: &'m Manifest, table: &str) -> Option<&'m Arc<Node>> {
    let parts: Vec<&str> = table.splitn(3, '.').collect();
    let (database, schema, alias) = match parts[..] {
        [database, schema, alias] => (database, schema, alias),
        [schema, alias] => ("", schema, alias),
        _ => ("", "", table),
    };
    let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
    manifest.nodes.values().find(|node| {
        node.resource_type == ResourceType::Model
            && same(&node.alias, alias)
            && same(&node.schema, schema)
            && same(node.database.as_deref().unwrap_or_default(), database)
    })
}

fn dataset_model(model: &Value, dataset: &Value, target: &Node) -> SemanticModel {
    let name = text(dataset, "name").unwrap_or_default();
    let has = |keys: &Value, field: &str| keys.as_array().is_some_and(|keys| keys.iter().any(|key| key == field));
    let (mut entities, mut dimensions) = (Vec::new(), Vec::new());
    for field in list(dataset, "fields") {
        let field_name = text(field, "name").unwrap_or_default();
        let written = expression(field);
        let expr = (written != field_name).then_some(written);
        let foreign = || {
            list(model, "relationships")
                .any(|relation| relation["from"] == name.as_str() && has(&relation["from_columns"], &field_name))
        };
        let kind = if has(&dataset["primary_key"], &field_name) {
            Some("primary")
        } else if list(dataset, "unique_keys").any(|keys| has(keys, &field_name)) {
            Some("unique")
        } else {
            foreign().then_some("foreign")
        };
        let (description, label) = (text(field, "description"), text(field, "label"));
        if let Some(kind) = kind {
            entities.push(Entity {
                name: field_name,
                kind: kind.to_owned(),
                description,
                label,
                role: None,
                expr,
                config: None,
            });
            continue;
        }
        let is_time = field["dimension"]["is_time"] == true;
        dimensions.push(Dimension {
            name: field_name,
            kind: if is_time { "time" } else { "categorical" }.to_owned(),
            description,
            label,
            is_partition: false,
            type_params: is_time.then(|| DimensionParams { time_granularity: "day".to_owned(), validity_params: None }),
            expr,
            metadata: None,
            config: None,
            datatype: text(field, "datatype").map(|name| name.to_lowercase()),
        });
    }
    SemanticModel {
        model: format!("ref('{}')", target.name),
        node_relation: None,
        label: None,
        description: text(dataset, "description"),
        defaults: None,
        entities,
        measures: Vec::new(),
        dimensions,
        primary_entity: None,
    }
}

/// An aggregation of one column: its name, the column as written.
fn aggregation(expression: &str) -> Option<(&'static str, String)> {
    let text = expression.trim();
    let (function, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?.trim();
    if inner.contains(['(', ')']) {
        return None;
    }
    let distinct = inner.get(..9).filter(|head| head.eq_ignore_ascii_case("distinct ")).map(|_| inner[9..].trim());
    let agg = match (function.trim().to_lowercase().as_str(), distinct) {
        ("count", Some(column)) => return Some(("count_distinct", column.to_owned())),
        (_, Some(_)) => return None,
        ("sum", None) => "sum",
        ("count", None) => "count",
        ("avg", None) => "average",
        ("min", None) => "min",
        ("max", None) => "max",
        _ => return None,
    };
    Some((agg, inner.to_owned()))
}

/// `a / b`, outside of brackets.
fn quotient(expression: &str) -> Option<(&str, &str)> {
    let mut depth = 0_i32;
    let mut at = None;
    for (index, letter) in expression.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '/' if depth == 0 => at = Some(index),
            '+' | '-' | '*' if depth == 0 => return None,
            _ => {}
        }
    }
    let at = at?;
    let bare = |text: &'_ str| -> Option<(usize, usize)> {
        let inner = text.trim();
        (inner.starts_with('(') && inner.ends_with(')')).then_some((1, inner.len() - 1))
    };
    let strip = |text| match bare(text) {
        Some((from, to)) => &text.trim()[from..to],
        None => text.trim(),
    };
    Some((strip(&expression[..at]), strip(&expression[at + 1..])))
}

/// The metrics of an expression: an aggregation, or two and their ratio, or the expression as it is.
fn metrics(name: &str, expression: &str, model: &Value) -> Vec<(String, Metric)> {
    let metric = |name: &str, kind: MetricType, type_params: TypeParams| {
        let metric = Metric {
            label: name.to_owned(),
            kind,
            type_params,
            filter: None,
            time_granularity: None,
            meta: Map::new(),
            tags: Vec::new(),
        };
        (name.to_owned(), metric)
    };
    let simple = |agg: &str, expr: &str, dataset: String| TypeParams {
        expr: Some(expr.to_owned()),
        metric_aggregation_params: Some(AggregationParams {
            semantic_model: dataset,
            agg: agg.to_owned(),
            agg_params: None,
            agg_time_dimension: None,
            non_additive_dimension: None,
        }),
        is_private: Some(false),
        ..TypeParams::default()
    };
    let first = || list(model, "datasets").next().and_then(|dataset| text(dataset, "name")).unwrap_or_default();
    if let Some((agg, column)) = aggregation(expression) {
        let (owner, bare) = match column.rsplit_once('.') {
            Some((owner, bare)) => (owner.to_owned(), bare.to_owned()),
            None => {
                let owner = list(model, "datasets")
                    .find(|dataset| list(dataset, "fields").any(|field| field["name"] == column.as_str()))
                    .and_then(|dataset| text(dataset, "name"));
                (owner.unwrap_or_else(first), column)
            }
        };
        return vec![metric(name, MetricType::Simple, simple(agg, &bare, owner))];
    }
    if let Some((above, below)) = quotient(expression) {
        let names = [format!("{name}_numerator"), format!("{name}_denominator")];
        let mut made = metrics(&names[0], above, model);
        made.extend(metrics(&names[1], below, model));
        let input = |name: &str| {
            Some(InputMetric {
                name: name.to_owned(),
                filter: None,
                alias: None,
                offset_window: None,
                offset_to_grain: None,
            })
        };
        let params = TypeParams {
            numerator: input(&names[0]),
            denominator: input(&names[1]),
            is_private: Some(false),
            ..TypeParams::default()
        };
        made.push(metric(name, MetricType::Ratio, params));
        return made;
    }
    vec![metric(name, MetricType::Simple, simple("sum", expression, first()))]
}
