//! A YAML text, some lines of which are indented further than in the file.
//!
//! Inside brackets and quotes the indentation of a line says nothing, and libyaml, by which dbt reads, lets such a line
//! stand further left than the mapping around it. Our parser takes the specification at its word and refuses it. So a
//! line that it refuses is moved to the right, which changes no value, and the file is parsed again.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::ScanError;

/// The text, and how far its lines were moved.
pub(super) struct Indented<'t> {
    original: &'t str,
    text: Cow<'t, str>,
    /// By line, counted from 1: the blanks put before it.
    moved: HashMap<usize, usize>,
}

impl<'t> Indented<'t> {
    pub(super) fn new(original: &'t str) -> Self {
        Self { original, text: Cow::Borrowed(original), moved: HashMap::new() }
    }

    /// What the parser reads.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The column in the file of a column in the text.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        column.saturating_sub(self.moved.get(&line).copied().unwrap_or_default())
    }

    /// Moves the lines that an error complains of; false if it is about something else, or they were moved before.
    pub(super) fn make_way(&mut self, error: &ScanError) -> bool {
        let line = error.marker().line();
        let lines = match error.info() {
            // Indentation is judged by itself only inside brackets: outside, it opens and closes blocks.
            "invalid indentation" | "invalid indentation in flow construct" => line..=line,
            "invalid indentation in quoted scalar" => line + 1..=self.end_of_quoted(line, error.marker().col()),
            _ => return false,
        };
        let pad = 1 + self.original.lines().map(|line| line.len() - line.trim_start().len()).max().unwrap_or_default();
        let before = self.moved.len();
        for line in lines {
            self.moved.entry(line).or_insert(pad);
        }
        if self.moved.len() == before {
            return false;
        }
        let lines = self.original.split_inclusive('\n').enumerate();
        self.text = Cow::Owned(
            lines
                .map(|(index, line)| {
                    format!("{:1$}{line}", "", self.moved.get(&(index + 1)).copied().unwrap_or_default())
                })
                .collect(),
        );
        true
    }

    /// The line of the quote that closes the text opened at a place; the last line if none does.
    fn end_of_quoted(&self, line: usize, column: usize) -> usize {
        let column = self.column(line, column);
        let mut characters =
            self.original.split_inclusive('\n').skip(line - 1).flat_map(str::chars).skip(column).peekable();
        let quote = characters.next();
        let mut at = line;
        while let Some(character) = characters.next() {
            match character {
                '\n' => at += 1,
                // An escaped line break is a line break all the same.
                '\\' if quote == Some('"') && characters.peek() != Some(&'\n') => {
                    characters.next();
                }
                '\'' if quote == Some('\'') && characters.peek() == Some(&'\'') => {
                    characters.next();
                }
                _ if Some(character) == quote => return at,
                _ => {}
            }
        }
        at
    }
}
