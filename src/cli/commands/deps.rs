//! `deps`: installs the packages that the project asks for.

use clap::{Args, ValueEnum};

use super::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::fetch::{self, Addition, Install};
use crate::jinja::Secrets;
use crate::read::{self, Leniency, Renderer};

/// Where an added package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The package hub.
    Hub,
    /// A git repository.
    Git,
    /// A folder on this machine.
    Local,
}

/// Arguments of `deps`.
#[derive(Args, Debug)]
pub struct DepsArgs {
    /// Write package-lock.yml, but install nothing
    #[arg(long)]
    lock: bool,
    /// Look for newer versions, although package-lock.yml is up to date
    #[arg(long)]
    upgrade: bool,
    /// Add a package to packages.yml: NAME@VERSION
    #[arg(long, value_name = "PACKAGE")]
    add_package: Option<String>,
    /// Where the added package comes from
    #[arg(long, value_enum, default_value = "hub")]
    source: From,
}

/// Runs `deps`. dbt: no profile is needed, and variables may be missing.
///
/// # Errors
/// A package cannot be found, fetched or installed.
pub fn deps(args: &DepsArgs, shell: &Shell) -> Outcome {
    let source = match args.source {
        From::Hub => "hub",
        From::Git => "git",
        From::Local => "local",
    };
    let add = args.add_package.as_deref().map(|text| Addition::parse(text, source));
    if add.as_ref().is_some_and(|add| add.version.is_none()) && args.source != From::Local {
        return Err(Box::new(
            Diagnostic::error(Class::Usage, format!("Version is required in --add-package when source is {source}"))
                .help("write `--add-package NAME@VERSION`"),
        )
        .into());
    }
    let options = shell.read_options()?;
    let outline = read::outline(&options, &shell.environment, Leniency::Lenient)?;
    let renderer = Renderer::new(&options.session, &shell.environment, Secrets::Allowed, &options.vars, None);
    let install = Install {
        root: &outline.root,
        name: &outline.name,
        folder: outline.packages,
        lock_only: args.lock,
        upgrade: args.upgrade,
        add,
        version_check: options.version_check,
    };
    fetch::install(&install, &renderer, &shell.environment, &shell.events)?;
    Ok(0)
}
