//! A diagnostic as plain text, in the form that dbt gives to messages of results.

use super::NodeFacts;
use crate::diagnostic::Diagnostic;

/// `Compilation Error`, then the message, place and help indented by two.
pub fn plain(diagnostic: &Diagnostic) -> String {
    plain_in(diagnostic, None)
}

/// The same with the node in the heading: `Database Error in model orders (models/orders.sql)`.
pub fn plain_in(diagnostic: &Diagnostic, node: Option<&NodeFacts>) -> String {
    let mut body = vec![diagnostic.message.trim_end().to_owned()];
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let text = if label.text.is_empty() { String::new() } else { format!(": {}", label.text) };
        // The first text says what the message says; the place alone is news.
        let text = if index == 0 { String::new() } else { text };
        body.push(format!("--> {}{text}", label.span));
    }
    for frame in &diagnostic.trace {
        body.push(format!("called from {} at {}", frame.name, frame.span));
    }
    for note in &diagnostic.notes {
        body.push(format!("note: {note}"));
    }
    for help in &diagnostic.help {
        body.push(format!("help: {help}"));
    }
    let heading = heading(diagnostic, node);
    format!("{heading}\n{}", indent(&body.join("\n")))
}

/// Several diagnostics one below the other, with their number when there are more than one.
pub fn plain_all(diagnostics: &[Diagnostic]) -> String {
    let mut parts: Vec<String> = diagnostics.iter().map(plain).collect();
    if diagnostics.len() > 1 {
        parts.push(format!("{} errors", diagnostics.len()));
    }
    parts.join("\n\n")
}

/// Every non-empty line two to the right.
pub fn indent(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    lines.join("\n")
}

fn heading(diagnostic: &Diagnostic, node: Option<&NodeFacts>) -> String {
    match node {
        Some(node) => format!(
            "{} in {} {} ({})",
            diagnostic.class.heading(),
            node.resource_type,
            node.versioned_name(),
            node.original_file_path
        ),
        None => diagnostic.class.heading().to_owned(),
    }
}
