//! Metrics: inputs that exist, windows of known granularities, conversions between measures that count.

use super::{Found, Layer, names, queries};
use crate::event::WarningKind;
use crate::manifest::Node;
use crate::manifest::semantic::{
    ConversionParams, GRANULARITIES, InputMeasure, InputMetric, Measure, Metric, MetricType, SemanticModel, TimeWindow,
};

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let measures: Vec<&Measure> = layer.models.iter().flat_map(|(_, model)| &model.measures).collect();
    for (node, metric) in &layer.metrics {
        for input in metric.inputs() {
            offsets(layer, node, input, found);
        }
        match metric.kind {
            MetricType::Derived => derived(node, metric, found),
            MetricType::Cumulative => cumulative(layer, node, metric, found),
            MetricType::Conversion => {
                if let Some(params) = &metric.type_params.conversion_type_params {
                    conversion(layer, node, params, found);
                }
            }
            MetricType::Simple => {
                let own = metric.type_params.measure.as_ref();
                let measure = own.and_then(|own| measures.iter().find(|measure| measure.name == own.name));
                if let (Some(measure), Some(expr)) = (measure, &metric.type_params.expr)
                    && measure.expr.as_ref() != Some(expr)
                    && measure.name != *expr
                {
                    found.warn(node, format!("Metric '{}' reads a measure, and its own expr has no effect", node.name));
                }
            }
            MetricType::Ratio => {}
        }
        aliases(node, &metric.type_params.input_measures, &measures, found);
        let params = &metric.type_params;
        let filters = metric
            .filter
            .iter()
            .chain(params.input_measures.iter().filter_map(|input| input.filter.as_ref()))
            .chain(metric.inputs().into_iter().filter_map(|input| input.filter.as_ref()));
        for filter in filters.flat_map(|filters| &filters.where_filters) {
            if let Err(reason) = queries::parse(&filter.where_sql_template) {
                found.error(node, format!("A filter of metric `{}` cannot be understood: {reason}", node.name));
            }
        }
    }
}

/// dbt: `window` and `grain_to_date` stood beside `cumulative_type_params` once.
pub(super) fn old_params(layer: &Layer<'_>, refused: bool, found: &mut Found) {
    for (node, metric) in &layer.metrics {
        if metric.type_params.window.is_none() && metric.type_params.grain_to_date.is_none() {
            continue;
        }
        let message = format!(
            "Cumulative fields `type_params.window` and `type_params.grain_to_date` should be nested under `type_params.cumulative_type_params`. Invalid metrics: {}",
            node.name
        );
        if refused {
            found.error(node, message);
        } else {
            found.tell(WarningKind::MFCumulativeTypeParamsDeprecation, Some(node), message);
        }
    }
}

/// A window must be of a granularity that is known; `custom` says whether time spines' own will do.
fn window(layer: &Layer<'_>, node: &Node, window: &TimeWindow, custom: bool, found: &mut Found) {
    let known = |name: &str| GRANULARITIES.contains(&name) || layer.custom.iter().any(|own| own == name);
    let name = window.granularity.as_str();
    let name = name.strip_suffix('s').filter(|singular| known(singular)).unwrap_or(name);
    let text = format!("'{name}' in window: '{} {}'", window.count, window.granularity);
    if !known(name) {
        found.error(node, format!("Invalid time granularity {text}"));
    } else if !custom && !GRANULARITIES.contains(&name) {
        found.error(node, format!("Custom granularities are not supported here yet: {text}"));
    }
}

fn offsets(layer: &Layer<'_>, node: &Node, input: &InputMetric, found: &mut Found) {
    if let Some(offset) = &input.offset_window {
        window(layer, node, offset, true, found);
    }
    if let Some(grain) = &input.offset_to_grain {
        if !GRANULARITIES.contains(&grain.to_lowercase().as_str()) {
            found.error(node, format!("Invalid time granularity found in `offset_to_grain`: '{grain}'"));
        }
        if input.offset_window.is_some() {
            found.error(
                node,
                format!(
                    "Both offset_window and offset_to_grain set for derived metric '{}' on input metric '{}'. Please set one or the other.",
                    node.name, input.name
                ),
            );
        }
    }
}

fn derived(node: &Node, metric: &Metric, found: &mut Found) {
    let inputs = metric.inputs();
    if inputs.is_empty() {
        found.error(node, format!("No input metrics found for derived metric '{}'", node.name));
    }
    let mut taken: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    for input in &inputs {
        let Some(alias) = &input.alias else { continue };
        names::name(alias, node, found);
        if taken.contains(&alias.as_str()) {
            found.error(
                node,
                format!(
                    "Alias '{alias}' for input metric: '{}' is already being used. Please choose another alias.",
                    input.name
                ),
            );
        }
        taken.push(alias);
    }
    match &metric.type_params.expr {
        None => found.warn(node, format!("No `expr` set for derived metric {}", node.name)),
        Some(expr) => {
            for name in inputs.iter().map(|input| input.alias.as_ref().unwrap_or(&input.name)) {
                if !expr.contains(name.as_str()) {
                    found.warn(
                        node,
                        format!(
                            "Input metric '{name}' is not used in `expr`: '{expr}' for derived metric '{}'",
                            node.name
                        ),
                    );
                }
            }
        }
    }
}

