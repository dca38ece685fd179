//! YAML properties: what describes, tests and configures resources.

use serde_json::{Map, Value};

use super::constraints;
use super::descriptions::Docs;
use super::generic_tests::python_repr;
use super::{old_forms, shape, templated};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Span, nearest};
use crate::manifest::{ByName, Column};
use crate::project::{Content, Package, ProjectFile, Yaml};

/// One entry of a YAML file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `models`, `seeds`, `sources`, ...
    pub section: &'static str,
    /// Package of the file.
    pub package: String,
    /// Name of the resource.
    pub name: String,
    /// The entry.
    pub yaml: Yaml,
    /// Path of the file below its resource folder.
    pub path: String,
    /// Path of the file below the package.
    pub original_file_path: String,
}

impl Entry {
    /// `package://models/schema.yml`.
    pub fn patch_path(&self) -> String {
        format!("{}://{}", self.package, self.original_file_path)
    }

    /// The folders of the file below its resource folder.
    pub fn folders(&self) -> Vec<String> {
        let mut parts: Vec<String> = self.path.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    }
}

/// Sections of a properties file and the keys of their entries.
const SECTIONS: &[(&str, &[&str])] = &[
    (
        "models",
        &[
            "name",
            "description",
            "docs",
            "config",
            "columns",
            "tests",
            "data_tests",
            "constraints",
            "access",
            "contract",
            "group",
            "meta",
            "tags",
            "latest_version",
            "versions",
            "deprecation_date",
            "time_spine",
            "quote_columns",
            "primary_key",
            "semantic_model",
            "metrics",
            "agg_time_dimension",
            "primary_entity",
            "derived_semantics",
            "unit_tests",
        ],
    ),
    (
        "seeds",
        &[
            "name",
            "description",
            "docs",
            "config",
            "columns",
            "tests",
            "data_tests",
            "meta",
            "tags",
            "quote_columns",
            "group",
        ],
    ),
    (
        "snapshots",
        &[
            "name",
            "description",
            "docs",
            "config",
            "columns",
            "tests",
            "data_tests",
            "meta",
            "tags",
            "relation",
            "quote_columns",
            "group",
        ],
    ),
    (
        "analyses",
        &[
            "name",
            "description",
            "docs",
            "config",
            "columns",
            "meta",
            "tags",
            "group",
            "quote_columns",
            "tests",
            "data_tests",
        ],
    ),
    ("macros", &["name", "description", "docs", "config", "arguments", "meta"]),
    (
        "sources",
        &[
            "name",
            "description",
            "database",
            "schema",
            "loader",
            "meta",
            "tags",
            "tables",
            "config",
            "quoting",
            "freshness",
            "loaded_at_field",
            "loaded_at_query",
            "overrides",
            "tests",
            "data_tests",
            "load",
            "unrendered_database",
            "unrendered_schema",
            "loader_config",
        ],
    ),
    (
        "exposures",
        &[
            "name",
            "description",
            "type",
            "owner",
            "depends_on",
            "url",
            "label",
            "maturity",
            "meta",
            "tags",
            "config",
            "enabled",
        ],
    ),
    ("groups", &["name", "owner", "description", "config", "meta"]),
    ("data_tests", &["name", "description", "config", "meta", "docs"]),
    (
        "unit_tests",
        &["name", "model", "given", "expect", "overrides", "description", "config", "versions", "meta", "tags"],
    ),
    // Their readers check the keys.
    ("metrics", &[]),
    ("semantic_models", &[]),
    ("saved_queries", &[]),
    ("functions", &[]),
];

/// Sections that are read and kept, but mean nothing to a run.
const OTHER_SECTIONS: &[&str] = &["version", "anchors"];

