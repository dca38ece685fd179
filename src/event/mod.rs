//! What happened, as data.
//!
//! [`Events`] is the only way in which the stages speak to the user. An [`Event`] carries facts, never a
//! sentence; `report` turns it into a terminal line, a JSON line with dbt's name and code, or a bar.

mod channel;
mod event;
mod name;
mod policy;
mod warning;

pub use channel::{Captured, Deprecations, Events, Sent};
pub use event::{Event, ShownCode, ShownRows};
pub use name::Level;
pub use policy::{GivenOptions, Verdict, WarnPolicy};
pub use warning::Warning;

pub use crate::diagnostic::WarningKind;
