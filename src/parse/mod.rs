//! The stage that turns the project's files into the manifest: nothing is run, and nothing but templates is executed.
//!
//! Macros come first, since every other file may call them; then each SQL file is rendered once to learn what it refers
//! to and how it is configured; then YAML files add descriptions, tests and sources; last, names become edges.

mod access;
mod config;
mod config_values;
mod constraints;
mod data_tests;
mod define;
mod deprecation;
mod describe;
mod descriptions;
mod duplicates;
mod external;
mod fixtures;
mod freshness;
mod functions;
mod generic_tests;
mod hooks;
mod library;
mod macro_arguments;
mod manifest;
mod microbatch;
mod naming;
mod node_color;
mod nodes;
mod old_forms;
mod overrides;
mod primary_keys;
mod properties;
mod python_literal;
mod python_model;
mod references;
mod semantic;
mod shape;
mod sources;
mod templated;
mod unit_tests;
mod unused;
mod versions;

pub use constraints::{Target as ConstraintTarget, target as constraint_target};
pub use data_tests::test_kwargs;
pub use library::library;
pub use manifest::{Parsed, manifest};
pub use microbatch::{is_microbatch, names_this, runs_in_batches};
pub use naming::Quote;
pub use old_forms::settings as renamed_settings;
pub use unit_tests::Input;
