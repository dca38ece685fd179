//! The stage that reads the disk: project file, profile, packages and all their files.

mod files;
mod packages;
mod profile;
mod project;
mod render;

pub use profile::{home, profiles_file, profiles_folder};
pub use project::{PROJECT_FILES, ReadOptions, project, setting_of};
pub use render::{Renderer, Secrets, render_settings, render_yaml};
