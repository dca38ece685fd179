//! Where compiled and run SQL is kept below the target folder.

use std::path::{Path, PathBuf};

use crate::manifest::{Node, ResourceType};

/// `compiled/<package>/<file>` below the target folder; nodes that share a file get a folder of its name.
/// `batch` is the label of a batch.
pub fn compiled_path(target: &Path, node: &Node, batch: Option<&str>) -> PathBuf {
    split(below(target, "compiled", node), batch)
}

/// The same below `run`.
pub fn run_path(target: &Path, node: &Node, batch: Option<&str>) -> PathBuf {
    split(below(target, "run", node), batch)
}

/// The batches of a model lie in a folder of its name: `orders/orders_2024-09-17.sql`.
fn split(path: PathBuf, batch: Option<&str>) -> PathBuf {
    match (batch, path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|end| end.to_str())) {
        (Some(batch), Some(stem), Some(end)) => path.with_file_name(stem).join(format!("{stem}_{batch}.{end}")),
        _ => path,
    }
}

fn below(target: &Path, folder: &str, node: &Node) -> PathBuf {
    let base = target.join(folder).join(&node.package).join(&node.original_file_path);
    // dbt: a node whose file has another name shares that file with others.
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let shares = file_name(&node.path) != file_name(&node.original_file_path);
    match node.resource_type {
        ResourceType::Snapshot => base.join(format!("{}.sql", node.name)),
        _ if shares => base.join(&node.path),
        _ => base,
    }
}
