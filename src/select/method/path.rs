//! `path:` nodes by file or folder, relative to the project's folder.

use std::collections::HashSet;

use super::Pattern;
use crate::manifest::{Manifest, Node};
use crate::select::relatives::Ids;

enum Segment {
    /// `**`: any number of folders.
    Deep,
    One(Pattern),
}

/// Nodes whose file, describing file or one of its folders fits.
///
/// dbt: the pattern is expanded on disk, below the root project. Here it is compared with the paths that the
/// manifest knows, which gives the same nodes without reading the disk.
pub(super) fn search<'m>(manifest: &'m Manifest, wanted: &str) -> Ids<'m> {
    let mut pattern = Vec::new();
    for part in parts(wanted) {
        match part {
            "**" if matches!(pattern.last(), Some(Segment::Deep)) => {}
            "**" => pattern.push(Segment::Deep),
            _ => pattern.push(Segment::One(Pattern::new(part))),
        }
    }
    let mut found = Ids::new();
    if wanted.is_empty() {
        return found;
    }
    let mut on_disk: Option<HashSet<Vec<&str>>> = None;
    for (id, node) in &manifest.nodes {
        let hit = places(node).into_iter().any(|place| {
            // Paths of installed packages are relative to the package: only what the project has too is found.
            fits(&pattern, &place)
                && (node.package == manifest.root
                    || on_disk.get_or_insert_with(|| project_paths(manifest)).contains(&place))
        });
        if hit {
            found.insert(id.as_str());
        }
    }
    found
}

fn parts(path: &str) -> Vec<&str> {
    path.split(std::path::is_separator).filter(|part| !part.is_empty() && *part != ".").collect()
}

/// The file, its folders up to the project's own, and the file that describes the node.
fn places(node: &Node) -> Vec<Vec<&str>> {
    let mut places = with_folders(&node.original_file_path);
    if let Some((_, file)) = node.patch_path.as_deref().and_then(|path| path.split_once("://")) {
        places.push(parts(file));
    }
    places
}

fn with_folders(path: &str) -> Vec<Vec<&str>> {
    let file = parts(path);
    (0..=file.len()).rev().map(|length| file[..length].to_vec()).collect()
}

fn project_paths(manifest: &Manifest) -> HashSet<Vec<&str>> {
    let own = manifest.nodes.values().filter(|node| node.package == manifest.root);
    let described = own.clone().filter_map(|node| node.patch_path.as_deref()?.split_once("://")).map(|(_, file)| file);
    let files = manifest.files.keys().map(String::as_str).filter(|path| !path.starts_with('<'));
    own.map(|node| node.original_file_path.as_str()).chain(described).chain(files).flat_map(with_folders).collect()
}

fn fits(pattern: &[Segment], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((Segment::Deep, rest)) => (0..=path.len()).any(|from| fits(rest, &path[from..])),
        Some((Segment::One(one), rest)) => {
            path.split_first().is_some_and(|(first, tail)| one.matches(first) && fits(rest, tail))
        }
    }
}
