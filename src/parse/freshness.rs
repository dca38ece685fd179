//! How fresh a source table promises to be, and how that is found out.
//!
//! Both can be said in four places: the source and the table, each with or without `config:`.

use serde_json::{Map, Value, json};

use crate::adapter::Dialect;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, WarningKind};
use crate::manifest::{Config, Manifest, ResourceType};
use crate::outcome::FreshnessCriteria;
use crate::project::Yaml;

/// A threshold of one place: absent, null, or with its two ages.
#[derive(Debug, Clone)]
struct Promise {
    warn: Age,
    error: Age,
    filter: Option<Value>,
}

/// An age: null, or count and period, where they are given.
type Age = Option<(Value, Value)>;

fn absent() -> Age {
    Some((Value::Null, Value::Null))
}

/// Whether an age can be passed.
fn is_given(age: &Age) -> bool {
    age.as_ref().is_some_and(|(count, period)| !count.is_null() && !period.is_null())
}

impl Promise {
    fn nothing() -> Self {
        Self { warn: absent(), error: absent(), filter: None }
    }

    fn read(map: &Map<String, Value>) -> Self {
        let part = |age: &Map<String, Value>, key: &str| age.get(key).cloned().unwrap_or(Value::Null);
        let age = |key: &str| match map.get(key) {
            None => absent(),
            Some(Value::Object(age)) => Some((part(age, "count"), part(age, "period"))),
            Some(_) => None,
        };
        let filter = map.get("filter").filter(|filter| !filter.is_null()).cloned();
        Self { warn: age("warn_after"), error: age("error_after"), filter }
    }

    fn is_given(&self) -> bool {
        is_given(&self.warn) || is_given(&self.error)
    }

    /// This promise with what a nearer place says.
    fn with(self, nearer: Self) -> Self {
        let age = |far: Age, near: Age| match near {
            None => None,
            near if is_given(&near) => near,
            _ => far,
        };
        Self {
            warn: age(self.warn, nearer.warn),
            error: age(self.error, nearer.error),
            filter: nearer.filter.or(self.filter),
        }
    }

    fn to_json(&self) -> Value {
        let age =
            |age: &Age| age.as_ref().map_or(Value::Null, |(count, period)| json!({"count": count, "period": period}));
        json!({"warn_after": age(&self.warn), "error_after": age(&self.error), "filter": self.filter})
    }
}

/// The thresholds of a configuration with all parts, as artifacts have them.
pub(super) fn complete(written: &Value) -> Value {
    written.as_object().map_or(Value::Null, |map| Promise::read(map).to_json())
}

/// What source and table say in their file: none where they say nothing, null where they want none.
///
/// dbt: `merge_source_freshness`.
fn promise(source: &Yaml, table: &Yaml, render: &dyn Fn(&Yaml) -> Result<Value>) -> Result<Option<Value>> {
    let mut merged: Option<Promise> = None;
    for (index, place) in [Some(source), source.get("config"), Some(table), table.get("config")].into_iter().enumerate()
    {
        let nearer = match place.and_then(|place| place.get("freshness")) {
            None => Some(Promise::nothing()),
            Some(value) => match render(value)? {
                Value::Object(map) => {
                    check(value, &map)?;
                    Some(Promise::read(&map))
                }
                _ => None,
            },
        };
        merged = match (index, merged, nearer) {
            (0, _, nearer) => nearer,
            (_, Some(far), Some(nearer)) => Some(far.with(nearer)),
            (_, None, Some(nearer)) if nearer.is_given() => Some(nearer),
            _ => None,
        };
    }
    Ok(match merged {
        None => Some(Value::Null),
        Some(promise) if promise.is_given() => Some(promise.to_json()),
        Some(_) => None,
    })
}

/// Refuses counts and periods that mean nothing.
fn check(yaml: &Yaml, map: &Map<String, Value>) -> Result<()> {
    for key in ["warn_after", "error_after"] {
        let Some(Value::Object(age)) = map.get(key) else { continue };
        let place = || yaml.get(key).map_or_else(|| yaml.span(), Yaml::span);
        let wrong = |message: String| Box::new(Diagnostic::error(Class::Parsing, message).label(place(), ""));
        if let Some(count) = age.get("count").filter(|count| !count.is_null() && !count.is_i64()) {
            return Err(wrong(format!("the `count` of `{key}` must be a whole number, not {count}")));
        }
        if let Some(period) = age.get("period").filter(|period| !period.is_null())
            && !period.as_str().is_some_and(|period| ["minute", "hour", "day"].contains(&period))
        {
            return Err(wrong(format!("the `period` of `{key}` must be minute, hour or day, not {period}")));
        }
    }
    Ok(())
}

