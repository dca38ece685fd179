//! Calls macros across files, inside the state of the running template.
//!
//! A macro is a template of its own that the running template imports when it is first called: the first
//! statement of every template imports [`LOADER`], whose macro `__load` does the import and is handed to us.
//!
//! ## Why
//!
//! Rendering a macro separately would be simpler, but then `caller()` could not come back: the engine ties a
//! caller to its state. `return()` is an error that carries its value and is caught here.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Kwargs, Object, ObjectRepr, Tuple};
use minijinja::{Error, ErrorKind, State, Value};

use super::failure::{self, MACRO, fail};
use super::library::{Macro, MacroRef};
use super::python;
use super::run::Run;

/// The template `__loader`: the macro that loads other macros into the running state.
pub(super) const LOADER: &str =
    "{%- macro __load(n) -%}{%- import n as m -%}{%- do __register(n, m) -%}{%- endmacro -%}{%- do __boot(__load) %}";

/// A macro as a value that can be called.
pub struct MacroValue {
    target: MacroRef,
    /// The place it is called from.
    site: Option<u64>,
    /// Whether a package was asked for it.
    of_package: bool,
}

impl MacroValue {
    /// The value of a macro.
    #[expect(clippy::new_ret_no_self, reason = "templates know it only as a value")]
    pub fn new(target: &MacroRef) -> Value {
        Value::from_object(Self { target: Arc::clone(target), site: None, of_package: false })
    }

    /// The macro.
    pub fn target(&self) -> &MacroRef {
        &self.target
    }
}

impl fmt::Debug for MacroValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<macro {}>", self.target.unique_id())
    }
}

impl Object for MacroValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    // dbt: a package makes its macros anew each time that it is asked, so that two of them are never the same.
    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast::<Self>()?;
        let by_name = !self.of_package && !other.of_package && Arc::ptr_eq(&self.target, &other.target);
        Some(if by_name { Ordering::Equal } else { Arc::as_ptr(self).cmp(&Arc::as_ptr(&other)) })
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => Some(Value::from(self.target.name.as_str())),
            "macro" | "node" => None,
            _ => None,
        }
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let Some(run) = Run::of(state) else {
            return Err(fail("a macro cannot be called outside of a template"));
        };
        let loaded = load(state, &run, &self.target)?;
        let with_caller = loaded.get_attr("caller").is_ok_and(|caller| caller.is_true());
        let bound = bind(&self.target, arguments, with_caller)?;
        let index = run.push(&self.target, self.site);
        let (result, returned) = match loaded.call(state, &bound) {
            Ok(value) => (Ok(value), false),
            Err(error) => match failure::take_returned(&error) {
                Some(value) => (Ok(value), true),
                None => (Err(failure::place(&run, error)), false),
            },
        };
        run.pop(index, result.as_ref().unwrap_or(&Value::UNDEFINED), returned);
        result
    }
}

/// The engine's own value of a macro, imported into the running state if it is not yet there.
fn load(state: &mut State<'_, '_>, run: &Arc<Run>, target: &MacroRef) -> Result<Value, Error> {
    let index = target.index();
    let loader = {
        let inner = run.state();
        if let Some(found) = inner.loaded.get(&index) {
            return Ok(found.clone());
        }
        inner.loader.clone()
    };
    let code = target.compiled().map_err(failure::raise)?;
    {
        let mut inner = run.state();
        inner.codes.insert(index, Arc::clone(code));
        inner.importing += 1;
    }
    let imported = loader.call(state, &[Value::from(format!("{MACRO}{index}"))]);
    run.state().importing -= 1;
    imported?;
    let found = run.state().loaded.get(&index).cloned();
    found.ok_or_else(|| fail(format!("macro '{}' could not be loaded", target.name)))
}

/// Takes an imported template over into the run: `__register(name, module)`.
pub(super) fn register(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (Some(run), [name, module]) = (Run::of(state), arguments) else {
        return Err(fail("a macro could not be loaded"));
    };
    let index = name.as_str().and_then(|name| name.strip_prefix(MACRO)).and_then(|index| index.parse().ok());
    if let Some(index) = index
        && let Some(target) = run.shared.library.by_index(index)
    {
        let value = module.get_attr(&format!("m__{}", target.name))?;
        run.state().loaded.insert(index, value);
    }
    Ok(Value::UNDEFINED)
}

/// Sorts arguments as Python's Jinja does, and says in its words what does not fit.
fn bind(target: &Macro, arguments: &[Value], with_caller: bool) -> Result<Vec<Value>, Error> {
    let (positional, keywords) = match arguments.split_last() {
        Some((last, rest)) if last.is_kwargs() => (rest, python::pairs(last)?),
        _ => (arguments, Vec::new()),
    };
    let parameters = &target.head.parameters;
    let names: &[_] = parameters;
    let count = if target.block.kind == super::BlockKind::Materialization { 1 } else { names.len() };
    let wants = target.wants;
    if keywords.is_empty() && positional.len() <= count && !wants.varargs && !wants.kwargs {
        return Ok(positional.to_vec());
    }
    let mut bound = positional[..positional.len().min(count)].to_vec();
    if positional.len() > count && !wants.varargs {
        return Err(misfit(target, &format!("takes not more than {count} argument(s)")));
    }
    let mut named = Vec::new();
    let mut extra = Vec::new();
    for (key, value) in keywords {
        let name = key.as_str().unwrap_or_default().to_owned();
        let position = names.iter().position(|parameter| parameter.name == name);
        match position {
            Some(position) if position >= bound.len() => named.push((name, value)),
            None if name == "caller" && with_caller => named.push((name, value)),
            None if name == "supported_languages" && count == 1 && names.is_empty() => named.push((name, value)),
            _ => extra.push((key, value)),
        }
    }
    if extra.iter().any(|(key, _)| key.as_str() == Some("caller")) {
        let message = "was invoked with two values for the special caller argument. This is most likely a bug.";
        return Err(misfit(target, message));
    }
    if wants.kwargs {
        named.push(("kwargs".to_owned(), python::dict(extra)));
    } else if let Some((key, _)) = extra.first() {
        return Err(misfit(target, &format!("takes no keyword argument '{key}'")));
    }
    if wants.varargs {
        let rest = positional.get(count..).unwrap_or_default();
        named.push(("varargs".to_owned(), Value::from(Tuple::new(rest.to_vec()))));
    }
    if !named.is_empty() {
        bound.push(named.into_iter().collect::<Kwargs>().into());
    }
    Ok(bound)
}

