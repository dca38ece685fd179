//! `docs`: what the warehouse holds, the documentation site, and pictures of the lineage.

mod command;
mod generate;
mod lineage;
mod serve;
mod site;

pub use command::{DocsArgs, docs};
