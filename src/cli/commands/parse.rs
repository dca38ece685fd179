//! `parse`: reads and checks the project.

use super::failures::Outcome;
use crate::cli::args::RunArgs;
use crate::cli::artifacts;
use crate::cli::invocation::Shell;

/// Runs `parse`.
///
/// # Errors
/// The project has mistakes.
pub fn parse(shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    invocation.tell_found(shell);
    artifacts::manifest(shell, &invocation, None)?;
    Ok(0)
}
