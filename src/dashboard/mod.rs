//! Dashboards: pages of visuals over models, as an exposure defines them under `meta.dashboard`.
//!
//! One definition, several readers: the semantic model and report for Power BI, and the pages in the browser. dbt reads
//! the same project unchanged, since `meta` is free data to it. The definition names models, columns and measures; what
//! they must be is checked while the project is parsed, so that a slip has a place in a file instead of an empty chart.
//!
//! | file | what |
//! |---|---|
//! | `definition` | the types; their JSON is what the browser gets |
//! | `expression` | what a measure calculates: `sum(a) / count(distinct b)` |
//! | `read` | the exposures of a manifest to definitions, with the place of every part |
//! | `layout` | a place on the page for every visual that names none |
//! | `columns` | which columns a model can have, as far as its text tells |
//! | `keys` | which columns name a row of a model |
//! | `check` | names that mean nothing, and measures that would count twice |
//! | `figures` | the figures of all visuals, as the browser gets them |
//! | `query` | a definition to its figures: the one visit to the warehouse |
//! | `frames`, `values`, `sql` | what is kept of the answers, and the questions |

mod check;
mod columns;
mod definition;
mod expression;
mod figures;
mod frames;
mod keys;
mod layout;
mod query;
mod read;
mod sql;
mod values;

pub use check::{check, is_additive};
pub use columns::{Presence, presence};
pub use definition::{
    Dashboard, Field, Grain, Measure, PAGE_HEIGHT, PAGE_WIDTH, Page, Rectangle, SlicerStyle, Sort, Use, Visual,
    VisualKind,
};
pub use expression::{Aggregate, Expression, Factor, Operator, Term};
pub use figures::{Figures, ModelFacts, Upstream};
pub use keys::keys;
pub use query::{Ask, Warehouse, figures};
pub use read::dashboards;
