//! Descriptions: `{{ doc('name') }}` and what else a template may say in them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use indexmap::IndexMap;
use minijinja::Value;

use crate::diagnostic::{Bag, Result, SourceFile, Span, nearest};
use crate::jinja::{
    Engine, Facts, FileScope, Library, LiteralCall, Scope, Secrets, Session, fail, is_template, literal_call,
};
use crate::manifest::DocBlock;
use crate::project::Yaml;

/// Macros cannot be called in descriptions: one engine serves them all.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Library::new("", &[], &[])));

/// What renders the descriptions of a project: made when the first one needs it, and shared by all others.
pub struct Renderer {
    facts: Arc<Facts>,
    /// `doc()`, and what it found.
    doc: OnceLock<(Value, Arc<Mutex<Looking>>)>,
    /// What else is known, by package.
    files: Mutex<HashMap<String, Arc<FileScope>>>,
}

/// Who asks for blocks, and what was found.
#[derive(Default)]
struct Looking {
    package: String,
    used: Vec<String>,
}

/// The names in descriptions. dbt: `DocsRuntimeContext`.
struct Names {
    doc: Value,
    file: Arc<FileScope>,
}

impl Scope for Names {
    fn get(&self, name: &str) -> Option<Value> {
        if name == "doc" { Some(self.doc.clone()) } else { self.file.get(name) }
    }

    fn package(&self) -> &str {
        ""
    }

    fn names(&self) -> Vec<String> {
        std::iter::once("doc".to_owned()).chain(self.file.names()).collect()
    }
}

impl Renderer {
    /// A renderer for a project.
    pub fn new(facts: &Arc<Facts>) -> Self {
        Self { facts: Arc::clone(facts), doc: OnceLock::new(), files: Mutex::default() }
    }

    /// `doc()` for these blocks; only those of the first call count.
    fn doc(&self, docs: &Docs<'_>) -> &(Value, Arc<Mutex<Looking>>) {
        self.doc.get_or_init(|| {
            let contents: HashMap<String, String> =
                docs.blocks.iter().map(|(id, block)| (id.clone(), block.contents.clone())).collect();
            let looking = Arc::new(Mutex::new(Looking::default()));
            let (order, found) = (docs.order.to_vec(), Arc::clone(&looking));
            let doc = Value::from_function(move |first: String, second: Option<String>| {
                let mut looking = found.lock().unwrap_or_else(PoisonError::into_inner);
                let (packages, name) = match second {
                    Some(name) => (vec![first], name),
                    None => (searched(&looking.package, &order).map(str::to_owned).collect(), first),
                };
                for package in packages {
                    let id = format!("doc.{package}.{name}");
                    if let Some(text) = contents.get(&id) {
                        looking.used.push(id);
                        return Ok(text.clone());
                    }
                }
                Err(fail(format!("Documentation for '{name}' not found")))
            });
            (doc, looking)
        })
    }

    /// What a package knows besides its blocks.
    fn file(&self, package: &str) -> Arc<FileScope> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let made = files.entry(package.to_owned()).or_insert_with(|| {
            let facts = &self.facts;
            let names = facts.vars.names(package).into_iter();
            let vars =
                names.filter_map(|name| Some((name.to_owned(), facts.vars.get(name, package)?.clone()))).collect();
            Arc::new(FileScope {
                session: Session {
                    flags: facts.flags.clone(),
                    invocation_id: facts.invocation_id.clone(),
                    started_at: facts.started_at,
                    said: Arc::clone(&facts.said),
                },
                environment: facts.environment.clone(),
                secrets: Secrets::Refused,
                vars: Arc::new(vars),
                require_vars: true,
                target: Some(Arc::new(facts.target.clone())),
                project_name: Some(facts.project.clone()),
                engine: ENGINE.clone(),
            })
        });
        Arc::clone(made)
    }

    /// The rendered text and the blocks that were asked for. Descriptions are rendered one after another.
    fn render(&self, docs: &Docs<'_>, text: &str) -> Result<(String, Vec<String>)> {
        let (doc, looking) = self.doc(docs);
        *looking.lock().unwrap_or_else(PoisonError::into_inner) =
            Looking { package: docs.package.to_owned(), used: Vec::new() };
        let scope: Arc<dyn Scope> = Arc::new(Names { doc: doc.clone(), file: self.file(docs.package) });
        let rendered = ENGINE.render_str(&SourceFile::new("<description>", text), &scope)?;
        Ok((rendered.text, std::mem::take(&mut looking.lock().unwrap_or_else(PoisonError::into_inner).used)))
    }
}

