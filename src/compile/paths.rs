//! Where compiled and run SQL is kept below the target folder.

use std::path::{Path, PathBuf};

use crate::manifest::{Node, ResourceType};

/// `compiled/<package>/<file>` below the target folder; nodes that share a file get a folder of its name.
pub fn compiled_path(target: &Path, node: &Node) -> PathBuf {
    below(target, "compiled", node)
}

/// The same below `run`.
pub fn run_path(target: &Path, node: &Node) -> PathBuf {
    below(target, "run", node)
}

fn below(target: &Path, folder: &str, node: &Node) -> PathBuf {
    let base = target.join(folder).join(&node.package).join(&node.original_file_path);
    let generic = node.test().is_some_and(|test| test.generic.is_some());
    match node.resource_type {
        ResourceType::Snapshot => base.join(format!("{}.sql", node.name)),
        ResourceType::Test if generic => base.join(&node.path),
        ResourceType::Operation => base.join(&node.path),
        _ => base,
    }
}
