//! What one render knows: its scope, the macros it has loaded, the stack of calls and the log of output.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::Object;
use minijinja::{State, Value};

use crate::diagnostic::{Frame, Span};

use super::code::Code;
use super::engine::{Scope, Shared};
use super::library::MacroRef;

/// Beyond this many events a render is no longer logged: its origins are then known less exactly.
const LOG_LIMIT: usize = 400_000;

/// One render in progress.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) scope: Arc<dyn Scope>,
    pub(super) root: Arc<Code>,
    /// Whether the template gives a value.
    pub(super) native: bool,
    state: Mutex<RunState>,
}

/// The part of a render that changes.
#[derive(Default)]
pub(super) struct RunState {
    /// The macro that imports others into the running state.
    pub(super) loader: Value,
    /// How many macros are being imported right now: names that are looked up meanwhile are theirs.
    pub(super) importing: u32,
    /// The engine's own macro values by index.
    pub(super) loaded: HashMap<u32, Value>,
    /// Codes by id, for the natives that trace output.
    pub(super) codes: HashMap<u32, Arc<Code>>,
    /// Indexes into `calls`, outermost first.
    pub(super) stack: Vec<u32>,
    pub(super) calls: Vec<Call>,
    pub(super) log: Vec<Event>,
    /// Values of the expressions at the top level of a native template.
    pub(super) natives: Vec<Value>,
    /// Texts that `as_bool` and the like marked, and for which type.
    pub(super) marked: Vec<(Value, &'static str)>,
    /// What the driver of a direct call is to call, and what came of it.
    pub(super) pending: Option<(Value, Vec<Value>)>,
    pub(super) outcome: Option<Value>,
}

/// A call of a macro, past or present.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) target: MacroRef,
    /// The key of the place it was called from.
    pub(super) site: Option<u64>,
    pub(super) parent: Option<u32>,
    /// What it gave.
    pub(super) result: Value,
    /// Whether that came from `return()`, and is not what it put out.
    pub(super) returned: bool,
    /// Its part of the log.
    pub(super) events: Range<usize>,
}

/// Output, as it happened.
#[derive(Debug)]
pub(super) struct Event {
    /// The macro that was running, if any.
    pub(super) call: Option<u32>,
    /// Which piece of which code.
    pub(super) key: u64,
    /// What an expression gave; the text of a chunk is known from its piece.
    pub(super) value: Option<Value>,
}

/// The running state keeps the run under this type.
struct Handle(Arc<Run>);

/// The run as a value, so that the first statement of a template can find it.
pub(super) struct RunValue(pub(super) Arc<Run>);

impl fmt::Debug for RunValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<run>")
    }
}

impl Object for RunValue {}

impl Run {
    pub(super) fn new(shared: &Arc<Shared>, scope: &Arc<dyn Scope>, root: &Arc<Code>) -> Arc<Self> {
        let mut state = RunState::default();
        state.codes.insert(root.id, Arc::clone(root));
        Arc::new(Self {
            shared: Arc::clone(shared),
            scope: Arc::clone(scope),
            root: Arc::clone(root),
            native: root.native,
            state: Mutex::new(state),
        })
    }

    /// The changing part; never held while a template runs.
    pub(super) fn state(&self) -> MutexGuard<'_, RunState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the run known to the running state.
    pub(super) fn enter(self: &Arc<Self>, state: &mut State<'_, '_>) {
        state.get_or_insert_extension_with(|| Handle(Arc::clone(self)));
    }

    /// The run that a state belongs to.
    pub(super) fn of(state: &State<'_, '_>) -> Option<Arc<Self>> {
        state.get_extension::<Handle>().map(|handle| Arc::clone(&handle.0))
    }

    /// Starts a call of a macro.
    pub(super) fn push(&self, target: &MacroRef, site: Option<u64>) -> u32 {
        let mut state = self.state();
        let index = u32::try_from(state.calls.len()).unwrap_or(u32::MAX);
        let parent = state.stack.last().copied();
        let start = state.log.len();
        state.calls.push(Call {
            target: Arc::clone(target),
            site,
            parent,
            result: Value::UNDEFINED,
            returned: false,
            events: start..start,
        });
        state.stack.push(index);
        index
    }

    /// Ends a call.
    pub(super) fn pop(&self, index: u32, result: &Value, returned: bool) {
        let mut state = self.state();
        while state.stack.pop().is_some_and(|top| top != index) {}
        let end = state.log.len();
        if let Some(call) = state.calls.get_mut(index as usize) {
            call.events.end = end;
            call.result = result.clone();
            call.returned = returned;
        }
    }

    /// The calls in progress, innermost first.
    pub(super) fn frames(&self) -> Vec<Frame> {
        let state = self.state();
        let mut frames = Vec::with_capacity(state.stack.len());
        for &index in state.stack.iter().rev() {
            frames.extend(state.frame(&self.root, index));
        }
        frames
    }
}

impl RunState {
    /// Notes an output.
    pub(super) fn note(&mut self, key: u64, value: Option<Value>) {
        if self.log.len() < LOG_LIMIT {
            let call = self.stack.last().copied();
            self.log.push(Event { call, key, value });
        }
    }

    /// The place that a call was made from, and what contains it.
    pub(super) fn frame(&self, root: &Arc<Code>, index: u32) -> Option<Frame> {
        let call = self.calls.get(index as usize)?;
        let (code, range) = self.site(call.site?)?;
        let name = if code.id == root.id { root.label.clone() } else { code.label.clone() };
        Some(Frame { name, span: Span::new(&code.source, range) })
    }

    /// The code and place of the key of a call.
    pub(super) fn site(&self, key: u64) -> Option<(&Arc<Code>, Range<usize>)> {
        let (code, index) = split(key);
        let code = self.codes.get(&code)?;
        Some((code, code.sites.get(index)?.clone()))
    }
}

/// The id of a code and an index into it.
pub(super) fn split(key: u64) -> (u32, usize) {
    let index = usize::try_from(key & 0xf_ffff).unwrap_or(0);
    (u32::try_from(key >> 20).unwrap_or(u32::MAX), index)
}
