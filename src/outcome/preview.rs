//! Rows to show to the user.

use serde_json::Value;

/// One value, as JSON and as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// For `--output json`.
    pub value: Value,
    /// For the text table; empty for null.
    pub text: String,
}

impl Cell {
    /// A cell whose text follows from its JSON value.
    pub fn new(value: Value) -> Self {
        let text = match &value {
            Value::Null => String::new(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self { value, text }
    }

    /// A cell whose text differs from its JSON value (a timestamp).
    pub fn with_text(value: Value, text: impl Into<String>) -> Self {
        Self { value, text: text.into() }
    }
}

/// A small table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}
