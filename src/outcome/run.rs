//! The result of one node and of a whole run.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{NodeFacts, NodeInfo, Status, Timestamp, iso};
use crate::diagnostic::Diagnostic;
use crate::manifest::{TimeWindow, iso_moment, parse_moment};

/// When a phase (`compile`, `execute`) began and ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// `compile` or `execute`.
    pub name: &'static str,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

impl Timing {
    /// The phase as artifacts hold it.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name, "started_at": self.started_at.map(iso), "completed_at": self.completed_at.map(iso),
        })
    }
}

/// What came of the batches of a microbatch model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchResults {
    /// Built.
    pub successful: Vec<TimeWindow>,
    /// Not built.
    pub failed: Vec<TimeWindow>,
}

impl BatchResults {
    /// As `run_results.json` has it: pairs of moments.
    pub fn to_json(&self) -> Value {
        let pairs = |windows: &[TimeWindow]| -> Vec<Value> {
            windows.iter().map(|window| json!([iso_moment(window.start), iso_moment(window.end)])).collect()
        };
        json!({"successful": pairs(&self.successful), "failed": pairs(&self.failed)})
    }

    /// The batches that a `run_results.json` tells of; `None` where there are none.
    pub fn from_json(value: &Value) -> Option<Self> {
        let windows = |key: &str| -> Option<Vec<TimeWindow>> {
            let moment = |value: &Value| parse_moment(value.as_str()?);
            let pair = |pair: &Value| Some(TimeWindow { start: moment(pair.get(0)?)?, end: moment(pair.get(1)?)? });
            value.get(key)?.as_array()?.iter().map(pair).collect()
        };
        Some(Self { successful: windows("successful")?, failed: windows("failed")? })
    }
}

/// The result of one node.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// The node, ended.
    pub node: NodeInfo,
    /// How it ended.
    pub status: Status,
    /// Its phases.
    pub timing: Vec<Timing>,
    /// The worker that ran it.
    pub thread: String,
    /// Seconds.
    pub execution_time: f64,
    /// The one text that artifacts carry: `OK`, `INSERT 3`, `Got 1 result, configured to fail if != 0`, or the error.
    pub message: Option<String>,
    /// Rows that a test found.
    pub failures: Option<u64>,
    /// What the warehouse answered.
    pub adapter_response: Map<String, Value>,
    /// Whether it was compiled; `None` for nodes that have nothing to compile.
    pub compiled: Option<bool>,
    /// The SQL after rendering.
    pub compiled_code: Option<String>,
    /// The relation that it built.
    pub relation_name: Option<String>,
    /// Batches of a microbatch model.
    pub batch_results: Option<BatchResults>,
    /// Overloads of a function that were made and that failed, in dbt's shape.
    pub overload_results: Option<Value>,
    /// Why it failed, with places; `message` is its plain text.
    pub error: Option<Diagnostic>,
    /// The ephemeral model, above this node, that could not be compiled; for that the node was skipped.
    pub broken_ephemeral: Option<String>,
    /// Where the compiled SQL was written, as shown to the user.
    pub compiled_path: Option<String>,
    /// The table that holds the rows a failing test found (`store_failures`), quoted.
    pub failures_relation: Option<String>,
    /// What a test expects, in words: `every value of id is different`.
    pub expected: Option<String>,
}

impl RunResult {
    /// A result with a status and nothing else.
    pub fn new(node: NodeInfo, status: Status) -> Self {
        Self {
            node,
            status,
            timing: Vec::new(),
            thread: std::thread::current().name().unwrap_or("worker").to_owned(),
            execution_time: 0.0,
            message: None,
            failures: None,
            adapter_response: Map::new(),
            compiled: None,
            compiled_code: None,
            relation_name: None,
            batch_results: None,
            overload_results: None,
            error: None,
            broken_ephemeral: None,
            compiled_path: None,
            failures_relation: None,
            expected: None,
        }
    }

    /// A failed result: the diagnostic is kept and its plain text becomes the message.
    pub fn failed(node: NodeInfo, error: Diagnostic) -> Self {
        let message = super::plain_in(&error, Some(&node.facts));
        Self { message: Some(message), error: Some(error), ..Self::new(node, Status::Error) }
    }

    /// What is said of a node that was skipped for an ephemeral model above it. dbt: in these words.
    pub fn broken_by(unique_id: &str, ephemeral: &str) -> String {
        format!(
            "Compilation Error in {unique_id}, caused by compilation error in referenced ephemeral model {ephemeral}"
        )
    }

    /// The facts of its node.
    pub fn facts(&self) -> &NodeFacts {
        &self.node.facts
    }

    /// Whether it makes the command fail.
    ///
    /// dbt: a node that was skipped counts, unless it is an exposure.
    pub fn is_failure(&self) -> bool {
        self.status.is_failure() || (self.status == Status::Skipped && self.facts().resource_type != "exposure")
    }
}

/// How many results ended how, as in dbt's last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Built, or passed.
    pub pass: usize,
    /// Warned.
    pub warn: usize,
    /// Failed.
    pub error: usize,
    /// Not tried.
    pub skip: usize,
    /// Nothing to do.
    pub no_op: usize,
    /// Taken from elsewhere.
    pub reused: usize,
    /// All of them.
    pub total: usize,
}

/// The results of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResults {
    /// One for each node, in the order in which they ended.
    pub results: Vec<Arc<RunResult>>,
    /// Seconds of the whole run.
    pub elapsed: f64,
    /// The arguments of the command, as `run_results.json` keeps them for `retry`.
    pub args: Map<String, Value>,
    /// When the run ended.
    pub generated_at: Timestamp,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

impl RunResults {
    /// Results of a run that ended now.
    pub fn new(results: Vec<Arc<RunResult>>, elapsed: f64, args: Map<String, Value>) -> Self {
        Self { results, elapsed, args, generated_at: super::now(), interrupted: false }
    }

    /// How many ended how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { total: self.results.len(), ..Counts::default() };
        for result in &self.results {
            *match result.status {
                Status::Success | Status::Pass => &mut counts.pass,
                Status::Warn => &mut counts.warn,
                Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => &mut counts.error,
                Status::Skipped => &mut counts.skip,
                Status::NoOp => &mut counts.no_op,
                Status::Reused => &mut counts.reused,
            } += 1;
        }
        counts
    }

    /// Whether every node is well.
    pub fn success(&self) -> bool {
        !self.results.iter().any(|result| result.is_failure())
    }

    /// The exit code of a command that ran: 0 when all is well, 1 when a node failed.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.success())
    }
}
