//! One node on one session: what its templates can do, and where its SQL failed.

mod compile;
mod live;
mod node;
mod reading;
mod refusal;
mod statement;

pub use node::{NodeSession, SharedSession};
