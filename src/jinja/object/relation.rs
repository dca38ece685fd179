//! `Relation` in templates: a table or view by database, schema and name, rendered as SQL.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::{Arguments, python};

/// A relation and how its name is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelationData {
    /// Its database.
    pub database: Option<String>,
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub identifier: Option<String>,
    /// `table`, `view`, `cte`, `materialized_view`, `external`, ... where known.
    pub kind: Option<String>,
    /// Which of database, schema and name are quoted.
    pub quoted: [bool; 3],
    /// Which of database, schema and name are written.
    pub included: [bool; 3],
    /// Rows that a reader gets at most (`--empty`).
    pub limit: Option<u64>,
    /// Which rows a reader gets, as a condition (batches, `--sample`).
    pub filter: Option<String>,
    /// What stands in queries in place of its name: a file, or a call of a table function.
    pub external: Option<String>,
}

impl RelationData {
    /// A relation whose whole name is quoted and written.
    pub fn new(database: Option<&str>, schema: &str, identifier: &str) -> Self {
        Self {
            database: database.map(str::to_owned),
            schema: Some(schema.to_owned()),
            identifier: Some(identifier.to_owned()),
            kind: None,
            quoted: [true; 3],
            included: [true; 3],
            limit: None,
            filter: None,
            external: None,
        }
    }

    /// The common table expression of an ephemeral model.
    pub fn cte(name: &str) -> Self {
        Self {
            identifier: Some(format!("__dbt__cte__{name}")),
            kind: Some("cte".to_owned()),
            included: [false, false, true],
            ..Self::default()
        }
    }

    /// The same relation of a kind.
    #[must_use]
    pub fn of_kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// What it is in a query: its name, or a query that leaves rows out.
    ///
    /// dbt: the filter is around the limit.
    pub fn render(&self) -> String {
        let text = self.path();
        let text = match self.limit {
            Some(0) => format!("(select * from {text} where false limit 0)"),
            Some(limit) => format!("(select * from {text} limit {limit})"),
            None => text,
        };
        match &self.filter {
            Some(filter) => format!("(select * from {text} where {filter})"),
            None => text,
        }
    }

    /// Its name in SQL.
    pub fn path(&self) -> String {
        if let Some(external) = &self.external {
            return external.clone();
        }
        let parts = [&self.database, &self.schema, &self.identifier];
        let mut text = String::new();
        for (index, part) in parts.into_iter().enumerate() {
            if let Some(part) = part.as_ref().filter(|part| self.included[index] && !part.is_empty()) {
                if !text.is_empty() {
                    text.push('.');
                }
                if self.quoted[index] {
                    text.push('"');
                    text.push_str(&part.replace('"', "\"\""));
                    text.push('"');
                } else {
                    text.push_str(part);
                }
            }
        }
        text
    }

