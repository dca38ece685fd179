//! `--warn-error` and `--warn-error-options`: which warnings stop the command and which are not shown.

use serde_json::{Map, Value};

use super::WarningKind;
use crate::diagnostic::{Class, Diagnostic, Result, nearest};

/// Names of dbt's events, which the options may use.
const KNOWN: &str = include_str!("known_names.txt");

/// Names that only dbt's other engine has: accepted, without effect.
const FOREIGN: &str = include_str!("foreign_names.txt");

/// What to do with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Show it and go on.
    Warn,
    /// Stop.
    Error,
    /// Say nothing.
    Silence,
}

/// The user's choice; names are dbt's event names, `Deprecations`, or `all`/`*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarnPolicy {
    /// Warnings that stop the command.
    pub error: Vec<String>,
    /// Exceptions from `error`.
    pub warn: Vec<String>,
    /// Warnings that are not shown.
    pub silence: Vec<String>,
    /// Whether warnings that dbt once only told can stop the command too.
    pub partial: bool,
}

/// What else was found in the options: what to tell when telling is possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenOptions {
    /// The policy.
    pub policy: WarnPolicy,
    /// Whether the old key `include` was used.
    pub include: bool,
    /// Whether the old key `exclude` was used.
    pub exclude: bool,
    /// Names that only another engine has; they are left out.
    pub foreign: Vec<String>,
}

/// The group of all deprecations.
const DEPRECATIONS: &str = "Deprecations";

fn is_all(name: &str) -> bool {
    matches!(name, "all" | "*")
}

impl WarnPolicy {
    /// `--warn-error`: every warning stops the command.
    pub fn error_all() -> Self {
        Self { error: vec!["all".to_owned()], ..Self::default() }
    }

    /// What to do with the warning of this event name (`LogTestResult` for a test that warns).
    ///
    /// dbt: a name beats `Deprecations`, which beats `all`; among equals silence beats warn beats error.
    pub fn verdict(&self, name: &str) -> Verdict {
        let kind = WarningKind::parse(name);
        if self.partial && kind.is_some_and(|kind| !kind.always_stoppable()) {
            return Verdict::Warn;
        }
        let deprecation = kind.is_some_and(WarningKind::is_deprecation);
        let named = |list: &[String]| list.iter().any(|item| item == name);
        let grouped = |list: &[String]| deprecation && list.iter().any(|item| item == DEPRECATIONS);
        let all = |list: &[String]| list.iter().any(|item| is_all(item));
        let lists = [(&self.silence, Verdict::Silence), (&self.warn, Verdict::Warn), (&self.error, Verdict::Error)];
        let by_name = lists.iter().find(|(list, _)| named(list));
        let by_group = || lists.iter().find(|(list, _)| grouped(list));
        let by_all = || lists.iter().find(|(list, _)| all(list));
        by_name.or_else(by_group).or_else(by_all).map_or(Verdict::Warn, |(_, verdict)| *verdict)
    }

