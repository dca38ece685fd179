//! `metric()` and `function()` in templates.

use minijinja::{Error, Value};

use super::object::{MetricReference, RelationData, function};
use super::phase::Phase;
use super::scope::NodeScope;
use super::{Arguments, fail, raise};

/// The package, where there are two arguments, and the name of a call.
fn named(function: &'static str, arguments: &[Value]) -> Result<(Option<String>, String), Error> {
    let given = Arguments::new(function, arguments);
    match given.positional() {
        [name] => Ok((given.optional_text(9, "package")?, name.to_string())),
        [package, name] => Ok((Some(package.to_string()), name.to_string())),
        other => Err(fail(format!("{function}() takes at most two arguments ({} given)", other.len()))),
    }
}

impl NodeScope {
    /// `metric`.
    pub(super) fn metric_function(&self) -> Value {
        let scope = self.clone();
        function("metric", move |_, arguments| {
            let (package, name) = named("metric", arguments)?;
            match scope.phase() {
                Phase::Parse(recorder) => {
                    recorder.add_metric(package.as_deref(), &name);
                    Ok(Value::from_object(MetricReference { name, package }))
                }
                Phase::Live(live) => {
                    live.resolve_metric(package.as_deref(), &name, scope.node_package()).map_err(raise)
                }
            }
        })
    }

    /// `function`.
    pub(super) fn function_function(&self) -> Value {
        let scope = self.clone();
        function("function", move |_, arguments| {
            let (package, name) = named("function", arguments)?;
            match scope.phase() {
                Phase::Parse(recorder) => {
                    recorder.add_function(package.as_deref(), &name);
                    Ok(RelationData::new(scope.naming(), None, "", &name).into_value())
                }
                Phase::Live(live) => {
                    let found = live.resolve_function(package.as_deref(), &name, scope.node_package());
                    Ok(found.map_err(raise)?.into_value())
                }
            }
        })
    }
}
