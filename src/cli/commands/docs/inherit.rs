//! `docs inherit`: what columns inherit from those that they are copies of, shown or written to YAML.

use std::path::Path;

use clap::Args;

use crate::artifact;
use crate::check::{self, Inherited};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::commands::failures::Outcome;
use crate::cli::invocation::Shell;
use crate::event::{Event, Level};
use crate::manifest::ResourceType;
use crate::report::count;
use crate::sql::Place;

/// Arguments of `docs inherit`.
#[derive(Args, Debug)]
pub struct InheritArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Write it to the YAML files of the models, and leave all else in them as it is
    #[arg(long)]
    write: bool,
    /// Descriptions only, no tests
    #[arg(long)]
    no_tests: bool,
}

/// Runs `docs inherit`.
///
/// # Errors
/// The project cannot be understood, or a file cannot be written.
pub(super) fn inherit(args: &InheritArgs, shell: &Shell) -> Outcome {
    let invocation = shell.open(&RunArgs::default())?;
    let selection =
        invocation.select(shell, args.selection.query()?, &[ResourceType::Model, ResourceType::Snapshot])?;
    let lineage = check::lineage(&invocation.runtime(shell, &selection))?;
    let mut found = check::inherited(&invocation.manifest, &lineage);
    found.retain(|inherited| selection.contains(&inherited.unique_id));
    if args.no_tests {
        found.iter_mut().for_each(|inherited| inherited.tests.clear());
        found.retain(|inherited| inherited.description.is_some());
    }
    let print = |message: String| shell.events.send(Event::Print { message });
    found.iter().flat_map(lines).for_each(print);
    let descriptions = found.iter().filter(|inherited| inherited.description.is_some()).count();
    let tests: usize = found.iter().map(|inherited| inherited.tests.len()).sum();
    let verb = if found.len() == 1 { "inherits" } else { "inherit" };
    let (descriptions, tests) = (count(descriptions, "description"), count(tests, "test"));
    print(format!("{} {verb} {descriptions} and {tests}", count(found.len(), "column")));
    if !args.write {
        if !found.is_empty() {
            print("help: `--write` writes them to the YAML files".to_owned());
        }
        return Ok(0);
    }
    let mut code = 0;
    for file in check::rewritten(&invocation.manifest, &found) {
        let path = invocation.project.root.join(&file.path);
        match &file.text {
            Some(text) if is_free(&path, &file.path, &invocation.manifest) => {
                artifact::write_text(&path, text)?;
                print(format!("{} written: {}", file.path.display(), file.nodes.join(", ")));
            }
            _ => {
                code = 1;
                let message = format!(
                    "{} is not written, since its layout leaves no place: add the lines for {} by hand",
                    file.path.display(),
                    file.nodes.join(", ")
                );
                shell.events.send(Event::Note { level: Level::Warn, message });
            }
        }
    }
    Ok(code)
}

/// Whether a file may be written: it is new, or describes nodes already.
fn is_free(path: &Path, shown: &Path, manifest: &crate::manifest::Manifest) -> bool {
    let describes = |node: &std::sync::Arc<crate::manifest::Node>| {
        node.patch.as_ref().is_some_and(|patch| Path::new(patch.source.path()) == shown)
    };
    !path.exists() || manifest.nodes.values().any(describes)
}

fn lines(inherited: &Inherited) -> Vec<String> {
    let from = |(id, column): &Place| format!("{id}.{}", column.to_lowercase());
    let column = format!("{}.{}", inherited.unique_id, inherited.column);
    let description = inherited
        .description
        .iter()
        .map(|(text, place)| format!("{column}: description from {}: {}", from(place), first_line(text)));
    let tests = inherited.tests.iter().map(|test| format!("{column}: {} from {}", test.name, from(&test.from)));
    description.chain(tests).collect()
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if lines.next().is_some() { format!("{first} ...") } else { first.to_owned() }
}
