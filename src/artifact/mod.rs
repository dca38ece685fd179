//! The JSON files that a command leaves in `target/`, in dbt's published shapes, and reading those of earlier runs.
//!
//! A file is either the old one or the new one, never half of one: see [`write`].

mod catalog;
mod last_results;
mod manifest;
mod metadata;
mod previous;
mod run_results;
mod semantic_manifest;
mod sources;
mod upgrade;
mod write;

pub use catalog::catalog;
pub use last_results::{LAST_RESULTS, merge_results};
pub use manifest::{Entry, ManifestParts, Nodes, OrderedMap};
pub use metadata::{DBT_VERSION, ManifestFacts, Metadata, Schema};
pub use previous::Previous;
pub use run_results::{RunResultsFile, run_results};
pub use semantic_manifest::semantic_manifest;
pub use sources::sources;
pub use write::{write_json, write_text};
