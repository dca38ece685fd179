//! Raw files -> source tables: `netflix load`.
//!
//! A source table may declare where its files are. They are read into a table aside and swapped in, with the record of
//! what was read, in one transaction: whatever happens, the old table or the new one is there, whole.

mod ledger;
mod locate;
mod run;
mod spec;
#[cfg(test)]
mod tests;

pub use ledger::LEDGER;
pub use locate::{Located, locate};
pub use run::{Action, Loaded, Reload, pending, table};
pub use spec::{LoadSpec, options};