/// All entries of a package's properties files.
pub fn entries(package: &Package, file: &ProjectFile, bag: &mut Bag) -> Vec<Entry> {
    let mut repeated = Vec::new();
    let Some(yaml) = bag.take(Yaml::parse_noting(&file.source, &mut repeated)) else { return Vec::new() };
    for key in &repeated {
        bag.push(old_forms::repeated_key(key));
    }
    let mut entries = Vec::new();
    if !matches!(yaml.content, Content::Null | Content::Mapping(_)) {
        bag.push(
            Diagnostic::error(
                Class::Parsing,
                format!("{} is not a mapping of sections: Dictionary expected.", file.source.path()),
            )
            .label(yaml.span(), ""),
        );
    }
    let Content::Mapping(sections) = yaml.content else { return entries };
    for (key, value) in sections {
        let name = key.display();
        let Some((section, keys)) = SECTIONS.iter().find(|(section, _)| *section == name) else {
            if !OTHER_SECTIONS.contains(&name.as_str()) && !name.starts_with('.') {
                let known = SECTIONS.iter().map(|(section, _)| *section).chain(OTHER_SECTIONS.iter().copied());
                bag.push(
                    Diagnostic::warning(Class::Parsing, format!("unknown key `{name}` in {}", file.source.path()))
                        .label(key.span(), "not a section of a properties file")
                        .suggest(if name == "tests" { Some("data_tests") } else { nearest(&name, known) }),
                );
            }
            continue;
        };
        let kind = value.kind();
        let Content::Sequence(items) = value.content else {
            let message = format!(
                "The schema file at {} is invalid because the value of '{name}' is not a list",
                file.source.path()
            );
            bag.push(Diagnostic::error(Class::Parsing, message).label(key.span(), format!("this is {kind}")));
            continue;
        };
        for item in items {
            let Some(entry_name) = item.get("name").filter(|name| !name.is_null()).map(Yaml::display) else {
                if matches!(*section, "data_tests" | "tests") {
                    // dbt: this is only told, and ends the section.
                    bag.push(
                        Diagnostic::warning(
                            Class::Parsing,
                            format!(
                                "Unable to parse '{name}' section of file '{}'\nEntry did not contain a name",
                                file.original_path()
                            ),
                        )
                        .label(Span::line(&file.source, item.span().position().line), "not read, nor what follows it")
                        .help("here singular tests are described: `- name: ...`; generic tests stand with their model"),
                    );
                    break;
                }
                bag.push(
                    Diagnostic::error(
                        Class::Parsing,
                        format!("an entry of `{name}:` in {} has no name", file.source.path()),
                    )
                    .label(Span::line(&file.source, item.span().position().line), "")
                    .help("each entry starts with `- name: ...`"),
                );
                continue;
            };
            if !keys.is_empty() {
                for warning in item.unknown_keys(format_args!("{} `{entry_name}`", singular(section)), keys) {
                    bag.push(warning);
                }
            }
            if let Some(wrong) = misshapen(&item, section) {
                bag.push(wrong);
                continue;
            }
            entries.push(Entry {
                section,
                package: package.name.clone(),
                name: entry_name,
                yaml: item,
                path: file.path.clone(),
                original_file_path: file.original_path(),
            });
        }
    }
    entries
}

fn singular(section: &str) -> &str {
    match section {
        "analyses" => "analysis",
        _ => section.strip_suffix('s').unwrap_or(section),
    }
}

/// Configuration keys that may stand beside the `config:` of a model, seed, snapshot or analysis. dbt: `tags` may not.
pub const BESIDE_OF_NODES: &[&str] = &["meta", "docs", "group", "access", "contract", "quote_columns"];

/// The same for sources and exposures.
pub const BESIDE: &[&str] = &["tags", "meta", "docs", "group", "access", "quote_columns"];

/// What a YAML entry configures by `config:` and by the keys `beside` it; Jinja in it is rendered by `render`.
///
/// # Errors
/// A template cannot be rendered.
pub fn config(entry: &Yaml, beside: &[&str], render: impl Fn(&Yaml) -> Result<Value>) -> Result<Map<String, Value>> {
    let mut config = Map::new();
    for key in beside {
        if let Some(value) = entry.get(key) {
            let value = if *key == "meta" { templated::in_meta(value, &render)? } else { render(value)? };
            config.insert((*key).to_owned(), value);
        }
    }
    if let Some(block) = entry.get("config") {
        for (key, value) in block.pairs() {
            let key = key.display();
            // dbt: hooks and queries keep their Jinja until they run.
            let late = ["pre-hook", "post-hook", "pre_hook", "post_hook", "loaded_at_query"];
            let value = match key.as_str() {
                key if late.contains(&key) => value.to_json(),
                // dbt: where anything may stand, a name that nothing has is empty.
                _ => templated::in_meta(value, &render)?,
            };
            config.insert(key, value);
        }
    }
    Ok(config)
}

