//! Keeps the results of a run while it runs, so that a run that is killed can be gone on with.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
}

impl<'r> Progress<'r> {
    /// Keeps that nothing is done yet.
    pub fn start(runtime: &'r Runtime, plan: &'r Plan, done: &[Arc<RunResult>]) -> Self {
        let now = Instant::now();
        let mut progress = Self { runtime, plan, started: now, next: now };
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
        let mut results = done.to_vec();
        let known: std::collections::HashSet<&str> =
            done.iter().map(|result| result.facts().unique_id.as_str()).collect();
        for id in self.plan.nodes.keys().filter(|id| !known.contains(id.as_str())) {
            let Some(node) = self.runtime.manifest.node(id) else { continue };
            let info = NodeInfo::new(facts(&self.runtime.manifest, node)).ended(Status::Skipped);
            results.push(Arc::new(RunResult {
                message: Some("The run was stopped before this node had ended".to_owned()),
                relation_name: node.relation_name.clone(),
                ..RunResult::new(info, Status::Skipped)
            }));
        }
        let elapsed = self.started.elapsed().as_secs_f64();
        keep(&RunResults::new(results, elapsed, self.runtime.options.arguments.clone()));
        let ended = Instant::now();
        self.next = ended + PAUSE.max((ended - begun) * SHARE);
    }
}
