//! Unit tests: the model's template on given rows instead of what it reads.
//!
//! A test runs against a small manifest of its own, in which every input is an ephemeral model whose SQL is the given
//! rows. The model's template is then compiled like any other, and what it reads becomes common table expressions.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Runtime;
use super::difference::difference;
use super::session::NodeSession;
use crate::diagnostic::{Class, Diagnostic, Label, Result, SourceFile};
use crate::jinja::{NodeScope, Table, python};
use crate::manifest::{Config, Detail, Given, Manifest, Node, Overrides, ResourceType, RowFormat, version_text};
use crate::outcome::{RunResult, Status};
use crate::parse::Input;
use crate::project::Behavior;

/// The display path of templates that are made from given rows.
pub(super) const FIXTURE: &str = "<rows of a unit test>";

/// The template of an input whose rows are given as data.
const ROWS_AS_SQL: &str = "{{ get_fixture_sql(config.get('fixture_rows'), none) }}";

/// What a unit test runs with.
#[derive(Debug)]
pub(super) struct Stage {
    /// What its templates get instead of what they would get in a run.
    pub(super) overrides: Arc<Overrides>,
    /// The input that stands in for the model's own relation.
    pub(super) this: Option<String>,
}

/// The runtime, the node and the stage of a unit test.
///
/// # Errors
/// An input is no `ref`, `source` or `this`, or there is nothing of its name.
pub(super) fn stage(runtime: &Arc<Runtime>, definition: &Node) -> Result<(Arc<Runtime>, Arc<Node>, Stage)> {
    let (Some(test), Some(model)) =
        (definition.unit_test(), definition.depends_on.first().and_then(|id| runtime.manifest.node(id)))
    else {
        return Err(Box::new(Diagnostic::error(Class::Internal, "a unit test has no model")));
    };
    let mut manifest = Manifest::default();
    manifest.root.clone_from(&runtime.manifest.root);
    let mut stage = Stage { overrides: Arc::new(test.overrides.clone().unwrap_or_default()), this: None };
    let mut inputs = Vec::new();
    for given in &test.given {
        let at = |message: String| {
            let error = Diagnostic::error(Class::Parsing, message);
            Box::new(error.label_opt(given.rows.span.clone(), "this input"))
        };
        let extended = runtime.project.flags.is(Behavior::SupportCustomRefKwargs);
        let Some(input) = Input::read(&runtime.engine, &given.input, extended) else {
            return Err(at(format!(
                "Unit test given inputs must be either a 'ref', 'source' or 'this' call. Got: '{}'.",
                given.input
            )));
        };
        let found = match &input {
            Input::This => Ok(model),
            Input::Ref(call) => runtime.manifest.resolve_ref(call, &definition.package),
            Input::Source(source, table) => runtime.manifest.resolve_source(source, table, &definition.package),
        };
        let Ok(original) = found else {
            return Err(at(format!(
                "Unit test '{}' had an input ({}) which was not found in the manifest.",
                definition.name, given.input
            )));
        };
        let node = stand_in(definition, original, given);
        if original.unique_id == model.unique_id {
            stage.this = Some(node.unique_id.clone());
        }
        inputs.push(node.unique_id.clone());
        manifest.insert(Arc::new(node));
    }
    for id in &model.depends_on {
        let function = runtime.manifest.node(id).filter(|node| node.resource_type == ResourceType::Function);
        if let Some(function) = function {
            inputs.push(id.clone());
            manifest.insert(Arc::clone(function));
        }
    }
    let name = match &test.version {
        Some(version) => format!("{}_v{}", definition.name, version_text(version)),
        None => definition.name.clone(),
    };
    let folder = definition.original_file_path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let (expected_rows, expected_sql) = match test.expect.format {
        RowFormat::Sql => (json!([]), test.expect.rows.clone()),
        _ => (test.expect.rows.clone(), Value::Null),
    };
    let node = Node {
        path: format!("{}{name}.sql", folder.unwrap_or_default()),
        alias: name.clone(),
        name,
        source: Arc::clone(&model.source),
        code: model.code.clone(),
        raw_code: model.raw_code.clone(),
        database: model.database.clone(),
        schema: model.schema.clone(),
        config: config(json!({
            "materialized": "unit", "expected_rows": expected_rows, "expected_sql": expected_sql,
        })),
        refs: model.refs.clone(),
        sources: model.sources.clone(),
        depends_on: inputs,
        ..definition.clone()
    };
    manifest.insert(Arc::new(node.clone()));
    Ok((runtime.with_manifest(manifest), Arc::new(node), stage))
}

/// Asks for the columns of all that a unit test's rows stand for in one statement, where the warehouse can tell.
///
/// What cannot be told so is asked for by the template that needs it, one relation after the other.
pub(super) fn ask_of_inputs(live: &Arc<NodeSession>) {
    let runtime = &live.runtime;
    if live.node.resource_type != ResourceType::UnitTest || runtime.is_detached() {
        return;
    }
    let name = format!("{}__columns_of_relations", runtime.facts.naming.dialect.name);
    let Some(macro_found) = runtime.engine.library().find(&runtime.project.name, &name) else { return };
    let inputs = live.node.depends_on.iter().filter_map(|id| runtime.manifest.node(id));
    let (mut relations, mut asked) = (Vec::new(), Vec::new());
    for input in inputs.filter(|input| input.raw_code == ROWS_AS_SQL) {
        let relation = runtime.relation(input);
        if runtime.cache.columns(&relation).is_some() {
            continue;
        }
        let place = (relation.database.as_deref().unwrap_or_default(), relation.schema.as_deref().unwrap_or_default());
        let found = match runtime.cache.schema(place.0, place.1) {
            // A schema of sources may be large and nothing else of the run's: it is not listed for one name.
            None => Some(relation.clone()),
            Some(known) => known.into_iter().find(|known| known.same(&relation)),
        };
        if let Some(found) = found {
            relations.push(relation);
            asked.push(found.into_value());
        }
    }
    if asked.is_empty() {
        return;
    }
    // What is refused here is asked again, and is no failure of the test's.
    let asking = live.beside(Arc::clone(&live.node), String::new());
    let scope = asking.scope(Vec::new()).shared();
    match runtime.engine.call(macro_found, vec![python::list(asked)], Vec::new(), &scope) {
        Ok(told) => {
            for (relation, columns) in relations.iter().zip(python::iterate(&told.value).unwrap_or_default()) {
                if let (false, Ok(columns)) = (columns.is_none(), python::iterate(&columns)) {
                    runtime.cache.keep_columns(relation, columns);
                }
            }
        }
        Err(error) => tracing::debug!(error = %error.message, "the inputs of a unit test are asked for one by one"),
    }
}

