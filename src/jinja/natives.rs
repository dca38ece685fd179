//! The functions that the rewriter puts around a template's own text.

use std::sync::Arc;

use minijinja::{Environment, Error, State, Value};

use super::failure::{self, fail};
use super::linker;
use super::python::{self, Function, Native};
use super::run::{self, Run, RunValue};

const NATIVES: &[(&str, Native)] = &[
    ("__t", text),
    ("__e", emitted),
    ("__c", linker::at_site),
    ("__p", linker::package_at_site),
    ("__do", ignore),
    ("__n", native),
    ("__boot", boot),
    ("__register", linker::register),
    ("__call", call),
];

/// A function by its name.
///
/// Each render gets a value of its own: one value shared by all threads would have all of them count its users.
pub(super) fn find(name: &str) -> Option<Value> {
    match NATIVES.iter().find(|(known, _)| *known == name) {
        Some(&(name, function)) => Some(Function::value(name, function)),
        None => python::operator(name),
    }
}

/// Adds what templates may call by name to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_global("return", Function::value("return", give_back));
}

/// `__boot(loader)`: the first statement of every template.
fn boot(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let run = state.lookup("__run");
    let run = run.as_ref().and_then(|run| run.downcast_object_ref::<RunValue>()).map(|run| Arc::clone(&run.0));
    let (Some(run), [loader]) = (run, arguments) else {
        return Err(fail("a template was started outside of a run"));
    };
    run.enter(state);
    run.state().loader = loader.clone();
    Ok(Value::UNDEFINED)
}

/// `__call()`: makes the call that the engine was asked for.
fn call(state: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
    let Some(run) = Run::of(state) else {
        return Err(fail("a macro was called outside of a run"));
    };
    let pending = run.state().pending.take();
    if let Some((target, arguments)) = pending {
        let value = target.call(state, &arguments)?;
        run.state().outcome = Some(value);
    }
    Ok(Value::UNDEFINED)
}

/// `__t(key)`: a chunk of text.
fn text(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let key = arguments.first().and_then(|key| u64::try_from(key.clone()).ok());
    let (Some(key), Some(run)) = (key, Run::of(state)) else {
        return Err(fail("a text is missing"));
    };
    let (code, index) = run::split(key);
    let mut inner = run.state();
    let found = inner.codes.get(&code).and_then(|code| code.pieces.get(index)?.text.clone());
    let value = found.ok_or_else(|| fail("a text is missing"))?;
    inner.note(key, None);
    Ok(value)
}

/// `__e(key, value)`: the output of an expression.
fn emitted(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [key, value] = arguments else {
        return Err(fail("an output is missing"));
    };
    if let (Ok(key), Some(run)) = (u64::try_from(key.clone()), Run::of(state))
        && !value.is_undefined()
    {
        run.state().note(key, Some(value.clone()));
    }
    Ok(value.clone())
}

/// `__n(value)`: an expression of a native template.
fn native(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let value = arguments.first().cloned().unwrap_or_default();
    if let Some(run) = Run::of(state) {
        run.state().natives.push(value.clone());
    }
    Ok(value)
}

/// `__do(value)`: evaluates and forgets.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all natives")]
fn ignore(_: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
    Ok(Value::UNDEFINED)
}

/// `return(value)`.
fn give_back(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    match arguments {
        [] => Err(fail("return() missing 1 required positional argument: 'data'")),
        [value] if value.is_kwargs() => Err(failure::returned(value.get_attr("data").unwrap_or_default())),
        [value, ..] => Err(failure::returned(value.clone())),
    }
}