/// The configuration of a source table that says how fresh it is.
///
/// # Errors
/// A value cannot be rendered or means nothing, or both a column and a query are given.
///
/// dbt: `_generate_source_config`.
pub(super) fn configuration(
    source: &Yaml,
    table: &Yaml,
    render: &dyn Fn(&Yaml) -> Result<Value>,
) -> Result<Map<String, Value>> {
    let mut config = Map::new();
    if let Some(promise) = promise(source, table, render)? {
        config.insert("freshness".to_owned(), promise);
    }
    for (place, level) in [(table, "table"), (source, "source")] {
        if let Some(empty) = place.get("loaded_at_field").filter(|field| field.text() == Some("")) {
            return Err(Box::new(
                Diagnostic::error(Class::Parsing, "loaded_at_field cannot be an empty string.")
                    .label(empty.span(), "name a column, or leave it out"),
            ));
        }
        let field = if level == "table" { place.get("loaded_at_field") } else { given(place, "loaded_at_field") };
        if let (Some(field), Some(query)) = (field, given(place, "loaded_at_query")) {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Parsing,
                    format!("Cannot specify both loaded_at_field and loaded_at_query at {level} level."),
                )
                .label(field.span(), "a column")
                .label(query.span(), "and a query"),
            ));
        }
    }
    // A null at the table takes back what the source says.
    let stated = table.get("loaded_at_field").is_some();
    let own_field = given(table, "loaded_at_field");
    let field = if stated || own_field.is_some() { own_field } else { given(source, "loaded_at_field") };
    let own_query = given(table, "loaded_at_query");
    let query = match own_query {
        None if !stated => given(source, "loaded_at_query"),
        own => own,
    };
    let field = match field {
        Some(field) => render(field)?,
        None => Value::Null,
    };
    // dbt: a column beats a query of the source.
    let query = if own_field.is_some() && own_query.is_none() { None } else { query };
    config.insert("loaded_at_field".to_owned(), field);
    // dbt: a query is rendered when it is asked, since it may name `this`.
    config.insert("loaded_at_query".to_owned(), query.map_or(Value::Null, Yaml::to_json));
    Ok(config)
}

/// A value of a place or of its `config:`, unless it is null.
fn given<'a>(place: &'a Yaml, key: &str) -> Option<&'a Yaml> {
    let config = || place.get("config")?.get(key);
    place.get(key).filter(|value| !value.is_null()).or_else(config).filter(|value| !value.is_null())
}

/// A warning where a promise cannot be kept: nothing says when rows were loaded.
///
/// dbt: `FreshnessConfigProblem`.
pub(super) fn unknowable(config: &Config, adapter: &str, name: &str) -> Option<Diagnostic> {
    let promised = FreshnessCriteria::from_json(config.get("freshness")?).is_given();
    let told = ["loaded_at_field", "loaded_at_query"].iter().any(|key| config.text(key).is_some());
    let by_records =
        Dialect::named(adapter).is_some_and(|dialect| dialect.capabilities.contains(&"TableLastModifiedMetadata"));
    (promised && !told && !by_records).then(|| {
        Diagnostic::warning(
            Class::Parsing,
            format!(
                "The configured adapter does not support metadata-based freshness. A loaded_at_field must be specified for source '{name}'."
            ),
        )
        .kind(WarningKind::FreshnessConfigProblem)
        .help("name the column that says when a row was loaded: `loaded_at_field: updated_at`")
    })
}

/// Checks `freshness.build_after` of models: count and period belong together.
///
/// dbt: `ModelConfig`.
pub(super) fn models(manifest: &Manifest, bag: &mut Bag) {
    for node in manifest.nodes.values().filter(|node| node.resource_type == ResourceType::Model) {
        let Some(after) = node.config.get("freshness").and_then(|freshness| freshness.get("build_after")) else {
            continue;
        };
        let given = |key: &str| after.get(key).is_some_and(|value| !value.is_null());
        let (missing, present) = match (given("count"), given("period")) {
            (false, true) => ("count", "period"),
            // dbt: no time at all needs no unit.
            (true, false) if after.get("count") != Some(&json!(0)) => ("period", "count"),
            _ => continue,
        };
        bag.push(
            Diagnostic::error(
                Class::Validation,
                format!("`freshness.build_after` must have a value for `{missing}` if a `{present}` is provided"),
            )
            .label(node.patch.clone().unwrap_or_else(|| node.span()), "of this model"),
        );
    }
}
