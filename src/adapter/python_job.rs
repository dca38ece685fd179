//! A model in Python on its way to a warehouse.

/// What a session needs to run a Python model.
#[derive(Debug, Clone)]
pub struct PythonJob {
    /// The model's alias, which becomes part of its module's name.
    pub name: String,
    /// Path of the model's file, as tracebacks show it.
    pub path: String,
    /// Line of that file on which the code starts, from 1.
    pub first_line: usize,
    /// The code: the model's own, and behind it what dbt adds.
    pub code: String,
    /// How many bytes of the code are the model's own.
    pub own: usize,
    /// Database, schema and name of the relations that the model declares, and of its own.
    pub relations: Vec<[String; 3]>,
}

/// Where a Python model wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PythonStream {
    /// `print(...)`.
    Output,
    /// Warnings, and what libraries log.
    Errors,
}
