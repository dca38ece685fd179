//! Sources and exposures: nodes that YAML files define.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::config::Layers;
use super::descriptions::Docs;
use super::external;
use super::freshness;
use super::naming::Quote;
use super::nodes::{Draft, Workshop};
use super::properties::{self, Entry};
use super::shape;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Span};
use crate::manifest::{Config, Detail, Exposure, LoadBlock, Node, ResourceType, SourceTable};
use crate::project::{Package, Yaml};

type Render<'a> = &'a dyn Fn(&Yaml) -> Result<Value>;

const TABLE_KEYS: &[&str] = &[
    "name",
    "description",
    "identifier",
    "columns",
    "tests",
    "data_tests",
    "meta",
    "tags",
    "config",
    "quoting",
    "freshness",
    "loaded_at_field",
    "loaded_at_query",
    "external",
    "load",
    "loader",
    "docs",
];

/// The tables of a source entry as nodes, each with its YAML for the tests.
pub fn tables(
    shop: &Workshop<'_>,
    package: &Package,
    entry: &Entry,
    docs: &Docs<'_>,
    render: Render<'_>,
    bag: &mut Bag,
) -> Vec<(Node, Yaml)> {
    let yaml = &entry.yaml;
    let mut found = Vec::new();
    let text = |yaml: Option<&Yaml>, bag: &mut Bag| -> Option<String> {
        let value = bag.take(render(yaml?))?;
        match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    };
    let database = text(yaml.get("database"), bag);
    let schema = text(yaml.get("schema"), bag).unwrap_or_else(|| entry.name.clone());
    if yaml.get("tables").is_none_or(|tables| tables.items().is_empty()) {
        bag.push(
            Diagnostic::warning(Class::Parsing, format!("source `{}` has no tables", entry.name))
                .label(yaml.span(), ""),
        );
    }
    for table in yaml.get("tables").map(Yaml::items).unwrap_or_default() {
        let Some(name) = table.get("name").map(Yaml::display) else {
            bag.push(
                Diagnostic::error(Class::Parsing, format!("a table of source `{}` has no name", entry.name))
                    .label(Span::line(&table.source, table.span().position().line), ""),
            );
            continue;
        };
        for warning in table.unknown_keys(format_args!("source table `{name}`"), TABLE_KEYS) {
            bag.push(warning);
        }
        let mut node = shop.blank(
            package,
            ResourceType::Source,
            &name,
            (&entry.original_file_path, &entry.original_file_path),
            &table.source,
        );
        node.unique_id = format!("source.{}.{}.{name}", package.name, entry.name);
        let mut fqn = vec![package.name.clone()];
        fqn.extend(entry.folders());
        fqn.extend([entry.name.clone(), name.clone()]);
        node.fqn = fqn;
        node.patch = Some(table.get("name").map_or_else(|| table.span(), Yaml::span));
        let identifier = text(table.get("identifier"), bag).unwrap_or_else(|| name.clone());
        let mut config = Config::defaults(ResourceType::Source);
        let mut layers = Layers::of_project(shop.project, package, ResourceType::Source, &node.fqn);
        for layer in layers.project.iter().chain(&layers.root) {
            config.merge(layer);
        }
        let project_layer = config.to_map();
        for part in [yaml, table] {
            if let Some(mut layer) = bag.take(properties::config(part, properties::BESIDE, render)) {
                layer.remove("freshness");
                config.merge(&layer);
                // dbt: what a file configures of a source counts as it is rendered.
                layers.properties.extend(layer);
            }
        }
        if let Some(layer) = bag.take(freshness::configuration(yaml, table, render)) {
            config.merge(&layer);
        }
        let source_meta = free_data(&[yaml], render, bag);
        let mut joined = project_layer.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
        joined.extend(free_data(&[yaml, table], render, bag));
        config.set("meta", Value::Object(joined));
        config.set("tags", json!(tags(&project_layer, &[yaml, table], render, bag)));
        if let Some(wrong) = super::config_values::check(&node, &config, &Layers::default()) {
            bag.push(wrong);
        }
        if let Some(written) = config.get("freshness").filter(|written| !written.is_null()).cloned() {
            config.set("freshness", freshness::complete(&written));
        }
        let full_name = format!("{}.{name}", entry.name);
        if let Some(warning) = freshness::unknowable(&config, &shop.project.target.kind, &full_name) {
            bag.push(warning.label(table.get("name").map_or_else(|| table.span(), Yaml::span), ""));
        }
        let mut quoting = Map::new();
        for part in [yaml.get("quoting"), table.get("quoting")].into_iter().flatten() {
            quoting.extend(part.to_map());
        }
        let docs = &if config.enabled() { *docs } else { docs.kept() };
        let (source_description, _) = docs.resolve(yaml.get("description"), bag);
        let (description, doc_blocks) = docs.resolve(table.get("description"), bag);
        let columns = properties::columns(table.get("columns").map(Yaml::items).unwrap_or_default(), docs, bag);
        let load = table.get("load").and_then(|block| load_block(block, render, bag));
        node.description = description;
        node.doc_blocks = doc_blocks;
        node.columns = columns;
        node.database = Some(database.clone().unwrap_or_else(|| shop.project.target.database.clone()));
        node.schema.clone_from(&schema);
        node.alias.clone_from(&identifier);
        // dbt: this name follows the project's `quoting`, though what `source()` gives does not.
        let quote = Quote::of_project(shop.project).with(&Quote::of_config(&quoting));
        node.relation_name = Some(quote.relation(node.database.as_deref(), &node.schema, &identifier));
        let described = external::Described {
            name: &name,
            identifier: &identifier,
            schema: &schema,
            database: node.database.as_deref(),
            config: &config,
        };
        let located = described.location().map_err(|error| {
            let place = table.get("name").map_or_else(|| table.span(), Yaml::span);
            Box::new(error.label(place, "this table"))
        });
        let file = bag.take(located).flatten();
        if let Some(file) = &file {
            node.relation_name = Some(file.clone());
        }
        node.config = config.clone();
        node.detail = Detail::Source(Box::new(SourceTable {
            source_name: entry.name.clone(),
            source_description,
            loader: text(table.get("loader").or_else(|| yaml.get("loader")), bag).unwrap_or_default(),
            identifier,
            file,
            quoting,
            freshness: config.get("freshness").filter(|value| !value.is_null()).cloned(),
            loaded_at_field: config.text("loaded_at_field").map(str::to_owned),
            loaded_at_query: config.text("loaded_at_query").map(str::to_owned),
            external: table.get("external").map(Yaml::to_json).map(external::complete),
            source_meta,
            load,
            unrendered_database: yaml.get("database").map(Yaml::display),
            unrendered_schema: yaml.get("schema").map(Yaml::display),
        }));
        node.unrendered_config = unrendered(&node, &layers, yaml, table);
        found.push((node, table.clone()));
    }
    found
}

