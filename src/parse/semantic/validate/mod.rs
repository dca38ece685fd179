//! Checks over the whole semantic layer. MetricFlow refuses what they find, and so does dbt when it parses.
//!
//! dbt: `SemanticManifestValidator` with its default rules.

mod entities;
mod measures;
mod metrics;
mod names;
mod queries;
mod spines;

use serde_json::{Map, Value};

use crate::diagnostic::{Bag, Class, Diagnostic};
use crate::event::{Warning, WarningKind};
use crate::manifest::semantic::{Metric, SemanticModel};
use crate::manifest::{Manifest, Node, ResourceType};

/// What the rules look at.
struct Layer<'m> {
    manifest: &'m Manifest,
    models: Vec<(&'m Node, &'m SemanticModel)>,
    metrics: Vec<(&'m Node, &'m Metric)>,
    queries: Vec<&'m Node>,
    /// Names of granularities that time spines add.
    custom: Vec<String>,
}

/// What the rules found.
#[derive(Default)]
struct Found {
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl Found {
    fn error(&mut self, node: &Node, message: String) {
        self.errors.push(Diagnostic::error(Class::Parsing, message).label_opt(node.patch.clone(), ""));
    }

    fn warn(&mut self, node: &Node, message: String) {
        self.tell(WarningKind::SemanticValidationFailure, Some(node), message);
    }

    fn tell(&mut self, kind: WarningKind, node: Option<&Node>, message: String) {
        let data = Value::String(message.clone());
        let place = node.and_then(|node| node.patch.clone());
        let diagnostic = Diagnostic::warning(Class::Parsing, message).label_opt(place, "");
        self.warnings.push(Warning::of(kind, diagnostic).field("msg", data));
    }
}

/// Whether a behaviour flag of the project file is set; these are on unless they are switched off.
fn is_on(flags: &Map<String, Value>, name: &str) -> bool {
    flags.get(name).or_else(|| flags.get(&name.to_uppercase())).and_then(Value::as_bool).unwrap_or(true)
}

/// Checks the semantic layer; gives what is to be told, and puts an error into the bag if something is wrong.
pub(in crate::parse) fn validate(manifest: &Manifest, flags: &Map<String, Value>, bag: &mut Bag) -> Vec<Warning> {
    let layer = Layer {
        manifest,
        models: manifest
            .nodes
            .values()
            .filter_map(|node| node.semantic_model().map(|model| (node.as_ref(), model)))
            .collect(),
        metrics: manifest
            .nodes
            .values()
            .filter_map(|node| node.metric().map(|metric| (node.as_ref(), metric)))
            .collect(),
        queries: manifest
            .nodes
            .values()
            .filter(|node| node.resource_type == ResourceType::SavedQuery)
            .map(AsRef::as_ref)
            .collect(),
        custom: spines::custom_granularities(manifest),
    };
    if layer.models.is_empty() {
        return Vec::new();
    }
    if let Err(error) = spines::needed(&layer) {
        bag.push(*error);
        return Vec::new();
    }
    if layer.metrics.is_empty() {
        return Vec::new();
    }
    let mut found = Found::default();
    measures::check(&layer, &mut found);
    metrics::check(&layer, &mut found);
    entities::check(&layer, &mut found);
    names::check(&layer, &mut found);
    queries::check(&layer, &mut found);
    spines::check(&layer, &mut found);
    metrics::old_params(&layer, is_on(flags, "require_nested_cumulative_type_params"), &mut found);
    if !is_on(flags, "require_yaml_configuration_for_mf_time_spines") {
        spines::legacy(&layer, &mut found);
    }
    let mut told = found.warnings;
    if !found.errors.is_empty() {
        let mut error = Diagnostic::error(Class::Parsing, "Semantic Manifest validation failed.");
        for wrong in found.errors {
            error = error.note(wrong.message.clone());
            error.labels.extend(wrong.labels.clone());
            let data = Value::String(wrong.message.clone());
            told.push(Warning::of(WarningKind::SemanticValidationFailure, wrong).field("msg", data));
        }
        bag.push(error);
    }
    told
}

/// The aggregation time dimension: the own one or that of the semantic model.
fn time_dimension<'m>(own: Option<&'m str>, model: &'m SemanticModel) -> Option<&'m str> {
    own.or_else(|| model.default_time_dimension())
}

/// Whether a time dimension of this name is in a semantic model.
fn has_time_dimension(model: &SemanticModel, name: &str) -> bool {
    model.dimensions.iter().any(|dimension| dimension.kind == "time" && dimension.name == name)
}