/// dbt: macros are known to Jinja with a prefix, and so are its messages to users.
fn misfit(target: &Macro, what: &str) -> Error {
    let parameters: Vec<&str> = target.head.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    let diagnostic = crate::diagnostic::Diagnostic::error(
        crate::diagnostic::Class::Compilation,
        format!("macro 'dbt_macro__{}' {what}", target.name),
    );
    failure::raise(diagnostic.help(format!("it is defined as `{}({})`", target.name, parameters.join(", "))))
}

/// What a unit test puts in the place of a macro: it gives one value, whatever it is called with.
#[derive(Debug)]
struct Constant(Value);

impl Object for Constant {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(self.0.clone())
    }
}

/// A macro that gives a value.
pub(super) fn constant(value: Value) -> Value {
    Value::from_object(Constant(value))
}

/// A package as a value: `dbt_utils` in `dbt_utils.star()`.
pub(super) struct PackageValue {
    pub(super) name: String,
    pub(super) site: Option<u64>,
    pub(super) run: std::sync::Weak<Run>,
}

impl fmt::Debug for PackageValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<package {}>", self.name)
    }
}

impl PackageValue {
    fn find(&self, name: &str) -> Option<Value> {
        let run = self.run.upgrade()?;
        let target = run.shared.library.find_in(&self.name, name)?;
        if let Some(value) = run.scope.overridden(Some(&self.name), name) {
            return Some(constant(value));
        }
        Some(Value::from_object(MacroValue { target: Arc::clone(target), site: self.site, of_package: true }))
    }
}

impl Object for PackageValue {
    // dbt: a dictionary, which can be asked whether a macro is in it.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.find(key.as_str()?)
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match self.find(method) {
            Some(found) => found.call(state, arguments),
            None => match (method, arguments) {
                // The namespace is a dictionary in dbt.
                ("get", [name, ..]) => Ok(name
                    .as_str()
                    .and_then(|name| self.find(name))
                    .or_else(|| arguments.get(1).cloned())
                    .unwrap_or_else(|| Value::from(()))),
                _ => match Run::of(state) {
                    // dbt: only a node's own template tolerates an unknown name while it parses, no macro does.
                    Some(run) if run.scope.lenient() && run.state().stack.is_empty() => {
                        Ok(python::ParseUndefined::value(method))
                    }
                    Some(run) => {
                        let name = format!("{}.{method}", self.name);
                        Err(failure::raise(failure::undefined_diagnostic(&run, &name)))
                    }
                    None => Err(Error::from(ErrorKind::UnknownMethod)),
                },
            },
        }
    }
}

/// Gives a macro the place of its call: `__c(key, callee)`.
pub(super) fn at_site(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [key, callee] = arguments else {
        return Err(fail("a call could not be made"));
    };
    if let Some(value) = callee.downcast_object_ref::<MacroValue>() {
        let site = u64::try_from(key.clone()).ok();
        return Ok(Value::from_object(MacroValue {
            target: Arc::clone(&value.target),
            site,
            of_package: value.of_package,
        }));
    }
    if callee.is_undefined()
        && let Some(run) = Run::of(state)
    {
        let (code, index) = super::run::split(u64::try_from(key.clone()).unwrap_or(u64::MAX));
        let text = {
            let inner = run.state();
            inner.codes.get(&code).and_then(|code| Some(code.source.text()[code.sites.get(index)?.clone()].to_owned()))
        };
        let text = text.unwrap_or_default();
        let name = text.split('(').next().unwrap_or_default().trim();
        return Err(failure::raise(failure::undefined_diagnostic(&run, name)));
    }
    Ok(callee.clone())
}

/// Gives the macros of a package the place of their call: `__p(key, base)`.
pub(super) fn package_at_site(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [key, base] = arguments else {
        return Err(fail("a call could not be made"));
    };
    if let Some(package) = base.downcast_object_ref::<PackageValue>() {
        let site = u64::try_from(key.clone()).ok();
        return Ok(Value::from_object(PackageValue { name: package.name.clone(), site, run: package.run.clone() }));
    }
    if base.is_undefined()
        && let Some(run) = Run::of(state)
    {
        let (code, index) = super::run::split(u64::try_from(key.clone()).unwrap_or(u64::MAX));
        let text = {
            let inner = run.state();
            inner.codes.get(&code).and_then(|code| Some(code.source.text()[code.sites.get(index)?.clone()].to_owned()))
        };
        let text = text.unwrap_or_default();
        let name = text.split('.').next().unwrap_or_default().trim();
        return Err(failure::raise(failure::undefined_diagnostic(&run, name)));
    }
    Ok(base.clone())
}
