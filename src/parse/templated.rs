//! Jinja in the values of a YAML entry, rendered before anything reads them.
//!
//! Not touched is what is rendered later or elsewhere: descriptions, tests, and `config:`, whose spelling is kept beside
//! its value.

use crate::diagnostic::Result;
use crate::jinja::is_template;
use crate::project::{Content, Yaml};

/// Keys whose values are not rendered here, of an entry, of a version or of a column.
///
/// dbt: `SchemaYamlRenderer`. The semantic keys of a model have readers of their own.
const LATER: [&str; 11] = [
    "description",
    "tests",
    "data_tests",
    "loaded_at_query",
    "config",
    "unit_tests",
    "semantic_model",
    "metrics",
    "derived_semantics",
    "dimension",
    "entity",
];

/// An entry of `models:` and the like with its values rendered.
///
/// # Errors
/// A template cannot be rendered.
pub(super) fn entry(yaml: &mut Yaml, render: &dyn Fn(&Yaml) -> Result<serde_json::Value>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    for (key, value) in pairs {
        match key.text() {
            Some("columns" | "versions") => {
                let Content::Sequence(items) = &mut value.content else { continue };
                items.iter_mut().try_for_each(|item| entry(item, render))?;
            }
            Some(key) if LATER.contains(&key) => {}
            _ => whole(value, render)?,
        }
    }
    Ok(())
}

fn whole(yaml: &mut Yaml, render: &dyn Fn(&Yaml) -> Result<serde_json::Value>) -> Result<()> {
    match &mut yaml.content {
        Content::Text(text) if is_template(text) || text.ends_with('\n') => {
            yaml.content = Content::from_json(render(yaml)?, &yaml.source, &yaml.range);
            Ok(())
        }
        Content::Sequence(items) => items.iter_mut().try_for_each(|item| whole(item, render)),
        Content::Mapping(pairs) => pairs.iter_mut().try_for_each(|(_, value)| whole(value, render)),
        _ => Ok(()),
    }
}
