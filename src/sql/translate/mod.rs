//! Snowflake's SQL -> the embedded engine's SQL.
//!
//! A statement is parsed, and written anew for the engine while the types of its expressions are followed through the
//! scopes of its queries. Translation is by allow-list: each construct and function is known to be the same, is
//! rewritten, or is refused with its place and a hint. What is unknown is refused and never passed on, since a false
//! "same" is worse than none. What depends on a type that is not known is refused as well.
//!
//! Small differences live as macros in `macros.sql`, which the adapter keeps in the schema `snowflake_sql`.
//!
//! # Decisions
//! - VARIANT, ARRAY and OBJECT are JSON on the engine: any tool reads that, a path into it can be computed, and JSON's
//!   null stays apart from SQL's NULL. A date inside an OBJECT is text there, and GROUP BY and DISTINCT compare the text
//!   of a value, so they need a cast where one value may be written in two ways.
//! - Names keep the author's spelling. The engine compares names without regard to case, so `id` and `"ID"` are one
//!   column on both; two names in quotes that differ by case alone are refused. A column without a name is called by
//!   its text in upper case, as on Snowflake.
//! - TIMESTAMP_NTZ is TIMESTAMP; TIMESTAMP_LTZ and _TZ are instants, and the session is in UTC. Digits below a
//!   microsecond are cut off by the engine.
//! - INT and NUMBER without a precision are BIGINT: a value beyond 64 bits is an error, never a wrong number.
//! - A seeded SAMPLE, RANDOM and HASH are refused, for their results are Snowflake's own.
//!
//! # Templates
//! With `dialect: snowflake`, what a node's own template renders is Snowflake's SQL: there `target.type` and
//! `adapter.type()` are `snowflake`, and the project's, its packages' and the cross-database macros dispatch as
//! `snowflake`, then `default`. The materializations and the macros behind `adapter`'s methods speak to the engine
//! and stay `duckdb`; what they are given as `sql` is translated already. A query that a template sends while it is
//! rendered (`run_query`) is translated too, and so are hooks.

mod aggregate;
mod arithmetic;
mod call;
mod cast;
mod compare;
mod date;
mod expression;
mod flatten;
mod format;
mod json;
mod kind;
mod name;
mod pattern;
mod pivot;
mod projection;
mod query;
mod refusal;
mod relation;
mod rules;
mod scope;
mod source;
mod statement;
#[cfg(test)]
mod tests;
mod translator;
mod window;

pub use refusal::Refusal;
pub use translator::{Catalog, Options, Relations, Translation, author_type, engine_type, tables, translate};

/// The macros that translated statements call, for the schema `snowflake_sql`.
pub const MACROS: &str = include_str!("macros.sql");