/// Refuses what stands beside the `config:` of an entry and in it.
///
/// dbt: `normalize_attribute`, for what describes nodes; sources may have both.
pub fn both_places(entry: &Yaml, bag: &mut Bag) {
    for key in ["meta", "docs", "group", "contract", "access"] {
        let inner = entry.get("config").and_then(|config| config.entry(key));
        if let (Some((outer, _)), Some((inner, _))) = (entry.entry(key), inner) {
            bag.push(
                Diagnostic::error(Class::Parsing, format!("{key} stands in `config` and beside it"))
                    .label(outer.span(), "here")
                    .label(inner.span(), "and here")
                    .help("keep the one in `config`"),
            );
        }
    }
}

/// The error for a description that is no text, or columns that are no list.
fn misshapen(entry: &Yaml, section: &str) -> Option<Diagnostic> {
    let (key, value, wanted, help) = match (entry.entry("description"), entry.entry("columns")) {
        (Some((_, value)), _) if matches!(value.content, Content::Sequence(_) | Content::Mapping(_)) => {
            ("description", value, "string", "a text with a colon or a brace must be in quotes")
        }
        (_, Some((_, value))) if !matches!(value.content, Content::Sequence(_) | Content::Null) => {
            ("columns", value, "array", "begin each column with a dash: `- name: ...`")
        }
        _ => return None,
    };
    let reason = format!("at path ['{key}']: {} is not of type '{wanted}'", python_repr(&value.to_json()));
    let mut wrong = shape::invalid(entry, section, &reason);
    wrong.labels.clear();
    Some(wrong.label(value.span(), "").help(help))
}

/// The keys of a column that have a meaning.
const COLUMN: [&str; 17] = [
    "name",
    "description",
    "data_type",
    "quote",
    "meta",
    "tags",
    "constraints",
    "tests",
    "data_tests",
    "config",
    "docs",
    // What is known, and kept as it is written.
    "granularity",
    "dimension",
    "entity",
    "policy_tags",
    "database",
    "schema",
];

/// How many of them are read into fields of their own.
const READ: usize = 11;

/// A description that nothing renders; no text where there is none.
pub fn as_written(description: Option<&Yaml>) -> String {
    description.filter(|yaml| !yaml.is_null()).map(Yaml::display).unwrap_or_default()
}

/// Declared columns, with descriptions resolved.
pub fn columns<'a>(
    declared: impl IntoIterator<Item = &'a Yaml, IntoIter: ExactSizeIterator>,
    docs: &Docs<'_>,
    bag: &mut Bag,
) -> ByName<Column> {
    let declared = declared.into_iter();
    let mut columns = ByName::with_capacity_and_hasher(declared.len(), rustc_hash::FxBuildHasher);
    for yaml in declared {
        let Some(name) = yaml.get("name").map(Yaml::display) else {
            bag.push(
                Diagnostic::error(Class::Parsing, "a column has no name")
                    .label(Span::line(&yaml.source, yaml.span().position().line), ""),
            );
            continue;
        };
        for warning in yaml.unknown_keys(format_args!("column `{name}`"), &COLUMN) {
            bag.push(warning);
        }
        let config = yaml.get("config");
        let both = |key: &str| [yaml.get(key), config.and_then(|config| config.get(key))].into_iter().flatten();
        let (description, doc_blocks) = docs.resolve(yaml.get("description"), bag);
        let mut tags: Vec<String> = Vec::new();
        for tag in both("tags").flat_map(|tags| match &tags.content {
            Content::Text(tag) => vec![tag.to_string()],
            _ => tags.items().iter().map(Yaml::display).collect(),
        }) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        // dbt: keys that mean nothing to it are kept, but for one that it writes itself.
        let extra = yaml
            .pairs()
            .iter()
            .map(|(key, value)| (key.shown(), value))
            .filter(|(key, _)| key != "doc_blocks" && !COLUMN[..READ].contains(&key.as_ref()))
            .map(|(key, value)| (key.into_owned(), value.to_json()))
            .collect();
        columns.insert(
            name.clone(),
            Column {
                name,
                description,
                data_type: yaml.get("data_type").map(Yaml::display),
                quote: yaml.get("quote").and_then(Yaml::bool),
                meta: both("meta").flat_map(Yaml::to_map).collect(),
                tags,
                constraints: constraints::read(yaml.get("constraints"), false),
                doc_blocks,
                extra,
            },
        );
    }
    columns
}
