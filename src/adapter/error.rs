//! What a warehouse refused, in one shape for all of them.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::diagnostic::{Class, Diagnostic};

/// The kind of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is no SQL.
    Syntax,
    /// A table, schema, function or type does not exist, or exists already.
    Catalog,
    /// A column does not exist, or types do not fit.
    Binder,
    /// A row breaks a constraint.
    Constraint,
    /// A value cannot be cast.
    Conversion,
    /// The session could not be opened or was lost.
    Connection,
    /// The statement was stopped by the user.
    Interrupted,
    /// The statement took longer than the warehouse allows.
    Timeout,
    /// Another transaction changed the same thing; the work may be tried again from `begin`.
    TransactionConflict,
    /// A file could not be read or written, or the disk is full.
    Io,
    /// Another process holds the database file.
    Lock,
    /// Anything else.
    Other,
}

/// A refusal; its facts lie behind one pointer, since the good case is the common one.
#[derive(Clone, PartialEq, Eq)]
pub struct AdapterError(Box<Refusal>);

/// The facts of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind it is.
    pub kind: ErrorKind,
    /// The first line, without the warehouse's heading.
    pub message: String,
    /// Everything the warehouse said, heading included, as dbt would print it.
    pub text: String,
    /// Where in the SQL that was sent, in bytes.
    pub position: Option<usize>,
    /// How many bytes from there are meant, where the warehouse tells.
    pub length: Option<usize>,
    /// Names that the warehouse proposes.
    pub candidates: Vec<String>,
    /// Which row of the given rows is meant, from 0, where rows were given.
    pub row: Option<usize>,
    /// The SQL standard's code, where the warehouse gives one.
    pub sqlstate: Option<String>,
    /// The warehouse's name of the query, where it has one.
    pub query_id: Option<String>,
    /// The diagnostic that says it better than the text, where one was made (a bad row of a file).
    pub diagnostic: Option<Box<Diagnostic>>,
}

impl AdapterError {
    /// A refusal with nothing but a text.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self(Box::new(Refusal {
            kind,
            message: text.lines().next().unwrap_or_default().to_owned(),
            text,
            position: None,
            length: None,
            candidates: Vec::new(),
            row: None,
            sqlstate: None,
            query_id: None,
            diagnostic: None,
        }))
    }

    /// A refusal that a diagnostic explains.
    pub fn explained(kind: ErrorKind, diagnostic: Diagnostic) -> Self {
        let mut error = Self::new(kind, diagnostic.message.clone());
        error.diagnostic = Some(Box::new(diagnostic));
        error
    }

    /// Whether the same work may succeed when tried again from `begin`.
    pub fn is_retryable(&self) -> bool {
        self.kind == ErrorKind::TransactionConflict
    }

    /// The refusal without the SQL's place: for statements of our own that the user never wrote.
    pub fn into_diagnostic(self, class: Class) -> Diagnostic {
        match self.0.diagnostic {
            Some(diagnostic) => *diagnostic,
            None => Diagnostic::error(class, self.0.text),
        }
    }

    /// The refusal with another text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }
}

impl Deref for AdapterError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for AdapterError {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

impl fmt::Debug for AdapterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for AdapterError {}
