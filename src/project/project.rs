//! The root project with everything that belongs to it.

use std::path::PathBuf;

use super::{Flags, Package, Target, Vars};

/// Everything that was read from disk before parsing.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's folder.
    pub root: PathBuf,
    /// Name of the root package.
    pub name: String,
    /// Packages: the root first, then installed ones, then the built-in ones.
    pub packages: Vec<Package>,
    /// Where it runs.
    pub target: Target,
    /// Variables.
    pub vars: Vars,
    /// `target-path`, below the project's folder unless absolute.
    pub target_path: PathBuf,
    /// `log-path`, below the project's folder unless absolute.
    pub log_path: PathBuf,
    /// `packages-install-path`, below the project's folder unless absolute.
    pub packages_path: PathBuf,
    /// Options and behavior switches.
    pub flags: Flags,
}

impl Project {
    /// The root package.
    pub fn root_package(&self) -> &Package {
        &self.packages[0]
    }

    /// The package of a name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// Whether the project asks for the older way of comparing with an earlier state: in part by rendered values.
    pub fn compares_rendered(&self) -> bool {
        self.flag("state_modified_compare_more_unrendered_values") == Some(false)
    }

    /// Whether `analyses:` configures analyses, and not `models:`.
    pub fn configures_analyses(&self) -> bool {
        self.flag("require_corrected_analysis_fqns") == Some(true)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.root_package().settings.get("flags")?.get(name)?.bool()
    }
}
