//! `Relation` in templates: a table or view by database, schema and name, rendered as SQL.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::adapter::{Dialect, Policy, RelationKind};
use crate::jinja::{Arguments, python};

/// How the names of a project's relations are written where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// The warehouse's SQL.
    pub dialect: &'static Dialect,
    /// Which of database, schema and name are quoted.
    pub quoted: [bool; 3],
}

impl Naming {
    /// The naming of a warehouse.
    pub fn of(dialect: &'static Dialect) -> Self {
        let Policy { database, schema, identifier } = dialect.quote_policy;
        Self { dialect, quoted: [database, schema, identifier] }
    }
}

impl Default for Naming {
    fn default() -> Self {
        Self::of(&Dialect::DUCKDB)
    }
}

/// A relation and how its name is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationData {
    /// How names are written where nothing else is said.
    pub naming: Naming,
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
    /// How its data is kept, where it is not the warehouse's own way: `iceberg`.
    pub table_format: Option<String>,
}

impl RelationData {
    /// A relation whose whole name is written.
    pub fn new(naming: Naming, database: Option<&str>, schema: &str, identifier: &str) -> Self {
        Self {
            database: database.map(str::to_owned),
            schema: Some(schema.to_owned()),
            identifier: Some(identifier.to_owned()),
            ..Self::nameless(naming)
        }
    }

    /// A relation without a name.
    pub fn nameless(naming: Naming) -> Self {
        Self {
            naming,
            database: None,
            schema: None,
            identifier: None,
            kind: None,
            quoted: naming.quoted,
            included: [true; 3],
            limit: None,
            filter: None,
            external: None,
            table_format: None,
        }
    }

    /// The common table expression of an ephemeral model.
    pub fn cte(naming: Naming, name: &str) -> Self {
        Self {
            identifier: Some(format!("__dbt__cte__{name}")),
            kind: Some("cte".to_owned()),
            quoted: [false; 3],
            included: [false, false, true],
            ..Self::nameless(naming)
        }
    }

    /// The same relation as it is when its parts are those of the warehouse itself.
    #[must_use]
    pub fn as_listed(mut self) -> Self {
        self.quoted = [true; 3];
        self
    }

    /// Whether its kind is one of some.
    fn is_one_of(&self, kinds: &[RelationKind]) -> bool {
        self.kind.as_deref().and_then(RelationKind::parse).is_some_and(|kind| kinds.contains(&kind))
    }

    fn is_iceberg(&self) -> bool {
        self.table_format.as_deref() == Some("iceberg")
    }

