//! The stage that installs packages: what `packages.yml` names goes below `dbt_packages/`.

mod local;
mod spec;

pub use local::install;
pub use spec::{PackageSpec, specs};
