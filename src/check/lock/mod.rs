//! `netflix.lock`: what the warehouse told of sources, and answered to templates, so that nobody has to ask again.

mod adapter;
mod cell;
mod changes;
mod file;

pub use adapter::{Locked, Recording};
pub(super) use adapter::{NOT_THERE, REFUSAL};
pub use changes::changes;
pub use file::{LOCK_FILE, Lock, LockedAnswer, LockedColumn};
