//! Versions of a model: what an entry with `versions:` says of each of its files.

use serde_json::{Map, Value};

use super::properties::Entry;
use crate::diagnostic::{Bag, Class, Diagnostic};
use crate::manifest::version_text;
use crate::project::{Content, Yaml};

/// One version as its entry declares it.
#[derive(Debug, Clone)]
pub(super) struct Version<'a> {
    /// `v`: a number or a text.
    pub(super) value: Value,
    /// The latest version of the model.
    pub(super) latest: Value,
    /// The version's own part of the entry.
    pub(super) yaml: &'a Yaml,
}

impl Version<'_> {
    /// `v1`.
    pub(super) fn suffix(&self) -> String {
        format!("v{}", version_text(&self.value))
    }

    /// The name of the file that holds it, without its ending.
    pub(super) fn file(&self, model: &str) -> String {
        let declared = self.yaml.get("defined_in").filter(|name| !name.is_null()).map(Yaml::display);
        declared.unwrap_or_else(|| format!("{model}_{}", self.suffix()))
    }

    /// Whether it is the latest one.
    pub(super) fn is_latest(&self) -> bool {
        self.value == self.latest
    }
}

/// What an entry says of one node: all of the entry, or one version of it.
#[derive(Debug, Clone)]
pub(super) struct Patch<'a> {
    /// The entry.
    pub(super) entry: &'a Entry,
    /// The version, for a model that has versions.
    pub(super) version: Option<Version<'a>>,
    /// Its columns.
    pub(super) columns: Vec<&'a Yaml>,
    /// Tests of the whole node.
    pub(super) tests: Vec<&'a Yaml>,
}

impl<'a> Patch<'a> {
    /// Reads an entry; mistakes among its versions go to `bag`, and what is wrong is left out.
    pub(super) fn all(entry: &'a Entry, bag: &mut Bag) -> Vec<Self> {
        let own = entry.yaml.get("versions").map(Yaml::items).unwrap_or_default();
        if own.is_empty() || entry.section != "models" {
            let columns = entry.yaml.get("columns").map(Yaml::items).unwrap_or_default().iter().collect();
            return vec![Self { entry, version: None, columns, tests: tests(&entry.yaml).unwrap_or_default() }];
        }
        let Some(values) = values(entry, own, bag) else { return Vec::new() };
        let latest = entry.yaml.get("latest_version").filter(|latest| !latest.is_null());
        if let Some(latest) = latest.filter(|latest| !values.contains(&latest.to_json())) {
            let known: Vec<String> = values.iter().map(python_repr).collect();
            bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!(
                        "latest_version: {} is not one of model '{}' versions: [{}] ",
                        latest.display(),
                        entry.name,
                        known.join(", ")
                    ),
                )
                .label(latest.span(), "no version of this model"),
            );
            return Vec::new();
        }
        let latest = latest.map(Yaml::to_json).or_else(|| newest(&values).cloned()).unwrap_or_default();
        let mut patches = Vec::new();
        for (value, yaml) in values.into_iter().zip(own) {
            let keys = [
                "v",
                "defined_in",
                "description",
                "access",
                "config",
                "constraints",
                "docs",
                "data_tests",
                "tests",
                "columns",
                "deprecation_date",
            ];
            for warning in yaml.unknown_keys(format_args!("a version of `{}`", entry.name), &keys) {
                bag.push(warning);
            }
            let columns = columns(entry, yaml, bag);
            let tests = tests(yaml).or_else(|| tests(&entry.yaml)).unwrap_or_default();
            let version = Version { value, latest: latest.clone(), yaml };
            patches.push(Self { entry, version: Some(version), columns, tests });
        }
        patches
    }

    /// The value of a key: the version's own word, else that of the entry.
    pub(super) fn get(&self, key: &str) -> Option<&Yaml> {
        let own = self.version.as_ref().and_then(|version| version.yaml.get(key));
        own.filter(|value| !is_empty(value)).or_else(|| self.entry.yaml.get(key))
    }

    /// The name of the file that it speaks of.
    pub(super) fn file(&self) -> String {
        self.version.as_ref().map_or_else(|| self.entry.name.clone(), |version| version.file(&self.entry.name))
    }
}

fn is_empty(value: &Yaml) -> bool {
    match &value.content {
        Content::Null => true,
        Content::Text(text) => text.is_empty(),
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(pairs) => pairs.is_empty(),
        _ => false,
    }
}

