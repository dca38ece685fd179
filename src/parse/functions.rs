//! User-defined functions: their YAML entries, and overloads that lie in files of their own.

use std::collections::HashMap;

use super::manifest::Pass;
use super::nodes::Draft;
use super::properties::Entry;
use super::shape::Need::{Nullable, Optional, Required};
use super::shape::{self, Key, Shape};
use crate::diagnostic::{Bag, Class, Diagnostic, nearest};
use crate::jinja::python;
use crate::manifest::{Argument, Detail, Manifest, Node, Overload, ResourceType, Returns};
use crate::project::Yaml;

const ARGUMENTS: Shape = Shape::List(&Shape::Object(&[
    ("name", Required, Shape::Text),
    ("data_type", Required, Shape::Text),
    ("description", Nullable, Shape::Text),
    ("default_value", Nullable, ANY),
]));

const ANY: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Bool,
    Shape::Number,
    Shape::Map,
    Shape::List(&Shape::Either(&[Shape::Text, Shape::Bool, Shape::Number, Shape::Map])),
]);

const RETURNS: Shape = Shape::Object(&[("data_type", Required, Shape::Text), ("description", Nullable, Shape::Text)]);

const FUNCTION: &[Key] = &[
    ("name", Required, Shape::Text),
    ("returns", Required, RETURNS),
    ("description", Optional, Shape::Text),
    ("arguments", Optional, ARGUMENTS),
    (
        "overloads",
        Optional,
        Shape::List(&Shape::Object(&[
            ("defined_in", Required, Shape::Text),
            ("arguments", Optional, ARGUMENTS),
            ("returns", Nullable, RETURNS),
            ("description", Nullable, Shape::Text),
        ])),
    ),
    ("config", Optional, Shape::Map),
    ("docs", Optional, Shape::Map),
    ("meta", Optional, Shape::Map),
    ("tags", Optional, Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)])),
    ("columns", Optional, Shape::List(&Shape::Map)),
    ("access", Nullable, Shape::Text),
    ("data_type", Nullable, Shape::Text),
];

fn text(yaml: &Yaml, key: &str) -> Option<String> {
    yaml.get(key).filter(|found| !found.is_null()).map(Yaml::display)
}

fn arguments(yaml: &Yaml) -> Vec<Argument> {
    let items = yaml.get("arguments").map(Yaml::items).unwrap_or_default();
    let argument = |item: &Yaml| Argument {
        name: text(item, "name").unwrap_or_default(),
        data_type: text(item, "data_type").unwrap_or_default(),
        description: text(item, "description"),
        default_value: item.get("default_value").filter(|found| !found.is_null()).map(Yaml::to_json),
    };
    items.iter().map(argument).collect()
}

fn returns(yaml: &Yaml) -> Option<Returns> {
    let found = yaml.get("returns").filter(|found| !found.is_null())?;
    Some(Returns { data_type: text(found, "data_type").unwrap_or_default(), description: text(found, "description") })
}

impl Pass<'_, '_> {
    /// Puts arguments, the type of the result and overloads onto the functions that entries describe.
    pub(super) fn describe_functions(&mut self, drafts: &mut [Draft], entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.section == "functions") {
            let yaml = &entry.yaml;
            if self.bag.take(shape::check(yaml, "functions", &Shape::Object(FUNCTION))).is_none() {
                continue;
            }
            let named = drafts.iter_mut().find(|draft| {
                draft.node.package == entry.package
                    && draft.node.name == entry.name
                    && draft.node.resource_type == ResourceType::Function
            });
            let Some(Detail::Function(function)) = named.map(|draft| &mut draft.node.detail) else { continue };
            function.arguments = arguments(yaml);
            function.returns = returns(yaml);
            let overload = |item: &Yaml| Overload {
                defined_in: text(item, "defined_in").unwrap_or_default(),
                arguments: arguments(item),
                returns: returns(item),
                description: text(item, "description"),
                raw_body: None,
                compiled_body: None,
            };
            let written = yaml.get("overloads").map(Yaml::items).unwrap_or_default();
            function.overloads = written.iter().map(overload).collect();
        }
    }
}

