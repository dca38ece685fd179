//! The text of each event, close to dbt's where tools take lines apart.

use super::result_text;
use super::style::{Paint, Place, count, progress_line};
use super::{render, table};
use crate::diagnostic::{Heading, WarningKind};
use crate::event::{Event, Level, Warning};
use crate::outcome::{iso, plain, plain_all};
use crate::project::DBT_VERSION;

/// How texts are made.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// With colors or without.
    pub paint: Paint,
    /// Where the dots of progress lines end.
    pub width: usize,
    /// With source excerpts, or with the plain text that machines read.
    pub excerpts: bool,
    /// `--quiet`: output without introduction.
    pub quiet: bool,
}

impl Wording {
    /// What machines read: no color, no excerpts.
    pub fn plain() -> Self {
        Self { paint: Paint::Plain, width: 80, excerpts: false, quiet: false }
    }
}

/// The text of an event, without time and level.
pub fn message(event: &Event, wording: Wording) -> String {
    command(event, wording)
        .or_else(|| result_text::message(event, wording))
        .or_else(|| output(event, wording))
        .or_else(|| packages(event))
        .or_else(|| warehouse(event))
        .or_else(|| load(event, wording))
        .unwrap_or_default()
}

fn command(event: &Event, wording: Wording) -> Option<String> {
    let paint = wording.paint;
    Some(match event {
        // dbt's name stays in this line: tools find the start of a run and the version by it.
        Event::MainReportVersion { version } => {
            format!("Running with dbt{version} (netflix {})", env!("CARGO_PKG_VERSION"))
        }
        Event::MainReportArgs { args } => {
            format!("running with arguments {}", serde_json::Value::Object(args.clone()))
        }
        Event::MissingProfileTarget { profile, target } => {
            format!("target not specified in profile '{profile}', using '{target}'")
        }
        Event::MainEncounteredError { errors } => {
            let text = if wording.excerpts { render::diagnostics(errors, paint) } else { plain_all(errors) };
            paint.error_tag(&format!("Encountered an error:\n{text}"))
        }
        Event::MainKeyboardInterrupt => "ctrl-c".to_owned(),
        Event::LogCancelLine { connection } => {
            progress_line(None, &format!("CANCEL query {connection}"), &paint.red("CANCEL"), None, wording.width)
        }
        Event::CommandCompleted { command, success, elapsed } => {
            let word = if *success { "succeeded" } else { "failed" };
            let at = crate::outcome::now().format("%H:%M:%S%.6f");
            format!("Command `{command}` {word} at {at} after {elapsed:.2} seconds")
        }
        Event::ResourceReport { data } => format!("Resource report: {}", serde_json::Value::Object(data.clone())),
        Event::Formatting { text } => text.clone(),
        Event::Note { level, message } => match level {
            Level::Error => paint.error_tag(message),
            Level::Warn => paint.warning_tag(message, None),
            _ => message.clone(),
        },
        Event::Print { message }
        | Event::DebugLine { message }
        | Event::JinjaLogInfo { message, .. }
        | Event::UnpinnedRefNewVersionAvailable { message, .. }
        | Event::JinjaLogDebug { message, .. } => message.clone(),
        Event::Warning(item) => warning(item, wording),
        Event::DeprecationsSummary { summaries, show_all_hint } => deprecations(summaries, *show_all_hint, paint),
        Event::AdapterRegistered { name, version } => format!("Registered adapter: {name}{version}"),
        Event::FoundStats { stat_line } => format!("Found {stat_line}"),
        Event::DefaultSelector { name } => format!("Using default selector {name}"),
        Event::ArtifactWritten { kind, path } => format!("Wrote artifact {kind} to {path}"),
        Event::ConcurrencyLine { threads, target, .. } => {
            format!("Concurrency: {threads} threads (target='{target}')")
        }
        _ => return None,
    })
}

fn warning(warning: &Warning, wording: Wording) -> String {
    let paint = wording.paint;
    let text = if wording.excerpts {
        render::body(&warning.diagnostic, paint)
    } else {
        let plain = plain(&warning.diagnostic);
        let lines: Vec<&str> = plain.lines().skip(1).map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
        lines.join("\n")
    };
    match warning.heading {
        Heading::Plain => paint.warning_tag(&text, None),
        Heading::Deprecated => paint.warning_tag(&format!("Deprecated functionality\n\n{text}"), None),
        Heading::Named => paint.warning_tag(&format!("Deprecated functionality\n\n{text}"), Some(warning.kind.name())),
    }
}

fn deprecations(summaries: &[(WarningKind, usize)], show_all_hint: bool, paint: Paint) -> String {
    let mut lines = vec!["Deprecated functionality\n\nSummary of encountered deprecations:".to_owned()];
    lines.extend(summaries.iter().map(|(kind, number)| format!("- {}: {}", kind.name(), count(*number, "occurrence"))));
    if show_all_hint {
        lines.push("To see every occurrence, run the command again with `--show-all-deprecations`.".to_owned());
    }
    paint.warning_tag(&lines.join("\n"), Some("DeprecationsSummary"))
}

