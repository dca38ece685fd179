//! The SQL that is part of this program: packages like any other, embedded.

use include_dir::{Dir, include_dir};

static PACKAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/builtin");

/// One file of an embedded package: path below the package's folder, and text.
pub type EmbeddedFile = (String, &'static str);

/// The files of an embedded package (`dbt`, `dbt_duckdb`, `dbt_snowflake`), sorted; none if there is no such package.
pub fn package(name: &str) -> Option<Vec<EmbeddedFile>> {
    let folder = PACKAGES.get_dir(name)?;
    let mut files = Vec::new();
    collect(folder, name, &mut files);
    files.sort();
    Some(files)
}

fn collect(folder: &Dir<'static>, package: &str, files: &mut Vec<EmbeddedFile>) {
    for file in folder.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.push((path[package.len() + 1..].replace('\\', "/"), text));
        }
    }
    for folder in folder.dirs() {
        collect(folder, package, files);
    }
}
