//! Templates: dbt's dialect of Jinja, with Python's values, macros across files, and places for every error.
//!
//! | step | module | what |
//! |---|---|---|
//! | split | `scan`, `blocks` | a file into tags, and into macros, tests, snapshots, documentation |
//! | rewrite | `normalize`, `rewrite`, `offsets`, `code` | a template's text into what the engine runs, and back |
//! | find | `library` | the macro that a name means |
//! | run | `engine`, `linker`, `natives`, `run` | renders, calls macros inside the running state |
//! | explain | `failure`, `trace` | errors as diagnostics, output bytes as places in templates |
//!
//! `python` holds the behaviour of values; `object` and `scope` are dbt's own names.

mod arguments;
mod blocks;
mod code;
mod config_call;
mod engine;
mod expression;
mod failure;
mod file_scope;
mod library;
mod linker;
mod literal_calls;
mod lookup;
mod model;
mod natives;
mod normalize;
mod object;
mod offsets;
mod phase;
pub mod python;
mod resources;
mod rewrite;
mod run;
mod scan;
mod scope;
#[cfg(test)]
mod tests;
mod trace;

pub use arguments::Arguments;
pub use blocks::{Block, BlockKind, Head, Parameter, blocks, blocks_and_strays};
pub use config_call::config_call;
pub use engine::{Called, Engine, Entry, Rendered, Scope, Template, UsedMacro};
pub use failure::{CurrentCall, current_call, fail, raise, raised, undefined};
pub use file_scope::{FileScope, Session};
pub use library::{Library, Macro, MacroRef, Materialization, Voice};
pub use linker::MacroValue;
pub use literal_calls::{LiteralCall, literal_call, literal_template};
pub use lookup::{Secrets, is_template};
pub use object::{
    ColumnValue, MetricValue, Naming, RecordValue, RelationData, Table, call_macro, functions_of, relations_of,
};
pub use phase::{Live, Message, Phase, Recorded, Recorder, RowsWanted};
pub use rewrite::StaticCall;
pub use scope::{Facts, ModelView, NodeScope, NodeView};
pub use trace::{Origin, RenderTrace};
