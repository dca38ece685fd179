//! `export`: the models and dashboards of the project for other programs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::failures::Outcome;
use crate::adapter::{self, Cell, Fetch, Session};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::invocation::{Invocation, Shell};
use crate::dashboard::{self, Dashboard};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, nearest};
use crate::event::{Event, Level};
use crate::manifest::{Manifest, Node, ResourceType};
use crate::powerbi::{self, Contents, Export, Ledger, Mode, Origin, Source, Written};

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    #[command(subcommand)]
    command: ExportCommand,
}

#[derive(Subcommand, Debug)]
enum ExportCommand {
    /// Write a Power BI project: tables, relationships, measures and pages
    #[command(visible_alias = "pbip")]
    Powerbi(PowerBiArgs),
}

/// Whether rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    /// Rows are copied into the model when it is refreshed.
    Import,
    /// Each visual asks the warehouse.
    Directquery,
}

/// Arguments of `export powerbi`.
#[derive(Args, Debug)]
pub struct PowerBiArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// The exposure to export [default: all of type dashboard]
    #[arg(long, value_name = "NAME")]
    exposure: Option<String>,
    /// Folder to write to [default: powerbi in the target folder]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Whether rows are copied
    #[arg(long, value_enum, default_value = "import")]
    mode: ModeArg,
    /// Write also over pages that a person changed
    #[arg(long)]
    force: bool,
}

/// Runs `export`.
///
/// # Errors
/// The command cannot run; the earlier export is left as it was.
pub fn export(args: &ExportArgs, shell: &Shell) -> Outcome {
    let ExportCommand::Powerbi(args) = &args.command;
    // The project's folder becomes the working folder below.
    let output = args
        .output
        .as_deref()
        .map(std::path::absolute)
        .transpose()
        .map_err(|error| file_error(Path::new("."), &error))?;
    let invocation = shell.open(&RunArgs::default())?;
    let output =
        output.unwrap_or_else(|| invocation.project.root.join(&invocation.project.target_path).join("powerbi"));
    powerbi(args, shell, &invocation, &output)?;
    Ok(0)
}

fn file_error(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::File, format!("cannot write `{}`: {error}", path.display())))
}

fn say(shell: &Shell, message: String) {
    shell.events.send(Event::Note { level: Level::Info, message });
}

fn powerbi(args: &PowerBiArgs, shell: &Shell, invocation: &Invocation, output: &Path) -> Result<()> {
    let manifest = &invocation.manifest;
    let (name, mut dashboards, nodes) = chosen(args, shell, invocation)?;
    let mode = match args.mode {
        ModeArg::Import => Mode::Import,
        ModeArg::Directquery => Mode::DirectQuery,
    };
    let is_embedded = invocation.project.target.kind == "duckdb";
    if is_embedded && mode == Mode::DirectQuery {
        let error = Diagnostic::error(Class::Usage, "`--mode directquery` needs a warehouse that Power BI can ask");
        return Err(Box::new(
            error
                .help("the embedded database is exported as files: leave the option out, or choose another `--target`"),
        ));
    }
    let is_covered = |dashboard: &Dashboard| {
        dashboard
            .visuals()
            .all(|(_, visual)| visual.node.as_ref().is_none_or(|id| nodes.iter().any(|node| node.unique_id == *id)))
            && dashboard
                .measures
                .iter()
                .all(|measure| measure.node.as_ref().is_none_or(|id| nodes.iter().any(|node| node.unique_id == *id)))
    };
    for left_out in dashboards.iter().filter(|dashboard| !is_covered(dashboard)) {
        say(shell, format!("dashboard `{}` is left out: not all of its models are selected", left_out.name));
    }
    dashboards.retain(is_covered);
    let origin = if is_embedded { Origin::Files { folder: folder_of_data(output) } } else { snowflake(invocation) };
    let mut session = Lazy { invocation, session: None };
    let catalog = if is_embedded { None } else { Some(catalog(invocation)) };
    let mut sources = Vec::new();
    for node in &nodes {
        sources.push(match &catalog {
            None => embedded_source(&mut session, node)?,
            Some(catalog) => warehouse_source(shell, &mut session, node, catalog),
        });
    }
    check_columns(&dashboards, &sources)?;
    let contents = Contents { manifest, dashboards: &dashboards, sources: &sources, origin: &origin, mode };
    let built = powerbi::build(&contents);
    let export =
        Export { name: &name, built: &built, dashboards: &dashboards, sources: &sources, origin: &origin, mode };
    let (files, pages) = powerbi::files(&export);
    let folder = Folder::read(output, &name, &files)?;
    let planned = powerbi::plan(&files, &folder.ledger, &folder.files, args.force);
    let data = if is_embedded { sources.as_slice() } else { &[] };
    folder.replace(&planned, &mut session, data)?;
    let model = &built.model;
    let measures: usize = model.tables.iter().map(|table| table.measures.len()).sum();
    say(
        shell,
        format!(
            "Power BI project {}: {} tables, {} relationships, {measures} measures, {} pages",
            output.join(format!("{name}.pbip")).display(),
            model.tables.len(),
            model.relationships.len(),
            pages.len()
        ),
    );
    for kept in &planned.kept {
        let what =
            kept.title.as_ref().map_or_else(|| kept.path.clone(), |title| format!("page `{title}` ({})", kept.path));
        say(shell, format!("left as it was changed by hand: {what}; `--force` writes over it"));
    }
    if !planned.aside.is_empty() {
        let place = output.join(ASIDE);
        say(
            shell,
            format!("{} files had been changed by hand: what they were is in {}", planned.aside.len(), place.display()),
        );
    }
    for note in &built.notes {
        say(shell, format!("note: {note}"));
    }
    Ok(())
}

