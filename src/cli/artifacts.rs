//! Writes `manifest.json`, `run_results.json` and `catalog.json`.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::invocation::{Invocation, Shell};
use crate::artifact::{self, Entry, ManifestFacts, ManifestParts, OrderedMap};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::Event;
use crate::execute::{Keeper, Runtime};
use crate::manifest::{Manifest, ResourceType};
use crate::outcome::RunResults;

/// Writes the manifest; `runtime` adds what was compiled.
///
/// # Errors
/// The file cannot be written.
pub fn manifest(shell: &Shell, invocation: &Invocation, runtime: Option<&Runtime>) -> Result<()> {
    if shell.args.no_write_json {
        return Ok(());
    }
    let manifest = &invocation.manifest;
    let quoting = invocation.project.root_package().quoting;
    let default = invocation.project.target.kind != "snowflake";
    let mut quoted = Map::new();
    for (key, value) in [("database", quoting.database), ("schema", quoting.schema), ("identifier", quoting.identifier)]
    {
        quoted.insert(key.to_owned(), json!(value.unwrap_or(default)));
    }
    quoted.insert("column".to_owned(), Value::Null);
    let facts = ManifestFacts {
        project_name: invocation.project.name.clone(),
        project_id: md5_hex(&invocation.project.name),
        adapter_type: invocation.project.target.kind.clone(),
        quoting: quoted,
    };
    let mut parts = ManifestParts { metadata: shell.metadata().manifest_head(&facts), ..ManifestParts::default() };
    for node in manifest.nodes.values() {
        let entry = match runtime {
            Some(runtime) => Entry::Made(Box::new(|| {
                let mut map = runtime.node_json(node);
                // dbt: only templates know it.
                map.shift_remove("defer_relation");
                Value::Object(map)
            })),
            None => Entry::Node(node),
        };
        let section = match node.resource_type {
            ResourceType::Source => &mut parts.sources,
            ResourceType::Exposure => &mut parts.exposures,
            ResourceType::UnitTest => &mut parts.unit_tests,
            ResourceType::Metric => &mut parts.metrics,
            ResourceType::SemanticModel => &mut parts.semantic_models,
            ResourceType::SavedQuery => &mut parts.saved_queries,
            ResourceType::Function => &mut parts.functions,
            _ => &mut parts.nodes,
        };
        section.0.push((node.unique_id.as_str(), entry));
    }
    for (id, info) in &manifest.macros {
        parts.macros.0.push((id.as_str(), Entry::Macro(info)));
    }
    for (id, block) in &manifest.docs {
        let value = json!({"name": block.name, "resource_type": "doc", "package_name": block.package, "path": block.path,
            "original_file_path": block.original_file_path, "unique_id": id, "block_contents": block.contents});
        parts.docs.insert(id.clone(), value);
    }
    for (id, group) in &manifest.groups {
        let value = json!({"name": group.name, "resource_type": "group", "package_name": group.package, "path": group.path,
            "original_file_path": group.original_file_path, "unique_id": id, "owner": group.owner,
            "description": group.description, "config": group.config});
        parts.groups.insert(id.clone(), value);
    }
    for (id, nodes) in &manifest.disabled {
        parts
            .disabled
            .insert(id.clone(), Value::Array(nodes.iter().map(|node| Value::Object(node.to_json())).collect()));
    }
    parts.selectors = invocation.selectors.to_json();
    maps(manifest, &mut parts);
    graph_summary(shell, invocation)?;
    let folder = &invocation.project.target_path;
    write(shell, "SemanticManifest", &folder.join("semantic_manifest.json"), &artifact::semantic_manifest(manifest))?;
    write(shell, "WritableManifest", &invocation.project.target_path.join("manifest.json"), &parts)
}

/// A node in `graph_summary.json`.
#[derive(Serialize)]
struct Linked<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    /// The numbers of the nodes that read it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    succ: Vec<usize>,
}

