//! Says which template byte a byte of rendered text came from, through all macro calls.
//!
//! The engine records exactly which text chunk or expression of the template itself produced each part of the
//! text. For an expression that printed what a macro gave, the log of the macros' output is searched: macros
//! note each chunk and expression as they put it out, and their texts are found again in the final text.
//!
//! ## Why
//!
//! The text passes through filters and variables on its way, so its bytes cannot carry their origin. Searching
//! costs nothing until somebody asks, which is only after an error.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use minijinja::{OutputSpan, OutputSpanKind};

use crate::diagnostic::{Frame, SourceFile, Span};

use super::code::Code;
use super::failure::ROOT;
use super::python;
use super::run::{Call, Event, Run, RunState, split};

/// Where a byte of rendered text was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The byte itself for plain text; the whole expression for text that an expression gave.
    pub span: Span,
    /// The macro calls that led there, innermost first.
    pub chain: Vec<Frame>,
}

/// The origins of a rendered text.
pub struct RenderTrace {
    inner: Inner,
}

enum Inner {
    Plain(Arc<SourceFile>, Range<usize>),
    Run(Arc<Run>, Vec<OutputSpan>),
}

impl std::fmt::Debug for RenderTrace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RenderTrace")
    }
}

/// How deep the search goes.
const DEPTH: usize = 64;

/// How many events are searched for captured text.
const CAPTURED: usize = 20_000;

impl RenderTrace {
    /// The trace of a part of a file that was taken as it is.
    pub fn plain(source: &Arc<SourceFile>, range: Range<usize>) -> Self {
        Self { inner: Inner::Plain(Arc::clone(source), range) }
    }

    pub(super) fn new(run: Arc<Run>, spans: Vec<OutputSpan>) -> Self {
        Self { inner: Inner::Run(run, spans) }
    }

    /// The origin of a byte of `text`, which must be the text that was rendered.
    pub fn locate(&self, text: &str, offset: usize) -> Option<Origin> {
        let (run, spans) = match &self.inner {
            Inner::Plain(source, range) => {
                let at = (range.start + offset).min(range.end);
                return Some(Origin { span: Span::new(source, at..(at + 1).min(range.end)), chain: Vec::new() });
            }
            Inner::Run(run, spans) => (run, spans),
        };
        let index = spans.partition_point(|span| span.output_range().end <= offset);
        let (Some(span), true) = (spans.get(index), offset < text.len()) else {
            return self.locate_in(text, offset);
        };
        let output = span.output_range();
        if span.name() != ROOT || !output.contains(&offset) {
            return self.locate_in(text, offset);
        }
        let code = &run.root;
        let source = span.source_range();
        if span.kind() == OutputSpanKind::Raw {
            let at = code.range(&(source.start + (offset - output.start)..source.start + (offset - output.start) + 1));
            return Some(Origin { span: code.span(at), chain: Vec::new() });
        }
        let state = run.state();
        let search = Search { state: &state, root: code };
        let place = code.range(&source);
        let printed = text.get(output.clone())?;
        let mut chain = Vec::new();
        let found =
            search.expression(code, &place, None, printed, offset - output.start, state.log.len(), &mut chain, DEPTH);
        let span = found.unwrap_or_else(|| code.span(place));
        chain.reverse();
        Some(Origin { span, chain })
    }

    /// The origin of a byte of any text that came out of macros of this render, for example a statement that
    /// was sent to the warehouse in the middle of it.
    pub fn locate_in(&self, text: &str, offset: usize) -> Option<Origin> {
        let Inner::Run(run, _) = &self.inner else { return None };
        let state = run.state();
        let search = Search { state: &state, root: &run.root };
        let mut chain = Vec::new();
        let span = search.by_content(text, offset, state.log.len(), None, &mut chain, DEPTH)?;
        chain.reverse();
        Some(Origin { span, chain })
    }
}

struct Search<'a> {
    state: &'a RunState,
    root: &'a Arc<Code>,
}

