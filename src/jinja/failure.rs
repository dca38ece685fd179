//! Turns what went wrong inside the engine into a [`Diagnostic`] with a place and the calls that led there.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use minijinja::{Error, ErrorKind, State, Value};

use crate::diagnostic::{Class, Diagnostic, Frame, nearest};

use super::code::Code;
use super::run::Run;

/// Names of templates inside the engine.
pub(super) const ROOT: &str = "\u{1}template";
/// The detail of an error about the right side of an operator.
pub(super) const RIGHT: &str = "right";
pub(super) const MACRO: &str = "\u{1}macro:";

/// A diagnostic on its way through the engine.
#[derive(Debug)]
struct Raised {
    diagnostic: Box<Diagnostic>,
    /// Whether place and calls are already in it.
    placed: bool,
}

impl fmt::Display for Raised {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.diagnostic.message)
    }
}

impl StdError for Raised {}

/// A value on its way out of a macro, by `return()`.
#[derive(Debug)]
struct Returned(Value);

impl fmt::Display for Returned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("return() outside of a macro")
    }
}

impl StdError for Returned {}

/// An error for a native function to give back: the diagnostic arrives at the caller of the engine as it is,
/// with the place of the call as first label (where it has none) and the macro calls that led there.
pub fn raise(diagnostic: impl Into<Box<Diagnostic>>) -> Error {
    let diagnostic = diagnostic.into();
    Error::new(ErrorKind::InvalidOperation, diagnostic.message.clone())
        .with_source(Raised { diagnostic, placed: false })
}

/// An error with only a message, as Python's own would be.
pub fn fail(message: impl Into<String>) -> Error {
    raise(Diagnostic::error(Class::Compilation, message))
}

/// `'x' is undefined`.
pub fn undefined(name: &str) -> Error {
    fail(format!("'{name}' is undefined"))
}

/// The error that leaves the running macro with a value.
pub(super) fn returned(value: Value) -> Error {
    Error::new(ErrorKind::InvalidOperation, "return() outside of a macro").with_source(Returned(value))
}

/// The value of a `return()`, if the error is one.
pub(super) fn take_returned(error: &Error) -> Option<Value> {
    find::<Returned>(error).map(|returned| returned.0.clone())
}

/// The diagnostic that a native raised, as it was raised: for natives that handle an error of another.
pub fn raised(error: &Error) -> Option<&Diagnostic> {
    find::<Raised>(error).map(|raised| &*raised.diagnostic)
}

fn find<T: StdError + 'static>(error: &Error) -> Option<&T> {
    let mut next = StdError::source(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// Adds place and calls to an error that is about to leave a macro.
pub(super) fn place(run: &Arc<Run>, error: Error) -> Error {
    if find::<Raised>(&error).is_some_and(|raised| raised.placed) {
        return error;
    }
    let diagnostic = diagnose(run, &error);
    Error::new(ErrorKind::InvalidOperation, diagnostic.message.clone()).with_source(Raised { diagnostic, placed: true })
}

/// The diagnostic of an error, with the place and the calls in progress.
pub(super) fn diagnose(run: &Arc<Run>, error: &Error) -> Box<Diagnostic> {
    let raised = find::<Raised>(error);
    if let Some(raised) = raised
        && raised.placed
    {
        return raised.diagnostic.clone();
    }
    let place = place_of(run, error);
    let mut diagnostic = match raised {
        Some(raised) => raised.diagnostic.clone(),
        None => Box::new(translate(run, error, place.as_ref())),
    };
    if diagnostic.labels.is_empty()
        && let Some((code, range)) = &place
    {
        let text = if code.id == run.root.id { String::new() } else { format!("in {}", code.label) };
        let span = code.span(code.range(range));
        diagnostic.labels.push(crate::diagnostic::Label { span, text });
    }
    if diagnostic.trace.is_empty() {
        diagnostic.trace = run.frames();
    }
    diagnostic
}

/// The code and the range in its rewritten text where an error arose.
fn place_of(run: &Arc<Run>, error: &Error) -> Option<(Arc<Code>, Range<usize>)> {
    let name = error.name()?;
    let code = if name == ROOT {
        Arc::clone(&run.root)
    } else {
        let index = name.strip_prefix(MACRO)?.parse().ok()?;
        Arc::clone(run.shared.library.by_index(index)?.compiled().ok()?)
    };
    let range = match error.range() {
        Some(range) => range,
        None => line_range(&code.text, error.line()?),
    };
    Some((code, range))
}

fn line_range(text: &str, line: usize) -> Range<usize> {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(breaks) => text.match_indices('\n').nth(breaks).map_or(0, |(at, _)| at + 1),
    };
    let end = text[start..].find('\n').map_or(text.len(), |at| at + start);
    start..end
}

