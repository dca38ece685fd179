//! The embedded engine, `DuckDB`.
//!
//! One database is opened for the process, and each session is a connection of its own to it, so that sessions run
//! in parallel and a writer never blocks a reader.

mod connect;
mod convert;
mod credentials;
mod database;
mod failure;
mod files;
mod functions;
mod interpreter;
mod python;
mod reading;
mod seeds;
mod session;
#[cfg(test)]
mod tests;
mod timezone;
mod workers;

pub use connect::DuckDb;
pub use credentials::Credentials;
pub use python::PythonSettings;
