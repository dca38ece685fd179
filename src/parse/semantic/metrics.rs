//! Metrics, written with `type_params` or flat.

use serde_json::{Map, Value};

use super::reader::{Reader, filters, flag, integer, text, texts};
use super::shapes;
use crate::diagnostic::{Bag, Class, Diagnostic, Result};
use crate::manifest::semantic::{
    AggParams, AggregationParams, ConstantProperty, ConversionParams, CumulativeParams, GRANULARITIES, InputMeasure,
    InputMetric, Metric, MetricType, NonAdditive, TypeParams,
};
use crate::manifest::{Detail, Node, ResourceType};
use crate::parse::shape;
use crate::project::Yaml;

/// The semantic model that a metric on a model belongs to.
pub(super) struct Owner<'o> {
    /// Its name.
    pub(super) name: &'o str,
    /// Its time dimension.
    pub(super) time_dimension: Option<String>,
}

/// Reads an entry of `metrics:`.
///
/// # Errors
/// The entry does not have the shape that it must have.
pub(super) fn metric(reader: &Reader<'_>, yaml: &Yaml, bag: &mut Bag) -> Result<Node> {
    if yaml.get("type_params").is_none() {
        return flat_metric(reader, yaml, None, bag);
    }
    shape::check(yaml, reader.section, &shapes::METRIC_WITH_PARAMS)?;
    check_name(reader, yaml)?;
    let kind = metric_type(reader, yaml)?;
    let params = yaml.get("type_params").cloned().unwrap_or_else(|| yaml.clone());
    let type_params = TypeParams {
        measure: input_measure(params.get("measure")),
        numerator: input_metric(reader, params.get("numerator"))?,
        denominator: input_metric(reader, params.get("denominator"))?,
        expr: text(&params, "expr"),
        window: reader.window(params.get("window"))?,
        grain_to_date: match params.get("grain_to_date").filter(|grain| !grain.is_null()) {
            Some(grain) => Some(reader.choice(grain, "TimeGranularity", &GRANULARITIES)?),
            None => None,
        },
        metrics: Some(input_metrics(reader, params.get("metrics"))?),
        conversion_type_params: match params.get("conversion_type_params").filter(|found| !found.is_null()) {
            Some(found) => Some(ConversionParams {
                entity: text(found, "entity").unwrap_or_default(),
                base_measure: input_measure(found.get("base_measure")),
                conversion_measure: input_measure(found.get("conversion_measure")),
                base_metric: None,
                conversion_metric: None,
                calculation: calculation(reader, found)?,
                window: reader.window(found.get("window"))?,
                constant_properties: constant_properties(found),
            }),
            None => None,
        },
        cumulative_type_params: if kind == MetricType::Cumulative { Some(cumulative(reader, &params)?) } else { None },
        ..TypeParams::default()
    };
    let config = yaml.get("config").map(Yaml::to_map).unwrap_or_default();
    let written_meta = yaml.get("meta").map(Yaml::to_map).unwrap_or_default();
    build(reader, yaml, config, (kind, type_params, written_meta, texts(yaml, "tags")), bag)
}

/// The metric that a measure with `create_metric` makes.
///
/// # Errors
/// Its configuration is wrong.
pub(super) fn of_measure(
    reader: &Reader<'_>,
    measure: &Yaml,
    enabled: bool,
    meta: Value,
    bag: &mut Bag,
) -> Result<Node> {
    let name = text(measure, "name").unwrap_or_default();
    let mut config = Map::new();
    config.insert("enabled".to_owned(), Value::Bool(enabled));
    config.insert("meta".to_owned(), meta);
    let type_params = TypeParams {
        measure: Some(InputMeasure {
            name: name.clone(),
            filter: None,
            alias: None,
            join_to_timespine: false,
            fill_nulls_with: None,
        }),
        expr: text(measure, "expr").or_else(|| Some(name.clone())),
        metrics: Some(Vec::new()),
        ..TypeParams::default()
    };
    let mut node = build(reader, measure, config, (MetricType::Simple, type_params, Map::new(), Vec::new()), bag)?;
    if node.description.is_empty() {
        node.description = format!("Metric created from measure {name}");
    }
    Ok(node)
}

