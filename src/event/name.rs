//! dbt's name, code and level of each event: what log readers know it by.
//!
//! Events that dbt does not have carry codes with `N`.

use std::fmt;

use super::Event;
use crate::outcome::{RunResult, Status};

/// How important an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For the log file.
    Debug,
    /// For the user.
    Info,
    /// Something should be looked at.
    Warn,
    /// Something failed.
    Error,
}

impl Level {
    /// The word in logs and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Event {
    /// dbt's name of the event.
    pub fn name(&self) -> &'static str {
        self.identity().0
    }

    /// dbt's code of the event.
    pub fn code(&self) -> &'static str {
        self.identity().1
    }

    /// How important it is.
    pub fn level(&self) -> Level {
        self.identity().2
    }

    /// Whether it is output proper, shown even with `--quiet` and without a time in front.
    pub fn is_output(&self) -> bool {
        matches!(self, Self::Print { .. } | Self::ShowNode(_) | Self::CompiledNode(_))
    }

    /// Whether bars, summaries or reports follow it although it may not be shown as a line.
    pub fn is_followed(&self) -> bool {
        matches!(
            self,
            Self::MainReportArgs { .. }
                | Self::ConcurrencyLine { .. }
                | Self::LogStartLine { .. }
                | Self::LogResult { .. }
                | Self::LogFreshnessStart { .. }
                | Self::LogFreshnessResult { .. }
                | Self::FinishedRunningStats { .. }
                | Self::RunFinished { .. }
                | Self::ResourceReport { .. }
        )
    }

    fn identity(&self) -> (&'static str, &'static str, Level) {
        use Level::{Debug, Error, Info, Warn};
        match self {
            Self::MainReportVersion { .. } => ("MainReportVersion", "A001", Info),
            Self::MainReportArgs { .. } => ("MainReportArgs", "A002", Debug),
            Self::MissingProfileTarget { .. } => ("MissingProfileTarget", "A005", Info),
            Self::MainEncounteredError { .. } => ("MainEncounteredError", "Z002", Error),
            Self::MainKeyboardInterrupt => ("MainKeyboardInterrupt", "Z001", Info),
            Self::LogCancelLine { .. } => ("LogCancelLine", "Q022", Error),
            Self::CommandCompleted { .. } => ("CommandCompleted", "Q039", Debug),
            Self::ResourceReport { .. } => ("ResourceReport", "Z051", Debug),

            Self::Formatting { .. } => ("Formatting", "Z017", Info),
            // Remarks of our own at debug level, which dbt does not make, are not counted as dbt's.
            Self::Note { level: Debug, .. } => ("Remark", "N021", Debug),
            Self::Note { level, .. } => ("Note", "Z050", *level),
            Self::Print { .. } => ("PrintEvent", "Z052", Info),
            Self::DebugLine { .. } => ("DebugCmdOut", "Z047", Info),
            Self::JinjaLogInfo { .. } => ("JinjaLogInfo", "I062", Info),
            Self::JinjaLogDebug { .. } => ("JinjaLogDebug", "I063", Debug),
            Self::UnpinnedRefNewVersionAvailable { .. } => ("UnpinnedRefNewVersionAvailable", "I064", Info),
            Self::Warning(warning) => (warning.kind.name(), warning.kind.code(), Warn),
            Self::DeprecationsSummary { .. } => ("DeprecationsSummary", "D028", Warn),

            Self::AdapterRegistered { .. } => ("AdapterRegistered", "E034", Info),
            Self::FoundStats { .. } => ("FoundStats", "W006", Info),
            Self::DefaultSelector { .. } => ("DefaultSelector", "Q023", Info),
            Self::ArtifactWritten { .. } => ("ArtifactWritten", "P001", Debug),

            Self::ConcurrencyLine { .. } => ("ConcurrencyLine", "Q027", Info),
            Self::NodeStart { .. } => ("NodeStart", "Q024", Debug),
            Self::NodeCompiling { .. } => ("NodeCompiling", "Q030", Debug),
            Self::WritingInjectedSql { .. } => ("WritingInjectedSQLForNode", "Q029", Debug),
            Self::NodeExecuting { .. } => ("NodeExecuting", "Q031", Debug),
            Self::TimingInfoCollected { .. } => ("TimingInfoCollected", "Z010", Debug),
            Self::OverloadLine { status: None, .. } => ("LogStartOverload", "Q048", Info),
            Self::OverloadLine { status: Some(status), .. } => ("LogOverloadResult", "Q049", level_of(*status)),
            Self::LogStartLine { .. } | Self::LogFreshnessStart { .. } => ("LogStartLine", "Q011", Info),
            Self::LogResult { result, .. } => result_line(result),
            Self::NodeFinished { .. } => ("NodeFinished", "Q025", Debug),
            Self::MarkSkippedChildren { .. } => ("MarkSkippedChildren", "Z033", Debug),
            Self::CatchableExceptionOnRun { .. } => ("CatchableExceptionOnRun", "W002", Debug),
            Self::LogFreshnessResult { result, .. } => ("LogFreshnessResult", "Q018", level_of(result.status)),
            Self::FreshnessCheckComplete => ("FreshnessCheckComplete", "Q003", Info),
            Self::MicrobatchExecutionDebug { .. } => ("MicrobatchExecutionDebug", "Q044", Debug),
            Self::GenericExceptionOnRun { .. } => ("GenericExceptionOnRun", "W004", Error),
            Self::LogStartBatch { .. } => ("LogStartBatch", "Q045", Info),
            Self::LogBatchResult { status, .. } => {
                ("LogBatchResult", "Q046", if status == "error" { Error } else { Info })
            }
            Self::HooksRunning { .. } => ("HooksRunning", "E046", Info),
            Self::LogHookStartLine { .. } => ("LogHookStartLine", "Q032", Info),
            Self::LogHookEndLine { .. } => ("LogHookEndLine", "Q033", Info),
            Self::OperationStart { .. } => ("Note", "Z050", Info),
            Self::OperationEnd { answer, .. } => ("Note", "Z050", if answer.is_some() { Info } else { Error }),
            Self::RunningOperationCaughtError { .. } => ("RunningOperationCaughtError", "Q001", Error),

            Self::FinishedRunningStats { .. } => ("FinishedRunningStats", "E047", Info),
            Self::RunFinished { .. } => ("EndRunResult", "Q037", Debug),
            Self::EndOfRunSummary { .. } => ("EndOfRunSummary", "Z030", Info),
            Self::RunResultFailure { .. } => ("RunResultFailure", "Z022", Error),
            Self::RunResultWarning { .. } => ("RunResultWarning", "Z021", Warn),
            Self::RunResultError { .. } => ("RunResultError", "Z024", Error),
            Self::RunResultSkipped { .. } => ("RunResultError", "Z024", Debug),
            Self::RunResultErrorNoMessage { .. } => ("RunResultErrorNoMessage", "Z025", Error),
            Self::RunResultWarningMessage { .. } => ("RunResultWarningMessage", "Z046", Warn),
            Self::SqlCompiledPath { .. } => ("SQLCompiledPath", "Z026", Info),
            Self::CheckNodeTestFailure { .. } => ("CheckNodeTestFailure", "Z027", Info),
            Self::ShowFailures { .. } => ("ShowFailures", "N010", Info),
            Self::SlowestNodes { .. } => ("SlowestNodes", "N011", Debug),
            Self::StatsLine { .. } => ("StatsLine", "Z023", Info),

            Self::ShowNode(_) => ("ShowNode", "Q041", Info),
            Self::CompiledNode(_) => ("CompiledNode", "Q042", Info),
            Self::BuildingCatalog => ("BuildingCatalog", "E044", Info),
            Self::CatalogWritten { .. } => ("CatalogWritten", "E042", Info),
            Self::CannotGenerateDocs => ("CannotGenerateDocs", "E043", Info),
            Self::WriteCatalogFailure { .. } => ("WriteCatalogFailure", "E041", Error),
            Self::CheckCleanPath { .. } => ("CheckCleanPath", "Z012", Info),
            Self::ConfirmCleanPath { .. } => ("ConfirmCleanPath", "Z013", Info),
            Self::ProtectedCleanPath { .. } => ("ProtectedCleanPath", "Z014", Info),
            Self::FinishedCleanPaths => ("FinishedCleanPaths", "Z015", Info),
            Self::ProjectCreated { .. } => ("ProjectCreated", "A026", Info),

            Self::StateCheckVarsHash { .. } => ("StateCheckVarsHash", "I025", Debug),
            Self::PartialParsingNotEnabled => ("PartialParsingNotEnabled", "I028", Debug),
            Self::UnableToPartialParse { .. } => ("UnableToPartialParse", "I024", Info),
            Self::DepsNoPackagesFound => ("DepsNoPackagesFound", "M013", Info),
            Self::DepsStartPackageInstall { .. } => ("DepsStartPackageInstall", "M014", Info),
            Self::DepsInstallInfo { .. } => ("DepsInstallInfo", "M015", Info),
            Self::DepsUpdateAvailable { .. } => ("DepsUpdateAvailable", "M016", Info),
            Self::DepsUpToDate => ("DepsUpToDate", "M017", Info),
            Self::DepsListSubdirectory { .. } => ("DepsListSubdirectory", "M018", Info),
            Self::DepsNotifyUpdatesAvailable { .. } => ("DepsNotifyUpdatesAvailable", "M019", Info),
            Self::DepsLockUpdating { .. } => ("DepsLockUpdating", "M031", Info),
            Self::DepsAddPackage { .. } => ("DepsAddPackage", "M032", Info),
            Self::DepsFoundDuplicatePackage { .. } => ("DepsFoundDuplicatePackage", "M033", Info),

            Self::NewConnection { .. } => ("NewConnection", "E005", Debug),
            Self::ConnectionReused { .. } => ("ConnectionReused", "E006", Debug),
            Self::ConnectionUsed { .. } => ("ConnectionUsed", "E015", Debug),
            Self::ConnectionClosed { .. } => ("ConnectionClosed", "E010", Debug),
            Self::SqlQuery { .. } => ("SQLQuery", "E016", Debug),
            Self::SqlQueryStatus { .. } => ("SQLQueryStatus", "E017", Debug),
            Self::SqlCommit { .. } => ("SQLCommit", "E018", Debug),
            Self::Rollback { .. } => ("Rollback", "E012", Debug),
            Self::ListRelations { .. } => ("ListRelations", "E014", Debug),
            Self::SchemaCreation { .. } => ("SchemaCreation", "E020", Debug),
            Self::SchemaDrop { .. } => ("SchemaDrop", "E021", Debug),
            Self::ColTypeChange { .. } => ("ColTypeChange", "E019", Debug),
            Self::AdapterMessage { level, .. } => match level {
                Debug => ("AdapterEventDebug", "E001", Debug),
                Info => ("AdapterEventInfo", "E002", Info),
                Warn => ("AdapterEventWarning", "E003", Warn),
                Error => ("AdapterEventError", "E004", Error),
            },

            Self::LoadStarted { .. } => ("LoadStarted", "N001", Info),
            Self::LoadedTable { .. } => ("LoadedTable", "N002", Info),
            Self::LoadUnchanged { .. } => ("LoadUnchanged", "N003", Info),
            Self::LoadFailed { .. } => ("LoadFailed", "N004", Error),
        }
    }
}

fn level_of(status: Status) -> Level {
    match status {
        Status::Error | Status::Fail | Status::RuntimeError => Level::Error,
        Status::Warn => Level::Warn,
        _ => Level::Info,
    }
}

/// dbt has one event for each kind of node, and others for what was skipped or needs nothing.
fn result_line(result: &RunResult) -> (&'static str, &'static str, Level) {
    let level = level_of(result.status);
    match (result.status, result.facts().resource_type.as_str()) {
        (Status::Skipped, _) if result.broken_ephemeral.is_some() => ("LogSkipBecauseError", "Z034", Level::Error),
        (Status::Skipped, _) => ("SkippingDetails", "Q034", Level::Info),
        (Status::NoOp, _) => ("LogNodeNoOpResult", "Q019", Level::Info),
        (_, "test" | "unit_test") => ("LogTestResult", "Q007", level),
        (_, "seed") => ("LogSeedResult", "Q016", level),
        (_, "snapshot") => ("LogSnapshotResult", "Q015", level),
        (_, "function") => ("LogFunctionResult", "Q047", level),
        _ => ("LogModelResult", "Q012", level),
    }
}
