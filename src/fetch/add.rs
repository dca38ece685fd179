//! `deps --add-package`: writes a package into packages.yml.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::write_yaml;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Events};
use crate::project::Yaml;

/// What is added.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The name, address or folder.
    pub name: String,
    /// The version or revision; several behind commas.
    pub version: Option<String>,
    /// `hub`, `git` or `local`.
    pub source: String,
}

impl Addition {
    /// Reads `name@version`.
    pub fn parse(text: &str, source: &str) -> Self {
        // dbt: an address with an `@` of its own and no version is a name alone.
        let (name, version) = match text.split('@').collect::<Vec<_>>().as_slice() {
            [name, version] => ((*name).to_owned(), Some((*version).to_owned())),
            _ => (text.to_owned(), None),
        };
        Self { name, version, source: source.to_owned() }
    }

    fn entry(&self) -> Value {
        let mut entry = Map::new();
        let key = if self.source == "hub" { "package" } else { &self.source };
        entry.insert(key.to_owned(), json!(self.name));
        if let Some(version) = &self.version {
            let key = if self.source == "git" { "revision" } else { "version" };
            let version =
                if version.contains(',') { json!(version.split(',').collect::<Vec<_>>()) } else { json!(version) };
            entry.insert(key.to_owned(), version);
        }
        Value::Object(entry)
    }

    /// Whether an entry is the same package, also from elsewhere. dbt: `_` and `-` are the same in a name.
    fn is_in(&self, entry: &Value) -> bool {
        let keys = ["package", "git", "local", "tarball", "private"];
        let Some(place) = keys.iter().find_map(|key| entry.get(key)?.as_str()) else { return false };
        let short = self.name.rsplit('/').next().unwrap_or(&self.name);
        let variants =
            [self.name.as_str(), short].map(|name| [name.to_owned(), name.replace('_', "-"), name.replace('-', "_")]);
        variants.iter().flatten().any(|name| {
            place.find(name.as_str()).is_some_and(|at| {
                let is_border = |letter: Option<char>| letter.is_none_or(|letter| letter == '/' || letter == '.');
                is_border(place[..at].chars().next_back()) && is_border(place[at + name.len()..].chars().next())
            })
        })
    }
}

/// Adds a package to a file of the project, in place of an entry for the same package.
///
/// # Errors
/// The file cannot be read or written.
pub fn add(root: &Path, file: &str, addition: &Addition, events: &Events) -> Result<()> {
    let path = root.join(file);
    let document = super::spec::file(root, "", file)?;
    if document.is_none() {
        events.send(Event::Formatting { text: format!("Created {file}") });
    }
    let mut document: Map<String, Value> = document.map(|yaml: Yaml| yaml.to_map()).unwrap_or_default();
    let mut packages = match document.remove("packages") {
        Some(Value::Array(packages)) => packages,
        _ => Vec::new(),
    };
    packages.retain(|entry| {
        let is_same = addition.is_in(entry);
        if is_same {
            events.send(Event::DepsFoundDuplicatePackage { removed: entry.to_string() });
        }
        !is_same
    });
    packages.push(addition.entry());
    document.insert("packages".to_owned(), Value::Array(packages));
    std::fs::write(&path, write_yaml::document(&Value::Object(document)))
        .map_err(|error| Box::new(Diagnostic::error(Class::File, format!("cannot write `{file}`: {error}"))))?;
    events.send(Event::DepsAddPackage {
        name: addition.name.clone(),
        version: addition.version.clone().unwrap_or_default(),
        path: path.display().to_string(),
    });
    Ok(())
}
