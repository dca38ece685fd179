//! The loop: ready nodes go to workers, results come back, children are freed or skipped.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use indexmap::IndexMap;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::hooks::{self, Moment};
use super::interrupt::{Interrupts, Wish};
use super::progress::Progress;
use super::schedule::Schedule;
use super::session::SharedSession;
use super::{Plan, Runtime, Verb, facts, microbatch, schemas, task, together};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::manifest::{Node, ResourceType};
use crate::outcome::{NodeInfo, Phase, RunResult, RunResults, Status};

/// A node on its way to a worker.
struct Job {
    node: Arc<Node>,
    info: NodeInfo,
    index: usize,
}

/// What a worker runs in one go: a node, or tests that are asked together.
type Jobs = Vec<Job>;

/// What a worker was given, on its way back.
struct Done {
    results: Vec<Arc<RunResult>>,
}

/// Runs a plan to its end.
///
/// # Errors
/// The run cannot begin: the warehouse cannot be reached, a schema cannot be made.
#[tracing::instrument(level = "debug", skip_all, fields(nodes = plan.nodes.len()))]
pub fn run(runtime: &Arc<Runtime>, plan: &Plan) -> Result<RunResults> {
    let started = Instant::now();
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Box::new(Diagnostic::error(Class::Internal, format!("cannot start the run: {error}"))))?;
    let threads = runtime.options.threads.max(1).min(plan.nodes.len().max(1));
    let mut sessions: Vec<SharedSession> = Vec::new();
    for index in 0..threads {
        let session = runtime
            .adapter
            .connect(&format!("Thread-{}", index + 1))
            .map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
        let adapter = runtime.facts.adapter.clone();
        runtime.events.send(Event::NewConnection { connection: "master".to_owned(), adapter });
        sessions.push(Arc::new(Mutex::new(session)));
    }
    let mut interrupts = Interrupts::listen(&tokio, &sessions, &runtime.slots, runtime.adapter.grace());
    let unstarted = |interrupts: &Interrupts, error: Box<Diagnostic>| {
        if !interrupts.happened() {
            return Err(error);
        }
        // What could not begin is told of as skipped, so that `retry` finds it.
        let skipped = plan.nodes.keys().filter_map(|id| skipped(runtime, id, Some("Interrupted")).map(Arc::new));
        let elapsed = started.elapsed().as_secs_f64();
        let mut finished = RunResults::new(skipped.collect(), elapsed, runtime.options.arguments.clone());
        finished.interrupted = true;
        runtime.events.send(Event::MainKeyboardInterrupt);
        Ok(finished)
    };

    if let Err(error) = super::deferral::look(runtime, &sessions[0]) {
        return unstarted(&interrupts, error);
    }
    let total = plan.nodes.len();
    let mut results: Vec<Arc<RunResult>> = Vec::new();
    if plan.verb != Verb::Compile {
        if let Err(error) = schemas::prepare(runtime, plan, &sessions[0]) {
            return unstarted(&interrupts, error);
        }
        runtime.events.send(Event::ConcurrencyLine {
            threads: runtime.options.threads,
            target: runtime.project.target.name.clone(),
            nodes: total,
        });
        runtime.events.send(Event::blank());
        let hooks = match plan.verb {
            Verb::Clone => Vec::new(),
            _ => hooks::operation(runtime, Moment::Start, &sessions[0], &[]),
        };
        let broken = hooks.iter().any(|result| result.is_failure());
        results.extend(hooks);
        let goes_on = Some(&serde_json::Value::Bool(false));
        if broken && runtime.facts.flags.get("SKIP_NODES_IF_ON_RUN_START_FAILS") != goes_on {
            // dbt: no node runs after a start hook that failed, unless a flag says so; the end hooks do.
            results.extend(plan.nodes.keys().filter_map(|id| skipped(runtime, id, None).map(Arc::new)));
            if plan.verb != Verb::Clone && !interrupts.happened() {
                results.extend(hooks::operation(runtime, Moment::End, &sessions[0], &[]));
            }
            let elapsed = started.elapsed().as_secs_f64();
            let mut finished = RunResults::new(results, elapsed, runtime.options.arguments.clone());
            finished.interrupted = interrupts.happened();
            return Ok(finished);
        }
        rest(&sessions[0]);
    }

    let (jobs, waiting) = channel::<Jobs>();
    let waiting = Arc::new(Mutex::new(waiting));
    let (sender, mut receiver) = unbounded_channel::<Done>();
    let mut workers = Vec::new();
    for (index, session) in sessions.iter().enumerate() {
        let worker = Worker {
            runtime: Arc::clone(runtime),
            verb: plan.verb,
            jobs: Arc::clone(&waiting),
            session: Arc::clone(session),
            done: sender.clone(),
            total,
        };
        let spawned = std::thread::Builder::new()
            .name(format!("Thread-{} (worker)", index + 1))
            .stack_size(64 << 20)
            .spawn(move || worker.work());
        workers.push(spawned.map_err(|error| {
            Box::new(Diagnostic::error(Class::Internal, format!("cannot start a thread: {error}")))
        })?);
    }
    drop(sender);

    let mut state = State {
        runtime,
        plan,
        jobs: &jobs,
        schedule: Schedule::new(plan),
        running: IndexMap::new(),
        busy: 0,
        started: 0,
        progress: (plan.verb != Verb::Compile).then(|| Progress::start(runtime, plan, &results)),
        results,
        stopping: false,
    };
    let left = tokio.block_on(async {
        // Stopped during the start hooks: nothing begins, and the wish to stop is heard below.
        if !interrupts.happened() {
            state.feed(threads);
        }
        while !state.running.is_empty() || !state.schedule.is_done() {
            tokio::select! {
                done = receiver.recv() => match done {
                    Some(done) => state.take(done),
                    None => break,
                },
                wish = interrupts.wish() => match wish {
                    Wish::Stop => state.stop("Interrupted"),
                    Wish::Leave => return true,
                },
            }
            state.feed(threads);
        }
        false
    });
    state.leave();
    let mut results = std::mem::take(&mut state.results);
    drop(jobs);
    // A worker that waits for a warehouse without an answer ends with the program.
    for worker in workers.into_iter().filter(|_| !left) {
        // A worker that panicked has told so; its node is then missing from the results.
        let _ = worker.join();
    }
    if !matches!(plan.verb, Verb::Compile | Verb::Clone) && !interrupts.happened() {
        // dbt: `results` leaves out the hooks that went well.
        let told: Vec<Arc<RunResult>> = results
            .iter()
            .filter(|result| result.facts().resource_type != "operation" || result.status == Status::Error)
            .cloned()
            .collect();
        let hooks = hooks::operation(runtime, Moment::End, &sessions[0], &told);
        results.extend(hooks);
    }
    let mut finished = RunResults::new(results, started.elapsed().as_secs_f64(), runtime.options.arguments.clone());
    finished.interrupted = interrupts.happened();
    if finished.interrupted {
        runtime.events.send(Event::MainKeyboardInterrupt);
    }
    Ok(finished)
}

