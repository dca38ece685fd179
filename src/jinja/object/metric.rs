//! `metric('name')` in templates: a reference while parsing, the metric's fields and its dependencies while running.
//!
//! dbt: fields are Python dataclasses and enumerations, and existing macros print and compare them; so their text here
//! is the text of those.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};
use serde_json::{Map, Value as Json};

use crate::jinja::python;
use crate::manifest::semantic::MetricType;
use crate::manifest::{Manifest, Node};

/// What `metric()` gives while parsing.
#[derive(Debug)]
pub struct MetricReference {
    /// Name of the metric.
    pub name: String,
    /// Package, where the call names one.
    pub package: Option<String>,
}

impl Object for MetricReference {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "metric_name" => Some(Value::from(self.name.as_str())),
            "package_name" => Some(self.package.as_deref().map_or_else(|| Value::from(()), Value::from)),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// What `metric()` gives while running.
#[derive(Debug)]
pub struct MetricValue {
    manifest: Arc<Manifest>,
    id: String,
}

impl MetricValue {
    /// The metric of an id.
    pub fn value(manifest: &Arc<Manifest>, id: &str) -> Value {
        Value::from_object(Self { manifest: Arc::clone(manifest), id: id.to_owned() })
    }

    fn node(&self, id: &str) -> Option<&Arc<Node>> {
        self.manifest.node(id).filter(|node| node.metric().is_some())
    }

    /// The metric and all that it is made from, each with how deep it lies; a metric may come several times.
    fn tree(&self) -> Vec<(&Arc<Node>, usize)> {
        let mut found = Vec::new();
        let mut open = vec![(self.id.as_str(), 1)];
        while let Some((id, depth)) = open.pop() {
            let Some(node) = self.node(id) else { continue };
            found.push((node, depth));
            open.extend(node.depends_on.iter().rev().map(|parent| (parent.as_str(), depth + 1)));
        }
        found
    }

    /// Names of the metrics of the tree, or of those that are made from metrics, or of those that are not.
    fn names(&self, derived: Option<bool>) -> Value {
        let names = self
            .tree()
            .into_iter()
            .filter(|(node, _)| {
                let kind = node.metric().map(|metric| metric.kind);
                let made = matches!(kind, Some(MetricType::Derived | MetricType::Ratio));
                derived.is_none_or(|wanted| wanted == made)
            })
            .map(|(node, _)| Value::from(node.name.as_str()));
        python::list(names.collect())
    }
}

impl Object for MetricValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let node = self.node(&self.id)?;
        match key {
            "metric_name" => return Some(Value::from(node.name.as_str())),
            "type" => {
                let kind = node.metric()?.kind.name();
                return Some(Value::from_object(EnumValue { class: "MetricType", value: kind.to_owned() }));
            }
            _ => {}
        }
        node.to_json().get(key).map(|json| value(key, "", json))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        Ok(match method {
            "full_metric_dependency" => self.names(None),
            "base_metric_dependency" => self.names(Some(false)),
            "derived_metric_dependency" => self.names(Some(true)),
            "derived_metric_dependency_depth" => {
                let made = self.tree().into_iter().filter(|(node, _)| {
                    matches!(node.metric().map(|metric| metric.kind), Some(MetricType::Derived | MetricType::Ratio))
                });
                let depths =
                    made.map(|(node, depth)| python::dict(vec![(Value::from(node.name.as_str()), Value::from(depth))]));
                python::list(depths.collect())
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.node(&self.id).map_or("", |node| node.name.as_str()))
    }
}

/// An object with named fields, printed as Python prints a dataclass.
#[derive(Debug)]
struct Record {
    class: &'static str,
    fields: Map<String, Json>,
}

impl Object for Record {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.fields.get(key).map(|json| value(key, self.class, json))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&record_text(self.class, &self.fields))
    }
}

/// A member of an enumeration.
#[derive(Debug)]
struct EnumValue {
    class: &'static str,
    value: String,
}

impl Object for EnumValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "value" => Some(Value::from(self.value.as_str())),
            "name" => Some(Value::from(self.value.to_uppercase())),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.class, self.value.to_uppercase())
    }
}

/// The class of the objects under a key. dbt: `dbt.artifacts.resources.v1.metric`.
fn class(key: &str) -> Option<&'static str> {
    Some(match key {
        "type_params" => "MetricTypeParams",
        "measure" | "base_measure" | "conversion_measure" | "input_measures" => "MetricInputMeasure",
        "numerator" | "denominator" | "metric" | "base_metric" | "conversion_metric" | "metrics" => "MetricInput",
        "filter" => "WhereFilterIntersection",
        "where_filters" => "WhereFilter",
        "window" | "offset_window" => "MetricTimeWindow",
        "conversion_type_params" => "ConversionTypeParams",
        "cumulative_type_params" => "CumulativeTypeParams",
        "metric_aggregation_params" => "MetricAggregationParams",
        "agg_params" => "MeasureAggregationParameters",
        "non_additive_dimension" => "NonAdditiveDimension",
        "constant_properties" => "ConstantPropertyInput",
        "depends_on" => "DependsOn",
        "refs" => "RefArgs",
        "config" => "MetricConfig",
        _ => return None,
    })
}

/// The enumeration whose member stands under a key of a class.
fn enumeration(key: &str, owner: &str) -> Option<&'static str> {
    Some(match (key, owner) {
        ("calculation", _) => "ConversionCalculationType",
        ("period_agg", _) => "PeriodAggregation",
        ("agg" | "window_choice", _) => "AggregationType",
        ("grain_to_date", "MetricTypeParams") => "TimeGranularity",
        _ => return None,
    })
}

fn value(key: &str, owner: &str, json: &Json) -> Value {
    match json {
        Json::Object(fields) => match class(key) {
            Some(class) => Value::from_object(Record { class, fields: fields.clone() }),
            None => python::value_from_json(json),
        },
        Json::Array(items) => python::list(items.iter().map(|item| value(key, owner, item)).collect()),
        Json::String(text) => match enumeration(key, owner) {
            Some(class) => Value::from_object(EnumValue { class, value: text.clone() }),
            None => Value::from(text.as_str()),
        },
        other => python::value_from_json(other),
    }
}

fn record_text(class: &str, fields: &Map<String, Json>) -> String {
    let parts: Vec<String> = fields.iter().map(|(key, json)| format!("{key}={}", text(key, class, json))).collect();
    format!("{class}({})", parts.join(", "))
}

fn text(key: &str, owner: &str, json: &Json) -> String {
    match json {
        Json::Object(fields) => match class(key) {
            Some(class) => record_text(class, fields),
            None => python::repr(&python::value_from_json(json)),
        },
        Json::Array(items) => {
            format!("[{}]", items.iter().map(|item| text(key, owner, item)).collect::<Vec<_>>().join(", "))
        }
        Json::String(member) if enumeration(key, owner).is_some() => {
            format!("<{}.{}: '{member}'>", enumeration(key, owner).unwrap_or_default(), member.to_uppercase())
        }
        other => python::repr(&python::value_from_json(other)),
    }
}
