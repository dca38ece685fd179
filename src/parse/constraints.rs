//! Contracts and constraints of models: what can be checked before anything runs, and what a foreign key refers to.

use serde_json::{Map, Value, json};

use super::nodes::{Draft, Workshop};
use crate::diagnostic::{Bag, Class, Diagnostic, SourceFile, Span, nearest};
use crate::jinja::{Engine, python};
use crate::manifest::{Detail, Node, RefCall};
use crate::project::Yaml;

/// All types of constraints.
const TYPES: [&str; 6] = ["check", "not_null", "unique", "primary_key", "foreign_key", "custom"];

/// What a foreign key's `to:` names.
pub enum Target {
    /// `ref(..)`.
    Ref(RefCall),
    /// `source(..)`: source and table.
    Source(String, String),
}

/// Constraints as manifest v12 has them: every key with its default. `of_model` adds the columns.
pub(super) fn read(list: Option<&Yaml>, of_model: bool) -> Vec<Value> {
    let items = list.map(Yaml::items).unwrap_or_default();
    items.iter().map(|yaml| normal(&yaml.to_map(), of_model)).collect()
}

fn normal(written: &Map<String, Value>, of_model: bool) -> Value {
    let word = |key: &str| written.get(key).cloned().unwrap_or(Value::Null);
    let list = |key: &str| match written.get(key) {
        Some(Value::Array(items)) => Value::Array(items.clone()),
        _ => json!([]),
    };
    let truth = |key: &str| Value::Bool(written.get(key).and_then(Value::as_bool).unwrap_or(true));
    let mut constraint = json!({
        "type": word("type"), "name": word("name"), "expression": word("expression"),
        "warn_unenforced": truth("warn_unenforced"), "warn_unsupported": truth("warn_unsupported"),
        "to": word("to"), "to_columns": list("to_columns"),
    });
    if of_model {
        constraint["columns"] = list("columns");
    }
    constraint
}

fn text<'v>(constraint: &'v Value, key: &str) -> Option<&'v str> {
    constraint.get(key).and_then(Value::as_str)
}

fn is_type(constraint: &Value, wanted: &str) -> bool {
    text(constraint, "type") == Some(wanted)
}

fn is_valid(constraint: &Value) -> bool {
    text(constraint, "type").is_some_and(|kind| TYPES.contains(&kind))
}

/// Warns and errs about the types of an entry's column constraints.
pub(super) fn check_columns(columns: &[&Yaml], bag: &mut Bag) {
    for column in columns {
        for constraint in column.get("constraints").map(Yaml::items).unwrap_or_default() {
            if is_valid(&constraint.to_json()) {
                continue;
            }
            let name = column.get("name").map(Yaml::display).unwrap_or_default();
            let kind = constraint.get("type");
            bag.push(
                Diagnostic::error(Class::Parsing, format!("Invalid constraint type on column {name}"))
                    .label(kind.map_or_else(|| constraint.span(), Yaml::span), "")
                    .suggest(kind.and_then(|kind| nearest(kind.text()?, TYPES)))
                    .note(format!("types: {}", TYPES.join(", "))),
            );
        }
    }
}

/// The place of the entry that describes a node.
fn place(node: &Node) -> Span {
    node.patch.clone().unwrap_or_else(|| node.span())
}

/// Checks a model that a YAML entry describes, once its configuration is known, and adds what its foreign keys
/// refer to.
pub(super) fn check(draft: &mut Draft, shop: &Workshop<'_>, bag: &mut Bag) {
    check_schema_change(draft, bag);
    let node = &draft.node;
    let Detail::Model { constraints, .. } = &node.detail else { return };
    if node.patch.is_none() {
        return;
    }
    if is_enforced(node) {
        check_contract(node, constraints, bag);
    }
    check_primary_key(node, constraints, bag);
    let mut targets = Vec::new();
    for constraint in constraints.iter().chain(node.columns.values().flat_map(|column| &column.constraints)) {
        let Some(to) = text(constraint, "to").filter(|to| is_type(constraint, "foreign_key") && !to.is_empty()) else {
            continue;
        };
        match target(shop.engine, to) {
            Some(target) => targets.push(target),
            None => bag.push(
                Diagnostic::error(
                    Class::Parsing,
                    format!(
                        "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model {}: {to}.",
                        node.name
                    ),
                )
                .label(place(node), "")
                .help("write `to: ref('model')` or `to: source('source', 'table')`"),
            ),
        }
    }
    for target in targets {
        match target {
            Target::Ref(call) => draft.node.refs.push(call),
            Target::Source(source, table) => draft.node.sources.push((source, table)),
        }
    }
}

/// Whether the model's columns are promised.
pub(super) fn is_enforced(node: &Node) -> bool {
    node.config.get("contract").and_then(|contract| contract.get("enforced")?.as_bool()).unwrap_or(false)
}

