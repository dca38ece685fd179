//! The stage that runs nodes: what in which order, on which session, and what came of it.

mod cache;
mod catalog;
mod convert;
mod difference;
mod facts;
mod foreign_keys;
mod freshness;
mod hooks;
mod microbatch;
mod operation;
mod plan;
mod pointer;
mod python;
mod run;
mod runtime;
mod schedule;
mod schemas;
mod seed;
mod session;
mod slots;
mod task;
mod unit_test;

pub use catalog::catalog;
pub use convert::preview;
pub use facts::facts;
pub use freshness::{FreshnessRun, Hooks, freshness, promises, told};
pub use hooks::{Moment, operation};
pub use operation::call;
pub use plan::{Plan, Verb};
pub use run::run;
pub use runtime::{Compiled, RunOptions, Runtime};
pub use schemas::helper;
pub use session::NodeSession;
pub use task::{compile_only, show};