    /// Whether both mean the same relation, letters' case aside.
    pub fn same(&self, other: &Self) -> bool {
        let equal = |left: &Option<String>, right: &Option<String>| match (left, right) {
            (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
            _ => true,
        };
        equal(&self.database, &other.database)
            && equal(&self.schema, &other.schema)
            && equal(&self.identifier, &other.identifier)
    }

    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn part(&self, name: &str) -> Option<&Option<String>> {
        Some(match name {
            "database" => &self.database,
            "schema" => &self.schema,
            "identifier" | "name" | "table" => &self.identifier,
            "type" => &self.kind,
            _ => return None,
        })
    }

    fn changed(&self, method: &str, given: &Arguments<'_>) -> Result<Self, Error> {
        let mut relation = self.clone();
        let flags = if method == "quote" { &mut relation.quoted } else { &mut relation.included };
        for (index, name) in ["database", "schema", "identifier"].into_iter().enumerate() {
            if let Some(value) = given.get(index, name).filter(|value| !value.is_none() && !value.is_undefined()) {
                flags[index] = value.is_true();
            }
        }
        Ok(relation)
    }
}

impl Object for RelationData {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if let Some(part) = self.part(name) {
            return Some(part.as_ref().map_or_else(|| Value::from(()), |text| Value::from(text.as_str())));
        }
        let is = |kind: &str| Some(Value::from(self.kind.as_deref() == Some(kind)));
        match name {
            "Table" | "View" | "CTE" | "MaterializedView" | "External" | "Function" => kind_named(name),
            "is_table" => is("table"),
            "is_view" => is("view"),
            "is_cte" => is("cte"),
            "is_materialized_view" => is("materialized_view"),
            "is_dynamic_table" => is("dynamic_table"),
            "is_pointer" => is("pointer_table"),
            "is_function" => is("function"),
            "can_be_renamed" | "renameable" => {
                Some(Value::from(matches!(self.kind.as_deref(), Some("table" | "view"))))
            }
            "can_be_replaced" | "replaceable" => {
                Some(Value::from(matches!(self.kind.as_deref(), Some("table" | "view"))))
            }
            "is_iceberg_format" | "is_hive_metastore" => Some(Value::from(false)),
            "quote_character" => Some(Value::from("\"")),
            "quote_policy" => Some(policy(self.quoted)),
            "include_policy" => Some(policy(self.included)),
            "path" => Some(python::dict(
                ["database", "schema", "identifier"]
                    .iter()
                    .map(|name| (Value::from(*name), self.get_value(&Value::from(*name)).unwrap_or_default()))
                    .collect::<Vec<_>>(),
            )),
            "limit" => Some(self.limit.map_or_else(|| Value::from(()), Value::from)),
            "metadata" => Some(python::dict(vec![(Value::from("type"), Value::from("DuckDBRelation"))])),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["database", "schema", "identifier", "type"])
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "render" => Value::from(self.path()),
            "__str__" => Value::from(RelationData::render(self)),
            "include" | "quote" => self.changed(method, &given)?.into_value(),
            "incorporate" | "replace_path" | "replace" => {
                let mut relation = (**self).clone();
                let path = given.keyword("path").unwrap_or_default();
                for (key, value) in python::pairs(&path)
                    .unwrap_or_default()
                    .into_iter()
                    .chain(given.keywords().iter().map(|(key, value)| (Value::from(key.as_str()), value.clone())))
                {
                    let text = if value.is_none() || value.is_undefined() { None } else { Some(value.to_string()) };
                    match key.as_str() {
                        Some("database") => relation.database = text,
                        Some("schema") => relation.schema = text,
                        Some("identifier") => relation.identifier = text,
                        Some("type") => relation.kind = text,
                        _ => {}
                    }
                }
                relation.into_value()
            }
            "without_identifier" => {
                let mut relation = (**self).clone();
                relation.identifier = None;
                relation.into_value()
            }
            "information_schema" | "information_schema_only" => {
                let mut relation = (**self).clone();
                let view = given.optional_text(0, "view_name")?;
                relation.schema = Some("INFORMATION_SCHEMA".to_owned());
                relation.identifier = view;
                relation.quoted = [relation.quoted[0], false, false];
                relation.into_value()
            }
            "matches" => {
                let other = Self {
                    database: given.optional_text(0, "database")?,
                    schema: given.optional_text(1, "schema")?,
                    identifier: given.optional_text(2, "identifier")?,
                    ..Self::default()
                };
                Value::from(self.same(&other))
            }
            "get" => {
                let key = given.text(0, "key")?;
                self.get_value(&Value::from(key)).or_else(|| given.get(1, "default")).unwrap_or_else(|| Value::from(()))
            }
            "quoted" => Value::from(format!("\"{}\"", given.text(0, "identifier")?)),
            "to_dict" => python::dict(
                ["database", "schema", "identifier", "type"]
                    .iter()
                    .map(|name| (Value::from(*name), self.get_value(&Value::from(*name)).unwrap_or_default()))
                    .collect::<Vec<_>>(),
            ),
            "get_function_config" => super::function_config(&given.required(0, "model")?)?,
            "get_function_macro_name" => {
                let config = given.required(0, "config")?;
                let part = |name: &str| config.get_attr(name).map(|value| value.to_string()).unwrap_or_default();
                Value::from(format!("{}_function_{}", part("type"), part("language")))
            }
            "create" | "create_from" => create(&given)?.into_value(),
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&RelationData::render(self))
    }
}

fn policy(flags: [bool; 3]) -> Value {
    python::dict(vec![
        (Value::from("database"), Value::from(flags[0])),
        (Value::from("schema"), Value::from(flags[1])),
        (Value::from("identifier"), Value::from(flags[2])),
    ])
}

fn create(given: &Arguments<'_>) -> Result<RelationData, Error> {
    let mut relation = RelationData {
        database: given.optional_text(0, "database")?,
        schema: given.optional_text(1, "schema")?,
        identifier: given.optional_text(2, "identifier")?,
        kind: given.get(3, "type").filter(|value| value.is_true()).map(|value| value.to_string()),
        quoted: [true; 3],
        included: [true; 3],
        ..RelationData::default()
    };
    for (key, flags) in [("quote_policy", &mut relation.quoted), ("include_policy", &mut relation.included)] {
        if let Some(policy) = given.keyword(key) {
            for (index, name) in ["database", "schema", "identifier"].into_iter().enumerate() {
                if let Ok(value) = policy.get_attr(name)
                    && !value.is_undefined()
                    && !value.is_none()
                {
                    flags[index] = value.is_true();
                }
            }
        }
    }
    Ok(relation)
}

/// The kinds by the names that relations and their class have for them.
fn kind_named(name: &str) -> Option<Value> {
    Some(Value::from(match name {
        "Table" => "table",
        "View" => "view",
        "CTE" => "cte",
        "MaterializedView" => "materialized_view",
        "External" => "external",
        "Function" => "function",
        _ => return None,
    }))
}

/// `api.Relation`: makes relations and names their kinds.
#[derive(Debug)]
pub struct RelationClass;

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        kind_named(key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        match method {
            "create" => Ok(create(&given)?.into_value()),
            "scd_args" => {
                let key = given.required(0, "primary_key")?;
                let updated_at = given.required(1, "updated_at")?;
                let mut columns = if key.as_str().is_some() { vec![key] } else { python::iterate(&key)? };
                columns.push(updated_at);
                Ok(python::list(columns))
            }
            "get_default_quote_policy" | "get_default_include_policy" => Ok(policy([true; 3])),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// The relation in a template value.
///
/// # Errors
/// The value is no relation.
pub fn relation_of(value: &Value) -> Result<RelationData, Error> {
    value
        .downcast_object_ref::<RelationData>()
        .cloned()
        .ok_or_else(|| crate::jinja::fail(format!("a relation is needed here, not {}", python::repr(value))))
}
