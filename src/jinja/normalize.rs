//! What Jinja2 accepts and the engine's parser does not, written so that it does.
//!
//! Works on tags and brackets alone, before there is a syntax tree: `{% do x %}` becomes a call, a colon
//! after `{% if x %}` goes, `x[a, b]` and `{{ a, b }}` get the parentheses of a tuple, line ends become `\n`.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::SourceFile;

use super::offsets::Edits;
use super::scan::{Tag, TagKind};

/// Adds the changes for a part of a file that starts at `base`; edits count from there.
pub(super) fn normalize(source: &Arc<SourceFile>, range: &Range<usize>, tags: &[Tag], edits: &mut Edits) {
    let text = source.text();
    let base = range.start;
    if text[range.clone()].contains('\r') {
        for (at, _) in text[range.clone()].match_indices('\r') {
            let bare = text.as_bytes().get(base + at + 1) != Some(&b'\n');
            edits.replace(at..at + 1, if bare { "\n" } else { "" });
        }
    }
    for tag in tags {
        if tag.kind != TagKind::Raw && !text[tag.inner.clone()].is_ascii() {
            blanks(text, &tag.inner, base, edits);
        }
        if tag.kind != TagKind::Raw {
            long_integers(text, &tag.inner, base, edits);
        }
        let inner = trimmed(text, &tag.inner);
        match tag.kind {
            TagKind::Raw => {}
            TagKind::Expression => {
                let scan = Brackets::scan(text, &inner);
                scan.subscripts(base, edits);
                if scan.comma {
                    edits.open(inner.start - base, "(");
                    edits.close(inner.end - base, ")");
                }
            }
            TagKind::Statement => statement(source, tag, inner, base, edits),
        }
    }
}

/// Jinja2 takes any blank of Unicode, such as one that does not break, for a blank between words.
fn blanks(text: &str, range: &Range<usize>, base: usize, edits: &mut Edits) {
    let mut quote = None;
    let mut letters = text[range.clone()].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if quote.is_some() => {
                letters.next();
            }
            '\'' | '"' if quote.is_none() => quote = Some(letter),
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_none() && letter.is_whitespace() && !letter.is_ascii() => {
                let at = range.start + at - base;
                edits.replace(at..at + letter.len_utf8(), " ");
            }
            _ => {}
        }
    }
}

/// The shortest integer, in hexadecimal with its prefix, that 128 bits cannot hold.
const LONG: usize = 35;

/// Writes integers that the engine has no type for as the texts of their decimals: they put out what Python's put out,
/// and to calculate with them is an error instead of a wrong number.
fn long_integers(text: &str, range: &Range<usize>, base: usize, edits: &mut Edits) {
    let inner = &text[range.clone()];
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !inner.as_bytes().split(|byte| !is_word(*byte)).any(|word| word.len() >= LONG && word[0].is_ascii_digit()) {
        return;
    }
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            byte if is_word(byte) => {
                let end = bytes[at..].iter().position(|byte| !is_word(*byte)).map_or(bytes.len(), |length| at + length);
                let fraction = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
                if end - at >= LONG
                    && !fraction
                    && let Some(decimals) = decimals(&inner[at..end])
                {
                    let start = range.start - base;
                    edits.replace(start + at..start + end, format!("\"{decimals}\""));
                }
                at = end;
            }
            _ => at += 1,
        }
    }
}

