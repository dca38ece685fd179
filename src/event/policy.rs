//! `--warn-error` and `--warn-error-options`: which warnings stop the command and which are not shown.

use super::WarningKind;

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
        let deprecation = WarningKind::parse(name).is_some_and(WarningKind::is_deprecation);
        let named = |list: &[String]| list.iter().any(|item| item == name);
        let grouped = |list: &[String]| deprecation && list.iter().any(|item| item == "Deprecations");
        let all = |list: &[String]| list.iter().any(|item| item == "all" || item == "*");
        let lists = [(&self.silence, Verdict::Silence), (&self.warn, Verdict::Warn), (&self.error, Verdict::Error)];
        let by_name = lists.iter().find(|(list, _)| named(list));
        let by_group = || lists.iter().find(|(list, _)| grouped(list));
        let by_all = || lists.iter().find(|(list, _)| all(list));
        by_name.or_else(by_group).or_else(by_all).map_or(Verdict::Warn, |(_, verdict)| *verdict)
    }

    /// The first name in the lists that no event has.
    pub fn unknown_name(&self) -> Option<&str> {
        let known = |name: &str| {
            matches!(name, "all" | "*" | "Deprecations" | "LogTestResult" | "LogFreshnessResult")
                || WarningKind::parse(name).is_some()
        };
        self.error.iter().chain(&self.warn).chain(&self.silence).map(String::as_str).find(|name| !known(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_beats_a_group_beats_all() {
        let policy = WarnPolicy {
            error: vec!["all".into()],
            warn: vec!["Deprecations".into()],
            silence: vec!["ModelParamUsageDeprecation".into()],
        };
        assert_eq!(policy.verdict("NothingToDo"), Verdict::Error);
        assert_eq!(policy.verdict("SourceOverrideDeprecation"), Verdict::Warn);
        assert_eq!(policy.verdict("ModelParamUsageDeprecation"), Verdict::Silence);
        assert_eq!(policy.unknown_name(), None);
        assert_eq!(WarnPolicy::default().verdict("NothingToDo"), Verdict::Warn);
    }
}
