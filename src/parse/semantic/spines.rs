//! Time spines: models with one row for each moment, and the granularities that they add.

use serde_json::{Value, json};

use super::reader::{Reader, text};
use super::shapes;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja::python;
use crate::parse::shape;
use crate::project::Yaml;

/// `time_spine:` of a model as manifest v12 has it.
///
/// dbt: `UnparsedModelUpdate.__post_init__`.
///
/// # Errors
/// A column that it names is not among the entry's columns, or has no granularity.
pub(super) fn time_spine(reader: &Reader<'_>, spine: &Yaml) -> Result<Value> {
    shape::check(spine, reader.section, &shapes::TIME_SPINE)?;
    let model = &reader.entry.name;
    let columns = reader.entry.yaml.get("columns").map(Yaml::items).unwrap_or_default();
    let names: Vec<String> = columns.iter().filter_map(|column| text(column, "name")).collect();
    let list = |names: &[String]| {
        python::repr(&python::list(names.iter().map(|name| minijinja::Value::from(name.as_str())).collect()))
    };
    let wrong = |message: String, at: &Yaml, label: &str| {
        Box::new(Diagnostic::error(Class::Parsing, message).label(at.span(), label))
    };
    let standard = text(spine, "standard_granularity_column").unwrap_or_default();
    let place = spine.get("standard_granularity_column").unwrap_or(spine);
    let Some(column) = columns.iter().find(|column| text(column, "name").as_ref() == Some(&standard)) else {
        return Err(wrong(
            format!(
                "Time spine standard granularity column must be defined on the model. Got invalid column name '{standard}' for model '{model}'. Valid names: {}.",
                list(&names)
            ),
            place,
            "no column of the model has this name",
        ));
    };
    if text(column, "granularity").is_none() {
        return Err(wrong(
            format!(
                "Time spine standard granularity column must have a granularity defined. Please add one for column '{standard}' in model '{model}'."
            ),
            column.get("name").unwrap_or(column),
            "add `granularity:` to this column",
        ));
    }
    let custom = spine.get("custom_granularities").map(Yaml::items).unwrap_or_default();
    let column_of = |item: &Yaml| text(item, "column_name").or_else(|| text(item, "name")).unwrap_or_default();
    let missing: Vec<String> = custom.iter().map(column_of).filter(|name| !names.contains(name)).collect();
    if !missing.is_empty() {
        let place = custom.iter().find(|item| missing.contains(&column_of(item))).unwrap_or(spine);
        return Err(wrong(
            format!(
                "Time spine custom granularity columns do not exist in the model. Columns not found: {}; Available columns: {}",
                list(&missing),
                list(&names)
            ),
            place.get("name").unwrap_or(place),
            "no column of the model has this name",
        ));
    }
    let custom: Vec<Value> = custom
        .iter()
        .map(|item| json!({"name": text(item, "name"), "column_name": text(item, "column_name")}))
        .collect();
    Ok(json!({"standard_granularity_column": standard, "custom_granularities": custom}))
}
