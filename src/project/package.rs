//! A package: the root project, an installed dependency, or one of the built-in ones.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Layer, Levels, Yaml};
use crate::diagnostic::SourceFile;

/// What a file of a package holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A model in SQL.
    Model,
    /// A model in Python.
    PythonModel,
    /// Macros.
    Macro,
    /// Generic tests, in a folder `generic` below the test paths.
    GenericTest,
    /// A singular test.
    SingularTest,
    /// A seed.
    Seed,
    /// Snapshot blocks.
    Snapshot,
    /// An analysis.
    Analysis,
    /// A user-defined function.
    Function,
    /// Descriptions, tests, sources and the like in YAML.
    Properties,
    /// Docs blocks.
    Docs,
    /// A fixture of a unit test.
    Fixture,
}

/// One file of a package.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// What it holds.
    pub kind: FileKind,
    /// The resource folder it was found in (`models`).
    pub folder: String,
    /// Its path below that folder.
    pub path: String,
    /// Where it is on this machine.
    pub absolute: PathBuf,
    /// Its text; empty for seeds, which may be large.
    pub source: Arc<SourceFile>,
}

impl ProjectFile {
    /// A path without the suffix that marks a template; only SQL and Markdown files may have one.
    pub fn without_jinja_suffix(path: &str) -> &str {
        let plain = [".j2", ".jinja2", ".jinja"].iter().find_map(|suffix| path.strip_suffix(suffix));
        plain.filter(|plain| plain.ends_with(".sql") || plain.ends_with(".md")).unwrap_or(path)
    }

    /// Its path below the package's folder.
    pub fn original_path(&self) -> String {
        if self.folder.is_empty() { self.path.clone() } else { format!("{}/{}", self.folder, self.path) }
    }
}

/// Which parts of a relation's name are quoted; none where it is not said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    /// The database.
    pub database: Option<bool>,
    /// The schema.
    pub schema: Option<bool>,
    /// The relation.
    pub identifier: Option<bool>,
}

/// A package and all its settings.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version as written.
    pub version: Option<String>,
    /// Its folder.
    pub root: PathBuf,
    /// Whether it is part of this program.
    pub builtin: bool,
    /// The whole project file, with its Jinja rendered but in hooks, variables and the query comment.
    pub settings: Yaml,
    /// The project file as it was written: what a state comparison looks at.
    pub written: Yaml,
    /// The configuration trees of `settings`.
    pub levels: Levels,
    /// Those of `written`.
    pub written_levels: Levels,
    /// `vars:` with Jinja rendered.
    pub vars: Map<String, Value>,
    /// SQL to run before the first node.
    pub on_run_start: Vec<String>,
    /// SQL to run after the last node.
    pub on_run_end: Vec<String>,
    /// `dispatch:`: namespace and search order.
    pub dispatch: Vec<(String, Vec<String>)>,
    /// `quoting:`.
    pub quoting: Quoting,
    /// Files in the order of their paths.
    pub files: Vec<ProjectFile>,
}

impl Package {
    /// The configuration tree of a kind (`models`, `seeds`, ...), under any of its spellings.
    pub fn config_tree(&self, names: &[&str]) -> Option<&Yaml> {
        names.iter().find_map(|name| self.settings.get(name))
    }

    /// The layers of [`Package::config_layers`] as they were written, with their Jinja.
    pub fn written_layers(&self, names: &[&str], fqn: &[String]) -> Vec<Layer> {
        let name = names.iter().find(|name| self.written.get(name).is_some());
        name.map(|name| self.written_levels.layers(&self.written, name, fqn)).unwrap_or_default()
    }

    /// The layers of configuration that apply to a fully qualified name, the least specific first.
    pub fn config_layers(&self, names: &[&str], fqn: &[String]) -> Vec<Layer> {
        let name = names.iter().find(|name| self.settings.get(name).is_some());
        name.map(|name| self.levels.layers(&self.settings, name, fqn)).unwrap_or_default()
    }
}
