//! What SQL means: which columns a query reads, what it gives, what is wrong with it, and how it is said in another
//! warehouse's dialect.
//!
//! One parser and one resolver serve lineage and `netflix check`. The resolver binds every name of a query to what it
//! means through the scopes of the query, and knows when it cannot know: a result is exact, or it carries the reason
//! why it is not.

mod data_type;
mod dialect;
mod finding;
pub mod parse;
mod project;
mod resolve;
mod schemas;
mod shape;
pub mod translate;

pub use data_type::Type;
pub use dialect::{Dialect, Name, Quoted};
pub use finding::{Finding, Rule};
pub use project::{Analysis, Content, ProjectLineage, ProjectNode, project};
pub use resolve::{Read, Resolved, resolve};
pub use schemas::{KnownColumn, KnownColumns, Relation, Schemas, path};
pub use shape::{Column, Kind, Lineage, Open, Origin, Shape, Usage};
