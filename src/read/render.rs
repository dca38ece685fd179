//! Jinja in YAML files.
//!
//! dbt: project, profile, package and selector files are rendered with a small context and keep native types: a value
//! that is one expression gives that expression's value, anything else gives text.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile};
use crate::jinja::{Engine, FileScope, Library, Scope, Secrets, Session, is_template, python};
use crate::project::{Content, Environment, Yaml};

/// Macros cannot be called in YAML files: one engine serves them all.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Library::new("", &[], &[])));

/// Renders the values of one kind of file.
pub struct Renderer {
    scope: FileScope,
    shared: Arc<dyn Scope>,
}

impl Renderer {
    /// A renderer with these variables of the command line and, once it is known, the target.
    pub fn new(
        session: &Session,
        environment: &Environment,
        secrets: Secrets,
        vars: &Map<String, Value>,
        target: Option<&Map<String, Value>>,
    ) -> Self {
        Self::of(FileScope {
            session: session.clone(),
            environment: environment.clone(),
            secrets,
            vars: Arc::new(vars.clone()),
            require_vars: true,
            target: target.cloned().map(Arc::new),
            project_name: None,
            engine: ENGINE.clone(),
        })
    }

    fn of(scope: FileScope) -> Self {
        let shared = Arc::new(scope.clone());
        Self { scope, shared }
    }

    /// The same renderer, for which a variable that is missing is nothing.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self::of(FileScope { require_vars: false, ..self.scope })
    }

    /// The same renderer, for the files that describe what is in a project.
    #[must_use]
    pub fn within(self, project: &str) -> Self {
        Self::of(FileScope { project_name: Some(project.to_owned()), ..self.scope })
    }

    /// Renders one text.
    fn text(&self, yaml: &Yaml, text: &str, unknown: Unknown) -> Result<Value> {
        // Where the file holds the text as it is, errors name the very expression.
        let written = yaml.source.text().get(yaml.range.clone()).and_then(|written| written.find(text));
        let (source, range) = match written {
            Some(start) => {
                let start = yaml.range.start + start;
                (Arc::clone(&yaml.source), start..start + text.len())
            }
            None => (SourceFile::new(yaml.source.path(), text), 0..text.len()),
        };
        let template = ENGINE.expression(&source, range, "the value");
        let value = template.and_then(|template| ENGINE.evaluate(&template, &self.shared));
        match value {
            // dbt: where anything may stand, a name that nothing has is written down as an empty text.
            Ok(value) if python::is_undefined(&value) && unknown == Unknown::Nothing => {
                let said = format!("{}: {} is empty, since nothing has this name", yaml.span(), text.trim());
                self.scope.say(said);
                Ok(Value::from(""))
            }
            Ok(value) if python::is_undefined(&value) => {
                let inner = text.trim().trim_start_matches(['{', '-']).trim_end_matches(['}', '-']).trim();
                Err(Box::new(
                    Diagnostic::error(Class::Compilation, format!("Could not render {text}: '{inner}' is undefined"))
                        .label(yaml.span(), ""),
                ))
            }
            Ok(value) => Ok(match python::value_to_json(&value) {
                Value::String(text) => Value::String(self.scope.environment.reveal(&text)),
                other => other,
            }),
            Err(mut error) => {
                if error.class == Class::Compilation {
                    error.message = format!("Could not render {text}: {}", error.message);
                }
                if written.is_none() || error.labels.is_empty() {
                    error.labels.clear();
                    return Err(Box::new(error.label(yaml.span(), "")));
                }
                Err(error)
            }
        }
    }
}

/// What a template gives that is a name that nothing knows, and nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// An error.
    Refused,
    /// Nothing.
    Nothing,
}

/// Renders every text of a YAML value that holds Jinja.
///
/// # Errors
/// A template cannot be rendered: its place is the value's place.
pub fn render_yaml(yaml: &Yaml, renderer: &Renderer) -> Result<Value> {
    render_value(yaml, renderer, Unknown::Refused)
}

/// The same for what describes resources. dbt: below `meta` an unknown name gives nothing; elsewhere that would be refused.
///
/// # Errors
/// As [`render_yaml`].
pub fn render_properties(yaml: &Yaml, renderer: &Renderer) -> Result<Value> {
    match &yaml.content {
        Content::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                let value = match key.text() {
                    Some("meta") => render_value(value, renderer, Unknown::Nothing)?,
                    _ => render_value(value, renderer, Unknown::Refused)?,
                };
                map.insert(key.display(), value);
            }
            Ok(Value::Object(map))
        }
        _ => render_value(yaml, renderer, Unknown::Refused),
    }
}

fn render_value(yaml: &Yaml, renderer: &Renderer, unknown: Unknown) -> Result<Value> {
    Ok(match &yaml.content {
        Content::Text(text) if is_template(text) => renderer.text(yaml, text, unknown)?,
        // dbt: every text is rendered, and loses its last line break thereby.
        Content::Text(text) => Value::from(text.strip_suffix('\n').unwrap_or(text)),
        Content::Sequence(items) => {
            Value::Array(items.iter().map(|item| render_value(item, renderer, unknown)).collect::<Result<Vec<_>>>()?)
        }
        Content::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.insert(key.display(), render_value(value, renderer, unknown)?);
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
        Content::Text(text) if is_template(text) => {
            Content::from_json(renderer.text(yaml, text, Unknown::Nothing)?, &yaml.source, &yaml.range)
        }
        // dbt: every text is rendered, and loses its last line break thereby.
        Content::Text(text) => Content::Text(text.strip_suffix('\n').unwrap_or(text).into()),
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
