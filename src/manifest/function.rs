//! User-defined functions.

use serde::Serialize;
use serde_json::Value;

/// An argument of a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Argument {
    pub name: String,
    pub data_type: String,
    pub description: Option<String>,
    pub default_value: Option<Value>,
}

/// What a function gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Returns {
    pub data_type: String,
    pub description: Option<String>,
}

/// The same function for other arguments; its body is a file of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are dbt's and documented there")]
pub struct Overload {
    pub defined_in: String,
    pub arguments: Vec<Argument>,
    pub returns: Option<Returns>,
    pub description: Option<String>,
    pub raw_body: Option<String>,
    pub compiled_body: Option<String>,
}

/// The further facts of a function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Function {
    /// In the order of a call.
    pub arguments: Vec<Argument>,
    /// What it gives; none until its YAML entry was read.
    pub returns: Option<Returns>,
    /// In the file's order.
    pub overloads: Vec<Overload>,
}
