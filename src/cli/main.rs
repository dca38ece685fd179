//! Parses the command line, starts the reporter, and runs the command.

use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgAction, Parser, Subcommand};

use super::args::ProjectArgs;
use super::commands::{
    Outcome, build, check, clean, clone, compile, debug, deps, docs, export, init, list, load, lock, operation, parse,
    shell_files, show, source,
};
use super::flags::{self, Misuse};
use super::invocation::Shell;
use super::resources;
use super::retry;
use crate::diagnostic::Diagnostic;
use crate::event::{Event, Level};
use crate::project::Environment;

/// What `--version` says. dbt: tools look for `installed:`.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\n\nCore:\n  - installed: 1.12.6\n\nPlugins:\n  - duckdb: 1.11.1\n\nThe versions of dbt are those whose behavior this \
     program has."
);

/// Transform data with SQL models: a dbt project in one binary, with an embedded DuckDB
#[derive(Parser, Debug)]
#[command(
    name = "netflix",
    version = VERSION,
    propagate_version = true,
    disable_version_flag = true,
    max_term_width = 100,
    after_help = "Every option can also be set by a variable (`NETFLIX_TARGET`, `DBT_ENGINE_TARGET`, `DBT_TARGET`; also \
                  in a `.env` file), by `flags:` in the project file, or in ~/.dbt/user_settings.yml. All options of \
                  dbt 1.12 are accepted; each `--x` has its `--no-x`.",
)]
pub(super) struct Cli {
    /// What every command has.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Show the version
    #[arg(short = 'V', short_alias = 'v', long, global = true, action = ArgAction::Version, help_heading = "Help")]
    version: Option<bool>,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Do everything: load raw files, seeds, models, snapshots and tests, in dependency order
    Build(build::BuildArgs),
    /// Build models as tables and views
    Run(build::RunOneArgs),
    /// Load seeds: CSV files as tables
    Seed(build::SeedArgs),
    /// Take snapshots: keep how rows change over time
    Snapshot(build::RunOneArgs),
    /// Run tests, and fail where they find rows
    Test(build::RunOneArgs),
    /// Fill source tables from their raw files
    Load(load::LoadArgs),
    /// Render models to SQL in target/compiled, without building them
    Compile(compile::CompileArgs),
    /// Look for mistakes in the project's SQL without asking the warehouse
    Check(check::CheckArgs),
    /// Note in netflix.lock what the warehouse has, for checks without it
    Lock(lock::LockArgs),
    /// Show the first rows of a model or of a query
    Show(show::ShowArgs),
    /// List what a selection takes
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Copy the relations of an earlier run (`--state`) into this target, or point views at them
    Clone(clone::CloneArgs),
    /// Run again what failed or was skipped in the last run
    Retry(retry::RetryArgs),
    /// Call a macro, or run a statement
    RunOperation(operation::OperationArgs),
    /// Read and check the project, and write its manifest
    Parse,
    /// Make a new project, or a profile for the project that is there
    Init(init::InitArgs),
    /// Say which project, profile and connection are used, and try them
    Debug(debug::DebugArgs),
    /// Install the packages that packages.yml or dependencies.yml asks for
    Deps(deps::DepsArgs),
    /// Remove what was written: the folders of `clean-targets`
    Clean(clean::CleanArgs),
    /// Make the documentation and open it in the browser; or one part of that
    Docs(docs::DocsArgs),
    /// Write the models and dashboards for other programs
    Export(export::ExportArgs),
    /// Look after source tables
    Source(source::SourceArgs),
    /// Print what completes command lines in a shell
    Completions(shell_files::CompletionsArgs),
    /// Print the manual, or write a page for each command
    Man(shell_files::ManArgs),
}

