//! Binds the names of a query to what they mean.

mod calls;
mod clauses;
mod expression;
mod from;
mod functions;
mod grouping;
mod names;
mod pivot;
mod query;
mod resolver;
mod scope;
mod select;
mod set_operation;
mod star;
mod table_function;
#[cfg(test)]
mod tests;
mod typing;

pub use resolver::{Read, Resolved, resolve};
