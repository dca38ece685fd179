//! How the nodes of a criterion are searched: `tag:`, `path:`, `config.x:` and the like.

mod config;
mod fqn;
mod kind;
mod path;
mod pattern;
mod search;
mod state;

pub(super) use fqn::fits as fits_name;
pub use kind::Method;
pub use pattern::Pattern;
pub(super) use search::search;
