//! Two warehouses before the warehouse: one that notes what is asked, and one that answers from the notes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Lock, LockedAnswer};
use crate::adapter::{
    Adapter, AdapterError, Answer, Canceller, Dialect, ErrorKind, Fetch, FileLoad, FileLoaded, Response, RowLoad,
    Session, Table,
};

/// What is answered to a statement that is not in the notes.
pub(in crate::check) const REFUSAL: &str = "the template asks the warehouse while it is compiled";

/// The words of an error by which macros know that something is not there. dbt: so its own do.
const ABSENT: &str = "does not exist";

/// What is answered to a query that asked for something that was not there.
pub(in crate::check) const NOT_THERE: &str = "what the template asks for does not exist, says the lock file";

/// The real warehouse, which is only asked, with notes of its answers.
pub struct Recording {
    inner: Arc<dyn Adapter>,
    notes: Arc<Mutex<BTreeMap<String, LockedAnswer>>>,
}

impl Recording {
    /// Notes what `inner` answers.
    pub fn new(inner: &Arc<dyn Adapter>) -> Self {
        Self { inner: Arc::clone(inner), notes: Arc::default() }
    }

    /// The answers so far, by the text of the query.
    pub fn notes(&self) -> BTreeMap<String, LockedAnswer> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Adapter for Recording {
    fn dialect(&self) -> &'static Dialect {
        self.inner.dialect()
    }

    fn connect(&self, name: &str) -> Result<Box<dyn Session>, AdapterError> {
        Ok(Box::new(Noting { inner: self.inner.connect(name)?, notes: Arc::clone(&self.notes) }))
    }

    fn description(&self) -> Vec<(String, String)> {
        self.inner.description()
    }

    fn transactions(&self) -> bool {
        false
    }

    fn close(&self) {
        self.inner.close();
    }
}

struct Noting {
    inner: Box<dyn Session>,
    notes: Arc<Mutex<BTreeMap<String, LockedAnswer>>>,
}

impl Session for Noting {
    fn execute(&mut self, sql: &str, _: Fetch) -> Result<Answer, AdapterError> {
        let answer = self.inner.execute(sql, Fetch::All);
        let noted = match &answer {
            Ok(answer) => LockedAnswer::Rows(answer.table.clone()),
            Err(error) if error.text.to_lowercase().contains(ABSENT) => LockedAnswer::Absent,
            // What went wrong this time may go well the next.
            Err(_) => return answer,
        };
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.trim().to_owned(), noted);
        answer
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        self.inner.rollback()
    }

    fn in_transaction(&self) -> bool {
        // What is asked must not depend on it: the notes are read where no transaction is.
        false
    }

    fn load(&mut self, _: &RowLoad<'_>) -> Result<Answer, AdapterError> {
        refused()
    }

    fn load_files(&mut self, _: &FileLoad) -> Result<FileLoaded, AdapterError> {
        refused()
    }

    fn canceller(&self) -> Canceller {
        self.inner.canceller()
    }
}

/// A warehouse that has only what a lock says.
pub struct Locked {
    dialect: &'static Dialect,
    lock: Arc<Lock>,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Locked {
    /// The answers of a lock in the dialect of a warehouse.
    pub fn new(adapter: &Arc<dyn Adapter>, lock: &Arc<Lock>) -> Self {
        Self { dialect: adapter.dialect(), lock: Arc::clone(lock), asked: Arc::default() }
    }

    /// The queries that were asked and answered so far.
    pub fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Adapter for Locked {
    fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    fn connect(&self, _: &str) -> Result<Box<dyn Session>, AdapterError> {
        Ok(Box::new(Answering { lock: Arc::clone(&self.lock), asked: Arc::clone(&self.asked) }))
    }

    fn description(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn transactions(&self) -> bool {
        false
    }

    fn close(&self) {}
}

struct Answering {
    lock: Arc<Lock>,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Session for Answering {
    fn execute(&mut self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError> {
        let Some(answer) = self.lock.queries.get(sql.trim()) else { return refused() };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.trim().to_owned());
        let LockedAnswer::Rows(table) = answer else {
            return Err(AdapterError::new(ErrorKind::Other, NOT_THERE));
        };
        let mut table = table.clone();
        match fetch {
            Fetch::None => table = Table::default(),
            Fetch::All => {}
            Fetch::Limit(most) => table.rows.truncate(most),
        }
        Ok(Answer { table, response: Response::default() })
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

fn refused<T>() -> Result<T, AdapterError> {
    Err(AdapterError::new(ErrorKind::Other, REFUSAL))
}
