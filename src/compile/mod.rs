//! The stage that turns a node's template into SQL for the warehouse.

mod ctes;
mod node;
mod paths;

pub use ctes::inject;
pub use node::{CompiledNode, node};
pub use paths::{compiled_path, run_path};
