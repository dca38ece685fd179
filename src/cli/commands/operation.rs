//! `run-operation`: calls a macro.

use std::sync::{Arc, Mutex};

use clap::Args;

use super::failures::Outcome;
use crate::cli::args::RunArgs;
use crate::cli::invocation::Shell;
use crate::diagnostic::{Class, Diagnostic};
use crate::event::{Event, Level};
use crate::execute;
use crate::jinja::python;
use crate::project::Yaml;
use crate::select::Selection;

/// Arguments of `run-operation`.
#[derive(Args, Debug)]
pub struct OperationArgs {
    /// The macro: NAME or PACKAGE.NAME
    #[arg(value_name = "MACRO")]
    name: String,
    /// Arguments as YAML: '{schema: old}'
    #[arg(long, value_name = "YAML", default_value = "{}")]
    args: String,
}

/// Runs `run-operation`.
///
/// # Errors
/// There is no such macro, or the project has mistakes.
pub fn operation(args: &OperationArgs, shell: &Shell) -> Outcome {
    let given = Yaml::parse_text("<--args>", &args.args)?;
    let keywords: Vec<(String, minijinja::Value)> =
        given.to_map().iter().map(|(key, value)| (key.clone(), python::value_from_json(value))).collect();
    let invocation = shell.open(&RunArgs::default())?;
    let library = invocation.engine.library();
    let found = match args.name.split_once('.') {
        Some((package, name)) => library.find_in(package, name),
        None => library.find(&invocation.project.name, &args.name),
    };
    let Some(found) = found.cloned() else {
        let known: Vec<&str> = library.macros().iter().map(|target| target.name.as_str()).collect();
        return Err(Box::new(
            Diagnostic::error(
                Class::Runtime,
                format!("dbt could not find a macro with the name \"{}\" in any package", args.name),
            )
            .suggest(crate::diagnostic::nearest(&args.name, known)),
        )
        .into());
    };
    let selection = Selection::default();
    let runtime = invocation.runtime(shell, &selection);
    let session =
        invocation.adapter.connect("operation").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let outcome = execute::call(&runtime, &found, keywords, &Arc::new(Mutex::new(session)));
    invocation.adapter.close();
    if let Err(error) = outcome {
        shell.events.send(Event::RunningOperationCaughtError { error });
        return Ok(1);
    }
    shell.events.send(Event::Note { level: Level::Debug, message: format!("{} ended", args.name) });
    Ok(0)
}