/// The name of the export, its dashboards and its tables.
fn chosen(
    args: &PowerBiArgs,
    shell: &Shell,
    invocation: &Invocation,
) -> Result<(String, Vec<Dashboard>, Vec<Arc<Node>>)> {
    let manifest = &invocation.manifest;
    // What is wrong with them was told when the project was parsed.
    let mut dashboards = dashboard::dashboards(manifest, &mut Bag::default());
    let is_board = |node: &Node| matches!(&node.detail, crate::manifest::Detail::Exposure(exposure) if exposure.kind == "dashboard");
    let mut exposures: Vec<&Arc<Node>> = manifest.nodes.values().filter(|node| is_board(node)).collect();
    let mut name = invocation.project.name.clone();
    if let Some(wanted) = &args.exposure {
        let all = || manifest.nodes.values().filter(|node| node.resource_type == ResourceType::Exposure);
        exposures = all().filter(|node| node.name == *wanted).collect();
        if exposures.is_empty() {
            let near = nearest(wanted, all().map(|node| node.name.as_str()));
            let error = Diagnostic::error(Class::Usage, format!("there is no exposure `{wanted}`"));
            return Err(Box::new(error.suggest(near)));
        }
        name.clone_from(wanted);
    }
    dashboards.retain(|dashboard| exposures.iter().any(|exposure| exposure.unique_id == dashboard.exposure));
    let selection = &args.selection;
    let is_selected = !selection.select.is_empty() || !selection.models.is_empty() || selection.selector.is_some();
    let mut ids: Vec<String> = Vec::new();
    if is_selected {
        let kinds = [ResourceType::Model, ResourceType::Seed, ResourceType::Snapshot, ResourceType::Source];
        ids.extend(invocation.select(shell, selection.query()?, &kinds)?.iter().map(str::to_owned));
    } else {
        ids.extend(exposures.iter().flat_map(|exposure| exposure.depends_on.iter().cloned()));
        if ids.is_empty() {
            ids = marts(manifest);
        }
    }
    let has_rows = |node: &Node| node.resource_type.is_refable() || node.resource_type == ResourceType::Source;
    let mut nodes: Vec<Arc<Node>> =
        ids.iter().filter_map(|id| manifest.node(id)).filter(|node| has_rows(node)).cloned().collect();
    for node in nodes.iter().filter(|node| node.is_ephemeral()) {
        say(shell, format!("`{}` is left out: an ephemeral model has no table", node.search_name()));
    }
    nodes.retain(|node| !node.is_ephemeral());
    nodes.sort_by(|left, right| left.unique_id.cmp(&right.unique_id));
    nodes.dedup_by(|left, right| left.unique_id == right.unique_id);
    if nodes.is_empty() {
        let error = Diagnostic::error(Class::Usage, "there is nothing to export: no model is selected");
        return Err(Box::new(error.help("name models with `--select`, or an exposure with `--exposure`")));
    }
    Ok((name, dashboards, nodes))
}

