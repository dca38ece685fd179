//! A text, changed by edits, that still knows where each of its bytes came from.

use std::ops::Range;

/// Changes to one text, given in the coordinates of that text.
#[derive(Debug, Default)]
pub(super) struct Edits {
    items: Vec<Edit>,
}

#[derive(Debug)]
struct Edit {
    range: Range<usize>,
    /// At one place, text that closes an inner construct precedes text that opens a new one.
    rank: u8,
    text: String,
}

impl Edits {
    /// Puts `text` in front of what starts at `at`.
    pub(super) fn open(&mut self, at: usize, text: impl Into<String>) {
        self.items.push(Edit { range: at..at, rank: 1, text: text.into() });
    }

    /// Puts `text` behind what ends at `at`.
    pub(super) fn close(&mut self, at: usize, text: impl Into<String>) {
        self.items.push(Edit { range: at..at, rank: 0, text: text.into() });
    }

    /// Puts `text` in the place of `range`.
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.items.push(Edit { range, rank: 2, text: text.into() });
    }

    /// The changed text; edits that lie inside a replaced range are dropped.
    pub(super) fn apply(mut self, text: &str) -> (String, OffsetMap) {
        self.items.sort_by_key(|edit| (edit.range.start, edit.rank));
        let mut out = String::with_capacity(text.len() + self.items.len() * 8);
        let mut pieces = Vec::with_capacity(self.items.len() * 2 + 1);
        let mut at = 0;
        for edit in self.items {
            if edit.range.start < at {
                continue;
            }
            if edit.range.start > at {
                pieces.push(Piece { new: out.len(), old: at, kept: true });
                out.push_str(&text[at..edit.range.start]);
            }
            pieces.push(Piece { new: out.len(), old: edit.range.start, kept: false });
            out.push_str(&edit.text);
            at = edit.range.end;
        }
        pieces.push(Piece { new: out.len(), old: at, kept: true });
        out.push_str(&text[at..]);
        (out, OffsetMap { pieces })
    }
}

/// From offsets in a changed text back to the text it was made from.
#[derive(Debug, Default)]
pub(super) struct OffsetMap {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    new: usize,
    old: usize,
    kept: bool,
}

impl OffsetMap {
    /// The old place of a new offset; inserted text stands for the place it was inserted at.
    pub(super) fn old(&self, new: usize) -> usize {
        match self.pieces.partition_point(|piece| piece.new <= new).checked_sub(1) {
            None => new,
            Some(index) => {
                let piece = &self.pieces[index];
                if piece.kept { piece.old + (new - piece.new) } else { piece.old }
            }
        }
    }

    /// The old place of the end of a range: text inserted right there is not counted.
    pub(super) fn old_end(&self, new: usize) -> usize {
        match new.checked_sub(1) {
            None => self.old(0),
            Some(last) => {
                let index = self.pieces.partition_point(|piece| piece.new <= last);
                let Some(piece) = index.checked_sub(1).and_then(|index| self.pieces.get(index)) else {
                    return new;
                };
                if piece.kept {
                    return piece.old + (new - piece.new);
                }
                // The end of replaced text is where the next piece starts.
                self.pieces.get(index).map_or(piece.old, |next| next.old)
            }
        }
    }

    /// The old place of a range.
    pub(super) fn old_range(&self, new: &Range<usize>) -> Range<usize> {
        let start = self.old(new.start);
        start..self.old_end(new.end).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_knows_its_origin() {
        let mut edits = Edits::default();
        edits.open(3, "f(");
        edits.replace(5..6, ",");
        edits.close(8, ")");
        let (text, map) = edits.apply("{{ a + b }}");
        assert_eq!(text, "{{ f(a ,b ) }}".replace("b )", " b)"));
        assert_eq!(map.old(5), 3);
        assert_eq!(map.old_range(&(3..text.find(" }}").unwrap())), 3..8);
        assert_eq!(map.old(text.len()), 11);
    }
}
