//! `adapter` in templates: dispatch, statements, and the relations of the warehouse.
//!
//! Everything that needs SQL calls a macro for it, so that a project can override each of them, as with dbt.

use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};
use serde_json::Value as Json;

use super::behavior::BehaviorValue;
use super::column::ColumnValue;
use super::external;
use super::listing;
use super::relation::{RelationData, relation_of};
use crate::adapter::Column;
use crate::diagnostic::{Class, Diagnostic};
use crate::jinja::phase::{Live, Message, Phase, RowsWanted};
use crate::jinja::{Arguments, Facts, Library, MacroValue, Voice, fail, python, raise};
use crate::sql::translate::author_type;

/// The adapter as the templates of one package see it.
pub struct AdapterValue {
    /// All macros.
    pub library: Arc<Library>,
    /// The package whose node is rendered.
    pub package: String,
    /// Parsing or running.
    pub phase: Phase,
    /// Of the invocation.
    pub facts: Arc<Facts>,
    /// The type that the author's SQL is written for, where it is not `kind`.
    pub written_for: Option<&'static str>,
}

impl std::fmt::Debug for AdapterValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("<adapter>")
    }
}

/// Calls a macro by its bare name from native code, inside the running template.
///
/// # Errors
/// There is no such macro, or it fails.
pub fn call_macro(
    library: &Library,
    package: &str,
    state: &mut State<'_, '_>,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    let target = library.find(package, name).ok_or_else(|| fail(format!("the macro `{name}` does not exist")))?;
    MacroValue::new(target).call(state, arguments)
}

/// Whether a statement failed since what it names is not there.
fn is_missing(error: &Error) -> bool {
    crate::jinja::raised(error).is_some_and(|cause| cause.message.to_lowercase().contains("does not exist"))
}

fn none() -> Value {
    Value::from(())
}

impl AdapterValue {
    /// Where external models write.
    fn external_root(&self) -> &str {
        self.facts.target.get("external_root").and_then(Json::as_str).unwrap_or(".")
    }

