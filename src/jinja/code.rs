//! A template or macro, made ready for the engine: its rewritten text and the way back to the file.

use std::ops::Range;
use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};

use super::blocks::{Block, BlockKind, Head};
use super::normalize::normalize;
use super::offsets::{Edits, OffsetMap};
use super::rewrite::{Rewriter, StaticCall};
use super::scan;

/// Imports [`linker::LOADER`](super::linker::LOADER), which is read once for all templates.
const PREFIX: &str = "{% import '__loader' as __loader %}";

/// What the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A template that gives text.
    Root,
    /// A template that gives a value.
    Native,
    /// The body of a macro.
    Macro,
}

/// A rewritten text and all that leads back to the file it came from.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) id: u32,
    /// Whether it gives a value and not text.
    pub(super) native: bool,
    /// What a user calls it: `model orders`, `macro star`.
    pub(super) label: String,
    pub(super) source: Arc<SourceFile>,
    /// The text for the engine.
    pub(super) text: String,
    base: usize,
    normalized: OffsetMap,
    rewritten: OffsetMap,
    pub(super) pieces: Vec<Piece>,
    /// Places of calls, in the file.
    pub(super) sites: Vec<Range<usize>>,
    operands: Vec<Operand>,
    /// The calls that can be seen without rendering.
    pub(super) calls: Vec<StaticCall>,
}

/// A text chunk or an expression whose output is noted while rendering.
#[derive(Debug)]
pub(super) struct Piece {
    /// In the file.
    pub(super) range: Range<usize>,
    /// The text of a chunk.
    pub(super) text: Option<Value>,
    /// The `set`, `call` or `filter` block that captures it.
    pub(super) region: Option<u32>,
}

/// The base of an access or call: what is undefined where the access fails.
#[derive(Debug)]
pub(super) struct Operand {
    /// As the parser gives it, in the normalized text.
    pub(super) span: Range<usize>,
    /// The whole expression, in the file.
    pub(super) whole: Range<usize>,
    /// The base, or the left side of an operator, in the file.
    pub(super) base: Range<usize>,
    /// The right side of an operator.
    pub(super) right: Option<Range<usize>>,
}

impl Code {
    /// Prepares a template.
    pub(super) fn template(
        id: u32,
        form: Form,
        source: &Arc<SourceFile>,
        range: Range<usize>,
        label: &str,
    ) -> Result<Self> {
        let tags = scan::tags(source, range.clone())?;
        let mut edits = Edits::default();
        normalize(source, &range, &tags, &mut edits);
        let mut last = Edits::default();
        last.open(0, PREFIX);
        Self::build(Unbuilt { id, form, source, range, label, tags, edits, last })
    }

    /// Prepares a block as a macro of the name `m__x`.
    pub(super) fn block(id: u32, source: &Arc<SourceFile>, block: &Block, head: &Head, label: &str) -> Result<Self> {
        let range = block.range.clone();
        let tags = scan::tags(source, range.clone())?;
        let mut edits = Edits::default();
        let (first, rest) = tags.split_first().map_or((&tags[..], &tags[..]), |(_, rest)| (&tags[..1], rest));
        let base = range.start;
        for tag in first {
            head_edits(source, block, head, tag.inner.start, base, &mut edits);
        }
        normalize(source, &range, rest, &mut edits);
        edits.replace(block.tail_keyword.start - base..block.tail_keyword.end - base, "endmacro");
        Self::build(Unbuilt { id, form: Form::Macro, source, range, label, tags, edits, last: Edits::default() })
    }

    fn build(unbuilt: Unbuilt<'_>) -> Result<Self> {
        let Unbuilt { id, form, source, range, label, tags, edits, last } = unbuilt;
        let base = range.start;
        let (normal, normalized) = edits.apply(&source.text()[range]);
        let raw: Vec<Range<usize>> =
            tags.iter().filter(|tag| tag.kind == scan::TagKind::Raw).map(|tag| tag.range.clone()).collect();
        let tree = match minijinja::machinery::parse(&normal, "", minijinja::syntax::SyntaxConfig::default()) {
            Ok(tree) => tree,
            Err(error) => return Err(syntax_error(&error, source, base, &normalized)),
        };
        let mut rewriter = Rewriter::new(id, form, source, base, &normal, &normalized, &raw, last);
        rewriter.statement(&tree)?;
        let parts = rewriter.finish();
        let (text, rewritten) = parts.edits.apply(&normal);
        Ok(Self {
            id,
            native: form == Form::Native,
            label: label.to_owned(),
            source: Arc::clone(source),
            text,
            base,
            normalized,
            rewritten,
            pieces: parts.pieces,
            sites: parts.sites,
            operands: parts.operands,
            calls: parts.calls,
        })
    }

    /// The place in the file of a range of the rewritten text.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        let normal = self.rewritten.old_range(range);
        match self.operand(&normal) {
            Some(operand) => operand.whole.clone(),
            None => whole_letters(self.source.text(), file_range(&self.normalized, self.base, &normal)),
        }
    }

    /// The place of what an access, call or operator at a range of the rewritten text works on.
    pub(super) fn operand_at(&self, range: &Range<usize>, right: bool) -> Option<Range<usize>> {
        let operand = self.operand(&self.rewritten.old_range(range))?;
        if right { operand.right.clone() } else { Some(operand.base.clone()) }
    }

    fn operand(&self, normal: &Range<usize>) -> Option<&Operand> {
        self.operands.iter().find(|operand| operand.span == *normal)
    }

    /// A place in the file.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(&self.source, range)
    }
}