/// dbt: some settings of a source count as written even where they are not.
fn unrendered(node: &Node, layers: &Layers, source: &Yaml, table: &Yaml) -> Map<String, Value> {
    let mut written = layers.written("");
    let of_config = |part: &Yaml| part.get("config").is_some_and(|config| config.get("freshness").is_some());
    let declares = [source, table].iter().any(|part| part.get("freshness").is_some() || of_config(part));
    let table = node.source_table();
    let mut set = |key: &str, value: Value| written.insert(key.to_owned(), value);
    set("loaded_at_field", json!(table.and_then(|table| table.loaded_at_field.clone())));
    set("loaded_at_query", json!(table.and_then(|table| table.loaded_at_query.clone())));
    set("meta", node.config.get("meta").cloned().unwrap_or_else(|| json!({})));
    set("tags", json!(node.tags()));
    if declares {
        set("freshness", json!(table.and_then(|table| table.freshness.clone())));
    }
    written
}

/// `meta:` of some places, each with and without `config:`; the later ones stand.
fn free_data(places: &[&Yaml], render: Render<'_>, bag: &mut Bag) -> Map<String, Value> {
    let mut joined = Map::new();
    for place in places {
        let config = place.get("config").and_then(|config| config.get("meta"));
        for meta in [place.get("meta"), config].into_iter().flatten() {
            if let Some(Value::Object(map)) = bag.take(render(meta)) {
                joined.extend(map);
            }
        }
    }
    joined
}

/// All tags of some places, sorted, behind those of the project file.
fn tags(project: &Map<String, Value>, places: &[&Yaml], render: Render<'_>, bag: &mut Bag) -> Vec<String> {
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let list = |value: Value| match value {
        Value::Array(items) => items.into_iter().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    };
    let mut own: Vec<String> = Vec::new();
    for place in places {
        let config = place.get("config").and_then(|config| config.get("tags"));
        for tags in [place.get("tags"), config].into_iter().flatten() {
            own.extend(bag.take(render(tags)).map(list).unwrap_or_default());
        }
    }
    own.sort();
    own.dedup();
    let mut all: Vec<String> = project.get("tags").cloned().map(list).unwrap_or_default();
    own.retain(|tag| !all.contains(tag));
    all.extend(own);
    all
}