/// dbt: only these put constraints into their statements.
fn enforces_constraints(node: &Node) -> bool {
    matches!(node.materialized(), "table" | "incremental")
}

/// dbt: a promised incremental model cannot drop or ignore columns.
fn check_schema_change(draft: &Draft, bag: &mut Bag) {
    let node = &draft.node;
    let change = node.config.text("on_schema_change").unwrap_or("ignore");
    if !is_enforced(node) || node.materialized() != "incremental" || matches!(change, "append_new_columns" | "fail") {
        return;
    }
    let message = format!(
        "Invalid value for on_schema_change: {change}. Models materialized as incremental with contracts enabled must set on_schema_change to 'append_new_columns' or 'fail'"
    );
    // dbt: what YAML brings about is told without a heading.
    let diagnostic = if draft.layers.properties.is_empty() {
        Diagnostic::error(Class::Parsing, format!("at path []: {message}"))
    } else {
        Diagnostic::error(Class::Validation, message)
    };
    bag.push(diagnostic.label(place(node), ""));
}

fn check_contract(node: &Node, constraints: &[Value], bag: &mut Bag) {
    let mut all = node.columns.values().flat_map(|column| &column.constraints);
    let warned = all.any(|constraint| constraint["warn_unsupported"] == true);
    if warned && !enforces_constraints(node) {
        let materialized = node.materialized();
        bag.push(
            Diagnostic::warning(
                Class::Parsing,
                format!(
                    "Constraint types are not supported for {materialized} materializations and will be ignored.  Set 'warn_unsupported: false' on this constraint to ignore this warning."
                ),
            )
            .label(place(node), ""),
        );
    }
    let mut errors = Vec::new();
    if node.columns.is_empty() {
        errors.push("Constraints must be defined in a `yml` schema configuration file like `schema.yml`.".to_owned());
    }
    if node.language != "sql" {
        errors.push(format!("Language Error: Expected 'sql' but found '{}'", node.language));
    }
    if !errors.is_empty() {
        bag.push(
            Diagnostic::error(
                Class::Parsing,
                format!("Contract enforcement failed for: ({})\n{}", node.original_file_path, errors.join("\n")),
            )
            .label(place(node), ""),
        );
    }
    if constraints.iter().any(|constraint| !is_valid(constraint)) {
        let known: Vec<String> = TYPES.iter().map(|kind| format!("'{kind}'")).collect();
        bag.push(
            Diagnostic::error(
                Class::Parsing,
                format!("Invalid constraint type on model {}: Type must be one of [{}]", node.name, known.join(", ")),
            )
            .label(place(node), ""),
        );
    }
}

fn check_primary_key(node: &Node, constraints: &[Value], bag: &mut Bag) {
    let mut columns: Vec<String> = Vec::new();
    for column in node.columns.values() {
        let keys = column.constraints.iter().filter(|constraint| is_type(constraint, "primary_key"));
        columns.extend(keys.map(|_| format!("'{}'", column.name)));
    }
    let mut errors = Vec::new();
    if columns.len() > 1 {
        errors.push(format!(
            "Found {} columns ([{}]) with primary key constraints defined. Primary keys for multiple columns must be defined as a model level constraint.",
            columns.len(),
            columns.join(", ")
        ));
    }
    if !columns.is_empty() && constraints.iter().any(|constraint| is_type(constraint, "primary_key")) {
        errors.push(
            "Primary key constraints defined at the model level and the columns level. Primary keys can be defined at the model level or the column level, not both."
                .to_owned(),
        );
    }
    if !errors.is_empty() {
        bag.push(
            Diagnostic::error(
                Class::Parsing,
                format!("Primary key constraint error: ({})\n{}", node.original_file_path, errors.join("\n")),
            )
            .label(place(node), ""),
        );
    }
}

/// What `ref('a')` or `source('a', 'b')` names, where it is nothing but that.
pub fn target(engine: &Engine, expression: &str) -> Option<Target> {
    let source = SourceFile::new("<to>", format!("{{{{ {expression} }}}}"));
    let template = engine.template(&source, 0..source.text().len(), "constraint").ok()?;
    let calls = template.calls();
    let [call] = calls else { return None };
    let given: Vec<String> = call
        .arguments
        .iter()
        .map(|value| value.as_ref().and_then(|value| value.as_str().map(str::to_owned)))
        .collect::<Option<_>>()?;
    match (call.package.as_deref(), call.name.as_str(), given.as_slice()) {
        (None, "ref", [.., name]) if given.len() <= 2 => {
            let version = call.keywords.iter().find(|(key, _)| key == "v" || key == "version");
            let version = version.and_then(|(_, value)| value.as_ref().map(python::value_to_json));
            let package = (given.len() == 2).then(|| given[0].clone());
            Some(Target::Ref(RefCall { package, name: name.clone(), version }))
        }
        (None, "source", [source, table]) => Some(Target::Source(source.clone(), table.clone())),
        _ => None,
    }
}
