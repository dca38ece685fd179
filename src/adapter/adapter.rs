//! The two traits of a warehouse, and what a statement answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    AdapterError, Check, Checked, Dialect, ErrorKind, FileLoad, FileLoaded, PythonJob, PythonStream, Relation, Table,
};

/// A warehouse: opens sessions and knows its dialect.
pub trait Adapter: Send + Sync {
    /// The facts of its SQL.
    fn dialect(&self) -> &'static Dialect;

    /// Opens a session; `name` is shown in logs (`model.netflix.dim_movies`, `master`).
    fn connect(&self, name: &str) -> Result<Box<dyn Session>, AdapterError>;

    /// What `debug` prints about the connection, in order; never holds a secret.
    fn description(&self) -> Vec<(String, String)>;

    /// Tries the connection step by step and tells of each; the whole is well where no step failed.
    fn check(&self, tell: &mut dyn FnMut(Check)) {
        let connected = self.connect("debug").and_then(|mut session| session.execute("select 1 as id", Fetch::All));
        let outcome = match connected {
            Ok(_) => Checked::Fine("it answers".to_owned()),
            Err(error) => Checked::Failed(error),
        };
        tell(Check { name: "connection", outcome });
    }

    /// Whether the statements of a node run inside a transaction that is begun for them.
    fn transactions(&self) -> bool {
        true
    }

    /// Whether data tests of one relation are asked in one statement, since a round trip costs more than a query.
    fn joins_tests(&self) -> bool {
        false
    }

    /// How long an interrupted run waits for its statements to end; `None` means until they have ended.
    fn grace(&self) -> Option<Duration> {
        None
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

    /// Runs a query that is expected to give one row.
    ///
    /// # Errors
    /// As [`Session::execute`].
    fn execute_row(&mut self, sql: &str) -> Result<Answer, AdapterError> {
        self.execute(sql, Fetch::All)
    }

    /// Starts a transaction; does nothing where one is open.
    fn begin(&mut self) -> Result<(), AdapterError>;

    /// Ends the open transaction and keeps its work; does nothing where none is open.
    fn commit(&mut self) -> Result<(), AdapterError>;

    /// Ends the open transaction and drops its work; does nothing where none is open.
    fn rollback(&mut self) -> Result<(), AdapterError>;

    /// Whether a transaction is open, opened by `begin` or by a statement.
    fn in_transaction(&self) -> bool;

    /// Fills a table with rows that we hold, all of them or none.
    ///
    /// The values are bound or written as literals; the warehouse casts them to the table's types.
    fn load(&mut self, request: &RowLoad<'_>) -> Result<Answer, AdapterError>;

    /// Creates the table of `request` (it must not exist) and fills it from files.
    fn load_files(&mut self, request: &FileLoad) -> Result<FileLoaded, AdapterError>;

    /// Runs a model in Python, which makes its tables itself; `say` gets every line that it prints.
    ///
    /// The error's `position` is a byte of the job's code.
    fn python(&mut self, job: &PythonJob, say: &mut dyn FnMut(PythonStream, &str)) -> Result<Answer, AdapterError> {
        let _ = (job, say);
        Err(AdapterError::new(ErrorKind::Other, "this warehouse runs no models in Python"))
    }

    /// Gives the session what a node wants of it, from its next statement on, and answers with what was wanted before.
    ///
    /// `None` is what the session was opened with. A warehouse without such a thing ignores it.
    fn adopt(&mut self, setting: Setting, value: Option<&str>) -> Option<String> {
        let _ = (setting, value);
        None
    }

    /// The tag that the session's statements have in the warehouse's history.
    fn query_tag(&self) -> Option<String> {
        None
    }

    /// Puts a comment on every statement from now on; false where it must be sent as part of the text.
    ///
    /// Without a `place` it stands where the warehouse's history keeps it.
    fn comment(&mut self, comment: Option<&str>, place: Option<CommentPlace>) -> bool {
        let _ = (comment, place);
        false
    }

    /// A node is done: nothing that follows depends on what the session carries.
    fn rest(&mut self) {}

    /// A handle that stops the running statement from another thread.
    fn canceller(&self) -> Canceller;
}

/// Something that a session carries from statement to statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The tag of its statements in the warehouse's history.
    QueryTag,
    /// What computes its statements.
    Warehouse,
}

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentPlace {
    /// Before the statement.
    Before,
    /// Behind it.
    Behind,
}

/// A request to fill a table with rows.
#[derive(Debug, Clone, Copy)]
pub struct RowLoad<'a> {
    /// The table, which exists.
    pub into: &'a Relation,
    /// The rows; their columns are columns of the table.
    pub rows: &'a Table,
    /// Whether the names of the columns are quoted.
    pub quoted: bool,
    /// Whether they replace what is in the table.
    pub replace: bool,
}

/// Which rows of a result are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// None: the statement is run for its effect, and not even the names of columns are told.
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
