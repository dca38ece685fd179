//! Saved queries: known metrics and dimensions, conditions that can be understood.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::{Found, Layer};

/// What can be called in a condition, and its parameters; the first is the name.
const CALLS: [(&str, &[&str]); 4] = [
    ("Dimension", &["name", "entity_path"]),
    ("TimeDimension", &["time_dimension_name", "time_granularity_name", "entity_path", "descending", "date_part_name"]),
    ("Entity", &["entity_name", "entity_path"]),
    ("Metric", &["metric_name", "group_by"]),
];

/// What a condition names: `Dimension('order__ds')` and the like, the last part of each name.
pub(super) fn parse(template: &str) -> Result<Vec<String>, String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut templates = Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    for (kind, parameters) in CALLS {
        let seen = Arc::clone(&seen);
        templates.add_function(kind, move |positional: Rest<Value>, keywords: Kwargs| {
            if let Some(unknown) = keywords.args().find(|given| !parameters.contains(given)) {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!("{kind}() takes no keyword argument '{unknown}', only {}", parameters.join(", ")),
                ));
            }
            let name = match positional.first() {
                Some(name) => name.clone(),
                None => keywords.get::<Option<Value>>(parameters[0])?.unwrap_or_default(),
            };
            let Some(name) = name.as_str() else {
                return Err(Error::new(ErrorKind::InvalidOperation, format!("{kind}() takes a name")));
            };
            let mut parts: Vec<&str> = name.split("__").collect();
            if parts.len() > 1 && crate::manifest::semantic::granularity_rank(parts[parts.len() - 1]).is_some() {
                parts.pop();
            }
            let element = parts[parts.len() - 1].to_owned();
            if kind.ends_with("Dimension") && parts.len() != 2 && element != "metric_time" {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!(
                        "Name is in an incorrect format: '{name}'. It should be of the form: <primary entity name>__<dimension_name>"
                    ),
                ));
            }
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(element);
            Ok(Value::from_object(Item))
        });
    }
    templates
        .render_str(template, ())
        .map_err(|error| error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(seen)
}

/// A named item: `.grain(...)`, `.date_part(...)` and `.descending(...)` give it back.
#[derive(Debug)]
struct Item;

impl minijinja::value::Object for Item {
    fn call_method(
        self: &Arc<Self>,
        _: &mut minijinja::State<'_, '_>,
        method: &str,
        _: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "grain" | "date_part" | "descending" => Ok(Value::from_dyn_object(Arc::clone(self))),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

pub(super) fn check(layer: &Layer<'_>, found: &mut Found) {
    let metrics: HashSet<&str> = layer.metrics.iter().map(|(node, _)| node.name.as_str()).collect();
    let mut elements: HashSet<&str> = metrics.clone();
    elements.insert("metric_time");
    for (_, model) in &layer.models {
        elements.extend(model.dimensions.iter().map(|part| part.name.as_str()));
        elements.extend(model.entities.iter().map(|part| part.name.as_str()));
    }
    for node in &layer.queries {
        let Some(query) = node.saved_query() else { continue };
        let params = &query.query_params;
        for name in params.metrics.iter().filter(|name| !metrics.contains(name.as_str())) {
            found.error(node, format!("`{name}` is not a valid metric name."));
        }
        for item in &params.group_by {
            match parse(&format!("{{{{{item}}}}}")) {
                Ok(named) if named.len() == 1 && elements.contains(named[0].as_str()) => {}
                Ok(_) => found.error(node, format!("`{item}` is not a valid group-by name.")),
                Err(reason) => found.error(node, format!("`{item}` is not a valid group-by name: {reason}")),
            }
        }
        let plain = |item: &str| item.split(".descending(").next().unwrap_or(item).replace('"', "'").replace(' ', "");
        let mut orderable: Vec<String> = params.metrics.iter().map(|name| format!("Metric('{name}')")).collect();
        orderable.extend(params.group_by.iter().map(|item| plain(item)));
        for item in params.order_by.iter().filter(|item| !orderable.contains(&plain(item))) {
            found.error(node, format!("{item} does not match any of the listed metrics or group-by items."));
        }
        if let Some(limit) = params.limit.filter(|limit| *limit < 0) {
            found.error(node, format!("Invalid limit value: {limit} (should be >= 0)"));
        }
        for filter in params.condition.iter().flat_map(|filters| &filters.where_filters) {
            if let Err(reason) = parse(&filter.where_sql_template) {
                found.error(node, format!("A filter of saved query `{}` cannot be understood: {reason}", node.name));
            }
        }
    }
}
