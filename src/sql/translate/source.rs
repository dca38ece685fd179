//! The author's text: places by line and column, and the marks that carry them through translation.

use sqlparser::tokenizer::Location;

/// Opens a mark in text that is being written; never part of a statement (a noncharacter).
const OPEN: char = '\u{fdd0}';
/// Closes a mark.
const CLOSE: char = '\u{fdd1}';

/// The text that is translated.
pub struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
    /// Whether every character is one byte.
    narrow: bool,
}

impl<'a> Source<'a> {
    /// A text and where its lines begin.
    pub fn new(text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, lines, narrow: text.is_ascii() }
    }

    /// Whether the text holds the characters that marks are made of.
    pub fn holds_marks(&self) -> bool {
        self.text.contains([OPEN, CLOSE])
    }

    /// The byte of a place of the parser (lines and columns from 1; 0 where it knows none).
    pub fn offset(&self, place: Location) -> Option<usize> {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let start = *self.lines.get(line)?;
        if self.narrow {
            return Some((start + column).min(self.text.len()));
        }
        let rest = &self.text[start..];
        Some(start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
    }

    /// Line and column of a byte, both from 1.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1) - 1;
        let start = self.lines.get(line).copied().unwrap_or_default();
        (line + 1, self.text.get(start..offset).unwrap_or_default().chars().count() + 1)
    }
}

/// A mark for a place of the author's text.
pub fn mark(offset: usize) -> String {
    format!("{OPEN}{offset}{CLOSE}")
}

/// Takes the marks out of a text: the text, and for places in it the author's place, ascending.
pub fn unmark(marked: &str) -> (String, Vec<(usize, usize)>) {
    let mut text = String::with_capacity(marked.len());
    let mut places = Vec::new();
    let mut rest = marked;
    while let Some(at) = rest.find(OPEN) {
        text.push_str(&rest[..at]);
        let inside = &rest[at + OPEN.len_utf8()..];
        let Some(end) = inside.find(CLOSE) else { break };
        if let Ok(offset) = inside[..end].parse() {
            places.push((text.len(), offset));
        }
        rest = &inside[end + CLOSE.len_utf8()..];
    }
    text.push_str(rest);
    (text, places)
}
