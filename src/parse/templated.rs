//! Jinja in the values of a YAML entry, rendered before anything reads them.
//!
//! Not touched is what is rendered later or elsewhere: descriptions, tests, and `config:`, whose spelling is kept beside
//! its value.

use serde_json::Value;

use crate::diagnostic::Result;
use crate::jinja::is_template;
use crate::project::{Content, Yaml};

/// Gives the value of a text.
type Render<'a> = &'a dyn Fn(&Yaml) -> Result<Value>;

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

/// An entry of `models:` and the like with its values rendered; also one of `exposures:` or `groups:`.
///
/// # Errors
/// A template cannot be rendered.
pub(super) fn entry(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    for (key, value) in pairs {
        match key.text() {
            Some("columns") => columns(value, render)?,
            Some("versions") => {
                let Content::Sequence(items) = &mut value.content else { continue };
                items.iter_mut().try_for_each(|item| entry(item, render))?;
            }
            Some("meta") => whole(value, &|yaml| in_meta(yaml, render))?,
            Some(key) if LATER.contains(&key) => {}
            _ => whole(value, render)?,
        }
    }
    Ok(())
}

/// An entry of `macros:`: its arguments have descriptions of their own.
///
/// # Errors
/// As [`entry`].
pub(super) fn macro_entry(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    for (key, value) in pairs {
        match (key.text(), &mut value.content) {
            (Some("arguments"), Content::Sequence(items)) => {
                items.iter_mut().try_for_each(|item| entry(item, render))?
            }
            (Some("config"), _) => config(value, render)?,
            (Some("meta"), _) => whole(value, &|yaml| in_meta(yaml, render))?,
            (Some("description"), _) => {}
            _ => whole(value, render)?,
        }
    }
    Ok(())
}

/// An entry of `functions:`, whose descriptions stay as they are written, but for those of its own arguments.
///
/// # Errors
/// As [`entry`].
///
/// dbt: tells what is a description by how deep it lies; overloads and what they return count as other values.
pub(super) fn function(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let described = |yaml: &mut Yaml| but_description(yaml, render);
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    for (key, value) in pairs {
        match (key.text(), &mut value.content) {
            (Some("returns"), _) => described(value)?,
            (Some("overloads"), Content::Sequence(overloads)) => {
                for overload in overloads {
                    let Content::Mapping(pairs) = &mut overload.content else { continue };
                    for (key, value) in pairs {
                        match (key.text(), &mut value.content) {
                            (Some("arguments"), Content::Sequence(items)) => {
                                items.iter_mut().try_for_each(described)?
                            }
                            _ => whole(value, render)?,
                        }
                    }
                }
            }
            (Some("meta"), _) => whole(value, &|yaml| in_meta(yaml, render))?,
            (Some(key), _) if LATER.contains(&key) => {}
            _ => whole(value, render)?,
        }
    }
    Ok(())
}

/// Renders what a mapping holds, but for its description.
fn but_description(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    let mut others = pairs.iter_mut().filter(|(key, _)| key.text() != Some("description"));
    others.try_for_each(|(_, value)| whole(value, render))
}

/// An entry of `sources:` with its values and those of its tables and their columns rendered.
///
/// # Errors
/// As [`entry`].
///
/// The place of the tables is kept as written, since the manifest shows it so; its reader renders it.
pub(super) fn source(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    for (key, value) in pairs {
        match (key.text(), &mut value.content) {
            (Some("tables"), Content::Sequence(tables)) => {
                tables.iter_mut().try_for_each(|table| entry(table, render))?;
            }
            (Some("meta"), _) => whole(value, &|yaml| in_meta(yaml, render))?,
            (Some("database" | "schema"), _) => {}
            (Some(key), _) if LATER.contains(&key) => {}
            _ => whole(value, render)?,
        }
    }
    Ok(())
}

fn value_of<'a>(yaml: &'a mut Yaml, wanted: &str) -> Option<&'a mut Yaml> {
    let Content::Mapping(pairs) = &mut yaml.content else { return None };
    pairs.iter_mut().find(|(key, _)| key.text() == Some(wanted)).map(|(_, value)| value)
}

/// Columns, whose configuration is rendered with them: nobody asks how it was written.
fn columns(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Sequence(items) = &mut yaml.content else { return Ok(()) };
    for item in items {
        entry(item, render)?;
        if let Some(value) = value_of(item, "config") {
            config(value, render)?;
        }
    }
    Ok(())
}

fn config(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
    let Content::Mapping(pairs) = &mut yaml.content else { return Ok(()) };
    pairs.iter_mut().try_for_each(|(key, value)| match key.text() {
        Some("meta") => whole(value, &|yaml| in_meta(yaml, render)),
        _ => whole(value, render),
    })
}

/// The value of what stands below `meta`, where a name that nothing knows is nothing.
///
/// # Errors
/// A template cannot be rendered.
pub(super) fn in_meta(yaml: &Yaml, render: Render<'_>) -> Result<Value> {
    let key = Yaml { content: Content::Text("meta".into()), ..yaml.clone() };
    let holder = Yaml { content: Content::Mapping(vec![(key, yaml.clone())]), ..yaml.clone() };
    Ok(render(&holder)?.get_mut("meta").map(Value::take).unwrap_or_default())
}

fn whole(yaml: &mut Yaml, render: Render<'_>) -> Result<()> {
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