fn cumulative(layer: &Layer<'_>, node: &Node, metric: &Metric, found: &mut Found) {
    let params = &metric.type_params;
    let Some(own) = &params.cumulative_type_params else { return };
    match (&params.measure, &own.metric) {
        (Some(_), Some(_)) => {
            found.warn(
                node,
                format!(
                    "Cumulative metric '{}' has both a measure and a metric as inputs; the measure is ignored",
                    node.name
                ),
            );
        }
        (None, None) => {
            found.warn(
                node,
                format!("Cumulative metric '{}' must have either a measure or a metric as inputs", node.name),
            );
        }
        _ => {}
    }
    if let Some(grain) = &own.grain_to_date {
        if !GRANULARITIES.contains(&grain.to_lowercase().as_str()) {
            found.error(node, format!("Invalid time granularity found in `grain_to_date`: '{grain}'"));
        }
        if own.window.is_some() {
            found.error(
                node,
                "Both window and grain_to_date set for cumulative metric. Please set one or the other.".to_owned(),
            );
        }
    }
    if let Some(length) = &own.window {
        window(layer, node, length, false, found);
    }
}

fn conversion(layer: &Layer<'_>, node: &Node, params: &ConversionParams, found: &mut Found) {
    let sides = [
        ("base", &params.base_measure, &params.base_metric),
        ("conversion", &params.conversion_measure, &params.conversion_metric),
    ];
    let mut models: Vec<(&str, &Node, &SemanticModel)> = Vec::new();
    for (side, measure, metric) in sides {
        // What it reads: semantic model, aggregation, expression, and whether it filters.
        let read: Option<(&str, String, Option<String>, bool)> = if let Some(input) = metric {
            let source = layer.metrics.iter().find(|(node, _)| node.name == input.name).map(|(_, metric)| *metric);
            if source.is_some_and(|source| source.kind != MetricType::Simple) {
                found.error(
                    node,
                    format!("Metric '{}' is not a Simple metric, so it cannot be used as an input for Conversion metric '{}'.", input.name, node.name),
                );
            }
            source.and_then(|source| {
                let agg = source.type_params.metric_aggregation_params.as_ref()?;
                Some((
                    agg.semantic_model.as_str(),
                    agg.agg.clone(),
                    source.type_params.expr.clone(),
                    input.filter.is_some(),
                ))
            })
        } else {
            measure.as_ref().and_then(|input| {
                layer.models.iter().find_map(|(owner, model)| {
                    let measure = model.measures.iter().find(|measure| measure.name == input.name)?;
                    Some((owner.name.as_str(), measure.agg.clone(), measure.expr.clone(), input.filter.is_some()))
                })
            })
        };
        let Some((model, agg, expr, filtered)) = read else { continue };
        let counts =
            ["count", "count_distinct"].contains(&agg.as_str()) || (agg == "sum" && expr.as_deref() == Some("1"));
        if !counts {
            found.error(
                node,
                format!("For conversion metrics, the input must be COUNT/SUM(1)/COUNT_DISTINCT. The {side} input of '{}' is agg type: {agg}", node.name),
            );
        }
        if filtered && side == "conversion" {
            found.warn(
                node,
                format!("The conversion input of metric '{}' has a filter, which is not fully supported", node.name),
            );
        }
        if let Some((owner, model)) = layer.models.iter().find(|(owner, _)| owner.name == model) {
            models.push((side, owner, model));
        }
    }
    for (side, owner, model) in models {
        if !model.entities.iter().any(|entity| entity.name == params.entity) {
            found.error(node, format!("Entity: {} not found in {side} semantic model: {}.", params.entity, owner.name));
        }
        for pair in params.constant_properties.iter().flatten() {
            let property = if side == "base" { &pair.base_property } else { &pair.conversion_property };
            let known =
                model.dimension(property).is_some() || model.entities.iter().any(|entity| entity.name == *property);
            if !known {
                found.error(
                    node,
                    format!(
                        "The provided constant property: {property}, cannot be found in semantic model {}",
                        owner.name
                    ),
                );
            }
        }
    }
    if let Some(length) = &params.window {
        window(layer, node, length, false, found);
    }
}

/// One measure under several conditions needs aliases, and an alias is nobody else's name.
fn aliases(node: &Node, inputs: &[InputMeasure], measures: &[&Measure], found: &mut Found) {
    for input in inputs {
        let Some(alias) = &input.alias else {
            let others = inputs.iter().filter(|other| other.name == input.name).count();
            if others > 1 && input.filter.is_some() {
                found.error(
                    node,
                    format!(
                        "Metric {} depends on several versions of measure {}: give those with a filter an alias",
                        node.name, input.name
                    ),
                );
            }
            continue;
        };
        names::name(alias, node, found);
        if measures.iter().any(|measure| measure.name == *alias) {
            found.error(node, format!("Alias `{alias}` for measure `{}` conflicts with a measure's name", input.name));
        }
    }
}
