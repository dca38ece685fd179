//! Jinja in YAML files: `env_var`, `var` and `target`, before there is a project to ask.
//!
//! dbt: project, profile, package and selector files are rendered with a small context and keep native types: a value
//! that is one expression gives that expression's value, anything else gives text.

use std::sync::Arc;

use minijinja::{Environment as Templates, Error, ErrorKind, Value as Jinja};
use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::jinja::python::value_from_json;
use crate::project::{Content, Environment, Yaml};

/// What templates in YAML files may use.
pub struct Renderer {
    templates: Templates<'static>,
    vars: Arc<Map<String, Value>>,
}

/// Whether secrets may be read: in profiles and package files only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

impl Renderer {
    /// A renderer with these variables of the command line and, once it is known, the target.
    pub fn new(
        environment: &Environment,
        secrets: Secrets,
        vars: &Map<String, Value>,
        target: Option<&Map<String, Value>>,
    ) -> Self {
        let mut templates = Templates::new();
        let environment = environment.clone();
        templates.add_function("env_var", move |name: String, default: Option<Jinja>| {
            env_var(&environment, secrets, &name, default)
        });
        let vars = Arc::new(vars.clone());
        let known = Arc::clone(&vars);
        templates.add_function("var", move |name: String, default: Option<Jinja>| match known.get(&name) {
            Some(value) => Ok(value_from_json(value)),
            None => default.ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidOperation,
                    format!("Required var '{name}' not found in config: it is not in --vars"),
                )
            }),
        });
        templates.add_filter("as_text", |value: Jinja| value.to_string());
        templates.add_filter("as_number", |value: Jinja| as_number(&value));
        templates.add_filter("as_bool", |value: Jinja| as_bool(&value));
        templates
            .add_filter("as_native", |value: Jinja| as_number(&value).or_else(|_| as_bool(&value)).unwrap_or(value));
        // dbt: nothing runs while files are read.
        templates.add_global("execute", false);
        if let Some(target) = target {
            templates.add_global("target", value_from_json(&Value::Object(target.clone())));
        }
        templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        Self { templates, vars }
    }

    /// The same renderer, for which a variable that is missing is nothing.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        let vars = Arc::clone(&self.vars);
        self.templates.add_function("var", move |name: String, default: Option<Jinja>| {
            vars.get(&name).map(value_from_json).or(default).unwrap_or_else(|| Jinja::from(()))
        });
        self
    }

    /// Renders one text.
    fn text(&self, yaml: &Yaml, text: &str) -> Result<Value> {
        let trimmed = text.trim();
        let single = trimmed.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let rendered = match single.filter(|inner| !inner.contains("}}")) {
            Some(expression) => self
                .templates
                .compile_expression(expression.trim_matches('-'))
                .and_then(|expression| expression.eval(()))
                .and_then(|value| {
                    if value.is_undefined() {
                        return Err(Error::new(
                            ErrorKind::UndefinedError,
                            format!("'{}' is undefined", expression.trim()),
                        ));
                    }
                    serde_json::to_value(&value)
                        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
                }),
            None => self.templates.render_str(text, ()).map(Value::String),
        };
        rendered.map_err(|error| {
            let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            let mut diagnostic =
                Diagnostic::error(Class::Compilation, format!("Could not render {}: {message}", text.trim()))
                    .label(yaml.span(), "");
            if let Some(help) = missing_env_help(&message) {
                diagnostic = diagnostic.help(help);
            }
            Box::new(diagnostic)
        })
    }
}

/// Renders every text of a YAML value that holds Jinja.
///
/// # Errors
/// A template cannot be rendered: its place is the value's place.
pub fn render_yaml(yaml: &Yaml, renderer: &Renderer) -> Result<Value> {
    Ok(match &yaml.content {
        Content::Text(text) if text.contains("{{") || text.contains("{%") => renderer.text(yaml, text)?,
        Content::Sequence(items) => {
            Value::Array(items.iter().map(|item| render_yaml(item, renderer)).collect::<Result<Vec<_>>>()?)
        }
        Content::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(key.display(), render_yaml(value, renderer)?);
            }
            Value::Object(map)
        }
        _ => yaml.to_json(),
    })
}

