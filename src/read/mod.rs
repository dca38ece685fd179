//! The stage that reads the disk: project file, profile, packages and all their files.

mod catalogs;
mod files;
mod outline;
mod packages;
mod profile;
mod project;
mod render;
mod selectors;

pub use catalogs::{Layout, catalogs};
pub use outline::{Leniency, Outline, outline};
pub use profile::{home, profiles_file, profiles_folder};
pub use project::{PROJECT_FILES, ReadOptions, check, project, setting_of, target};
pub use render::{Renderer, render_properties, render_settings, render_yaml};
pub use selectors::selectors;
