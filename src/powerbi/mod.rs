//! Power BI projects: a semantic model in TMDL and a report in PBIR, from the models and the dashboards over them.
//!
//! Everything is text that version control can compare, and every id hangs on a name, so the same project gives the same
//! files. What is written here was checked against Microsoft's schemas and independent parsers, not in Power BI Desktop.
//!
//! | file | what |
//! |---|---|
//! | `model` | the semantic model as data |
//! | `build` | nodes, their columns and dashboards to a semantic model |
//! | `relationships` | tests to relationships, without two ways between tables |
//! | `shared` | one table for a slicer that filters several tables |
//! | `types`, `dax`, `query` | types, measures and queries in Power BI's languages |
//! | `tmdl` | the semantic model as text |
//! | `report`, `visual` | pages and visuals as JSON |
//! | `files` | all files of a project |
//! | `keep` | which files a person changed since |

mod build;
mod dax;
mod files;
mod identity;
mod keep;
mod model;
mod query;
mod relationships;
mod report;
mod shared;
mod tmdl;
mod types;
mod visual;

pub use build::{Built, Contents, Source, build};
pub use files::{Export, files};
pub use keep::{Change, Ledger, Written, plan};
pub use model::Mode;
pub use query::{Origin, file_name};

use model::DataType;

/// The type that DuckDB casts a column to before it writes Parquet, where Power BI could not read its own.
pub fn parquet_cast(data_type: &str) -> Option<&'static str> {
    types::typed(data_type).cast
}

/// A warehouse's type as a type of Power BI.
fn data_type(name: &str) -> DataType {
    types::typed(name).data_type
}