impl Command {
    /// Adds what it does to the options, where that is more than they say.
    pub(super) fn note(&self, values: &mut serde_json::Map<String, serde_json::Value>) {
        if let Self::RunOperation(args) = self {
            args.note(values);
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Build(_) => "build",
            Self::Run(_) => "run",
            Self::Seed(_) => "seed",
            Self::Snapshot(_) => "snapshot",
            Self::Test(_) => "test",
            Self::Load(_) => "load",
            Self::Compile(_) => "compile",
            Self::Check(_) => "check",
            Self::Lock(_) => "lock",
            Self::Show(_) => "show",
            Self::List(_) => "list",
            Self::Clone(_) => "clone",
            Self::Retry(_) => "retry",
            Self::RunOperation(_) => "run-operation",
            Self::Parse => "parse",
            Self::Debug(_) => "debug",
            Self::Deps(_) => "deps",
            Self::Clean(_) => "clean",
            Self::Docs(_) => "docs",
            Self::Export(_) => "export",
            Self::Source(_) => "freshness",
            Self::Init(_) => "init",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
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
        Err(Misuse::Usage(error)) => return misused(&error),
    };
    let (cli, mut settings) = (parsed.cli, parsed.settings);
    cli.command.note(&mut settings.values);
    let environment = environment.with_aliases(&flags::known_variables().collect::<Vec<_>>());
    let name = cli.command.name();
    let printed = match &cli.command {
        Command::Completions(args) => Some(shell_files::completions(args, &flags::command::<Cli>())),
        Command::Man(args) => Some(shell_files::man(args, flags::command::<Cli>())),
        _ => None,
    };
    match printed {
        Some(Ok(())) => return ExitCode::SUCCESS,
        Some(Err(error)) => return Shell::failed_early(&error.into()),
        None => {}
    }
    let mut shell = match Shell::start(&cli.project, &settings, environment, name) {
        Ok(shell) => shell,
        Err(refusal) => return Shell::failed_early(&refusal),
    };
    shell.events.send(Event::MainReportVersion { version: "=1.12.6".to_owned() });
    for message in settings.remarks {
        shell.events.send(Event::Note { level: Level::Debug, message });
    }
    shell.events.send(Event::MainReportArgs { args: shell.settings.values.clone() });
    let outcome = match (shell.warn_early(settings.warnings), &cli.command) {
        (Err(error), _) => Err(error.into()),
        (Ok(()), Command::Retry(args)) => retry::retry(args, &mut shell),
        (Ok(()), command) => run(command, &shell),
    };
    let mut code = match outcome {
        Ok(code) => code,
        Err(errors) => {
            let errors: Vec<Diagnostic> = errors.0;
            shell.events.send(Event::MainEncounteredError { errors });
            2
        }
    };
    if let Err(error) = shell.events.summarize_deprecations() {
        shell.events.send(Event::MainEncounteredError { errors: vec![*error] });
        code = 2;
    }
    let elapsed = started.elapsed().as_secs_f64();
    shell.events.send(Event::ResourceReport { data: resources::used(name, code == 0, elapsed) });
    shell.events.send(Event::CommandCompleted { command: format!("netflix {name}"), success: code == 0, elapsed });
    shell.finish();
    ExitCode::from(code)
}

/// Tells of options that do not go together, as clap tells of a word that it does not know.
#[expect(clippy::print_stderr, reason = "nothing else can tell yet")]
fn misused(error: &Diagnostic) -> ExitCode {
    eprintln!("Usage: netflix [OPTIONS] <COMMAND>\n\nError: {}", error.message);
    for note in &error.notes {
        eprintln!("  note: {note}");
    }
    for help in &error.help {
        eprintln!("  help: {help}");
    }
    ExitCode::from(2)
}

/// Runs a command.
pub(super) fn run(command: &Command, shell: &Shell) -> Outcome {
    match command {
        Command::Build(args) => build::build(args, shell),
        Command::Run(args) => build::one(args, build::Kind::Models, shell),
        Command::Seed(args) => build::seed(args, shell),
        Command::Snapshot(args) => build::one(args, build::Kind::Snapshots, shell),
        Command::Test(args) => build::one(args, build::Kind::Tests, shell),
        Command::Load(args) => load::load(args, shell),
        Command::Compile(args) => compile::compile(args, shell),
        Command::Check(args) => check::check(args, shell),
        Command::Lock(args) => lock::lock(args, shell),
        Command::Show(args) => show::show(args, shell),
        Command::List(args) => list::list(args, shell),
        Command::Clone(args) => clone::clone(args, shell),
        Command::RunOperation(args) => operation::operation(args, shell),
        Command::Parse => parse::parse(shell),
        Command::Debug(args) => debug::debug(args, shell),
        Command::Init(args) => init::init(args, shell),
        // The first is never what `retry` runs again, the others are done before anything is told.
        Command::Retry(_) | Command::Completions(_) | Command::Man(_) => Ok(0),
        Command::Deps(args) => deps::deps(args, shell),
        Command::Clean(args) => clean::clean(args, shell),
        Command::Docs(args) => docs::docs(args, shell),
        Command::Export(args) => export::export(args, shell),
        Command::Source(args) => source::source(args, shell),
    }
}
