//! `selectors.yml`: read and rendered; what its definitions mean is for selection to say.

use std::path::Path;

use super::render::render_tree;
use super::{Renderer, files};
use crate::diagnostic::Result;
use crate::project::Yaml;

const FILE: &str = "selectors.yml";

/// The file's content with its Jinja rendered, none where there is no such file.
///
/// # Errors
/// The file cannot be read, is no YAML, or a template in it fails.
pub fn selectors(root: &Path, renderer: &Renderer) -> Result<Option<Yaml>> {
    let path = root.join(FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let yaml = Yaml::parse(&files::text(&path, FILE)?)?;
    render_tree(&yaml, renderer).map(Some)
}
