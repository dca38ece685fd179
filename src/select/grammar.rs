//! Reads the text of `--select` and `--exclude`: blanks unite, commas intersect.

use std::ops::Range;
use std::sync::Arc;

use super::{Criterion, Expression, Indirect, Method, Operator, Set};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};

/// Reads the values of an option as one union; `option` names it in messages (`--select`).
///
/// # Errors
/// A criterion that cannot be read.
pub fn union(values: &[String], option: &str, indirect: Indirect) -> Result<Expression> {
    let source = SourceFile::new(format!("<{option}>"), values.join(" "));
    let mut parts = Vec::new();
    for word in split(source.text(), 0..source.text().len(), char::is_whitespace) {
        // dbt: every further blank is a criterion that matches nothing; only a wholly blank value is one here.
        if !word.is_empty() {
            parts.push(intersection(&source, word, indirect)?);
        }
    }
    if parts.is_empty() && !values.is_empty() {
        parts.push(intersection(&source, 0..0, indirect)?);
    }
    Ok(Expression::Set(Set { operator: Operator::Union, parts, indirect, expected: None }))
}

fn intersection(source: &Arc<SourceFile>, range: Range<usize>, indirect: Indirect) -> Result<Expression> {
    let mut parts = Vec::new();
    for part in split(source.text(), range.clone(), |letter| letter == ',') {
        parts.push(Expression::Criterion(Box::new(criterion(Span::new(source, part), indirect)?)));
    }
    let expected = Some(Span::new(source, range));
    Ok(Expression::Set(Set { operator: Operator::Intersection, parts, indirect, expected }))
}

fn split(text: &str, range: Range<usize>, separates: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    for (at, letter) in text[range.clone()].char_indices().filter(|(_, letter)| separates(*letter)) {
        pieces.push(start..range.start + at);
        start = range.start + at + letter.len_utf8();
    }
    pieces.push(start..range.end);
    pieces
}

/// Reads one criterion: `@`, `2+`, `method.argument:`, value, `+3`.
///
/// # Errors
/// An unknown method, `@` together with a trailing `+`, or a depth that is no number.
pub fn criterion(span: Span, indirect: Indirect) -> Result<Criterion> {
    let text = span.source.text().get(span.range.clone()).unwrap_or_default();
    let part =
        |range: Range<usize>| Span::new(&span.source, span.range.start + range.start..span.range.start + range.end);
    let mut at = 0;
    let childrens_parents = text.starts_with('@');
    at += usize::from(childrens_parents);

    let digits = text[at..].len() - text[at..].trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let parents = text[at + digits..].starts_with('+');
    let mut parents_depth = None;
    if parents {
        parents_depth = depth(&text[at..at + digits], || part(at..at + digits))?;
        at += digits + 1;
    }

    let mut method_range = None;
    if let Some(colon) = text[at..].find(':') {
        let name = &text[at..at + colon];
        if !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.') {
            method_range = Some(at..at + colon);
            at += colon + 1;
        }
    }

    let body = &text[at..];
    let trailing = body.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let (value, children, children_depth) = match trailing.strip_suffix('+') {
        Some(value) => {
            let from = at + trailing.len();
            (value, true, depth(&text[from..], || part(from..text.len()))?)
        }
        None => (body, false, None),
    };

    if childrens_parents && children {
        let plus = at + value.len();
        return Err(Box::new(
            Diagnostic::error(
                Class::Usage,
                format!("Invalid node spec {text} - \"@\" prefix and \"+\" suffix are incompatible"),
            )
            .label(part(plus..text.len()), "`@` selects all descendants already")
            .help(format!("write `{}`", &text[..plus])),
        ));
    }
    let method = match method_range {
        Some(range) => Method::parse(&text[range.clone()], &part(range))?,
        None => Method::by_shape(value),
    };
    let value = value.to_owned();
    Ok(Criterion {
        span,
        method,
        value,
        literal: None,
        childrens_parents,
        parents,
        parents_depth,
        children,
        children_depth,
        indirect,
    })
}

fn depth(digits: &str, span: impl Fn() -> Span) -> Result<Option<usize>> {
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| {
        Box::new(
            Diagnostic::error(Class::Usage, format!("Invalid node spec - could not handle depth {digits}"))
                .label(span(), "too large")
                .help("write `+` without a number for all steps"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Criterion> {
        let source = SourceFile::new("<--select>", text);
        criterion(Span::new(&source, 0..text.len()), Indirect::Eager)
    }

    #[test]
    fn operators_surround_method_and_value() {
        let found = read("2+tag:a+3").unwrap();
        assert_eq!((found.method.clone(), found.value.as_str()), (Method::Tag, "a"));
        assert!(found.parents && found.children && !found.childrens_parents);
        assert_eq!((found.parents_depth, found.children_depth), (Some(2), Some(3)));
        assert_eq!(found.respelled("tag:b"), "2+tag:b+3");
        let found = read("@config.meta.owner:x:y").unwrap();
        assert_eq!(found.method, Method::Config(vec!["meta".to_owned(), "owner".to_owned()]));
        assert!(found.childrens_parents && found.value == "x:y");
        assert_eq!(read("+5").unwrap().value, "5");
        assert_eq!(read("3+").unwrap().parents_depth, Some(3));
        assert_eq!(read("a++").unwrap().value, "a+");
        assert_eq!(read("a+b").unwrap().value, "a+b");
        assert_eq!(read("model2").unwrap().value, "model2");
        assert_eq!(read("my-tag:a").unwrap().method, Method::Fqn);
    }

    #[test]
    fn shape_gives_the_method() {
        for (text, method) in [
            ("orders", Method::Fqn),
            ("marts.audience", Method::Fqn),
            ("models/marts", Method::Path),
            ("+./models/marts/+", Method::Path),
            ("orders.sql", Method::File),
            ("orders.SQL+", Method::File),
            ("orders.py", Method::File),
            ("raw.csv", Method::File),
            ("schema.yml", Method::File),
        ] {
            assert_eq!(read(text).unwrap().method, method, "{text}");
        }
    }

    #[test]
    fn mistakes_have_places() {
        let error = read("+tog:x").unwrap_err();
        assert_eq!(error.message, "'tog' is not a valid method name");
        assert_eq!(error.span().unwrap().range, 1..4);
        assert!(error.help[0].contains("`tag`"), "{:?}", error.help);
        let error = read("@a+2").unwrap_err();
        assert_eq!(error.span().unwrap().range, 2..4);
        assert!(read("99999999999999999999999+a").is_err());
    }

    #[test]
    fn blanks_unite_and_commas_intersect() {
        let values = ["a  b,tag:c".to_owned(), "d".to_owned()];
        let Expression::Set(set) = union(&values, "--select", Indirect::Eager).unwrap() else { panic!() };
        assert_eq!(set.operator, Operator::Union);
        let texts: Vec<Vec<&str>> =
            set.parts.iter().map(|part| part.criteria().into_iter().map(Criterion::text).collect()).collect();
        assert_eq!(texts, [vec!["a"], vec!["b", "tag:c"], vec!["d"]]);
        assert_eq!(union(&[String::new()], "--select", Indirect::Eager).unwrap().criteria().len(), 1);
    }
}
