//! What SQL means: how a statement in one warehouse's dialect is said in another's.

pub mod translate;
