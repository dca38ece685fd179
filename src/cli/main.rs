//! Parses the command line, starts the reporter, and runs the command.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

use super::args::ProjectArgs;
use super::commands::{build, clean, compile, debug, deps, docs, list, load, operation, parse, show, source};
use super::flags::{self, Misuse};
use super::invocation::Shell;
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Level};
use crate::project::Environment;

/// Transform data with SQL models: a dbt project in one binary, on the embedded DuckDB or on Snowflake
#[derive(Parser, Debug)]
#[command(name = "netflix", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    project: ProjectArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Load, seed, run, snapshot and test the selected nodes, in dependency order
    Build(build::BuildArgs),
    /// Run the selected models
    Run(build::RunOneArgs),
    /// Load the selected seeds
    Seed(build::RunOneArgs),
    /// Take the selected snapshots
    Snapshot(build::RunOneArgs),
    /// Run the selected data tests
    Test(build::RunOneArgs),
    /// Fill source tables from their raw files
    Load(load::LoadArgs),
    /// Render the selected nodes to SQL
    Compile(compile::CompileArgs),
    /// Show the first rows of a node or of an inline query
    Show(show::ShowArgs),
    /// List the selected nodes
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Call a macro
    RunOperation(operation::OperationArgs),
    /// Read and check the project
    Parse,
    /// Check project, profile and connection
    Debug,
    /// Install the local packages that packages.yml names
    Deps,
    /// Remove the folders of `clean-targets`
    Clean,
    /// Documentation
    Docs(docs::DocsArgs),
    /// Look after source tables
    Source(source::SourceArgs),
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Build(_) => "build",
            Self::Run(_) => "run",
            Self::Seed(_) => "seed",
            Self::Snapshot(_) => "snapshot",
            Self::Test(_) => "test",
            Self::Load(_) => "load",
            Self::Compile(_) => "compile",
            Self::Show(_) => "show",
            Self::List(_) => "list",
            Self::RunOperation(_) => "run-operation",
            Self::Parse => "parse",
            Self::Debug => "debug",
            Self::Deps => "deps",
            Self::Clean => "clean",
            Self::Docs(_) => "docs",
            Self::Source(_) => "freshness",
        }
    }
}

/// Runs the program.
///
/// dbt: exit code 0 when all is well, 1 when a node failed, 2 when the command could not run.
pub fn main() -> ExitCode {
    let started = Instant::now();
    let environment = Environment::of_process();
    let parsed = match flags::parse::<Cli>(std::env::args_os().collect(), &environment) {
        Ok(parsed) => parsed,
        Err(Misuse::Clap(error)) => {
            let code = u8::from(error.use_stderr()) * 2;
            // Printing may fail when nobody reads: there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
        Err(Misuse::Usage(error)) => return Shell::failed_early(&error),
    };
    let (cli, settings) = (parsed.cli, parsed.settings);
    let environment = environment.with_aliases(&flags::known_variables().collect::<Vec<_>>());
    let name = cli.command.name();
    let shell = match Shell::start(&cli.project, &settings, environment, name) {
        Ok(shell) => shell,
        Err(error) => return Shell::failed_early(&error),
    };
    shell.events.send(Event::MainReportVersion { version: "=1.12.6".to_owned() });
    for message in settings.remarks {
        shell.events.send(Event::Note { level: Level::Debug, message });
    }
    let warned: Result<(), Box<Diagnostic>> =
        settings.warnings.into_iter().try_for_each(|warning| shell.events.warn(warning));
    let outcome = match (warned, &cli.command) {
        (Err(error), _) => Err(error.into()),
        (Ok(()), Command::Build(args)) => build::build(args, &shell),
        (Ok(()), Command::Run(args)) => build::one(args, build::Kind::Models, &shell),
        (Ok(()), Command::Seed(args)) => build::one(args, build::Kind::Seeds, &shell),
        (Ok(()), Command::Snapshot(args)) => build::one(args, build::Kind::Snapshots, &shell),
        (Ok(()), Command::Test(args)) => build::one(args, build::Kind::Tests, &shell),
        (Ok(()), Command::Load(args)) => load::load(args, &shell),
        (Ok(()), Command::Compile(args)) => compile::compile(args, &shell),
        (Ok(()), Command::Show(args)) => show::show(args, &shell),
        (Ok(()), Command::List(args)) => list::list(args, &shell),
        (Ok(()), Command::RunOperation(args)) => operation::operation(args, &shell),
        (Ok(()), Command::Parse) => parse::parse(&shell),
        (Ok(()), Command::Debug) => debug::debug(&shell),
        (Ok(()), Command::Deps) => deps::deps(&shell),
        (Ok(()), Command::Clean) => clean::clean(&shell),
        (Ok(()), Command::Docs(args)) => docs::docs(args, &shell),
        (Ok(()), Command::Source(args)) => source::source(args, &shell),
    };
    let code = match outcome {
        Ok(code) => code,
        Err(errors) => {
            let errors: Vec<Diagnostic> = errors.0;
            shell.events.send(Event::MainEncounteredError { errors });
            2
        }
    };
    shell.events.send(Event::CommandCompleted {
        command: format!("netflix {name}"),
        success: code == 0,
        elapsed: started.elapsed().as_secs_f64(),
    });
    shell.finish();
    ExitCode::from(code)
}
