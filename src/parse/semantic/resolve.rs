//! Metrics find the measures, metrics and semantic models that they are made from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Bag, Class, Diagnostic, Result, nearest};
use crate::manifest::semantic::{InputMeasure, InputMetric, Metric, MetricType, NodeRelation};
use crate::manifest::{Detail, Manifest, Node, RefError, ResourceType};

/// What a metric is made from.
#[derive(Debug, Clone, Default)]
struct Links {
    measures: Vec<InputMeasure>,
    parents: Vec<String>,
}

impl Links {
    fn parent(&mut self, id: &str) {
        if !self.parents.iter().any(|known| known == id) {
            self.parents.push(id.to_owned());
        }
    }

    fn measure(&mut self, measure: &InputMeasure) {
        if !self.measures.contains(measure) {
            self.measures.push(measure.clone());
        }
    }
}

/// Fills `input_measures` and `depends_on` of every metric.
///
/// dbt: `_process_metric_node`; metrics made from metrics name those, and not the semantic models below them.
pub(in crate::parse) fn link_metrics(manifest: &mut Manifest, bag: &mut Bag) {
    let mut linker = Linker { manifest, done: HashMap::new(), open: HashSet::new() };
    let ids: Vec<String> = linker
        .manifest
        .nodes
        .values()
        .filter(|node| node.resource_type == ResourceType::Metric)
        .map(|node| node.unique_id.clone())
        .collect();
    for id in &ids {
        // One mistake is enough: what is made from a wrong metric is wrong for that reason.
        if let Err(error) = linker.links(id) {
            bag.push(*error);
            return;
        }
    }
    let done = linker.done;
    for (id, links) in done {
        let Some(node) = manifest.nodes.get_mut(&id) else { continue };
        let node = Arc::make_mut(node);
        node.depends_on = links.parents;
        if let Detail::Metric(metric) = &mut node.detail {
            metric.type_params.input_measures = links.measures;
        }
    }
}

struct Linker<'m> {
    manifest: &'m Manifest,
    done: HashMap<String, Links>,
    open: HashSet<String>,
}

fn wrong(node: &Node, message: String) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Parsing, message).label_opt(node.patch.clone(), format!("metric `{}`", node.name)),
    )
}

