//! What differs between parsing and running: parsing records what a template asks for, running does it.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::engine::Entry;
use super::library::Voice;
use super::object::{RelationData, Table};
use crate::diagnostic::Result;
use crate::manifest::RefCall;

/// What a template asked for while it was parsed.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Recorded>);

/// The notes of a [`Recorder`].
#[derive(Debug, Default, Clone)]
pub struct Recorded {
    /// `ref()` calls in order; dbt: a name asked for twice is listed twice.
    pub refs: Vec<RefCall>,
    /// `source()` calls in order.
    pub sources: Vec<(String, String)>,
    /// `metric()` calls: name, or package and name.
    pub metrics: Vec<Vec<String>>,
    /// `function()` calls: name, or package and name.
    pub functions: Vec<Vec<String>>,
    /// Arguments of `config()` calls in order.
    pub configs: Vec<Map<String, Value>>,
}

impl Recorder {
    /// Notes a `ref()` call.
    pub fn add_ref(&self, call: RefCall) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refs.push(call);
    }

    /// Notes a `source()` call.
    pub fn add_source(&self, source: &str, table: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sources.push((source.to_owned(), table.to_owned()));
    }

    /// Notes a `metric()` call.
    pub fn add_metric(&self, package: Option<&str>, name: &str) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).metrics, package, name);
    }

    /// Notes a `function()` call.
    pub fn add_function(&self, package: Option<&str>, name: &str) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).functions, package, name);
    }

    /// Notes the arguments of a `config()` call.
    pub fn add_config(&self, config: Map<String, Value>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).configs.push(config);
    }

    /// The notes so far.
    pub fn notes(&self) -> Recorded {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn add(calls: &mut Vec<Vec<String>>, package: Option<&str>, name: &str) {
    calls.push(package.into_iter().chain([name]).map(str::to_owned).collect());
}

/// How rows are put into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsWanted {
    /// Whether the names of the columns are quoted.
    pub quoted: bool,
    /// Whether they replace what is in the table.
    pub replace: bool,
}

/// How a message of a template is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// `log(..., info=true)`.
    Info,
    /// `log(...)`.
    Debug,
    /// `print(...)`.
    Print,
    /// `exceptions.warn(...)`.
    Warning,
    /// The times of a snapshot's query and of its clock have different types.
    SnapshotTimestamp,
}