struct State<'a> {
    runtime: &'a Arc<Runtime>,
    plan: &'a Plan,
    jobs: &'a Sender<Jobs>,
    schedule: Schedule,
    running: IndexMap<String, usize>,
    /// How many workers have something to do.
    busy: usize,
    started: usize,
    progress: Option<Progress<'a>>,
    results: Vec<Arc<RunResult>>,
    stopping: bool,
}

impl State<'_> {
    /// Hands out ready nodes while a worker is free.
    fn feed(&mut self, threads: usize) {
        while self.busy < threads {
            let Some(id) = self.schedule.next() else { break };
            let Some(first) = self.job(&id) else {
                self.schedule.finish(&id);
                continue;
            };
            let mut jobs = vec![first];
            for id in self.kindred(&id, threads - self.busy) {
                jobs.extend(self.job(&id));
            }
            self.busy += 1;
            if self.jobs.send(jobs).is_err() {
                break;
            }
        }
    }

    fn job(&mut self, id: &str) -> Option<Job> {
        let node = Arc::clone(self.runtime.manifest.node(id)?);
        self.started += 1;
        let info = NodeInfo::new(facts(&self.runtime.manifest, &node)).started();
        self.running.insert(id.to_owned(), self.started);
        Some(Job { node, info, index: self.started })
    }

    /// Takes the ready tests that are asked together with a test out of the schedule; `free` workers are there for all.
    fn kindred(&mut self, id: &str, free: usize) -> Vec<String> {
        let runtime = self.runtime;
        let kin = |id: &str| runtime.manifest.node(id).and_then(|node| together::kin(runtime, node));
        if !matches!(self.plan.verb, Verb::Build | Verb::Run) {
            return Vec::new();
        }
        let Some(own) = kin(id) else { return Vec::new() };
        let ready: Vec<(&str, Option<together::Kin>)> = self.schedule.ready().map(|id| (id, kin(id))).collect();
        let chosen = together::choose(&own, &ready, free);
        chosen.iter().for_each(|id| self.schedule.take(id));
        chosen
    }

    fn take(&mut self, done: Done) {
        self.busy -= 1;
        for result in done.results {
            self.take_one(result);
        }
    }

    fn take_one(&mut self, result: Arc<RunResult>) {
        let id = result.facts().unique_id.clone();
        self.running.shift_remove(&id);
        let failed = result.status.is_failure() || result.status == Status::Skipped;
        self.results.push(result);
        if let Some(progress) = &mut self.progress {
            progress.keep(&self.results);
        }
        if !failed {
            self.schedule.finish(&id);
            return;
        }
        if self.spares_children(&id) {
            self.schedule.finish(&id);
        } else {
            if let Some(result) = self.results.last() {
                self.runtime.events.send(Event::MarkSkippedChildren { result: Arc::clone(result) });
            }
            let broken = self.results.last().and_then(|result| result.broken_ephemeral.clone());
            let spared = self.tested_by(&id).filter(|model| self.spares_children(model)).map(str::to_owned);
            for child in self.schedule.fail(&id, spared.as_deref()) {
                self.skip_below(&child, broken.as_deref());
            }
        }
        if self.runtime.options.fail_fast && !self.stopping {
            self.stop(FAIL_FAST);
        }
    }

    /// The model that a unit test tests.
    fn tested_by(&self, id: &str) -> Option<&str> {
        let test = self.runtime.manifest.node(id).filter(|node| node.resource_type == ResourceType::UnitTest)?;
        test.depends_on.first().map(String::as_str)
    }

    /// dbt: `on_error: continue` of a model lets what reads it run although it failed.
    fn spares_children(&self, id: &str) -> bool {
        self.runtime.manifest.node(id).is_some_and(|node| {
            node.resource_type == ResourceType::Model && node.config.text("on_error") == Some("continue")
        })
    }

    fn skip(&mut self, id: &str, why: Option<&str>) {
        self.started += 1;
        self.told(skipped(self.runtime, id, why));
    }

    /// Skips what is below a node that failed, or that was skipped for a broken ephemeral model.
    fn skip_below(&mut self, id: &str, broken: Option<&str>) {
        self.started += 1;
        let hurried = || self.runtime.options.fail_fast.then(|| FAIL_FAST.to_owned());
        let message = broken.map(|ephemeral| RunResult::broken_by(id, ephemeral)).or_else(hurried);
        let skipped = skipped(self.runtime, id, message.as_deref());
        self.told(skipped.map(|result| RunResult { broken_ephemeral: broken.map(str::to_owned), ..result }));
    }

    fn told(&mut self, skipped: Option<RunResult>) {
        if let Some(result) = skipped {
            let result = Arc::new(result);
            self.runtime.events.send(Event::NodeStart { node: result.node.in_phase(Phase::Started) });
            self.runtime.events.send(Event::LogResult {
                result: Arc::clone(&result),
                index: self.started,
                total: self.plan.nodes.len(),
                description: None,
            });
            self.runtime.events.send(Event::NodeFinished { result: Arc::clone(&result) });
            self.results.push(result);
        }
    }

    /// Tells of what is left running.
    fn leave(&mut self) {
        let running: Vec<String> = self.running.drain(..).map(|(id, _)| id).collect();
        for id in running {
            let Some(node) = self.runtime.manifest.node(&id) else { continue };
            let message = "the run ended before the warehouse had stopped the statement";
            let error = Diagnostic::error(Class::Runtime, message)
                .note("look in the warehouse's history of queries whether it still runs");
            let info = NodeInfo::new(facts(&self.runtime.manifest, node)).started().ended(Status::Error);
            self.results.push(Arc::new(RunResult::failed(info, error)));
        }
    }

    fn stop(&mut self, why: &str) {
        self.stopping = true;
        self.runtime.slots.stop();
        let running: HashSet<String> = self.running.keys().cloned().collect();
        for id in self.schedule.stop(&running) {
            self.skip(&id, Some(why));
        }
    }
}

