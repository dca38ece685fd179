//! Splits a file into its top-level blocks: macros, materializations, tests, snapshots, documentation.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, WarningKind, nearest};

use super::scan::{self, Tag, TagKind};

/// What a block defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// `{% macro %}`.
    Macro,
    /// `{% materialization %}`.
    Materialization,
    /// `{% test %}` and `{% data_test %}`.
    Test,
    /// `{% snapshot %}`.
    Snapshot,
    /// `{% docs %}`.
    Docs,
}

impl BlockKind {
    /// The kinds that may stand in a file of macros or of generic tests.
    pub const MACROS: &'static [Self] = &[Self::Macro, Self::Materialization, Self::Test];

    /// The kind that a tag's first word opens.
    fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "macro" => Self::Macro,
            "materialization" => Self::Materialization,
            "test" | "data_test" => Self::Test,
            "snapshot" => Self::Snapshot,
            "docs" => Self::Docs,
            _ => return None,
        })
    }

    /// The word that opens such a block.
    pub fn name(self) -> &'static str {
        match self {
            Self::Macro => "macro",
            Self::Materialization => "materialization",
            Self::Test => "test",
            Self::Snapshot => "snapshot",
            Self::Docs => "docs",
        }
    }
}

/// One block; all ranges are bytes of the file.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it defines.
    pub kind: BlockKind,
    /// The name as written.
    pub name: String,
    /// Where the name is written.
    pub name_range: Range<usize>,
    /// From the opening to the closing tag, both included.
    pub range: Range<usize>,
    /// The opening tag with its delimiters.
    pub head: Range<usize>,
    /// The inside of the opening tag.
    pub head_inner: Range<usize>,
    /// Between the tags.
    pub body: Range<usize>,
    /// The closing tag with its delimiters.
    pub tail: Range<usize>,
    /// The word in the closing tag.
    pub tail_keyword: Range<usize>,
}

/// The blocks of the kinds `wanted`, in order; other text at the top level is ignored as dbt ignores it.
///
/// # Errors
/// Tags do not go together.
pub fn blocks(source: &Arc<SourceFile>, wanted: &[BlockKind]) -> Result<Vec<Block>> {
    blocks_and_strays(source, wanted).map(|(found, _)| found)
}

/// The blocks, and a warning for every other tag outside of them, which dbt passes over.
///
/// # Errors
/// As [`blocks`].
pub fn blocks_and_strays(source: &Arc<SourceFile>, wanted: &[BlockKind]) -> Result<(Vec<Block>, Vec<Diagnostic>)> {
    let mut splitter = Splitter { source, wanted, found: Vec::new(), open: None, flow: Vec::new(), strays: Vec::new() };
    for tag in scan::tags(source, 0..source.text().len())? {
        if tag.kind == TagKind::Statement {
            splitter.statement(tag)?;
        }
    }
    splitter.finish()
}

struct Splitter<'a> {
    source: &'a Arc<SourceFile>,
    wanted: &'a [BlockKind],
    found: Vec<Block>,
    open: Option<(BlockKind, Tag)>,
    flow: Vec<Tag>,
    strays: Vec<Diagnostic>,
}