/// The warehouse and the run, as templates see them.
pub trait Live: Send + Sync {
    /// A render of the node failed after what it began with had called these macros itself.
    fn failed(&self, called: Vec<String>, entry: Entry) {
        let _ = (called, entry);
    }
    /// Whether the SQL that is made now is the author's: the node's own template is being rendered.
    fn is_authors(&self) -> bool {
        false
    }
    /// From here on SQL is the author's, as in the text of a hook; calls nest.
    fn begin_authors_sql(&self) {}
    /// The end of what [`Live::begin_authors_sql`] began.
    fn end_authors_sql(&self) {}
    /// A statement of the author's in the warehouse's dialect.
    ///
    /// # Errors
    /// A construct of it has no equal there.
    fn translate(&self, sql: &str) -> Result<String> {
        Ok(sql.to_owned())
    }
    /// From here on SQL is made by a macro of ours that speaks to the warehouse; calls nest.
    fn begin_own_sql(&self) {}
    /// The end of what [`Live::begin_own_sql`] began.
    fn end_own_sql(&self) {}
    /// Runs SQL; begins a transaction first where `auto_begin` asks for one. Gives the answer and its rows.
    ///
    /// # Errors
    /// What the warehouse says, at the template's own line.
    fn execute(
        &self,
        sql: &str,
        auto_begin: bool,
        fetch: bool,
        limit: Option<usize>,
    ) -> Result<(Map<String, Value>, Table)>;
    /// Runs an `insert ... values` with bound values.
    ///
    /// # Errors
    /// As [`Live::execute`].
    fn insert(&self, sql: &str, bindings: &[minijinja::Value]) -> Result<()>;
    /// Fills a table with rows, all of them or none, and gives their number.
    ///
    /// # Errors
    /// As [`Live::execute`].
    fn load_rows(&self, into: &RelationData, rows: &Table, how: RowsWanted) -> Result<u64>;
    /// Gives the statements that follow another tag in the warehouse's history; gives the one before.
    fn set_query_tag(&self, tag: Option<&str>) -> Option<String>;
    /// The tag of the statements that follow.
    fn query_tag(&self) -> Option<String>;
    /// The columns of a relation, where the node asked before and nothing changed them since.
    fn known_columns(&self, relation: &str) -> Option<Vec<minijinja::Value>>;
    /// Keeps the columns of a relation.
    fn keep_columns(&self, relation: &str, columns: Vec<minijinja::Value>);
    /// The columns of what a unit test's rows stand for, where they were asked for ahead of its template.
    fn columns_of_input(&self, relation: &RelationData) -> Option<Vec<minijinja::Value>>;
    /// Begins a transaction unless one is open.
    ///
    /// # Errors
    /// As [`Live::execute`].
    fn ensure_transaction(&self) -> Result<()>;
    /// Ends the open transaction, if any.
    ///
    /// # Errors
    /// As [`Live::execute`].
    fn commit(&self) -> Result<()>;
    /// The relation that `ref()` means.
    ///
    /// # Errors
    /// There is none.
    fn resolve_ref(&self, call: &RefCall, package: &str) -> Result<RelationData>;
    /// The relation that `source()` means.
    ///
    /// # Errors
    /// There is none.
    fn resolve_source(&self, source: &str, table: &str, package: &str) -> Result<RelationData>;
    /// What `metric()` gives.
    ///
    /// # Errors
    /// There is no such metric.
    fn resolve_metric(&self, metric_package: Option<&str>, name: &str, package: &str) -> Result<minijinja::Value>;
    /// The relation that `function()` means.
    ///
    /// # Errors
    /// There is none.
    fn resolve_function(&self, function_package: Option<&str>, name: &str, package: &str) -> Result<RelationData>;
    /// Whether a relation counts as not built yet, without asking what exists.
    fn is_unbuilt(&self, relation: &RelationData) -> bool {
        let _ = relation;
        false
    }
    /// The known relations of a schema, or none if it was not listed yet.
    fn cached(&self, database: &str, schema: &str) -> Option<Vec<RelationData>>;
    /// Notes the relations of a schema.
    fn cache_schema(&self, database: &str, schema: &str, relations: Vec<RelationData>);
    /// Notes that a relation exists now.
    fn cache_added(&self, relation: &RelationData);
    /// Notes that a relation is gone.
    fn cache_dropped(&self, relation: &RelationData);
    /// Notes that a schema is gone.
    fn cache_schema_dropped(&self, database: &str, schema: &str);
    /// Runs the code of a Python model, with what the materialization put behind it.
    ///
    /// # Errors
    /// The node is no Python model, the warehouse runs none, or the model fails.
    fn run_python(&self, code: &str) -> Result<Map<String, Value>>;
    /// Keeps the SQL that was run for the node.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write(&self, code: &str) -> Result<()>;
    /// The rows of the seed's file.
    ///
    /// # Errors
    /// The file cannot be read as a table.
    fn seed(&self) -> Result<Table>;
    /// Tells the user something.
    ///
    /// # Errors
    /// It is a warning that the user wants to be an error.
    fn emit(&self, message: Message, text: &str) -> Result<()>;
    /// `graph` in templates.
    fn graph(&self) -> minijinja::Value;
    /// Unique ids of the selected nodes.
    fn selected(&self) -> Vec<String>;
}

/// In which phase a template is rendered.
#[derive(Clone)]
pub enum Phase {
    /// While the manifest is made.
    Parse(Arc<Recorder>),
    /// While nodes are compiled and run.
    Live(Arc<dyn Live>),
}

impl Phase {
    /// Whose SQL a template makes; the author's only where it is written for another adapter type.
    pub(super) fn voice(&self, written_for: Option<&str>) -> Voice {
        let authors = match self {
            Self::Parse(_) => true,
            Self::Live(live) => live.is_authors(),
        };
        if authors && written_for.is_some() { Voice::Author } else { Voice::Engine }
    }
}
