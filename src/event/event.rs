//! Everything that can happen, as typed facts.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Level, Warning, WarningKind};
use crate::diagnostic::Diagnostic;
use crate::outcome::{FreshnessResult, NodeInfo, Preview, RunResult, RunResults, Status, Timestamp, Timing};

/// Rows that `show` found.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownRows {
    /// The node's name; `None` for an inline query.
    pub node: Option<String>,
    /// The node's id.
    pub unique_id: String,
    /// The rows.
    pub preview: Preview,
    /// Whether `--output json` was asked for.
    pub json: bool,
}

/// SQL that `compile` made for the user to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// The node's name; `None` for an inline query.
    pub node: Option<String>,
    /// The node's id.
    pub unique_id: String,
    /// The SQL.
    pub code: String,
    /// Whether `--output json` was asked for.
    pub json: bool,
}

/// Something that happened.
///
/// Indexes count from 1. Times are seconds. Texts are without color and without line end.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants are documented, and their fields say what they are")]
pub enum Event {
    /// The first event of every command.
    MainReportVersion { version: String },
    /// The arguments as understood.
    MainReportArgs { args: Map<String, Value> },
    /// The profile has no target of its own choice.
    MissingProfileTarget { profile: String, target: String },
    /// The command cannot go on.
    MainEncounteredError { errors: Vec<Diagnostic> },
    /// Ctrl-C was pressed.
    MainKeyboardInterrupt,
    /// A running statement is being cancelled.
    LogCancelLine { connection: String },
    /// The last event of every command.
    CommandCompleted { command: String, success: bool, elapsed: f64 },
    /// Time and memory that the command took; the fields are dbt's.
    ResourceReport { data: Map<String, Value> },

    /// An empty line, or a line that only structures the output.
    Formatting { text: String },
    /// A message without a type of its own.
    Note { level: Level, message: String },
    /// Output proper: `print()`, a line of `ls`. Shown even with `--quiet`.
    Print { message: String },
    /// A line of `debug`.
    DebugLine { message: String },
    /// `log(message, info=true)`.
    JinjaLogInfo { node: Option<NodeInfo>, message: String },
    /// `log(message)`.
    JinjaLogDebug { node: Option<NodeInfo>, message: String },
    /// A warning or deprecation; sent by `Events::warn`.
    Warning(Box<Warning>),
    /// How often each deprecation was met; sent by `Events::summarize_deprecations`.
    DeprecationsSummary { summaries: Vec<(WarningKind, usize)>, show_all_hint: bool },

    /// The adapter is known; `version` like `=1.11.1`.
    AdapterRegistered { name: String, version: String },
    /// What the project holds: `4 models, 1 seed, 511 macros`.
    FoundStats { stat_line: String },
    /// `--no-partial-parse`.
    PartialParsingNotEnabled,
    /// `--partial-parse` was asked for, and there is nothing to go on from.
    UnableToPartialParse { reason: String },
    /// What decides whether a parsed project may be used again: `vars` as Python shows them, without secrets.
    StateCheckVarsHash { checksum: String, vars: String, profile: String, target: String },
    /// The selector that applies when none is named.
    DefaultSelector { name: String },
    /// A file of `target/` was written; `kind` like `WritableManifest`.
    ArtifactWritten { kind: String, path: String },

