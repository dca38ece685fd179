//! A diagnostic as text with the source line and carets.
//!
//! The first line is dbt's heading (`Compilation Error`), since log readers know an error by it; the message
//! and the excerpt follow, indented by two.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::style::{Paint, count};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::outcome::{NodeFacts, indent};

/// One diagnostic; the node, where given, is named in the heading.
pub fn diagnostic(diagnostic: &Diagnostic, node: Option<&NodeFacts>, paint: Paint) -> String {
    let plain = crate::outcome::plain_in(diagnostic, node);
    let heading = plain.lines().next().unwrap_or_default().to_owned();
    let heading = match diagnostic.severity {
        Severity::Error => paint.red(&heading),
        Severity::Warning => paint.yellow(&heading),
    };
    format!("{heading}\n{}", indent(&body(diagnostic, paint)))
}

/// The message and the excerpt, without heading.
pub fn body(diagnostic: &Diagnostic, paint: Paint) -> String {
    let mut text = diagnostic.message.trim_end().to_owned();
    let excerpt = excerpt(diagnostic, paint);
    if !excerpt.is_empty() {
        text.push('\n');
        text.push_str(excerpt.trim_end());
    }
    text
}

/// Several diagnostics, each with its heading, and how many there are.
pub fn diagnostics(all: &[Diagnostic], paint: Paint) -> String {
    let mut parts: Vec<String> = all.iter().map(|one| diagnostic(one, None, paint)).collect();
    if all.len() > 1 {
        parts.push(count(all.len(), "error"));
    }
    parts.join("\n\n")
}

fn excerpt(diagnostic: &Diagnostic, paint: Paint) -> String {
    let notes = notes(diagnostic);
    if diagnostic.labels.is_empty() {
        let lines: Vec<String> = notes.into_iter().map(|(kind, text)| format!("{kind}: {text}")).collect();
        return lines.join("\n");
    }
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_level(level).elements(snippets(&diagnostic.labels));
    for (kind, text) in notes {
        let level = if kind == "help" { Level::HELP } else { Level::NOTE };
        group = group.element(level.message(text));
    }
    let renderer = match paint {
        Paint::Colored => Renderer::styled(),
        Paint::Plain => Renderer::plain(),
    };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// One excerpt for each source, with all its labels; the first label is the place of the mistake.
fn snippets(labels: &[Label]) -> Vec<Element<'_>> {
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut done: Vec<&str> = Vec::new();
    for label in labels {
        let source = &label.span.source;
        if done.contains(&source.path()) {
            continue;
        }
        done.push(source.path());
        if is_whole_file(label) {
            elements.push(Origin::path(source.path()).into());
            continue;
        }
        let mut snippet = Snippet::source(source.text()).path(source.path()).line_start(1).fold(true);
        for (index, other) in labels.iter().enumerate().filter(|(_, other)| other.span.source.path() == source.path()) {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(bounded(other));
            let text = (!other.text.is_empty()).then_some(other.text.as_str());
            snippet = snippet.annotation(annotation.label(text));
        }
        elements.push(snippet.into());
    }
    elements
}

fn is_whole_file(label: &Label) -> bool {
    label.span.range == (0..0) && label.text.is_empty() || label.span.source.text().is_empty()
}

/// The range within the text, on character borders, so that a stale span cannot end the program.
fn bounded(label: &Label) -> std::ops::Range<usize> {
    let text = label.span.source.text();
    let border = |mut offset: usize| {
        offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let start = border(label.span.range.start);
    start..border(label.span.range.end).max(start)
}

fn notes(diagnostic: &Diagnostic) -> Vec<(&'static str, String)> {
    let trace = diagnostic.trace.iter().map(|frame| ("note", format!("called from {} at {}", frame.name, frame.span)));
    let notes = diagnostic.notes.iter().map(|note| ("note", note.clone()));
    let help = diagnostic.help.iter().map(|help| ("help", help.clone()));
    trace.chain(notes).chain(help).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Class, Frame, SourceFile, Span};

    fn missing_ref() -> Diagnostic {
        let source =
            SourceFile::new("models/orders.sql", "with a as (select 1)\n\nselect *\nfrom {{ ref('stg_order') }}\n");
        let at = source.text().find("stg_order").unwrap();
        Diagnostic::error(
            Class::Compilation,
            "Model 'model.shop.orders' (models/orders.sql) depends on a node named 'stg_order' which was not found",
        )
        .label(Span::new(&source, at..at + 9), "no model, seed or snapshot has this name")
        .suggest(Some("stg_orders"))
    }

    #[test]
    fn a_missing_ref_points_at_its_name() {
        let expected = "\
Compilation Error
  Model 'model.shop.orders' (models/orders.sql) depends on a node named 'stg_order' which was not found
   --> models/orders.sql:4:14
    |
  4 | from {{ ref('stg_order') }}
    |              ^^^^^^^^^ no model, seed or snapshot has this name
    |
    = help: did you mean `stg_orders`?";
        assert_eq!(diagnostic(&missing_ref(), None, Paint::Plain), expected);
    }

    #[test]
    fn several_are_counted_and_stale_spans_are_harmless() {
        let source = SourceFile::new("macros/m.sql", "é");
        let call = SourceFile::new("models/a.sql", "{{ m() }}");
        let stale = Diagnostic::error(Class::Database, "boom")
            .label(Span::new(&source, 1..900), "here")
            .trace(vec![Frame { name: "model a".into(), span: Span::new(&call, 0..3) }]);
        let file = Diagnostic::error(Class::Parsing, "not YAML").label(Span::file(&call), "");
        let text = diagnostics(&[stale, file, missing_ref()], Paint::Plain);
        assert!(text.ends_with("\n\n3 errors"), "{text}");
        assert!(text.contains("called from model a at models/a.sql:1:1"), "{text}");
        assert!(text.contains("--> models/a.sql\n"), "{text}");
    }
}
