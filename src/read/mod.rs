//! The stage that reads the disk: project file, profile, packages and all their files.

mod files;
mod packages;
mod profile;
mod project;
mod render;

pub use project::{ReadOptions, project};
pub use render::{Renderer, Secrets, render_yaml};
