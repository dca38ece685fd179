//! What SQL means: which columns a query reads, what it gives, what is wrong with it, and how it is said in another
//! warehouse's dialect.
//!
//! One parser and one resolver serve lineage and `netflix check`. The resolver binds every name of a query to what it
//! means through the scopes of the query, and knows when it cannot know: a result is exact, or it carries the reason
//! why it is not.

mod built;
mod data_type;
mod dialect;
mod finding;
mod foreign;
pub mod parse;
mod project;
mod reach;
mod resolve;
mod rows;
mod schemas;
mod shape;
pub mod translate;

pub use built::{Settings, built, of_catalog};
pub use data_type::Type;
pub use dialect::{Dialect, Name, Quoted};
pub use finding::{Finding, Rule};
pub use project::{Analysis, Content, EPHEMERAL, ProjectLineage, ProjectNode, project};
pub use reach::Place;
pub use resolve::{Read, Resolved, resolve};
pub use rows::Rows;
pub use schemas::{KnownColumn, KnownColumns, Relation, Schemas, path};
pub use shape::{Column, Kind, Lineage, Open, Origin, Shape, Usage};
