//! Warehouses: how to open a session, what a dialect is like, and the values that travel.
//!
//! An adapter is a way to open sessions, plus facts ([`Dialect`]), plus a package of SQL elsewhere; nothing else.
//! The traits are blocking: templates call them in the middle of rendering, and the embedded engine blocks
//! anyway. A warehouse that speaks an asynchronous protocol waits on its own runtime inside its session.

mod adapter;
mod check;
mod column;
mod csv;
mod dialect;
mod duckdb;
mod error;
mod files;
mod python_job;
mod registry;
mod relation;
#[cfg(test)]
mod scratch;
mod signals;
mod snowflake;
mod table;
mod value;

pub use adapter::{Adapter, Answer, Canceller, CommentPlace, Fetch, Response, RowLoad, Session, Setting};
pub use check::{Check, Checked};
pub use column::{Column, flatten};
pub use csv::{CsvFault, CsvReader, CsvRecord};
pub use dialect::{Casing, ColumnRules, Dialect, SeedTypes};
pub use error::{AdapterError, ErrorKind, Refusal};
pub use files::{Effort, FileFormat, FileLoad, FileLoaded, FileOptions, LoadColumn, LoadFile, match_columns};
pub use python_job::{PythonJob, PythonStream};
pub use registry::{ADAPTER_TYPES, default_place, open};
pub use relation::{
    CreateRelation, EventTimeFilter, MatchError, Part, Policy, Relation, RelationKind, RelationPatch, RelationPath,
};
#[cfg(test)]
pub(crate) use scratch::Scratch;
pub use signals::Signals;
pub use table::{Table, TableColumn};
pub use value::Cell;