/// Writes `graph_summary.json`: each node's name, type and the numbers of those that read it.
fn graph_summary(shell: &Shell, invocation: &Invocation) -> Result<()> {
    #[derive(Serialize)]
    struct Summary<'a> {
        _invocation_id: &'a str,
        linked: OrderedMap<usize, Linked<'a>>,
    }
    let manifest = &invocation.manifest;
    let numbers: FxHashMap<&str, usize> =
        manifest.nodes.keys().enumerate().map(|(number, id)| (id.as_str(), number)).collect();
    let linked = manifest.nodes.iter().enumerate().map(|(number, (id, node))| {
        let children = manifest.graph.children(id);
        let succ = children.into_iter().filter_map(|child| numbers.get(child).copied()).collect();
        (number, Linked { name: id, kind: node.resource_type.name(), succ })
    });
    let summary = Summary { _invocation_id: &shell.invocation_id, linked: OrderedMap(linked.collect()) };
    artifact::write_json(&invocation.project.target_path.join("graph_summary.json"), &summary)
}

fn maps<'a>(manifest: &'a Manifest, parts: &mut ManifestParts<'a>) {
    for id in manifest.nodes.keys() {
        parts.parent_map.0.push((id, manifest.graph.parents(id)));
        parts.child_map.0.push((id, manifest.graph.children(id)));
    }
    for group in manifest.groups.values() {
        let members: Vec<&String> = manifest
            .nodes
            .iter()
            .filter(|(_, node)| node.group() == Some(group.name.as_str()))
            .map(|(id, _)| id)
            .collect();
        parts.group_map.insert(group.name.clone(), json!(members));
    }
}

/// Writes a file and tells of it under dbt's name of its kind.
///
/// # Errors
/// The file cannot be written.
pub fn write(shell: &Shell, kind: &str, path: &Path, document: &impl Serialize) -> Result<()> {
    if shell.environment.secrets().is_empty() {
        artifact::write_json(path, document)?;
    } else {
        // A secret that a profile gives to a schema's name, say, stands in every relation.
        let text = serde_json::to_string(document).map_err(|error| {
            Box::new(Diagnostic::error(Class::Internal, format!("cannot write `{}`: {error}", path.display())))
        })?;
        artifact::write_text(path, &shell.environment.scrub(&text))?;
    }
    shell.events.send(Event::ArtifactWritten { kind: kind.to_owned(), path: path.display().to_string() });
    Ok(())
}

/// MD5 in hexadecimal.
fn md5_hex(text: &str) -> String {
    use md5::{Digest, Md5};
    format!("{:x}", Md5::digest(text.as_bytes()))
}

/// What keeps the results of a run in `run_results.json` while it goes on.
pub fn keeper(shell: &Shell, target_path: &Path) -> Option<Keeper> {
    if shell.args.no_write_json {
        return None;
    }
    let (metadata, path) = (shell.metadata(), target_path.join("run_results.json"));
    Some(Keeper::new(move |results| {
        // The last word is written when the run ends, and fails there if it cannot be written.
        let _ = artifact::write_json(&path, &artifact::run_results(&metadata, results));
    }))
}

/// Writes the results of a run.
///
/// # Errors
/// The file cannot be written.
pub fn run_results(shell: &Shell, invocation: &Invocation, results: &RunResults) -> Result<()> {
    if shell.args.no_write_json {
        return Ok(());
    }
    let document = artifact::run_results(&shell.metadata(), results);
    write(shell, "RunExecutionResult", &invocation.project.target_path.join("run_results.json"), &document)
}

/// Keeps the results of a run as the last ones of its nodes, for the documentation.
///
/// # Errors
/// The file cannot be written.
pub fn last_results(shell: &Shell, invocation: &Invocation, results: &RunResults) -> Result<()> {
    if shell.args.no_write_json || results.results.is_empty() {
        return Ok(());
    }
    let path = invocation.project.target_path.join(artifact::LAST_RESULTS);
    // A file that cannot be read any more is begun anew: it only remembers.
    let earlier = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let run = json!(artifact::run_results(&shell.metadata(), results));
    write(shell, "LastResults", &path, &artifact::merge_results(earlier, run))
}
