//! The two traits of a warehouse, and what a statement answers.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{AdapterError, Dialect, ErrorKind, FileLoad, FileLoaded, PythonJob, PythonStream, Relation, Table};

/// A warehouse: opens sessions and knows its dialect.
pub trait Adapter: Send + Sync {
    /// The facts of its SQL.
    fn dialect(&self) -> &'static Dialect;

    /// Opens a session; `name` is shown in logs (`model.netflix.dim_movies`, `master`).
    fn connect(&self, name: &str) -> Result<Box<dyn Session>, AdapterError>;

    /// What `debug` prints about the connection, in order; never holds a secret.
    fn description(&self) -> Vec<(String, String)>;

    /// Whether `begin`, `commit` and `rollback` do anything (`disable_transactions: true` makes them silent).
    fn transactions(&self) -> bool {
        true
    }

    /// Closes what all sessions share. Sessions still open go on until they are dropped.
    fn close(&self);
}

/// One connection to a warehouse, used by one thread at a time.
pub trait Session: Send {
    /// Runs one or several statements (`a; b`) and answers with the result of the last.
    ///
    /// A text without any statement (blank, or comments alone) is answered with `OK` and an empty table.
    fn execute(&mut self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError>;

    /// Starts a transaction; does nothing where one is open.
    fn begin(&mut self) -> Result<(), AdapterError>;

    /// Ends the open transaction and keeps its work; does nothing where none is open.
    fn commit(&mut self) -> Result<(), AdapterError>;

    /// Ends the open transaction and drops its work; does nothing where none is open.
    fn rollback(&mut self) -> Result<(), AdapterError>;

    /// Whether a transaction is open, opened by `begin` or by a statement.
    fn in_transaction(&self) -> bool;

    /// Appends `rows` to the table `into`, whose columns are those of `rows`, in order.
    ///
    /// The values are bound and never spliced into SQL; the warehouse casts them to the table's types.
    fn load(&mut self, into: &Relation, rows: &Table) -> Result<Answer, AdapterError>;

    /// Creates the table of `request` (it must not exist) and fills it from files.
    fn load_files(&mut self, request: &FileLoad) -> Result<FileLoaded, AdapterError>;

    /// Runs a model in Python, which makes its tables itself; `say` gets every line that it prints.
    ///
    /// The error's `position` is a byte of the job's code.
    fn python(&mut self, job: &PythonJob, say: &mut dyn FnMut(PythonStream, &str)) -> Result<Answer, AdapterError> {
        let _ = (job, say);
        Err(AdapterError::new(ErrorKind::Other, "this warehouse runs no models in Python"))
    }

    /// A handle that stops the running statement from another thread.
    fn canceller(&self) -> Canceller;
}

/// Which rows of a result are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// None: the statement is run for its effect.
    None,
    /// All of them.
    All,
    /// At most so many.
    Limit(usize),
}

/// What a statement answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The rows, empty with [`Fetch::None`].
    pub table: Table,
    /// How it went.
    pub response: Response,
}

/// How a statement went; `adapter_response` of a run result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What a log line shows: `OK`, `SUCCESS 1`.
    pub message: String,
    /// The warehouse's word for it, where it has one.
    pub code: Option<String>,
    /// Rows inserted, changed or deleted, where the warehouse tells.
    pub rows_affected: Option<u64>,
    /// The warehouse's name of the query, where it has one.
    pub query_id: Option<String>,
}

impl Default for Response {
    fn default() -> Self {
        Self { message: "OK".to_owned(), code: None, rows_affected: None, query_id: None }
    }
}

impl Response {
    /// dbt's shape: `_message` always, the others where known.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("_message".to_owned(), Value::from(self.message.clone()));
        if let Some(code) = &self.code {
            map.insert("code".to_owned(), Value::from(code.clone()));
        }
        if let Some(rows) = self.rows_affected {
            map.insert("rows_affected".to_owned(), Value::from(rows));
        }
        if let Some(id) = &self.query_id {
            map.insert("query_id".to_owned(), Value::from(id.clone()));
        }
        map
    }
}

impl fmt::Display for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Stops the statement that a session is running; harmless when none runs or the session is gone.
#[derive(Clone)]
pub struct Canceller(Arc<dyn Fn() + Send + Sync>);

impl Canceller {
    /// Wraps what stops the statement.
    pub fn new(stop: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(stop))
    }

    /// Stops it.
    pub fn cancel(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Canceller")
    }
}
