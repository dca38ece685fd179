//! Events on their way to people and machines: terminal lines, bars, JSON lines, the log file.
//!
//! Nothing else in the program writes to standard output. A [`Reporter`] is one thread that reads the events in
//! the order in which they were sent, so lines of different workers never mix.

mod follow;
mod github;
mod json;
mod junit;
mod listing;
mod log_file;
mod progress;
pub mod render;
mod reporter;
mod result_text;
mod style;
mod summary;
mod table;
mod text;

pub use github::{GithubOptions, annotation};
pub use json::{Envelope, data as event_data, node_info};
pub use listing::{ListFormat, Listed, line as list_line};
pub use log_file::LogFile;
pub use reporter::{Colors, FileOptions, Finished, LineFormat, Output, ReportOptions, Reporter};
pub use style::{Paint, count};
pub use summary::stat_line;
pub use table::{Limits, text as text_table};
pub use text::{Wording, message};
