//! What relations exist, remembered so that the warehouse is asked once for each schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Relation;

type SchemaKey = (Option<String>, Option<String>);

/// The relations of the schemas that were listed, compared without regard to case.
#[derive(Debug, Default)]
pub struct RelationCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    schemas: BTreeSet<SchemaKey>,
    relations: BTreeMap<SchemaKey, BTreeMap<Option<String>, Relation>>,
}

fn lower(name: Option<&str>) -> Option<String> {
    name.map(str::to_lowercase)
}

fn schema_key(database: Option<&str>, schema: Option<&str>) -> SchemaKey {
    (lower(database), lower(schema))
}

fn key(relation: &Relation) -> (SchemaKey, Option<String>) {
    (schema_key(relation.database(), relation.schema()), lower(relation.identifier()))
}

impl RelationCache {
    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left whole entries: each change below is a single insertion or removal.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what a listing of a schema gave, in place of what was known of it.
    pub fn set_schema(&self, database: Option<&str>, schema: Option<&str>, relations: Vec<Relation>) {
        let mut state = self.state();
        let schema = schema_key(database, schema);
        let entries = relations.into_iter().map(|relation| (lower(relation.identifier()), relation)).collect();
        state.relations.insert(schema.clone(), entries);
        state.schemas.insert(schema);
    }

    /// Whether a schema was listed, so that a relation that is not here does not exist.
    pub fn knows_schema(&self, database: Option<&str>, schema: Option<&str>) -> bool {
        self.state().schemas.contains(&schema_key(database, schema))
    }

    /// Remembers that a schema exists and holds nothing else than what is known.
    pub fn add_schema(&self, database: Option<&str>, schema: Option<&str>) {
        self.state().schemas.insert(schema_key(database, schema));
    }

    /// Forgets a schema and all in it.
    pub fn drop_schema(&self, database: Option<&str>, schema: Option<&str>) {
        let mut state = self.state();
        let schema = schema_key(database, schema);
        state.relations.remove(&schema);
        state.schemas.remove(&schema);
    }

    /// The schemas that are known, lower case.
    pub fn schemas(&self) -> Vec<(Option<String>, Option<String>)> {
        self.state().schemas.iter().cloned().collect()
    }

    /// Remembers a relation. An entry of the same name is replaced.
    pub fn add(&self, relation: Relation) {
        let (schema, name) = key(&relation);
        self.state().relations.entry(schema).or_default().insert(name, relation);
    }

    /// Forgets a relation; an unknown one is no error, since dbt drops what may not exist.
    pub fn drop(&self, relation: &Relation) {
        let (schema, name) = key(relation);
        if let Some(relations) = self.state().relations.get_mut(&schema) {
            relations.remove(&name);
        }
    }

    /// Moves a relation to another name; what had that name before is forgotten.
    pub fn rename(&self, from: &Relation, to: &Relation) {
        let mut state = self.state();
        let (schema, name) = key(from);
        let old = state.relations.get_mut(&schema).and_then(|relations| relations.remove(&name));
        let mut renamed = old.unwrap_or_else(|| to.clone());
        renamed.path = to.path.clone();
        let (schema, name) = key(to);
        state.relations.entry(schema).or_default().insert(name, renamed);
    }

    /// The relations of a schema, by name.
    pub fn list(&self, database: Option<&str>, schema: Option<&str>) -> Vec<Relation> {
        let state = self.state();
        state
            .relations
            .get(&schema_key(database, schema))
            .map(|relations| relations.values().cloned().collect())
            .unwrap_or_default()
    }

    /// The relation of a name.
    pub fn get(&self, database: Option<&str>, schema: Option<&str>, identifier: &str) -> Option<Relation> {
        let state = self.state();
        state.relations.get(&schema_key(database, schema))?.get(&lower(Some(identifier))).cloned()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut state = self.state();
        state.relations.clear();
        state.schemas.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Dialect, RelationKind};

    fn relation(name: &str) -> Relation {
        Relation::new(&Dialect::DUCKDB, Some("Dev"), Some("Main"), Some(name)).with_kind(RelationKind::Table)
    }

    #[test]
    fn names_are_found_in_any_case_and_follow_renames() {
        let cache = RelationCache::default();
        assert!(!cache.knows_schema(Some("dev"), Some("main")));
        cache.set_schema(Some("DEV"), Some("main"), vec![relation("A"), relation("a__tmp")]);
        assert!(cache.knows_schema(Some("dev"), Some("MAIN")));
        assert_eq!(cache.get(Some("dev"), Some("main"), "a").unwrap().identifier(), Some("A"));
        cache.rename(&relation("a__TMP"), &relation("a"));
        assert_eq!(cache.list(Some("dev"), Some("main")).len(), 1);
        assert_eq!(cache.get(Some("dev"), Some("main"), "A").unwrap().identifier(), Some("a"));
        cache.drop(&relation("A"));
        cache.drop(&relation("A"));
        assert!(cache.list(Some("dev"), Some("main")).is_empty());
        cache.drop_schema(Some("dev"), Some("main"));
        assert!(!cache.knows_schema(Some("dev"), Some("main")));
    }

    #[test]
    fn threads_share_it() {
        let cache = RelationCache::default();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let cache = &cache;
                scope.spawn(move || (0..100).for_each(|at| cache.add(relation(&format!("t{thread}_{at}")))));
            }
        });
        assert_eq!(cache.list(Some("dev"), Some("main")).len(), 800);
        cache.clear();
        assert!(cache.schemas().is_empty());
    }
}
