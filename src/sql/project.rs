//! Column lineage of a whole project: every node's SQL, resolved parents first.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sqlparser::ast::Query;

use super::{
    Column, Dialect, Kind, KnownColumn, KnownColumns, Name, Relation, Resolved, Rows, Schemas, Type, Usage, parse,
    parse::ParseError, resolve,
};

/// What the name of an ephemeral model begins with in the query of its reader. dbt: `__dbt__cte__orders`.
pub const EPHEMERAL: &str = "__dbt__cte__";

/// How many nodes one thread takes at least.
const CHUNK: usize = 16;

/// A node of a project.
#[derive(Debug, Clone)]
pub struct ProjectNode {
    /// Its unique id.
    pub id: Arc<str>,
    /// Its relation, from the database to the table; empty for what has none.
    pub path: Vec<Name>,
    /// Ids of the nodes that it reads.
    pub parents: Vec<Arc<str>>,
    /// Whose SQL its query is, where that is not the project's.
    pub dialect: Option<Dialect>,
    /// Its SQL, or what is known without any.
    pub content: Content,
}

/// What gives a node its columns.
#[derive(Debug, Clone)]
pub enum Content {
    /// A query; a relation has these columns behind those of its query, or more for the reason given.
    Query {
        /// The text.
        sql: String,
        /// Columns that are added.
        added: Vec<KnownColumn>,
        /// Why the relation may have other columns than the query.
        open: Option<Arc<str>>,
    },
    /// Columns that are declared.
    Columns(KnownColumns),
}

/// What is known of a node.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// Its query, where it has one that can be read.
    pub resolved: Option<Resolved>,
    /// Why it has no readable query.
    pub unreadable: Option<ParseError>,
    /// The columns of its relation.
    pub columns: Arc<KnownColumns>,
    /// What its query does to the rows that it reads.
    pub rows: Rows,
}

/// The column lineage of a project.
#[derive(Debug, Default)]
pub struct ProjectLineage {
    pub(super) dialect: Option<Dialect>,
    /// What is known of each node.
    pub nodes: HashMap<Arc<str>, Analysis>,
}

/// Resolves every node of a project, parents before children.
///
/// Nodes that are in a circle, or whose parents are, are left out: a project has none.
pub fn project(nodes: &[ProjectNode], dialect: Dialect) -> ProjectLineage {
    let mut schemas = Schemas::default();
    for node in nodes.iter().filter(|node| !node.path.is_empty()) {
        let columns = Arc::new(KnownColumns::unknown("the relation is not built before its reader"));
        schemas.add(Relation { id: Arc::clone(&node.id), path: node.path.clone(), columns });
    }
    let mut lineage = ProjectLineage { dialect: Some(dialect), nodes: HashMap::new() };
    for level in levels(nodes) {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let size = level.len().div_ceil(threads).max(CHUNK);
        let known = &schemas;
        let found: Vec<(Arc<str>, Analysis)> = std::thread::scope(|scope| {
            let workers: Vec<_> = level
                .chunks(size)
                .map(|chunk| {
                    // Long chains of operators are trees as deep as they are long.
                    let work = move || {
                        chunk.iter().map(|node| (Arc::clone(&node.id), analyze(node, known, dialect))).collect()
                    };
                    std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work)
                })
                .collect();
            let join = |worker: std::io::Result<std::thread::ScopedJoinHandle<'_, Vec<_>>>| {
                worker.ok().and_then(|worker| worker.join().ok()).unwrap_or_default()
            };
            workers.into_iter().flat_map(join).collect()
        });
        for (id, analysis) in found {
            schemas.set_columns(&id, Arc::clone(&analysis.columns));
            lineage.nodes.insert(id, analysis);
        }
    }
    lineage
}

/// Nodes by how far they are from the first ones.
fn levels(nodes: &[ProjectNode]) -> Vec<Vec<&ProjectNode>> {
    let by_id: HashMap<&str, &ProjectNode> = nodes.iter().map(|node| (&*node.id, node)).collect();
    let mut waits: HashMap<&str, usize> = HashMap::new();
    let mut children: HashMap<&str, Vec<&ProjectNode>> = HashMap::new();
    for node in nodes {
        let parents: BTreeSet<&str> =
            node.parents.iter().map(|id| &**id).filter(|id| by_id.contains_key(id) && **id != *node.id).collect();
        waits.insert(&node.id, parents.len());
        for parent in parents {
            children.entry(parent).or_default().push(node);
        }
    }
    let mut level: Vec<&ProjectNode> = nodes.iter().filter(|node| waits[&*node.id] == 0).collect();
    let mut found = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for node in &level {
            for child in children.get(&*node.id).into_iter().flatten() {
                if let Some(count) = waits.get_mut(&*child.id) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(*child);
                    }
                }
            }
        }
        found.push(std::mem::replace(&mut level, next));
    }
    found
}

