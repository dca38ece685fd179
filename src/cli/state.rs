//! `--state`, `--defer-state` and `--defer`: what an earlier run left.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::invocation::Shell;
use crate::artifact::Previous;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Warning, WarningKind};
use crate::execute::Deferral;
use crate::project::Project;
use crate::select::{Comparison, State};

/// The artifacts that `--state` names.
///
/// # Errors
/// One of them cannot be read, or a warning is an error.
pub fn compared(shell: &Shell, project: &Project) -> Result<Option<Arc<State>>> {
    let Some(folder) = &shell.args.state else { return Ok(None) };
    let target = project.target_path.strip_prefix(&project.root).unwrap_or(&project.target_path);
    if folder == target || *folder == project.target_path {
        let text = format!(
            "The state and target directories are the same: '{}'. This could lead to missing changes due to overwritten \
             state including non-idempotent retries.",
            folder.display()
        );
        shell.events.warn(Warning::new(WarningKind::WarnStateTargetEqual, text))?;
    }
    let previous = Previous::read(&below(project, folder))?;
    let current = Previous::read_sources(&project.target_path)?;
    let comparison = match project.compares_rendered() {
        true => Comparison::Rendered,
        false => Comparison::Unrendered,
    };
    Ok(Some(Arc::new(State::new(previous, current, comparison))))
}

/// What nodes are read from where they were built by the earlier run.
///
/// # Errors
/// There is no earlier manifest.
pub fn deferral(shell: &Shell, project: &Project, state: Option<&State>) -> Result<Option<Arc<Deferral>>> {
    // dbt: `clone` is nothing without it, and `list` and the like run nothing.
    let which = shell.settings.values.get("which").and_then(Value::as_str).unwrap_or_default();
    let defers = match which {
        "clone" => true,
        "list" | "parse" | "run-operation" | "freshness" | "load" => false,
        _ => shell.args.defer,
    };
    if !defers {
        return Ok(None);
    }
    let own;
    let (folder, previous) = match (&shell.args.defer_state, &shell.args.state, state) {
        (Some(folder), _, _) => {
            own = Previous::read(&below(project, folder))?;
            (folder, &own)
        }
        (None, Some(folder), Some(state)) => (folder, &state.previous),
        _ => {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Runtime,
                    "--state or --defer-state are required for deferral, but neither was provided",
                )
                .help("give the folder of the manifest.json to defer to: `--state DIR`"),
            ));
        }
    };
    let Some(nodes) = previous.section("nodes") else {
        return Err(Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!("Could not find manifest in --state path: \"{}\"", folder.display()),
            )
            .help("it must hold the manifest.json of an earlier run"),
        ));
    };
    let nodes = nodes.iter().filter_map(|(id, node)| Some((id.clone(), node.as_object()?)));
    Ok(Some(Arc::new(Deferral::new(nodes, shell.args.favor_state))))
}

/// dbt: relative to the project's folder, wherever the command is called.
fn below(project: &Project, folder: &Path) -> PathBuf {
    project.root.join(folder)
}
