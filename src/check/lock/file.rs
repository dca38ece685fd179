//! The file itself: TOML with one fact on a line, sorted, so that a change of the warehouse is a readable difference.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

use super::cell::{read as read_cell, text, write as write_cell};
use crate::adapter::{Table, TableColumn};
use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};

/// The name of the file, in the project's folder.
pub const LOCK_FILE: &str = "netflix.lock";
/// What this program writes.
const VERSION: i64 = 1;
/// What the file begins with.
const HEAD: &str = "\
# What the warehouse has, for those who check the project without it: columns of sources, and answers to templates.
# Written by `netflix lock`; `netflix lock --check` says whether it still holds.
";

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedColumn {
    /// Its name, as the warehouse stores it.
    pub name: String,
    /// Its type, as the warehouse writes it.
    pub data_type: String,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lock {
    /// The type of the warehouse that was asked.
    pub adapter: String,
    /// The columns of sources, in order, by unique id.
    pub sources: BTreeMap<String, Vec<LockedColumn>>,
    /// The answers to queries, by their text.
    pub queries: BTreeMap<String, LockedAnswer>,
}

/// What the warehouse answered to a query.
#[derive(Debug, Clone, PartialEq)]
pub enum LockedAnswer {
    /// Rows.
    Rows(Table),
    /// That it asks for something that does not exist, on which macros rely.
    Absent,
}

impl Lock {
    /// The text of the file.
    pub fn write(&self) -> String {
        let mut written = format!("{HEAD}version = {VERSION}\nadapter = {}\n", text(&self.adapter));
        for (id, columns) in &self.sources {
            let lines = columns.iter().map(|column| named(&column.name, &column.data_type));
            written.push_str(&format!("\n[sources.{}]\ncolumns = {}\n", text(id), lined(lines)));
        }
        for (sql, answer) in &self.queries {
            let LockedAnswer::Rows(table) = answer else {
                written.push_str(&format!("\n[[queries]]\nsql = {}\nabsent = true\n", block(sql)));
                continue;
            };
            let columns = table.columns.iter().map(|column| named(&column.name, &column.data_type));
            let rows =
                table.rows.iter().map(|row| format!("[{}]", row.iter().map(write_cell).collect::<Vec<_>>().join(", ")));
            written.push_str(&format!(
                "\n[[queries]]\nsql = {}\ncolumns = {}\nrows = {}\n",
                block(sql),
                lined(columns),
                lined(rows)
            ));
        }
        written
    }

    /// Reads the file of a project; none where there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is not what `netflix lock` writes.
    pub fn read(root: &Path) -> Result<Option<Self>> {
        let path = root.join(LOCK_FILE);
        let content = match std::fs::read_to_string(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("cannot read `{}`: {error}", path.display());
                return Err(Box::new(Diagnostic::error(Class::File, message)));
            }
        };
        let source = SourceFile::new(LOCK_FILE, content.clone());
        let broken = |message: String, place: std::ops::Range<usize>| {
            Box::new(
                Diagnostic::error(Class::File, message)
                    .label(Span::new(&source, place), "here")
                    .help("write it anew: `netflix lock`"),
            )
        };
        let table: toml::Table = toml::from_str(&content).map_err(|error| {
            broken(format!("`{LOCK_FILE}` is no TOML: {}", error.message()), error.span().unwrap_or(0..0))
        })?;
        if table.get("version").and_then(Value::as_integer) != Some(VERSION) {
            return Err(broken(format!("`{LOCK_FILE}` is of a version that this program does not know"), 0..0));
        }
        parsed(&table).map(Some).map_err(|what| broken(format!("`{LOCK_FILE}` is damaged: {what}"), 0..0))
    }
}