/// The engine's own errors in the words of Jinja.
fn translate(run: &Arc<Run>, error: &Error, place: Option<&(Arc<Code>, Range<usize>)>) -> Diagnostic {
    let detail = error.detail().unwrap_or_default();
    let first = || detail.split_whitespace().nth(1).unwrap_or_default().to_owned();
    match error.kind() {
        ErrorKind::UndefinedError => {
            let name = place.and_then(|(code, range)| {
                let base = code.operand_at(range, detail == RIGHT)?;
                Some(code.source.text()[base].to_owned())
            });
            let parameter = |name: &str| {
                let target = place.and_then(|(code, _)| run.shared.library.by_index(code.id));
                target.is_some_and(|target| target.head.parameters.iter().any(|parameter| parameter.name == name))
            };
            match name {
                Some(name) if parameter(&name) => {
                    Diagnostic::error(Class::Compilation, format!("parameter '{name}' was not provided"))
                }
                Some(name) => undefined_diagnostic(run, &name),
                None => Diagnostic::error(Class::Compilation, "an undefined value is used"),
            }
        }
        ErrorKind::UnknownFunction => undefined_diagnostic(run, detail.strip_suffix(" is unknown").unwrap_or(detail)),
        ErrorKind::UnknownFilter => {
            let name = first();
            let near = nearest(&name, run.shared.filters.iter().map(String::as_str)).map(str::to_owned);
            Diagnostic::error(Class::Compilation, format!("No filter named '{name}'.")).suggest(near.as_deref())
        }
        ErrorKind::UnknownTest => Diagnostic::error(Class::Compilation, format!("No test named '{}'.", first())),
        ErrorKind::InvalidOperation if detail == "value of type undefined is not callable" => {
            let name =
                place.and_then(|(code, range)| Some(code.source.text()[code.operand_at(range, false)?].to_owned()));
            match name.as_deref() {
                Some("caller") => Diagnostic::error(Class::Compilation, "No caller defined")
                    .help("call the macro with `{% call .. %}`, or test `{% if caller %}` first"),
                name => undefined_diagnostic(run, name.unwrap_or("undefined")),
            }
        }
        kind => {
            let text = if detail.is_empty() { kind.to_string() } else { detail.to_owned() };
            let text = in_words_of_python(text);
            // An error of the engine inside of another one says more.
            let inner = StdError::source(error).and_then(|inner| inner.downcast_ref::<Error>());
            match inner {
                Some(inner) if kind == ErrorKind::BadInclude => translate(run, inner, place),
                _ => Diagnostic::error(Class::Compilation, text),
            }
        }
    }
}

fn in_words_of_python(text: String) -> String {
    if text.contains("recursion") {
        return "maximum recursion depth exceeded".to_owned();
    }
    if text.starts_with("unable to calculate") && text.ends_with(" 0") {
        return "division by zero".to_owned();
    }
    match text.strip_prefix("value of type ").and_then(|rest| rest.strip_suffix(" is not callable")) {
        Some(kind) => {
            let name = match kind {
                "string" => "str",
                "number" => "int",
                "sequence" | "iterable" => "list",
                "map" => "dict",
                "none" => "NoneType",
                other => other,
            };
            format!("'{name}' object is not callable")
        }
        None => text,
    }
}

/// `'x' is undefined`, with the nearest known name.
pub(super) fn undefined_diagnostic(run: &Arc<Run>, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Class::Compilation, format!("'{name}' is undefined"));
    let library = &run.shared.library;
    let near = match name.split_once('.') {
        Some((package, rest)) if library.is_package(package) => {
            nearest(rest, library.names_in(package)).map(|near| format!("{package}.{near}"))
        }
        Some(_) => None,
        None => {
            let scope = run.scope.names();
            let package = run.scope.package();
            let mut names: Vec<&str> = scope.iter().map(String::as_str).collect();
            for package in [package, library.root(), "dbt"] {
                names.extend(library.names_in(package));
            }
            // A macro of a package that was called without the package's name.
            let elsewhere =
                library.macros().iter().find(|found| found.name == name && library.is_package(&found.package));
            match elsewhere {
                Some(found) => Some(format!("{}.{}", found.package, found.name)),
                None => nearest(name, names).map(str::to_owned),
            }
        }
    };
    diagnostic.suggest(near.as_deref())
}

/// What is running: for natives that tell the user where they were called.
#[derive(Debug, Clone)]
pub struct CurrentCall {
    /// The running macro and its package, unless the template itself runs.
    pub running: Option<(String, String)>,
    /// The calls in progress, innermost first.
    pub frames: Vec<Frame>,
}

/// The macro that is running and the calls that led to it.
pub fn current_call(state: &State<'_, '_>) -> CurrentCall {
    let Some(run) = Run::of(state) else {
        return CurrentCall { running: None, frames: Vec::new() };
    };
    let running = {
        let inner = run.state();
        let top = inner.stack.last().and_then(|&index| inner.calls.get(index as usize));
        top.map(|call| (call.target.name.clone(), call.target.package.clone()))
    };
    CurrentCall { running, frames: run.frames() }
}
