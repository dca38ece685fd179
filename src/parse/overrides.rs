//! `overrides:` of sources: what one project says of the sources of another.

use std::collections::HashMap;

use super::properties::Entry;
use crate::diagnostic::{Bag, Class, Diagnostic};
use crate::project::{Content, Yaml};

/// Puts overriding entries onto the sources that they name, and takes them out of the list.
///
/// dbt: each key of the override stands in the place of the source's, and those of its tables likewise; a table that
/// the source does not have changes nothing.
pub(super) fn apply(entries: Vec<Entry>, bag: &mut Bag) -> Vec<Entry> {
    if !entries.iter().any(is_override) {
        return entries;
    }
    let (overriding, mut rest): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_override);
    let mut known: HashMap<(String, String), Entry> = HashMap::new();
    for entry in overriding {
        let package = entry.yaml.get("overrides").map(Yaml::display).unwrap_or_default();
        if let Some(first) = known.get(&(package.clone(), entry.name.clone())) {
            bag.push(twice(&entry, first, &package));
            continue;
        }
        known.insert((package, entry.name.clone()), entry);
    }
    let mut unused: Vec<String> = Vec::new();
    for ((package, name), patch) in known {
        let mut target =
            rest.iter_mut().find(|entry| entry.section == "sources" && entry.package == package && entry.name == name);
        let place = &patch.original_file_path;
        let Some(target) = target.as_mut() else {
            unused.push(format!("  - Source {package}.{name} (in {place})"));
            continue;
        };
        let tables = target.yaml.get("tables").map(Yaml::items).unwrap_or_default();
        let has = |table: &Yaml| tables.iter().any(|known| same_name(known, table));
        for table in patch.yaml.get("tables").map(Yaml::items).unwrap_or_default().iter().filter(|table| !has(table)) {
            let table = table.get("name").map(Yaml::display).unwrap_or_default();
            unused.push(format!("  - Source table {package}.{name}.{table} (in {place})"));
        }
        target.yaml = joined(&target.yaml, &patch.yaml, &["name", "overrides", "tables"]);
    }
    if !unused.is_empty() {
        unused.sort();
        bag.push(Diagnostic::warning(
            Class::Parsing,
            format!("During parsing, dbt encountered source overrides that had no target:\n{}\n", unused.join("\n")),
        ));
    }
    rest
}

fn is_override(entry: &Entry) -> bool {
    entry.section == "sources" && entry.yaml.get("overrides").is_some_and(|package| !package.is_null())
}

fn same_name(left: &Yaml, right: &Yaml) -> bool {
    left.get("name").map(Yaml::display) == right.get("name").map(Yaml::display)
}

fn twice(second: &Entry, first: &Entry, package: &str) -> Diagnostic {
    let name = &second.name;
    Diagnostic::error(
        Class::Compilation,
        format!(
            "dbt found two schema.yml entries for the same source named {name} in package {package}. Sources may only be overridden a single time. To fix this, remove the sources entry for {package}.{name} in one of these files:\n - {}\n - {}",
            second.original_file_path, first.original_file_path
        ),
    )
    .label(second.yaml.span(), "the second one")
    .label(first.yaml.span(), "the first one")
}

/// A mapping with the keys of another one over its own; tables are joined one by one.
fn joined(base: &Yaml, patch: &Yaml, kept: &[&str]) -> Yaml {
    let mut pairs = base.pairs().to_vec();
    for (key, value) in patch.pairs().iter().filter(|(key, _)| !kept.contains(&key.display().as_str())) {
        match pairs.iter_mut().find(|(known, _)| known.display() == key.display()) {
            Some(pair) => pair.1 = value.clone(),
            None => pairs.push((key.clone(), value.clone())),
        }
    }
    if let Some((_, tables)) = pairs.iter_mut().find(|(key, _)| key.text() == Some("tables"))
        && kept.contains(&"tables")
    {
        let patches = patch.get("tables").map(Yaml::items).unwrap_or_default();
        let items = tables.items().iter().map(|table| {
            let own = patches.iter().find(|patch| same_name(patch, table));
            own.map_or_else(|| table.clone(), |own| joined(table, own, &["name"]))
        });
        tables.content = Content::Sequence(items.collect());
    }
    Yaml { content: Content::Mapping(pairs), ..base.clone() }
}
