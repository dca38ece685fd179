//! From findings in compiled SQL to diagnostics at the lines of the project's files.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::nodes::{self, Rendered};
use super::{contract, nodes::nodes as project_nodes};
use crate::diagnostic::{Class, Diagnostic};
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
}

/// Checks every node of a project without asking the warehouse.
pub fn analyze(runtime: &Arc<Runtime>) -> Checked {
    let name = runtime.facts.written_for().unwrap_or(&runtime.facts.adapter);
    let dialect = Dialect::from_name(name).unwrap_or(Dialect::Generic);
    let rendered = nodes::render(runtime);
    let catalog = catalog(&runtime.project.target_path);
    let list = project_nodes(runtime, &rendered, &catalog, dialect);
    let mut checked = Checked { lineage: project(&list, dialect), ..Checked::default() };
    for item in &rendered {
        one(item, dialect, &mut checked);
    }
    checked
}

/// What the last catalog says of sources, by unique id; nothing where there is none.
fn catalog(target: &Path) -> Map<String, Value> {
    let text = std::fs::read_to_string(target.join("catalog.json")).ok();
    let json: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    json.and_then(|json| json.get("sources").and_then(Value::as_object).cloned()).unwrap_or_default()
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
    checked.findings.extend(found);
}

/// A finding at the line of the template.
fn told(item: &Rendered, finding: &Finding) -> Diagnostic {
    let is_mild = finding.rule.is_hint() || finding.is_unread;
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