struct Unbuilt<'a> {
    id: u32,
    form: Form,
    source: &'a Arc<SourceFile>,
    range: Range<usize>,
    label: &'a str,
    tags: Vec<scan::Tag>,
    edits: Edits,
    last: Edits,
}

/// A range of a normalized text as a range of the file.
pub(super) fn file_range(map: &OffsetMap, base: usize, normal: &Range<usize>) -> Range<usize> {
    let old = map.old_range(normal);
    base + old.start..base + old.end
}

/// The range, widened to whole letters: the engine counts bytes.
fn whole_letters(text: &str, range: Range<usize>) -> Range<usize> {
    let start = (0..=range.start.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let end = (range.end.max(start)..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    start..end
}

/// Turns the opening tag of any block into that of a macro.
fn head_edits(source: &SourceFile, block: &Block, head: &Head, inner: usize, base: usize, edits: &mut Edits) {
    let text = source.text();
    let name = format!("m__{}", block.unique_name(head));
    match block.kind {
        BlockKind::Macro | BlockKind::Test => {
            edits.replace(inner - base..block.name_range.end - base, format!(" macro {name}"));
            for parameter in &head.parameters {
                if let Some(range) = &parameter.annotation_range {
                    edits.replace(range.start - base..range.end - base, "");
                }
            }
            earlier_parameters(block, head, text[block.head.clone()].ends_with("-%}"), base, edits);
            let mut extra = String::new();
            for special in ["varargs", "kwargs"] {
                if mentions(&text[block.body.clone()], special) && !head.parameters.iter().any(|p| p.name == special) {
                    if !head.parameters.is_empty() || !extra.is_empty() {
                        extra.push_str(", ");
                    }
                    extra.push_str(special);
                    extra.push_str("=none");
                }
            }
            edits.close(head.list_end - base, extra);
        }
        BlockKind::Materialization => {
            let languages = head.languages.clone().map_or("['sql']", |range| text[range].trim());
            let inner = inner - base..block.head_inner.end - base;
            edits.replace(inner, format!(" macro {name}(supported_languages={languages}) "));
        }
        BlockKind::Snapshot | BlockKind::Docs => {
            edits.replace(inner - base..block.head_inner.end - base, format!(" macro {name}() "));
        }
    }
}

/// A default may name an earlier parameter, which the engine does not know there: it is set in the body then.
fn earlier_parameters(block: &Block, head: &Head, head_trims: bool, base: usize, edits: &mut Edits) {
    let dependent = |index: usize| {
        let default = head.parameters[index].default.as_deref().unwrap_or_default();
        head.parameters[..index].iter().any(|earlier| mentions(default, &earlier.name))
    };
    if !(1..head.parameters.len()).any(dependent) {
        return;
    }
    let trim = if head_trims { "-" } else { "" };
    let mut prologue = String::new();
    for (index, parameter) in head.parameters.iter().enumerate() {
        if let (Some(default), Some(range)) = (&parameter.default, &parameter.default_range) {
            let independent = !dependent(index);
            edits.replace(
                range.start - base..range.end - base,
                if independent { format!("={default} ") } else { "=__missing ".to_owned() },
            );
            if !independent {
                prologue.push_str(&format!(
                    "{{%- set {0} = {default} if {0} is undefined else {0} {trim}%}}",
                    parameter.name
                ));
            }
        }
    }
    edits.close(block.head.end - base, prologue);
}

/// Whether a word occurs in a text.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
        !text[..at].chars().next_back().is_some_and(joins) && !text[at + word.len()..].chars().next().is_some_and(joins)
    })
}

fn syntax_error(error: &minijinja::Error, source: &Arc<SourceFile>, base: usize, map: &OffsetMap) -> Box<Diagnostic> {
    let message = error.detail().unwrap_or("syntax error").to_owned();
    let mut diagnostic = Diagnostic::error(Class::Compilation, message);
    if let Some(range) = error.range() {
        let mut range = file_range(map, base, &range);
        let length = source.text().len();
        range.end = range.end.max(range.start + 1).min(length);
        range.start = range.start.min(range.end);
        let range = whole_letters(source.text(), range);
        if let Some(word) = open_block(&source.text()[base..range.end])
            && diagnostic.message.contains("unexpected end of input")
        {
            diagnostic = diagnostic.help(format!("close the block with `{{% end{word} %}}`"));
        }
        if let Some(statement) = diagnostic.message.strip_prefix("unknown statement ").map(str::to_owned) {
            let before = open_block(&source.text()[base..range.start]);
            diagnostic = match before.filter(|_| statement.starts_with("end") || statement.starts_with("el")) {
                Some(word) => {
                    diagnostic.help(format!("the block to close first is `{{% {word} %}}`: `{{% end{word} %}}`"))
                }
                None => diagnostic.suggest(nearest(&statement, STATEMENTS.iter().copied())),
            };
        }
        diagnostic = diagnostic.label(Span::new(source, range), "");
    }
    Box::new(diagnostic)
}

/// Statements that a template may hold.
const STATEMENTS: [&str; 14] = [
    "if", "elif", "else", "endif", "for", "endfor", "set", "endset", "do", "call", "endcall", "macro", "endmacro",
    "raw",
];

/// The innermost block that a text opens and does not close.
fn open_block(text: &str) -> Option<&str> {
    let mut open = Vec::new();
    for (at, _) in text.match_indices("{%") {
        let inner = text[at + 2..].trim_start_matches(['-', '+']).trim_start();
        let word = inner.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        match word {
            "if" | "for" | "macro" | "call" | "filter" | "raw" | "test" | "materialization" | "snapshot" | "docs" => {
                open.push(word);
            }
            _ if open.last().is_some_and(|last| word.strip_prefix("end") == Some(*last)) => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}
