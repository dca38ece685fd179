//! The door: arguments in, exit code out.

mod args;
mod artifacts;
mod commands;
mod invocation;
mod main;

pub use main::main;