/// Models of the root package in a folder `marts`; where there is none, those that no other model reads.
fn marts(manifest: &Manifest) -> Vec<String> {
    let own = |node: &&Arc<Node>| node.resource_type == ResourceType::Model && node.package == manifest.root;
    let models: Vec<&Arc<Node>> = manifest.nodes.values().filter(own).collect();
    let in_marts = |node: &&&Arc<Node>| node.fqn.iter().any(|part| part == "marts" || part == "mart");
    let found: Vec<String> = models.iter().filter(in_marts).map(|node| node.unique_id.clone()).collect();
    if !found.is_empty() {
        return found;
    }
    let is_read = |id: &str| {
        let children = manifest.graph.children(id);
        children.into_iter().filter_map(|id| manifest.node(id)).any(|child| child.resource_type == ResourceType::Model)
    };
    models.iter().map(|node| node.unique_id.clone()).filter(|id| !is_read(id)).collect()
}

/// A session that is opened when it is first needed.
struct Lazy<'i> {
    invocation: &'i Invocation,
    session: Option<Box<dyn Session>>,
}

impl Lazy<'_> {
    fn run(&mut self, sql: &str) -> std::result::Result<adapter::Table, adapter::AdapterError> {
        if self.session.is_none() {
            self.session = Some(self.invocation.adapter.connect("export")?);
        }
        match &mut self.session {
            Some(session) => session.execute(sql, Fetch::All).map(|answer| answer.table),
            None => Ok(adapter::Table::default()),
        }
    }

    /// Names and types of a node's columns, as the warehouse tells them in the first two columns of `describe`.
    fn describe(&mut self, sql: &str) -> std::result::Result<Vec<(String, String)>, adapter::AdapterError> {
        let table = self.run(sql)?;
        let text = |cell: Option<&Cell>| cell.and_then(Cell::as_str).unwrap_or_default().to_owned();
        Ok(table.rows.iter().map(|row| (text(row.first()), text(row.get(1)))).collect())
    }
}

fn relation(node: &Node) -> Result<&str> {
    let name = node.source_table().and_then(|table| table.file.as_deref()).or(node.relation_name.as_deref());
    name.ok_or_else(|| Box::new(Diagnostic::error(Class::Runtime, format!("`{}` has no table", node.search_name()))))
}

fn embedded_source(session: &mut Lazy<'_>, node: &Arc<Node>) -> Result<Source> {
    let columns = session.describe(&format!("describe select * from {}", relation(node)?)).map_err(|error| {
        let error = error.into_diagnostic(Class::Database);
        Box::new(
            error
                .note(format!("the rows of `{}` are exported", node.search_name()))
                .help("build it first: `netflix build`"),
        )
    })?;
    Ok(Source { node: Arc::clone(node), columns, is_view: false })
}

/// A node as a warehouse has it: by the last catalog, else by asking, else by what its description says.
fn warehouse_source(shell: &Shell, session: &mut Lazy<'_>, node: &Arc<Node>, catalog: &Value) -> Source {
    let known = ["nodes", "sources"].iter().find_map(|part| catalog.get(part)?.get(&node.unique_id));
    let kind = known.and_then(|known| known.get("metadata")?.get("type")?.as_str()).unwrap_or_default();
    let is_view = if kind.is_empty() {
        node.materialized() == "view" && node.source_table().is_none()
    } else {
        kind.contains("VIEW")
    };
    let mut columns: Vec<(i64, String, String)> = known
        .and_then(|known| known.get("columns")?.as_object())
        .into_iter()
        .flatten()
        .map(|(name, column)| {
            let text = |key: &str| column.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            (column.get("index").and_then(Value::as_i64).unwrap_or(0), name.clone(), text("type"))
        })
        .collect();
    columns.sort();
    let mut columns: Vec<(String, String)> = columns.into_iter().map(|(_, name, kind)| (name, kind)).collect();
    if columns.is_empty() {
        let asked = relation(node).map(|relation| session.describe(&format!("describe table {relation}")));
        if let Ok(Ok(found)) = asked {
            columns = found;
        }
    }
    if columns.is_empty() {
        say(
            shell,
            format!(
                "note: the warehouse was not asked about `{}`: its columns are those that are described",
                node.search_name()
            ),
        );
        let described = node.columns.values();
        columns = described
            .map(|column| {
                let name = if column.quote == Some(true) { column.name.clone() } else { column.name.to_uppercase() };
                (name, column.data_type.clone().unwrap_or_else(|| "VARCHAR".to_owned()))
            })
            .collect();
    }
    Source { node: Arc::clone(node), columns, is_view }
}

