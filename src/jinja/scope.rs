//! dbt's names in templates: one match lists them all, and nothing is built before a template asks for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};
use serde_json::{Map, Value as Json};

use super::lookup::{Secrets, environment_value, missing_variable, variable_value};
use super::object::{
    self, AdapterValue, ConfigValue, ExceptionsValue, Naming, RecordValue, RelationClass, RelationData, Table,
    configured_function, function,
};
use super::phase::{Message, Phase};
use super::{Arguments, Engine, Entry, Scope, UsedMacro, Voice, fail, python, raise};
use crate::diagnostic::{Class, Diagnostic, SourceFile};
use crate::manifest::{Config, Overrides, RefCall};
use crate::project::{Environment, Vars};

/// What is the same for every template of an invocation.
pub struct Facts {
    /// Name of the root project.
    pub project: String,
    /// `{{ target }}`.
    pub target: Map<String, Json>,
    /// Type of the adapter.
    pub adapter: String,
    /// How names of relations are written.
    pub naming: Naming,
    /// Variables.
    pub vars: Vars,
    /// Environment variables.
    pub environment: Environment,
    /// `{{ flags }}`, in capitals.
    pub flags: Map<String, Json>,
    /// `{{ invocation_args_dict }}`.
    pub arguments: Map<String, Json>,
    /// `{{ ref.config }}`: what packages ask of dbt's runtime configuration.
    pub runtime: Map<String, Json>,
    /// What `catalogs.yml` says of each catalog, by its name in capitals.
    pub catalogs: Map<String, Json>,
    /// Id of the invocation.
    pub invocation_id: String,
    /// When it began.
    pub started_at: chrono::DateTime<chrono::Utc>,
    /// What templates said while they were parsed. dbt: `log()` and `print()` speak then as well.
    pub said: Arc<Mutex<Vec<(Message, String)>>>,
}

impl Facts {
    /// The adapter type that the project's SQL is written for, where the warehouse is another and it is translated.
    pub fn written_for(&self) -> Option<&'static str> {
        let named = self.target.get("dialect").and_then(Json::as_str);
        (self.adapter == "duckdb" && named == Some("snowflake")).then_some("snowflake")
    }
}

/// The node that a template belongs to.
#[derive(Default)]
pub struct NodeView {
    /// `model` in templates: the node in manifest v12.
    pub model: ModelView,
    /// Its package.
    pub package: String,
    /// Unique id, or what messages call it.
    pub id: String,
    /// Its configuration.
    pub config: Config,
    /// `this`.
    pub this: Option<RelationData>,
    /// `sql` and `compiled_code`.
    pub compiled: Option<String>,
    /// Whether a missing variable is an error even while the project is parsed.
    pub vars_required: bool,
    /// Further names.
    pub extra: HashMap<String, Value>,
    /// What a unit test puts in the place of macros and variables.
    pub overrides: Option<Arc<Overrides>>,
}

/// A node as the manifest shows it, made when a template first asks: most templates never do.
#[derive(Default)]
pub struct ModelView {
    made: OnceLock<Map<String, Json>>,
    make: Option<Box<dyn Fn() -> Map<String, Json> + Send + Sync>>,
}

impl ModelView {
    /// A view that `make` makes.
    pub fn new(make: impl Fn() -> Map<String, Json> + Send + Sync + 'static) -> Self {
        Self { made: OnceLock::new(), make: Some(Box::new(make)) }
    }

    fn get(&self, key: &str) -> Option<&Json> {
        self.all().get(key)
    }

    fn all(&self) -> &Map<String, Json> {
        self.made.get_or_init(|| self.make.as_ref().map(|make| make()).unwrap_or_default())
    }
}

impl From<Map<String, Json>> for ModelView {
    fn from(map: Map<String, Json>) -> Self {
        Self { made: OnceLock::from(map), make: None }
    }
}

struct Inner {
    facts: Arc<Facts>,
    engine: Engine,
    node: NodeView,
    phase: Phase,
    config: OnceLock<Value>,
    model: OnceLock<Value>,
    results: Mutex<HashMap<String, Value>>,
    /// What templates put into `context`.
    kept: Mutex<HashMap<String, Value>>,
}

/// The scope of one node's templates.
#[derive(Clone)]
pub struct NodeScope(Arc<Inner>);