/// dbt's word for nodes that are not tried any more under `--fail-fast`.
const FAIL_FAST: &str = "Skipping due to fail_fast";

/// Lets a session go between two nodes.
fn rest(session: &SharedSession) {
    session.lock().unwrap_or_else(PoisonError::into_inner).rest();
}

fn skipped(runtime: &Runtime, id: &str, why: Option<&str>) -> Option<RunResult> {
    let node = runtime.manifest.node(id)?;
    let info = NodeInfo::new(facts(&runtime.manifest, node)).started().in_phase(Phase::Ended(Status::Skipped));
    Some(RunResult {
        message: why.map(str::to_owned),
        relation_name: node.relation_name.clone(),
        compiled: is_compiled(node).then_some(false),
        ..RunResult::new(info, Status::Skipped)
    })
}

/// Whether nodes of its kind are compiled. dbt: `CompiledNode`.
fn is_compiled(node: &Node) -> bool {
    use ResourceType as Kind;
    matches!(
        node.resource_type,
        Kind::Model
            | Kind::Snapshot
            | Kind::Test
            | Kind::Analysis
            | Kind::Operation
            | Kind::SqlOperation
            | Kind::Function
    )
}

/// One thread with one session.
struct Worker {
    runtime: Arc<Runtime>,
    verb: Verb,
    jobs: Arc<Mutex<Receiver<Jobs>>>,
    session: SharedSession,
    done: UnboundedSender<Done>,
    total: usize,
}

