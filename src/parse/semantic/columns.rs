//! Semantic models that a model's own entry declares: dimensions and entities on columns, metrics beside them.

use serde_json::{Map, Value, json};

use super::metrics::{self, Owner};
use super::models::{self, validity};
use super::reader::{Reader, element, flag, meta, text};
use super::shapes;
use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::manifest::semantic::{Defaults, Dimension, DimensionParams, Entity, GRANULARITIES, SemanticModel};
use crate::manifest::{Column, Node};
use crate::parse::shape;
use crate::project::Yaml;

/// What a column says of the semantic layer, as manifest v12 has it.
///
/// # Errors
/// A value is not of its type, or a time dimension has no granularity.
pub(super) fn column(reader: &Reader<'_>, yaml: &Yaml, column: &mut Column) -> Result<()> {
    let of = |key: &str| yaml.get(key).filter(|found| !found.is_null());
    for key in ["granularity", "dimension", "entity"] {
        column.extra.shift_remove(key);
    }
    let granularity =
        of("granularity").map(|found| reader.choice(found, "TimeGranularity", &GRANULARITIES)).transpose()?;
    if let Some(found) = of("dimension") {
        shape::check(found, reader.section, &shapes::COLUMN_DIMENSION)?;
        let kind = kind(reader, found, "DimensionType", shapes::DIMENSION_TYPES)?;
        let name = text(found, "name").unwrap_or_else(|| column.name.clone());
        let needed = if kind == "time" {
            Some("is a time dimension attached to")
        } else if validity(found).is_some() {
            Some("has validity_params attached to")
        } else {
            None
        };
        if let (Some(why), None) = (needed, &granularity) {
            let reason = format!(
                "at path []: Dimension {name} {why} column {}, so that column must specify a granularity.",
                column.name
            );
            let mut error = shape::invalid(&reader.entry.yaml, reader.section, &reason);
            error.labels.clear();
            return Err(Box::new(error.label(found.span(), "add `granularity:` to this column")));
        }
        let value = match found.text() {
            Some(_) => Value::String(kind),
            None => json!({
                "name": name, "type": kind,
                "description": text(found, "description").unwrap_or_else(|| column.description.clone()),
                "label": text(found, "label"), "is_partition": flag(found, "is_partition"),
                "config": found.get("config").map(Yaml::to_map).unwrap_or_default(),
                "validity_params": validity(found),
            }),
        };
        column.extra.insert("dimension".to_owned(), value);
    }
    if let Some(found) = of("entity") {
        shape::check(found, reader.section, &shapes::COLUMN_ENTITY)?;
        let kind = kind(reader, found, "EntityType", shapes::ENTITY_TYPES)?;
        let value = match found.text() {
            Some(_) => Value::String(kind),
            None => json!({
                "name": text(found, "name").unwrap_or_else(|| column.name.clone()), "type": kind,
                "description": text(found, "description").unwrap_or_else(|| column.description.clone()),
                "label": text(found, "label"),
                "config": found.get("config").map(Yaml::to_map).unwrap_or_default(),
            }),
        };
        column.extra.insert("entity".to_owned(), value);
    }
    if let Some(granularity) = granularity {
        column.extra.insert("granularity".to_owned(), Value::String(granularity));
    }
    Ok(())
}

fn kind(reader: &Reader<'_>, yaml: &Yaml, what: &str, known: &[&'static str]) -> Result<String> {
    match yaml.text() {
        Some(_) => reader.choice(yaml, what, known),
        None => models::kind(reader, yaml, what, known),
    }
}

/// The semantic model and metrics of a model's entry; nothing where the entry does not ask for them.
///
/// # Errors
/// The entry does not have the shape that it must have.
pub(super) fn model(reader: &Reader<'_>, yaml: &Yaml, node: &Node, bag: &mut Bag) -> Result<Vec<Node>> {
    if let Some(derived) = yaml.get("derived_semantics").filter(|found| !found.is_null()) {
        shape::check(derived, reader.section, &shapes::DERIVED_SEMANTICS)?;
    }
    let Some(wanted) = yaml.get("semantic_model").filter(|found| !found.is_null()) else { return Ok(Vec::new()) };
    unknown(reader, wanted)?;
    shape::check(wanted, reader.section, &shapes::MODEL_SEMANTICS)?;
    if wanted.bool() == Some(false) || wanted.get("enabled").and_then(Yaml::bool) == Some(false) {
        return Ok(Vec::new());
    }
    let name = text(wanted, "name").unwrap_or_else(|| node.name.clone());
    let time_dimension = text(yaml, "agg_time_dimension");
    let derived = yaml.get("derived_semantics");
    let derived = |key: &str| derived.and_then(|found| found.get(key)).map(Yaml::items).unwrap_or_default();
    let written = yaml.get("columns").map(Yaml::items).unwrap_or_default();
    let mut dimensions = Vec::new();
    let mut entities = Vec::new();
    for item in written {
        let Some(column) = text(item, "name").and_then(|name| node.columns.get(&name)) else { continue };
        dimensions.extend(dimension_of(reader, item, column, bag));
        entities.extend(entity_of(reader, item, column, bag));
    }
    for item in derived("dimensions") {
        dimensions.push(derived_dimension(reader, item, bag)?);
    }
    for item in derived("entities") {
        entities.push(derived_entity(reader, item, bag)?);
    }
    // dbt: only a semantic model with a `config:` of its own has its `enabled` and `group` read.
    let mut config = Map::new();
    if let Some(own) = wanted.get("config").filter(|found| !found.is_null()) {
        if let Some(meta) = own.get("meta") {
            config.insert("meta".to_owned(), meta.to_json());
        }
        config.insert("enabled".to_owned(), Value::Bool(true));
        if let Some(group) = text(wanted, "group") {
            config.insert("group".to_owned(), Value::String(group));
        }
    }
    let model = SemanticModel {
        model: format!("ref('{}')", reader.entry.name),
        node_relation: None,
        label: None,
        description: Some(node.description.clone()),
        defaults: Some(Defaults { agg_time_dimension: time_dimension.clone() }),
        entities,
        measures: Vec::new(),
        dimensions,
        primary_entity: text(yaml, "primary_entity"),
    };
    let mut made = vec![models::finish(reader, &name, yaml, config, model)?];
    let owner = Owner { name: &name, time_dimension };
    for item in yaml.get("metrics").map(Yaml::items).unwrap_or_default() {
        made.push(metrics::flat_metric(reader, item, Some(&owner), bag)?);
    }
    Ok(made)
}

