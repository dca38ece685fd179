//! Variables: `--vars` before the root project's before a package's own.

use serde_json::{Map, Value};

/// All variables of an invocation.
#[derive(Debug, Clone, Default)]
pub struct Vars {
    cli: Map<String, Value>,
    root: Map<String, Value>,
    root_name: String,
    packages: Vec<(String, Map<String, Value>)>,
}

impl Vars {
    /// Variables of the command line, of the root project and of every package.
    pub fn new(
        cli: Map<String, Value>,
        root_name: &str,
        root: Map<String, Value>,
        packages: Vec<(String, Map<String, Value>)>,
    ) -> Self {
        Self { cli, root, root_name: root_name.to_owned(), packages }
    }

    /// The value of a variable for a node of `package`.
    ///
    /// dbt: `--vars`, then the root project's block for the package, its global variables, then the package's own.
    pub fn get(&self, name: &str, package: &str) -> Option<&Value> {
        if let Some(value) = self.cli.get(name) {
            return Some(value);
        }
        let scoped = |vars: &'_ Map<String, Value>| -> bool {
            vars.get(package).and_then(Value::as_object).is_some_and(|block| block.contains_key(name))
        };
        if scoped(&self.root) {
            return self.root.get(package)?.get(name);
        }
        if let Some(value) = self.root.get(name) {
            return Some(value);
        }
        if package == self.root_name {
            return None;
        }
        let (_, own) = self.packages.iter().find(|(owner, _)| owner == package)?;
        if scoped(own) { own.get(package)?.get(name) } else { own.get(name) }
    }

    /// Names of all variables that a node of `package` sees, for suggestions and messages.
    pub fn names(&self, package: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self.cli.keys().chain(self.root.keys()).map(String::as_str).collect();
        let own = self.packages.iter().find(|(owner, _)| owner == package).map(|(_, own)| own);
        names.extend(own.into_iter().flat_map(Map::keys).map(String::as_str));
        let scoped = [Some(&self.root), own].into_iter().flatten().filter_map(|vars| vars.get(package)?.as_object());
        names.extend(scoped.flat_map(|block| block.keys()).map(String::as_str));
        names.retain(|name| self.get(name, package).is_some());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The variables of the command line.
    pub fn cli(&self) -> &Map<String, Value> {
        &self.cli
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_more_specific_variable_stands() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let vars = Vars::new(
            map(json!({"a": 1})),
            "root",
            map(json!({"a": 2, "b": 2, "pkg": {"c": 3}})),
            vec![("pkg".to_owned(), map(json!({"c": 9, "d": 4})))],
        );
        assert_eq!(vars.get("a", "root"), Some(&json!(1)));
        assert_eq!(vars.get("b", "pkg"), Some(&json!(2)));
        assert_eq!(vars.get("c", "pkg"), Some(&json!(3)));
        assert_eq!(vars.get("d", "pkg"), Some(&json!(4)));
        assert_eq!(vars.get("d", "root"), None);
    }
}
