//! Semantic models that stand in `semantic_models:`.

use serde_json::{Map, Value};

use super::metrics;
use super::reader::{Reader, element, flag, meta, text, texts};
use super::shapes;
use crate::diagnostic::{Bag, Diagnostic, Result, SourceFile};
use crate::jinja::Recorder;
use crate::manifest::semantic::{
    AggParams, Defaults, Dimension, DimensionParams, Entity, GRANULARITIES, Measure, NonAdditive, SemanticModel,
    ValidityParams,
};
use crate::manifest::{Detail, Node, ResourceType};
use crate::parse::config::Layers;
use crate::parse::nodes::Draft;
use crate::parse::shape;
use crate::project::Yaml;

/// Reads an entry of `semantic_models:` and the metrics that its measures make.
///
/// # Errors
/// The entry does not have the shape that it must have.
pub(super) fn semantic_model(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Vec<Node>> {
    shape::check(yaml, reader.section, &shapes::SEMANTIC_MODEL)?;
    let items = |key: &str| yaml.get(key).map(Yaml::items).unwrap_or_default();
    let mut entities = Vec::new();
    for item in items("entities") {
        entities.push(entity(reader, item, bag)?);
    }
    let mut measures = Vec::new();
    for item in items("measures") {
        measures.push(measure(reader, item, bag)?);
    }
    let mut dimensions = Vec::new();
    for item in items("dimensions") {
        dimensions.push(dimension(reader, item, bag)?);
    }
    let model = SemanticModel {
        model: text(yaml, "model").unwrap_or_default(),
        node_relation: None,
        label: text(yaml, "label"),
        description: reader.description(yaml, bag),
        defaults: yaml
            .get("defaults")
            .filter(|found| !found.is_null())
            .map(|found| Defaults { agg_time_dimension: text(found, "agg_time_dimension") }),
        entities,
        measures,
        dimensions,
        primary_entity: text(yaml, "primary_entity"),
    };
    let config = yaml.get("config").map(Yaml::to_map).unwrap_or_default();
    let node = finish(reader, &text(yaml, "name").unwrap_or_default(), yaml, config, model)?;
    let mut made = Vec::new();
    for item in items("measures").iter().filter(|item| flag(item, "create_metric")) {
        let meta = node.config.get("meta").cloned().unwrap_or_default();
        made.push(metrics::of_measure(reader, item, node.config.enabled(), meta, bag)?);
    }
    made.insert(0, node);
    Ok(made)
}

/// The node of a semantic model: its configuration's `meta` goes below that of its parts, and its model is looked at.
///
/// # Errors
/// The configuration is wrong, or `model:` is no reference.
pub(super) fn finish(
    reader: &Reader<'_>,
    name: &str,
    yaml: &Yaml,
    config: Map<String, Value>,
    model: SemanticModel,
) -> Result<Node> {
    let reference = model.model.clone();
    let detail = Detail::SemanticModel(Box::new(model));
    let mut node = reader.node(ResourceType::SemanticModel, name, yaml, config, detail)?;
    let below = node.config.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Detail::SemanticModel(model) = &mut node.detail {
        let configs = model
            .dimensions
            .iter_mut()
            .map(|part| &mut part.config)
            .chain(model.entities.iter_mut().map(|part| &mut part.config))
            .chain(model.measures.iter_mut().map(|part| &mut part.config));
        for config in configs {
            let own = config.take().unwrap_or_default().meta;
            *config = element(below.clone().into_iter().chain(own).collect());
        }
    }
    let mut draft = Draft { node: node.into(), layers: Layers::default() };
    let source = SourceFile::new(yaml.source.path(), format!("{{{{ {reference} }}}}"));
    let recorder = std::sync::Arc::new(Recorder::default());
    let scope = reader.shop.scope(&draft, &recorder, Vec::new()).shared();
    let place = yaml.get("model").unwrap_or(yaml);
    reader.shop.engine.render_str(&source, &scope).map_err(|error| {
        Box::new(Diagnostic { labels: Vec::new(), ..*error }.label(place.span(), "write `ref('name')`"))
    })?;
    reader.shop.take(&mut draft, recorder.notes(), &[]);
    Ok(draft.node.into())
}

fn entity(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Entity> {
    Ok(Entity {
        name: text(yaml, "name").unwrap_or_default(),
        kind: kind(reader, yaml, "EntityType", shapes::ENTITY_TYPES)?,
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        role: text(yaml, "role"),
        expr: text(yaml, "expr"),
        config: element(meta(yaml)),
    })
}

/// `type:` among the known ones.
pub(super) fn kind(reader: &Reader<'_>, yaml: &Yaml, what: &str, known: &[&'static str]) -> Result<String> {
    reader.choice(yaml.get("type").unwrap_or(yaml), what, known)
}

/// `validity_params:`.
pub(super) fn validity(yaml: &Yaml) -> Option<ValidityParams> {
    let found = yaml.get("validity_params").filter(|found| !found.is_null())?;
    Some(ValidityParams { is_start: flag(found, "is_start"), is_end: flag(found, "is_end") })
}

fn dimension(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Dimension> {
    let type_params = match yaml.get("type_params").filter(|found| !found.is_null()) {
        Some(found) => Some(DimensionParams {
            time_granularity: reader.choice(
                found.get("time_granularity").unwrap_or(found),
                "TimeGranularity",
                &GRANULARITIES,
            )?,
            validity_params: validity(found),
        }),
        None => None,
    };
    Ok(Dimension {
        name: text(yaml, "name").unwrap_or_default(),
        kind: kind(reader, yaml, "DimensionType", shapes::DIMENSION_TYPES)?,
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        is_partition: flag(yaml, "is_partition"),
        type_params,
        expr: text(yaml, "expr"),
        metadata: None,
        config: element(meta(yaml)),
        datatype: None,
    })
}

fn measure(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Measure> {
    let agg_params = yaml.get("agg_params").filter(|found| !found.is_null()).map(|found| AggParams {
        percentile: found.get("percentile").and_then(|value| value.to_json().as_f64()),
        use_discrete_percentile: flag(found, "use_discrete_percentile"),
        use_approximate_percentile: flag(found, "use_approximate_percentile"),
    });
    let non_additive_dimension = match yaml.get("non_additive_dimension").filter(|found| !found.is_null()) {
        Some(found) => Some(NonAdditive {
            name: text(found, "name").unwrap_or_default(),
            window_choice: reader.choice(
                found.get("window_choice").unwrap_or(found),
                "AggregationType",
                shapes::AGGREGATIONS,
            )?,
            window_groupings: texts(found, "window_groupings"),
        }),
        None => None,
    };
    Ok(Measure {
        name: text(yaml, "name").unwrap_or_default(),
        agg: reader.choice(yaml.get("agg").unwrap_or(yaml), "AggregationType", shapes::AGGREGATIONS)?,
        description: reader.description(yaml, bag),
        label: text(yaml, "label"),
        // dbt: the parsed measure never says so; the metric is made while it is parsed.
        create_metric: false,
        expr: text(yaml, "expr"),
        agg_params,
        non_additive_dimension,
        agg_time_dimension: text(yaml, "agg_time_dimension"),
        config: element(meta(yaml)),
    })
}
