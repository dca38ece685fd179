//! `catalogs.yml`: where tables of open formats are written to.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::files;
use super::render::{Renderer, render_yaml};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::project::{Content, Yaml};

const FILE: &str = "catalogs.yml";

/// Which layout of the file the project uses; the behavior flag `use_catalogs_v2` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Catalogs with their write integrations.
    First,
    /// Catalogs with a block for each platform.
    Second,
}

/// What the project's `catalogs.yml` says of each catalog, by its name in capitals; nothing where it has none.
///
/// Each has `catalog_name`, `catalog_type`, `table_format`, `external_volume` and `adapter_properties`, as far as they
/// are given, of the integration that is written to on `platform`.
///
/// # Errors
/// An entry is wrong.
pub fn catalogs(root: &Path, layout: Layout, platform: &str, renderer: &Renderer) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    let path = root.join(FILE);
    if !path.is_file() {
        return Ok(found);
    }
    let yaml = Yaml::parse(&files::text(&path, FILE)?)?;
    if yaml.is_null() {
        return Err(wrong(&yaml, "The file at catalogs.yml is empty"));
    }
    if layout == Layout::Second
        && let Some((key, _)) = yaml.pairs().iter().find(|(key, _)| key.text() != Some("catalogs"))
    {
        let message =
            format!("Unknown top-level keys in catalogs.yml: ['{}']. Only 'catalogs' is allowed", key.display());
        return Err(wrong(key, message));
    }
    let mut seen: Vec<String> = Vec::new();
    for entry in yaml.get("catalogs").map(Yaml::items).unwrap_or_default() {
        // What cannot be rendered is wrong at its own place.
        let rendered = render_yaml(entry, renderer)?;
        let name = required(entry, "name")?.display();
        match layout {
            Layout::First => first(entry, &name)?,
            Layout::Second => {
                second(entry, &name)?;
                if seen.contains(&name) {
                    return Err(wrong(entry, format!("Duplicate catalog name '{name}' in catalogs.yml")));
                }
                seen.push(name.clone());
            }
        }
        found.insert(name.to_uppercase(), written(&rendered, layout, platform));
    }
    Ok(found)
}

/// The integration of a catalog that is written to.
fn written(entry: &Value, layout: Layout, platform: &str) -> Value {
    if layout == Layout::Second {
        let mut properties = entry["config"][platform].as_object().cloned().unwrap_or_default();
        let volume = properties.remove("external_volume");
        return json!({
            "catalog_name": entry["name"], "catalog_type": entry["type"], "table_format": entry["table_format"],
            "external_volume": volume, "adapter_properties": properties,
        });
    }
    let integrations = entry["write_integrations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let active = &entry["active_write_integration"];
    let integration = integrations.iter().find(|integration| active.is_null() || integration["name"] == *active);
    let integration = integration.cloned().unwrap_or_default();
    json!({
        "catalog_name": integration.get("catalog_name").unwrap_or(&entry["name"]),
        "catalog_type": integration["catalog_type"], "table_format": integration["table_format"],
        "external_volume": integration["external_volume"],
        "adapter_properties": integration.get("adapter_properties").filter(|given| given.is_object()).unwrap_or(&json!({})),
    })
}

/// dbt: `load_single_catalog`.
fn first(entry: &Yaml, name: &str) -> Result<()> {
    let mut known: Vec<String> = Vec::new();
    for integration in entry.get("write_integrations").map(Yaml::items).unwrap_or_default() {
        let own = required(integration, "name")?.display();
        required(integration, "catalog_type")?;
        if known.contains(&own) {
            let message =
                format!("Catalog '{name}' cannot have multiple 'write_integrations' with the same name: '{own}'.");
            return Err(wrong(integration, message));
        }
        known.push(own);
    }
    match entry.get("active_write_integration").filter(|active| !active.is_null()) {
        Some(active) if known.contains(&active.display()) => Ok(()),
        Some(active) => {
            let listed: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
            let message = format!(
                "Catalog '{name}' must specify an 'active_write_integration' from its set of defined \
                 'write_integrations': [{}]. Got: '{}'.",
                listed.join(", "),
                active.display()
            );
            Err(wrong(active, message))
        }
        None if known.len() == 1 => Ok(()),
        None => {
            let message = format!(
                "Catalog '{name}' must specify an 'active_write_integration' when multiple 'write_integrations' are \
                 provided."
            );
            Err(wrong(entry, message))
        }
    }
}

/// dbt: `load_single_catalog_v2`.
fn second(entry: &Yaml, name: &str) -> Result<()> {
    const KEYS: [&str; 4] = ["name", "type", "table_format", "config"];
    if let Some((key, _)) = entry.pairs().iter().find(|(key, _)| !KEYS.contains(&key.text().unwrap_or_default())) {
        let message =
            format!("Unknown keys in catalog entry: ['{}']. Allowed keys: {}", key.display(), KEYS.join(", "));
        return Err(wrong(key, message));
    }
    for key in KEYS {
        required(entry, key)?;
    }
    let format = required(entry, "table_format")?;
    if !["default", "iceberg"].contains(&format.display().to_lowercase().as_str()) {
        let message = format!("Invalid table_format '{}'. Must be one of ['default', 'iceberg']", format.display());
        return Err(wrong(format, message));
    }
    let config = required(entry, "config")?;
    if !is_mapping(config) {
        return Err(wrong(config, format!("Catalog '{name}' config must be a mapping")));
    }
    match config.pairs().iter().find(|(_, block)| !block.is_null() && !is_mapping(block)) {
        Some((platform, block)) => {
            Err(wrong(block, format!("Catalog '{name}' config.{} must be a mapping", platform.display())))
        }
        None => Ok(()),
    }
}

fn is_mapping(yaml: &Yaml) -> bool {
    matches!(yaml.content, Content::Mapping(_))
}

fn required<'a>(entry: &'a Yaml, key: &str) -> Result<&'a Yaml> {
    entry.get(key).ok_or_else(|| wrong(entry, format!("Missing required keys in catalog entry: ['{key}']")))
}

fn wrong(yaml: &Yaml, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Project, message).label(yaml.span(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_active_integration_is_what_is_written_to() {
        let entry = json!({"name": "lake", "active_write_integration": "b", "write_integrations": [
            {"name": "a", "catalog_type": "built_in"},
            {"name": "b", "catalog_type": "iceberg_rest", "external_volume": "v", "adapter_properties": {"x": 1}},
        ]});
        let found = written(&entry, Layout::First, "snowflake");
        assert_eq!((&found["catalog_name"], &found["catalog_type"]), (&json!("lake"), &json!("iceberg_rest")));
        assert_eq!((&found["external_volume"], &found["adapter_properties"]), (&json!("v"), &json!({"x": 1})));
        let single = json!({"name": "lake", "write_integrations": [{"name": "a", "catalog_type": "built_in"}]});
        let found = written(&single, Layout::First, "snowflake");
        assert_eq!((&found["catalog_type"], &found["adapter_properties"]), (&json!("built_in"), &json!({})));
    }

    #[test]
    fn the_block_of_the_platform_counts() {
        let entry = json!({"name": "lake", "type": "horizon", "table_format": "iceberg", "config": {
            "snowflake": {"external_volume": "v", "change_tracking": true}, "databricks": {"file_format": "delta"},
        }});
        let found = written(&entry, Layout::Second, "snowflake");
        assert_eq!((&found["external_volume"], &found["table_format"]), (&json!("v"), &json!("iceberg")));
        assert_eq!(found["adapter_properties"], json!({"change_tracking": true}));
    }
}
