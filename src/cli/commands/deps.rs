//! `deps`: installs the packages that the project asks for.

use super::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::event::Event;
use crate::fetch;
use crate::project::Yaml;
use crate::read::{Renderer, Secrets};

/// Runs `deps`.
///
/// # Errors
/// A package cannot be found or linked, or is no local folder.
pub fn deps(shell: &Shell) -> Outcome {
    let (project, bag) = shell.read()?;
    shell.warn(&bag)?;
    let settings = &project.root_package().settings;
    let folder = settings.get("packages-install-path").and_then(Yaml::text).unwrap_or("dbt_packages");
    let renderer =
        Renderer::new(&shell.environment, Secrets::Allowed, project.vars.cli(), Some(&project.target.to_json()));
    let tell = |name: &str, local: &str| {
        shell.events.send(Event::DepsStartPackageInstall { package: name.to_owned() });
        shell.events.send(Event::DepsInstallInfo { version_name: format!("<local @ {local}>") });
    };
    let count = fetch::install(&project.root, &project.root.join(folder), &renderer, &tell)?;
    if count == 0 {
        shell.events.send(Event::DepsNoPackagesFound);
    }
    Ok(0)
}