/// Puts the bodies of overloads into the functions that list them; their files are then no functions of their own.
///
/// dbt: what only an overload refers to, the function depends on.
pub(super) fn absorb(drafts: &mut Vec<Draft>, bag: &mut Bag) {
    let mut owners: HashMap<(String, String), String> = HashMap::new();
    let roots: Vec<usize> = (0..drafts.len())
        .filter(|at| drafts[*at].node.function().is_some_and(|function| !function.overloads.is_empty()))
        .collect();
    for root in roots {
        let (package, name) = (drafts[root].node.package.clone(), drafts[root].node.name.clone());
        let wanted: Vec<String> = drafts[root]
            .node
            .function()
            .map(|function| function.overloads.iter().map(|overload| overload.defined_in.clone()).collect())
            .unwrap_or_default();
        for (at, file) in wanted.iter().enumerate() {
            let place = drafts[root].node.patch.clone();
            let mut refuse = |message: String, near: Option<&str>| {
                bag.push(
                    Diagnostic::error(Class::Parsing, message)
                        .label_opt(place.clone(), "in the overloads of this")
                        .suggest(near),
                );
            };
            if *file == name {
                refuse(format!("Function '{name}' cannot list itself in overloads (defined_in: '{file}')."), None);
                continue;
            }
            let key = (package.clone(), file.clone());
            if let Some(owner) = owners.get(&key) {
                refuse(
                    format!(
                        "Function overload '{file}' (defined_in) is already used by '{owner}'. Each overload file can only belong to one root function."
                    ),
                    None,
                );
                continue;
            }
            let found = drafts.iter().find(|draft| {
                draft.node.resource_type == ResourceType::Function
                    && draft.node.package == package
                    && draft.node.name == *file
            });
            let Some(body) = found.map(|draft| Node::from(draft.node.clone())) else {
                let names = drafts.iter().filter(|draft| draft.node.function().is_some());
                let near = nearest(file, names.map(|draft| draft.node.name.as_str())).map(str::to_owned);
                refuse(
                    format!(
                        "Function overload '{file}' (defined_in) not found. Expected a SQL file at functions/{file}.sql"
                    ),
                    near.as_deref(),
                );
                continue;
            };
            owners.insert(key, drafts[root].node.unique_id.clone());
            let node = &mut drafts[root].node;
            merge(&mut node.refs, body.refs);
            merge(&mut node.sources, body.sources);
            merge(&mut node.functions, body.functions);
            merge(&mut node.macros, body.macros);
            if let Detail::Function(function) = &mut node.detail {
                function.overloads[at].raw_body = Some(body.raw_code);
            }
        }
    }
    drafts.retain(|draft| {
        draft.node.resource_type != ResourceType::Function
            || !owners.contains_key(&(draft.node.package.clone(), draft.node.name.clone()))
    });
}

fn merge<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    for item in more {
        if !all.contains(&item) {
            all.push(item);
        }
    }
}

/// What a function must keep to: languages of the warehouse, arguments with defaults last, known words.
pub(super) fn check(manifest: &Manifest, adapter: &str, bag: &mut Bag) {
    for node in manifest.nodes.values() {
        let Some(function) = node.function() else { continue };
        check_words(node, bag);
        if node.language == "javascript" && !["snowflake", "bigquery"].contains(&adapter) {
            bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!("Function '{}' uses JavaScript, which is not supported on '{adapter}'.", node.name),
                )
                .label(crate::diagnostic::Span::line(&node.source, 1), ""),
            );
        }
        let mut defaulted = false;
        for argument in &function.arguments {
            if argument.default_value.is_some() {
                defaulted = true;
            } else if defaulted {
                bag.push(
                    Diagnostic::error(
                        Class::Parsing,
                        format!(
                            "Non-defaulted argument '{}' of function '{}' comes after a defaulted argument. Non-defaulted arguments cannot come after defaulted arguments.",
                            argument.name, node.name
                        ),
                    )
                    .label_opt(node.patch.clone(), "")
                    .help("put the arguments without `default_value` first"),
                );
            }
        }
    }
}

fn check_words(node: &Node, bag: &mut Bag) {
    let known: [(&str, &[&str]); 2] = [
        ("type", &["scalar", "aggregate", "table"]),
        ("volatility", &["deterministic", "stable", "non-deterministic"]),
    ];
    for (key, words) in known {
        let Some(value) = node.config.get(key).filter(|value| !value.is_null()) else { continue };
        if value.as_str().is_some_and(|word| words.contains(&word)) {
            continue;
        }
        let list = python::repr(&python::list(words.iter().map(|word| minijinja::Value::from(*word)).collect()));
        let text = python::repr(&python::value_from_json(value));
        let near = value.as_str().and_then(|word| nearest(word, words.iter().copied()));
        bag.push(
            Diagnostic::error(Class::Validation, format!("{text} is not one of {list}"))
                .label_opt(node.patch.clone(), format!("`{key}` of function `{}`", node.name))
                .suggest(near),
        );
    }
}