/// An ephemeral model that gives the rows of an input, under the name of what it stands for.
fn stand_in(definition: &Node, original: &Node, given: &Given) -> Node {
    let rows = &given.rows;
    let raw_code = match &rows.rows {
        Value::String(sql) => sql.clone(),
        _ => ROWS_AS_SQL.to_owned(),
    };
    let fixture_rows = if rows.rows.is_array() { rows.rows.clone() } else { Value::Null };
    let mut node = Node {
        source: SourceFile::new(FIXTURE, raw_code.clone()),
        code: 0..raw_code.len(),
        raw_code,
        path: format!("{}.sql", original.name),
        original_file_path: definition.original_file_path.clone(),
        config: config(json!({"materialized": "ephemeral", "fixture_rows": fixture_rows})),
        refs: Vec::new(),
        sources: Vec::new(),
        depends_on: Vec::new(),
        patch: rows.span.clone(),
        ..original.clone()
    };
    if matches!(original.resource_type, ResourceType::Seed | ResourceType::Snapshot) {
        node.resource_type = ResourceType::Model;
        node.unique_id = format!("model.{}.{}", original.package, original.name);
        node.language = "sql".to_owned();
        node.detail = Detail::None;
    }
    node
}

fn config(values: Value) -> Config {
    let mut config = Config::defaults(ResourceType::UnitTest);
    for (key, value) in values.as_object().into_iter().flatten() {
        config.set(key, value.clone());
    }
    config
}

/// An error of the materialization, in dbt's words.
pub(super) fn wrap(node: &Node, error: Diagnostic) -> Box<Diagnostic> {
    let name = &node.name;
    let message = format!(
        "An error occurred during execution of unit test '{name}'. There may be an error in the unit test definition: check the data types.\n{}",
        error.message
    );
    let mut error = Diagnostic { message, class: Class::Runtime, ..error };
    error
        .labels
        .retain(|label| !label.span.source.path().starts_with('<') && label.span.source.path() != node.source.path());
    if let (true, Some(span)) = (error.labels.is_empty(), &node.patch) {
        error.labels.push(Label { span: span.clone(), text: "in this unit test".to_owned() });
    }
    Box::new(error)
}

/// The result of a unit test, from the rows that its materialization put beside each other.
pub(super) fn result(live: &Arc<NodeSession>, scope: &NodeScope) -> Result<RunResult> {
    let main = scope.result("main").unwrap_or_default();
    let table = main.get_attr("table").unwrap_or_default();
    let Some(table) = table.downcast_object_ref::<Table>() else {
        return Err(Box::new(Diagnostic::error(
            Class::Internal,
            format!("the unit test `{}` gave no rows to compare", live.node.name),
        )));
    };
    let side = table.columns.iter().position(|name| name.eq_ignore_ascii_case("actual_or_expected"));
    let kept: Vec<usize> = (0..table.columns.len()).filter(|index| Some(*index) != side).collect();
    let rows_of = |wanted: &str| {
        let mut rows: Vec<Vec<&minijinja::Value>> = table
            .rows
            .iter()
            .filter(|row| side.is_some_and(|side| row[side].as_str() == Some(wanted)))
            .map(|row| kept.iter().map(|index| &row[*index]).collect())
            .collect();
        rows.sort_by(|left, right| {
            let cells = left.iter().zip(right).map(|(left, right)| compare(left, right));
            cells.fold(Ordering::Equal, Ordering::then)
        });
        rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect::<Vec<Vec<Option<String>>>>()
    };
    let header: Vec<String> = kept.iter().map(|index| table.columns[*index].to_lowercase()).collect();
    let differs = difference(&header, &rows_of("expected"), &rows_of("actual"));
    let status = if differs.is_some() { Status::Fail } else { Status::Pass };
    let mut result = RunResult::new(live.info.ended(status), status);
    result.failures = Some(u64::from(differs.is_some()));
    result.message = differs.map(|table| format!("\n\nactual differs from expected:\n\n{table}\n"));
    if let Value::Object(map) = python::value_to_json(&main.get_attr("response").unwrap_or_default()) {
        result.adapter_response = map.into_iter().filter(|(_, value)| !value.is_null()).collect();
    }
    Ok(result)
}

fn text(cell: &minijinja::Value) -> Option<String> {
    (!cell.is_none()).then(|| python::to_str(cell))
}

/// dbt: rows are compared in a sorted order, nulls last.
fn compare(left: &minijinja::Value, right: &minijinja::Value) -> Ordering {
    let number = |cell: &minijinja::Value| python::to_str(cell).parse::<f64>().ok();
    left.is_none().cmp(&right.is_none()).then_with(|| match (number(left), number(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => python::to_str(left).cmp(&python::to_str(right)),
    })
}
