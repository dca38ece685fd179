//! A text that a user wrote (a model, a macro file, a YAML file) and byte ranges in it.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// One file's text with the path that the user knows it by.
///
/// The path is relative to the project's folder for project files, and starts with `<` for texts that
/// are no file (`<inline>`, `<--vars>`).
pub struct SourceFile {
    path: String,
    text: String,
    /// Found when the first place is asked for: most files have nothing to complain of.
    line_starts: OnceLock<Vec<usize>>,
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl Eq for SourceFile {}

impl SourceFile {
    /// Keeps `text` under the display path `path`.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() })
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The path as shown to the user.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column, both from 1, of a byte offset; offsets past the end give the last place.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts().partition_point(|start| *start <= offset) - 1;
        let start = self.line_starts()[line];
        let column = self.text.get(start..offset).map_or(offset - start, |text| text.chars().count());
        Position { line: line + 1, column: column + 1 }
    }

    /// The byte range of a line (from 1) without its line end; an unknown line gives the empty end.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let Some(&start) = line.checked_sub(1).and_then(|index| self.line_starts().get(index)) else {
            return self.text.len()..self.text.len();
        };
        let end = self.line_starts().get(line).map_or(self.text.len(), |next| next - 1);
        start..start + self.text[start..end].trim_end_matches(['\r', '\n']).len()
    }

    /// The byte offset at which a line, counted from 1, starts; the end of the text where there is no such line.
    pub fn line_start(&self, line: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.line_starts().get(index));
        start.copied().unwrap_or(self.text.len())
    }

    /// The byte offset of a line and column, both from 1.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let range = self.line_range(line);
        let text = &self.text[range.clone()];
        range.start + text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at)
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SourceFile({})", self.path)
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A byte range of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text that the range lies in.
    pub source: Arc<SourceFile>,
    /// Byte offsets into the text.
    pub range: Range<usize>,
}

impl Span {
    /// The range `range` of `source`.
    pub fn new(source: &Arc<SourceFile>, range: Range<usize>) -> Self {
        Self { source: Arc::clone(source), range }
    }

    /// The start of a source: for errors that concern a file as a whole.
    pub fn file(source: &Arc<SourceFile>) -> Self {
        Self::new(source, 0..0)
    }

    /// A whole line, from 1, without its leading blanks.
    pub fn line(source: &Arc<SourceFile>, line: usize) -> Self {
        let range = source.line_range(line);
        let text = &source.text()[range.clone()];
        let indent = text.len() - text.trim_start().len();
        Self::new(source, range.start + indent..range.end)
    }

    /// Where the span starts.
    pub fn position(&self) -> Position {
        self.source.position(self.range.start)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position();
        write!(formatter, "{}:{line}:{column}", self.source.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = SourceFile::new("a.sql", "select 1\n  , 'é' as x\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        let at = source.text().find(" as x").unwrap();
        assert_eq!(source.position(at), Position { line: 2, column: 8 });
        assert_eq!(source.offset(2, 8), at);
        assert_eq!(&source.text()[Span::line(&source, 2).range], ", 'é' as x");
        assert_eq!(source.position(10_000).line, 3);
    }
}
