//! A session without a warehouse.

use crate::adapter::{AdapterError, Answer, Canceller, ErrorKind, Fetch, FileLoad, FileLoaded, RowLoad, Session};

/// What it answers to every statement.
pub(super) const REFUSAL: &str = "the template asks the warehouse while it is compiled";

/// A session that refuses every statement.
pub(super) struct NoWarehouse;

fn refused<T>() -> Result<T, AdapterError> {
    Err(AdapterError::new(ErrorKind::Other, REFUSAL))
}

impl Session for NoWarehouse {
    fn execute(&mut self, _: &str, _: Fetch) -> Result<Answer, AdapterError> {
        refused()
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn load(&mut self, _: &RowLoad<'_>) -> Result<Answer, AdapterError> {
        refused()
    }

    fn load_files(&mut self, _: &FileLoad) -> Result<FileLoaded, AdapterError> {
        refused()
    }

    fn canceller(&self) -> Canceller {
        Canceller::new(|| {})
    }
}
