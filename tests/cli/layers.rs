//! Who may import whom: the groups of `mod` lines in `src/lib.rs`, read from top to bottom, are the layers.
//!
//! A module may import modules of lower groups, and of its own group as long as these do not import it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The layer of each module: 0 for the highest.
fn layers(source: &str) -> BTreeMap<String, usize> {
    let mut layers = BTreeMap::new();
    let mut layer = 0;
    for line in source.lines().filter(|line| !line.starts_with("//")) {
        match line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            Some(name) => {
                layers.insert(name.to_owned(), layer);
            }
            None => layer += usize::from(line.is_empty() && !layers.is_empty()),
        }
    }
    layers
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The modules of the crate that a text names, outside of its unit tests.
fn imports(text: &str) -> BTreeSet<String> {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    body.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect())
        .collect()
}

#[test]
fn modules_import_only_what_lies_below() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers = layers(&fs::read_to_string(root.join("lib.rs")).unwrap());
    assert!(layers.len() > 15 && layers["cli"] == 0, "{layers:?}");
    let mut edges: BTreeMap<(String, String), String> = BTreeMap::new();
    for module in layers.keys() {
        let mut files = Vec::new();
        rust_files(&root.join(module), &mut files);
        for file in files {
            for import in imports(&fs::read_to_string(&file).unwrap()) {
                if import != *module && layers.contains_key(&import) {
                    edges.entry((module.clone(), import)).or_insert_with(|| file.display().to_string());
                }
            }
        }
    }
    assert!(edges.contains_key(&("execute".to_owned(), "adapter".to_owned())), "nothing was read");
    let wrong: Vec<String> = edges
        .iter()
        .filter(|((from, to), _)| match layers[from].cmp(&layers[to]) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => edges.contains_key(&(to.clone(), from.clone())),
            std::cmp::Ordering::Greater => true,
        })
        .map(|((from, to), file)| format!("`{from}` may not import `{to}`: {file}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let drawers = ["util", "utils", "common", "helper", "helpers", "misc", "imp"];
    let nameless: Vec<_> = files
        .iter()
        .filter(|file| file.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| drawers.contains(&stem)))
        .collect();
    assert!(nameless.is_empty(), "{nameless:?}");
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs"));
    let silent: Vec<_> =
        files.iter().filter(|file| !fs::read_to_string(file).unwrap().trim_start().starts_with("//!")).collect();
    assert!(silent.is_empty(), "no line at the top says what these turn into what: {silent:?}");
}