/// Reads a metric without `type_params`, from `metrics:` or from a model.
///
/// # Errors
/// The entry does not have the shape that it must have.
pub(super) fn flat_metric(reader: &Reader<'_>, yaml: &Yaml, owner: Option<&Owner<'_>>, bag: &mut Bag) -> Result<Node> {
    shape::check(yaml, reader.section, &shapes::METRIC)?;
    check_name(reader, yaml)?;
    let kind = metric_type(reader, yaml)?;
    let agg = yaml.get("agg").filter(|agg| !agg.is_null());
    if kind == MetricType::Simple && agg.is_none() {
        return Err(Box::new(shape::invalid(
            yaml,
            reader.section,
            "at path []: Simple metrics must have an agg param.",
        )));
    }
    let owner = owner.filter(|_| kind == MetricType::Simple);
    let metric_aggregation_params = match (agg, owner) {
        (None, _) => None,
        (Some(_), None) => {
            return Err(Box::new(
                shape::invalid(yaml, reader.section, "simple metrics in v2 YAML must be attached to semantic_model")
                    .help("move it below `metrics:` of the model that it measures"),
            ));
        }
        (Some(agg), Some(owner)) => Some(AggregationParams {
            semantic_model: owner.name.to_owned(),
            agg: reader.choice(agg, "AggregationType", shapes::AGGREGATIONS)?,
            agg_params: Some(AggParams {
                percentile: yaml.get("percentile").and_then(|value| value.to_json().as_f64()),
                use_discrete_percentile: percentile_type(yaml) == "discrete",
                use_approximate_percentile: percentile_type(yaml) == "continuous",
            }),
            agg_time_dimension: text(yaml, "agg_time_dimension").or_else(|| owner.time_dimension.clone()),
            non_additive_dimension: match yaml.get("non_additive_dimension").filter(|found| !found.is_null()) {
                Some(found) => Some(NonAdditive {
                    name: text(found, "name").unwrap_or_default(),
                    window_choice: reader.choice(
                        found.get("window_agg").unwrap_or(found),
                        "AggregationType",
                        shapes::AGGREGATIONS,
                    )?,
                    window_groupings: texts(found, "group_by"),
                }),
                None => None,
            },
        }),
    };
    let type_params = TypeParams {
        numerator: input_metric(reader, yaml.get("numerator"))?,
        denominator: input_metric(reader, yaml.get("denominator"))?,
        expr: text(yaml, "expr"),
        metrics: Some(input_metrics(reader, yaml.get("input_metrics"))?),
        conversion_type_params: if kind == MetricType::Conversion {
            Some(flat_conversion(reader, yaml)?)
        } else {
            None
        },
        cumulative_type_params: if kind == MetricType::Cumulative {
            Some(flat_cumulative(reader, yaml)?)
        } else {
            None
        },
        metric_aggregation_params,
        join_to_timespine: flag(yaml, "join_to_timespine"),
        is_private: Some(flag(yaml, "hidden")),
        ..TypeParams::default()
    };
    let config = yaml.get("config").map(Yaml::to_map).unwrap_or_default();
    let mut node = build(reader, yaml, config, (kind, type_params, Map::new(), Vec::new()), bag)?;
    if let Detail::Metric(metric) = &mut node.detail {
        metric.meta = Map::new();
    }
    Ok(node)
}

fn build(
    reader: &Reader<'_>,
    yaml: &Yaml,
    config: Map<String, Value>,
    (kind, type_params, written_meta, tags): (MetricType, TypeParams, Map<String, Value>, Vec<String>),
    bag: &mut Bag,
) -> Result<Node> {
    let name = text(yaml, "name").unwrap_or_default();
    let metric = Metric {
        label: text(yaml, "label").filter(|label| !label.is_empty()).unwrap_or_else(|| name.clone()),
        kind,
        type_params,
        filter: filters(yaml, "filter"),
        time_granularity: text(yaml, "time_granularity"),
        meta: written_meta,
        tags,
    };
    let mut node = reader.node(ResourceType::Metric, &name, yaml, config, Detail::Metric(Box::new(metric)))?;
    node.description = reader.description(yaml, bag).unwrap_or_default();
    // dbt: the configuration's `meta` is copied over the one beside it.
    let configured = node.config.get("meta").and_then(Value::as_object).filter(|meta| !meta.is_empty()).cloned();
    if let (Detail::Metric(metric), Some(meta)) = (&mut node.detail, configured) {
        metric.meta = meta;
    }
    Ok(node)
}

/// dbt: `UnparsedMetricBase.validate`.
fn check_name(reader: &Reader<'_>, yaml: &Yaml) -> Result<()> {
    let name = text(yaml, "name").unwrap_or_default();
    let mut wrong = Vec::new();
    if name.contains(' ') {
        wrong.push("cannot contain spaces");
    }
    if name.chars().count() > 250 {
        wrong.push("cannot contain more than 250 characters");
    }
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        wrong.push("must begin with a letter");
    }
    if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        wrong.push("must contain only letters, numbers and underscores");
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let reason = format!("at path []: The metric name '{name}' is invalid.  It {}", wrong.join(", "));
    Err(Box::new(shape::invalid(yaml, reader.section, &reason)))
}

fn metric_type(reader: &Reader<'_>, yaml: &Yaml) -> Result<MetricType> {
    let Some(written) = yaml.get("type") else { return Ok(MetricType::Simple) };
    let known = ["simple", "ratio", "cumulative", "derived", "conversion"];
    let name = reader.choice(written, "MetricType", &known)?;
    Ok(MetricType::from_name(&name).unwrap_or(MetricType::Simple))
}