fn parsed(table: &toml::Table) -> std::result::Result<Lock, String> {
    let mut lock = Lock {
        adapter: table.get("adapter").and_then(Value::as_str).unwrap_or_default().to_owned(),
        ..Lock::default()
    };
    for (id, source) in table.get("sources").and_then(Value::as_table).into_iter().flatten() {
        let columns = columns(source).ok_or_else(|| format!("the columns of `{id}` cannot be read"))?;
        let columns = columns.into_iter().map(|column| LockedColumn { name: column.name, data_type: column.data_type });
        lock.sources.insert(id.clone(), columns.collect());
    }
    for query in table.get("queries").and_then(Value::as_array).into_iter().flatten() {
        let sql = query.get("sql").and_then(Value::as_str).ok_or("a query has no `sql`")?;
        if query.get("absent").and_then(Value::as_bool) == Some(true) {
            lock.queries.insert(sql.to_owned(), LockedAnswer::Absent);
            continue;
        }
        let failed = || format!("the answer to `{sql}` cannot be read");
        let columns = columns(query).ok_or_else(failed)?;
        let rows = query.get("rows").and_then(Value::as_array).ok_or_else(failed)?;
        let row = |row: &Value| {
            let cells: Vec<_> = row.as_array()?.iter().map(read_cell).collect::<Option<_>>()?;
            (cells.len() == columns.len()).then_some(cells)
        };
        let rows = rows.iter().map(row).collect::<Option<_>>().ok_or_else(failed)?;
        lock.queries.insert(sql.to_owned(), LockedAnswer::Rows(Table { columns, rows }));
    }
    Ok(lock)
}

fn columns(owner: &Value) -> Option<Vec<TableColumn>> {
    let column = |column: &Value| Some(TableColumn::new(column.get("name")?.as_str()?, column.get("type")?.as_str()?));
    owner.get("columns")?.as_array()?.iter().map(column).collect()
}

fn named(name: &str, data_type: &str) -> String {
    format!("{{name = {}, type = {}}}", text(name), text(data_type))
}

/// A list with one item on a line.
fn lined(items: impl Iterator<Item = String>) -> String {
    let lines: String = items.map(|item| format!("  {item},\n")).collect();
    if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}]") }
}

/// A text as it is, over several lines, where TOML can have it so.
fn block(sql: &str) -> String {
    let is_plain = |letter: char| letter == '\n' || letter == '\t' || !letter.is_control();
    if sql.contains('\n') && !sql.contains("'''") && !sql.ends_with('\'') && sql.chars().all(is_plain) {
        format!("'''\n{sql}'''")
    } else {
        text(sql)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Cell;

    #[test]
    fn a_lock_comes_back_as_it_was() {
        let column = |name: &str| LockedColumn { name: name.to_owned(), data_type: "BIGINT".to_owned() };
        let table = |rows| LockedAnswer::Rows(Table { columns: vec![TableColumn::new("a \"b\"", "VARCHAR")], rows });
        let lock = Lock {
            adapter: "duckdb".to_owned(),
            sources: BTreeMap::from([(
                "source.shop.raw.orders".to_owned(),
                vec![column("id"), column("z"), column("a")],
            )]),
            queries: BTreeMap::from([
                ("select 'it''s'\nfrom t".to_owned(), table(vec![vec![Cell::Text("x".to_owned())], vec![Cell::Null]])),
                ("select\n'".to_owned(), table(Vec::new())),
                ("describe x".to_owned(), LockedAnswer::Absent),
                ("select '''\n\u{1}".to_owned(), table(Vec::new())),
            ]),
        };
        let folder = std::env::temp_dir().join(format!("netflix-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(LOCK_FILE), lock.write()).unwrap();
        assert_eq!(Lock::read(&folder).unwrap(), Some(lock));
        for (broken, message) in [
            ("version = 1\nadapter = ", "is no TOML"),
            ("version = 9\n", "of a version that this program does not know"),
            ("version = 1\n[[queries]]\nsql = 'select 1'\n", "the answer to `select 1` cannot be read"),
        ] {
            std::fs::write(folder.join(LOCK_FILE), broken).unwrap();
            let error = Lock::read(&folder).unwrap_err();
            assert!(error.message.contains(message), "{}", error.message);
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(Lock::read(&folder).unwrap(), None);
    }
}
