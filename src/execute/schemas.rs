//! Makes the schemas that a plan writes, and lists what is in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::session::{NodeSession, SharedSession};
use super::{Plan, Runtime, facts};
use crate::diagnostic::Result;
use crate::event::Event;
use crate::jinja::{Live, RelationData};
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
    for (database, schema) in wanted {
        let mut place = RelationData::new(Some(&database), &schema, "");
        place.identifier = None;
        if let Some(create) = library.find(&runtime.project.name, "create_schema") {
            runtime.events.send(Event::SchemaCreation { database: database.clone(), schema: schema.clone() });
            runtime
                .engine
                .call(create, vec![place.into_value()], Vec::new(), &scope)
                .map_err(|error| live.explain(error))?;
            live.commit()?;
        }
        list(&live, &database, &schema)?;
    }
    live.rollback();
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
