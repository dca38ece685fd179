//! The template engine: one for a whole invocation, shared by all threads.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use minijinja::value::{Kwargs, Object, ObjectRepr};
use minijinja::{AutoEscape, Environment, Error, OutputSpan, UndefinedBehavior, Value};

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};

use super::code::{Code, Form};
use super::failure::{self, MACRO, ROOT};
use super::library::{Library, MacroRef};
use super::linker::{MacroValue, PackageValue};
use super::python;
use super::rewrite::StaticCall;
use super::run::{Run, RunValue};
use super::trace::RenderTrace;

/// The variables of a template, and who listens to its render.
///
/// Macros of the library precede the scope's names, as in dbt; Jinja's own globals come last. A name is
/// also asked for when a macro that merely mentions it is loaded: `get` must be cheap and without effects.
pub trait Scope: Send + Sync {
    /// The value of a variable.
    fn get(&self, name: &str) -> Option<Value>;

    /// The package of the node that is rendered: its macros are found by their bare names.
    fn package(&self) -> &str;

    /// All names, for suggestions and for `context` as a dictionary.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// What stands for an unknown name; by default nothing, so that its use is an error where Jinja's is.
    fn undefined(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// Whether unknown names, items and methods are to be tolerated, as while dbt parses.
    fn lenient(&self) -> bool {
        false
    }

    /// What stands in for a macro or another name, asked for by its bare name or in a package.
    fn overridden(&self, package: Option<&str>, name: &str) -> Option<Value> {
        let _ = (package, name);
        None
    }

    /// Keeps what a template puts into `context`.
    fn keep(&self, name: &str, value: Value) {
        let _ = (name, value);
    }

    /// What a template put into `context`.
    fn kept(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// A render failed after it had called these macros.
    fn failed(&self, called: &[UsedMacro], entry: Entry) {
        let _ = (called, entry);
    }
}

/// What a render began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A template.
    Template,
    /// A macro, such as a materialization.
    Macro,
}

/// What all renders share.
pub(super) struct Shared {
    pub(super) library: Arc<Library>,
    pub(super) filters: Vec<String>,
    strict: Environment<'static>,
    /// For scopes that tolerate unknown items.
    lenient: Environment<'static>,
    next: AtomicU32,
}

/// The template engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// A template that has been read, ready to be rendered many times.
#[derive(Clone, Debug)]
pub struct Template {
    code: Option<Arc<Code>>,
    native: bool,
    source: Arc<SourceFile>,
    range: Range<usize>,
}

impl Template {
    /// The calls in it that can be seen without rendering.
    pub fn calls(&self) -> &[StaticCall] {
        self.code.as_ref().map_or(&[], |code| &code.calls)
    }

    /// Whether it is text without any tag.
    pub fn is_plain(&self) -> bool {
        self.code.is_none()
    }

    fn text(&self) -> &str {
        &self.source.text()[self.range.clone()]
    }
}

/// What rendering a template gave.
#[derive(Debug)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub trace: RenderTrace,
    /// The macros that were called, each once, in order.
    pub macros: Vec<UsedMacro>,
}

/// What calling a macro gave.
#[derive(Debug)]
pub struct Called {
    /// What it returned: its text, or the value given to `return()`.
    pub value: Value,
    /// Where text in the value came from.
    pub trace: RenderTrace,
    /// The macros that were called, each once, in order, without the first one.
    pub macros: Vec<UsedMacro>,
}

/// A macro that was called during a render.
#[derive(Debug, Clone)]
pub struct UsedMacro {
    /// The macro.
    pub target: MacroRef,
    /// Whether the template itself called it, and not only another macro: dbt's `depends_on.macros` names these.
    pub direct: bool,
}

const FIRST_TEMPLATE: u32 = 1 << 24;

impl Engine {
    /// The engine for a library of macros.
    pub fn new(library: Library) -> Self {
        let library = Arc::new(library);
        let strict = environment(&library, UndefinedBehavior::Lenient);
        let lenient = environment(&library, UndefinedBehavior::Chainable);
        let filters = python::filter_names();
        let shared = Shared { library, filters, strict, lenient, next: AtomicU32::new(FIRST_TEMPLATE) };
        Self { shared: Arc::new(shared) }
    }