impl Splitter<'_> {
    fn statement(&mut self, tag: Tag) -> Result<()> {
        let source = Arc::clone(self.source);
        let keyword = tag.keyword(&source);
        let opens = BlockKind::of(keyword).is_some_and(|kind| self.wanted.contains(&kind));
        if self.open.is_none() && !opens && !matches!(keyword, "endif" | "endfor") {
            self.stray(&tag, keyword);
        }
        match keyword {
            "if" | "for" => self.flow.push(tag),
            "endif" | "endfor" => {
                self.flow_end(&tag, keyword)?;
                if self.open.is_none() {
                    self.stray(&tag, keyword);
                }
            }
            _ => match BlockKind::of(keyword).filter(|kind| self.wanted.contains(kind)) {
                Some(kind) => return self.start(kind, tag),
                None => {
                    let closes = self
                        .open
                        .as_ref()
                        .is_some_and(|(_, open)| keyword.strip_prefix("end") == Some(open.keyword(&source)));
                    if closes && let Some((kind, head)) = self.open.take() {
                        return self.end(kind, &head, &tag);
                    }
                    // dbt: outside of every block, an end without a beginning is only warned of.
                    if let Some((_, open)) = &self.open
                        && let Some(name) = keyword.strip_prefix("end")
                        && BlockKind::of(name).is_some_and(|kind| self.wanted.contains(&kind))
                    {
                        return Err(self.stray_end(open, &tag, keyword));
                    }
                }
            },
        }
        Ok(())
    }

    fn stray(&mut self, tag: &Tag, keyword: &str) {
        let message = format!("Found unexpected '{keyword}' block tag. in file `{}`", self.source.path());
        self.strays.push(
            Diagnostic::named(WarningKind::UnexpectedJinjaBlockDeprecation, message)
                .label(self.span(tag.range.clone()), "outside of every block: it does nothing here")
                .field("msg", format!("Found unexpected '{keyword}' block tag."))
                .field("file", self.source.path()),
        );
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    fn flow_end(&mut self, tag: &Tag, keyword: &str) -> Result<()> {
        let wanted = &keyword[3..];
        let Some(open) = self.flow.pop() else {
            let message =
                format!("got an unexpected control flow end tag, got {keyword} but never saw a preceding {wanted}");
            let diagnostic = Diagnostic::error(Class::Compilation, message)
                .label(self.span(tag.range.clone()), "closes nothing")
                .help(format!("remove it, or open it with `{{% {wanted} .. %}}`"));
            return Err(Box::new(diagnostic));
        };
        let opened = open.keyword(self.source);
        if opened == wanted {
            return Ok(());
        }
        let message = format!("got an unexpected control flow end tag, got {keyword} but expected end{opened} next");
        let diagnostic = Diagnostic::error(Class::Compilation, message)
            .label(self.span(tag.range.clone()), "")
            .label(self.span(open.range.clone()), format!("this `{opened}` is open"))
            .help(format!("close the `{opened}` with `{{% end{opened} %}}` first"));
        Err(Box::new(diagnostic))
    }

    fn start(&mut self, kind: BlockKind, tag: Tag) -> Result<()> {
        if let Some(flow) = self.flow.last() {
            let message =
                format!("got a {} block inside of a control flow block; it must be at the top level", kind.name());
            let diagnostic = Diagnostic::error(Class::Compilation, message)
                .label(self.span(tag.range), "")
                .label(self.span(flow.range.clone()), "this is still open")
                .help(format!("close it with `{{% end{} %}}` first", flow.keyword(self.source)));
            return Err(Box::new(diagnostic));
        }
        if let Some((outer, head)) = &self.open {
            let message =
                format!("got a {} block inside of a {} block; blocks cannot be nested", kind.name(), outer.name());
            let diagnostic = Diagnostic::error(Class::Compilation, message)
                .label(self.span(tag.range), "")
                .label(self.span(head.range.clone()), "this block is still open")
                .help(format!("close it with `{{% end{} %}}` first", head.keyword(self.source)));
            return Err(Box::new(diagnostic));
        }
        self.open = Some((kind, tag));
        Ok(())
    }

    fn end(&mut self, kind: BlockKind, head: &Tag, tail: &Tag) -> Result<()> {
        let text = self.source.text();
        let name_range = scan::word(text, &(head.keyword.end..head.inner.end));
        if name_range.is_empty() {
            let diagnostic =
                Diagnostic::error(Class::Compilation, format!("expected a name after `{}`", head.keyword(self.source)))
                    .label(self.span(head.range.clone()), "this block has no name");
            return Err(Box::new(diagnostic));
        }
        self.found.push(Block {
            kind,
            name: text[name_range.clone()].to_owned(),
            name_range,
            range: head.range.start..tail.range.end,
            head: head.range.clone(),
            head_inner: head.inner.clone(),
            body: head.range.end..tail.range.start,
            tail: tail.range.clone(),
            tail_keyword: tail.keyword.clone(),
        });
        Ok(())
    }

    fn stray_end(&self, open: &Tag, tag: &Tag, keyword: &str) -> Box<Diagnostic> {
        let opened = open.keyword(self.source);
        Box::new(
            Diagnostic::error(Class::Compilation, format!("got an unexpected end tag {keyword}"))
                .label(self.span(tag.range.clone()), "closes nothing")
                .label(self.span(open.range.clone()), format!("this `{opened}` is open"))
                .help(format!("write `end{opened}`")),
        )
    }

    fn finish(self) -> Result<(Vec<Block>, Vec<Diagnostic>)> {
        if let Some((kind, head)) = &self.open {
            let position = self.source.position(head.range.start);
            let keyword = head.keyword(self.source);
            let message = format!(
                "Reached EOF without finding a close tag for {} (searched from line {})",
                kind.name(),
                position.line
            );
            let diagnostic = Diagnostic::error(Class::Compilation, message)
                .label(self.span(head.range.clone()), "opened here")
                .help(format!("close it with `{{% end{keyword} %}}`"));
            return Err(Box::new(diagnostic));
        }
        Ok((self.found, self.strays))
    }
}

/// A parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The type annotation, as written.
    pub annotation: Option<String>,
    /// Where the annotation is, from its colon on.
    pub annotation_range: Option<Range<usize>>,
    /// The source text of the default.
    pub default: Option<String>,
    /// Where the default is, from its equals sign on.
    pub default_range: Option<Range<usize>>,
}

/// What the opening tag of a block says.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The parameters of a macro or test.
    pub parameters: Vec<Parameter>,
    /// The adapter of a materialization (`default` where none is named).
    pub adapter: String,
    /// The source text of `supported_languages`, where given.
    pub languages: Option<Range<usize>>,
    /// Where the parameter list ends, just before its closing parenthesis.
    pub list_end: usize,
}

