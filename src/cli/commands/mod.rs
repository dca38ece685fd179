//! One file for each command.

pub mod build;
pub mod check;
pub mod clean;
pub mod clone;
pub mod compile;
pub mod debug;
pub mod deps;
pub mod docs;
pub mod export;
mod failures;
pub mod init;
pub mod list;
pub mod load;
pub mod lock;
pub mod operation;
pub mod parse;
pub mod shell_files;
pub mod show;
pub mod source;

pub use failures::{Failures, Outcome};