    /// The policy that options of a project or of the command line mean.
    ///
    /// # Errors
    /// Both names of one key are used, a name is no event's, or `warn` has nothing to except from; the sentences are
    /// dbt's, since tools and tests look for them.
    pub fn from_options(options: &Map<String, Value>) -> Result<GivenOptions> {
        let mut given = GivenOptions { include: options.contains_key("include"), ..GivenOptions::default() };
        given.exclude = options.contains_key("exclude");
        for (old, new) in [("include", "error"), ("exclude", "warn")] {
            let used = |key: &str| options.get(key).is_some_and(|value| !is_empty(value));
            if used(old) && used(new) {
                let message = format!("Only `{old}` or `{new}` can be specified in `warn_error_options`, not both");
                let help = format!("`{new}` is the newer name: keep that one");
                return Err(Box::new(Diagnostic::error(Class::Usage, message).help(help)));
            }
        }
        let policy = &mut given.policy;
        policy.error = names(options.get("include").or_else(|| options.get("error")), "error")?;
        policy.warn = names(options.get("exclude").or_else(|| options.get("warn")), "warn")?;
        policy.silence = names(options.get("silence"), "silence")?;
        let has = |list: &[String], wanted: &str| list.iter().any(|name| name == wanted);
        for list in [&mut policy.error, &mut policy.warn, &mut policy.silence] {
            let (foreign, own): (Vec<_>, Vec<_>) =
                list.drain(..).partition(|name| FOREIGN.lines().any(|known| known == name));
            *list = own;
            given.foreign.extend(foreign);
        }
        given.foreign.sort();
        given.foreign.dedup();
        let everything = policy.error.len() == 1 && is_all(&policy.error[0]);
        let has_all = everything || has(&policy.error, DEPRECATIONS) || has(&policy.silence, DEPRECATIONS);
        if !has_all && !policy.warn.is_empty() {
            return Err(mistake(
                "`warn` can only be specified if `error` is one of ('all', '*') or Deprecations is in `error` or silence."
                    .to_owned(),
            ));
        }
        let lists = [if everything { &[] } else { policy.error.as_slice() }, &policy.warn, &policy.silence];
        for name in lists.into_iter().flatten() {
            if name != DEPRECATIONS && !KNOWN.lines().any(|known| known == name) {
                let message = format!("{name} is not a valid dbt error name.");
                return Err(Box::new(Diagnostic::error(Class::Usage, message).suggest(nearest(name, KNOWN.lines()))));
            }
        }
        Ok(given)
    }
}

fn mistake(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Usage, message))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn names(value: Option<&Value>, key: &str) -> Result<Vec<String>> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(word)) if key == "error" && is_all(word) => Ok(vec![word.clone()]),
        Some(Value::String(_)) if key == "error" => {
            Err(mistake("error must be one of ('all', '*') or a list of strings".to_owned()))
        }
        Some(Value::String(name)) => Ok(vec![name.clone()]),
        Some(Value::Array(items)) => Ok(items.iter().map(text).collect()),
        Some(other) => Err(mistake(format!("`{key}` of `warn_error_options` is `{other}` instead of a list of names"))),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(options: &Value) -> Result<GivenOptions> {
        WarnPolicy::from_options(options.as_object().unwrap())
    }

    #[test]
    fn a_name_beats_a_group_beats_all() {
        let options = json!({"error": "all", "warn": ["Deprecations"], "silence": ["ModelParamUsageDeprecation"]});
        let policy = given(&options).unwrap().policy;
        assert_eq!(policy.verdict("NothingToDo"), Verdict::Error);
        assert_eq!(policy.verdict("SourceOverrideDeprecation"), Verdict::Warn);
        assert_eq!(policy.verdict("ModelParamUsageDeprecation"), Verdict::Silence);
        assert_eq!(WarnPolicy::default().verdict("NothingToDo"), Verdict::Warn);
    }

    #[test]
    fn old_keys_and_foreign_names_are_accepted_and_told() {
        let found = given(&json!({"include": "*", "exclude": ["NothingToDo"], "silence": ["StaticAnalysis"]})).unwrap();
        assert!(found.include && found.exclude && found.policy.silence.is_empty());
        assert_eq!(found.foreign, ["StaticAnalysis"]);
        assert_eq!(found.policy.verdict("NothingToDo"), Verdict::Warn);
        assert_eq!(found.policy.verdict("NoNodesSelected"), Verdict::Error);
        assert_eq!(given(&json!({"warn": null, "error": null})).unwrap().policy, WarnPolicy::default());
    }

    #[test]
    fn mistakes_are_named() {
        let message = |options: Value| given(&options).unwrap_err().message;
        assert!(message(json!({"error": "all", "include": "all"})).starts_with("Only `include` or `error`"));
        assert!(message(json!({"silence": ["Nonsense"]})).contains("Nonsense is not a valid dbt error name"));
        assert!(message(json!({"warn": ["NothingToDo"]})).starts_with("`warn` can only be specified"));
        assert!(message(json!({"error": "some"})).contains("list of strings"));
    }
}
