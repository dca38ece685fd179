//! `lock`: notes what the warehouse has, so that `check` and `compile --locked` need none.

use clap::Args;

use super::failures::Outcome;
use crate::artifact;
use crate::check::{self, LOCK_FILE, Lock, changes};
use crate::cli::args::RunArgs;
use crate::cli::invocation::Shell;
use crate::event::{Event, Level};
use crate::report::count;
use crate::select::Selection;

/// Arguments of `lock`.
#[derive(Args, Debug)]
pub struct LockArgs {
    /// Only say whether the file still holds: exit code 1 where it does not
    #[arg(long)]
    check: bool,
}

/// Runs `lock`.
///
/// # Errors
/// The warehouse cannot be asked, or the file cannot be read or written.
pub fn lock(args: &LockArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    let runtime = invocation.runtime(shell, &Selection::default());
    let path = invocation.project.root.join(LOCK_FILE);
    // A file that cannot be understood is no reason not to write a new one.
    let before = match Lock::read(&invocation.project.root) {
        Err(error) if args.check => return Err(error.into()),
        read => read.ok().flatten(),
    };
    let (now, failed) = check::record(&runtime)?;
    let print = |message: String| shell.events.send(Event::Print { message });
    for node in &failed {
        let message = format!("{}: {}", node.unique_id, node.reason);
        shell.events.send(Event::Note { level: Level::Warn, message });
    }
    let lines = changes(before.as_ref().unwrap_or(&Lock::default()), &now);
    lines.iter().for_each(|line| print(line.clone()));
    let columns: usize = now.sources.values().map(Vec::len).sum();
    let answers = match now.queries.len() {
        1 => "1 answered query".to_owned(),
        many => format!("{many} answered queries"),
    };
    let amounts = format!("{} with {}, {answers}", count(now.sources.len(), "source"), count(columns, "column"));
    if args.check {
        let is_current = before.is_some() && lines.is_empty();
        print(match (&before, is_current) {
            (None, _) => format!("there is no {LOCK_FILE}: write it with `netflix lock`"),
            (_, true) => format!("{LOCK_FILE} holds: {amounts}"),
            (_, false) => format!("{LOCK_FILE} is out of date: `netflix lock` renews it"),
        });
        return Ok(u8::from(!is_current));
    }
    if before.as_ref() == Some(&now) {
        print(format!("{LOCK_FILE} holds: {amounts}"));
        return Ok(0);
    }
    artifact::write_text(&path, &now.write())?;
    print(format!("{LOCK_FILE} written: {amounts}"));
    Ok(0)
}
