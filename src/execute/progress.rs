//! Keeps the results of a run while it runs, so that a run that is killed can be gone on with.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::{Plan, Runtime, facts};
use crate::outcome::{NodeInfo, RunResult, RunResults, Status};

/// What keeps results: given all of them, every time.
#[derive(Clone)]
pub struct Keeper(Arc<dyn Fn(&RunResults) + Send + Sync>);

impl Keeper {
    /// A keeper that calls a function.
    pub fn new(keep: impl Fn(&RunResults) + Send + Sync + 'static) -> Self {
        Self(Arc::new(keep))
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keeper")
    }
}

/// At least so long lies between two writes.
const PAUSE: Duration = Duration::from_secs(1);
/// And so many times as long as a write takes.
const SHARE: u32 = 50;

/// The keeping of one run.
pub(super) struct Progress<'r> {
    runtime: &'r Runtime,
    plan: &'r Plan,
    started: Instant,
    next: Instant,
    /// The result that each node has until it ends, made when it is first needed.
    waiting: Option<IndexMap<String, Arc<RunResult>>>,
}

impl<'r> Progress<'r> {
    /// Keeps that nothing is done yet.
    pub fn start(runtime: &'r Runtime, plan: &'r Plan, done: &[Arc<RunResult>]) -> Self {
        let now = Instant::now();
        let mut progress = Self { runtime, plan, started: now, next: now, waiting: None };
        progress.keep(done);
        progress
    }

    /// Keeps what is done, unless that was just done. What is not done counts as skipped, which is what `retry` runs.
    pub fn keep(&mut self, done: &[Arc<RunResult>]) {
        let Some(Keeper(keep)) = &self.runtime.options.keeper else { return };
        let begun = Instant::now();
        if begun < self.next {
            return;
        }
        let waiting = self.waiting.get_or_insert_with(|| waiting(self.runtime, self.plan));
        for result in done {
            waiting.swap_remove(&result.facts().unique_id);
        }
        let results = done.iter().chain(waiting.values()).map(Arc::clone).collect();
        let elapsed = self.started.elapsed().as_secs_f64();
        keep(&RunResults::new(results, elapsed, self.runtime.options.arguments.clone()));
        let ended = Instant::now();
        self.next = ended + PAUSE.max((ended - begun) * SHARE);
    }
}

/// What `retry` is told of the nodes that have not ended.
fn waiting(runtime: &Runtime, plan: &Plan) -> IndexMap<String, Arc<RunResult>> {
    let nodes = plan.nodes.keys().filter_map(|id| Some((id, runtime.manifest.node(id)?)));
    let results = nodes.map(|(id, node)| {
        let info = NodeInfo::new(facts(&runtime.manifest, node)).ended(Status::Skipped);
        let result = RunResult {
            message: Some("The run was stopped before this node had ended".to_owned()),
            relation_name: node.relation_name.clone(),
            ..RunResult::new(info, Status::Skipped)
        };
        (id.to_string(), Arc::new(result))
    });
    results.collect()
}