impl NodeScope {
    /// A scope for a node in a phase.
    pub fn new(facts: &Arc<Facts>, engine: &Engine, node: NodeView, phase: Phase) -> Self {
        Self(Arc::new(Inner {
            facts: Arc::clone(facts),
            engine: engine.clone(),
            node,
            phase,
            config: OnceLock::new(),
            model: OnceLock::new(),
            results: Mutex::default(),
            kept: Mutex::default(),
        }))
    }

    /// As the engine takes it.
    pub fn shared(&self) -> Arc<dyn Scope> {
        Arc::new(self.clone())
    }

    /// What a statement of this scope stored under a name.
    pub fn result(&self, name: &str) -> Option<Value> {
        self.0.results.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// As [`result`](Self::result), for templates. dbt: they may read every result but that of `main` only once.
    fn take_result(&self, name: &str) -> Result<Value, Error> {
        let mut results = self.0.results.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(result) = results.get(name).cloned() else { return Ok(Value::from(())) };
        if result.is_none() {
            return Err(fail(format!("The 'statement' result named '{name}' has already been loaded into a variable")));
        }
        if name != "main" {
            results.insert(name.to_owned(), Value::from(()));
        }
        Ok(result)
    }

    fn config(&self) -> Value {
        let inner = &self.0;
        inner
            .config
            .get_or_init(|| ConfigValue::value(inner.node.config.clone(), inner.phase.clone(), &inner.node.id))
            .clone()
    }

    /// Parsing or running.
    pub(super) fn phase(&self) -> &Phase {
        &self.0.phase
    }

    /// The package of the node.
    pub(super) fn node_package(&self) -> &str {
        &self.0.node.package
    }

    fn parsing(&self) -> bool {
        matches!(self.0.phase, Phase::Parse(_))
    }

    fn text_or_none(text: Option<&str>) -> Value {
        text.map_or_else(|| Value::from(()), Value::from)
    }

    fn model_text(&self, key: &str) -> Value {
        Self::text_or_none(self.0.node.model.get(key).and_then(Json::as_str))
    }

    fn hooks(&self, key: &str) -> Value {
        self.0.node.config.get(key).map_or_else(|| python::list(Vec::new()), python::value_from_json)
    }

    /// How names of relations are written.
    pub(super) fn naming(&self) -> Naming {
        self.0.facts.naming
    }

    fn this(&self) -> Value {
        if let Some(this) = &self.0.node.this {
            return this.clone().into_value();
        }
        let model = &self.0.node.model;
        let text = |key: &str| model.get(key).and_then(Json::as_str);
        match (text("schema"), text("alias").or_else(|| text("identifier"))) {
            (Some(schema), Some(alias)) => {
                RelationData::new(self.naming(), text("database"), schema, alias).into_value()
            }
            _ => Value::from(()),
        }
    }

    fn ref_function(&self) -> Value {
        let scope = self.clone();
        let inner = Arc::clone(&self.0);
        let config = move || RecordValue::value(&Json::Object(inner.facts.runtime.clone()));
        configured_function("ref", config, move |_, arguments| {
            let given = Arguments::new("ref", arguments);
            let positional = given.positional();
            let text = |value: &Value| {
                value
                    .as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| fail(format!("ref() takes names, not {}", python::repr(value))))
            };
            let (package, name) = match positional {
                [name] => (given.optional_text(9, "package")?, text(name)?),
                [package, name] => (Some(text(package)?), text(name)?),
                _ => {
                    let message = format!("ref() takes at most two arguments ({} given)", positional.len());
                    let wrong = Diagnostic::error(Class::Compilation, message);
                    return Err(raise(wrong.help("write `ref('model')` or `ref('package', 'model')`")));
                }
            };
            let version =
                given.keyword("version").or_else(|| given.keyword("v")).map(|value| python::value_to_json(&value));
            let call = RefCall { package, name, version };
            match &scope.0.phase {
                Phase::Parse(recorder) => {
                    let relation = RelationData::new(scope.naming(), None, "", &call.name);
                    recorder.add_ref(call);
                    Ok(relation.into_value())
                }
                Phase::Live(live) => Ok(live.resolve_ref(&call, &scope.0.node.package).map_err(raise)?.into_value()),
            }
        })
    }

    fn source_function(&self) -> Value {
        let scope = self.clone();
        function("source", move |_, arguments| {
            let given = Arguments::new("source", arguments);
            let [source, table] = given.positional() else {
                let message = format!("source() takes exactly two arguments ({} given)", given.positional().len());
                let wrong = Diagnostic::error(Class::Compilation, message);
                return Err(raise(wrong.help("write `source('source', 'table')`")));
            };
            let (source, table) = (source.to_string(), table.to_string());
            match &scope.0.phase {
                Phase::Parse(recorder) => {
                    recorder.add_source(&source, &table);
                    Ok(RelationData::new(scope.naming(), None, &source, &table).into_value())
                }
                Phase::Live(live) => {
                    Ok(live.resolve_source(&source, &table, &scope.0.node.package).map_err(raise)?.into_value())
                }
            }
        })
    }

