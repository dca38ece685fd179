//! `show`: the first rows of a node or of an inline query.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use clap::Args;

use super::failures::Outcome;
use crate::adapter::{self, Fetch};
use crate::cli::args::{OutputFormat, RunArgs, SelectionArgs};
use crate::cli::artifacts;
use crate::cli::invocation::{Invocation, Shell};
use crate::diagnostic::{Class, Diagnostic, SourceFile};
use crate::event::{Event, ShownRows};
use crate::execute::{self, ShowLimit};
use crate::manifest::{Node, ResourceType};
use crate::outcome::{NodeInfo, RunResults};

/// Arguments of `show`.
#[derive(Args, Debug)]
pub struct ShowArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// A query to show instead of a node
    #[arg(long, value_name = "SQL")]
    inline: Option<String>,
    /// A query to show as it is, without Jinja and without reading the models
    #[arg(long, value_name = "SQL", conflicts_with_all = ["inline", "select", "exclude"])]
    inline_direct: Option<String>,
    /// Rows at most, 5 unless given; -1 for all
    #[arg(long, allow_hyphen_values = true)]
    limit: Option<i64>,
    /// Form of the rows
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
    /// Show as after a build from scratch: `is_incremental()` is false
    #[arg(short, long)]
    full_refresh: bool,
    /// Ask the warehouse nothing but the query's rows
    #[arg(long)]
    no_introspect: bool,
}

impl ShowArgs {
    /// Rows at most; below zero, all.
    fn rows(&self) -> i64 {
        self.limit.unwrap_or(5)
    }
}

/// A node for an inline query.
pub fn inline(invocation: &Invocation, sql: &str) -> Node {
    let mut node = execute::helper(&invocation.project);
    node.source = SourceFile::new("<inline>", sql.to_owned());
    node.unique_id = format!("sql_operation.{}.inline_query", invocation.project.name);
    node.name = "inline_query".to_owned();
    node.path = "inline_query".to_owned();
    node.original_file_path = "from remote system.sql".to_owned();
    node.fqn = vec![invocation.project.name.clone(), "inline_query".to_owned()];
    node.code = 0..sql.len();
    node.raw_code = sql.to_owned();
    node.alias = "inline_query".to_owned();
    node
}

/// An error of an inline query's template, in dbt's words.
pub fn unreadable(error: Diagnostic) -> Diagnostic {
    if error.class != Class::Compilation {
        return error;
    }
    let message = format!("Error parsing inline query\n{}", error.message);
    Diagnostic { message, ..error }
}

/// Shows the rows of a query that is sent as it is.
fn direct(args: &ShowArgs, sql: &str, shell: &Shell) -> Outcome {
    let (project, bag) = shell.read()?;
    if bag.has_errors() {
        return Err(bag.into());
    }
    let failed = |error: crate::adapter::AdapterError| Box::new(error.into_diagnostic(Class::Database));
    let adapter = adapter::open(&project.target.output, &project.root)?;
    let mut session = adapter.connect("show").map_err(failed)?;
    let fetch = usize::try_from(args.rows()).map_or(Fetch::All, Fetch::Limit);
    let answer = session.execute(sql, fetch).map_err(failed)?;
    shell.events.send(Event::ShowNode(Box::new(ShownRows {
        node: None,
        unique_id: "direct-query".to_owned(),
        preview: execute::preview(&answer.table),
        json: args.output == OutputFormat::Json,
    })));
    Ok(0)
}

/// Runs `show`.
///
/// # Errors
/// The command cannot run, or the query fails.
pub fn show(args: &ShowArgs, shell: &Shell) -> Outcome {
    if let Some(sql) = &args.inline_direct {
        return direct(args, sql, shell);
    }
    let invocation = shell.open(&RunArgs { full_refresh: args.full_refresh, ..RunArgs::default() })?;
    let json = args.output == OutputFormat::Json;
    let kinds =
        [ResourceType::Model, ResourceType::Snapshot, ResourceType::Test, ResourceType::Analysis, ResourceType::Seed];
    let (nodes, selection): (Vec<(Option<String>, Arc<Node>)>, _) = match &args.inline {
        Some(sql) => {
            let nothing = crate::select::Selection::default();
            (vec![(None, Arc::new(inline(&invocation, sql)))], nothing)
        }
        None if args.selection.select.is_empty() && args.selection.models.is_empty() => {
            return Err(Box::new(Diagnostic::error(
                Class::Usage,
                "Either --select or --inline must be passed to show",
            ))
            .into());
        }
        None => {
            let mut query = args.selection.query()?;
            if query.resource_types.is_empty() && args.selection.indirect_selection.is_none() {
                query.indirect = crate::select::Indirect::Empty;
            }
            let selection = invocation.select(shell, query, &kinds)?;
            let nodes = selection
                .iter()
                .filter_map(|id| invocation.manifest.node(id))
                .map(|node| (Some(node.search_name()), Arc::clone(node)))
                .collect();
            (nodes, selection)
        }
    };
    let runtime = invocation.runtime(shell, &selection);
    let session =
        invocation.adapter.connect("show").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let session = Arc::new(Mutex::new(session));
    execute::look(&runtime, &session)?;
    let started = Instant::now();
    let limit = args.limit.map_or(ShowLimit::Usual(args.rows()), ShowLimit::Asked);
    let mut results = Vec::new();
    for (name, node) in nodes {
        let info = NodeInfo::new(execute::facts(&invocation.manifest, &node));
        let (preview, result) = execute::show(&runtime, &node, &info, &session, limit)
            .map_err(|error| if args.inline.is_some() { Box::new(unreadable(*error)) } else { error })?;
        results.push(Arc::new(result));
        shell.events.send(Event::ShowNode(Box::new(ShownRows {
            node: name,
            unique_id: node.unique_id.clone(),
            preview,
            json,
        })));
    }
    let mut arguments = invocation.options.arguments.clone();
    arguments.insert("limit".to_owned(), args.rows().into());
    let results = RunResults::new(results, started.elapsed().as_secs_f64(), arguments);
    artifacts::manifest(shell, &invocation, Some(&runtime))?;
    artifacts::run_results(shell, &invocation, &results)?;
    Ok(0)
}
