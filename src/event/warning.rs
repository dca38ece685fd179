//! A warning on its way to the user.

use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Heading, Severity, WarningKind};
use crate::outcome::NodeInfo;

/// A warning with what dbt's event of that name carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Which one.
    pub kind: WarningKind,
    /// The text and the places.
    pub diagnostic: Diagnostic,
    /// dbt's own fields of this event.
    pub data: Map<String, Value>,
    /// The node that it concerns.
    pub node: Option<NodeInfo>,
    /// How its text begins; set by the sender, who knows the flags.
    pub heading: Heading,
}

impl Warning {
    /// A warning that is only a text.
    pub fn new(kind: WarningKind, message: impl Into<String>) -> Self {
        Self::of(kind, Diagnostic::warning(Class::Compilation, message))
    }

    /// A warning with places and help.
    pub fn of(kind: WarningKind, mut diagnostic: Diagnostic) -> Self {
        diagnostic.severity = Severity::Warning;
        let data = std::mem::take(&mut diagnostic.data);
        Self { kind, diagnostic, data, node: None, heading: kind.heading(false) }
    }

    /// Adds one of dbt's fields.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// Names the node that it concerns.
    #[must_use]
    pub fn node(mut self, node: NodeInfo) -> Self {
        self.node = Some(node);
        self
    }

    /// What it is counted under: dbt tells of every renamed variable by itself.
    pub(super) fn occasion(&self) -> String {
        match self.data.get("old_name").and_then(Value::as_str) {
            Some(name) if self.kind == WarningKind::EnvironmentVariableRenamed => {
                format!("{} {name}", self.kind.name())
            }
            _ => self.kind.name().to_owned(),
        }
    }
}