    fn env_var(&self) -> Value {
        let environment = self.0.facts.environment.clone();
        let overrides = self.0.node.overrides.clone();
        function("env_var", move |_, arguments| {
            let given = Arguments::new("env_var", arguments);
            let name = given.text(0, "var")?;
            if let Some(value) = overrides.as_ref().and_then(|overrides| overrides.env_vars.get(&name)) {
                return Ok(python::value_from_json(value));
            }
            environment_value(&environment, &given, Secrets::Refused)
        })
    }

    fn say(&self, name: &'static str) -> Value {
        let scope = self.clone();
        function(name, move |_, arguments| {
            let given = Arguments::new(name, arguments);
            let text = given.get(0, "msg").map(|value| python::to_str(&value)).unwrap_or_default();
            let kind = match name {
                "print" => Message::Print,
                _ if given.truth(1, "info", false) => Message::Info,
                _ => Message::Debug,
            };
            match &scope.0.phase {
                Phase::Live(live) => live.emit(kind, &text).map_err(raise)?,
                Phase::Parse(_) => {
                    scope.0.facts.said.lock().unwrap_or_else(PoisonError::into_inner).push((kind, text));
                }
            }
            Ok(Value::from(""))
        })
    }

    fn store(&self, name: &'static str) -> Value {
        let scope = self.clone();
        function(name, move |_, arguments| {
            let given = Arguments::new(name, arguments);
            let key = given.text(0, "name")?;
            let table = given
                .keyword("agate_table")
                .or_else(|| if name == "store_result" { given.get(2, "agate_table") } else { None });
            let table = table.filter(|table| !table.is_none()).unwrap_or_else(|| Table::default().into_value());
            let response = if name == "store_raw_result" {
                let of = |field: &str| given.keyword(field).unwrap_or_else(|| Value::from(()));
                python::dict(vec![
                    (Value::from("_message"), of("message")),
                    (Value::from("code"), of("code")),
                    (Value::from("rows_affected"), of("rows_affected")),
                ])
            } else {
                given.get(1, "response").unwrap_or_else(|| Value::from(()))
            };
            let rows = table
                .downcast_object_ref::<Table>()
                .map(|table| table.rows.iter().map(|row| python::list(row.clone())).collect());
            let result = python::dict(vec![
                (Value::from("response"), response),
                (Value::from("data"), python::list(rows.unwrap_or_default())),
                (Value::from("table"), table),
            ]);
            scope.0.results.lock().unwrap_or_else(PoisonError::into_inner).insert(key, result);
            Ok(Value::from(""))
        })
    }

    fn render(&self) -> Value {
        let scope = self.clone();
        function("render", move |_, arguments| {
            let given = Arguments::new("render", arguments);
            let text = given.get(0, "string").map(|value| python::to_str(&value)).unwrap_or_default();
            let source = SourceFile::new(format!("<hook of {}>", scope.0.node.id), text);
            if let Phase::Live(live) = &scope.0.phase {
                live.begin_authors_sql();
            }
            let rendered = scope.0.engine.render_str(&source, &scope.shared());
            if let Phase::Live(live) = &scope.0.phase {
                live.end_authors_sql();
            }
            Ok(Value::from(rendered.map_err(raise)?.text))
        })
    }

    fn flags(&self) -> Value {
        python::value_from_json(&Json::Object(self.0.facts.flags.clone()))
    }

    fn live_function(&self, name: &'static str) -> Value {
        let phase = self.0.phase.clone();
        function(name, move |_, arguments| {
            let Phase::Live(live) = &phase else {
                return Ok(if name == "load_agate_table" { Table::default().into_value() } else { Value::from("") });
            };
            let given = Arguments::new(name, arguments);
            match name {
                "write" => live.write(&given.text(0, "payload")?).map_err(raise)?,
                "submit_python_job" => {
                    let response = live.run_python(&given.text(1, "compiled_code")?).map_err(raise)?;
                    return Ok(python::value_from_json(&Json::Object(response)));
                }
                _ => return Ok(live.seed().map_err(raise)?.into_value()),
            }
            Ok(Value::from(""))
        })
    }
}

