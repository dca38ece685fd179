//! The program from the outside: every test writes a project, runs the `netflix` binary and looks at what it said and
//! what is in the database.

mod artifacts;
mod build;
mod contracts;
mod duplicates;
mod errors;
mod events;
mod external;
mod flags;
mod freshness;
mod functions;
mod hooks;
mod incremental;
mod jinja;
mod layers;
mod load;
mod microbatch;
mod mistakes;
mod packages;
mod project;
mod python;
mod python_tools;
mod replace;
mod runner;
mod s3;
mod sample;
mod selectors;
mod semantic;
mod settings;
mod snapshot;
mod state;
mod translate;
mod unit_tests;
mod versions;
mod warnings;
mod yaml_jinja;
