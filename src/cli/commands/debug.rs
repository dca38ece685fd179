//! `debug`: says what is found, and tests the connection.

use super::failures::Outcome;
use crate::adapter::{self, Fetch};
use crate::cli::invocation::Shell;
use crate::diagnostic::Class;
use crate::event::{Event, Level};

/// Runs `debug`.
///
/// # Errors
/// Project or profile cannot be read, or the connection fails.
pub fn debug(shell: &Shell) -> Outcome {
    let say = |message: String| shell.events.send(Event::Note { level: Level::Info, message });
    say(format!("netflix version: {}", env!("CARGO_PKG_VERSION")));
    say("dbt behaviour: 1.12.6".to_owned());
    say(format!("platform: {} {}", std::env::consts::OS, std::env::consts::ARCH));
    let (project, bag) = shell.read()?;
    shell.warn(&bag)?;
    say(format!("project folder: {}", project.root.display()));
    say(format!("project file: {} [OK found and valid]", project.root_package().settings.source.path()));
    say(format!("profile `{}`, target `{}` [OK found and valid]", project.target.profile, project.target.name));
    let adapter = adapter::open(&project.target.output, &project.root)?;
    say("Connection:".to_owned());
    for (key, value) in adapter.description() {
        say(format!("  {key}: {value}"));
    }
    let refused = |error: adapter::AdapterError| Box::new(error.into_diagnostic(Class::Runtime));
    let mut session = adapter.connect("debug").map_err(refused)?;
    session.execute("select 1 as id", Fetch::All).map_err(refused)?;
    say("Connection test: [OK connection ok]".to_owned());
    say("All checks passed!".to_owned());
    Ok(0)
}