impl Search<'_> {
    /// Descends into what an expression printed; `chain` gets the calls, outermost first.
    #[expect(
        clippy::too_many_arguments,
        reason = "the place in the template, the place in the text, and the way there"
    )]
    fn expression(
        &self,
        code: &Arc<Code>,
        place: &Range<usize>,
        parent: Option<u32>,
        printed: &str,
        offset: usize,
        before: usize,
        chain: &mut Vec<Frame>,
        depth: usize,
    ) -> Option<Span> {
        let depth = depth.checked_sub(1)?;
        // Calls that were made by this very expression.
        let mut best: Option<(usize, usize, &str, u32)> = None;
        for (index, call) in self.state.calls.iter().enumerate() {
            if call.parent != parent || call.events.end > before || !self.is_inside(call, code, place) {
                continue;
            }
            if let Some(result) = call.result.as_str()
                && let Some((at, kept)) = find_covering(printed, result, offset)
                && best.is_none_or(|(_, _, so_far, _)| so_far.len() < kept.len())
            {
                let lead = result.find(kept).unwrap_or(0);
                best = Some((at, lead, kept, u32::try_from(index).ok()?));
            }
        }
        if let Some((at, lead, _, index)) = best {
            return self.call(index, offset - at + lead, chain, depth);
        }
        self.by_content(printed, offset, before, Some((code, place)), chain, depth)
    }

    fn is_inside(&self, call: &Call, code: &Arc<Code>, place: &Range<usize>) -> bool {
        let Some((site_code, site)) = call.site.and_then(|site| self.state.site(site)) else { return false };
        site_code.id == code.id && place.start <= site.start && site.end <= place.end
    }

    /// Descends into a call, at an offset of its result.
    fn call(&self, index: u32, offset: usize, chain: &mut Vec<Frame>, depth: usize) -> Option<Span> {
        let depth = depth.checked_sub(1)?;
        let call = self.state.calls.get(index as usize)?;
        let length = chain.len();
        chain.extend(self.state.frame(self.root, index));
        let result = call.result.as_str()?;
        let own = self.state.log.get(call.events.clone())?;
        let pieces = own.iter().enumerate().filter(|(_, event)| event.call == Some(index));
        // What the macro itself put out, in order; what it captured on the way is left out, and what `call` and
        // `filter` blocks put out is not in the log.
        let mut at = 0;
        let mut covered = None;
        for (position, event) in pieces {
            let Some((code, piece)) = self.piece(event) else { continue };
            if call.returned || piece.region.is_some() || code.id != call.target.index() {
                continue;
            }
            let text = self.output(event);
            if text.is_empty() {
                continue;
            }
            let Some(found) = result.get(at..).and_then(|rest| rest.find(&text)).map(|found| found + at) else {
                continue;
            };
            if found > offset {
                break;
            }
            at = found + text.len();
            if offset < at {
                covered = Some((call.events.start + position, offset - found, text));
                break;
            }
        }
        if let Some((event, inside, text)) = covered {
            return self.event(event, &text, inside, chain, depth);
        }
        // return(): the text was put together elsewhere in the macro.
        let limit = call.events.end;
        if let Some(span) = self.by_content_among(result, offset, call.events.start..limit, Some(index), chain, depth) {
            return Some(span);
        }
        if chain.len() > length { Some(call.target.span()) } else { None }
    }

    /// The origin of a byte of one logged output.
    fn event(&self, index: usize, text: &str, offset: usize, chain: &mut Vec<Frame>, depth: usize) -> Option<Span> {
        let event = self.state.log.get(index)?;
        let (code, piece) = self.piece(event)?;
        if piece.text.is_some() {
            let at = piece.range.start + offset;
            return Some(code.span(at..(at + 1).min(piece.range.end)));
        }
        let found = self.expression(code, &piece.range, event.call, text, offset, index, chain, depth);
        Some(found.unwrap_or_else(|| code.span(piece.range.clone())))
    }

    fn output(&self, event: &Event) -> String {
        match &event.value {
            Some(value) => python::to_str(value),
            None => {
                self.piece(event).and_then(|(_, piece)| piece.text.as_ref()).map(python::to_str).unwrap_or_default()
            }
        }
    }

    fn piece(&self, event: &Event) -> Option<(&Arc<Code>, &super::code::Piece)> {
        let (code, index) = split(event.key);
        let code = self.state.codes.get(&code)?;
        Some((code, code.pieces.get(index)?))
    }

    /// Looks for the text among everything that was put out before: it was kept in a variable.
    fn by_content(
        &self,
        printed: &str,
        offset: usize,
        before: usize,
        not_at: Option<(&Arc<Code>, &Range<usize>)>,
        chain: &mut Vec<Frame>,
        depth: usize,
    ) -> Option<Span> {
        let depth = depth.checked_sub(1)?;
        let mut best: Option<(usize, usize, u32)> = None;
        for (index, call) in self.state.calls.iter().enumerate() {
            if call.events.end > before {
                continue;
            }
            if not_at.is_some_and(|(code, place)| self.is_inside(call, code, place)) {
                continue;
            }
            let Some(result) = call.result.as_str().filter(|result| result.trim().len() > 1) else { continue };
            if let Some((at, kept)) = find_covering(printed, result, offset)
                && best.is_none_or(|(length, _, _)| length < kept.len())
            {
                let lead = result.find(kept).unwrap_or(0);
                best = Some((kept.len(), offset - at + lead, u32::try_from(index).ok()?));
            }
        }
        let captured = self.captured(printed, offset, 0..self.state.log.len().min(before));
        match (best, captured) {
            (Some((length, _, _)), Some((event, inside, text))) if text.len() > length => {
                self.event(event, &text, inside, chain, depth)
            }
            (Some((_, inside, index)), _) => {
                let mut outer = self.outer_calls(index);
                chain.append(&mut outer);
                self.call(index, inside, chain, depth)
            }
            (None, Some((event, inside, text))) => {
                chain.extend(self.log_calls_around(event));
                self.event(event, &text, inside, chain, depth)
            }
            (None, None) => None,
        }
    }

    /// The same among the output of one call and the calls below it.
    fn by_content_among(
        &self,
        printed: &str,
        offset: usize,
        events: Range<usize>,
        call: Option<u32>,
        chain: &mut Vec<Frame>,
        depth: usize,
    ) -> Option<Span> {
        let mut best: Option<(usize, usize, u32)> = None;
        for (index, inner) in self.state.calls.iter().enumerate() {
            if inner.parent != call {
                continue;
            }
            let Some(result) = inner.result.as_str().filter(|result| result.trim().len() > 1) else { continue };
            if let Some((at, kept)) = find_covering(printed, result, offset)
                && best.is_none_or(|(length, _, _)| length < kept.len())
            {
                let lead = result.find(kept).unwrap_or(0);
                best = Some((kept.len(), offset - at + lead, u32::try_from(index).ok()?));
            }
        }
        let captured = self.captured(printed, offset, events);
        if let Some((event, inside, text)) = captured
            && best.is_none_or(|(length, _, _)| length < text.len())
        {
            return self.event(event, &text, inside, chain, depth);
        }
        let (_, inside, index) = best?;
        self.call(index, inside, chain, depth)
    }

    /// The longest run of captured output that occurs in the text around the offset.
    fn captured(&self, printed: &str, offset: usize, events: Range<usize>) -> Option<(usize, usize, String)> {
        let first = events.start.max(events.end.saturating_sub(CAPTURED));
        let mut runs: IndexMap<(u32, u32, Option<u32>), Alignment> = IndexMap::new();
        for (position, event) in self.state.log.get(first..events.end)?.iter().enumerate() {
            if let Some((code, region)) = self.region(event) {
                let text = self.output(event);
                runs.entry((code, region, event.call)).or_default().add(printed, offset, first + position, text);
            }
        }
        let best = runs.into_values().filter_map(Alignment::finish).max_by_key(|(total, _)| *total);
        best.filter(|(total, _)| *total > 1).map(|(_, hit)| hit)
    }

    fn region(&self, event: &Event) -> Option<(u32, u32)> {
        let (code, piece) = self.piece(event)?;
        Some((code.id, piece.region?))
    }

    /// The calls around a call, outermost first, without itself.
    fn outer_calls(&self, index: u32) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut next = self.state.calls.get(index as usize).and_then(|call| call.parent);
        while let Some(outer) = next {
            frames.extend(self.state.frame(self.root, outer));
            next = self.state.calls.get(outer as usize).and_then(|call| call.parent);
        }
        frames.reverse();
        frames
    }

    fn log_calls_around(&self, event: usize) -> Vec<Frame> {
        let Some(event) = self.state.log.get(event) else { return Vec::new() };
        let Some(index) = event.call else { return Vec::new() };
        // The body of a `call` block runs inside the macro that it is given to, but stands elsewhere.
        let own = self.state.calls.get(index as usize).map(|call| call.target.index());
        let mut frames = self.outer_calls(index);
        if own == Some(split(event.key).0) {
            frames.extend(self.state.frame(self.root, index));
        }
        frames
    }
}

