//! Options and where their values come from: the command line, the environment, the project file, the user's settings.

mod accept;
mod again;
mod checks;
mod examples;
mod files;
mod parse;
mod table;
mod tokens;

pub use again::again;
pub use parse::{Misuse, Settings, command, parse};
pub use tokens::known_variables;
