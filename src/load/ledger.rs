//! What was loaded, kept in the database beside the tables, so that it is true exactly when they are.

use std::fs::File;
use std::io;
use std::path::Path;

use super::Located;
use crate::adapter::{AdapterError, Cell, Dialect, Fetch, Relation, Session};

/// The name of the ledger's table, in the schema of the tables that it tells of.
pub const LEDGER: &str = "_netflix_loads";

/// One file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub path: String,
    pub size: u64,
    pub hash: String,
    pub declaration: String,
}

/// The ledger of a schema.
pub(super) struct Ledger<'a> {
    dialect: &'static Dialect,
    relation: Relation,
    target: &'a Relation,
}

impl<'a> Ledger<'a> {
    pub(super) fn beside(dialect: &'static Dialect, target: &'a Relation) -> Self {
        Self { dialect, relation: target.renamed(dialect.folded(LEDGER)), target }
    }

    fn table(&self) -> String {
        self.dialect.literal(&self.target.identifier().unwrap_or_default().to_lowercase())
    }

    /// What is known of the table's files; `None` where the table or the ledger does not exist.
    pub(super) fn read(&self, session: &mut dyn Session) -> Result<Option<Vec<Entry>>, AdapterError> {
        let place = match self.dialect.system_database {
            Some(system) => self.target.replace_path(Some(Some(system.to_owned())), None, None),
            None => self.target.clone(),
        };
        let lower = |name: Option<&str>| self.dialect.literal(&name.unwrap_or_default().to_lowercase());
        let database = match self.target.database() {
            Some(name) => format!("lower(table_catalog) = {} and ", lower(Some(name))),
            None => String::new(),
        };
        let sql = format!(
            "select count(*) from {} where {database}lower(table_schema) = {} and lower(table_name) in ({}, {})",
            place.information_schema(Some("tables")).render(),
            lower(self.target.schema()),
            self.table(),
            self.dialect.literal(LEDGER)
        );
        let both = session.execute(&sql, Fetch::All)?.table;
        if both.first().and_then(Cell::as_int) != Some(2) {
            return Ok(None);
        }
        let sql = format!(
            "select path, size_bytes, content_hash, declaration from {} where table_name = {} order by path",
            self.relation.render(),
            self.table()
        );
        let rows = session.execute(&sql, Fetch::All)?.table.rows;
        Ok(Some(rows.iter().filter_map(|row| entry(row)).collect()))
    }

    /// Makes the table of the ledger where there is none.
    pub(super) fn create(&self, session: &mut dyn Session) -> Result<(), AdapterError> {
        let sql = format!(
            "create table if not exists {} (table_name varchar, path varchar, size_bytes bigint, content_hash varchar, \
             row_count bigint, declaration varchar, loaded_at varchar)",
            self.relation.render()
        );
        session.execute(&sql, Fetch::None).map(drop)
    }

    /// Writes what was read, in place of what was known.
    pub(super) fn write(
        &self,
        session: &mut dyn Session,
        files: &[(Entry, u64)],
        now: &str,
    ) -> Result<(), AdapterError> {
        let ledger = self.relation.render();
        session.execute(&format!("delete from {ledger} where table_name = {}", self.table()), Fetch::None)?;
        let text = |text: &str| self.dialect.literal(text);
        let rows: Vec<String> = files
            .iter()
            .map(|(entry, rows)| {
                let values = [text(&entry.path), entry.size.to_string(), text(&entry.hash), rows.to_string()];
                format!("({}, {}, {}, {})", self.table(), values.join(", "), text(&entry.declaration), text(now))
            })
            .collect();
        session.execute(&format!("insert into {ledger} values {}", rows.join(", ")), Fetch::None).map(drop)
    }
}

fn entry(row: &[Cell]) -> Option<Entry> {
    let [path, size, hash, declaration] = row else { return None };
    Some(Entry {
        path: path.as_str()?.to_owned(),
        size: u64::try_from(size.as_int()?).ok()?,
        hash: hash.as_str()?.to_owned(),
        declaration: declaration.as_str()?.to_owned(),
    })
}

/// Whether sizes and names alone show that the files are not those of the ledger.
pub(super) fn differs_plainly(known: &[Entry], files: &[Located], declaration: &str) -> bool {
    known.len() != files.len()
        || known.iter().zip(files).any(|(entry, file)| {
            entry.path != file.shown || entry.size != file.size || entry.declaration != declaration
        })
}

/// The hash of a file's content.
pub(super) fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
