//! Finds the tags of a template (`{{ }}`, `{% %}`, `{# #}`, raw sections) without understanding them.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};

/// What a tag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{ .. }}`.
    Expression,
    /// `{% .. %}`.
    Statement,
    /// From `{% raw %}` to `{% endraw %}`.
    Raw,
}

/// One tag; all ranges are bytes of the file.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    /// With delimiters.
    pub(super) range: Range<usize>,
    /// Without delimiters and whitespace signs.
    pub(super) inner: Range<usize>,
    /// The first word of a statement.
    pub(super) keyword: Range<usize>,
}

impl Tag {
    /// The first word of a statement.
    pub(super) fn keyword<'a>(&self, source: &'a SourceFile) -> &'a str {
        &source.text()[self.keyword.clone()]
    }
}

/// All tags of a part of a file but comments, in order.
pub(super) fn tags(source: &Arc<SourceFile>, range: Range<usize>) -> Result<Vec<Tag>> {
    Scanner { source, text: source.text(), end: range.end }.run(range.start)
}

struct Scanner<'a> {
    source: &'a Arc<SourceFile>,
    text: &'a str,
    end: usize,
}

impl Scanner<'_> {
    fn run(&self, start: usize) -> Result<Vec<Tag>> {
        let bytes = self.text.as_bytes();
        let mut found = Vec::new();
        let mut at = start;
        while at + 1 < self.end {
            if bytes[at] != b'{' {
                at += 1;
                continue;
            }
            match bytes[at + 1] {
                b'#' => at = self.comment_end(at)?,
                b'{' => {
                    let tag = self.tag(at, TagKind::Expression)?;
                    at = tag.range.end;
                    found.push(tag);
                }
                b'%' => {
                    let mut tag = self.tag(at, TagKind::Statement)?;
                    if tag.keyword(self.source) == "raw" {
                        tag.kind = TagKind::Raw;
                        tag.inner = tag.range.end..tag.range.end;
                        tag.range.end = self.raw_end(&tag)?;
                    }
                    at = tag.range.end;
                    found.push(tag);
                }
                _ => at += 1,
            }
        }
        Ok(found)
    }

    fn find(&self, from: usize, pattern: &str) -> Option<usize> {
        self.text.get(from..self.end)?.find(pattern).map(|at| at + from)
    }

    fn comment_end(&self, start: usize) -> Result<usize> {
        match self.find(start + 2, "#}") {
            Some(at) => Ok(at + 2),
            None => Err(self.unclosed(start, "comment", "#}")),
        }
    }

    fn tag(&self, start: usize, kind: TagKind) -> Result<Tag> {
        let bytes = self.text.as_bytes();
        let (name, close) = match kind {
            TagKind::Expression => ("expression", "}}"),
            _ => ("tag", "%}"),
        };
        let mut inner = start + 2;
        if inner < self.end && matches!(bytes[inner], b'-' | b'+') {
            inner += 1;
        }
        let mut at = inner;
        let mut depth = 0usize;
        while at < self.end {
            match bytes[at] {
                quote @ (b'\'' | b'"') => at = self.string_end(at, quote)?,
                // `{{ {'a': {}} }}`: a brace of a dictionary does not close the tag.
                b'{' => {
                    depth += 1;
                    at += 1;
                }
                b'}' if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                _ if bytes[at..self.end].starts_with(close.as_bytes()) => {
                    let mut inner_end = at;
                    if inner_end > inner && matches!(bytes[inner_end - 1], b'-' | b'+') {
                        inner_end -= 1;
                    }
                    let inner = inner..inner_end;
                    let keyword = word(self.text, &inner);
                    return Ok(Tag { kind, range: start..at + close.len(), inner, keyword });
                }
                _ => at += 1,
            }
        }
        Err(self.unclosed(start, name, close))
    }

    fn string_end(&self, start: usize, quote: u8) -> Result<usize> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while at < self.end {
            match bytes[at] {
                b'\\' => at += 2,
                byte if byte == quote => return Ok(at + 1),
                _ => at += 1,
            }
        }
        let end = self.line_end(start);
        let diagnostic = Diagnostic::error(Class::Compilation, "unexpected end of file: a string is not closed")
            .label(Span::new(self.source, start..end), "the string starts here")
            .help(format!("close it with {}", char::from(quote)));
        Err(Box::new(diagnostic))
    }

    fn raw_end(&self, tag: &Tag) -> Result<usize> {
        let mut at = tag.range.end;
        while let Some(open) = self.find(at, "{%") {
            let rest = self.text[open + 2..self.end].trim_start_matches(['-', '+']).trim_start();
            if rest.starts_with("endraw")
                && let Some(close) = self.find(open, "%}")
            {
                return Ok(close + 2);
            }
            at = open + 2;
        }
        Err(self.unclosed(tag.range.start, "raw section", "{% endraw %}"))
    }

    fn line_end(&self, start: usize) -> usize {
        self.text[start..self.end].find('\n').map_or(self.end, |at| at + start)
    }

    fn unclosed(&self, start: usize, what: &str, close: &str) -> Box<Diagnostic> {
        let span = Span::new(self.source, start..(start + 2).min(self.end));
        let diagnostic = Diagnostic::error(Class::Compilation, format!("unexpected end of file: {what} is not closed"))
            .label(span, format!("the {what} starts here"))
            .help(format!("close it with `{close}`"));
        Box::new(diagnostic)
    }
}

/// The first word of a range, empty where it starts with something else.
pub(super) fn word(text: &str, range: &Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    let length = text[start..range.end]
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(range.end - start);
    start..start + length
}
