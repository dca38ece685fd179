//! Those who follow the events beside terminal and log file, and leave something behind.

use std::path::PathBuf;

use crate::event::Event;

/// What comes of following.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// A line for standard output.
    Line(String),
    /// A file that takes the place of an older one.
    File(PathBuf, String),
    /// Text at the end of a file.
    Appended(PathBuf, String),
}

/// One that follows.
pub(super) trait Follow: Send {
    /// Takes note of an event.
    fn follow(&mut self, event: &Event) -> Vec<Left>;
}