/// The tests that a part of an entry declares; none where it has no such key.
pub(super) fn tests(yaml: &Yaml) -> Option<Vec<&Yaml>> {
    let lists: Vec<&Yaml> = ["data_tests", "tests"].iter().filter_map(|key| yaml.get(key)).collect();
    let declared = lists.iter().any(|list| !list.is_null());
    declared.then(|| lists.iter().flat_map(|list| list.items()).collect())
}

/// The `v` of every version; nothing where one has none or two have the same.
fn values(entry: &Entry, versions: &[Yaml], bag: &mut Bag) -> Option<Vec<Value>> {
    let mut values: Vec<Value> = Vec::new();
    for yaml in versions {
        let Some(v) = yaml.get("v").filter(|v| matches!(v.to_json(), Value::Number(_) | Value::String(_))) else {
            bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!(
                        "Invalid models config given in {} @ models: a version of `{}` has no 'v', which is a required property",
                        entry.original_file_path, entry.name
                    ),
                )
                .label(yaml.span(), "")
                .help("number it: `- v: 1`"),
            );
            return None;
        };
        let value = v.to_json();
        if values.iter().any(|known| version_text(known) == version_text(&value)) {
            bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!(
                        "Found duplicate version: '{}' in versions list of model '{}'",
                        version_text(&value),
                        entry.name
                    ),
                )
                .label(v.span(), "this version is there already"),
            );
            return None;
        }
        values.push(value);
    }
    Some(values)
}

/// The highest version. dbt: as numbers where both are, as texts otherwise.
fn newest(values: &[Value]) -> Option<&Value> {
    let mut newest = values.first()?;
    for value in values {
        if crate::manifest::is_older_version(newest, value) {
            newest = value;
        }
    }
    Some(newest)
}

fn python_repr(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

/// The columns of a version: those of the model that its `include:` and `exclude:` leave, and its own.
fn columns<'a>(entry: &'a Entry, version: &'a Yaml, bag: &mut Bag) -> Vec<&'a Yaml> {
    let listed = version.get("columns").map(Yaml::items).unwrap_or_default();
    let (rules, own): (Vec<&Yaml>, Vec<&Yaml>) =
        listed.iter().partition(|column| column.get("include").is_some() && column.get("name").is_none());
    if let Some(second) = rules.get(1) {
        bag.push(
            Diagnostic::error(Class::Parsing, "version can have at most one include/exclude element")
                .label(second.span(), "the second one")
                .label(rules[0].span(), "the first one"),
        );
    }
    let mut chosen = Vec::new();
    let is_all = |yaml: &Yaml| matches!(yaml.text(), Some("*" | "all"));
    for column in entry.yaml.get("columns").map(Yaml::items).unwrap_or_default() {
        let name = column.get("name").map(Yaml::display).unwrap_or_default();
        let kept = rules.first().is_none_or(|rule| {
            let names = |key: &str| rule.get(key).map(Yaml::items).unwrap_or_default();
            let included =
                rule.get("include").is_some_and(is_all) || names("include").iter().any(|item| item.display() == name);
            included && !names("exclude").iter().any(|item| item.display() == name)
        });
        if kept {
            chosen.push(column);
        }
    }
    if let Some(rule) = rules.first() {
        let include = rule.get("include").filter(|include| !is_all(include));
        if let Some(include) = include.filter(|include| include.text().is_some()) {
            bag.push(
                Diagnostic::error(Class::Validation, "include must be one of ('all', '*') or a list of strings")
                    .label(include.span(), ""),
            );
        } else if let (Some(_), Some(exclude)) = (include, rule.get("exclude").filter(|list| !list.items().is_empty()))
        {
            bag.push(
                Diagnostic::error(Class::Validation, "exclude can only be specified if include is one of ('all', '*')")
                    .label(exclude.span(), ""),
            );
        }
    }
    // dbt: a column of the same name takes the place of the model's, and the tests of both stay.
    chosen.extend(own);
    chosen
}

/// The configuration of the entry with that of a version over it.
///
/// dbt: mappings are joined, and a version's list comes before that of the model.
pub(super) fn merge_config(base: &mut Map<String, Value>, version: Map<String, Value>) {
    for (key, value) in version {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(base)), Value::Object(version)) => merge_config(base, version),
            (Some(Value::Array(base)), Value::Array(mut version)) => {
                version.append(base);
                *base = version;
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
