//! The stage that installs packages: what `packages.yml` names goes below `dbt_packages/`.

mod add;
mod archive;
mod fetcher;
mod git;
mod http;
mod hub;
mod install;
mod lock;
mod private;
mod resolve;
mod spec;
mod write_yaml;

pub use add::Addition;
pub use install::{Install, check_installed, install};
