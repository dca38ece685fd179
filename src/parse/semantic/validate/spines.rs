//! Time spines: one of a day or finer is needed, and one of each granularity is enough.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Found, Layer};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::WarningKind;
use crate::manifest::semantic::{GRANULARITIES, granularity_rank};
use crate::manifest::{Detail, Manifest, Node, ResourceType};

/// The model that is a time spine by its name.
const LEGACY: &str = "metricflow_time_spine";

/// Models that say that they are time spines, with what they say and the granularity of their rows.
pub(super) fn all(manifest: &Manifest) -> impl Iterator<Item = (&Node, &Value, &str)> {
    manifest.nodes.values().filter_map(|node| {
        let Detail::Model { time_spine: Some(spine), .. } = &node.detail else { return None };
        let column = node.columns.get(spine.get("standard_granularity_column")?.as_str()?)?;
        Some((node.as_ref(), spine, column.extra.get("granularity")?.as_str()?))
    })
}

/// Names of granularities that time spines add.
pub(super) fn custom_granularities(manifest: &Manifest) -> Vec<String> {
    all(manifest)
        .flat_map(|(_, spine, _)| spine.get("custom_granularities").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|custom| custom.get("name").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

fn legacy_model(manifest: &Manifest) -> Option<&Node> {
    manifest
        .nodes
        .values()
        .find(|node| node.resource_type == ResourceType::Model && node.name == LEGACY)
        .map(AsRef::as_ref)
}

/// dbt: a semantic layer needs a time spine of a day or finer, or the model that is one by its name.
///
/// # Errors
/// There is none.
pub(super) fn needed(layer: &Layer<'_>) -> Result<()> {
    let day = granularity_rank("day");
    let fine = all(layer.manifest).any(|(_, _, granularity)| granularity_rank(granularity) <= day);
    if fine || legacy_model(layer.manifest).is_some() {
        return Ok(());
    }
    let place = layer.models.first().and_then(|(node, _)| node.patch.clone());
    Err(Box::new(
        Diagnostic::error(
            Class::Parsing,
            "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but none was found.",
        )
        .label_opt(place, "this semantic model needs one")
        .help("add a model with one row for each day, and `time_spine:` and `granularity: day` to its YAML entry"),
    ))
}

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let mut by_granularity: BTreeMap<usize, Vec<&Node>> = BTreeMap::new();
    for (node, _, granularity) in all(layer.manifest) {
        by_granularity.entry(granularity_rank(granularity).unwrap_or_default()).or_default().push(node);
    }
    for nodes in by_granularity.values().filter(|nodes| nodes.len() > 1) {
        let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        found.warn(
            nodes[0],
            format!("Only one time spine is supported per granularity. Got duplicates: {}", names.join(", ")),
        );
    }
    let dimensions = layer.models.iter().flat_map(|(_, model)| &model.dimensions);
    let finest =
        dimensions.filter_map(|dimension| granularity_rank(&dimension.type_params.as_ref()?.time_granularity)).min();
    match (finest, by_granularity.first_key_value()) {
        (Some(finest), Some((spine, nodes))) if finest < *spine => found.warn(
            nodes[0],
            format!(
                "The finest time spine is of granularity {}, and a time dimension is of {}: add a time spine as fine as that",
                GRANULARITIES[*spine], GRANULARITIES[finest]
            ),
        ),
        (None, Some((_, nodes))) => {
            found.warn(nodes[0], "No time dimensions configured: no time spine is fine enough for sure".to_owned());
        }
        _ => {}
    }
    for (node, model) in &layer.models {
        for dimension in model.dimensions.iter().filter(|found| found.kind == "time" && found.type_params.is_none()) {
            let message = format!(
                "In semantic model `{}`, time dimension `{}` must have a time granularity set.",
                node.name, dimension.name
            );
            found.tell(WarningKind::TimeDimensionsRequireGranularityDeprecation, Some(node), message);
        }
    }
}

/// The time spine that is one by its name only will not do for ever.
pub(super) fn legacy(layer: &Layer<'_>, found: &mut Found) {
    let Some(node) = legacy_model(layer.manifest) else { return };
    let configured = matches!(&node.detail, Detail::Model { time_spine: Some(spine), .. } if !spine.is_null());
    if !configured && !all(layer.manifest).any(|(_, _, granularity)| granularity == "day") {
        let message = format!("Time spines without YAML configuration are deprecated: add `time_spine:` to `{LEGACY}`");
        found.tell(WarningKind::MFTimespineWithoutYamlConfigurationDeprecation, Some(node), message);
    }
}
