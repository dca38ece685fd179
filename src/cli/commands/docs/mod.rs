//! `docs`: what the warehouse holds, the documentation site, dashboards, and pictures of the lineage.

mod assets;
mod command;
mod dashboards;
mod generate;
mod inherit;
mod lineage;
mod serve;
mod site;

pub use command::{DocsArgs, docs};
