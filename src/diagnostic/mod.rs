//! Sources, places in them, and what went wrong there, as plain data.
//!
//! A [`Diagnostic`] is never printed here: `report` renders the same value as caret text, as a JSON log
//! event and as the `message` of a run result.

mod class;
mod diagnostic;
mod kind;
mod source;
mod suggest;

pub use class::Class;
pub use diagnostic::{Bag, Diagnostic, Frame, Label, Result, Severity};
pub use kind::{Heading, WarningKind};
pub use source::{Position, SourceFile, Span};
pub use suggest::nearest;
