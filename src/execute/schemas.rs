//! Makes the schemas that a plan writes, and lists what is in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::session::{NodeSession, SharedSession};
use super::{Plan, Runtime, facts};
use crate::diagnostic::{Diagnostic, Result};
use crate::event::Event;
use crate::jinja::{Live, RelationData, functions_of};
use crate::manifest::{Node, ResourceType};
use crate::outcome::NodeInfo;
use crate::project::Project;

/// Database and schema of everything that the plan builds.
pub fn of_plan(runtime: &Runtime, plan: &Plan) -> BTreeSet<(String, String)> {
    plan.nodes
        .keys()
        .filter_map(|id| runtime.manifest.node(id))
        .filter(|node| match node.resource_type {
            ResourceType::Model => !node.is_ephemeral(),
            ResourceType::Seed | ResourceType::Snapshot | ResourceType::Function => true,
            ResourceType::Test => node.relation_name.is_some(),
            _ => false,
        })
        .map(|node| (node.database.clone().unwrap_or_default(), node.schema.clone()))
        .collect()
}

/// Creates the schemas that are missing and lists the relations of all of them.
///
/// # Errors
/// A statement fails.
pub fn prepare(runtime: &Arc<Runtime>, plan: &Plan, session: &SharedSession) -> Result<()> {
    let wanted = of_plan(runtime, plan);
    if wanted.is_empty() {
        return Ok(());
    }
    let node = Arc::new(helper(&runtime.project));
    let info = NodeInfo::new(facts(&runtime.manifest, &node));
    let live = NodeSession::new(runtime, &node, info, session);
    let scope = live.scope(Vec::new()).shared();
    let library = runtime.engine.library();
    let dialect = runtime.facts.naming.dialect;
    for (database, schema) in wanted {
        if dialect.lists_tell_missing {
            match list(&live, &database, &schema) {
                Ok(()) => continue,
                Err(error) if !is_missing(&error) => return Err(error),
                Err(_) => {}
            }
        }
        let mut place = RelationData::new(runtime.facts.naming, Some(&database), &schema, "");
        place.identifier = None;
        if let Some(create) = library.find(&runtime.project.name, "create_schema") {
            runtime.events.send(Event::SchemaCreation { database: database.clone(), schema: schema.clone() });
            runtime
                .engine
                .call(create, vec![place.into_value()], Vec::new(), &scope)
                .map_err(|error| live.explain(error))?;
            live.commit()?;
        }
        if dialect.lists_tell_missing {
            // What was made just now is empty.
            live.cache_schema(&database, &schema, Vec::new());
        } else {
            list(&live, &database, &schema)?;
        }
    }
    if dialect.lists_functions_apart {
        list_functions(&live, plan)?;
    }
    live.rollback();
    Ok(())
}

/// Whether a listing failed since there is no such schema.
fn is_missing(error: &Diagnostic) -> bool {
    error.message.to_lowercase().contains("does not exist")
}

/// Adds the functions of the schemas that the plan makes functions in, where the adapter lists them apart.
fn list_functions(live: &Arc<NodeSession>, plan: &Plan) -> Result<()> {
    let runtime = &live.runtime;
    let Some(macro_found) =
        runtime.engine.library().find(&runtime.project.name, "list_function_relations_without_caching")
    else {
        return Ok(());
    };
    let functions = plan.nodes.keys().filter_map(|id| runtime.manifest.node(id));
    let places: BTreeSet<(String, String)> = functions
        .filter(|node| node.resource_type == ResourceType::Function)
        .map(|node| (node.database.clone().unwrap_or_default(), node.schema.clone()))
        .collect();
    let scope = live.scope(Vec::new()).shared();
    for (database, schema) in places {
        let mut place = RelationData::new(runtime.facts.naming, Some(&database), &schema, "");
        place.identifier = None;
        let listed = runtime
            .engine
            .call(macro_found, vec![place.into_value()], Vec::new(), &scope)
            .map_err(|error| live.explain(error))?;
        for relation in functions_of(runtime.facts.naming, &database, &listed.value).unwrap_or_default() {
            live.cache_added(&relation);
        }
    }
    Ok(())
}

/// Lists the relations of a schema.
///
/// # Errors
/// A statement fails.
pub fn list(live: &Arc<NodeSession>, database: &str, schema: &str) -> Result<()> {
    let source = crate::diagnostic::SourceFile::new(
        "<schemas>",
        format!(
            "{{% do adapter.list_relations(database='{}', schema='{}') %}}",
            database.replace('\'', "\\'"),
            schema.replace('\'', "\\'")
        ),
    );
    let scope = live.scope(Vec::new()).shared();
    live.runtime.engine.render_str(&source, &scope).map_err(|error| live.explain(error))?;
    Ok(())
}

/// A node for statements that belong to no node of the project.
pub fn helper(project: &Project) -> Node {
    let package = project.root_package();
    let source = crate::diagnostic::SourceFile::new("<netflix>", "");
    Node {
        unique_id: format!("sql_operation.{}.netflix", package.name),
        resource_type: ResourceType::SqlOperation,
        name: "netflix".to_owned(),
        package: package.name.clone(),
        path: "netflix".to_owned(),
        original_file_path: "netflix".to_owned(),
        fqn: vec![package.name.clone(), "netflix".to_owned()],
        source,
        code: 0..0,
        raw_code: String::new(),
        language: "sql".to_owned(),
        checksum: ("none".to_owned(), String::new()),
        database: Some(project.target.database.clone()),
        schema: project.target.schema.clone(),
        alias: "netflix".to_owned(),
        relation_name: None,
        config: crate::manifest::Config::defaults(ResourceType::SqlOperation),
        unrendered_config: serde_json::Map::new(),
        description: String::new(),
        doc_blocks: Vec::new(),
        columns: indexmap::IndexMap::new(),
        patch_path: None,
        patch: None,
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        depends_on: Vec::new(),
        macros: Vec::new(),
        created_at: 0.0,
        detail: crate::manifest::Detail::None,
    }
}
