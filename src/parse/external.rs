//! Source tables that are files: `external_location` in their configuration or meta.
//!
//! dbt-duckdb: `DuckDBRelation.create_from_source`.

use serde_json::{Map, Value, json};

use crate::diagnostic::{Class, Diagnostic, Result};
use crate::manifest::{Config, ResourceType};

/// The `external:` block of a table with all keys that dbt knows of, given or not. dbt: `ExternalTable`.
pub(super) fn complete(block: Value) -> Value {
    let Value::Object(mut block) = block else { return block };
    for key in ["location", "file_format", "row_format", "tbl_properties", "partitions"] {
        block.entry(key).or_insert(Value::Null);
    }
    let partitions = block.get_mut("partitions").and_then(Value::as_array_mut);
    for partition in partitions.into_iter().flatten().filter_map(Value::as_object_mut) {
        for (key, value) in
            [("name", json!("")), ("description", json!("")), ("data_type", json!("")), ("meta", json!({}))]
        {
            partition.entry(key).or_insert(value);
        }
    }
    Value::Object(block)
}

/// What the location of a source table may name.
pub(super) struct Described<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its name in the database.
    pub identifier: &'a str,
    /// Its schema.
    pub schema: &'a str,
    /// Its database.
    pub database: Option<&'a str>,
    /// Its configuration.
    pub config: &'a Config,
}

impl Described<'_> {
    /// `meta`, and above it every key of the configuration that dbt itself does not know.
    fn settings(&self) -> Map<String, Value> {
        let known = Config::defaults(ResourceType::Source);
        let mut settings = self.config.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
        settings.extend(
            self.config
                .iter()
                .filter(|(key, _)| known.get(key).is_none())
                .map(|(key, value)| (key.to_owned(), value.clone())),
        );
        settings
    }

    /// What stands in queries in place of the table; `None` for an ordinary one.
    ///
    /// # Errors
    /// The location names what there is not, or a plugin would be needed.
    pub fn location(&self) -> Result<Option<String>> {
        let settings = self.settings();
        if let Some(plugin) = settings.get("plugin").and_then(Value::as_str) {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Compilation,
                    format!("the source table `{}` needs the plugin `{plugin}`, which is Python code", self.name),
                )
                .help("name the file itself: `external_location: \"data/{name}.parquet\"`"),
            ));
        }
        let Some(template) = settings.get("external_location").and_then(Value::as_str) else { return Ok(None) };
        let mut words = settings.clone();
        for (key, value) in [
            ("name", json!(self.name)),
            ("identifier", json!(self.identifier)),
            ("schema", json!(self.schema)),
            ("database", json!(self.database)),
            ("tags", json!(self.config.texts("tags"))),
        ] {
            words.entry(key).or_insert(value);
        }
        let style = settings.get("formatter").and_then(Value::as_str).unwrap_or("newstyle");
        let filled = match style {
            "newstyle" => braces(template, &words),
            "oldstyle" => percents(template, &words),
            "template" => dollars(template, &words),
            other => {
                Err(format!("Formatter {other} not recognized. Must be one of 'newstyle', 'oldstyle', or 'template'."))
            }
        };
        let location = filled.map_err(|message| {
            let mut names: Vec<&str> = words.keys().map(String::as_str).collect();
            names.sort_unstable();
            Box::new(
                Diagnostic::error(
                    Class::Compilation,
                    format!("the location of the source table `{}`: {message}", self.name),
                )
                .note(format!("it can name: {}", names.join(", "))),
            )
        })?;
        let is_written = location.contains('(') || location.starts_with('\'');
        Ok(Some(if is_written { location } else { format!("'{location}'") }))
    }
}

type Filled = std::result::Result<String, String>;

/// The word of a name, as Python prints it.
fn word(words: &Map<String, Value>, name: &str) -> Filled {
    match words.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value) => Ok(crate::jinja::python::to_str(&crate::jinja::python::value_from_json(value))),
        None => Err(format!("there is no `{name}`")),
    }
}

/// Replaces `{name}`; doubled braces are braces.
fn braces(template: &str, words: &Map<String, Value>) -> Filled {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (sign, after) = rest[at..].split_at(1);
        if after.starts_with(sign) {
            text.push_str(sign);
            rest = &after[1..];
        } else if sign == "{" {
            let end = after.find('}').ok_or("a `{` is not closed")?;
            text.push_str(&word(words, &after[..end])?);
            rest = &after[end + 1..];
        } else {
            return Err("a `}` closes nothing".to_owned());
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// Replaces `%(name)s`; `%%` is a percent sign.
fn percents(template: &str, words: &Map<String, Value>) -> Filled {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('%') {
            text.push('%');
            rest = more;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        let (name, tail) = named.ok_or("write `%(name)s`")?;
        text.push_str(&word(words, name)?);
        rest = tail.strip_prefix(['s', 'd']).ok_or("write `%(name)s`")?;
    }
    text.push_str(rest);
    Ok(text)
}

/// Replaces `$name` and `${name}`; `$$` is a dollar sign.
fn dollars(template: &str, words: &Map<String, Value>) -> Filled {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('$') {
            text.push('$');
            rest = more;
            continue;
        }
        let (name, tail) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}').ok_or("a `${` is not closed")?,
            None => {
                let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        text.push_str(&word(words, name)?);
        rest = tail;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_styles_of_python() {
        let words = json!({"name": "orders", "year": 2024}).as_object().cloned().unwrap();
        assert_eq!(braces("/d/{name}_{year}{{x}}.csv", &words).unwrap(), "/d/orders_2024{x}.csv");
        assert_eq!(percents("read_csv('%(name)s-100%%.csv')", &words).unwrap(), "read_csv('orders-100%.csv')");
        assert_eq!(dollars("${name}/$year.$$", &words).unwrap(), "orders/2024.$");
        assert_eq!(braces("{nome}", &words).unwrap_err(), "there is no `nome`");
    }
}
