//! What is known of relations before a query is read.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Dialect, Name, Type};

/// A column of a relation.
#[derive(Debug, Clone)]
pub struct KnownColumn {
    /// Its name.
    pub name: Name,
    /// The family of its type.
    pub data_type: Type,
}

/// What is known of a relation's columns.
#[derive(Debug, Clone, Default)]
pub struct KnownColumns {
    /// In order, as far as they are known.
    pub columns: Vec<KnownColumn>,
    /// Why there may be more than these; `None` where they are all.
    pub open: Option<Arc<str>>,
}

impl KnownColumns {
    /// A relation of which nothing is known.
    pub fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self { columns: Vec::new(), open: Some(reason.into()) }
    }
}

/// A relation that a query may read.
#[derive(Debug, Clone)]
pub struct Relation {
    /// What it is called outside of SQL: a unique id.
    pub id: Arc<str>,
    /// Its name, from the database to the table.
    pub path: Vec<Name>,
    /// Its columns.
    pub columns: Arc<KnownColumns>,
}

/// The relations that queries may read.
#[derive(Debug, Default)]
pub struct Schemas {
    relations: Vec<Relation>,
    /// Relations by the last part of their names.
    by_last: HashMap<String, Vec<usize>>,
    by_id: HashMap<Arc<str>, usize>,
    /// Why a relation that is not among them may still exist.
    pub open: Option<Arc<str>>,
}

impl Schemas {
    /// Adds a relation.
    pub fn add(&mut self, relation: Relation) {
        let index = self.relations.len();
        if let Some(last) = relation.path.last() {
            self.by_last.entry(last.key.clone()).or_default().push(index);
        }
        self.by_id.insert(Arc::clone(&relation.id), index);
        self.relations.push(relation);
    }

    /// Replaces what is known of a relation's columns.
    pub fn set_columns(&mut self, id: &str, columns: Arc<KnownColumns>) {
        if let Some(index) = self.by_id.get(id) {
            self.relations[*index].columns = columns;
        }
    }

    /// The same relations as a dialect compares their names, were they written without quotes.
    pub(super) fn in_dialect(&self, dialect: Dialect) -> Self {
        let plain = |name: &Name| dialect.plain(&name.text);
        let mut schemas = Self { open: self.open.clone(), ..Self::default() };
        for relation in &self.relations {
            let known = &relation.columns;
            let columns = known.columns.iter();
            let columns = columns.map(|column| KnownColumn { name: plain(&column.name), ..column.clone() }).collect();
            schemas.add(Relation {
                id: Arc::clone(&relation.id),
                path: relation.path.iter().map(plain).collect(),
                columns: Arc::new(KnownColumns { columns, open: known.open.clone() }),
            });
        }
        schemas
    }

    /// The relation with this id.
    pub fn by_id(&self, id: &str) -> Option<&Relation> {
        self.by_id.get(id).map(|index| &self.relations[*index])
    }

    /// The relation that a name of one to three parts means.
    ///
    /// Parts that are left out may be anything, as long as only one relation fits.
    pub fn find(&self, path: &[Name]) -> Option<&Relation> {
        let candidates = self.by_last.get(&path.last()?.key)?;
        let fits = |index: &&usize| {
            let full = &self.relations[**index].path;
            full.len() >= path.len() && full[full.len() - path.len()..] == *path
        };
        let mut fitting = candidates.iter().filter(fits);
        let first = fitting.next()?;
        // A source and a seed may be the same relation.
        let is_same = |index: &usize| self.relations[*index].path == self.relations[*first].path;
        fitting.all(is_same).then(|| &self.relations[*first])
    }

    /// The names of all relations: the last parts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.relations.iter().filter_map(|relation| relation.path.last()).map(|name| name.text.as_str())
    }

    /// Whether a relation of the project lies in the schema that a path names.
    pub fn knows_schema(&self, path: &[Name]) -> bool {
        let Some((_, schema)) = path.split_last() else { return false };
        !schema.is_empty()
            && self.relations.iter().any(|relation| {
                let Some((_, full)) = relation.path.split_last() else { return false };
                full.len() >= schema.len() && full[full.len() - schema.len()..] == *schema
            })
    }
}

/// Reads a relation's name as SQL writes it: `"db"."schema".orders`.
pub fn path(text: &str, dialect: Dialect) -> Vec<Name> {
    let mut parts = Vec::new();
    let mut letters = text.chars().peekable();
    loop {
        let mut part = String::new();
        let quoted = letters.next_if(|letter| matches!(letter, '"' | '`'));
        if let Some(quote) = quoted {
            while let Some(letter) = letters.next() {
                if letter == quote && letters.next_if_eq(&quote).is_none() {
                    break;
                }
                part.push(letter);
            }
        }
        while let Some(letter) = letters.next_if(|letter| *letter != '.') {
            part.push(letter);
        }
        let key = dialect.key(&part, if quoted.is_some() { super::Quoted::Yes } else { super::Quoted::No });
        parts.push(Name { text: part, key });
        if letters.next().is_none() {
            return parts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemas() -> Schemas {
        let mut schemas = Schemas::default();
        for (id, name) in [("a", "db.one.orders"), ("b", "db.two.orders"), ("c", "db.\"o.ne\".\"Big\"")] {
            let path = path(name, Dialect::Snowflake);
            schemas.add(Relation { id: id.into(), path, columns: Arc::default() });
        }
        schemas
    }

    #[test]
    fn a_name_means_a_relation_only_if_no_other_fits() {
        let schemas = schemas();
        let find = |name: &str| schemas.find(&path(name, Dialect::Snowflake)).map(|relation| &*relation.id);
        assert_eq!(find("ONE.orders"), Some("a"));
        assert_eq!(find("orders"), None);
        assert_eq!(find("\"Big\""), Some("c"));
        assert_eq!(find("big"), None);
        assert!(schemas.knows_schema(&path("one.x", Dialect::Snowflake)));
        assert!(!schemas.knows_schema(&path("x", Dialect::Snowflake)));
    }
}
