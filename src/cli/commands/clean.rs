//! `clean`: removes the folders of `clean-targets`, and never anything else.

use super::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::Event;

/// Runs `clean`.
///
/// # Errors
/// The project cannot be read, a folder is protected or outside the project, or cannot be removed.
pub fn clean(shell: &Shell) -> Outcome {
    let (project, bag) = shell.read()?;
    shell.warn(&bag)?;
    let package = project.root_package();
    let sources = ["model-paths", "seed-paths", "test-paths", "snapshot-paths", "macro-paths", "analysis-paths"];
    let defaults = ["models", "seeds", "tests", "snapshots", "macros", "analyses"];
    let mut protected: Vec<String> = defaults.iter().map(|name| (*name).to_owned()).collect();
    for key in sources {
        protected.extend(
            package
                .settings
                .get(key)
                .map(crate::project::Yaml::items)
                .unwrap_or_default()
                .iter()
                .map(crate::project::Yaml::display),
        );
    }
    for target in &project.clean_targets {
        let path = project.root.join(target);
        shell.events.send(Event::CheckCleanPath { path: target.clone() });
        let inside = std::path::absolute(&path)
            .is_ok_and(|path| path.starts_with(&project.root) && path != project.root)
            && !std::path::Path::new(target).components().any(|part| part == std::path::Component::ParentDir);
        if !inside {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Runtime,
                    format!("netflix will not clean `{target}`: it is outside the project"),
                )
                .help("name folders below the project in `clean-targets`"),
            )
            .into());
        }
        if protected.iter().any(|name| name.trim_end_matches('/') == target.trim_end_matches('/')) {
            shell.events.send(Event::ProtectedCleanPath { path: target.clone() });
            continue;
        }
        if path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(|error| {
                Box::new(Diagnostic::error(Class::File, format!("cannot remove `{target}`: {error}")))
            })?;
        }
        shell.events.send(Event::ConfirmCleanPath { path: target.clone() });
    }
    shell.events.send(Event::FinishedCleanPaths);
    Ok(0)
}
