//! The command itself: generates and opens, or does one of the parts.

use clap::{Args, Subcommand};

use super::dashboards::{self, DashboardsArgs};
use super::generate::{self, GenerateArgs};
use super::inherit::{self, InheritArgs};
use super::lineage::{self, LineageArgs};
use super::serve::{self, ServeArgs};
use super::site::{self, SiteArgs};
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::Shell;

/// Arguments of `docs`.
#[derive(Args, Debug)]
pub struct DocsArgs {
    #[command(subcommand)]
    command: Option<DocsCommand>,
    /// Do not open the site in the browser
    #[arg(long)]
    no_browser: bool,
}

#[derive(Subcommand, Debug)]
enum DocsCommand {
    /// Write manifest.json, catalog.json, and the documentation as one file: index.html
    Generate(Box<GenerateArgs>),
    /// Write the documentation from the artifacts that are there, without the project and the warehouse
    Site(SiteArgs),
    /// Write the dashboards that exposures define as one file, with the figures of the built models: dashboards.html
    Dashboards(DashboardsArgs),
    /// Show the documentation that was written, by a small web server
    Serve(ServeArgs),
    /// Draw the lineage of a selection, as Mermaid, DOT, SVG or text
    Lineage(LineageArgs),
    /// Show, or write to YAML, what columns inherit from those that they are copies of
    Inherit(InheritArgs),
}

/// Runs `docs`.
///
/// # Errors
/// The command cannot run.
pub fn docs(args: &DocsArgs, shell: &Shell) -> Outcome {
    match &args.command {
        Some(DocsCommand::Generate(args)) => Ok(generate::generate(args, shell)?.0),
        Some(DocsCommand::Site(args)) => site::site(args, shell),
        Some(DocsCommand::Dashboards(args)) => dashboards::dashboards(args, shell),
        Some(DocsCommand::Serve(args)) => serve::serve(args, shell),
        Some(DocsCommand::Lineage(args)) => lineage::lineage(args, shell),
        Some(DocsCommand::Inherit(args)) => inherit::inherit(args, shell),
        None => {
            let (code, path) = generate::generate(&GenerateArgs::default(), shell)?;
            if let Some(path) = path.filter(|_| !args.no_browser) {
                site::open(&path, shell);
            }
            Ok(code)
        }
    }
}
