//! `asset-paths`: folders that pages of the documentation show pictures from, copied beside them.

use std::fs;
use std::io;
use std::path::{Component, Path};

use crate::diagnostic::{Class, Diagnostic, Result};
use crate::project::{Project, Yaml};

/// Copies the asset folders of the project into its target folder, in place of earlier copies; one that is not there
/// leaves none.
///
/// # Errors
/// A path leads out of the project or holds the target folder, or a file cannot be copied.
pub(super) fn copy(project: &Project) -> Result<()> {
    let Some(paths) = project.root_package().settings.get("asset-paths") else { return Ok(()) };
    for yaml in paths.items() {
        let path = yaml.display();
        let inside = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let (from, to) = (project.root.join(&path), project.target_path.join(&path));
        // A folder that holds the target folder would be copied into itself, and that is emptied before.
        if !inside || path.trim().is_empty() || to.starts_with(&from) {
            return Err(refused(yaml, &path));
        }
        replace(&from, &to).map_err(|error| {
            let message = format!("cannot copy the assets in `{path}` to `{}`: {error}", to.display());
            Box::new(Diagnostic::error(Class::File, message).label(yaml.span(), "named here"))
        })?;
    }
    Ok(())
}

fn refused(yaml: &Yaml, path: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Project, format!("the asset path `{path}` is not a folder inside the project"))
            .label(yaml.span(), "")
            .help("name a folder below the project file that does not hold the target folder: `asset-paths: [assets]`"),
    )
}

/// A whole copy takes the place of the earlier one: nobody sees half of it.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    let made = to.with_extension(format!("{}.tmp", std::process::id()));
    let copied = if from.is_dir() { copy_folder(from, &made) } else { Ok(()) };
    let done = copied.and_then(|()| {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        if made.exists() { fs::rename(&made, to) } else { Ok(()) }
    });
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_dir_all(&made);
    }
    done
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            fs::copy(&path, &copy)?;
        }
    }
    Ok(())
}