fn output(event: &Event, wording: Wording) -> Option<String> {
    Some(match event {
        Event::ShowNode(shown) => table::shown_rows(shown, wording.quiet),
        Event::CompiledNode(shown) => table::shown_code(shown, wording.quiet),
        Event::BuildingCatalog => "Building catalog".to_owned(),
        Event::CatalogWritten { path } => format!("Catalog written to {path}"),
        Event::CannotGenerateDocs => "compile failed, cannot generate docs".to_owned(),
        Event::WriteCatalogFailure { failures } => {
            format!("{} while writing the catalog", count(*failures, "failure"))
        }
        Event::CheckCleanPath { path } => format!("Checking {path}/*"),
        Event::ConfirmCleanPath { path } => format!("Cleaned {path}/*"),
        Event::ProtectedCleanPath { path } => format!("ERROR: not cleaning {path}/* because it is protected"),
        Event::FinishedCleanPaths => "Finished cleaning all paths.".to_owned(),
        Event::ProjectCreated { name, path } => format!("Your new project \"{name}\" was created in {path}"),
        _ => return None,
    })
}

fn packages(event: &Event) -> Option<String> {
    Some(match event {
        Event::StateCheckVarsHash { checksum, vars, profile, target } => {
            format!("checksum: {checksum}, vars: {vars}, profile: {profile}, target: {target}, version: {DBT_VERSION}")
        }
        Event::PartialParsingNotEnabled => "Partial parsing not enabled".to_owned(),
        Event::UnableToPartialParse { reason } => {
            format!("Partial parsing is not done, since {reason}. Starting full parse.")
        }
        Event::DepsNoPackagesFound => "Warning: No packages were found in packages.yml".to_owned(),
        Event::DepsStartPackageInstall { package } => format!("Installing {package}"),
        Event::DepsInstallInfo { version_name } => format!("Installed from {version_name}"),
        Event::DepsUpdateAvailable { version_latest } => format!("Updated version available: {version_latest}"),
        Event::DepsUpToDate => "Up to date!".to_owned(),
        Event::DepsListSubdirectory { subdirectory } => format!("and subdirectory {subdirectory}"),
        Event::DepsNotifyUpdatesAvailable { packages } => {
            let names: Vec<String> = packages.iter().map(|name| format!("'{name}'")).collect();
            format!(
                "Updates available for packages: [{}]\nUpdate your versions in packages.yml, then run `deps`",
                names.join(", ")
            )
        }
        Event::DepsLockUpdating { path } => format!("Updating lock file in file path: {path}"),
        Event::DepsAddPackage { name, version, path } => {
            format!("Added new package {name}@{version} to {path}")
        }
        Event::DepsFoundDuplicatePackage { removed } => {
            format!("Found duplicate package in packages.yml, removing: {removed}")
        }
        _ => return None,
    })
}

fn warehouse(event: &Event) -> Option<String> {
    Some(match event {
        Event::NewConnection { connection, adapter } => format!("Acquiring new {adapter} connection '{connection}'"),
        Event::ConnectionReused { connection, before } => {
            format!("Re-using an available connection from the pool (formerly {before}, now {connection})")
        }
        Event::ConnectionUsed { connection, adapter } => format!("Using {adapter} connection \"{connection}\""),
        Event::ConnectionClosed { connection } => format!("On {connection}: Close"),
        Event::SqlQuery { connection, sql, .. } => format!("On {connection}: {sql}"),
        Event::SqlQueryStatus { status, elapsed, .. } => format!("SQL status: {status} in {elapsed:.3} seconds"),
        Event::SqlCommit { connection, .. } => format!("On {connection}: COMMIT"),
        Event::Rollback { connection, .. } => format!("On {connection}: ROLLBACK"),
        Event::ListRelations { database, schema, relations } => {
            let relations = relations.join(", ");
            format!("While listing relations in database={database}, schema={schema}, found: {relations}")
        }
        Event::SchemaCreation { database, schema } => format!("Creating schema \"{database}.{schema}\""),
        Event::SchemaDrop { database, schema } => format!("Dropping schema \"{database}.{schema}\"."),
        Event::ColTypeChange { from, to, table } => format!("Changing col type from {from} to {to} in table {table}"),
        Event::AdapterMessage { adapter, message, .. } => format!("{adapter} adapter: {message}"),
        Event::TimingInfoCollected { node, timing } => {
            let moment = |at: Option<_>| at.map(iso).unwrap_or_default();
            let (from, to) = (moment(timing.started_at), moment(timing.completed_at));
            format!("Timing info for {} ({}): {from} => {to}", node.facts.unique_id, timing.name)
        }
        _ => return None,
    })
}

fn load(event: &Event, wording: Wording) -> Option<String> {
    let Wording { paint, width, .. } = wording;
    let place = |index: &usize, total: &usize| Some(Place { index: *index, total: *total });
    Some(match event {
        Event::LoadStarted { table, files, index, total } => {
            let from = if *files == 0 { String::new() } else { format!(" from {}", count(*files, "file")) };
            let text = format!("START load of {table}{from}");
            progress_line(place(index, total), &text, "RUN", None, width)
        }
        Event::LoadedTable { table, rows, index, total, execution_time, .. } => {
            let rows = count(usize::try_from(*rows).unwrap_or(usize::MAX), "row");
            progress_line(
                place(index, total),
                &format!("OK loaded {table}"),
                &paint.green(&rows),
                Some(*execution_time),
                width,
            )
        }
        Event::LoadUnchanged { table, index, total, .. } => {
            progress_line(place(index, total), &format!("UNCHANGED {table}"), &paint.dim("NO-OP"), None, width)
        }
        Event::LoadFailed { table, error, index, total, execution_time } => {
            let text = format!("ERROR loading {table}");
            let line = progress_line(place(index, total), &text, &paint.red("ERROR"), Some(*execution_time), width);
            let detail = if wording.excerpts { render::diagnostic(error, None, paint) } else { plain(error) };
            format!("{line}\n{detail}")
        }
        _ => return None,
    })
}