    /// The library.
    pub fn library(&self) -> &Arc<Library> {
        &self.shared.library
    }

    /// Reads a part of a file as a template; `label` is what users call it (`model orders`).
    pub fn template(&self, source: &Arc<SourceFile>, range: Range<usize>, label: &str) -> Result<Template> {
        self.read(source, range, label, Form::Root)
    }

    /// Reads a part of a file as a template for [`evaluate`](Self::evaluate).
    pub fn expression(&self, source: &Arc<SourceFile>, range: Range<usize>, label: &str) -> Result<Template> {
        self.read(source, range, label, Form::Native)
    }

    fn read(&self, source: &Arc<SourceFile>, range: Range<usize>, label: &str, form: Form) -> Result<Template> {
        let code = if has_tags(&source.text()[range.clone()]) {
            let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
            Some(Arc::new(Code::template(id, form, source, range.clone(), label)?))
        } else {
            None
        };
        Ok(Template { code, native: form == Form::Native, source: Arc::clone(source), range })
    }

    /// Renders a template to text.
    pub fn render(&self, template: &Template, scope: &Arc<dyn Scope>) -> Result<Rendered> {
        let Some(code) = template.code.as_ref().filter(|_| !template.native) else {
            if template.native && !template.is_plain() {
                let code = self.template(&template.source, template.range.clone(), "")?;
                return self.render(&code, scope);
            }
            // dbt: a text without tags is not touched, not even its last line break.
            let text = template.text().to_owned();
            let trace = RenderTrace::plain(&template.source, template.range.clone());
            return Ok(Rendered { text, trace, macros: Vec::new() });
        };
        let run = Run::new(&self.shared, scope, code);
        let rendered = self.run(&run, code);
        let macros = used(&run, false);
        if rendered.is_err() {
            scope.failed(&macros, Entry::Template);
        }
        let (text, spans) = rendered?;
        Ok(Rendered { text, trace: RenderTrace::new(run, spans), macros })
    }

    /// Reads and renders a whole source, for texts that are rendered once.
    pub fn render_str(&self, source: &Arc<SourceFile>, scope: &Arc<dyn Scope>) -> Result<Rendered> {
        let template = self.template(source, 0..source.text().len(), source.path())?;
        self.render(&template, scope)
    }

    /// Renders a whole source as the body of a macro: what `return()` gives stands for its text.
    pub fn render_body(&self, source: &Arc<SourceFile>, scope: &Arc<dyn Scope>) -> Result<String> {
        let template = self.template(source, 0..source.text().len(), source.path())?;
        let Some(code) = &template.code else { return Ok(template.text().to_owned()) };
        let run = Run::new(&self.shared, scope, code);
        match self.output(&run, code) {
            Ok((text, _)) => Ok(text),
            Err(error) => match failure::take_returned(&error) {
                Some(value) => Ok(python::to_str(&value)),
                None => Err(failure::diagnose(&run, &error)),
            },
        }
    }

    /// Renders to a value: a template that is one single expression keeps the expression's type.
    ///
    /// `as_bool`, `as_number` and `as_native` read the expression's text as a Python literal, as in dbt.
    pub fn evaluate(&self, template: &Template, scope: &Arc<dyn Scope>) -> Result<Value> {
        self.evaluate_noting(template, scope).map(|(value, _)| value)
    }

    /// The same, with the macros that were called, each once, in order.
    pub fn evaluate_noting(&self, template: &Template, scope: &Arc<dyn Scope>) -> Result<(Value, Vec<UsedMacro>)> {
        if !template.native && !template.is_plain() {
            let native = self.expression(&template.source, template.range.clone(), "")?;
            return self.evaluate_noting(&native, scope);
        }
        let Some(code) = &template.code else {
            return Ok((Value::from(template.text()), Vec::new()));
        };
        let run = Run::new(&self.shared, scope, code);
        let (text, spans) = self.run(&run, code)?;
        let macros = used(&run, false);
        Ok((Self::native(template, &run, text, &spans)?, macros))
    }

