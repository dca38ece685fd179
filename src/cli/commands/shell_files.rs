//! `completions` and `man`: files for shells and for `man`, made from the declared command line.

use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Arg, Args, Command};
use clap_complete::Shell;

use crate::diagnostic::{Class, Diagnostic, Result};

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Folder for one page per command; without it, the main page is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints what completes command lines in a shell.
///
/// # Errors
/// Nobody reads it.
pub fn completions(args: &CompletionsArgs, command: &Command) -> Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut visible(command), "netflix", &mut text);
    print(&text)
}

/// The command line as the help shows it: without options that are only accepted for what others wrote.
fn visible(command: &Command) -> Command {
    let text = |text: Option<&clap::builder::StyledStr>| text.cloned().unwrap_or_default();
    // What an argument excludes or asks for may be among those that are left out.
    let free = |argument: &Arg| {
        argument.clone().conflicts_with(Resettable::Reset).requires(Resettable::Reset).overrides_with(Resettable::Reset)
    };
    Command::new(command.get_name().to_owned())
        .version(env!("CARGO_PKG_VERSION"))
        .about(text(command.get_about()))
        .long_about(text(command.get_long_about()))
        .visible_aliases(command.get_visible_aliases().map(str::to_owned))
        .disable_help_flag(command.is_disable_help_flag_set())
        .disable_version_flag(command.is_disable_version_flag_set())
        .args(command.get_arguments().filter(|argument| !argument.is_hide_set()).map(free))
        .subcommands(command.get_subcommands().filter(|inner| !inner.is_hide_set()).map(visible))
}

/// Prints or writes the manual pages.
///
/// # Errors
/// A page cannot be written.
pub fn man(args: &ManArgs, mut command: Command) -> Result<()> {
    command.build();
    match &args.folder {
        None => print(&page(command).map_err(|error| failed("the page", &error))?),
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| failed(&folder.display().to_string(), &error))?;
            pages(folder, command, "netflix")
        }
    }
}

fn pages(folder: &Path, command: Command, name: &str) -> Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        pages(folder, inner.clone(), &format!("{name}-{}", inner.get_name()))?;
    }
    let path = folder.join(format!("{name}.1"));
    let text = page(command.name(name.to_owned()));
    text.and_then(|text| std::fs::write(&path, text)).map_err(|error| failed(&path.display().to_string(), &error))
}

fn page(command: Command) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // The foot of each page has room for one line.
    let command = command.version(env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(text)
}

fn print(text: &[u8]) -> Result<()> {
    std::io::Write::write_all(&mut std::io::stdout(), text).map_err(|error| failed("the output", &error))
}

fn failed(what: &str, error: &std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::File, format!("cannot write {what}: {error}")))
}