impl Worker {
    fn work(&self) {
        let mut before = "master".to_owned();
        loop {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(jobs) = jobs else { break };
            if self.runtime.events.wants(Level::Debug)
                && let Some(job) = jobs.last()
            {
                let connection = job.node.unique_id.clone();
                let before = std::mem::replace(&mut before, connection.clone());
                self.runtime.events.send(Event::ConnectionReused { connection, before });
            }
            self.runtime.slots.enter();
            let results = match jobs.as_slice() {
                [job] => vec![self.one(job)],
                several => self.several(several),
            };
            rest(&self.session);
            self.runtime.slots.leave();
            if self.done.send(Done { results: results.into_iter().map(Arc::new).collect() }).is_err() {
                break;
            }
        }
    }

    fn one(&self, job: &Job) -> RunResult {
        let events = &self.runtime.events;
        match self.verb {
            Verb::Compile => return task::compile_only(&self.runtime, &job.node, &job.info, &self.session),
            Verb::Clone => return super::clone::clone(&self.runtime, &job.node, &job.info, &self.session),
            Verb::Build | Verb::Run => {}
        }
        events.send(Event::NodeStart { node: job.info.clone() });
        if matches!(job.node.resource_type, ResourceType::Exposure | ResourceType::SavedQuery) {
            let result = RunResult {
                message: Some("NO-OP".to_owned()),
                failures: Some(0),
                ..RunResult::new(job.info.ended(Status::NoOp), Status::NoOp)
            };
            return self.told(job, result, None);
        }
        let description = self.begin(job);
        let result = task::run(&self.runtime, &job.node, &job.info, &self.session);
        self.end(job, result, description)
    }

    /// Tests that are asked together.
    fn several(&self, jobs: &[Job]) -> Vec<RunResult> {
        for job in jobs {
            self.runtime.events.send(Event::NodeStart { node: job.info.clone() });
            self.begin(job);
        }
        let tests: Vec<(Arc<Node>, NodeInfo)> =
            jobs.iter().map(|job| (Arc::clone(&job.node), job.info.clone())).collect();
        let results = together::run(&self.runtime, &tests, &self.session);
        jobs.iter().zip(results).map(|(job, result)| self.end(job, result, None)).collect()
    }

    /// Says that a node begins; gives what is said of it besides its name.
    fn begin(&self, job: &Job) -> Option<String> {
        let description = microbatch::description(&self.runtime, &job.node);
        self.runtime.events.send(Event::LogStartLine {
            node: job.info.clone(),
            index: job.index,
            total: self.total,
            description: description.clone(),
        });
        description
    }

    fn end(&self, job: &Job, result: RunResult, description: Option<String>) -> RunResult {
        if let Some(error) = &result.error {
            let (node, exc) = (job.info.in_phase(Phase::Executing), crate::outcome::plain(error));
            self.runtime.events.send(Event::CatchableExceptionOnRun { node, exc });
        }
        self.told(job, result, description)
    }

    fn told(&self, job: &Job, result: RunResult, description: Option<String>) -> RunResult {
        let events = &self.runtime.events;
        let shared = Arc::new(result.clone());
        events.send(Event::LogResult { result: Arc::clone(&shared), index: job.index, total: self.total, description });
        events.send(Event::NodeFinished { result: shared });
        result
    }
}
