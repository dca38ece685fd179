//! What relations exist, as far as this run knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::jinja::RelationData;

type Key = (String, String);

/// The known relations by database and schema; a schema that was not listed is absent.
#[derive(Debug, Default)]
pub struct Cache(Mutex<HashMap<Key, Vec<RelationData>>>);

fn key(database: &str, schema: &str) -> Key {
    (database.to_lowercase(), schema.to_lowercase())
}

fn key_of(relation: &RelationData) -> Key {
    key(relation.database.as_deref().unwrap_or_default(), relation.schema.as_deref().unwrap_or_default())
}

impl Cache {
    fn with<T>(&self, change: impl FnOnce(&mut HashMap<Key, Vec<RelationData>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The relations of a schema, if it was listed.
    pub fn schema(&self, database: &str, schema: &str) -> Option<Vec<RelationData>> {
        self.with(|map| map.get(&key(database, schema)).cloned())
    }

    /// Keeps the relations of a schema.
    pub fn set(&self, database: &str, schema: &str, relations: Vec<RelationData>) {
        self.with(|map| map.insert(key(database, schema), relations));
    }

    /// Forgets a schema, so that it is listed again.
    pub fn forget(&self, database: &str, schema: &str) {
        self.with(|map| map.remove(&key(database, schema)));
    }

    /// Adds a relation, or replaces the one of its name.
    pub fn add(&self, relation: &RelationData) {
        self.with(|map| {
            if let Some(known) = map.get_mut(&key_of(relation)) {
                known.retain(|other| !other.same(relation));
                known.push(relation.clone());
            }
        });
    }

    /// Removes a relation.
    pub fn remove(&self, relation: &RelationData) {
        self.with(|map| {
            if let Some(known) = map.get_mut(&key_of(relation)) {
                known.retain(|other| !other.same(relation));
            }
        });
    }
}