    /// The value of a template that was run: what its one expression gave, or else its text.
    fn native(template: &Template, run: &Run, text: String, spans: &[OutputSpan]) -> Result<Value> {
        let mut state = run.state();
        let chunks = spans.iter().any(|span| span.kind() == minijinja::OutputSpanKind::Raw);
        match (chunks, state.natives.len()) {
            (false, 1) => {
                let value = state.natives.remove(0);
                let kind = state.marked.iter().rev().find(|(text, _)| value.is_safe() && *text == value);
                let Some((_, kind)) = kind else { return Ok(value) };
                python::convert(kind, &value).map_err(|message| {
                    let place = Span::new(&template.source, template.range.clone());
                    Box::new(Diagnostic::error(Class::Compilation, message).label(place, ""))
                })
            }
            _ => Ok(Value::from(text)),
        }
    }

    /// Calls a macro.
    pub fn call(
        &self,
        target: &MacroRef,
        arguments: Vec<Value>,
        keywords: Vec<(String, Value)>,
        scope: &Arc<dyn Scope>,
    ) -> Result<Called> {
        let driver = SourceFile::new("<call>", "{% do __call() %}");
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let code = Arc::new(Code::template(id, Form::Root, &driver, 0..driver.text().len(), "")?);
        let run = Run::new(&self.shared, scope, &code);
        let mut all = arguments;
        if !keywords.is_empty() {
            all.push(keywords.into_iter().collect::<Kwargs>().into());
        }
        run.state().pending = Some((MacroValue::new(target), all));
        self.run(&run, &code).map_err(|mut error| {
            scope.failed(&used(&run, true), Entry::Macro);
            // The driver is no place a user knows.
            error.labels.retain(|label| !Arc::ptr_eq(&label.span.source, &driver));
            if error.labels.is_empty() {
                error.labels.push(crate::diagnostic::Label { span: target.span(), text: String::new() });
            }
            error
        })?;
        let value = run.state().outcome.take().unwrap_or_default();
        let macros = used(&run, true);
        Ok(Called { value, trace: RenderTrace::new(run, Vec::new()), macros })
    }

    fn output(&self, run: &Arc<Run>, code: &Arc<Code>) -> std::result::Result<(String, Vec<OutputSpan>), Error> {
        let environment = if run.scope.lenient() { &self.shared.lenient } else { &self.shared.strict };
        environment
            .template_from_named_str(ROOT, &code.text)
            .and_then(|template| template.render_with_spans(Value::from_object(Root { run: Arc::downgrade(run) })))
    }