/// Resolves `{{ doc('name') }}` in descriptions.
#[derive(Clone, Copy)]
pub struct Docs<'a> {
    /// All docs blocks.
    pub blocks: &'a IndexMap<String, DocBlock>,
    /// The package that looks.
    pub package: &'a str,
    /// All packages; the root project is the first.
    pub order: &'a [String],
    /// The engine of the project.
    pub renderer: &'a Renderer,
    /// What becomes of templates.
    templates: Templates,
}

/// What becomes of the templates in descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Templates {
    /// They are rendered.
    Rendered,
    /// They stay as they are written. dbt: so for what is switched off.
    Kept,
}

/// Where a block is looked for, as one looks from a package. dbt: the root project precedes the package.
fn searched<'a>(package: &'a str, order: &'a [String]) -> impl Iterator<Item = &'a str> {
    let root = order.first().map(String::as_str);
    root.into_iter().chain([package]).chain(order.iter().map(String::as_str))
}

impl<'a> Docs<'a> {
    /// Descriptions of a package, rendered.
    pub fn new(
        blocks: &'a IndexMap<String, DocBlock>,
        package: &'a str,
        order: &'a [String],
        renderer: &'a Renderer,
    ) -> Self {
        Self { blocks, package, order, renderer, templates: Templates::Rendered }
    }

    /// The same, with templates kept.
    pub fn kept(self) -> Self {
        Self { templates: Templates::Kept, ..self }
    }

    /// The text of a description and the docs blocks it names.
    pub fn resolve(&self, description: Option<&Yaml>, bag: &mut Bag) -> (String, Vec<String>) {
        let Some(yaml) = description.filter(|yaml| !yaml.is_null()) else { return (String::new(), Vec::new()) };
        let text = yaml.display();
        if self.templates == Templates::Kept || !is_template(&text) {
            return (text, Vec::new());
        }
        // Most that call it hold nothing else.
        let only = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).and_then(literal_call);
        if let Some(LiteralCall::Doc { package: None, name }) = only {
            let found = searched(self.package, self.order)
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
            Err(mut error) => {
                let names = self.blocks.values().map(|block| block.name.as_str());
                let lost = error.message.strip_prefix("Documentation for '").and_then(|rest| rest.split('\'').next());
                let near = lost.and_then(|wanted| nearest(wanted, names)).map(str::to_owned);
                error.labels.clear();
                bag.push(error.label(yaml.span(), "").suggest(near.as_deref()));
                (text, Vec::new())
            }
        }
    }
}

/// A scope that knows no names.
struct NoNames;

impl Scope for NoNames {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }

    fn package(&self) -> &str {
        ""
    }
}

/// The text of a docs block. dbt: it is a template that knows no names.
///
/// # Errors
/// The template cannot be rendered: in this block.
pub(super) fn block(place: &Span) -> Result<String> {
    let text = &place.source.text()[place.range.clone()];
    if !["{{", "{%", "{#"].iter().any(|sign| text.contains(sign)) {
        return Ok(text.trim().to_owned());
    }
    let scope: Arc<dyn Scope> = Arc::new(NoNames);
    let template = ENGINE.template(&place.source, place.range.clone(), "docs block");
    let rendered = template.and_then(|template| ENGINE.render(&template, &scope));
    rendered
        .map(|rendered| rendered.text.trim().to_owned())
        .map_err(|error| Box::new(error.help("put what is no template between `{% raw %}` and `{% endraw %}`")))
}
