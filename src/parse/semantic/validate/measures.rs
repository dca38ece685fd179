//! Measures: known once, aggregated over a time dimension, with what their aggregation needs.

use std::collections::HashMap;

use super::{Found, Layer, has_time_dimension, time_dimension};
use crate::manifest::Node;
use crate::manifest::semantic::{AggParams, NonAdditive, SemanticModel};

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for (node, model) in &layer.models {
        for measure in &model.measures {
            if let Some(owner) = owners.insert(&measure.name, &node.name) {
                found.error(
                    node,
                    format!(
                        "Found measure with name {} in multiple semantic models with names ({owner}, {})",
                        measure.name, node.name
                    ),
                );
            }
            aggregation(
                node,
                &measure.name,
                (&measure.agg, measure.expr.as_deref(), measure.agg_params.as_ref()),
                found,
            );
            match time_dimension(measure.agg_time_dimension.as_deref(), model) {
                None => found.error(
                    node,
                    format!(
                        "Aggregation time dimension for measure {} on semantic model {} is not set! Give the semantic model a default `agg_time_dimension`, or the measure one of its own.",
                        measure.name, node.name
                    ),
                ),
                Some(name) if !has_time_dimension(model, name) => found.error(
                    node,
                    format!(
                        "In semantic model '{}', measure '{}' has the aggregation time dimension set to '{name}', which is not a valid time dimension in the semantic model",
                        node.name, measure.name
                    ),
                ),
                Some(name) => {
                    if let Some(over) = &measure.non_additive_dimension {
                        non_additive(node, model, &measure.name, (over, name), found);
                    }
                }
            }
        }
    }
}

/// What an aggregation needs and does not allow.
fn aggregation(
    node: &Node,
    name: &str,
    (agg, expr, params): (&str, Option<&str>, Option<&AggParams>),
    found: &mut Found,
) {
    if agg == "count" {
        match expr {
            None => found.error(
                node,
                format!(
                    "Measure '{name}' uses a COUNT aggregation, which requires an expr to be provided. Provide 'expr: 1' if a count of all rows is desired."
                ),
            ),
            Some(expr) if expr.to_lowercase().starts_with("distinct ") => found.error(
                node,
                format!("Measure '{name}' counts a DISTINCT expr: '{expr}'. Use the aggregation count_distinct"),
            ),
            Some(_) => {}
        }
    }
    let percentile = params.and_then(|params| params.percentile);
    match agg {
        "percentile" => match percentile {
            None => found.error(
                node,
                format!("Measure '{name}' uses a PERCENTILE aggregation, which requires agg_params.percentile to be provided."),
            ),
            Some(value) if value <= 0.0 || value >= 1.0 => found.error(
                node,
                format!("The percentile of measure '{name}' is '{value}', and must lie between 0 and 1, both excluded"),
            ),
            Some(_) => {}
        },
        "median" => {
            if percentile.is_some_and(|value| (value - 0.5).abs() > f64::EPSILON) {
                found.error(node, format!("Measure '{name}' uses a MEDIAN aggregation: its percentile can only be 0.5"));
            }
            if params.is_some_and(|params| params.use_discrete_percentile) {
                found.error(node, format!("Measure '{name}' uses a MEDIAN aggregation, which no use_discrete_percentile fits"));
            }
        }
        _ => {
            let used = params.is_some_and(|params| {
                params.percentile.is_some_and(|value| value != 0.0)
                    || params.use_discrete_percentile
                    || params.use_approximate_percentile
            });
            if used {
                found.error(
                    node,
                    format!("Measure '{name}' with aggregation '{agg}' uses agg_params only relevant to Percentile measures."),
                );
            }
        }
    }
}

fn non_additive(node: &Node, model: &SemanticModel, name: &str, (over, time): (&NonAdditive, &str), found: &mut Found) {
    let head = format!("Measure '{name}' has a non_additive_dimension");
    match model.dimension(&over.name) {
        None => {
            found.error(node, format!("{head} '{}' that is not defined in semantic model '{}'", over.name, node.name))
        }
        Some(dimension) if dimension.kind != "time" => {
            found.error(node, format!("{head} '{}' that is no time dimension", over.name));
        }
        Some(dimension) => {
            let of = |name: &str| model.dimension(name).and_then(|found| found.type_params.as_ref());
            if let (Some(own), Some(base)) = (&dimension.type_params, of(time))
                && own.time_granularity != base.time_granularity
            {
                found.error(node, format!("{head} '{}' with another granularity than '{time}'", over.name));
            }
        }
    }
    if !["min", "max"].contains(&over.window_choice.as_str()) {
        found.error(
            node,
            format!(
                "{head} with an invalid 'window_choice' of '{}'. Only choices supported are 'min' or 'max'.",
                over.window_choice
            ),
        );
    }
    for grouping in &over.window_groupings {
        if !model.entities.iter().any(|entity| entity.name == *grouping) {
            found.error(
                node,
                format!("{head} with the window grouping '{grouping}', which is no entity of the semantic model"),
            );
        }
    }
}