/// `catalog.json` of the target folder; an empty one where there is none.
fn catalog(invocation: &Invocation) -> Value {
    let path = invocation.project.root.join(&invocation.project.target_path).join("catalog.json");
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|_| json!({}))
}

fn snowflake(invocation: &Invocation) -> Origin {
    let output = &invocation.project.target.output;
    let text = |key: &str| output.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let account = text("account").unwrap_or_else(|| "account".to_owned());
    let server = text("host").unwrap_or_else(|| format!("{account}.snowflakecomputing.com"));
    Origin::Snowflake { server, warehouse: text("warehouse").unwrap_or_default(), role: text("role") }
}

/// Every column that a dashboard names must be in the warehouse: what parsing could not know is known now.
fn check_columns(dashboards: &[Dashboard], sources: &[Source]) -> Result<()> {
    let missing = |node: Option<&String>, column: &str| {
        let source = sources.iter().find(|source| Some(&source.node.unique_id) == node)?;
        let is_there = source.columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(column));
        (!is_there).then_some(source)
    };
    let error = |source: &Source, column: &str| {
        let near = nearest(column, source.columns.iter().map(|(name, _)| name.as_str()));
        let what = format!("`{}` has no column `{column}` in the warehouse", source.node.search_name());
        Diagnostic::error(Class::Parsing, what).suggest(near)
    };
    for dashboard in dashboards {
        for field in dashboard.visuals().flat_map(|(_, visual)| visual.fields()) {
            if let Some(source) = missing(field.node.as_ref(), &field.column) {
                return Err(Box::new(error(source, &field.column).label(field.span.clone(), "")));
            }
        }
        for measure in &dashboard.measures {
            for (_, column, _) in measure.expression.columns() {
                if let Some(source) = missing(measure.node.as_ref(), column) {
                    return Err(Box::new(error(source, column).label(measure.expression_span.clone(), "")));
                }
            }
        }
    }
    Ok(())
}

const LEDGER: &str = ".netflix/export.json";
const ASIDE: &str = ".netflix/changed";

fn folder_of_data(output: &Path) -> String {
    format!("{}{MAIN_SEPARATOR}", output.join("data").display())
}

/// The folder that is written to, as it is.
struct Folder {
    root: PathBuf,
    /// What the last export wrote.
    ledger: Ledger,
    /// Parquet files that the last export wrote.
    data: Vec<String>,
    /// The files that count, by their paths.
    files: BTreeMap<String, String>,
}

