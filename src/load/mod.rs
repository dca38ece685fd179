//! Raw files -> source tables: `netflix load`.
//!
//! A source table may declare where its files are. They are read into a table aside and swapped in, with the record of
//! what was read, in one transaction: whatever happens, the old table or the new one is there, whole.

mod copy;
mod ledger;
mod locate;
mod pattern;
mod remote;
mod run;
mod spec;
mod storage;
#[cfg(test)]
mod tests;

pub use ledger::LEDGER;
pub use locate::{Located, locate};
use run::needed_by;
pub use run::{Action, Loaded, Reload, pending, table};
pub use spec::{LoadSpec, options};
pub use storage::Storage;