/// Takes out the ephemeral models that a compiled query begins with: they are nodes of their own.
fn leave_out_ephemeral(query: &mut Query, schemas: &Schemas, dialect: Dialect) {
    let Some(with) = &mut query.with else { return };
    with.cte_tables.retain(|cte| {
        let name = dialect.name(&cte.alias.name);
        !(name.text.starts_with(EPHEMERAL) && schemas.find(&[name]).is_some())
    });
    if with.cte_tables.is_empty() {
        query.with = None;
    }
}

fn analyze(node: &ProjectNode, schemas: &Schemas, dialect: Dialect) -> Analysis {
    let (sql, added, open) = match &node.content {
        Content::Columns(columns) => {
            return Analysis { columns: Arc::new(columns.clone()), ..Analysis::default() };
        }
        Content::Query { sql, added, open } => (sql, added, open),
    };
    let own = node.dialect.unwrap_or(dialect);
    let foreign = (own != dialect).then(|| schemas.in_dialect(own));
    let known = foreign.as_ref().unwrap_or(schemas);
    let query = match parse::query(sql, own) {
        Ok(mut query) => {
            leave_out_ephemeral(&mut query, known, own);
            query
        }
        Err(error) => {
            let columns = Arc::new(KnownColumns::unknown(format!("the SQL of `{}` cannot be read", node.id)));
            return Analysis { unreadable: Some(error), columns, ..Analysis::default() };
        }
    };
    let rows = Rows::of(&query);
    let mut resolved = resolve(&query, sql, known, own);
    if own != dialect {
        resolved = resolved.in_dialect(dialect, own, schemas);
    }
    for read in &mut resolved.reads {
        // A source and a seed may be one relation: the node reads the one that it names.
        let Some(found) = read.id.as_ref().filter(|id| !node.parents.contains(id)) else { continue };
        let path = schemas.by_id(found).map(|relation| &relation.path);
        let is_same = |id: &&Arc<str>| schemas.by_id(id).map(|relation| &relation.path) == path;
        read.id = node.parents.iter().find(is_same).or(Some(found)).cloned();
    }
    let mut columns = KnownColumns { columns: Vec::new(), open: resolved.shape.reason().or_else(|| open.clone()) };
    for column in &resolved.shape.columns {
        match &column.name {
            // The warehouse refuses or renames the second; what is wrong is told once, where it is made.
            Some(name) if columns.columns.iter().any(|known| known.name == *name) => {
                columns.open = columns.open.take().or_else(|| Some("two of its columns have one name".into()));
            }
            Some(name) => {
                columns.columns.push(KnownColumn { name: name.clone(), data_type: column.data_type });
            }
            // Readers call it by a name that the warehouse makes up.
            None => columns.open = columns.open.take().or_else(|| Some("a column has no name of its own".into())),
        }
    }
    columns.columns.extend(added.iter().cloned());
    Analysis { resolved: Some(resolved), unreadable: None, columns: Arc::new(columns), rows }
}

impl ProjectLineage {
    /// How a column of a node is shown: as its node writes it, or in lower case where only its key is known.
    fn shown(&self, id: &str, key: &str) -> String {
        let columns = self.nodes.get(id).map(|node| &node.columns.columns);
        let known = columns.into_iter().flatten().find(|column| column.name.key == key);
        match known {
            Some(column) => column.name.text.clone(),
            None if self.dialect == Some(Dialect::Snowflake) && key.to_uppercase() == key => key.to_lowercase(),
            None => key.to_owned(),
        }
    }

    /// The columns that a column of a node comes from, with how: unique id or relation, column, kind.
    pub fn from(&self, resolved: &Resolved, column: &Column) -> Vec<(String, String, Kind)> {
        let each = column.lineage.from.iter().map(|(origin, kind)| {
            let (id, name) = self.origin(resolved, origin);
            (id, name, *kind)
        });
        each.collect()
    }

    fn origin(&self, resolved: &Resolved, origin: &super::Origin) -> (String, String) {
        let read = &resolved.reads[origin.relation];
        match &read.id {
            Some(id) => (id.to_string(), self.shown(id, &origin.column)),
            None => (read.name.clone(), origin.column.to_string()),
        }
    }

    /// The lineage of every node as one JSON object, by unique id.
    pub fn json(&self) -> Value {
        let mut ids: Vec<&Arc<str>> = self.nodes.keys().collect();
        ids.sort_unstable();
        Value::Object(ids.into_iter().filter_map(|id| Some((id.to_string(), self.to_json(id)?))).collect())
    }