/// All names that this scope gives.
const NAMES: &[&str] = &[
    "adapter",
    "adapter_macro",
    "api",
    "builtins",
    "compiled_code",
    "config",
    "database",
    "dbt_metadata_envs",
    "dbt_version",
    "debug",
    "doc",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "function",
    "graph",
    "invocation_args_dict",
    "invocation_id",
    "load_agate_table",
    "load_result",
    "log",
    "metric",
    "model",
    "post_hooks",
    "pre_hooks",
    "print",
    "project_name",
    "ref",
    "render",
    "run_started_at",
    "schema",
    "selected_resources",
    "source",
    "sql",
    "store_raw_result",
    "store_result",
    "submit_python_job",
    "target",
    "this",
    "thread_id",
    "try_or_compiler_error",
    "validation",
    "var",
    "write",
];

impl Scope for NodeScope {
    fn keep(&self, name: &str, value: Value) {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
    }

    fn kept(&self, name: &str) -> Option<Value> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn failed(&self, called: &[UsedMacro], entry: Entry) {
        if let Phase::Live(live) = &self.0.phase {
            let direct = called.iter().filter(|used| used.direct);
            live.failed(direct.map(|used| used.target.unique_id()).collect(), entry);
        }
    }

    fn get(&self, name: &str) -> Option<Value> {
        let inner = &self.0;
        if let Some(value) = inner.node.extra.get(name) {
            return Some(value.clone());
        }
        Some(match name {
            "ref" => self.ref_function(),
            "source" => self.source_function(),
            "metric" => self.metric_function(),
            "function" => self.function_function(),
            "config" => self.config(),
            "this" => self.this(),
            "model" => inner
                .model
                .get_or_init(|| {
                    python::value_from_json(&super::model::of_template(
                        inner.node.model.all(),
                        inner.facts.naming.dialect,
                    ))
                })
                .clone(),
            "var" => Value::from_object(VarValue(self.clone())),
            "env_var" => self.env_var(),
            "target" => {
                let mut target = inner.facts.target.clone();
                let written_for = inner.facts.written_for();
                if let (Some(kind), Voice::Author) = (written_for, inner.phase.voice(written_for)) {
                    target.insert("type".to_owned(), Json::from(kind));
                }
                python::value_from_json(&Json::Object(target))
            }
            "adapter" => Value::from_object(AdapterValue {
                library: Arc::clone(inner.engine.library()),
                package: inner.node.package.clone(),
                phase: inner.phase.clone(),
                facts: Arc::clone(&inner.facts),
                written_for: inner.facts.written_for(),
            }),
            "api" => python::dict(vec![
                (Value::from("Relation"), Value::from_object(RelationClass(inner.facts.naming))),
                (Value::from("Column"), Value::from_object(object::ColumnClass(inner.facts.naming.dialect))),
            ]),
            "exceptions" => {
                Value::from_object(ExceptionsValue { phase: inner.phase.clone(), said: Arc::clone(&inner.facts.said) })
            }
            "execute" => Value::from(!self.parsing()),
            "flags" => self.flags(),
            "graph" => match &inner.phase {
                Phase::Live(live) => live.graph(),
                Phase::Parse(_) => python::value_from_json(
                    &serde_json::json!({"nodes": {}, "sources": {}, "exposures": {}, "groups": {}, "metrics": {}}),
                ),
            },
            "selected_resources" => match &inner.phase {
                Phase::Live(live) => python::list(live.selected().into_iter().map(Value::from).collect()),
                Phase::Parse(_) => python::list(Vec::new()),
            },
            "invocation_args_dict" => python::value_from_json(&Json::Object(inner.facts.arguments.clone())),
            "invocation_id" => Value::from(inner.facts.invocation_id.as_str()),
            "run_started_at" => python::datetime_value(inner.facts.started_at.naive_utc(), Some(python::Zone::Utc)),
            "dbt_version" => Value::from("1.12.6"),
            "thread_id" => Value::from(std::thread::current().name().unwrap_or("MainThread")),
            "project_name" => Value::from(inner.facts.project.as_str()),
            "dbt_metadata_envs" => python::dict(
                inner
                    .facts
                    .environment
                    .custom()
                    .into_iter()
                    .map(|(key, value)| (Value::from(key), Value::from(value)))
                    .collect::<Vec<_>>(),
            ),
            "schema" => self.model_text("schema"),
            "database" => self.model_text("database"),
            "pre_hooks" => self.hooks("pre-hook"),
            "post_hooks" => self.hooks("post-hook"),
            // dbt: `sql` is the code of models in SQL alone.
            "sql" if inner.node.model.get("language").and_then(Json::as_str) == Some("python") => Value::from(()),
            "sql" | "compiled_code" => Self::text_or_none(inner.node.compiled.as_deref()),
            "log" => self.say("log"),
            "print" => self.say("print"),
            "store_result" => self.store("store_result"),
            "store_raw_result" => self.store("store_raw_result"),
            "load_result" => {
                let scope = self.clone();
                function("load_result", move |_, arguments| {
                    let key = Arguments::new("load_result", arguments).text(0, "name")?;
                    scope.take_result(&key)
                })
            }
            "load_agate_table" => self.live_function("load_agate_table"),
            "write" => self.live_function("write"),
            "submit_python_job" => self.live_function("submit_python_job"),
            "render" => self.render(),
            "doc" => function("doc", |_, _| Ok(Value::from(""))),
            "debug" => function("debug", |_, _| Ok(Value::from(""))),
            "try_or_compiler_error" => function("try_or_compiler_error", |state, arguments| match arguments {
                [_, called, rest @ ..] => called.call(state, rest),
                _ => Err(fail("try_or_compiler_error() takes a message and a function")),
            }),
            "adapter_macro" => function("adapter_macro", |_, arguments| {
                let name = Arguments::new("adapter_macro", arguments).text(0, "name")?;
                Err(fail(format!(
                    "The \"adapter_macro\" macro has been deprecated. Instead, use the `adapter.dispatch` method to find a macro and call the result. adapter_macro was called for: {name}"
                )))
            }),
            "validation" => python::dict(vec![(Value::from("any"), Value::from(()))]),
            "builtins" => python::dict(vec![
                (Value::from("ref"), self.ref_function()),
                (Value::from("source"), self.source_function()),
                (Value::from("metric"), self.metric_function()),
                (Value::from("function"), self.function_function()),
                (Value::from("config"), self.config()),
            ]),
            _ => return None,
        })
    }

