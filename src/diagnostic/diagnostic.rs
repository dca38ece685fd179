//! One error or warning: message, places, help and the chain of macro calls that led there.

use std::fmt;

use serde_json::{Map, Value};

use super::{Class, Span, WarningKind};

/// The usual result: the error is boxed, since the good case is the common one.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The command cannot succeed.
    Error,
    /// The command goes on.
    Warning,
}

/// A place and what is to be said there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is wrong there; may be empty for a bare mark.
    pub text: String,
}

/// One step of the way to the error: a macro call or a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The name of what was being rendered (`macro surrogate_key`, `model orders`).
    pub name: String,
    /// The place of the call inside it.
    pub span: Span,
}

/// One error or warning, ready to be rendered in any form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of mistake it is.
    pub class: Class,
    /// What is wrong, without place; may span several lines.
    pub message: String,
    /// The first label is the place of the mistake, further ones are related places.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Vec<String>,
    /// Further facts.
    pub notes: Vec<String>,
    /// The calls that led to the first label, innermost first.
    pub trace: Vec<Frame>,
    /// dbt's name of a warning, which users turn into errors or silence by it; `None` for one that dbt does not have,
    /// and for errors.
    pub kind: Option<WarningKind>,
    /// The fields of dbt's event of that name.
    pub data: Map<String, Value>,
}

impl Diagnostic {
    /// A new error.
    pub fn error(class: Class, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, class, message)
    }

    /// A new warning.
    pub fn warning(class: Class, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, class, message)
    }

    fn new(severity: Severity, class: Class, message: impl Into<String>) -> Self {
        Self {
            severity,
            class,
            message: message.into(),
            labels: Vec::new(),
            help: Vec::new(),
            notes: Vec::new(),
            trace: Vec::new(),
            kind: None,
            data: Map::new(),
        }
    }

    /// A new warning under dbt's name.
    pub fn named(kind: WarningKind, message: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::warning(Class::Compilation, message) }
    }

    /// Gives the warning dbt's name.
    #[must_use]
    pub fn kind(mut self, kind: WarningKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds one of the fields of dbt's event.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a place with a text.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a place where there is one.
    #[must_use]
    pub fn label_opt(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.label(span, text),
            None => self,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds `did you mean` where a near name exists.
    #[must_use]
    pub fn suggest(self, nearest: Option<&str>) -> Self {
        match nearest {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a fact where there is one.
    #[must_use]
    pub fn note_opt(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.note(text),
            None => self,
        }
    }

    /// Sets the calls that led here, innermost first.
    #[must_use]
    pub fn trace(mut self, frames: Vec<Frame>) -> Self {
        self.trace = frames;
        self
    }

    /// The place of the mistake, where one is known.
    pub fn span(&self) -> Option<&Span> {
        self.labels.first().map(|label| &label.span)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class.heading(), self.message)?;
        if let Some(span) = self.span() {
            write!(formatter, " ({span})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// Collects diagnostics, so that one run reports every mistake and not only the first.
#[derive(Debug, Default)]
pub struct Bag {
    /// Everything said so far, in order.
    pub items: Vec<Diagnostic>,
}

impl Bag {
    /// Keeps a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    /// Keeps the error of a result and gives its value.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.push(*error);
                None
            }
        }
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.severity == Severity::Error)
    }
}
