//! Entities and dimensions: one primary entity, whole validity windows, one meaning for one name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Found, Layer, has_time_dimension};
use crate::manifest::Node;
use crate::manifest::semantic::{Dimension, SemanticModel};

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let mut known: HashMap<&str, &Dimension> = HashMap::new();
    let mut kinds: BTreeMap<&str, BTreeSet<&'static str>> = BTreeMap::new();
    for (node, model) in &layer.models {
        validity(node, model, found);
        natural(node, model, found);
        primary(node, model, found);
        if let Some(default) = model.default_time_dimension()
            && !has_time_dimension(model, default)
        {
            found.error(
                node,
                format!(
                    "Default aggregation time dimension was specified as '{default}' which doesn't exist as a time dimension in semantic model named '{}'.",
                    node.name
                ),
            );
        }
        for dimension in &model.dimensions {
            let Some(first) = known.get(dimension.name.as_str()) else {
                known.insert(&dimension.name, dimension);
                continue;
            };
            for (what, differs) in
                [("type", first.kind != dimension.kind), ("is_partition", first.is_partition != dimension.is_partition)]
            {
                if differs {
                    found.error(
                        node,
                        format!(
                            "In semantic model `{}`, {what} of dimension `{}` is not what it is in another semantic model",
                            node.name, dimension.name
                        ),
                    );
                }
            }
        }
        let parts = model
            .measures
            .iter()
            .map(|part| (part.name.as_str(), "measure"))
            .chain(model.dimensions.iter().map(|part| (part.name.as_str(), "dimension")))
            .chain(model.entities.iter().map(|part| (part.name.as_str(), "entity")));
        for (name, kind) in parts {
            kinds.entry(name).or_default().insert(kind);
        }
    }
    for (name, kinds) in kinds.iter().filter(|(_, kinds)| kinds.len() > 1) {
        let has = |model: &SemanticModel| {
            model.measures.iter().any(|part| part.name == *name)
                || model.dimensions.iter().any(|part| part.name == *name)
                || model.entities.iter().any(|part| part.name == *name)
        };
        if let Some((node, _)) = layer.models.iter().find(|(_, model)| has(model)) {
            let kinds: Vec<&str> = kinds.iter().copied().collect();
            found.error(node, format!("Element `{name}` is used as types {} across the project", kinds.join(", ")));
        }
    }
}

fn primary(node: &Node, model: &SemanticModel, found: &mut Found) {
    let primary: Vec<&str> =
        model.entities.iter().filter(|entity| entity.kind == "primary").map(|entity| entity.name.as_str()).collect();
    if primary.len() > 1 {
        found.error(
            node,
            format!(
                "Semantic models can have only one primary entity. The semantic model `{}` has {}: {}",
                node.name,
                primary.len(),
                primary.join(", ")
            ),
        );
    } else if let (Some(entity), Some(named)) = (primary.first(), &model.primary_entity) {
        found.error(
            node,
            format!(
                "The semantic model `{}` has the primary entity `{entity}` and the `primary_entity` `{named}`: one of them is enough",
                node.name
            ),
        );
    } else if primary.is_empty() && model.primary_entity.is_none() && !model.dimensions.is_empty() {
        found.error(
            node,
            format!(
                "The semantic model {} contains dimensions, but it does not define a primary entity: add an entity of type `primary`, or `primary_entity`",
                node.name
            ),
        );
    }
}

fn natural(node: &Node, model: &SemanticModel, found: &mut Found) {
    let natural: BTreeSet<&str> =
        model.entities.iter().filter(|entity| entity.kind == "natural").map(|entity| entity.name.as_str()).collect();
    if natural.len() > 1 {
        found.error(
            node,
            format!("Semantic models can have at most one natural entity, but `{}` has {}", node.name, natural.len()),
        );
    }
    if !natural.is_empty() && !model.dimensions.iter().any(|dimension| window(dimension).is_some()) {
        found.error(
            node,
            format!("Semantic model `{}` has a natural entity and no validity window, which that needs", node.name),
        );
    }
}

/// Whether a dimension starts and ends a row's validity.
fn window(dimension: &Dimension) -> Option<(bool, bool)> {
    let params = dimension.type_params.as_ref()?.validity_params.as_ref()?;
    Some((params.is_start, params.is_end))
}

fn validity(node: &Node, model: &SemanticModel, found: &mut Found) {
    let windows: Vec<(bool, bool)> = model.dimensions.iter().filter_map(window).collect();
    if windows.is_empty() {
        return;
    }
    let starts = windows.iter().filter(|(start, _)| *start).count();
    let ends = windows.iter().filter(|(_, end)| *end).count();
    if windows.len() != 2 || starts != 1 || ends != 1 {
        found.error(
            node,
            format!(
                "Semantic model {} must have exactly two dimensions with validity params, one `is_start` and the other `is_end`",
                node.name
            ),
        );
    }
    if !model.entities.iter().any(|entity| entity.kind == "natural") {
        found.error(
            node,
            format!("Semantic model {} has validity param dimensions, and no entity of type `natural`", node.name),
        );
    }
    if model.entities.iter().any(|entity| ["primary", "unique"].contains(&entity.kind.as_str())) {
        found.error(
            node,
            format!(
                "Semantic model {} has validity param dimensions, and entities of type `primary` or `unique`",
                node.name
            ),
        );
    }
    if !model.measures.is_empty() {
        found.error(node, format!("Semantic model {} has both measures and validity param dimensions", node.name));
    }
}