    /// Calls a macro that speaks to the warehouse itself.
    fn call(&self, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Result<Value, Error> {
        let Phase::Live(live) = &self.phase else {
            return call_macro(&self.library, &self.package, state, name, arguments);
        };
        live.begin_own_sql();
        let called = call_macro(&self.library, &self.package, state, name, arguments);
        live.end_own_sql();
        called
    }

    /// Whose SQL is made now.
    fn voice(&self) -> Voice {
        self.phase.voice(self.written_for)
    }

    /// The adapter's type, as the template should see it.
    fn shown_kind(&self) -> &str {
        match (self.voice(), self.written_for) {
            (Voice::Author, Some(written_for)) => written_for,
            _ => &self.facts.adapter,
        }
    }

    /// The relations of a schema, asked of the warehouse once.
    fn relations(
        &self,
        live: &dyn Live,
        state: &mut State<'_, '_>,
        database: &str,
        schema: &str,
    ) -> Result<Vec<RelationData>, Error> {
        if let Some(known) = live.cached(database, schema) {
            return Ok(known);
        }
        let mut place = RelationData::new(self.facts.naming, Some(database), schema, "");
        place.identifier = None;
        let listed = self.call(state, "list_relations_without_caching", &[place.into_value()])?;
        let relations = listing::relations(self.facts.naming, database, &listed)?;
        live.cache_schema(database, schema, relations.clone());
        Ok(relations)
    }

    /// The columns of a relation as a list; dbt: none where there is no such relation.
    fn columns_value(&self, live: &dyn Live, state: &mut State<'_, '_>, relation: &Value) -> Result<Value, Error> {
        let path = relation.downcast_object_ref::<RelationData>().map(RelationData::path);
        if let Some(known) = path.as_deref().and_then(|path| live.known_columns(path)) {
            return Ok(python::list(known));
        }
        match self.call(state, "get_columns_in_relation", std::slice::from_ref(relation)) {
            Ok(columns) => {
                if let (Some(path), Ok(columns)) = (path, python::iterate(&columns)) {
                    live.keep_columns(&path, columns);
                }
                Ok(columns)
            }
            Err(error) if is_missing(&error) => Ok(python::list(Vec::new())),
            Err(error) => Err(error),
        }
    }

    fn columns(&self, live: &dyn Live, state: &mut State<'_, '_>, relation: &Value) -> Result<Vec<ColumnValue>, Error> {
        let columns = self.columns_value(live, state, relation)?;
        Ok(python::iterate(&columns)?
            .iter()
            .filter_map(|column| column.downcast_object_ref::<ColumnValue>().cloned())
            .collect())
    }

    fn parse_phase(&self, method: &str, given: &Arguments<'_>) -> Result<Value, Error> {
        Ok(match method {
            "quote" => Value::from(self.facts.naming.dialect.quoted(&given.text(0, "identifier")?)),
            "type" => Value::from(self.shown_kind()),
            "get_columns_in_relation"
            | "get_missing_columns"
            | "list_relations"
            | "list_schemas"
            | "list_relations_without_caching"
            | "get_column_schema_from_query"
            | "render_raw_columns_constraints"
            | "render_raw_model_constraints" => python::list(Vec::new()),
            "execute" => python::tuple(vec![Value::from(""), super::Table::default().into_value()]),
            "check_schema_exists" | "already_exists" | "disable_transactions" | "is_motherduck" | "is_ducklake" => {
                Value::from(false)
            }
            "external_root" => Value::from(self.external_root()),
            _ => none(),
        })
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each of dbt's methods")]
    fn live(
        &self,
        live: &dyn Live,
        state: &mut State<'_, '_>,
        method: &str,
        given: &Arguments<'_>,
    ) -> Result<Value, Error> {
        Ok(match method {
            "type" => Value::from(self.shown_kind()),
            // Ours: what hooks send is the author's SQL, though it runs inside a materialization.
            "translate" => Value::from(live.translate(&given.text(0, "sql")?).map_err(|error| raise(*error))?),
            "quote" => Value::from(self.facts.naming.dialect.quoted(&given.text(0, "identifier")?)),
            "quote_as_configured" => {
                let name = given.text(0, "identifier")?;
                let part = given.optional_text(1, "quote_key")?;
                let index = ["database", "schema", "identifier"].iter().position(|key| part.as_deref() == Some(key));
                let is_quoted = self.facts.naming.quoted[index.unwrap_or(2)];
                Value::from(if is_quoted { self.facts.naming.dialect.quoted(&name) } else { name })
            }
            "quote_seed_column" => {
                let column = given.text(0, "column")?;
                let quoted = self.quotes_seed_columns(given.get(1, "quote_config"));
                Value::from(if quoted { self.facts.naming.dialect.quoted(&column) } else { column })
            }
            "load_rows" => {
                let relation = relation_of(&given.required(0, "relation")?)?;
                let table = given.required(1, "agate_table")?;
                let rows = table.downcast_object_ref::<super::Table>().ok_or_else(|| fail("a table is needed here"))?;
                let quoted = self.quotes_seed_columns(given.get(2, "quote_columns"));
                let how = RowsWanted { quoted, replace: given.truth(3, "overwrite", false) };
                Value::from(live.load_rows(&relation, rows, how).map_err(raise)?)
            }
            "set_query_tag" => {
                let tag = given.optional_text(0, "tag")?;
                live.set_query_tag(tag.as_deref()).map_or_else(none, Value::from)
            }
            "get_query_tag" => live.query_tag().map_or_else(none, Value::from),
            "execute" => {
                let sql = given.text(0, "sql")?;
                let limit = given.optional_integer(3, "limit")?.and_then(|limit| usize::try_from(limit).ok());
                let answer =
                    live.execute(&sql, given.truth(1, "auto_begin", false), given.truth(2, "fetch", false), limit);
                let (response, table) = answer.map_err(raise)?;
                let response = python::value_from_json(&serde_json::Value::Object(response));
                python::tuple(vec![response, table.into_value()])
            }
            "add_query" => {
                let sql = given.text(0, "sql")?;
                match given.keyword("bindings").or_else(|| given.get(2, "bindings")).filter(|value| !value.is_none()) {
                    Some(bindings) => live.insert(&sql, &python::iterate(&bindings)?).map_err(raise)?,
                    None => {
                        live.execute(&sql, given.truth(1, "auto_begin", true), false, None).map_err(raise)?;
                    }
                }
                none()
            }
            "submit_python_job" => {
                let response = live.run_python(&given.text(1, "compiled_code")?).map_err(raise)?;
                python::value_from_json(&serde_json::Value::Object(response))
            }
            "commit" => {
                live.commit().map_err(raise)?;
                Value::from("")
            }
            "ensure_transaction" => {
                live.ensure_transaction().map_err(raise)?;
                Value::from("")
            }
            "disable_transactions" | "is_motherduck" | "is_ducklake" | "use_ducklake_table_workarounds" => {
                Value::from(false)
            }
            "get_relation" => {
                let (database, schema) =
                    (given.optional_text(0, "database")?.unwrap_or_default(), given.text(1, "schema")?);
                let wanted =
                    RelationData::new(self.facts.naming, Some(&database), &schema, &given.text(2, "identifier")?);
                if live.is_unbuilt(&wanted) {
                    return Ok(none());
                }
                let listed = match self.relations(live, state, &database, &schema) {
                    // dbt: what lies in a schema that is not there is not there either.
                    Err(error) if self.facts.naming.dialect.lists_tell_missing && is_missing(&error) => Vec::new(),
                    listed => listed?,
                };
                let found = listed.into_iter().find(|relation| relation.same(&wanted));
                found.map_or_else(none, RelationData::into_value)
            }
            "list_relations" => {
                let (database, schema) =
                    (given.optional_text(0, "database")?.unwrap_or_default(), given.text(1, "schema")?);
                python::list(
                    self.relations(live, state, &database, &schema)?
                        .into_iter()
                        .map(RelationData::into_value)
                        .collect(),
                )
            }
            "list_relations_without_caching" => {
                self.call(state, "list_relations_without_caching", given.positional())?
            }
            "columns_of_input" => {
                let relation = relation_of(&given.required(0, "relation")?)?;
                live.columns_of_input(&relation).map_or_else(none, python::list)
            }
            "get_columns_in_relation" => self.columns_value(live, state, &given.required(0, "relation")?)?,
            "get_missing_columns" => {
                let known: Vec<String> = self
                    .columns(live, state, &given.required(1, "to_relation")?)?
                    .into_iter()
                    .map(|column| column.name().to_lowercase())
                    .collect();
                let columns = self.columns(live, state, &given.required(0, "from_relation")?)?;
                python::list(
                    columns
                        .into_iter()
                        .filter(|column| !known.contains(&column.name().to_lowercase()))
                        .map(ColumnValue::into_value)
                        .collect(),
                )
            }
            "get_column_schema_from_query" => {
                let sql = given.text(0, "sql")?;
                // A contract compares types as the author knows them: every exact number is a NUMBER.
                let named = |dtype: String| if self.written_for.is_some() { author_type(&dtype) } else { dtype };
                listing::columns_of_query(self.facts.naming.dialect, live, &sql, &named)?
            }
            "create_schema" => {
                self.call(state, "create_schema", &[given.required(0, "relation")?])?;
                live.commit().map_err(raise)?;
                none()
            }
            "drop_schema" => {
                let relation = given.required(0, "relation")?;
                self.call(state, "drop_schema", std::slice::from_ref(&relation))?;
                live.commit().map_err(raise)?;
                let relation = relation_of(&relation)?;
                live.cache_schema_dropped(
                    relation.database.as_deref().unwrap_or_default(),
                    relation.schema.as_deref().unwrap_or_default(),
                );
                none()
            }
            "check_schema_exists" => {
                let place =
                    RelationData::new(self.facts.naming, Some(&given.text(0, "database")?), "", "").into_value();
                let count = self.call(state, "check_schema_exists", &[place, given.required(1, "schema")?])?;
                let first =
                    python::iterate(&count)?.first().and_then(|row| row.get_item_by_index(0).ok()).unwrap_or_default();
                Value::from(first.is_true())
            }
            "list_schemas" => {
                let listed = self.call(state, "list_schemas", &[given.required(0, "database")?])?;
                python::list(python::iterate(&listed)?.iter().filter_map(|row| row.get_item_by_index(0).ok()).collect())
            }
            "drop_relation" => {
                let relation = given.required(0, "relation")?;
                if !relation.is_none() {
                    self.call(state, "drop_relation", std::slice::from_ref(&relation))?;
                    live.cache_dropped(&relation_of(&relation)?);
                }
                Value::from("")
            }
            "rename_relation" => {
                let (from, to) = (given.required(0, "from_relation")?, given.required(1, "to_relation")?);
                self.call(state, "rename_relation", &[from.clone(), to.clone()])?;
                let (from, mut to) = (relation_of(&from)?, relation_of(&to)?);
                to.kind = from.kind.clone().or(to.kind);
                live.cache_dropped(&from);
                live.cache_added(&to);
                Value::from("")
            }
            "truncate_relation" => {
                self.call(state, "truncate_relation", &[given.required(0, "relation")?])?;
                Value::from("")
            }
            "cache_added" => {
                live.cache_added(&relation_of(&given.required(0, "relation")?)?);
                Value::from("")
            }
            "cache_dropped" => {
                live.cache_dropped(&relation_of(&given.required(0, "relation")?)?);
                Value::from("")
            }
            "cache_renamed" => {
                live.cache_dropped(&relation_of(&given.required(0, "from_relation")?)?);
                live.cache_added(&relation_of(&given.required(1, "to_relation")?)?);
                Value::from("")
            }
            "already_exists" => {
                let (schema, name) = (given.text(0, "schema")?, given.text(1, "table")?);
                let wanted = RelationData::new(self.facts.naming, None, &schema, &name);
                Value::from(
                    live.cached("", &schema).is_some_and(|known| known.iter().any(|relation| relation.same(&wanted))),
                )
            }
            "expand_target_column_types" => self.expand_columns(live, state, given)?,
            "valid_incremental_strategies" => {
                let names = self.facts.naming.dialect.incremental_strategies;
                python::list(names.iter().map(|name| Value::from(*name)).collect())
            }
            "get_incremental_strategy_macro" => self.incremental_macro(given)?,
            "valid_snapshot_target" | "assert_valid_snapshot_target_given_strategy" => {
                self.check_snapshot(live, state, given)?
            }
            "get_hard_deletes_behavior" => {
                let config = given.required(0, "config")?;
                let ask = |key: &str| config.get_attr(key).unwrap_or_default();
                let (old, new) = (ask("invalidate_hard_deletes"), ask("hard_deletes"));
                let absent = |value: &Value| value.is_none() || value.is_undefined();
                let wrong = |message: &str| Err(raise(Diagnostic::error(Class::Runtime, message)));
                match new.as_str() {
                    _ if !absent(&old) && !absent(&new) => {
                        return wrong(
                            "You cannot set both the invalidate_hard_deletes and hard_deletes config properties on \
                             the same snapshot.",
                        );
                    }
                    Some(word @ ("ignore" | "invalidate" | "new_record")) => Value::from(word),
                    None if old.is_true() => Value::from("invalidate"),
                    None if absent(&new) => Value::from("ignore"),
                    _ => {
                        return wrong(&format!(
                            "Invalid setting for property hard_deletes. `{new}` is none of ignore, invalidate and \
                             new_record"
                        ));
                    }
                }
            }
            "standardize_grants_dict" => listing::grants(&given.required(0, "grants_table")?)?,
            "render_raw_columns_constraints" => super::constraint::columns(&given.required(0, "raw_columns")?)?,
            "render_raw_model_constraints" => super::constraint::of_model(&given.required(0, "raw_constraints")?)?,
            "convert_type" => {
                let table = given.required(0, "agate_table")?;
                let index =
                    given.optional_integer(1, "col_idx")?.and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
                let name =
                    table.downcast_object_ref::<super::Table>().and_then(|table| table.types.get(index).cloned());
                Value::from(name.unwrap_or_else(|| "text".to_owned()))
            }
            "convert_datetimes_to_strs" => given.required(0, "table")?,
            "get_binding_char" => Value::from("?"),
            "existing_key_constraint_types" => python::list(Vec::new()),
            "catalog_supports_foreign_keys" => Value::from(true),
            "get_catalog_integration" => {
                let name = given.text(0, "name")?.to_uppercase();
                self.facts.catalogs.get(&name).map_or_else(none, python::value_from_json)
            }
            "build_catalog_relation" | "batch_id_for_model" => none(),
            "external_write_options" => {
                external::write_options(&given.text(0, "write_location")?, &given.required(1, "rendered_options")?)?
            }
            "external_read_location" => {
                external::read_location(&given.text(0, "write_location")?, &given.required(1, "rendered_options")?)
            }
            "store_relation" => {
                let plugin = given.text(0, "plugin_name")?;
                let name = plugin.split('|').next().unwrap_or_default();
                return Err(raise(
                    Diagnostic::error(
                        Class::Runtime,
                        format!("the model asks for the plugin `{name}`, which is Python code and does not run here"),
                    )
                    .note("the file itself was written")
                    .help("leave out `plugin` and `glue_register`, and register the file in a step of its own"),
                ));
            }
            "parse_index" => super::index::parse(&given.required(0, "raw_index")?)?,
            "get_temp_relation_path" => {
                let mut relation = relation_of(&given.required(0, "model")?)?;
                relation.identifier = relation.identifier.map(|name| format!("{name}__dbt_tmp"));
                relation.into_value()
            }
            "get_seed_file_path" => {
                let model = given.required(0, "model")?;
                let text =
                    |key: &str| model.get_item(&Value::from(key)).map(|value| value.to_string()).unwrap_or_default();
                Value::from(format!("{}/{}", text("root_path"), text("original_file_path")))
            }
            "external_root" => Value::from(self.external_root()),
            "escape_sql_string" => Value::from(given.text(0, "value")?.replace('\'', "''")),
            "location_exists" => Value::from(std::path::Path::new(&given.text(0, "location")?).exists()),
            "warn_once" => {
                live.emit(Message::Warning, &given.text(0, "msg")?).map_err(raise)?;
                Value::from("")
            }
            "nice_connection_name" | "connection_name" => Value::from("main"),
            _ => {
                return Err(raise(
                    Diagnostic::error(Class::Compilation, format!("'adapter' has no method '{method}' here"))
                        .note(format!("the adapter is `{}`", self.facts.adapter)),
                ));
            }
        })
    }

    fn quotes_seed_columns(&self, said: Option<Value>) -> bool {
        said.filter(|value| !value.is_none() && !value.is_undefined())
            .map_or(self.facts.naming.dialect.quotes_seed_columns, |value| value.is_true())
    }

    /// Lets text columns of one relation grow to hold those of another.
    fn expand_columns(
        &self,
        live: &dyn Live,
        state: &mut State<'_, '_>,
        given: &Arguments<'_>,
    ) -> Result<Value, Error> {
        if !self.facts.naming.dialect.columns.expands {
            return Ok(none());
        }
        let (from, to) = (given.required(0, "from_relation")?, given.required(1, "to_relation")?);
        let wanted = self.columns(live, state, &from)?;
        for own in self.columns(live, state, &to)? {
            let other = wanted.iter().find(|other| other.name().eq_ignore_ascii_case(own.name()));
            if let Some(size) =
                other.filter(|other| own.0.can_expand_to(&other.0)).and_then(|other| other.0.string_size().ok())
            {
                let arguments = [to.clone(), Value::from(own.name()), Value::from(Column::string_type(size))];
                self.call(state, "alter_column_type", &arguments)?;
            }
        }
        Ok(none())
    }

    fn incremental_macro(&self, given: &Arguments<'_>) -> Result<Value, Error> {
        // dbt: the strategies that it knows itself must be among those of the adapter.
        const BUILTIN: [&str; 5] = ["append", "delete+insert", "merge", "insert_overwrite", "microbatch"];
        let strategy = given.optional_text(1, "strategy")?.unwrap_or_else(|| "default".to_owned());
        let valid = self.facts.naming.dialect.incremental_strategies;
        let known = || format!("strategies of {}: {}", self.facts.adapter, valid.join(", "));
        let wrong = |message: String| Err(raise(Diagnostic::error(Class::Runtime, message).help(known())));
        if BUILTIN.contains(&strategy.as_str()) && !valid.contains(&strategy.as_str()) {
            return wrong(format!("The incremental strategy '{strategy}' is not valid for this adapter"));
        }
        let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
        match self.library.find(&self.package, &name) {
            Some(found) => Ok(MacroValue::new(found)),
            None => wrong(format!(
                "dbt could not find an incremental strategy macro with the name \"{name}\" in {}",
                self.library.root()
            )),
        }
    }

    fn check_snapshot(
        &self,
        live: &dyn Live,
        state: &mut State<'_, '_>,
        given: &Arguments<'_>,
    ) -> Result<Value, Error> {
        let relation = given.required(0, "relation")?;
        let names: Vec<String> =
            self.columns(live, state, &relation)?.into_iter().map(|column| column.name().to_lowercase()).collect();
        let custom = given.get(1, "column_names").filter(|value| !value.is_none() && !value.is_undefined());
        let named = |key: &str| {
            custom
                .as_ref()
                .and_then(|names| names.get_item(&Value::from(key)).ok())
                .filter(|name| !name.is_none() && !name.is_undefined())
                .map_or_else(|| key.to_owned(), |name| name.to_string())
        };
        let mut needed = vec![named("dbt_scd_id"), named("dbt_valid_from"), named("dbt_valid_to")];
        let strategy = given.get(2, "strategy").unwrap_or_default();
        if strategy.get_attr("hard_deletes").is_ok_and(|value| value.as_str() == Some("new_record")) {
            needed.push(named("dbt_is_deleted"));
        }
        let missing: Vec<String> = needed.into_iter().filter(|name| !names.contains(&name.to_lowercase())).collect();
        if missing.is_empty() {
            return Ok(none());
        }
        Err(raise(Diagnostic::error(
            Class::Compilation,
            format!("Snapshot target is missing configured columns (missing \"{}\")", missing.join("\", \"")),
        )))
    }
}

impl Object for AdapterValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "Relation" => Some(Value::from_object(super::RelationClass(self.facts.naming))),
            "Column" => Some(Value::from_object(super::ColumnClass(self.facts.naming.dialect))),
            "behavior" => Some(Value::from_object(BehaviorValue::new(&self.facts.flags))),
            // dbt: the function materialization takes the method as a value, and projects' own do so too.
            "dispatch" => Some(Value::from_object(python::BoundMethod {
                object: Value::from_dyn_object(Arc::clone(self)),
                method: "dispatch".to_owned(),
            })),
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        if method == "dispatch" {
            let name = given.text(0, "macro_name")?;
            let namespace = given.optional_text(1, "macro_namespace")?;
            let found =
                self.library.dispatch_as(self.voice(), &self.package, &name, namespace.as_deref()).map_err(raise)?;
            return Ok(MacroValue::new(found));
        }
        match &self.phase {
            Phase::Parse(_) => self.parse_phase(method, &given),
            Phase::Live(live) => self.live(live.as_ref(), state, method, &given),
        }
    }
}
