//! The names of templates in YAML files: few, since they are rendered before there is a project to ask.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use serde_json::{Map, Value as Json};

use super::lookup::{Secrets, environment_value, missing_variable, variable_value};
use super::object::function;
use super::phase::Message;
use super::{Arguments, Engine, Scope, python};
use crate::project::Environment;

/// What an invocation knows before its project is read.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// `{{ flags }}`, in capitals.
    pub flags: Map<String, Json>,
    /// Id of the invocation.
    pub invocation_id: String,
    /// When it began.
    pub started_at: chrono::DateTime<chrono::Utc>,
    /// What templates said before nodes run.
    pub said: Arc<Mutex<Vec<(Message, String)>>>,
}

/// The scope of templates in YAML files. dbt: `BaseContext`, `TargetContext` and `SecretContext`.
#[derive(Clone)]
pub struct FileScope {
    /// What the invocation knows.
    pub session: Session,
    /// Environment variables.
    pub environment: Environment,
    /// Whether they may be secrets.
    pub secrets: Secrets,
    /// Variables.
    pub vars: Arc<Map<String, Json>>,
    /// Whether a variable that is missing is an error.
    pub require_vars: bool,
    /// `{{ target }}`, once it is known.
    pub target: Option<Arc<Map<String, Json>>>,
    /// `{{ project_name }}`, in the files that describe resources.
    pub project_name: Option<String>,
    /// The engine, for variables that are templates themselves.
    pub engine: Engine,
}

/// All names that this scope gives.
const NAMES: &[&str] = &[
    "builtins",
    "dbt_version",
    "env_var",
    "execute",
    "flags",
    "invocation_id",
    "log",
    "print",
    "project_name",
    "run_started_at",
    "target",
    "thread_id",
    "var",
];

impl FileScope {
    fn var(&self) -> Value {
        let scope = self.clone();
        function("var", move |_, arguments| {
            let given = Arguments::new("var", arguments);
            let name = given.text(0, "var_name")?;
            if let Some(value) = scope.vars.get(&name) {
                return variable_value(&name, value, &scope.engine, || Arc::new(scope.clone()));
            }
            match given.get(1, "default") {
                Some(default) => Ok(default),
                None if !scope.require_vars => Ok(Value::from(())),
                None => {
                    let help =
                        format!("give it (`--vars '{{{name}: ...}}'`), or write a default: `var('{name}', ...)`");
                    Err(missing_variable(&name, "<Configuration>", &scope.vars, help))
                }
            }
        })
    }

    fn env_var(&self) -> Value {
        let (environment, secrets) = (self.environment.clone(), self.secrets);
        function("env_var", move |_, arguments| {
            environment_value(&environment, &Arguments::new("env_var", arguments), secrets)
        })
    }

    /// Tells the user something, once the invocation can.
    pub fn say(&self, text: String) {
        let mut said = self.session.said.lock().unwrap_or_else(PoisonError::into_inner);
        let message = (Message::Info, text);
        if !said.contains(&message) {
            said.push(message);
        }
    }

    fn saying(&self, name: &'static str) -> Value {
        let said = Arc::clone(&self.session.said);
        function(name, move |_, arguments| {
            let given = Arguments::new(name, arguments);
            let text = given.get(0, "msg").map(|value| python::to_str(&value)).unwrap_or_default();
            let kind = match name {
                "print" => Message::Print,
                _ if given.truth(1, "info", false) => Message::Info,
                _ => Message::Debug,
            };
            said.lock().unwrap_or_else(PoisonError::into_inner).push((kind, text));
            Ok(Value::from(""))
        })
    }
}

impl Scope for FileScope {
    fn get(&self, name: &str) -> Option<Value> {
        Some(match name {
            "var" => self.var(),
            "env_var" => self.env_var(),
            "target" => python::value_from_json(&Json::Object(self.target.as_deref()?.clone())),
            "project_name" => Value::from(self.project_name.as_deref()?),
            "flags" => python::value_from_json(&Json::Object(self.session.flags.clone())),
            "log" | "print" => self.saying(if name == "log" { "log" } else { "print" }),
            "invocation_id" => Value::from(self.session.invocation_id.as_str()),
            "run_started_at" => python::datetime_value(self.session.started_at.naive_utc(), Some(python::Zone::Utc)),
            "dbt_version" => Value::from(crate::project::DBT_VERSION),
            "thread_id" => Value::from(std::thread::current().name().unwrap_or("MainThread")),
            // Nothing runs while files are read.
            "execute" => Value::from(false),
            "builtins" => python::dict(
                ["var", "env_var", "log", "print"]
                    .into_iter()
                    .filter_map(|name| Some((Value::from(name), self.get(name)?)))
                    .collect::<Vec<_>>(),
            ),
            _ => return None,
        })
    }

    fn package(&self) -> &str {
        ""
    }

    fn names(&self) -> Vec<String> {
        let given = |name: &str| match name {
            "target" => self.target.is_some(),
            "project_name" => self.project_name.is_some(),
            _ => true,
        };
        NAMES.iter().filter(|name| given(name)).map(|name| (*name).to_owned()).collect()
    }
}
