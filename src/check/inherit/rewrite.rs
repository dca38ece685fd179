//! The YAML files of the project with what its columns inherit written down.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::Inherited;
use super::edit::{Insertion, applied, entry, new_columns};
use crate::diagnostic::SourceFile;
use crate::manifest::{Manifest, Node};
use crate::project::Yaml;

/// A file with additions.
#[derive(Debug)]
pub struct Rewritten {
    /// The file, from the project's folder.
    pub path: PathBuf,
    /// Its whole text; none where its layout leaves no place for what is to be added.
    pub text: Option<String>,
    /// The nodes whose columns it describes now.
    pub nodes: Vec<String>,
}

/// A node, and what its columns inherit.
type Entry<'m> = (&'m Node, Vec<&'m Inherited>);

/// The files that must change to write down what columns inherit; a model that no file describes gets a file of its
/// own beside it.
///
/// A file is taken only if it still says everything that it said.
pub fn rewritten(manifest: &Manifest, inherited: &[Inherited]) -> Vec<Rewritten> {
    let mut by_node: BTreeMap<&str, Vec<&Inherited>> = BTreeMap::new();
    for one in inherited {
        by_node.entry(&one.unique_id).or_default().push(one);
    }
    let mut files: BTreeMap<PathBuf, (Arc<SourceFile>, Vec<Entry<'_>>)> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, columns) in by_node {
        let Some(node) = manifest.node(id) else { continue };
        match &node.patch {
            Some(patch) => {
                let file = (Arc::clone(&patch.source), Vec::new());
                files.entry(patch.source.path().into()).or_insert(file).1.push((node, columns));
            }
            None => {
                let path = PathBuf::from(&node.original_file_path).with_extension("yml");
                let kind = format!("{}s", node.resource_type);
                let columns = new_columns(&columns, "      ");
                let text = format!("version: 2\n\n{kind}:\n  - name: {}\n    columns:{columns}\n", node.name);
                found.push(Rewritten { path, text: Some(text), nodes: vec![node.unique_id.clone()] });
            }
        }
    }
    for (path, (source, nodes)) in files {
        let ids = nodes.iter().map(|(node, _)| node.unique_id.clone()).collect();
        found.push(Rewritten { path, text: edited(&source, &nodes), nodes: ids });
    }
    found
}

fn edited(source: &Arc<SourceFile>, nodes: &[Entry<'_>]) -> Option<String> {
    let document = Yaml::parse(source).ok()?;
    let mut insertions: Vec<Insertion> = Vec::new();
    for (node, columns) in nodes {
        let start = node.patch.as_ref()?.range.start;
        let kind = format!("{}s", node.resource_type);
        let is_it = |entry: &&Yaml| entry.get("name").is_some_and(|name| name.range.start == start);
        insertions.extend(entry(document.get(&kind)?.items().iter().find(is_it)?, columns)?);
    }
    let text = applied(source.text(), insertions);
    let read = Yaml::parse(&SourceFile::new(source.path(), text.clone())).ok()?;
    says_as_much(&document.to_json(), &read.to_json()).then_some(text)
}

/// Whether a document has everything that another one has, and in the same order.
fn says_as_much(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            before.iter().all(|(key, value)| after.get(key).is_some_and(|now| says_as_much(value, now)))
        }
        (Value::Array(before), Value::Array(after)) => {
            let mut rest = after.iter();
            before.iter().all(|item| rest.any(|now| says_as_much(item, now)))
        }
        // An empty description is filled in.
        (Value::Null, _) => true,
        (Value::String(text), _) if text.is_empty() => true,
        (before, after) => before == after,
    }
}
