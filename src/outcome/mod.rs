//! What came of it: statuses, results of nodes, freshness, the catalog and previewed rows.
//!
//! Nothing here knows nodes, only spans of time: a result carries the [`NodeFacts`] that logs and artifacts need, so that
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
pub use run::{BatchResults, Counts, RunResult, RunResults, Timing};
pub use status::Status;
pub use time::{Timestamp, iso, iso_naive, now};
