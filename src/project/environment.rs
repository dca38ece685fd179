//! Environment variables: the one place that reads them, and that remembers which hold secrets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

/// The mark on both sides of a secret's name.
const STAND_IN: &str = "$$$SECRET$$$";

/// dbt: a variable with this prefix is usable in profiles and package files only, and never shown.
const SECRET_PREFIXES: [&str; 2] = ["DBT_ENV_SECRET", "NETFLIX_ENV_SECRET"];

/// A snapshot of the environment at the start of the invocation.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: Arc<IndexMap<String, String>>,
    used: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Environment {
    /// The process's environment, and what the nearest `.env` file adds to it.
    ///
    /// dbt: looks for `.env` from the working folder upwards; a variable that is set stays as it is.
    pub fn of_process() -> Self {
        let mut variables: IndexMap<String, String> = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let here = std::env::current_dir().unwrap_or_default();
        let file = here.ancestors().map(|folder| folder.join(".env")).find(|path| path.is_file());
        // A line that is no assignment is passed over, as dbt does.
        for (key, value) in file.and_then(|path| dotenvy::from_path_iter(path).ok()).into_iter().flatten().flatten() {
            variables.entry(key).or_insert(value);
        }
        Self { variables: Arc::new(variables), used: Arc::default() }
    }

    /// The same environment where the two names of each of dbt's variables hold the same value.
    ///
    /// `known` are names behind the prefix, with whether an older name exists. dbt: `DBT_ENGINE_X` wins over `DBT_X`.
    #[must_use]
    pub fn with_aliases(mut self, known: &[(String, bool)]) -> Self {
        let variables = Arc::make_mut(&mut self.variables);
        for (name, _) in known.iter().filter(|(_, has_older)| *has_older) {
            let (newer, older) = (format!("DBT_ENGINE_{name}"), format!("DBT_{name}"));
            if let Some(value) = variables.get(&newer).cloned() {
                variables.insert(older, value);
            } else if let Some(value) = variables.get(&older).cloned() {
                variables.insert(newer, value);
            }
        }
        self
    }

    /// A made environment, for tests.
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        let variables = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { variables: Arc::new(variables), used: Arc::default() }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.clone());
        Some(value)
    }

    /// The value of the first of these variables that is set and not empty.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.get(name)).find(|value| !value.is_empty())
    }

    /// Whether a variable holds a secret.
    pub fn is_secret(name: &str) -> bool {
        SECRET_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    }

    /// What stands for a secret while a template is rendered.
    ///
    /// dbt: the value takes its place afterwards, so that a template which changes the text never makes another form of
    /// the secret, which nothing would know to hide.
    pub fn stand_in(name: &str) -> String {
        format!("{STAND_IN}{name}{STAND_IN}")
    }

    /// A rendered text with the secrets in the places of what stood for them.
    pub fn reveal(&self, text: &str) -> String {
        let mut parts = text.split(STAND_IN);
        let mut revealed = parts.next().unwrap_or_default().to_owned();
        while let Some(name) = parts.next() {
            match (self.get(name).filter(|_| Self::is_secret(name)), parts.next()) {
                (Some(secret), Some(rest)) => {
                    revealed.push_str(secret);
                    revealed.push_str(rest);
                }
                (_, rest) => {
                    revealed.push_str(STAND_IN);
                    revealed.push_str(name);
                    if let Some(rest) = rest {
                        revealed.push_str(STAND_IN);
                        revealed.push_str(rest);
                    }
                }
            }
        }
        revealed
    }

    /// Names of all variables, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// dbt: `DBT_ENV_CUSTOM_ENV_X` is written to the artifacts as `X`, in the order of the environment.
    pub fn custom(&self) -> IndexMap<String, String> {
        let prefix = "DBT_ENV_CUSTOM_ENV_";
        self.variables
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())))
            .collect()
    }

    /// Values of all variables that hold secrets, also as they are written in JSON.
    pub fn secrets(&self) -> Vec<String> {
        let values = self.variables.iter().filter(|(name, value)| Self::is_secret(name) && !value.is_empty());
        let mut secrets: Vec<String> = Vec::new();
        for (_, value) in values {
            let quoted = serde_json::Value::from(value.as_str()).to_string();
            let escaped = quoted[1..quoted.len() - 1].to_owned();
            // The longer form first, so that it is not left in parts.
            secrets.extend(std::iter::once(escaped).filter(|escaped| escaped != value));
            secrets.push(value.clone());
        }
        secrets
    }

    /// Replaces every secret value in a text.
    pub fn scrub(&self, text: &str) -> String {
        let mut scrubbed = text.to_owned();
        for secret in self.secrets() {
            if scrubbed.contains(secret.as_str()) {
                scrubbed = scrubbed.replace(secret.as_str(), "*****");
            }
        }
        scrubbed
    }
}
