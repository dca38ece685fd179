//! `clean`: removes the folders of `clean-targets`, and never the sources.

use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::{Event, Warning, WarningKind};
use crate::project::Yaml;
use crate::read::{self, Leniency};

/// Arguments of `clean`.
#[derive(Args, Debug)]
pub struct CleanArgs {
    /// Remove also the folders of `clean-targets` that lie outside of the project
    #[arg(long)]
    no_clean_project_files_only: bool,
}

/// Runs `clean`. dbt: checks all folders before it removes the first one.
///
/// # Errors
/// The project file cannot be read, or a folder holds sources, or lies outside of the project.
pub fn clean(args: &CleanArgs, shell: &Shell) -> Outcome {
    let outline = read::outline(&shell.read_options()?, &shell.environment, Leniency::Strict)?;
    let root = &outline.root;
    let mut targets: Vec<PathBuf> = Vec::new();
    for target in &outline.clean_targets {
        let path = resolved(&root.join(target));
        if !targets.contains(&path) {
            targets.push(path);
        }
    }
    let place = outline.settings.get("clean-targets").map(Yaml::span);
    let refuse = |message: &str, paths: Vec<&PathBuf>, help: &str| {
        let shown: Vec<String> = paths.iter().map(|path| format!("'{}'", path.display())).collect();
        let message = format!("dbt will not clean the following {message}: [{}]", shown.join(", "));
        Box::new(Diagnostic::error(Class::Runtime, message).label_opt(place.clone(), "").help(help))
    };
    // A folder that holds sources is as precious as they are.
    let sources: Vec<PathBuf> = outline.source_paths.iter().map(|path| resolved(&root.join(path))).collect();
    let is_source = |path: &PathBuf| {
        sources.iter().any(|source| source == path || (source.starts_with(path) && path.starts_with(root)))
    };
    let protected: Vec<&PathBuf> = targets.iter().filter(|path| is_source(path)).collect();
    if !protected.is_empty() {
        return Err(
            refuse("source paths", protected, "name folders that this program writes in `clean-targets`").into()
        );
    }
    let outside: Vec<&PathBuf> = targets.iter().filter(|path| !path.starts_with(root) || *path == root).collect();
    if !outside.is_empty() && !args.no_clean_project_files_only {
        let help = "name folders below the project, or allow others with `--no-clean-project-files-only`";
        return Err(refuse("directories outside the project", outside, help).into());
    }
    let names = |name: &str| outline.clean_targets.iter().any(|target| target.trim_end_matches('/') == name);
    let packages = outline.packages.strip_prefix(root).unwrap_or(&outline.packages);
    if names("dbt_modules") && !names(&packages.display().to_string()) {
        let text = "The default package install path has changed from `dbt_modules` to `dbt_packages`. Update \
                    `clean-targets` in the project file and `.gitignore`, or set `packages-install-path: dbt_modules` \
                    to keep the folder.";
        shell.events.warn(Warning::new(WarningKind::PackageInstallPathDeprecation, text))?;
    }
    for path in &targets {
        shell.events.send(Event::CheckCleanPath { path: path.display().to_string() });
        if path.is_dir() {
            std::fs::remove_dir_all(path).map_err(|error| {
                Box::new(Diagnostic::error(Class::File, format!("cannot remove `{}`: {error}", path.display())))
            })?;
        }
        shell.events.send(Event::ConfirmCleanPath { path: path.display().to_string() });
    }
    shell.events.send(Event::FinishedCleanPaths);
    Ok(0)
}

/// The path without links and `..`, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}