    /// The run begins: how many threads, which target, how many nodes.
    ConcurrencyLine { threads: usize, target: String, nodes: usize },
    /// A worker took the node.
    NodeStart { node: NodeInfo },
    /// The node's template is being rendered.
    NodeCompiling { node: NodeInfo },
    /// The node's compiled SQL was written.
    WritingInjectedSql { node: NodeInfo },
    /// The node's statements are running.
    NodeExecuting { node: NodeInfo },
    /// A phase of the node ended.
    TimingInfoCollected { node: NodeInfo, timing: Timing },
    /// An overload of a function begins, or, with a status, has ended.
    OverloadLine {
        node: NodeInfo,
        description: String,
        status: Option<Status>,
        index: usize,
        total: usize,
        execution_time: f64,
    },
    /// `2 of 10 START sql view model main.a`; without a description the node's own is used.
    LogStartLine { node: NodeInfo, index: usize, total: usize, description: Option<String> },
    /// `2 of 10 OK created sql view model main.a`, or the line that fits type and status of the result.
    LogResult { result: Arc<RunResult>, index: usize, total: usize, description: Option<String> },
    /// The node is done, whatever came of it.
    NodeFinished { result: Arc<RunResult> },
    /// A `ref` without a version reads one that a newer version is about to replace.
    UnpinnedRefNewVersionAvailable { node: NodeInfo, message: String },
    /// A failure makes the descendants be skipped.
    MarkSkippedChildren { result: Arc<RunResult> },
    /// The node failed; `exc` is the plain text.
    CatchableExceptionOnRun { node: NodeInfo, exc: String },
    /// The freshness of a source table is about to be looked at.
    LogFreshnessStart { node: NodeInfo, source_name: String, index: usize, total: usize },
    /// The freshness of a source table is known.
    LogFreshnessResult { result: Arc<FreshnessResult>, index: usize, total: usize },
    /// All sources were looked at.
    FreshnessCheckComplete,
    /// How a batch of a microbatch model is run.
    MicrobatchExecutionDebug { message: String },
    /// A batch of a microbatch model failed; the model's own result cannot tell why.
    GenericExceptionOnRun { node: NodeInfo, error: Box<Diagnostic> },
    /// A batch of a microbatch model begins.
    LogStartBatch { node: NodeInfo, description: String, index: usize, total: usize },
    /// A batch of a microbatch model ended; `status` is `error`, `skipped` or the warehouse's answer.
    LogBatchResult {
        node: NodeInfo,
        description: String,
        status: String,
        index: usize,
        total: usize,
        execution_time: f64,
    },
    /// The hooks of one kind begin.
    HooksRunning { hooks: usize, kind: String },
    /// A hook begins; `statement` is its name (`shop.on-run-start.0`).
    LogHookStartLine { node: NodeInfo, statement: String, index: usize, total: usize },
    /// A hook ended.
    LogHookEndLine { result: Arc<RunResult>, statement: String, index: usize, total: usize },
    /// `run-operation --sql` begins; dbt tells it as a note.
    OperationStart { statement: String },
    /// `run-operation --sql` ended; `answer` is the warehouse's, and absent after a failure.
    OperationEnd { statement: String, answer: Option<String>, execution_time: f64 },
    /// A `run-operation` failed.
    RunningOperationCaughtError { error: Box<Diagnostic> },

    /// All nodes are done: `1 seed, 2 view models`, and the seconds.
    FinishedRunningStats { stat_line: String, execution_time: f64 },
    /// The run is over: the reporter makes the whole summary from this.
    RunFinished { results: Arc<RunResults>, interrupted: bool },
    /// Made by the reporter: the verdict.
    EndOfRunSummary { errors: usize, partial_successes: usize, warnings: usize, interrupted: bool },
    /// Made by the reporter: heading of a failure.
    RunResultFailure { result: Arc<RunResult> },
    /// Made by the reporter: heading of a warning.
    RunResultWarning { result: Arc<RunResult> },
    /// Made by the reporter: what failed.
    RunResultError { result: Arc<RunResult> },
    /// Made by the reporter: what a skipped node was skipped for; at debug.
    RunResultSkipped { result: Arc<RunResult> },
    /// Made by the reporter: a failure without a message.
    RunResultErrorNoMessage { result: Arc<RunResult> },
    /// Made by the reporter: what is warned of.
    RunResultWarningMessage { result: Arc<RunResult> },
    /// Made by the reporter: where the compiled SQL is.
    SqlCompiledPath { result: Arc<RunResult> },
    /// Made by the reporter: which table holds the rows that a test found.
    CheckNodeTestFailure { result: Arc<RunResult> },
    /// Made by the reporter: the command that shows the rows that a test found.
    ShowFailures { result: Arc<RunResult>, command: String },
    /// Made by the reporter: the nodes that took longest; at debug.
    SlowestNodes { nodes: Vec<(String, f64)> },
    /// Made by the reporter: the counts.
    StatsLine { counts: crate::outcome::Counts },

    /// Rows that `show` found.
    ShowNode(Box<ShownRows>),
    /// SQL that `compile` made for the user to read.
    CompiledNode(Box<ShownCode>),
    /// The catalog is being collected.
    BuildingCatalog,
    /// The catalog was written.
    CatalogWritten { path: String },
    /// Compilation failed before the catalog could be collected.
    CannotGenerateDocs,
    /// Parts of the catalog could not be read.
    WriteCatalogFailure { failures: usize },
    /// `clean` looks at a folder.
    CheckCleanPath { path: String },
    /// `clean` emptied a folder.
    ConfirmCleanPath { path: String },
    /// `clean` left a folder alone.
    ProtectedCleanPath { path: String },
    /// `clean` is done.
    FinishedCleanPaths,
    /// `init` made a project.
    ProjectCreated { name: String, path: String },

