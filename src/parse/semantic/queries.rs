//! Saved queries and their exports.

use serde_json::{Map, Value};

use super::reader::{Reader, filters, integer, text, texts};
use super::shapes;
use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::manifest::semantic::{Export, ExportConfig, QueryParams, SavedQuery};
use crate::manifest::{Config, Detail, Node, ResourceType};
use crate::parse::config::Layers;
use crate::parse::naming::{Naming, Quote};
use crate::parse::nodes::Draft;
use crate::parse::shape;
use crate::project::Yaml;

/// Reads an entry of `saved_queries:`.
///
/// # Errors
/// The entry does not have the shape that it must have, or a naming macro fails.
pub(super) fn saved_query(
    reader: &Reader<'_>,
    yaml: &Yaml,
    (naming, quote): (&Naming<'_>, &Quote),
    bag: &mut Bag,
) -> Result<Node> {
    shape::check(yaml, reader.section, &shapes::SAVED_QUERY)?;
    let params = yaml.get("query_params").unwrap_or(yaml);
    let query = SavedQuery {
        query_params: QueryParams {
            metrics: texts(params, "metrics"),
            group_by: texts(params, "group_by"),
            condition: filters(params, "where"),
            order_by: texts(params, "order_by"),
            limit: integer(params, "limit"),
        },
        exports: Vec::new(),
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        tags: Vec::new(),
    };
    let metrics = query.query_params.metrics.clone();
    let config = yaml.get("config").map(Yaml::to_map).unwrap_or_default();
    let name = text(yaml, "name").unwrap_or_default();
    let detail = Detail::SavedQuery(Box::new(query));
    let mut node = reader.node(ResourceType::SavedQuery, &name, yaml, config, detail)?;
    node.metrics = metrics.into_iter().map(|name| vec![name]).collect();
    let mut tags = match yaml.get("tags") {
        Some(tags) if tags.text().is_some() => vec![tags.display()],
        _ => texts(yaml, "tags"),
    };
    tags.extend(node.config.texts("tags"));
    tags.sort();
    tags.dedup();
    let mut exports = Vec::new();
    for item in yaml.get("exports").map(Yaml::items).unwrap_or_default() {
        exports.push(export(reader, &node, item, (naming, quote))?);
    }
    if let Detail::SavedQuery(query) = &mut node.detail {
        query.tags = tags;
        query.exports = exports;
    }
    Ok(node)
}

/// dbt: what an export does not say, its query's configuration says, and then the naming macros.
fn export(reader: &Reader<'_>, query: &Node, yaml: &Yaml, (naming, quote): (&Naming<'_>, &Quote)) -> Result<Export> {
    let written: Map<String, Value> = yaml.get("config").map(Yaml::to_map).unwrap_or_default();
    let of = |key: &str| -> Option<String> {
        let own = written.get(key).and_then(Value::as_str).map(str::to_owned);
        own.or_else(|| query.config.text(key).map(str::to_owned))
    };
    let Some(export_as) = of("export_as") else {
        return Err(Box::new(
            Diagnostic::error(
                Class::Validation,
                "Field \"export_as\" of type ExportDestinationType is missing in ExportConfig instance",
            )
            .label(yaml.span(), "this export does not say what it makes")
            .help("add `export_as: table` or `export_as: view` to its `config:`, or to that of the saved query"),
        ));
    };
    let place = yaml.get("config").and_then(|config| config.get("export_as")).unwrap_or(yaml);
    let name = text(yaml, "name").unwrap_or_default();
    let schema = of("schema_name").or_else(|| of("schema"));
    let mut config = Config::new();
    for (key, value) in [("schema", of("schema")), ("database", of("database")), ("alias", of("alias"))] {
        if let Some(value) = value {
            config.set(key, Value::String(value));
        }
    }
    let mut named = query.clone();
    named.name.clone_from(&name);
    named.config = config;
    let mut draft = Draft { node: named.into(), layers: Layers::default() };
    naming.apply(&mut draft, quote, reader.shop)?;
    let named = Node::from(draft.node);
    let known = if shapes::EXPORTS.iter().any(|known| known.eq_ignore_ascii_case(&export_as)) {
        export_as.to_lowercase()
    } else {
        reader.choice(place, "ExportDestinationType", shapes::EXPORTS)?
    };
    Ok(Export {
        name,
        config: ExportConfig {
            export_as: known,
            schema_name: schema.or(Some(named.schema)),
            alias: of("alias").or(Some(named.alias)),
            database: named.database,
        },
        unrendered_config: written,
    })
}
