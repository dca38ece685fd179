//! Renders one node against the live context.

use std::sync::{Arc, OnceLock};

use super::ctes::{expression, inject};
use crate::diagnostic::{Class, Diagnostic, Frame, Result, SourceFile, Span, nearest};
use crate::jinja::{Engine, NodeScope, RenderTrace, Scope};
use crate::manifest::{Node, ResourceType, TestInfo};
use crate::parse::test_kwargs;
use crate::sql::translate::Translation;

/// A node's SQL, and where each byte of it came from.
pub struct CompiledNode {
    /// The SQL with ephemeral parents put in.
    pub sql: String,
    /// The ephemeral parents that were put in: unique id and expression.
    pub ctes: Vec<(String, String)>,
    /// The macros that the template called itself, by unique id.
    pub macros: Vec<String>,
    rendered: String,
    trace: RenderTrace,
    inserted: (usize, usize),
    /// The SQL in the warehouse's dialect, where the author's is another.
    translation: OnceLock<Translation>,
}

impl CompiledNode {
    /// The SQL for the warehouse.
    pub fn runnable(&self) -> &str {
        self.translation.get().map_or(&self.sql, |translation| &translation.sql)
    }

    /// Keeps what the SQL is in the warehouse's dialect; the first one stays.
    pub fn translate(&self, translation: Translation) {
        let _ = self.translation.set(translation);
    }

    /// The SQL without ephemeral parents.
    pub fn rendered(&self) -> &str {
        &self.rendered
    }

    /// SQL that no template stands behind.
    pub fn plain(sql: String) -> Self {
        let source = SourceFile::new("<made SQL>", sql.clone());
        let trace = RenderTrace::plain(&source, 0..sql.len());
        let inserted = (sql.len(), 0);
        Self {
            rendered: sql.clone(),
            sql,
            ctes: Vec::new(),
            macros: Vec::new(),
            trace,
            inserted,
            translation: OnceLock::new(),
        }
    }

    /// The template's place of a byte of the SQL, and the macro calls that led there.
    pub fn locate(&self, offset: usize) -> Option<(Span, Vec<Frame>)> {
        let (at, length) = self.inserted;
        let offset = if offset < at {
            offset
        } else if offset < at + length {
            return None;
        } else {
            offset - length
        };
        let origin = self.trace.locate(&self.rendered, offset)?;
        Some((origin.span, origin.chain))
    }

    /// The same for a byte of the SQL without ephemeral parents.
    pub fn locate_rendered(&self, offset: usize) -> Option<(Span, Vec<Frame>)> {
        let origin = self.trace.locate(&self.rendered, offset)?;
        Some((origin.span, origin.chain))
    }

    /// The same for a byte of what runs.
    pub fn locate_runnable(&self, offset: usize) -> Option<(Span, Vec<Frame>)> {
        self.locate(self.translation.get().map_or(offset, |translation| translation.origin(offset)))
    }

    /// The same for a byte of a longer statement that contains what runs.
    pub fn locate_in(&self, statement: &str, offset: usize) -> Option<(Span, Vec<Frame>)> {
        let body = self.runnable();
        let start = statement.find(body).filter(|_| !body.is_empty())?;
        if offset < start || offset >= start + body.len() {
            return None;
        }
        self.locate_runnable(offset - start)
    }
}

/// Whether its code is no template. dbt: a function in Python is rendered, a model in Python is not.
fn is_python_model(node: &Node) -> bool {
    node.language == "python" && node.resource_type != ResourceType::Function
}

/// What is wrong with a test whose macro is not there. dbt: that is found only now.
fn missing_test(engine: &Engine, node: &Node, test: &TestInfo) -> Option<Box<Diagnostic>> {
    let (name, library) = (format!("test_{}", test.generic.as_ref()?), engine.library());
    let is_there = match &test.namespace {
        Some(namespace) => library.find_in(namespace, &name).is_some(),
        None => library.find(&node.package, &name).is_some(),
    };
    if is_there {
        return None;
    }
    let known = library.macros().iter().filter_map(|target| target.name.strip_prefix("test_"));
    // dbt: it is the package that is not found first.
    let package = test.namespace.as_ref().filter(|name| library.macros().iter().all(|known| known.package != **name));
    let undefined = package.unwrap_or(&name);
    let message = format!(
        "'{undefined}' is undefined. This can happen when calling a macro that does not exist. Check for typos and/or install \
         package dependencies with \"dbt deps\"."
    );
    Some(Box::new(
        Diagnostic::error(Class::Compilation, message)
            .label_opt(test.declared.clone(), "no test has this name")
            .suggest(nearest(test.generic.as_ref()?, known)),
    ))
}

/// Compiles a node: `scope` makes the scope, with further names for generic tests; `ctes` tells afterwards which
/// ephemeral models were referred to, with their names and SQL.
///
/// # Errors
/// The template fails.
pub fn node(
    engine: &Engine,
    node: &Node,
    scope: &dyn Fn(Vec<(String, minijinja::Value)>) -> NodeScope,
    ctes: &dyn Fn() -> Result<Vec<(String, String, String)>>,
) -> Result<CompiledNode> {
    let label = format!("{} {}", node.resource_type.name(), node.name);
    let mut called = Vec::new();
    let rendered = match node.test().filter(|test| test.generic.is_some()) {
        Some(test) => {
            if let Some(missing) = missing_test(engine, node, test) {
                return Err(missing);
            }
            let plain: Arc<dyn Scope> = scope(Vec::new()).shared();
            let (kwargs, used) = test_kwargs(engine, test, &plain)?;
            called = used;
            let scope = scope(vec![("_dbt_generic_test_kwargs".to_owned(), kwargs)]);
            let template = engine.template(&node.source, 0..node.source.text().len(), &label)?;
            engine.render(&template, &scope.shared())?
        }
        None if is_python_model(node) => {
            let source = SourceFile::new(node.source.path(), "{{ py_script_postfix(model) }}");
            engine.render_str(&source, &scope(Vec::new()).shared())?
        }
        None => {
            let template = engine.template(&node.source, node.code.clone(), &label)?;
            engine.render(&template, &scope(Vec::new()).shared())?
        }
    };
    let macros: Vec<String> = (rendered.macros.iter().chain(&called))
        .filter(|used| used.direct)
        .map(|used| used.target.unique_id())
        .collect();
    if is_python_model(node) {
        // dbt: the model's own code is not rendered, and what its `dbt` object needs comes behind it.
        let own = format!("{}\n\n", node.raw_code);
        return Ok(CompiledNode {
            sql: format!("{own}{}", rendered.text),
            ctes: Vec::new(),
            macros,
            rendered: rendered.text,
            trace: rendered.trace,
            inserted: (0, own.len()),
            translation: OnceLock::new(),
        });
    }
    let used = ctes()?;
    let named: Vec<(String, String)> = used.iter().map(|(_, name, sql)| (name.clone(), sql.clone())).collect();
    let (sql, at, length) = inject(&rendered.text, &named);
    Ok(CompiledNode {
        sql,
        ctes: used.iter().map(|(id, name, sql)| (id.clone(), expression(name, sql))).collect(),
        macros,
        rendered: rendered.text,
        trace: rendered.trace,
        inserted: (at, length),
        translation: OnceLock::new(),
    })
}
