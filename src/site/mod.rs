//! The documentation site: artifacts in, one HTML file out.
//!
//! The page itself is made from `site/` at the root of the repository, by npm, and its products in `site/dist` are part
//! of the repository and of the program. Here the data of a project is put into it: as sections of JSON, deflated
//! and base64-encoded, each of which the browser inflates when it needs it. All is read from artifacts as JSON, so that
//! a site can be made from what dbt wrote as well.

mod artifacts;
mod code;
mod columns;
mod content;
mod details;
mod json;
mod lineage;
mod nodes;
mod page;
mod picture;
mod results;
mod section;
mod svg;

pub use artifacts::Artifacts;
pub use columns::{Written, column_lineage};
pub use page::{dashboards, page, sections};
pub use picture::{Picture, Shape};
pub use section::Section;
