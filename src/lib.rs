//! `netflix`: SQL transformation in one binary.
//!
//! A compiler whose last stage talks to a warehouse. In this source tree a verb is a stage of the pipeline, and a noun
//! is a thing that the stages share.
//!
//! | stage | function | in | out |
//! |---|---|---|---|
//! | read | `read::project` | files, environment | `Project` |
//! | parse | `parse::manifest` | `Project` | `Manifest`, `Engine` |
//! | select | `select::nodes` | `Manifest`, query | `Selection` |
//! | plan | `execute::Plan::new` | `Selection` | `Plan` |
//! | compile | `compile::node` | `Node` | `CompiledNode` |
//! | execute | `execute::run` | `Plan` | `RunResults` |
//! | report | `report::Reporter` | events | text, JSON lines, log file |
//! | write | `artifact::*` | `Manifest`, `RunResults` | JSON below `target/` |
//! | show | `site::page` | artifacts | the documentation, one HTML file |
//!
//! `compile` lies inside `execute`: a node is compiled after its parents ran, since its template may query them.

pub mod cli;

pub mod check;
pub mod site;

pub mod execute;
pub mod powerbi;
pub mod report;

pub mod compile;
pub mod select;

pub mod parse;

pub mod fetch;
pub mod read;

pub mod artifact;
pub mod jinja;

pub mod adapter;
pub mod builtin;
pub mod dashboard;
pub mod event;
pub mod load;
pub mod sql;

pub mod manifest;
pub mod outcome;
pub mod project;

pub mod diagnostic;
