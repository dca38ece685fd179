//! The door: arguments in, exit code out.

mod args;
mod artifacts;
mod commands;
mod event_time;
mod flags;
mod invocation;
mod main;
mod reporting;
mod resources;
mod retry;
mod spans;
mod state;

pub use main::main;
