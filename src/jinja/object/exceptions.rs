//! `exceptions` in templates: macros stop with a message, or warn.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::diagnostic::{Class, Diagnostic};
use crate::jinja::phase::{Message, Phase};
use crate::jinja::{Arguments, python, raise};

/// The functions that raise.
pub struct ExceptionsValue {
    /// Who hears warnings.
    pub phase: Phase,
    /// What is heard while nothing runs.
    pub said: Arc<Mutex<Vec<(Message, String)>>>,
}

impl std::fmt::Debug for ExceptionsValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("<exceptions>")
    }
}

impl Object for ExceptionsValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let method = key.as_str().filter(|name| class_of(name).is_some())?.to_owned();
        Some(Value::from_object(python::BoundMethod { object: Value::from_dyn_object(Arc::clone(self)), method }))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        let text = |index: usize, name: &str| given.get(index, name).map(|value| value.to_string()).unwrap_or_default();
        let class = match method {
            "warn" => {
                match &self.phase {
                    Phase::Live(live) => live.emit(Message::Warning, &text(0, "msg")).map_err(raise)?,
                    // dbt: a template that is rendered while parsing warns then, too.
                    Phase::Parse(_) => self
                        .said
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((Message::Warning, text(0, "msg"))),
                }
                return Ok(Value::from(""));
            }
            "warn_snapshot_timestamp_data_types" => {
                if let Phase::Live(live) = &self.phase {
                    let (clock, column) = (text(0, "snapshot_time_data_type"), text(1, "updated_at_data_type"));
                    live.emit(
                        Message::SnapshotTimestamp,
                        &format!(
                            "Data type of snapshot table timestamp columns ({clock}) doesn't match derived column \
                             'updated_at' ({column}). Please update snapshot config 'updated_at'."
                        ),
                    )
                    .map_err(raise)?;
                }
                return Ok(Value::from(""));
            }
            _ => class_of(method).ok_or_else(|| Error::from(ErrorKind::UnknownMethod))?,
        };
        let message = match method {
            "relation_wrong_type" => format!(
                "Trying to create {} {}, but it currently exists as a {}. Either drop {} manually, or run with `--full-refresh` and it will be dropped for you.",
                text(1, "expected_type"),
                text(0, "relation"),
                given.get(0, "relation").and_then(|relation| relation.get_attr("type").ok()).unwrap_or_default(),
                text(0, "relation"),
            ),
            "missing_config" => format!(
                "Model '{}' does not define a required config parameter '{}'.",
                text(0, "model"),
                text(1, "name")
            ),
            "missing_relation" => format!("Relation {} not found!", text(0, "relation")),
            "raise_contract_error" => super::constraint::mismatch(
                &given.get(0, "yaml_columns").unwrap_or_default(),
                &given.get(1, "sql_columns").unwrap_or_default(),
            ),
            "column_type_missing" => format!(
                "Contracted models require data_type to be defined for each column. Please ensure that the column name and data_type are defined within the YAML configuration for the {} column(s).",
                given.get(0, "column_names").map(|names| python::repr(&names)).unwrap_or_default()
            ),
            _ => text(0, "msg"),
        };
        Err(raise(Diagnostic::error(class, message)))
    }
}

/// The class of the error that a function raises; that of the functions that warn does not matter.
fn class_of(function: &str) -> Option<Class> {
    match function {
        "raise_database_error" => Some(Class::Database),
        "raise_parsing_error" => Some(Class::Parsing),
        "raise_dependency_error" => Some(Class::Dependency),
        _ => ["raise_", "relation_", "missing_", "column_", "warn"]
            .iter()
            .any(|start| function.starts_with(start))
            .then_some(Class::Compilation),
    }
}
