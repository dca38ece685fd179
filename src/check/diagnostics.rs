//! From findings in compiled SQL to diagnostics at the lines of the project's files.

use std::sync::Arc;

use super::contract;
use super::known::{KINDS, known};
use super::nodes::Rendered;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::execute::Runtime;
use crate::sql::{Dialect, Finding, ProjectLineage, Rule, project};

/// A node that could not be checked.
#[derive(Debug, Clone)]
pub struct NotChecked {
    /// Its unique id.
    pub unique_id: String,
    /// Why.
    pub reason: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Mistakes and hints in the order of nodes: unique id, rule and diagnostic.
    pub findings: Vec<(String, Rule, Diagnostic)>,
    /// What could not be checked.
    pub not_checked: Vec<NotChecked>,
    /// How many nodes were checked.
    pub checked: usize,
    /// Where columns come from.
    pub lineage: ProjectLineage,
    /// In what the lock file no longer fits the project.
    pub outdated: Vec<String>,
}

/// Checks every node of a project without asking the warehouse.
///
/// # Errors
/// The lock file is broken.
pub fn analyze(runtime: &Arc<Runtime>) -> Result<Checked> {
    let known = known(runtime, &KINDS)?;
    let lineage = project(&known.nodes, known.dialect);
    let mut checked = Checked { lineage, outdated: known.outdated, ..Checked::default() };
    for item in &known.rendered {
        one(item, known.dialect, &mut checked);
    }
    Ok(checked)
}

fn one(item: &Rendered, dialect: Dialect, checked: &mut Checked) {
    let id = item.node.unique_id.clone();
    let left_out = |reason: &str| NotChecked { unique_id: id.clone(), reason: reason.to_owned() };
    if let Some(error) = &item.error {
        checked.findings.push((id, Rule::Syntax, error.clone()));
        return;
    }
    let Some(compiled) = &item.compiled else {
        checked.not_checked.push(left_out(item.reason.as_deref().unwrap_or("it has no SQL")));
        return;
    };
    if compiled.rendered().trim().is_empty() {
        return;
    }
    let Some(analysis) = checked.lineage.nodes.get(id.as_str()) else {
        checked.not_checked.push(left_out("it reads itself through other nodes"));
        return;
    };
    let Some(resolved) = &analysis.resolved else {
        // What the parser does not know may still be right.
        let error = analysis.unreadable.as_ref();
        let reason = error.map_or("its SQL cannot be read".to_owned(), |error| {
            let place = error.offset.and_then(|offset| compiled.locate_rendered(offset));
            let place = place.map(|(span, _)| format!(" at {span}")).unwrap_or_default();
            format!("its SQL cannot be read{place}: {}", error.message)
        });
        checked.not_checked.push(left_out(&reason));
        return;
    };
    checked.checked += 1;
    let mut found: Vec<(String, Rule, Diagnostic)> = Vec::new();
    for finding in &resolved.findings {
        found.push((id.clone(), finding.rule, told(item, finding)));
    }
    for broken in contract::breaks(&item.node, resolved, dialect) {
        let mut diagnostic = Diagnostic::error(Class::Contract, broken.message);
        let place = broken.offset.and_then(|offset| compiled.locate_rendered(offset));
        if let Some((span, frames)) = place {
            diagnostic = diagnostic.label(span, "here").trace(frames);
        }
        diagnostic = diagnostic.label_opt(broken.declared, "the contract");
        if let Some(help) = broken.help {
            diagnostic = diagnostic.help(help);
        }
        found.push((id.clone(), Rule::Contract, diagnostic));
    }
    for one in found {
        // A test's macro may say the same thing in several places of its SQL.
        if !checked.findings.iter().rev().take_while(|(id, ..)| *id == one.0).any(|other| *other == one) {
            checked.findings.push(one);
        }
    }
}

/// A finding at the line of the template.
fn told(item: &Rendered, finding: &Finding) -> Diagnostic {
    let is_mild = finding.rule.is_hint() || finding.is_doubtful;
    let class = Class::Compilation;
    let node = &item.node;
    let mut diagnostic = if is_mild {
        Diagnostic::warning(class, finding.message.clone())
    } else {
        Diagnostic::error(class, finding.message.clone())
    };
    if let Some(help) = &finding.help {
        diagnostic = diagnostic.help(help.clone());
    }
    let declared = node.test().and_then(|test| test.declared.clone());
    let place = finding.place.as_ref().zip(item.compiled.as_ref());
    let place = place.and_then(|(place, compiled)| compiled.locate_rendered(place.start));
    match (declared, place) {
        // A generic test's SQL is a macro's: what is wrong is what was asked of it.
        (Some(declared), _) => diagnostic.label(declared, "in this test"),
        (None, Some((span, mut frames))) => {
            frames.retain(|frame| !frame.span.source.path().starts_with("<test"));
            diagnostic.label(widened(span, finding), "").trace(frames)
        }
        (None, None) if !node.code.is_empty() => diagnostic.label(node.span(), "in the SQL of this node"),
        (None, None) => diagnostic,
    }
}

/// The place with the length of what is wrong, where the template has the very text.
fn widened(span: crate::diagnostic::Span, finding: &Finding) -> crate::diagnostic::Span {
    let length = finding.place.as_ref().map_or(0, std::ops::Range::len);
    let end = span.range.start + length;
    if span.range.len() < length && span.source.text().is_char_boundary(end.min(span.source.text().len())) {
        return crate::diagnostic::Span::new(&span.source, span.range.start..end.min(span.source.text().len()));
    }
    if length > 0 && span.range.len() > length && end <= span.source.text().len() {
        return crate::diagnostic::Span::new(&span.source, span.range.start..end);
    }
    span
}