/// The decimals of an integer as Python writes it, if 128 bits are too few for it.
fn decimals(literal: &str) -> Option<String> {
    let digits = literal.replace('_', "");
    let (digits, radix) = match digits.get(..2)?.to_ascii_lowercase().as_str() {
        "0x" => (&digits[2..], 16),
        "0o" => (&digits[2..], 8),
        "0b" => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    if u128::from_str_radix(digits, radix).is_ok() {
        return None;
    }
    // Nine decimals each, the lowest first.
    let mut groups: Vec<u64> = vec![0];
    for digit in digits.chars() {
        let mut carry = u64::from(digit.to_digit(radix)?);
        for group in &mut groups {
            carry += *group * u64::from(radix);
            *group = carry % 1_000_000_000;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            groups.push(carry);
        }
    }
    let highest = groups.pop()?;
    let lower = groups.iter().rev().map(|group| format!("{group:09}"));
    Some(std::iter::once(highest.to_string()).chain(lower).collect())
}

fn statement(source: &SourceFile, tag: &Tag, mut inner: Range<usize>, base: usize, edits: &mut Edits) {
    let text = source.text();
    let keyword = tag.keyword(source);
    if matches!(keyword, "if" | "elif" | "else" | "for") && text[inner.clone()].ends_with(':') {
        edits.replace(inner.end - 1 - base..inner.end - base, "");
        inner.end -= 1;
        inner = trimmed(text, &inner);
    }
    let rest = trimmed(text, &(tag.keyword.end..inner.end.max(tag.keyword.end)));
    if keyword == "do" && !rest.is_empty() {
        edits.open(rest.start - base, " __do(");
        edits.close(rest.end - base, ")");
    }
    let scan = Brackets::scan(text, &rest);
    scan.subscripts(base, edits);
    if keyword == "for"
        && scan.comma
        && let Some(at) = scan.after_in
        && !scan.has_if
    {
        let items = trimmed(text, &(at..rest.end));
        if Brackets::scan(text, &items).comma {
            edits.open(items.start - base, "(");
            edits.close(items.end - base, ")");
        }
    }
}

fn trimmed(text: &str, range: &Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    let end = range.start + inner.trim_end().len();
    start..end.max(start)
}

/// What brackets and commas say about an expression.
#[derive(Default)]
struct Brackets {
    /// A comma outside of all brackets.
    comma: bool,
    /// Behind the first `in` outside of all brackets.
    after_in: Option<usize>,
    has_if: bool,
    /// The insides of subscripts with a comma.
    tuples: Vec<Range<usize>>,
    /// Signs in front of an operand, as in `+x`.
    pluses: Vec<usize>,
}

impl Brackets {
    fn scan(text: &str, range: &Range<usize>) -> Self {
        let bytes = text.as_bytes();
        let mut found = Self::default();
        let mut open: Vec<(usize, bool, bool)> = Vec::new();
        let mut before_operand = true;
        let mut at = range.start;
        while at < range.end {
            match bytes[at] {
                quote @ (b'\'' | b'"') => {
                    at += 1;
                    while at < range.end && bytes[at] != quote {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    before_operand = false;
                }
                byte @ (b'(' | b'[' | b'{') => {
                    open.push((at, byte == b'[' && !before_operand, false));
                    before_operand = true;
                }
                b')' | b']' | b'}' => {
                    if let Some((start, subscript, comma)) = open.pop()
                        && subscript
                        && comma
                    {
                        found.tuples.push(start + 1..at);
                    }
                    before_operand = false;
                }
                b',' => {
                    match open.last_mut() {
                        Some(last) => last.2 = true,
                        None => found.comma = true,
                    }
                    before_operand = true;
                }
                byte if byte.is_ascii_whitespace() => {}
                byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                    let start = at;
                    while at < range.end
                        && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || bytes[at] >= 0x80)
                    {
                        at += 1;
                    }
                    let word = &text[start..at];
                    before_operand = matches!(word, "in" | "not" | "and" | "or" | "if" | "else" | "is");
                    if open.is_empty() {
                        found.has_if |= word == "if";
                        if word == "in" && found.after_in.is_none() {
                            found.after_in = Some(at);
                        }
                    }
                    continue;
                }
                byte => {
                    if byte == b'+' && before_operand {
                        found.pluses.push(at);
                    }
                    before_operand = true;
                }
            }
            at += 1;
        }
        found
    }

    fn subscripts(&self, base: usize, edits: &mut Edits) {
        for &plus in &self.pluses {
            edits.replace(plus - base..plus + 1 - base, " ");
        }
        for tuple in &self.tuples {
            edits.open(tuple.start - base, "(");
            edits.close(tuple.end - base, ")");
        }
    }
}