    /// The lineage of a node as JSON: `columns` with `from` and `unknown`, `used`, and `unknown` where the node's
    /// columns are not all known.
    pub fn to_json(&self, id: &str) -> Option<Value> {
        let analysis = self.nodes.get(id)?;
        let mut columns = Map::new();
        let mut used = Vec::new();
        if let Some(resolved) = &analysis.resolved {
            for column in &resolved.shape.columns {
                let Some(name) = &column.name else { continue };
                let from: Vec<Value> = self
                    .from(resolved, column)
                    .into_iter()
                    .map(|(id, column, kind)| json!([id, column, kind.name()]))
                    .collect();
                let mut value = json!({"from": from});
                if let Some(reason) = &column.lineage.unknown {
                    value["unknown"] = json!(&**reason);
                }
                if column.data_type != Type::Unknown {
                    value["type"] = json!(column.data_type.to_string());
                }
                columns.insert(name.text.clone(), value);
            }
            let uses: BTreeSet<(String, String, Usage)> = resolved
                .used
                .iter()
                .map(|(origin, usage)| {
                    let (id, column) = self.origin(resolved, origin);
                    (id, column, *usage)
                })
                .collect();
            used.extend(uses.into_iter().map(|(id, column, usage)| json!([id, column, usage.name()])));
        } else {
            for column in &analysis.columns.columns {
                columns.insert(column.name.text.clone(), json!({"from": []}));
            }
        }
        let mut value = json!({"columns": columns, "used": used});
        let unread = analysis.unreadable.as_ref().map(|error| format!("the SQL cannot be read: {}", error.message));
        if let Some(reason) = unread.or_else(|| analysis.columns.open.as_deref().map(str::to_owned)) {
            value["unknown"] = json!(reason);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::path;

    fn query(id: &str, parents: &[&str], sql: &str) -> ProjectNode {
        ProjectNode {
            id: id.into(),
            path: path(&format!("db.main.{id}"), Dialect::DuckDb),
            parents: parents.iter().map(|parent| (*parent).into()).collect(),
            dialect: None,
            content: Content::Query { sql: sql.to_owned(), added: Vec::new(), open: None },
        }
    }

    fn shop() -> ProjectLineage {
        let known = |name: &str| KnownColumn { name: Dialect::DuckDb.plain(name), data_type: Type::Unknown };
        let columns = KnownColumns { columns: vec![known("id"), known("amount"), known("status")], open: None };
        let raw = ProjectNode {
            id: "raw".into(),
            path: path("db.main.raw", Dialect::DuckDb),
            parents: Vec::new(),
            dialect: None,
            content: Content::Columns(columns),
        };
        let nodes = [
            query("report", &["orders"], "select max(total) as most from db.main.orders"),
            query(
                "orders",
                &["staged"],
                "select id, sum(amount) as total from db.main.staged where status = 'a' group by 1",
            ),
            query("staged", &["raw"], "select * from db.main.raw"),
            raw,
        ];
        project(&nodes, Dialect::DuckDb)
    }

    #[test]
    fn columns_are_followed_through_models() {
        let lineage = shop();
        let expected = json!({
            "columns": {
                "id": {"from": [["staged", "id", "copy"]]},
                "total": {"from": [["staged", "amount", "aggregate"]]},
            },
            "used": [["staged", "id", "group"], ["staged", "status", "filter"]],
        });
        assert_eq!(lineage.to_json("orders"), Some(expected));
        let of = |column: &str, depth| lineage.readers("raw", column, depth).into_iter().collect::<Vec<_>>();
        assert_eq!(of("amount", None), ["orders", "report", "staged"]);
        assert_eq!(of("AMOUNT", Some(2)), ["orders", "staged"]);
        assert_eq!(of("status", None), ["orders", "staged"]);
        let above = |column: &str, depth| lineage.origins("report", column, depth).into_iter().collect::<Vec<_>>();
        assert_eq!(above("most", None), ["orders", "raw", "staged"]);
        assert_eq!(above("most", Some(1)), ["orders"]);
        assert_eq!(lineage.has_column("orders", "total"), Some(true));
        assert_eq!(lineage.has_column("orders", "totals"), Some(false));
        let copied = |id: &str, column: &str| lineage.copied_from(id, column).map(|(id, name)| format!("{id}.{name}"));
        assert_eq!(copied("orders", "id").as_deref(), Some("staged.id"));
        assert_eq!(copied("orders", "total"), None);
    }

    #[test]
    fn stars_over_unknown_columns_are_followed() {
        let raw = ProjectNode {
            id: "raw".into(),
            path: path("db.main.raw", Dialect::Snowflake),
            parents: Vec::new(),
            dialect: None,
            content: Content::Columns(KnownColumns::unknown("nobody declared them")),
        };
        let of = |id: &str, parents: &[&str], sql: &str| ProjectNode {
            path: path(&format!("db.main.{id}"), Dialect::Snowflake),
            ..query(id, parents, sql)
        };
        let nodes = [
            raw,
            of("staged", &["raw"], "select * exclude (secret) from db.main.raw"),
            of("orders", &["staged"], "select amount as total, secret from db.main.staged"),
        ];
        let lineage = project(&nodes, Dialect::Snowflake);
        let of = |column: &str| lineage.readers("raw", column, None).into_iter().collect::<Vec<_>>();
        assert_eq!(of("amount"), ["orders", "staged"]);
        assert_eq!(of("secret"), [""; 0]);
        assert_eq!(lineage.origins("orders", "total", None).into_iter().collect::<Vec<_>>(), ["raw", "staged"]);
        assert_eq!(lineage.has_column("staged", "amount"), None);
    }
}