fn load_block(block: &Yaml, render: Render<'_>, bag: &mut Bag) -> Option<LoadBlock> {
    for warning in block.unknown_keys("a `load:` block", &["location", "format", "options", "storage"]) {
        bag.push(warning);
    }
    let Some(location) = block.get("location") else {
        bag.push(
            Diagnostic::error(Class::Parsing, "a `load:` block has no `location:`")
                .label(block.span(), "")
                .help("name a file, a glob or a folder"),
        );
        return None;
    };
    let location = match bag.take(render(location))? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let format = block.get("format").map_or_else(
        || if location.contains(".parquet") { "parquet".to_owned() } else { "csv".to_owned() },
        Yaml::display,
    );
    if !["csv", "parquet"].contains(&format.as_str()) {
        bag.push(
            Diagnostic::error(Class::Parsing, format!("`{format}` is not a format that can be loaded"))
                .label_opt(block.get("format").map(Yaml::span), "write `csv` or `parquet`"),
        );
    }
    let known = ["header", "delimiter", "quote", "escape", "null", "skip"];
    if let Some(options) = block.get("options") {
        for warning in options.unknown_keys("the options of a `load:` block", &known) {
            bag.push(warning);
        }
    }
    let mut storage = serde_json::Map::new();
    for (key, value) in block.get("storage").map(Yaml::pairs).unwrap_or_default() {
        storage.insert(key.display(), bag.take(render(value))?);
    }
    Some(LoadBlock {
        location,
        format,
        options: block.get("options").map(Yaml::to_map).unwrap_or_default(),
        storage,
        span: block.span(),
    })
}

/// Tags and free data that the project file gives to all exposures.
///
/// dbt: for exposures these keys may stand there without a `+`.
fn of_all_exposures(package: &Package, bag: &mut Bag) -> Option<Map<String, Value>> {
    let mut layer = Map::new();
    let Some(tree) = package.config_tree(&["exposures"]) else { return Some(layer) };
    if let Some((key, _)) = tree.entry("tags").filter(|(_, tags)| tags.is_null()) {
        bag.push(
            Diagnostic::error(
                Class::Parsing,
                "Field \"tags\" of type List[str] in ExposureConfig has invalid value None",
            )
            .label(key.span(), "give it a list, or take it out"),
        );
        return None;
    }
    if let Some(meta) = tree.get("meta").filter(|meta| !meta.pairs().is_empty()) {
        layer.insert("meta".to_owned(), meta.to_json());
    }
    Some(layer)
}

/// An exposure as a node; its `depends_on` texts are rendered by the caller.
pub fn exposure(
    shop: &Workshop<'_>,
    package: &Package,
    entry: &Entry,
    docs: &Docs<'_>,
    render: Render<'_>,
    bag: &mut Bag,
) -> Option<Draft> {
    let yaml = &entry.yaml;
    let mut node = shop.blank(
        package,
        ResourceType::Exposure,
        &entry.name,
        (&entry.path, &entry.original_file_path),
        &yaml.source,
    );
    node.fqn = super::nodes::fqn(&package.name, &entry.path, &entry.name);
    node.patch = Some(yaml.span());
    let (description, doc_blocks) = docs.resolve(yaml.get("description"), bag);
    node.description = description;
    node.doc_blocks = doc_blocks;
    let text = |key: &str| yaml.get(key).filter(|value| !value.is_null()).map(Yaml::display);
    let kind = text("type").unwrap_or_default();
    let kinds = ["dashboard", "notebook", "analysis", "ml", "application"];
    if !kinds.contains(&kind.as_str()) {
        bag.push(Diagnostic::error(Class::Parsing, format!("exposure `{}` has the type `{kind}`", entry.name)).label(
            yaml.get("type").map_or_else(|| yaml.span(), Yaml::span),
            format!("write one of {}", kinds.join(", ")),
        ));
        return None;
    }
    if let Err(error) = owned(yaml, "exposures") {
        bag.push(*error);
        return None;
    }
    let owner = yaml.get("owner").map(Yaml::to_map).unwrap_or_default();
    node.detail = Detail::Exposure(Box::new(Exposure {
        kind,
        owner: json!({"email": owner.get("email"), "name": owner.get("name")}),
        url: text("url"),
        label: text("label"),
        maturity: text("maturity"),
    }));
    let mut layers = Layers::of_project(shop.project, package, ResourceType::Exposure, &node.fqn);
    layers.project.insert(0, Arc::new(of_all_exposures(package, bag)?));
    layers.properties = bag.take(properties::config(yaml, properties::BESIDE, render))?;
    if let Some(enabled) = yaml.get("enabled") {
        layers.properties.insert("enabled".to_owned(), enabled.to_json());
    }
    Some(Draft { node: node.into(), layers })
}

/// Refuses an exposure or a group that nobody can be asked about.
pub(super) fn owned(yaml: &Yaml, section: &str) -> Result<()> {
    let reason = match yaml.get("owner") {
        None => "at path []: 'owner' is a required property".to_owned(),
        Some(owner) if ["name", "email"].iter().all(|key| owner.get(key).is_none_or(Yaml::is_null)) => {
            "the owner must have a 'name' or an 'email'".to_owned()
        }
        Some(_) => return Ok(()),
    };
    Err(Box::new(shape::invalid(yaml, section, &reason).help("write `owner: {name: ..., email: ...}`")))
}
