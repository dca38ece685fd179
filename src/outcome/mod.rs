//! What came of it: statuses, results of nodes, freshness, the catalog and previewed rows.
//!
//! Nothing here knows the manifest: a result carries the [`NodeFacts`] that logs and artifacts need, so that
//! `report` and `artifact` work on plain data.

mod catalog;
mod freshness;
mod message;
mod node;
mod preview;
mod run;
mod status;
mod time;

pub use catalog::{Catalog, CatalogColumn, CatalogStat, CatalogTable};
pub use freshness::{Freshness, FreshnessCriteria, FreshnessResult, Threshold};
pub use message::{indent, plain, plain_all, plain_in};
pub use node::{NodeFacts, NodeInfo, Phase};
pub use preview::{Cell, Preview};
pub use run::{Counts, RunResult, RunResults, Timing};
pub use status::Status;
pub use time::{Timestamp, iso, iso_naive, now};