/// Renders the Jinja of a project file's texts, each at its own place.
///
/// dbt: hooks, variables and the query comment are not rendered here (`DbtProjectYamlRenderer`).
///
/// # Errors
/// A template cannot be rendered: its place is the value's place.
pub fn render_settings(settings: &Yaml, renderer: &Renderer) -> Result<Yaml> {
    let mut rendered = settings.clone();
    if let Content::Mapping(pairs) = &mut rendered.content {
        for (key, value) in pairs {
            if !matches!(key.text(), Some("on-run-start" | "on-run-end" | "query-comment" | "vars")) {
                *value = render_tree(value, renderer)?;
            }
        }
    }
    Ok(rendered)
}

/// Renders every text of a YAML value that holds Jinja, and keeps the places.
///
/// dbt: hooks keep their Jinja until they run.
///
/// # Errors
/// As [`render_yaml`].
pub(super) fn render_tree(yaml: &Yaml, renderer: &Renderer) -> Result<Yaml> {
    let content = match &yaml.content {
        Content::Text(text) if text.contains("{{") || text.contains("{%") => {
            Content::from_json(renderer.text(yaml, text)?, &yaml.source, &yaml.range)
        }
        Content::Sequence(items) => {
            Content::Sequence(items.iter().map(|item| render_tree(item, renderer)).collect::<Result<_>>()?)
        }
        Content::Mapping(pairs) => {
            let mut rendered = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let name = key.text().unwrap_or_default().trim_start_matches('+').trim_start();
                let hook = matches!(name, "pre-hook" | "post-hook" | "pre_hook" | "post_hook");
                rendered.push((key.clone(), if hook { value.clone() } else { render_tree(value, renderer)? }));
            }
            Content::Mapping(rendered)
        }
        plain => plain.clone(),
    };
    Ok(Yaml { content, ..yaml.clone() })
}

fn env_var(
    environment: &Environment,
    secrets: Secrets,
    name: &str,
    default: Option<Jinja>,
) -> std::result::Result<Jinja, Error> {
    if Environment::is_secret(name) && secrets == Secrets::Refused {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!(
                "Secret env vars are allowed only in profiles.yml or packages.yml. Found '{name}' referenced elsewhere."
            ),
        ));
    }
    if let Some(value) = environment.get(name) {
        return Ok(Jinja::from(value));
    }
    default.ok_or_else(|| {
        let near = nearest(name, environment.names()).map(|near| format!(" (is it `{near}`?)")).unwrap_or_default();
        Error::new(ErrorKind::InvalidOperation, format!("Env var required but not provided: '{name}'{near}"))
    })
}

fn missing_env_help(message: &str) -> Option<String> {
    let name = message.split("not provided: '").nth(1)?.split('\'').next()?;
    Some(format!("set it (`export {name}=...`) or give a default: `env_var('{name}', '...')`"))
}

fn as_number(value: &Jinja) -> std::result::Result<Jinja, Error> {
    let text = value.to_string();
    if let Ok(number) = text.trim().parse::<i64>() {
        return Ok(Jinja::from(number));
    }
    text.trim().parse::<f64>().map(Jinja::from).map_err(|_| {
        Error::new(ErrorKind::InvalidOperation, format!("Could not convert value '{text}' into type 'number'"))
    })
}

fn as_bool(value: &Jinja) -> std::result::Result<Jinja, Error> {
    match value.to_string().to_lowercase().as_str() {
        "true" => Ok(Jinja::from(true)),
        "false" => Ok(Jinja::from(false)),
        text => {
            Err(Error::new(ErrorKind::InvalidOperation, format!("Could not convert value '{text}' into type 'bool'")))
        }
    }
}
