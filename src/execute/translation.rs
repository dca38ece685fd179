//! The author's SQL on a warehouse of another dialect.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::session::NodeSession;
use crate::adapter::{Cell, Fetch};
use crate::compile::CompiledNode;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::manifest::{Config, ResourceType};
use crate::sql::translate::{Options, Refusal, Relations, engine_type, tables, translate};

impl NodeSession {
    /// Whether the node's SQL is in another dialect than the warehouse's.
    pub(super) fn is_translated(&self) -> bool {
        self.runtime.facts.written_for().is_some() && self.node.config.text("dialect") != Some("duckdb")
    }

    /// Translates the node's SQL, if it must be; its materialization is given the translation.
    ///
    /// # Errors
    /// A construct has no exact equal.
    pub(super) fn prepare(&self, compiled: &CompiledNode) -> Result<()> {
        let is_sql = self.node.language != "python" && self.node.resource_type != ResourceType::Function;
        if !is_sql || !self.is_translated() {
            return Ok(());
        }
        let known = self.known_relations(&compiled.sql);
        match translate(&compiled.sql, &known, &self.allowed()) {
            Ok(translation) => {
                compiled.translate(translation);
                Ok(())
            }
            Err(refusal) => {
                let mut diagnostic = told(&refusal);
                let absent = tables(&compiled.sql).into_iter().find(|name| name.len() > 1 && !known.contains(name));
                if let Some(name) = absent {
                    diagnostic = diagnostic.note(format!("the relation {} does not exist", quoted(&name)));
                }
                match compiled.locate(refusal.offset) {
                    Some((span, mut frames)) => {
                        frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
                        diagnostic = diagnostic.label(span, "here").trace(frames);
                    }
                    None => {
                        let place = format!("line {}, column {} of the compiled SQL", refusal.line, refusal.column);
                        diagnostic = diagnostic.note(place);
                        if !self.node.code.is_empty() {
                            diagnostic = diagnostic.label(self.node.span(), "in the SQL of this node");
                        }
                    }
                }
                Err(Box::new(diagnostic))
            }
        }
    }

    /// A statement of the author's beside the node's SQL, translated if it must be.
    ///
    /// # Errors
    /// A construct has no exact equal.
    pub(super) fn translated(&self, sql: &str) -> Result<Option<String>> {
        if !self.is_translated() {
            return Ok(None);
        }
        let known = self.known_relations(sql);
        match translate(sql, &known, &self.allowed()) {
            Ok(translation) => Ok(Some(translation.sql)),
            Err(refusal) => {
                let line = sql.lines().nth(refusal.line - 1).unwrap_or_default();
                let diagnostic = told(&refusal).note(format!(
                    "line {}, column {} of the statement: {}",
                    refusal.line,
                    refusal.column,
                    line.trim()
                ));
                let place = (!self.node.code.is_empty()).then(|| self.node.span());
                Err(Box::new(diagnostic.label_opt(place, "a statement that this node's template sends")))
            }
        }
    }

    /// What the user lets pass untranslated: the node's configuration and the project's variable `snowflake_functions`.
    fn allowed(&self) -> Options {
        let mut passed = BTreeSet::new();
        let variable = self.runtime.facts.vars.get("snowflake_functions", &self.node.package).cloned();
        for list in [self.node.config.get("snowflake_functions"), variable.as_ref()].into_iter().flatten() {
            let names: Vec<&Value> = match list {
                Value::Array(names) => names.iter().collect(),
                other => vec![other],
            };
            passed.extend(names.into_iter().filter_map(|name| name.as_str().map(str::to_uppercase)));
        }
        Options { passed }
    }

    /// The columns of the relations that a statement names, as far as they exist.
    fn known_relations(&self, sql: &str) -> Relations {
        let mut found = Relations::default();
        let named = tables(sql);
        if named.is_empty() {
            return found;
        }
        let mut session = self.session();
        // A statement that fails would end an open transaction, so the engine's lists are read then.
        let careful = session.in_transaction();
        for name in named {
            let query = if careful { listed(&name) } else { format!("select * from {} limit 0", quoted(&name)) };
            let Ok(answer) = session.execute(&query, Fetch::All) else { continue };
            let columns: Vec<(String, String)> = if careful {
                let cell = |cell: &Cell| cell.as_str().unwrap_or_default().to_owned();
                answer.table.rows.iter().filter_map(|row| Some((cell(row.first()?), cell(row.get(1)?)))).collect()
            } else {
                let columns = answer.table.columns.into_iter();
                columns.map(|column| (column.name, column.data_type)).collect()
            };
            if !columns.is_empty() {
                found.insert(name, columns);
            }
        }
        found
    }
}

fn quoted(name: &[String]) -> String {
    name.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect::<Vec<_>>().join(".")
}

/// The query of a relation's columns that never fails.
fn listed(name: &[String]) -> String {
    let places = ["table_name", "schema_name", "database_name"];
    let usual = ["", "current_schema()", "current_database()"];
    let mut query = "select column_name, data_type from duckdb_columns() where true".to_owned();
    for (at, (place, usual)) in places.iter().zip(usual).enumerate() {
        let part = name.len().checked_sub(at + 1).and_then(|at| name.get(at));
        let wanted = part.map_or_else(|| usual.to_owned(), |part| format!("'{}'", part.replace('\'', "''")));
        query.push_str(&format!(" and lower({place}) = lower({wanted})"));
    }
    query + " order by column_index"
}

/// Gives a materialization the engine's names of the types that a contract or a seed states.
pub(super) fn with_engine_types(model: &mut Map<String, Value>, config: &mut Config) {
    let translated = |value: &mut Value| {
        if let Some(engine) = value.as_str().and_then(engine_type) {
            *value = Value::String(engine);
        }
    };
    if let Some(Value::Object(columns)) = model.get_mut("columns") {
        columns.values_mut().filter_map(|column| column.get_mut("data_type")).for_each(translated);
    }
    if let Some(Value::Object(types)) = config.get("column_types") {
        let mut types = types.clone();
        types.values_mut().for_each(translated);
        if let Some(Value::Object(shown)) = model.get_mut("config") {
            shown.insert("column_types".to_owned(), Value::Object(types.clone()));
        }
        config.set("column_types", Value::Object(types));
    }
}

/// A refusal in words.
fn told(refusal: &Refusal) -> Diagnostic {
    let message = format!("{} cannot be run on DuckDB: {}", refusal.construct, refusal.reason);
    let diagnostic = Diagnostic::error(Class::Compilation, message);
    match &refusal.hint {
        Some(hint) => diagnostic.help(hint.clone()),
        None => diagnostic,
    }
}
