//! The adapter: one account, and sessions that log in when they are first used.

use std::sync::Arc;
use std::time::Duration;

use super::retry::GRACE;
use super::session::SnowflakeSession;
use super::shared::Shared;
use super::{Credentials, check};
use crate::adapter::{Adapter, AdapterError, Check, Dialect, Session};

/// A Snowflake account.
pub struct Snowflake(Arc<Shared>);

impl Snowflake {
    /// An account that nobody has logged in to yet.
    pub fn new(credentials: Credentials) -> Self {
        Self(Arc::new(Shared::new(credentials)))
    }
}

impl Adapter for Snowflake {
    fn dialect(&self) -> &'static Dialect {
        &Dialect::SNOWFLAKE
    }

    fn connect(&self, name: &str) -> Result<Box<dyn Session>, AdapterError> {
        Ok(Box::new(SnowflakeSession::new(Arc::clone(&self.0), name)))
    }

    fn description(&self) -> Vec<(String, String)> {
        self.0.credentials.description()
    }

    // dbt: each statement is its own transaction, unless a text says `begin` itself.
    fn transactions(&self) -> bool {
        false
    }

    fn joins_tests(&self) -> bool {
        self.0.credentials.join_tests
    }

    fn grace(&self) -> Option<Duration> {
        Some(GRACE)
    }

    fn check(&self, tell: &mut dyn FnMut(Check)) {
        check::check(&self.0, tell);
    }

    fn close(&self) {
        self.0.close();
    }
}