impl Folder {
    fn read(root: &Path, name: &str, new: &BTreeMap<String, String>) -> Result<Self> {
        let path = root.join(LEDGER);
        let ledger: Value = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                let broken = Diagnostic::error(Class::File, format!("`{}` cannot be read: {error}", path.display()));
                Box::new(broken.help("it tells which files were changed by hand; take it away to export anew"))
            })?,
            Err(_) => json!({}),
        };
        let hashes = ledger.get("files").and_then(Value::as_object).into_iter().flatten();
        let hashes: Ledger =
            hashes.filter_map(|(path, hash)| Some((path.clone(), hash.as_str()?.to_owned()))).collect();
        let data = ledger.get("data").and_then(Value::as_array).into_iter().flatten();
        let data = data.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let mut paths: Vec<String> = new.keys().chain(hashes.keys()).cloned().collect();
        walk(root, &format!("{name}.Report/definition/pages"), &mut paths);
        let read = |path: String| {
            let bytes = fs::read(root.join(&path)).ok()?;
            Some((path, String::from_utf8_lossy(&bytes).into_owned()))
        };
        let files = paths.into_iter().filter_map(read).collect();
        Ok(Self { root: root.to_path_buf(), ledger: hashes, data, files })
    }

    /// Writes everything aside first, and moves it into place when all of it is there.
    fn replace(&self, planned: &Written, session: &mut Lazy<'_>, data: &[Source]) -> Result<()> {
        let staging = self.root.join(format!(".netflix/new-{}", std::process::id()));
        let staged = self.stage(&staging, planned, session, data);
        let moved = staged.and_then(|names| self.move_in(&staging, planned, &names));
        // Where something went wrong, that is what is told.
        let _ = fs::remove_dir_all(&staging);
        moved
    }

    fn stage(&self, staging: &Path, planned: &Written, session: &mut Lazy<'_>, data: &[Source]) -> Result<Vec<String>> {
        for (path, content) in &planned.write {
            let path = staging.join(path);
            in_folder(&path).and_then(|()| fs::write(&path, content)).map_err(|error| file_error(&path, &error))?;
        }
        let mut names = Vec::new();
        for source in data {
            let name = format!("data/{}", powerbi::file_name(&source.node));
            let path = staging.join(&name);
            in_folder(&path).map_err(|error| file_error(&path, &error))?;
            let columns: Vec<String> = source
                .columns
                .iter()
                .map(|(name, kind)| {
                    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
                    match powerbi::parquet_cast(kind) {
                        Some(cast) => format!("cast({quoted} as {cast}) as {quoted}"),
                        None => quoted,
                    }
                })
                .collect();
            let target = path.display().to_string().replace('\'', "''");
            let rows = format!("select {} from {}", columns.join(", "), relation(&source.node)?);
            session.run(&format!("copy ({rows}) to '{target}' (format parquet)")).map_err(|error| {
                let told = error.into_diagnostic(Class::Database);
                Box::new(told.note(format!("while the rows of `{}` were written", source.node.search_name())))
            })?;
            names.push(name);
        }
        let ledger = json!({"files": planned.ledger, "data": names});
        let path = staging.join(LEDGER);
        in_folder(&path)
            .and_then(|()| fs::write(&path, format!("{ledger:#}\n")))
            .map_err(|error| file_error(&path, &error))?;
        Ok(names)
    }

    fn move_in(&self, staging: &Path, planned: &Written, data: &[String]) -> Result<()> {
        let rename = |from: &Path, to: &Path| {
            in_folder(to).and_then(|()| fs::rename(from, to)).map_err(|error| file_error(to, &error))
        };
        for path in &planned.aside {
            let aside = self.root.join(ASIDE).join(path);
            let copied = in_folder(&aside).and_then(|()| fs::copy(self.root.join(path), &aside));
            copied.map_err(|error| file_error(&aside, &error))?;
        }
        for path in planned.write.keys().chain(data) {
            rename(&staging.join(path), &self.root.join(path))?;
        }
        let gone = self.data.iter().filter(|name| !data.contains(name));
        for path in planned.remove.iter().chain(gone) {
            let path = self.root.join(path);
            if path.exists() {
                fs::remove_file(&path).map_err(|error| file_error(&path, &error))?;
            }
            remove_empty(path.parent(), &self.root);
        }
        rename(&staging.join(LEDGER), &self.root.join(LEDGER))
    }
}

/// Makes the folder of a file.
fn in_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Removes folders that have become empty.
fn remove_empty(folder: Option<&Path>, root: &Path) {
    let mut next = folder;
    while let Some(folder) = next.filter(|folder| *folder != root) {
        // One that holds something stays.
        if fs::remove_dir(folder).is_err() {
            break;
        }
        next = folder.parent();
    }
}

/// Adds the paths of all files below a folder of the root.
fn walk(root: &Path, folder: &str, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries.flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(root, &path, paths);
        } else if !paths.contains(&path) {
            paths.push(path);
        }
    }
}
