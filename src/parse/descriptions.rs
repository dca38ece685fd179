//! Descriptions: `{{ doc('name') }}` and what else a template may say in them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::IndexMap;
use minijinja::Environment;

use crate::diagnostic::{Bag, Class, Diagnostic, nearest};
use crate::jinja::{LiteralCall, literal_call, python};
use crate::manifest::DocBlock;
use crate::project::Yaml;

/// What renders the descriptions of a project: made when the first one needs it, and shared by all others.
#[derive(Default)]
pub struct Renderer {
    made: OnceLock<(Environment<'static>, Arc<Mutex<Looking>>)>,
}

/// Who asks for blocks, and what was found.
#[derive(Default)]
struct Looking {
    package: String,
    used: Vec<String>,
}

impl Renderer {
    /// The engine, with `doc()` for these blocks; only those of the first call count.
    fn get(&self, docs: &Docs<'_>) -> &(Environment<'static>, Arc<Mutex<Looking>>) {
        self.made.get_or_init(|| {
            let contents: HashMap<String, String> =
                docs.blocks.iter().map(|(id, block)| (id.clone(), block.contents.clone())).collect();
            let looking = Arc::new(Mutex::new(Looking::default()));
            let mut templates = Environment::new();
            python::install(&mut templates);
            let (order, found) = (docs.order.to_vec(), Arc::clone(&looking));
            templates.add_function("doc", move |first: String, second: Option<String>| {
                let mut looking = found.lock().unwrap_or_else(PoisonError::into_inner);
                let (packages, name) = match second {
                    Some(name) => (vec![first], name),
                    None => (std::iter::once(looking.package.clone()).chain(order.iter().cloned()).collect(), first),
                };
                for package in packages {
                    let id = format!("doc.{package}.{name}");
                    if let Some(text) = contents.get(&id) {
                        looking.used.push(id);
                        return Ok(text.clone());
                    }
                }
                Err(minijinja::Error::new(
                    minijinja::ErrorKind::InvalidOperation,
                    format!("Documentation for '{name}' not found"),
                ))
            });
            (templates, looking)
        })
    }

    /// The rendered text and the blocks that were asked for. Descriptions are rendered one after another.
    fn render(&self, docs: &Docs<'_>, text: &str) -> std::result::Result<(String, Vec<String>), minijinja::Error> {
        let (templates, looking) = self.get(docs);
        *looking.lock().unwrap_or_else(PoisonError::into_inner) =
            Looking { package: docs.package.to_owned(), used: Vec::new() };
        let rendered = templates.render_str(text, ())?;
        Ok((rendered, std::mem::take(&mut looking.lock().unwrap_or_else(PoisonError::into_inner).used)))
    }
}

/// Resolves `{{ doc('name') }}` in descriptions.
pub struct Docs<'a> {
    /// All docs blocks.
    pub blocks: &'a IndexMap<String, DocBlock>,
    /// The package that looks.
    pub package: &'a str,
    /// Packages in the order in which they are searched.
    pub order: &'a [String],
    /// The engine of the project.
    pub renderer: &'a Renderer,
}

impl Docs<'_> {
    /// The text of a description and the docs blocks it names.
    pub fn resolve(&self, description: Option<&Yaml>, bag: &mut Bag) -> (String, Vec<String>) {
        let Some(yaml) = description.filter(|yaml| !yaml.is_null()) else { return (String::new(), Vec::new()) };
        let text = yaml.display();
        if !text.contains("{{") {
            return (text, Vec::new());
        }
        // Most that call it hold nothing else.
        let only = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).and_then(literal_call);
        if let Some(LiteralCall::Doc { package: None, name }) = only {
            let found = std::iter::once(self.package)
                .chain(self.order.iter().map(String::as_str))
                .find_map(|package| self.blocks.get(&format!("doc.{package}.{name}")));
            if let Some(block) = found {
                return (block.contents.clone(), vec![block.unique_id.clone()]);
            }
        }
        match self.renderer.render(self, &text) {
            Ok((rendered, mut used)) => {
                // dbt: only a block that stands in the text by itself, and by its written name, counts as named.
                let dense: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
                used.retain(|id: &String| {
                    let name = id.rsplit('.').next().unwrap_or_default();
                    ["'", "\""].iter().any(|quote| dense.contains(&format!("{quote}{name}{quote})}}}}")))
                });
                (rendered, used)
            }
            Err(error) => {
                let names: Vec<&str> = self.blocks.values().map(|block| block.name.as_str()).collect();
                let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                let wanted = message.split('\'').nth(1).unwrap_or_default().to_owned();
                bag.push(
                    Diagnostic::error(Class::Compilation, message)
                        .label(yaml.span(), "")
                        .suggest(nearest(&wanted, names)),
                );
                (text, Vec::new())
            }
        }
    }
}