    fn run(&self, run: &Arc<Run>, code: &Arc<Code>) -> Result<(String, Vec<OutputSpan>)> {
        self.output(run, code).map_err(|error| match failure::take_returned(&error) {
            Some(_) => Box::new(
                Diagnostic::error(Class::Compilation, "return() was called outside of a macro")
                    .help("call it in a macro, and print what the macro gives"),
            ),
            None => failure::diagnose(run, &error),
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Engine")
    }
}

/// dbt: without one of these, a text is not a template.
fn has_tags(text: &str) -> bool {
    ["{{", "{%", "{#", "#}", "%}", "}}"].iter().any(|sign| text.contains(sign))
}

fn used(run: &Arc<Run>, skip_first: bool) -> Vec<UsedMacro> {
    let state = run.state();
    let mut found: indexmap::IndexMap<u32, UsedMacro> = indexmap::IndexMap::new();
    for call in state.calls.iter().skip(usize::from(skip_first)) {
        let direct = match call.parent {
            // What a method of `adapter` calls has no place in the template. dbt: nothing depends on that.
            None => call.site.is_some(),
            Some(0) => skip_first,
            Some(_) => false,
        };
        let index = call.target.index();
        if found.get(&index).is_none_or(|known| direct && !known.direct) {
            // dbt: in the order in which the template itself calls them.
            found.shift_remove(&index);
            found.insert(index, UsedMacro { target: Arc::clone(&call.target), direct });
        }
    }
    found.into_values().collect()
}

fn environment(library: &Arc<Library>, undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(false);
    environment.set_recursion_limit(4000);
    environment.set_undefined_behavior(undefined);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let library = Arc::clone(library);
    environment.set_loader(move |name| -> std::result::Result<Option<String>, Error> {
        if name == "__loader" {
            return Ok(Some(super::linker::LOADER.to_owned()));
        }
        let index = name.strip_prefix(MACRO).and_then(|index| index.parse().ok());
        match index.and_then(|index| library.by_index(index)) {
            Some(target) => Ok(Some(target.compiled().map_err(failure::raise)?.text.clone())),
            None => Ok(None),
        }
    });
    python::install(&mut environment);
    super::natives::install(&mut environment);
    environment
}

/// The outermost variables of a template: macros, then the scope.
#[derive(Debug)]
struct Root {
    run: std::sync::Weak<Run>,
}

impl Object for Root {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let run = self.run.upgrade()?;
        if name == "__run" {
            return Some(Value::from_object(RunValue(run)));
        }
        if name.starts_with("__")
            && let Some(native) = super::natives::find(name)
        {
            return Some(native);
        }
        variable(&run, name)
    }
}

/// The value of a name in a run.
///
/// dbt: only a node's own template tolerates an unknown name while it parses; in a macro it is Jinja's own undefined.
pub(super) fn variable(run: &Arc<Run>, name: &str) -> Option<Value> {
    let tolerated = || if python::is_global(name) { None } else { run.scope.undefined(name) };
    known(run, name).or_else(|| if run.state().importing > 0 { None } else { tolerated() })
}

/// The same, without what stands for an unknown name.
fn known(run: &Arc<Run>, name: &str) -> Option<Value> {
    if name == "context" {
        return Some(Value::from_object(ContextValue { run: Arc::downgrade(run) }));
    }
    let library = &run.shared.library;
    let overridden = run.scope.overridden(None, name);
    if let Some(found) = library.find(run.scope.package(), name) {
        return Some(overridden.map_or_else(|| MacroValue::new(found), super::linker::constant));
    }
    if overridden.is_some() && run.scope.get(name).is_some() {
        return overridden;
    }
    if library.is_package(name) {
        return Some(Value::from_object(PackageValue { name: name.to_owned(), site: None, run: Arc::downgrade(run) }));
    }
    run.scope.get(name)
}

/// The variables as a dictionary: `context['ref']`.
#[derive(Debug)]
struct ContextValue {
    run: std::sync::Weak<Run>,
}

impl Object for ContextValue {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (run, name) = (self.run.upgrade()?, key.as_str()?);
        run.scope.kept(name).or_else(|| known(&run, name))
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        let names = self.run.upgrade().map(|run| run.scope.names()).unwrap_or_default();
        minijinja::value::Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut minijinja::State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> std::result::Result<Value, Error> {
        match method {
            "get" => {
                let found = arguments.first().and_then(|name| self.get_value(name));
                Ok(found.or_else(|| arguments.get(1).cloned()).unwrap_or_else(|| Value::from(())))
            }
            // dbt: a dictionary, in which macros leave things for others.
            "update" => {
                for (key, value) in
                    arguments.iter().map(python::pairs).collect::<std::result::Result<Vec<_>, _>>()?.concat()
                {
                    if let (Some(run), Some(name)) = (self.run.upgrade(), key.as_str()) {
                        run.scope.keep(name, value);
                    }
                }
                Ok(Value::from(()))
            }
            "keys" => Ok(python::list(Value::from_dyn_object(Arc::clone(self)).try_iter()?.collect())),
            _ => match self.get_value(&Value::from(method)) {
                Some(found) => found.call(state, arguments),
                None => Err(Error::from(minijinja::ErrorKind::UnknownMethod)),
            },
        }
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<context>")
    }
}