    /// Its parts as the warehouse keeps them.
    fn folded(&self) -> Self {
        let mut relation = self.clone();
        let parts = [&mut relation.database, &mut relation.schema, &mut relation.identifier];
        for (part, quoted) in parts.into_iter().zip(self.quoted) {
            if let Some(name) = part.as_mut().filter(|_| !quoted) {
                *name = self.naming.dialect.folded(name);
            }
        }
        relation
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
                    text.push_str(&self.naming.dialect.quoted(part));
                } else {
                    text.push_str(part);
                }
            }
        }
        text
    }

    /// Whether both mean the same relation in the warehouse; parts that one of them leaves out are left out.
    pub fn same(&self, other: &Self) -> bool {
        fn parts(relation: &RelationData) -> [Option<&String>; 3] {
            [relation.database.as_ref(), relation.schema.as_ref(), relation.identifier.as_ref()]
        }
        let (own, others) = (parts(self), parts(other));
        // The last part is the one that most often differs.
        (0..own.len()).rev().all(|index| match (own[index], others[index]) {
            (Some(own), Some(part)) => {
                self.naming.dialect.same_name((own, self.quoted[index]), (part, other.quoted[index]))
            }
            _ => true,
        })
    }

    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The word of a `create` that says what kind of table it makes.
    ///
    /// dbt: a table is transient unless `transient: false` says otherwise; what ends with the session is nothing else.
    fn prefix(&self, given: &Arguments<'_>) -> Result<&'static str, Error> {
        let config = given.required(0, "config")?;
        if given.truth(1, "temporary", false) {
            return Ok("temporary");
        }
        if self.is_iceberg() {
            return Ok("iceberg");
        }
        let said = config.get_item(&Value::from("transient")).unwrap_or_default();
        Ok(if said.is_undefined() || said.is_none() || said.is_true() { "transient" } else { "" })
    }

    /// Whether the old relation must be dropped before this one, a table, can be created in its place.
    ///
    /// dbt: whatever is no table goes first, and a table of the other format.
    fn replaces_by_dropping(&self, old: &Self) -> bool {
        old.kind.as_deref() != Some("table") || old.is_iceberg() != self.is_iceberg()
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
            "Table" | "View" | "CTE" | "MaterializedView" | "External" | "Function" | "DynamicTable" => {
                kind_named(name)
            }
            "is_table" => is("table"),
            "is_view" => is("view"),
            "is_cte" => is("cte"),
            // dbt: a dynamic table answers for a materialized view.
            "is_materialized_view" => {
                Some(Value::from(matches!(self.kind.as_deref(), Some("materialized_view" | "dynamic_table"))))
            }
            "is_dynamic_table" => is("dynamic_table"),
            "is_pointer" => is("pointer_table"),
            "is_function" => is("function"),
            "can_be_renamed" | "renameable" => {
                Some(Value::from(!self.is_iceberg() && self.is_one_of(self.naming.dialect.renameable)))
            }
            "can_be_replaced" | "replaceable" => Some(Value::from(self.is_one_of(self.naming.dialect.replaceable))),
            "is_iceberg_format" => Some(Value::from(self.is_iceberg())),
            "is_hive_metastore" => Some(Value::from(false)),
            "table_format" => Some(Value::from(self.table_format.as_deref().unwrap_or("default"))),
            "quote_character" => Some(Value::from(self.naming.dialect.quote.to_string())),
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
                        Some("table_format") => relation.table_format = text,
                        Some(key @ ("quote_policy" | "include_policy")) => {
                            let flags =
                                if key == "quote_policy" { &mut relation.quoted } else { &mut relation.included };
                            set_policy(flags, &value);
                        }
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
                    ..Self::nameless(self.naming)
                };
                Value::from(self.same(&other))
            }
            "get" => {
                let key = given.text(0, "key")?;
                self.get_value(&Value::from(key)).or_else(|| given.get(1, "default")).unwrap_or_else(|| Value::from(()))
            }
            "quoted" => Value::from(self.naming.dialect.quoted(&given.text(0, "identifier")?)),
            "as_case_sensitive" => self.folded().into_value(),
            "get_ddl_prefix_for_create" => Value::from(self.prefix(&given)?),
            "needs_to_drop" => {
                let old = given.required(0, "old_relation")?;
                let old = old.downcast_object_ref::<Self>();
                Value::from(old.is_some_and(|old| self.replaces_by_dropping(old)))
            }
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
            "create" | "create_from" => create(self.naming, &given)?.into_value(),
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

fn set_policy(flags: &mut [bool; 3], policy: &Value) {
    for (index, name) in ["database", "schema", "identifier"].into_iter().enumerate() {
        if let Ok(value) = policy.get_attr(name)
            && !value.is_undefined()
            && !value.is_none()
        {
            flags[index] = value.is_true();
        }
    }
}

fn create(naming: Naming, given: &Arguments<'_>) -> Result<RelationData, Error> {
    let mut relation = RelationData {
        database: given.optional_text(0, "database")?,
        schema: given.optional_text(1, "schema")?,
        identifier: given.optional_text(2, "identifier")?,
        kind: given.get(3, "type").filter(|value| value.is_true()).map(|value| value.to_string()),
        table_format: given.keyword("table_format").filter(Value::is_true).map(|value| value.to_string()),
        ..RelationData::nameless(naming)
    };
    for (key, flags) in [("quote_policy", &mut relation.quoted), ("include_policy", &mut relation.included)] {
        if let Some(policy) = given.keyword(key) {
            set_policy(flags, &policy);
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
        "DynamicTable" => "dynamic_table",
        _ => return None,
    }))
}

/// `api.Relation`: makes relations and names their kinds.
#[derive(Debug)]
pub struct RelationClass(pub Naming);

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
            "create" => Ok(create(self.0, &given)?.into_value()),
            "scd_args" => {
                let key = given.required(0, "primary_key")?;
                let updated_at = given.required(1, "updated_at")?;
                let mut columns = if key.as_str().is_some() { vec![key] } else { python::iterate(&key)? };
                columns.push(updated_at);
                Ok(python::list(columns))
            }
            "get_default_quote_policy" => Ok(policy(Naming::of(self.0.dialect).quoted)),
            "get_default_include_policy" => Ok(policy([true; 3])),
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
