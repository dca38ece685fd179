//! Installs packages that are folders on this machine, and what those ask for in turn.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::spec::{PackageSpec, specs};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile};
use crate::project::Yaml;
use crate::read::Renderer;

/// Links every package below `install`; `tell` hears each name and folder.
///
/// dbt: local packages are links, so that a change in the folder counts at once.
///
/// # Errors
/// A folder is no package, or cannot be linked.
pub fn install(root: &Path, install: &Path, renderer: &Renderer, tell: &dyn Fn(&str, &str)) -> Result<usize> {
    let mut open: Vec<(PathBuf, PackageSpec)> =
        specs(root, "", renderer)?.into_iter().map(|spec| (root.to_path_buf(), spec)).collect();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut count = 0;
    while let Some((base, spec)) = open.pop() {
        let missing = |why: &str| {
            Box::new(
                Diagnostic::error(Class::Dependency, format!("`{}` {why}", spec.local)).label(spec.span.clone(), ""),
            )
        };
        let folder = base.join(&spec.local).canonicalize().map_err(|_| missing("does not exist"))?;
        if !seen.insert(folder.clone()) {
            continue;
        }
        let name = name(&folder).ok_or_else(|| missing("holds no project file with a `name:`"))?;
        tell(&name, &spec.local);
        link(&folder, &install.join(&name))
            .map_err(|error| missing(&format!("cannot be linked below `{}`: {error}", install.display())))?;
        count += 1;
        let shown = format!("{}/", spec.local);
        open.extend(specs(&folder, &shown, renderer)?.into_iter().map(|spec| (folder.clone(), spec)));
    }
    Ok(count)
}

fn name(folder: &Path) -> Option<String> {
    let file =
        ["dbt_project.yml", "project.yml"].into_iter().map(|name| folder.join(name)).find(|path| path.is_file())?;
    let text = std::fs::read_to_string(&file).ok()?;
    let yaml = Yaml::parse(&SourceFile::new(file.display().to_string(), text)).ok()?;
    yaml.get("name").and_then(Yaml::text).map(str::to_owned)
}

#[cfg(unix)]
fn link(folder: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match std::fs::symlink_metadata(to) {
        Ok(facts) if facts.is_dir() => std::fs::remove_dir_all(to)?,
        Ok(_) => std::fs::remove_file(to)?,
        Err(_) => {}
    }
    std::os::unix::fs::symlink(folder, to)
}

#[cfg(not(unix))]
fn link(folder: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent)?;
    }
    if to.is_dir() {
        std::fs::remove_dir(to)?;
    }
    std::os::windows::fs::symlink_dir(folder, to)
}
