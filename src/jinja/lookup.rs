//! `var()` and `env_var()`: what holds wherever templates are rendered.

use std::sync::Arc;

use minijinja::{Error, Value};
use serde_json::{Map, Value as Json};

use super::{Arguments, Engine, Scope, python, raise};
use crate::diagnostic::{Class, Diagnostic, SourceFile, nearest};
use crate::project::Environment;

/// Whether secrets may be read: in profiles and package files only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// Whether a text holds anything to render.
pub fn is_template(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

/// `env_var(name, default)`.
pub(super) fn environment_value(
    environment: &Environment,
    given: &Arguments<'_>,
    secrets: Secrets,
) -> Result<Value, Error> {
    let name = given.text(0, "var")?;
    if Environment::is_secret(&name) && secrets == Secrets::Refused {
        let message = format!(
            "Secret env vars are allowed only in profiles.yml or packages.yml. Found '{name}' referenced elsewhere."
        );
        return Err(raise(Diagnostic::error(Class::Parsing, message)));
    }
    if let Some(value) = environment.get(&name) {
        if Environment::is_secret(&name) {
            return Ok(Value::from(Environment::stand_in(&name)));
        }
        return Ok(Value::from(value));
    }
    given.get(1, "default").filter(|default| !default.is_none()).ok_or_else(|| {
        raise(
            Diagnostic::error(Class::Parsing, format!("Env var required but not provided: '{name}'"))
                .help(format!("set it (`export {name}=...`) or give a default: `env_var('{name}', '...')`"))
                .suggest(nearest(&name, environment.names())),
        )
    })
}

/// The value of a variable; one that is a template is rendered where it is used. dbt: `Var.get_rendered_var`.
pub(super) fn variable_value(
    name: &str,
    value: &Json,
    engine: &Engine,
    scope: impl FnOnce() -> Arc<dyn Scope>,
) -> Result<Value, Error> {
    match value {
        Json::String(text) if is_template(text) => {
            let source = SourceFile::new(format!("<variable {name}>"), text);
            Ok(Value::from(engine.render_str(&source, &scope()).map_err(raise)?.text))
        }
        plain => Ok(python::value_from_json(plain)),
    }
}

/// The error of a variable that is needed and missing; `user` is the node that asks.
pub(super) fn missing_variable(name: &str, user: &str, vars: &Map<String, Json>, help: String) -> Error {
    let shown: std::collections::BTreeMap<&str, Json> = vars
        .iter()
        .map(|(name, value)| {
            (name.as_str(), if Environment::is_secret(name) { Json::from("*****") } else { value.clone() })
        })
        .collect();
    let mut listed = Vec::new();
    let layout = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    // A map of JSON values can be written as JSON.
    let _ = serde::Serialize::serialize(&shown, &mut serde_json::Serializer::with_formatter(&mut listed, layout));
    let listed = String::from_utf8_lossy(&listed);
    let message = format!("Required var '{name}' not found in config:\nVars supplied to {user} = {listed}");
    let near = nearest(name, vars.keys().map(String::as_str));
    raise(Diagnostic::error(Class::Compilation, message).help(help).suggest(near))
}
