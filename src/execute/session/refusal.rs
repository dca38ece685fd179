//! What the warehouse refused -> a diagnostic at the template's own line.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::NodeSession;
use crate::adapter::{AdapterError, ErrorKind};
use crate::diagnostic::{Class, Diagnostic, Frame, Label, Span};
use crate::execute::unit_test;
use crate::manifest::{Node, RefError};

impl NodeSession {
    /// The better explanation of an error, where a statement's failure was noted.
    pub fn explain(&self, error: Box<Diagnostic>) -> Box<Diagnostic> {
        let noted = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.at_home(match noted {
            Some((noted, true)) if error.message == noted.message => Box::new(noted),
            _ => error,
        })
    }

    /// What shows in a built-in macro is told where it comes from: the innermost call in a file of the project, or else
    /// the place where the node is described or begins.
    fn at_home(&self, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
        if !error.labels.first().is_some_and(|label| label.span.source.path().starts_with("<dbt")) {
            return error;
        }
        let is_file = |span: &Span| !span.source.path().starts_with('<');
        let node = &self.node;
        let called = error.trace.iter().find(|frame| is_file(&frame.span));
        let own = || {
            let begins = Span::line(&node.source, node.span().position().line);
            let declared = node.test().and_then(|test| test.declared.clone());
            declared.or_else(|| node.patch.clone()).or(Some(begins)).filter(is_file)
        };
        let (span, text) = match called {
            Some(frame) => (frame.span.clone(), format!("in {}", frame.name)),
            None => match own() {
                Some(span) => (span, format!("in this {}", node.resource_type.name().replace('_', " "))),
                None => return error,
            },
        };
        let inner = std::mem::replace(&mut error.labels[0], Label { span, text });
        let name = inner.text.strip_prefix("in ").unwrap_or(&inner.text).to_owned();
        error.trace.insert(0, Frame { name, span: inner.span });
        error
    }

    /// A refusal as a diagnostic at the template's own line.
    pub(super) fn refused(&self, sql: &str, error: &AdapterError) -> Box<Diagnostic> {
        if error.is_retryable() {
            self.retry.store(true, Ordering::Relaxed);
        }
        if let Some(diagnostic) = &error.diagnostic {
            if error.kind == ErrorKind::Connection {
                // Who asked first has nothing to do with it.
                let noted = (diagnostic.as_ref().clone(), true);
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(noted);
            }
            return diagnostic.clone();
        }
        // dbt: its adapter for DuckDB has no errors of a database.
        let class = if self.runtime.facts.adapter == "duckdb" { Class::Runtime } else { Class::Database };
        let mut diagnostic = Diagnostic::error(class, self.runtime.facts.environment.scrub(&error.text));
        let mut located = false;
        if let (Some(position), Some(compiled)) = (error.position, self.compiled.get()) {
            let found: Option<(Span, Vec<Frame>)> = compiled.locate_in(sql, position);
            if let Some((span, mut frames)) = found {
                frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
                diagnostic = diagnostic.label(span, "here").trace(frames);
                located = true;
            }
        }
        if !located && let Some((span, frames)) = self.named_place(sql, &error.text) {
            diagnostic = diagnostic.label(span, "this name first occurs here").trace(frames);
            located = true;
        }
        if !located
            && self.compiled.get().is_some_and(|compiled| sql.contains(compiled.runnable()))
            && !self.node.code.is_empty()
        {
            // The engine names no place: the file is the best there is.
            let line = self.node.span().position().line;
            diagnostic = diagnostic.label(Span::line(&self.node.source, line), "in the SQL of this node");
            located = true;
        }
        let declared = self.node.test().and_then(|test| test.declared.clone());
        if let Some(declared) = declared.or_else(|| self.node.unit_test().and(self.node.patch.clone())) {
            diagnostic = diagnostic.label(declared, "in this test");
            located = true;
        }
        if !error.candidates.is_empty() && !error.text.contains("Did you mean") {
            diagnostic = diagnostic.help(format!("did you mean `{}`?", error.candidates.join("` or `")));
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((diagnostic.clone(), located));
        Box::new(diagnostic)
    }

    /// The first place of the name that an error without a position puts in quotes.
    fn named_place(&self, sql: &str, text: &str) -> Option<(Span, Vec<Frame>)> {
        let compiled = self.compiled.get()?;
        let name = text.split('"').nth(1).filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))?;
        let start = sql.find(compiled.runnable()).filter(|_| !compiled.sql.is_empty())?;
        let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let body = &sql[start..start + compiled.runnable().len()];
        let found = body
            .match_indices(name)
            .map(|(at, _)| at)
            .find(|at| !word(body[..*at].chars().next_back()) && !word(body[at + name.len()..].chars().next()))?;
        let (span, mut frames) = compiled.locate_runnable(found)?;
        frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
        Some((span, frames))
    }
}

/// An error in the rows of a unit test, at the place where they are written.
pub(super) fn at_rows(node: &Node, mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    if node.source.path() != unit_test::FIXTURE {
        return error;
    }
    error.labels.retain(|label| !label.span.source.path().starts_with('<'));
    if let Some(span) = &node.patch {
        error.labels.insert(0, Label { span: span.clone(), text: "in these rows".to_owned() });
    }
    error
}

/// The refusal of a name that a template reads.
pub(super) fn unresolved(node: &Node, what: &str, name: &str, error: &RefError) -> Box<Diagnostic> {
    let reason = if *error == RefError::Disabled { "which is disabled" } else { "which was not found" };
    let diagnostic = Diagnostic::error(
        Class::Compilation,
        format!(
            "{} '{}' ({}) depends on a {what} named '{name}' {reason}",
            title(node.resource_type.name()),
            node.unique_id,
            node.original_file_path
        ),
    );
    if node.unit_test().is_some() {
        let call = if what == "source" {
            format!("source('{}')", name.replacen('.', "', '", 1))
        } else {
            format!("ref('{name}')")
        };
        return Box::new(
            diagnostic
                .label_opt(node.patch.clone(), "in this unit test")
                .help(format!("the model reads it, so the test needs rows for it: `- input: {call}`")),
        );
    }
    Box::new(match error {
        RefError::Missing(near) => diagnostic.suggest(near.as_deref()),
        _ => diagnostic,
    })
}

/// dbt: `Model`, `Unit_Test`.
fn title(kind: &str) -> String {
    let words = kind.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join("_")
}
