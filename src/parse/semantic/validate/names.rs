//! Names and labels: well-formed, and each once where it must be.

use std::collections::HashMap;

use serde_json::Value;

use super::{Found, Layer, spines};
use crate::manifest::Node;
use crate::manifest::semantic::GRANULARITIES;

/// Whether a name fits MetricFlow: lower case letters, digits and single underscores, two at least.
fn is_well_formed(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.ends_with(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        && !name.contains("__")
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

pub(super) fn name(name: &str, node: &Node, found: &mut Found) {
    if !is_well_formed(name) {
        found.error(
            node,
            format!(
                "Invalid name `{name}`: at least two lower case letters, digits and single underscores, the first a letter, the last no underscore"
            ),
        );
    }
    if GRANULARITIES.contains(&name.to_lowercase().as_str()) {
        found.error(node, format!("Invalid name `{name}`: it is the name of a time granularity"));
    }
    if ["metric_time", "mf_internal_uuid"].contains(&name.to_lowercase().as_str()) {
        found.error(node, format!("Invalid name `{name}`: MetricFlow keeps it for itself"));
    }
}

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let mut taken: HashMap<&str, &'static str> = HashMap::new();
    let mut pairs: HashMap<(&str, &str), &str> = HashMap::new();
    let mut entity_labels: HashMap<&str, (&str, &str)> = HashMap::new();
    for (node, model) in &layer.models {
        name(&node.name, node, found);
        let parts: Vec<(&str, &'static str)> = model
            .measures
            .iter()
            .map(|part| (part.name.as_str(), "measure"))
            .chain(model.entities.iter().map(|part| (part.name.as_str(), "entity")))
            .chain(model.dimensions.iter().map(|part| (part.name.as_str(), "dimension")))
            .collect();
        let mut seen: HashMap<&str, &'static str> = HashMap::new();
        for (part, kind) in parts {
            taken.insert(part, kind);
            match seen.get(part) {
                Some(other) => found.error(
                    node,
                    format!(
                        "In semantic model `{}`, can't use name `{part}` for a {kind} when it was already used for a {other}",
                        node.name
                    ),
                ),
                None => {
                    seen.insert(part, kind);
                }
            }
            name(part, node, found);
        }
        let primary = model.primary_entity.as_deref().or_else(|| {
            model.entities.iter().find(|entity| entity.kind == "primary").map(|entity| entity.name.as_str())
        });
        if let Some(primary) = primary {
            for dimension in &model.dimensions {
                if let Some(other) = pairs.insert((primary, &dimension.name), &node.name)
                    && other != node.name
                {
                    found.error(
                        node,
                        format!(
                            "Duplicate dimension + primary entity pairing detected: `{primary}` and `{}` of semantic model `{}` are already in use on semantic model `{other}`.",
                            dimension.name, node.name
                        ),
                    );
                }
            }
        }
        let labels: [(&str, Vec<&str>); 3] = [
            ("Dimension", model.dimensions.iter().filter_map(|part| part.label.as_deref()).collect()),
            ("Entity", model.entities.iter().filter_map(|part| part.label.as_deref()).collect()),
            ("Measure", model.measures.iter().filter_map(|part| part.label.as_deref()).collect()),
        ];
        for (kind, labels) in labels {
            let twice = labels.iter().enumerate().find(|(at, label)| labels[..*at].contains(label));
            if let Some((_, label)) = twice {
                found.error(
                    node,
                    format!(
                        "{kind} labels must be unique within a semantic model. `{label}` is used twice on semantic model `{}`",
                        node.name
                    ),
                );
            }
        }
        for entity in &model.entities {
            let Some(label) = &entity.label else { continue };
            match entity_labels.get(entity.name.as_str()) {
                Some((other, of)) if other != label => found.error(
                    node,
                    format!(
                        "Entity `{}` has the label `{label}` on semantic model `{}` and `{other}` on `{of}`: it must have one",
                        entity.name, node.name
                    ),
                ),
                Some(_) => {}
                None => {
                    entity_labels.insert(&entity.name, (label, &node.name));
                }
            }
        }
    }
    unique_labels(
        layer.models.iter().filter_map(|(node, model)| Some((*node, model.label.as_deref()?))),
        "semantic model",
        found,
    );
    unique_labels(layer.metrics.iter().map(|(node, metric)| (*node, metric.label.as_str())), "metric", found);
    for (node, _) in &layer.metrics {
        taken.insert(&node.name, "metric");
        name(&node.name, node, found);
    }
    for (node, _) in &layer.models {
        taken.insert(&node.name, "semantic_model");
    }
    for node in &layer.queries {
        name(&node.name, node, found);
    }
    custom_granularities(layer, &taken, found);
}

fn unique_labels<'m>(labels: impl Iterator<Item = (&'m Node, &'m str)>, what: &str, found: &mut Found) {
    let mut seen: HashMap<&str, &Node> = HashMap::new();
    for (node, label) in labels {
        match seen.get(label) {
            Some(other) => found.error(
                node,
                format!(
                    "Can't use label `{label}` for {what} `{}` as it's already used for {what} `{}`",
                    node.name, other.name
                ),
            ),
            None => {
                seen.insert(label, node);
            }
        }
    }
}

fn custom_granularities(layer: &Layer<'_>, taken: &HashMap<&str, &'static str>, found: &mut Found) {
    let mut seen: Vec<&str> = Vec::new();
    for (node, spine, _) in spines::all(layer.manifest) {
        for custom in spine.get("custom_granularities").and_then(Value::as_array).into_iter().flatten() {
            let Some(granularity) = custom.get("name").and_then(Value::as_str) else { continue };
            name(granularity, node, found);
            if let Some(kind) = taken.get(granularity) {
                found.error(
                    node,
                    format!(
                        "Can't use name `{granularity}` for a custom granularity when it was already used for a {kind}."
                    ),
                );
            }
            if seen.contains(&granularity) {
                found.error(node, format!("Custom granularity names must be unique, and `{granularity}` comes twice"));
            }
            seen.push(granularity);
        }
    }
}
