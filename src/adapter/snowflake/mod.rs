//! Snowflake over its own protocol.
//!
//! A session of the trait is a promise: it is logged in by its first statement, and again whenever the server has
//! forgotten it. What a session carries (query tag, warehouse, comment) is therefore kept here and applied anew, and a
//! statement is sent a second time only where running it twice could not be seen.

mod authentication;
mod check;
mod connect;
mod connections_file;
mod convert;
mod credentials;
mod failure;
mod link;
mod oauth;
mod private_key;
mod recovery;
mod retry;
mod rows;
mod session;
mod shared;
mod statement;

pub use connect::Snowflake;
pub use credentials::Credentials;
