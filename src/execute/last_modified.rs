//! When source tables were last changed, as the warehouse's own records tell: one query for each database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use minijinja::Value;

use super::session::{NodeSession, SharedSession};
use super::{Runtime, facts, schemas};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja::{RelationData, python};
use crate::manifest::Node;
use crate::outcome::{Freshness, NodeInfo, Timestamp};

/// Moments by the unique id of the table.
pub(super) type Moments = HashMap<String, Freshness>;

/// Whether only the warehouse's records tell when a table was changed.
pub(super) fn is_wanted(runtime: &Runtime, node: &Node) -> bool {
    let told =
        node.source_table().is_some_and(|table| table.loaded_at_field.is_some() || table.loaded_at_query.is_some());
    !told && runtime.facts.naming.dialect.capabilities.contains(&"TableLastModifiedMetadata")
}

/// Asks for all tables of which nothing else tells.
///
/// # Errors
/// The query fails.
pub(super) fn ask(runtime: &Arc<Runtime>, nodes: &[&Arc<Node>], session: &SharedSession) -> Result<Moments> {
    let mut places: BTreeMap<String, Vec<&Arc<Node>>> = BTreeMap::new();
    for node in nodes.iter().filter(|node| is_wanted(runtime, node)) {
        places.entry(node.database.clone().unwrap_or_default()).or_default().push(node);
    }
    let mut moments = Moments::new();
    if places.is_empty() {
        return Ok(moments);
    }
    let name = "get_relation_last_modified";
    let Some(target) = runtime.engine.library().find(&runtime.project.name, name) else {
        return Err(Box::new(Diagnostic::error(Class::Internal, format!("there is no macro {name}"))));
    };
    let helper = Arc::new(schemas::helper(&runtime.project));
    let live = NodeSession::new(runtime, &helper, NodeInfo::new(facts(&runtime.manifest, &helper)), session);
    for (database, tables) in places {
        let naming = runtime.facts.naming;
        let place = RelationData {
            database: Some(database),
            schema: Some("INFORMATION_SCHEMA".to_owned()),
            quoted: [naming.quoted[0], false, false],
            ..RelationData::nameless(naming)
        };
        let relations: Vec<RelationData> = tables.iter().map(|node| runtime.relation(node)).collect();
        let listed = python::list(relations.iter().map(|relation| relation.clone().into_value()).collect());
        let scope = live.scope(Vec::new()).shared();
        let called = runtime.engine.call(target, vec![place.into_value(), listed], Vec::new(), &scope);
        let called = called.map_err(|error| live.explain(error))?;
        let table = called.value.get_attr("table").ok().filter(|table| !table.is_undefined());
        for row in python::iterate(&table.unwrap_or(called.value)).unwrap_or_default() {
            let cell = |name: &str| {
                let found =
                    |name: &str| row.get_attr(name).ok().filter(|value| !value.is_none() && !value.is_undefined());
                found(name).or_else(|| found(&name.to_uppercase()))
            };
            let text = |name: &str| cell(name).map(|value| value.to_string());
            let (Some(schema), Some(identifier)) = (text("schema"), text("identifier")) else { continue };
            let row = RelationData::new(naming, None, &schema, &identifier).as_listed();
            let found = tables.iter().zip(&relations).find(|(_, relation)| relation.same(&row));
            let (Some((node, _)), Some(changed), Some(clock)) = (
                found,
                cell("last_modified").and_then(|cell| moment(&cell)),
                cell("snapshotted_at").and_then(|cell| moment(&cell)),
            ) else {
                continue;
            };
            moments.insert(node.unique_id.clone(), Freshness { max_loaded_at: changed, snapshotted_at: clock });
        }
    }
    live.rollback();
    Ok(moments)
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.downcast_object_ref::<python::DateTime>().map(|moment| moment.utc().and_utc())
}
