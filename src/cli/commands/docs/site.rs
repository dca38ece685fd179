//! `docs site`, and what all commands about the site share: its data, its file, its reader.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::Value;

use crate::artifact::{self, Previous};
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Level};
use crate::site::{Artifacts, Section, Written, column_lineage, page, sections};
use crate::sql::Dialect;

/// The name of the page's file.
pub(super) const PAGE: &str = "index.html";
/// Commands whose results say how nodes are; others only compile.
const RUNNING: [&str; 8] = ["build", "run", "test", "seed", "snapshot", "retry", "clone", "load"];

/// Arguments of `docs site`.
#[derive(Args, Debug)]
pub struct SiteArgs {
    /// Folder with manifest.json and the other artifacts, of this program or of dbt [default: the target folder]
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// File to write [default: index.html beside the artifacts]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs `docs site`.
///
/// # Errors
/// There is no manifest, an artifact is broken, or the file cannot be written.
pub(super) fn site(args: &SiteArgs, shell: &Shell) -> Outcome {
    let (folder, written) = match &args.artifacts {
        Some(folder) => (folder.clone(), None),
        None => {
            let project = shell.read()?.0;
            (project.target_path, project.target.written_in().and_then(translated))
        }
    };
    let output = args.output.clone().unwrap_or_else(|| folder.join(PAGE));
    let last = last_results(&folder)?;
    make(shell, &Page { folder: &folder, last: last.as_ref(), output: &output, written }, Vec::new())?;
    Ok(0)
}

/// Writes the site beside the artifacts; none where artifacts are not to be written. `extra` needs more than those.
pub(super) fn write(
    shell: &Shell,
    invocation: &Invocation,
    last: Option<&Value>,
    extra: Vec<Section>,
    also_static: bool,
) -> Result<Option<PathBuf>> {
    if shell.args.no_write_json {
        return Ok(None);
    }
    let folder = &invocation.project.target_path;
    let output = folder.join(PAGE);
    let written = invocation.facts.written_for().and_then(translated);
    let html = make(shell, &Page { folder, last, output: &output, written }, extra)?;
    if also_static {
        artifact::write_text(&folder.join("static_index.html"), &html)?;
    }
    Ok(Some(output))
}

/// SQL of another dialect than the warehouse's.
fn translated(name: &str) -> Option<Written> {
    Some(Written { dialect: Dialect::from_name(name)?, is_native: false })
}

/// What a page is made from, and where it is written.
struct Page<'a> {
    folder: &'a Path,
    /// The last results.
    last: Option<&'a Value>,
    output: &'a Path,
    /// Whose SQL the manifest has, where that is not the warehouse's own.
    written: Option<Written>,
}

/// Makes the page from a folder of artifacts.
fn make(shell: &Shell, wanted: &Page<'_>, extra: Vec<Section>) -> Result<String> {
    let (folder, output) = (wanted.folder, wanted.output);
    let read = Previous::read(folder)?;
    let Some(manifest) = &read.manifest else {
        let message = format!("`{}` does not exist", folder.join("manifest.json").display());
        return Err(Box::new(
            Diagnostic::error(Class::File, message).help("write it with `netflix docs generate` or `netflix parse`"),
        ));
    };
    let catalog = read_json(&folder.join("catalog.json"))?;
    let written = wanted.written.unwrap_or_else(|| Written::of_manifest(manifest));
    let lineage = column_lineage(manifest, catalog.as_ref(), written).json();
    let artifacts = Artifacts {
        catalog: catalog.as_ref(),
        results: wanted.last,
        freshness: read.sources.as_ref(),
        lineage: Some(&lineage),
        ..Artifacts::new(manifest)
    };
    let mut packed = sections(&artifacts)?;
    packed.extend(extra);
    let name = manifest["metadata"]["project_name"].as_str().unwrap_or("project");
    let html = page(name, &packed);
    artifact::write_text(output, &html)?;
    let message = format!("Documentation written to {} ({} kB)", output.display(), html.len().div_ceil(1000));
    shell.events.send(Event::Note { level: Level::Info, message });
    Ok(html)
}

/// The last result of every node that a folder tells of, whichever command ran it; else those of the last run.
///
/// # Errors
/// A file is broken.
pub(super) fn last_results(folder: &Path) -> Result<Option<Value>> {
    if let Some(known) = read_json(&folder.join(artifact::LAST_RESULTS))? {
        return Ok(Some(known));
    }
    let run = Previous::read_run_results(folder)?.run_results;
    let is_running = |run: &Value| run["args"]["which"].as_str().is_some_and(|which| RUNNING.contains(&which));
    Ok(run.filter(is_running))
}

fn read_json(path: &Path) -> Result<Option<Value>> {
    let failed = |message: String| Box::new(Diagnostic::error(Class::File, message));
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| failed(format!("`{}` is not valid JSON: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(format!("cannot read `{}`: {error}", path.display()))),
    }
}

/// Opens a file or address in the browser, where somebody sits before a terminal.
pub(super) fn open(what: &Path, shell: &Shell) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/c", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        let message = format!("No browser could be opened ({program}: {error}): open {} yourself", what.display());
        shell.events.send(Event::Note { level: Level::Info, message });
    }
}
