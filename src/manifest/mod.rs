//! What the project consists of once parsed: nodes, macros, docs, groups, and the graph between nodes.

mod config;
pub mod contract;
mod event_time;
mod function;
mod graph;
mod manifest;
mod node;
mod node_json;
pub mod semantic;
mod semantic_json;
mod unit_test;
mod version;

pub use config::{Config, Merge, merge_mode, truth};
pub use event_time::{BatchSize, Moment, TimeWindow, iso_moment, parse_moment, sql_moment};
pub use function::{Argument, Function, Overload, Returns};
pub use graph::{Cycle, Graph};
pub use manifest::{DocBlock, Group, MacroInfo, Manifest, RefError};
pub use node::{ByName, Column, Detail, Exposure, LoadBlock, Node, RefCall, ResourceType, SourceTable, TestInfo};
pub use unit_test::{Given, Overrides, RowFormat, Rows, UnitTest};
pub use version::{is_older_version, is_same_version, version_text};