fn percentile_type(yaml: &Yaml) -> String {
    text(yaml, "percentile_type").unwrap_or_default().to_lowercase()
}

fn input_measure(yaml: Option<&Yaml>) -> Option<InputMeasure> {
    let yaml = yaml.filter(|yaml| !yaml.is_null())?;
    Some(InputMeasure {
        name: yaml.text().map(str::to_owned).or_else(|| text(yaml, "name")).unwrap_or_default(),
        filter: filters(yaml, "filter"),
        alias: text(yaml, "alias"),
        join_to_timespine: flag(yaml, "join_to_timespine"),
        fill_nulls_with: integer(yaml, "fill_nulls_with"),
    })
}

fn input_metric(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Result<Option<InputMetric>> {
    let Some(yaml) = yaml.filter(|yaml| !yaml.is_null()) else { return Ok(None) };
    Ok(Some(InputMetric {
        name: yaml.text().map(str::to_owned).or_else(|| text(yaml, "name")).unwrap_or_default(),
        filter: filters(yaml, "filter"),
        alias: text(yaml, "alias"),
        offset_window: reader.window(yaml.get("offset_window"))?,
        offset_to_grain: text(yaml, "offset_to_grain"),
    }))
}

fn input_metrics(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Result<Vec<InputMetric>> {
    let items = yaml.map(Yaml::items).unwrap_or_default();
    items.iter().filter_map(|item| input_metric(reader, Some(item)).transpose()).collect()
}

fn constant_properties(yaml: &Yaml) -> Option<Vec<ConstantProperty>> {
    let written = yaml.get("constant_properties").filter(|found| !found.is_null())?;
    let property = |item: &Yaml| ConstantProperty {
        base_property: text(item, "base_property").unwrap_or_default(),
        conversion_property: text(item, "conversion_property").unwrap_or_default(),
    };
    Some(written.items().iter().map(property).collect())
}

fn calculation(reader: &Reader<'_>, yaml: &Yaml) -> Result<String> {
    match yaml.get("calculation").filter(|found| !found.is_null()) {
        Some(found) => reader.choice(found, "ConversionCalculationType", shapes::CALCULATIONS),
        None => Ok("conversion_rate".to_owned()),
    }
}

fn period_agg(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Result<String> {
    match yaml.and_then(|yaml| yaml.get("period_agg")).filter(|found| !found.is_null()) {
        Some(found) => reader.choice(found, "PeriodAggregation", shapes::PERIOD_AGGREGATIONS),
        None => Ok("first".to_owned()),
    }
}

/// dbt: `window` and `grain_to_date` may still stand one level higher.
fn cumulative(reader: &Reader<'_>, params: &Yaml) -> Result<CumulativeParams> {
    let own = params.get("cumulative_type_params").filter(|found| !found.is_null());
    let of = |key: &str| {
        own.and_then(|own| own.get(key)).filter(|found| !found.is_null()).or_else(|| params.get(key)).cloned()
    };
    Ok(CumulativeParams {
        window: reader.window(of("window").as_ref())?,
        grain_to_date: of("grain_to_date").filter(|grain| !grain.is_null()).map(|grain| grain.display()),
        period_agg: period_agg(reader, own)?,
        metric: None,
    })
}

fn required(yaml: &Yaml, key: &str, kind: &str) -> Result<()> {
    if yaml.get(key).is_some_and(|found| !found.is_null()) {
        return Ok(());
    }
    Err(Box::new(
        Diagnostic::error(Class::Validation, format!("{key} is required for {kind} metrics."))
            .label(yaml.get("name").unwrap_or(yaml).span(), format!("this metric has no `{key}`")),
    ))
}

fn flat_conversion(reader: &Reader<'_>, yaml: &Yaml) -> Result<ConversionParams> {
    for key in ["base_metric", "conversion_metric", "entity"] {
        required(yaml, key, "conversion")?;
    }
    Ok(ConversionParams {
        entity: text(yaml, "entity").unwrap_or_default(),
        base_measure: None,
        conversion_measure: None,
        base_metric: input_metric(reader, yaml.get("base_metric"))?,
        conversion_metric: input_metric(reader, yaml.get("conversion_metric"))?,
        calculation: calculation(reader, yaml)?,
        window: reader.window(yaml.get("window"))?,
        constant_properties: constant_properties(yaml),
    })
}

fn flat_cumulative(reader: &Reader<'_>, yaml: &Yaml) -> Result<CumulativeParams> {
    required(yaml, "input_metric", "cumulative")?;
    Ok(CumulativeParams {
        window: reader.window(yaml.get("window"))?,
        grain_to_date: text(yaml, "grain_to_date"),
        period_agg: period_agg(reader, Some(yaml))?,
        metric: input_metric(reader, yaml.get("input_metric"))?,
    })
}