impl Linker<'_> {
    fn links(&mut self, id: &str) -> Result<Links> {
        if let Some(done) = self.done.get(id) {
            return Ok(done.clone());
        }
        let Some(node) = self.manifest.node(id).cloned() else { return Ok(Links::default()) };
        let Some(metric) = node.metric() else { return Ok(Links::default()) };
        if !self.open.insert(id.to_owned()) {
            // A cycle: the graph says so with all its members.
            return Ok(Links::default());
        }
        let links = self.of_kind(&node, metric)?;
        self.open.remove(id);
        self.done.insert(id.to_owned(), links.clone());
        Ok(links)
    }

    fn of_kind(&mut self, node: &Node, metric: &Metric) -> Result<Links> {
        let params = &metric.type_params;
        let mut links = Links::default();
        match metric.kind {
            MetricType::Simple | MetricType::Cumulative => {
                if let Some(measure) = &params.measure {
                    links.measure(measure);
                    links.parent(&self.measure_owner(node, &measure.name)?);
                } else if metric.kind == MetricType::Simple {
                    let Some(agg) = &params.metric_aggregation_params else {
                        let message = format!(
                            "Simple metric {} should have a measure or agg type defined, but it does not.",
                            node.name
                        );
                        return Err(wrong(node, message));
                    };
                    links.parent(&format!("semantic_model.{}.{}", node.package, agg.semantic_model));
                } else {
                    let Some(input) = metric.inputs().first().copied().cloned() else {
                        let message = format!(
                            "Cumulative metric {} should have a measure or input_metric defined, but it does not.",
                            node.name
                        );
                        return Err(wrong(node, message));
                    };
                    let parent = self.input(node, &input)?;
                    self.links(&parent)?;
                    links.parent(&parent);
                }
            }
            MetricType::Conversion => {
                let Some(conversion) = &params.conversion_type_params else {
                    let message =
                        format!("{} is a conversion metric and must have conversion_type_params defined.", node.name);
                    return Err(wrong(node, message));
                };
                for measure in conversion.base_measure.iter().chain(&conversion.conversion_measure) {
                    links.measure(measure);
                    links.parent(&self.measure_owner(node, &measure.name)?);
                }
                for input in conversion.base_metric.iter().chain(&conversion.conversion_metric) {
                    let parent = self.input(node, input)?;
                    self.links(&parent)?;
                    links.parent(&parent);
                }
            }
            MetricType::Derived | MetricType::Ratio => {
                if metric.kind == MetricType::Ratio && (params.numerator.is_none() || params.denominator.is_none()) {
                    let message = "Invalid ratio metric. Both a numerator and denominator must be specified";
                    return Err(wrong(node, message.to_owned()));
                }
                for input in metric.inputs() {
                    let parent = self.input(node, input)?;
                    for measure in self.links(&parent)?.measures {
                        links.measure(&measure);
                    }
                    links.parent(&parent);
                }
            }
        }
        Ok(links)
    }

    /// The id of a metric that a metric reads.
    fn input(&self, node: &Node, input: &InputMetric) -> Result<String> {
        match self.manifest.resolve_kind(ResourceType::Metric, None, &input.name, &node.package) {
            Ok(found) => Ok(found.unique_id.clone()),
            Err(RefError::Disabled) => {
                Err(wrong(node, format!("The metric `{}` is disabled and thus cannot be referenced.", input.name)))
            }
            Err(error) => {
                let message = match node.metric().map(|metric| metric.kind) {
                    Some(MetricType::Derived | MetricType::Ratio) => format!(
                        "The metric `{}` does not exist but was referenced by metric `{}`.",
                        input.name, node.name
                    ),
                    _ => format!("The metric `{}` does not exist but was referenced.", input.name),
                };
                let near = match &error {
                    RefError::Missing(near) => near.as_deref(),
                    _ => None,
                };
                Err(Box::new(wrong(node, message).suggest(near)))
            }
        }
    }

    /// The id of the semantic model that has a measure.
    fn measure_owner(&self, node: &Node, measure: &str) -> Result<String> {
        let has = |candidate: &Node| {
            candidate.semantic_model().is_some_and(|model| model.measures.iter().any(|known| known.name == measure))
        };
        let enabled: Vec<&Arc<Node>> = self.manifest.nodes.values().filter(|candidate| has(candidate)).collect();
        let own = |package: &str| enabled.iter().find(|candidate| candidate.package == package);
        if let Some(found) = own(&self.manifest.root).or_else(|| own(&node.package)).or_else(|| enabled.first()) {
            return Ok(found.unique_id.clone());
        }
        if let Some(disabled) = self.manifest.disabled.values().flatten().find(|candidate| has(candidate)) {
            return Err(wrong(
                node,
                format!("The measure `{measure}` is referenced on disabled semantic model `{}`.", disabled.name),
            ));
        }
        let names = self
            .manifest
            .nodes
            .values()
            .filter_map(|candidate| candidate.semantic_model())
            .flat_map(|model| model.measures.iter().map(|known| known.name.as_str()));
        let near = nearest(measure, names).map(str::to_owned);
        Err(Box::new(
            wrong(node, format!("A semantic model having a measure `{measure}` does not exist but was referenced."))
                .suggest(near.as_deref()),
        ))
    }
}

/// Gives every semantic model the relation of the model that it describes.
pub(in crate::parse) fn place_semantic_models(manifest: &mut Manifest) {
    let mut relations = Vec::new();
    for node in manifest.nodes.values().filter(|node| node.semantic_model().is_some()) {
        let Some(model) = node.depends_on.first().and_then(|id| manifest.node(id)) else { continue };
        relations.push((
            node.unique_id.clone(),
            NodeRelation {
                alias: model.alias.clone(),
                schema_name: model.schema.clone(),
                database: model.database.clone(),
                relation_name: model.relation_name.clone(),
            },
        ));
    }
    for (id, relation) in relations {
        let Some(node) = manifest.nodes.get_mut(&id) else { continue };
        if let Detail::SemanticModel(model) = &mut Arc::make_mut(node).detail {
            model.node_relation = Some(relation);
        }
    }
}