/// Pieces of one captured text, laid along a text that contains it.
#[derive(Default)]
struct Alignment {
    at: usize,
    total: usize,
    hit: Option<(usize, usize, String)>,
    best: Option<(usize, (usize, usize, String))>,
}

impl Alignment {
    fn add(&mut self, printed: &str, offset: usize, event: usize, text: String) {
        if text.is_empty() {
            return;
        }
        let found = printed.get(self.at..).and_then(|rest| rest.find(&text)).map(|found| found + self.at);
        let fits = |found: usize| self.total == 0 || text.trim().len() > 3 || printed[self.at..found].trim().is_empty();
        let found = match found.filter(|&found| fits(found)) {
            Some(found) => found,
            // A block in a loop is captured anew.
            None if self.total > 0 => {
                self.close();
                return self.add(printed, offset, event, text);
            }
            None => return,
        };
        self.at = found + text.len();
        self.total += text.len();
        if (found..self.at).contains(&offset) {
            self.hit = Some((event, offset - found, text));
        }
    }

    fn close(&mut self) {
        if let Some(hit) = self.hit.take()
            && self.best.as_ref().is_none_or(|(total, _)| *total < self.total)
        {
            self.best = Some((self.total, hit));
        }
        (self.at, self.total) = (0, 0);
    }

    fn finish(mut self) -> Option<(usize, (usize, usize, String))> {
        self.close();
        self.best
    }
}

/// Where `part` (or what is left of it without outer blanks) lies in `whole` around `offset`.
fn find_covering<'a>(whole: &str, part: &'a str, offset: usize) -> Option<(usize, &'a str)> {
    if part.is_empty() {
        return None;
    }
    if whole == part {
        return Some((0, part));
    }
    for candidate in [part, part.trim()] {
        if candidate.is_empty() {
            continue;
        }
        let from = offset.saturating_sub(candidate.len().saturating_sub(1));
        let from = (0..=from).rev().find(|&at| whole.is_char_boundary(at)).unwrap_or(0);
        if let Some(at) = whole.get(from..).and_then(|rest| rest.find(candidate)).map(|at| at + from)
            && at <= offset
            && offset < at + candidate.len()
        {
            return Some((at, candidate));
        }
    }
    None
}
