//! Which nodes a column reaches, and which it comes from, over the whole project.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Dialect, Kind, Open, ProjectLineage};

/// A column of a node: unique id, and what the column's name is compared by.
pub type Place = (Arc<str>, Arc<str>);

/// What one node makes of a column of another.
enum Step {
    /// A column of its own.
    Column(Place),
    /// Its rows: it is filtered, joined, grouped or sorted by it.
    Rows(Arc<str>),
}

/// Every way from a column to what is made of it, or back.
#[derive(Default)]
struct Ways<'l> {
    steps: HashMap<Place, Vec<Step>>,
    /// Stars over columns that nobody knows, by the node at whose end they are entered: the node at the other end, and
    /// the star.
    stars: HashMap<Arc<str>, Vec<(Arc<str>, &'l Open)>>,
}

impl ProjectLineage {
    /// The nodes that read a column or what is made of it, at most `depth` nodes downward.
    ///
    /// A node that only filters, joins, groups or sorts by the column is reached; its columns are not made of it.
    pub fn readers(&self, id: &str, column: &str, depth: Option<usize>) -> BTreeSet<String> {
        self.walk(&self.downward(), (id, column), depth)
    }

    /// The nodes that a column is made of, at most `depth` nodes upward.
    pub fn origins(&self, id: &str, column: &str, depth: Option<usize>) -> BTreeSet<String> {
        self.walk(&self.upward(), (id, column), depth)
    }

    /// Whether a node has a column; `None` where not all of its columns are known, and this is none of those that are.
    pub fn has_column(&self, id: &str, column: &str) -> Option<bool> {
        let known = &self.nodes.get(id)?.columns;
        let key = self.key(id, column);
        let has = known.columns.iter().any(|known| known.name.key == key);
        (has || known.open.is_none()).then_some(has)
    }

    /// Whether it is known where each of a node's columns comes from.
    pub fn is_exact(&self, id: &str) -> bool {
        let resolved = self.nodes.get(id).and_then(|node| node.resolved.as_ref());
        resolved.is_some_and(|resolved| resolved.shape.columns.iter().all(|column| column.lineage.unknown.is_none()))
    }

    /// The columns of a node, as it writes them.
    pub fn column_names(&self, id: &str) -> impl Iterator<Item = &str> {
        self.nodes.get(id).into_iter().flat_map(|node| &node.columns.columns).map(|column| column.name.text.as_str())
    }

    /// The one column that a column is a copy of; none where it is anything else, or where that is not certain.
    pub fn copied_from(&self, id: &str, column: &str) -> Option<Place> {
        let resolved = self.nodes.get(id)?.resolved.as_ref()?;
        let key = self.key(id, column);
        let mut named = resolved.shape.columns.iter().filter(|made| made.is(&key));
        let made = named.next()?;
        let mut from = made.lineage.from.iter();
        let (origin, kind) = from.next()?;
        let is_certain = named.next().is_none() && from.next().is_none() && made.lineage.unknown.is_none();
        let read = resolved.reads[origin.relation].id.as_ref()?;
        (is_certain && *kind == Kind::Copy).then(|| (Arc::clone(read), Arc::clone(&origin.column)))
    }

    /// What a column's name is compared by: as the node writes it, or else as if it had no quotes.
    fn key(&self, id: &str, column: &str) -> String {
        let known = self.nodes.get(id).into_iter().flat_map(|node| &node.columns.columns);
        let exact = known.map(|known| &known.name).find(|name| name.text == column);
        exact.cloned().unwrap_or_else(|| self.dialect.unwrap_or(Dialect::Generic).plain(column)).key
    }

    fn downward(&self) -> Ways<'_> {
        let mut ways = Ways::default();
        for (reader, analysis) in &self.nodes {
            let Some(resolved) = &analysis.resolved else { continue };
            let source = |relation: usize| resolved.reads[relation].id.clone();
            for made in &resolved.shape.columns {
                for origin in made.lineage.from.keys() {
                    let Some(from) = source(origin.relation) else { continue };
                    let step = match &made.name {
                        Some(name) => Step::Column((Arc::clone(reader), name.key.as_str().into())),
                        None => Step::Rows(Arc::clone(reader)),
                    };
                    ways.steps.entry((from, Arc::clone(&origin.column))).or_default().push(step);
                }
            }
            for (origin, _) in &resolved.used {
                let Some(from) = source(origin.relation) else { continue };
                let step = Step::Rows(Arc::clone(reader));
                ways.steps.entry((from, Arc::clone(&origin.column))).or_default().push(step);
            }
            for open in &resolved.shape.open {
                let Some(from) = open.relation.and_then(source) else { continue };
                ways.stars.entry(from).or_default().push((Arc::clone(reader), open));
            }
        }
        ways
    }

    fn upward(&self) -> Ways<'_> {
        let mut ways = Ways::default();
        for (reader, analysis) in &self.nodes {
            let Some(resolved) = &analysis.resolved else { continue };
            let source = |relation: usize| resolved.reads[relation].id.clone();
            for made in &resolved.shape.columns {
                let Some(name) = &made.name else { continue };
                for origin in made.lineage.from.keys() {
                    let Some(from) = source(origin.relation) else { continue };
                    let step = Step::Column((from, Arc::clone(&origin.column)));
                    ways.steps.entry((Arc::clone(reader), name.key.as_str().into())).or_default().push(step);
                }
            }
            for open in &resolved.shape.open {
                let Some(from) = open.relation.and_then(source) else { continue };
                ways.stars.entry(Arc::clone(reader)).or_default().push((from, open));
            }
        }
        ways
    }

    fn walk(&self, ways: &Ways<'_>, (id, column): (&str, &str), depth: Option<usize>) -> BTreeSet<String> {
        let start: Place = (id.into(), self.key(id, column).into());
        let mut reached = BTreeSet::new();
        let mut seen = HashSet::from([start.clone()]);
        let mut level = vec![start];
        let mut left = depth.unwrap_or(usize::MAX);
        while !level.is_empty() && left > 0 {
            left -= 1;
            let mut next = Vec::new();
            for at in level {
                let mut go = |place: Place| {
                    reached.insert(place.0.to_string());
                    if seen.insert(place.clone()) {
                        next.push(place);
                    }
                };
                let mut rows: Vec<String> = Vec::new();
                for step in ways.steps.get(&at).into_iter().flatten() {
                    match step {
                        Step::Column(place) => go(place.clone()),
                        Step::Rows(reader) => rows.push(reader.to_string()),
                    }
                }
                for (other, star) in ways.stars.get(&at.0).into_iter().flatten() {
                    if !star.without.contains(&*at.1) {
                        go((Arc::clone(other), Arc::clone(&at.1)));
                    }
                }
                reached.extend(rows);
            }
            level = next;
        }
        reached.remove(id);
        reached
    }
}