impl Block {
    /// The name under which dbt keeps it: `test_x`, `materialization_x_duckdb`, or the plain name.
    pub fn unique_name(&self, head: &Head) -> String {
        match self.kind {
            BlockKind::Macro | BlockKind::Docs | BlockKind::Snapshot => self.name.clone(),
            BlockKind::Test => format!("test_{}", self.name),
            BlockKind::Materialization => format!("materialization_{}_{}", self.name, head.adapter),
        }
    }

    /// Reads the opening tag.
    pub fn read_head(&self, source: &Arc<SourceFile>) -> Result<Head> {
        let mut reader = HeadReader { source, text: source.text(), at: self.name_range.end, end: self.head_inner.end };
        match self.kind {
            BlockKind::Macro | BlockKind::Test => reader.parameters(self),
            BlockKind::Materialization => reader.materialization(self),
            BlockKind::Snapshot | BlockKind::Docs => Ok(Head { list_end: self.head_inner.end, ..Head::default() }),
        }
    }
}

struct HeadReader<'a> {
    source: &'a Arc<SourceFile>,
    text: &'a str,
    at: usize,
    end: usize,
}

impl HeadReader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..self.end];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        (self.at < self.end).then(|| self.text.as_bytes()[self.at])
    }

    fn error(&self, message: impl Into<String>, range: Range<usize>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(Class::Compilation, message).label(Span::new(self.source, range), ""))
    }

    fn word(&mut self) -> Range<usize> {
        let range = scan::word(self.text, &(self.at..self.end));
        self.at = range.end;
        range
    }

    /// Reads on to one of `stops` outside of brackets and strings.
    fn until(&mut self, stops: &[u8]) -> usize {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        while self.at < self.end {
            let byte = bytes[self.at];
            if depth == 0 && stops.contains(&byte) {
                break;
            }
            match byte {
                b'\'' | b'"' => {
                    self.at += 1;
                    while self.at < self.end && bytes[self.at] != byte {
                        self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
                    }
                }
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.end);
        self.at
    }

    fn parameters(&mut self, block: &Block) -> Result<Head> {
        if self.peek() != Some(b'(') {
            let message = format!("expected `(` after the name of {} `{}`", block.kind.name(), block.name);
            let diagnostic = self.error(message, block.name_range.clone());
            return Err(Box::new(diagnostic.help(format!("write `{{% {} {}() %}}`", block.kind.name(), block.name))));
        }
        self.at += 1;
        let mut head = Head::default();
        loop {
            match self.peek() {
                None => return Err(self.error("expected `)` at the end of the parameters", block.head.clone())),
                Some(b')') => break,
                Some(b',') if !head.parameters.is_empty() => {
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let name = self.word();
            if name.is_empty() {
                let width = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
                return Err(self.error("expected the name of a parameter", self.at..self.at + width));
            }
            let mut parameter = Parameter {
                name: self.text[name].to_owned(),
                annotation: None,
                annotation_range: None,
                default: None,
                default_range: None,
            };
            if self.peek() == Some(b':') {
                let start = self.at;
                let end = self.until(b",=)");
                parameter.annotation = Some(self.text[start + 1..end].trim().to_owned());
                parameter.annotation_range = Some(start..end);
            }
            match self.peek() {
                Some(b'=') => {
                    let sign = self.at;
                    self.at += 1;
                    let start = self.at;
                    let end = self.until(b",)");
                    parameter.default = Some(self.text[start..end].trim().to_owned());
                    parameter.default_range = Some(sign..end);
                }
                Some(b',' | b')') => {}
                _ => {
                    let width = self.text[self.at..self.end].chars().next().map_or(0, char::len_utf8);
                    return Err(self.error("expected `,` or `)` after a parameter", self.at..self.at + width));
                }
            }
            head.parameters.push(parameter);
        }
        head.list_end = self.at;
        Ok(head)
    }

    fn materialization(&mut self, block: &Block) -> Result<Head> {
        let mut head = Head { adapter: "default".to_owned(), ..Head::default() };
        while self.peek() == Some(b',') {
            self.at += 1;
            let range = self.word();
            let word = &self.text[range.clone()];
            match word {
                "default" => {}
                "adapter" | "supported_languages" => {
                    if self.peek() != Some(b'=') {
                        return Err(self.error(format!("expected `=` after `{word}`"), range));
                    }
                    self.at += 1;
                    self.blanks();
                    let start = self.at;
                    let end = self.until(b",");
                    if word == "adapter" {
                        self.text[start..end].trim().trim_matches(['\'', '"']).clone_into(&mut head.adapter);
                    } else {
                        head.languages = Some(start..end);
                    }
                }
                _ => {
                    let message = format!("materialization '{}' received unknown argument '{word}'.", block.name);
                    let known = nearest(word, ["adapter", "default", "supported_languages"]);
                    let diagnostic = Diagnostic::error(Class::Compilation, message)
                        .label(Span::new(self.source, range), "")
                        .suggest(known);
                    return Err(Box::new(diagnostic));
                }
            }
        }
        head.list_end = self.end;
        Ok(head)
    }
}