    /// No `packages.yml`.
    DepsNoPackagesFound,
    /// A package is being installed.
    DepsStartPackageInstall { package: String },
    /// A package was installed: `version 1.3.0`.
    DepsInstallInfo { version_name: String },
    /// A newer version exists.
    DepsUpdateAvailable { version_latest: String },
    /// The newest version is installed.
    DepsUpToDate,
    /// The package lies in a subfolder.
    DepsListSubdirectory { subdirectory: String },
    /// Packages with newer versions.
    DepsNotifyUpdatesAvailable { packages: Vec<String> },
    /// The lock file was written.
    DepsLockUpdating { path: String },
    /// A package was added to `packages.yml`.
    DepsAddPackage { name: String, version: String, path: String },
    /// A package was there already and was replaced.
    DepsFoundDuplicatePackage { removed: String },

    /// A connection is wanted.
    NewConnection { connection: String, adapter: String },
    /// A statement is about to run on this connection.
    ConnectionUsed { connection: String, adapter: String },
    /// A connection that is open already is used for something else.
    ConnectionReused { connection: String, before: String },
    /// A connection was closed.
    ConnectionClosed { connection: String },
    /// A statement is sent.
    SqlQuery { node: Option<NodeInfo>, connection: String, sql: String },
    /// A statement was answered.
    SqlQueryStatus { node: Option<NodeInfo>, status: String, elapsed: f64, query_id: String },
    /// A transaction is committed.
    SqlCommit { node: Option<NodeInfo>, connection: String },
    /// A transaction is rolled back.
    Rollback { node: Option<NodeInfo>, connection: String },
    /// What exists in a schema.
    ListRelations { database: String, schema: String, relations: Vec<String> },
    /// A schema is created.
    SchemaCreation { database: String, schema: String },
    /// A schema is dropped.
    SchemaDrop { database: String, schema: String },
    /// A column's type is changed.
    ColTypeChange { from: String, to: String, table: String },
    /// A message of the adapter itself.
    AdapterMessage { level: Level, adapter: String, message: String, node: Option<NodeInfo> },

    /// A source table is being filled.
    LoadStarted { table: String, files: usize, index: usize, total: usize },
    /// A source table was filled.
    LoadedTable { table: String, rows: u64, files: usize, index: usize, total: usize, execution_time: f64 },
    /// A source table holds these files already.
    LoadUnchanged { table: String, files: usize, index: usize, total: usize },
    /// A source table could not be filled; the old one stays.
    LoadFailed { table: String, error: Box<Diagnostic>, index: usize, total: usize, execution_time: f64 },
}

impl Event {
    /// An empty line.
    pub fn blank() -> Self {
        Self::Formatting { text: String::new() }
    }

    /// The moment that the event itself names, where it names one.
    pub fn completed_at(&self) -> Option<Timestamp> {
        match self {
            Self::TimingInfoCollected { timing, .. } => timing.completed_at,
            _ => None,
        }
    }

    /// The node that it concerns.
    pub fn node(&self) -> Option<&NodeInfo> {
        match self {
            Self::NodeStart { node }
            | Self::NodeCompiling { node }
            | Self::WritingInjectedSql { node }
            | Self::NodeExecuting { node }
            | Self::TimingInfoCollected { node, .. }
            | Self::LogStartLine { node, .. }
            | Self::OverloadLine { node, .. }
            | Self::CatchableExceptionOnRun { node, .. }
            | Self::LogFreshnessStart { node, .. }
            | Self::LogStartBatch { node, .. }
            | Self::UnpinnedRefNewVersionAvailable { node, .. }
            | Self::GenericExceptionOnRun { node, .. }
            | Self::LogBatchResult { node, .. }
            | Self::LogHookStartLine { node, .. } => Some(node),
            Self::JinjaLogInfo { node, .. }
            | Self::JinjaLogDebug { node, .. }
            | Self::SqlQuery { node, .. }
            | Self::SqlQueryStatus { node, .. }
            | Self::SqlCommit { node, .. }
            | Self::Rollback { node, .. }
            | Self::AdapterMessage { node, .. } => node.as_ref(),
            Self::Warning(warning) => warning.node.as_ref(),
            Self::LogFreshnessResult { result, .. } => Some(&result.node),
            Self::LogResult { result, .. }
            | Self::NodeFinished { result }
            | Self::LogHookEndLine { result, .. }
            | Self::RunResultFailure { result }
            | Self::RunResultWarning { result }
            | Self::RunResultError { result }
            | Self::RunResultSkipped { result }
            | Self::RunResultErrorNoMessage { result }
            | Self::RunResultWarningMessage { result }
            | Self::SqlCompiledPath { result }
            | Self::CheckNodeTestFailure { result }
            | Self::ShowFailures { result, .. } => Some(&result.node),
            _ => None,
        }
    }
}
