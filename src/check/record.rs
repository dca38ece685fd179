//! Asks the warehouse for everything that a lock file is to hold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::NotChecked;
use super::known::KINDS;
use super::lock::{Lock, LockedColumn, Recording};
use super::nodes::{self, of_kind};
use crate::diagnostic::{Class, Result};
use crate::execute::{self, Runtime, Writes};
use crate::jinja::RelationData;
use crate::manifest::ResourceType;

/// What the warehouse says now, and the nodes whose templates failed.
///
/// A source whose table does not exist is noted without columns. Queries with a secret in them are left out.
///
/// # Errors
/// The warehouse cannot be reached, or refuses to tell of the sources.
pub fn record(runtime: &Arc<Runtime>) -> Result<(Lock, Vec<NotChecked>)> {
    let sources = sources(runtime)?;
    let recording = Arc::new(Recording::new(&runtime.adapter));
    let detached = runtime.detached(Arc::clone(&recording) as Arc<dyn crate::adapter::Adapter>, Writes::Nothing);
    let rendered = nodes::render(&detached, &KINDS);
    let mut queries = recording.notes();
    let scrub = |sql: &str| runtime.facts.environment.scrub(sql) == *sql;
    queries.retain(|sql, _| scrub(sql));
    let failed = rendered.iter().filter_map(|item| {
        let error = item.error.as_ref()?;
        Some(NotChecked { unique_id: item.node.unique_id.clone(), reason: error.message.clone() })
    });
    Ok((Lock { adapter: runtime.facts.adapter.clone(), sources, queries }, failed.collect()))
}

/// The columns of every source, by unique id.
fn sources(runtime: &Arc<Runtime>) -> Result<BTreeMap<String, Vec<LockedColumn>>> {
    let mut found: BTreeMap<String, Vec<LockedColumn>> = BTreeMap::new();
    let mut places: BTreeMap<String, (Vec<String>, Vec<RelationData>)> = BTreeMap::new();
    for node in of_kind(runtime, ResourceType::Source) {
        found.insert(node.unique_id.clone(), Vec::new());
        let (schemas, relations) = places.entry(node.database.clone().unwrap_or_default()).or_default();
        if !schemas.contains(&node.schema) {
            schemas.push(node.schema.clone());
        }
        relations.push(runtime.relation(node));
    }
    if places.is_empty() {
        return Ok(found);
    }
    let session = runtime.adapter.connect("lock").map_err(|error| Box::new(error.into_diagnostic(Class::Runtime)))?;
    let session = Arc::new(Mutex::new(session));
    for (database, (schemas, relations)) in places {
        let tables = execute::catalog(runtime, &session, &database, &schemas, Some(&relations))?;
        for node in of_kind(runtime, ResourceType::Source) {
            let key = (database.to_lowercase(), node.schema.to_lowercase(), node.alias.to_lowercase());
            let is_here = node.database.as_deref().unwrap_or_default() == database;
            let Some(table) = tables.get(&key).filter(|_| is_here) else { continue };
            let mut columns: Vec<_> = table.columns.iter().collect();
            columns.sort_by_key(|column| column.index);
            let column = |column: &&crate::outcome::CatalogColumn| LockedColumn {
                name: column.name.clone(),
                data_type: column.data_type.clone(),
            };
            found.insert(node.unique_id.clone(), columns.iter().map(column).collect());
        }
    }
    Ok(found)
}