/// dbt: a key that `semantic_model:` does not have is named in a message of its own.
fn unknown(reader: &Reader<'_>, wanted: &Yaml) -> Result<()> {
    let known = ["config", "enabled", "group", "name"];
    let mut extra: Vec<String> =
        wanted.pairs().iter().map(|(key, _)| key.display()).filter(|key| !known.contains(&key.as_str())).collect();
    if extra.is_empty() {
        return Ok(());
    }
    extra.sort();
    let mut error = shape::invalid(
        &reader.entry.yaml,
        reader.section,
        &format!(
            "at path []: Unknown field(s) in semantic_model config: {}. Valid fields are: {}.",
            extra.join(", "),
            known.join(", ")
        ),
    );
    error.labels.clear();
    let near = extra.first().and_then(|key| crate::diagnostic::nearest(key, known)).map(str::to_owned);
    Err(Box::new(error.label(wanted.span(), "").suggest(near.as_deref())))
}

fn dimension_of(reader: &Reader<'_>, yaml: &Yaml, column: &Column, bag: &mut Bag) -> Option<Dimension> {
    let own = yaml.get("dimension").filter(|found| !found.is_null())?;
    let parsed = column.extra.get("dimension")?;
    let object = parsed.is_object();
    let get = |key: &str| parsed.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut meta = meta(yaml);
    meta.extend(self::meta(own));
    let granularity = column.extra.get("granularity").and_then(Value::as_str);
    let name = get("name").unwrap_or_else(|| column.name.clone());
    Some(Dimension {
        kind: if object { get("type")? } else { parsed.as_str()?.to_owned() },
        description: reader.description(own, bag).or_else(|| Some(column.description.clone())),
        label: get("label"),
        is_partition: parsed.get("is_partition").and_then(Value::as_bool).unwrap_or(false),
        // dbt: a dimension that is only a type has no parameters.
        type_params: granularity.filter(|_| object).map(|granularity| DimensionParams {
            time_granularity: granularity.to_owned(),
            validity_params: validity(own),
        }),
        expr: (name != column.name).then(|| column.name.clone()),
        name,
        metadata: None,
        config: element(meta),
        datatype: None,
    })
}

fn entity_of(reader: &Reader<'_>, yaml: &Yaml, column: &Column, bag: &mut Bag) -> Option<Entity> {
    let own = yaml.get("entity").filter(|found| !found.is_null())?;
    let parsed = column.extra.get("entity")?;
    let get = |key: &str| parsed.get(key).and_then(Value::as_str).map(str::to_owned);
    let has_meta = own.get("config").is_some_and(|config| config.get("meta").is_some());
    let name = get("name").unwrap_or_else(|| column.name.clone());
    Some(Entity {
        kind: if parsed.is_object() { get("type")? } else { parsed.as_str()?.to_owned() },
        description: reader.description(own, bag).or_else(|| Some(column.description.clone())),
        label: get("label"),
        role: None,
        expr: (name != column.name).then(|| column.name.clone()),
        name,
        config: element(if has_meta { meta(own) } else { meta(yaml) }),
    })
}

fn derived_dimension(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Dimension> {
    let name = text(yaml, "name").unwrap_or_default();
    let granularity = yaml.get("granularity").filter(|found| !found.is_null());
    if granularity.is_none() && validity(yaml).is_some() {
        let reason =
            format!("at path []: Derived dimension {name} has validity_params, so it must specify a granularity.");
        return Err(Box::new(shape::invalid(yaml, reader.section, &reason)));
    }
    Ok(Dimension {
        kind: models::kind(reader, yaml, "DimensionType", shapes::DIMENSION_TYPES)?,
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        is_partition: flag(yaml, "is_partition"),
        type_params: match granularity {
            Some(found) => Some(DimensionParams {
                time_granularity: reader.choice(found, "TimeGranularity", &GRANULARITIES)?,
                validity_params: validity(yaml),
            }),
            None => None,
        },
        expr: text(yaml, "expr"),
        name,
        metadata: None,
        config: element(meta(yaml)),
        datatype: None,
    })
}

fn derived_entity(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Entity> {
    let Some(name) = text(yaml, "name") else {
        return Err(Box::new(
            Diagnostic::error(Class::Validation, "Derived entity is missing a required 'name' field.")
                .label(yaml.span(), ""),
        ));
    };
    Ok(Entity {
        name,
        kind: models::kind(reader, yaml, "EntityType", shapes::ENTITY_TYPES)?,
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        role: None,
        expr: text(yaml, "expr"),
        config: element(meta(yaml)),
    })
}
