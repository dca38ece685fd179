//! `debug`: says what is found where, and tries the connection.

use clap::Args;

use super::failures::Outcome;
use crate::adapter::{self, Check, Checked};
use crate::cli::invocation::{Shell, adapter_version};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Severity};
use crate::event::Event;
use crate::parse;
use crate::project::{DBT_VERSION, Target};
use crate::read::{self, ReadOptions};
use crate::report::{Paint, render};

/// Arguments of `debug`.
#[derive(Args, Debug)]
pub struct DebugArgs {
    /// Try the connection only
    #[arg(long)]
    connection: bool,
    /// Show where profiles.yml is looked for, and end
    #[arg(long)]
    config_dir: bool,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Everything.
    All,
    /// The connection.
    Connection,
}

/// Runs `debug`. dbt: what is wrong is told as a result, with exit code 1.
///
/// # Errors
/// The project's folder does not exist.
pub fn debug(args: &DebugArgs, shell: &Shell) -> Outcome {
    if args.config_dir {
        let folder =
            read::profiles_folder(shell.args.profiles_dir.as_deref(), &shell.settings.root, &shell.environment);
        let open = match std::env::consts::OS {
            "macos" => "open",
            "windows" => "start",
            _ => "xdg-open",
        };
        say(shell, format!("To view your profiles.yml file, run:\n\n{open} {}", folder.display()));
        return Ok(0);
    }
    let steps = if args.connection { Steps::Connection } else { Steps::All };
    Ok(u8::from(!check(shell, &shell.read_options()?, steps)?))
}

fn say(shell: &Shell, message: impl Into<String>) {
    shell.events.send(Event::DebugLine { message: message.into() });
}

/// Checks a project; true when all is well.
///
/// # Errors
/// A template of the project file cannot be rendered. dbt: this ends the command.
pub fn check(shell: &Shell, options: &ReadOptions, steps: Steps) -> Result<bool> {
    let mut failures: Vec<String> = Vec::new();
    let mut keep =
        |title: &str, error: &Diagnostic| failures.push(format!("{title}\n{}", render::body(error, Paint::Plain)));
    say(shell, format!("netflix version: {}", env!("CARGO_PKG_VERSION")));
    say(shell, format!("dbt version: {DBT_VERSION}"));
    say(shell, format!("os info: {} {}", std::env::consts::OS, std::env::consts::ARCH));
    let target = read::target(options, &shell.environment);
    let folder = read::profiles_folder(options.profiles_dir.as_deref(), &options.project_dir, &shell.environment);
    let file = read::PROJECT_FILES.iter().map(|name| options.project_dir.join(name)).find(|path| path.is_file());
    let file = file.unwrap_or_else(|| options.project_dir.join("dbt_project.yml"));
    say(shell, format!("Using profiles dir at {}", folder.display()));
    say(shell, format!("Using profiles.yml file at {}", folder.join("profiles.yml").display()));
    say(shell, format!("Using dbt_project.yml file at {}", file.display()));
    if let Ok(target) = &target {
        say(shell, format!("adapter type: {}", target.kind));
    }
    let project = read::check(options, &shell.environment, target.as_ref().ok());
    let project = match project {
        Err(error) if error.class == Class::Compilation => return Err(error),
        Err(error) => Err(error),
        Ok(settings) => {
            let mut bag = Bag::default();
            parse::renamed_settings(&settings, &mut bag);
            shell.warn(&bag)?;
            bag.items
                .into_iter()
                .find(|item| item.severity == Severity::Error)
                .map_or(Ok(()), |error| Err(Box::new(error)))
        }
    };
    let state = |exists: bool, failed: bool| match (exists, failed) {
        (_, false) => "OK found and valid",
        (false, true) => "ERROR not found",
        (true, true) => "ERROR invalid",
    };
    let profile_state = state(folder.join("profiles.yml").is_file(), target.is_err());
    let project_state = state(file.is_file(), project.is_err());
    if steps == Steps::All {
        say(shell, "Configuration:");
        say(shell, format!("  profiles.yml file [{profile_state}]"));
        say(shell, format!("  dbt_project.yml file [{project_state}]"));
        say(shell, "Required dependencies:");
        let git = std::process::Command::new("git").arg("--version").output().is_ok_and(|done| done.status.success());
        // Only packages from git need it, so its absence is no failure.
        say(
            shell,
            format!(" - git [{}]", if git { "OK found" } else { "not found: packages from git cannot be installed" }),
        );
    } else {
        say(shell, "Skipping steps before connection verification");
    }
    if target.is_err() && !folder.join("profiles.yml").is_file() {
        let given = shell.args.profiles_dir.clone().unwrap_or_else(|| folder.clone());
        let message = format!(
            "dbt looked for a profiles.yml file in {}, but did not find one",
            given.join("profiles.yml").display()
        );
        let help = "give its folder with `--profiles-dir`, or write one beside the project file";
        keep(
            "Profile loading failed for the following reason:",
            &Diagnostic::error(Class::Profile, message).help(help),
        );
    } else if let Err(error) = &target {
        keep("Profile loading failed for the following reason:", error);
    }
    if let Err(error) = &project {
        keep("Project loading failed for the following reason:", error);
    }
    match &target {
        Err(_) => say(shell, "Connection test skipped since no profile was found"),
        Ok(target) => {
            let connected = connect(shell, options, target);
            let state = if connected.is_empty() { "OK connection ok" } else { "ERROR" };
            say(shell, format!("  Connection test: [{state}]"));
            for error in &connected {
                keep("The database could not be connected to, for the following reason:", error);
            }
        }
    }
    if failures.is_empty() {
        say(shell, "All checks passed!");
        return Ok(true);
    }
    say(shell, format!("{} check{} failed:", failures.len(), if failures.len() == 1 { "" } else { "s" }));
    for failure in failures {
        say(shell, failure);
    }
    Ok(false)
}

/// Tries the connection and tells of its steps; gives what failed.
fn connect(shell: &Shell, options: &ReadOptions, target: &Target) -> Vec<Diagnostic> {
    let adapter = match adapter::open(&target.output, &options.project_dir) {
        Ok(adapter) => adapter,
        Err(error) => return vec![*error],
    };
    say(shell, "Connection:");
    for (key, value) in adapter.description() {
        say(shell, format!("  {key}: {value}"));
    }
    let version = adapter_version(&target.kind).to_owned();
    shell.events.send(Event::AdapterRegistered { name: target.kind.clone(), version });
    let mut checks = Vec::new();
    adapter.check(&mut |check| checks.push(check));
    adapter.close();
    if checks.len() > 1 {
        say(shell, "Steps:");
        for Check { name, outcome } in &checks {
            let state = match outcome {
                Checked::Fine(found) => format!("OK {found}"),
                Checked::Failed(error) => {
                    let help = error.diagnostic.as_ref().and_then(|diagnostic| diagnostic.help.first());
                    let help = help.map(|help| format!("; {help}")).unwrap_or_default();
                    format!("ERROR {}{help}", error.message)
                }
                Checked::Skipped => "not tried".to_owned(),
            };
            say(shell, format!("  {name}: [{state}]"));
        }
    }
    let refused = |check: Check| match check.outcome {
        Checked::Failed(error) => Some(error.into_diagnostic(Class::Runtime)),
        Checked::Fine(_) | Checked::Skipped => None,
    };
    checks.into_iter().filter_map(refused).collect()
}
