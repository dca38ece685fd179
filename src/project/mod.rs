//! The project as it stands on disk: packages with their files and settings, the profile and its target.

mod environment;
mod flags;
mod indented;
mod levels;
mod package;
mod profile;
mod project;
mod vars;
mod version;
mod yaml;

pub use environment::Environment;
pub use flags::{Behavior, Flags, truth};
pub use levels::{Layer, Levels};
pub use package::{FileKind, Package, ProjectFile, Quoting};
pub use profile::Target;
pub use project::Project;
pub use vars::Vars;
pub use version::{DBT_VERSION, Version, VersionRange, installable, newest_in, satisfies};
pub use yaml::{Content, Yaml};
