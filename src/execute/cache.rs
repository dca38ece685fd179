//! What relations exist, as far as this run knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::jinja::RelationData;

type Key = (String, String);

/// The known relations by database and schema, a schema that was not listed is absent; and the columns that inputs of
/// unit tests have.
#[derive(Debug, Default)]
pub struct Cache {
    relations: Mutex<HashMap<Key, Vec<RelationData>>>,
    columns: Mutex<Vec<(RelationData, Vec<minijinja::Value>)>>,
}

fn key(database: &str, schema: &str) -> Key {
    (database.to_lowercase(), schema.to_lowercase())
}

fn key_of(relation: &RelationData) -> Key {
    key(relation.database.as_deref().unwrap_or_default(), relation.schema.as_deref().unwrap_or_default())
}

impl Cache {
    fn with<T>(&self, change: impl FnOnce(&mut HashMap<Key, Vec<RelationData>>) -> T) -> T {
        change(&mut self.relations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The columns of a relation, where a unit test asked for them and nothing was built of that name since.
    pub fn columns(&self, relation: &RelationData) -> Option<Vec<minijinja::Value>> {
        let kept = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known.same(relation)).map(|(_, columns)| columns.clone())
    }

    /// Keeps the columns of a relation for the unit tests that follow.
    pub fn keep_columns(&self, relation: &RelationData, columns: Vec<minijinja::Value>) {
        let mut kept = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| !known.same(relation));
        kept.push((relation.clone(), columns));
    }

    fn forget_columns(&self, is_gone: impl Fn(&RelationData) -> bool) {
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| !is_gone(known));
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
        self.forget_columns(|known| key_of(known) == key(database, schema));
        self.with(|map| map.remove(&key(database, schema)));
    }

    /// Adds a relation, or replaces the one of its name.
    pub fn add(&self, relation: &RelationData) {
        self.forget_columns(|known| known.same(relation));
        self.with(|map| {
            if let Some(known) = map.get_mut(&key_of(relation)) {
                known.retain(|other| !other.same(relation));
                known.push(relation.clone());
            }
        });
    }

    /// Removes a relation.
    pub fn remove(&self, relation: &RelationData) {
        self.forget_columns(|known| known.same(relation));
        self.with(|map| {
            if let Some(known) = map.get_mut(&key_of(relation)) {
                known.retain(|other| !other.same(relation));
            }
        });
    }
}
