//! Makes the schemas that a plan writes, and lists what is in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::session::{NodeSession, SharedSession};
use super::{Plan, Runtime, facts};
use crate::diagnostic::{Diagnostic, Result};
use crate::event::Event;
use crate::jinja::{Live, RelationData, functions_of, python, relations_of};
use crate::manifest::{ByName, Node, ResourceType};
use crate::outcome::NodeInfo;
use crate::project::Project;

/// Database and schema of everything that the plan builds.
pub fn of_plan(runtime: &Runtime, plan: &Plan) -> Places {
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
    let (listed, missing) = list_widely(&live, &wanted)?;
    for (database, schema) in wanted {
        let place = (database, schema);
        if listed.contains(&place) {
            continue;
        }
        let is_missing_schema = missing.contains(&place);
        let (database, schema) = place;
        if !is_missing_schema && dialect.lists_tell_missing {
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

/// From how many schemas of a database on one listing of the whole database is asked for.
const WIDE: usize = 3;

/// Schemas by database.
type Places = BTreeSet<(String, String)>;

/// Lists databases that many schemas are wanted of, by one or two statements each: gives the schemas whose relations
/// are known now, and those that do not exist.
fn list_widely(live: &Arc<NodeSession>, wanted: &Places) -> Result<(Places, Places)> {
    let (mut listed, mut missing) = (Places::new(), Places::new());
    let runtime = &live.runtime;
    let dialect = runtime.facts.naming.dialect;
    let name = format!("{}__list_relations_in_database", dialect.name);
    let library = runtime.engine.library();
    let (Some(relations), Some(schemas)) =
        (library.find(&runtime.project.name, &name), library.find(&runtime.project.name, "list_schemas"))
    else {
        return Ok((listed, missing));
    };
    let databases: BTreeSet<&String> = wanted.iter().map(|(database, _)| database).collect();
    let scope = live.scope(Vec::new()).shared();
    for database in databases {
        let here: Vec<&(String, String)> = wanted.iter().filter(|(other, _)| other == database).collect();
        if here.len() < WIDE {
            continue;
        }
        let argument = || vec![minijinja::Value::from(dialect_name(live, database))];
        // What cannot be listed is told of schema by schema.
        let Ok(found) = runtime.engine.call(relations, argument(), Vec::new(), &scope) else { continue };
        if found.value.is_none() {
            continue;
        }
        let found = relations_of(runtime.facts.naming, database, &found.value).unwrap_or_default();
        let is_in = |relation: &RelationData, schema: &str| {
            let place = RelationData::new(runtime.facts.naming, Some(database), schema, "");
            let own = relation.schema.as_deref().unwrap_or_default();
            dialect.same_name((schema, place.quoted[1]), (own, true))
        };
        for place in &here {
            let own: Vec<RelationData> = found.iter().filter(|relation| is_in(relation, &place.1)).cloned().collect();
            if !own.is_empty() {
                live.cache_schema(&place.0, &place.1, own);
                listed.insert((*place).clone());
            }
        }
        let rest: Vec<&&(String, String)> = here.iter().filter(|place| !listed.contains(**place)).collect();
        if rest.len() < 2 {
            continue;
        }
        let Ok(known) = runtime.engine.call(schemas, argument(), Vec::new(), &scope) else { continue };
        let known: Vec<String> = python::iterate(&known.value)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.get_attr("name").ok().map(|name| name.to_string()))
            .collect();
        for place in rest {
            let quoted = RelationData::new(runtime.facts.naming, Some(database), &place.1, "").quoted[1];
            if known.iter().any(|name| dialect.same_name((&place.1, quoted), (name, true))) {
                live.cache_schema(&place.0, &place.1, Vec::new());
                listed.insert((*place).clone());
            } else {
                missing.insert((*place).clone());
            }
        }
    }
    Ok((listed, missing))
}

/// A database as its name is written in a statement.
fn dialect_name(live: &NodeSession, database: &str) -> String {
    let naming = live.runtime.facts.naming;
    let quoted = RelationData::new(naming, Some(database), "", "").quoted[0];
    if quoted { naming.dialect.quoted(database) } else { database.to_owned() }
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
        first_tags: Vec::new(),
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
        columns: ByName::default(),
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