    fn package(&self) -> &str {
        &self.0.node.package
    }

    fn overridden(&self, package: Option<&str>, name: &str) -> Option<Value> {
        let overrides = self.0.node.overrides.as_ref()?;
        overrides.of_name(package, name).map(python::value_from_json)
    }

    fn names(&self) -> Vec<String> {
        NAMES.iter().map(|name| (*name).to_owned()).chain(self.0.node.extra.keys().cloned()).collect()
    }

    fn undefined(&self, name: &str) -> Option<Value> {
        self.parsing().then(|| python::ParseUndefined::value(name))
    }

    fn lenient(&self) -> bool {
        self.parsing()
    }
}

/// `var`: a function that can also be asked whether a variable exists.
struct VarValue(NodeScope);

impl VarValue {
    fn find(&self, name: &str) -> Option<&Json> {
        let inner = &self.0.0;
        let overridden = inner.node.overrides.as_ref().and_then(|overrides| overrides.vars.get(name));
        overridden.or_else(|| inner.facts.vars.get(name, &inner.node.package))
    }
}

impl std::fmt::Debug for VarValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("<var>")
    }
}

impl Object for VarValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new("var", arguments);
        let name = given.text(0, "var_name")?;
        let inner = &self.0.0;
        if let Some(value) = self.find(&name) {
            return variable_value(&name, value, &inner.engine, || self.0.shared());
        }
        // dbt: a variable may be missing while the project is parsed, since the node may never run.
        let parsing = (self.0.parsing() && !inner.node.vars_required).then(|| Value::from(()));
        given.get(1, "default").or(parsing).ok_or_else(|| {
            let (vars, package) = (&inner.facts.vars, &inner.node.package);
            let known = vars.names(package).into_iter();
            let known = known.filter_map(|name| Some((name.to_owned(), vars.get(name, package)?.clone()))).collect();
            let user = inner.node.model.get("name").and_then(Json::as_str).unwrap_or("<Configuration>");
            let help = format!("give it (`--vars '{{{name}: ...}}'`), add it to `vars:` in the project file, or write a default: `var('{name}', ...)`");
            missing_variable(&name, user, &known, help)
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "has_var" => {
                let name = Arguments::new(method, arguments).text(0, "var_name")?;
                Ok(Value::from(self.find(&name).is_some()))
            }
            _ => Err(Error::from(minijinja::ErrorKind::UnknownMethod)),
        }
    }
}
