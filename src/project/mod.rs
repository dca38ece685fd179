//! The project as it stands on disk: packages with their files and settings, the profile and its target.

mod environment;
mod package;
mod profile;
mod project;
mod vars;
mod yaml;

pub use environment::Environment;
pub use package::{FileKind, Package, ProjectFile, Quoting};
pub use profile::Target;
pub use project::Project;
pub use vars::Vars;
pub use yaml::{Content, Yaml};
