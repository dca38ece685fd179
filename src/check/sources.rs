//! The columns of what no query makes: sources and seeds.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::lock::LockedColumn;
use crate::manifest::{Detail, Node};
use crate::sql::{Dialect, KnownColumn, KnownColumns, Name, Quoted, Type};

/// The columns that YAML declares of a source table.
///
/// They are all of them only where the table is made from this declaration (`load:`), or the table's
/// `meta: {all_columns: true}` says so.
pub(super) fn declared(node: &Node, dialect: Dialect) -> KnownColumns {
    let columns: Vec<KnownColumn> = node.columns.values().map(|column| declared_column(column, dialect)).collect();
    let is_loaded = node.source_table().is_some_and(|table| table.load.is_some());
    let meta = node.config.get("meta").and_then(|meta| meta.get("all_columns")).and_then(Value::as_bool);
    let is_all = !columns.is_empty() && (is_loaded || meta == Some(true));
    let open =
        (!is_all).then(|| Arc::from(format!("the columns of the source `{}` are not known", node.search_name())));
    KnownColumns { columns, open }
}

/// The columns of a source of which YAML and the warehouse both tell.
///
/// What is declared in full is right. Else the warehouse knows all columns, with those that were declared since.
pub(super) fn source(declared: KnownColumns, seen: Option<KnownColumns>) -> KnownColumns {
    let Some(mut seen) = seen.filter(|_| declared.open.is_some()) else { return declared };
    for column in declared.columns {
        if !seen.columns.iter().any(|known| known.name == column.name) {
            seen.columns.push(column);
        }
    }
    seen
}

/// The columns that the lock file has of a source; `stored` says whether the dialect compares them as they are.
pub(super) fn of_lock(columns: &[LockedColumn], dialect: Dialect, stored: Quoted) -> KnownColumns {
    let column = |column: &LockedColumn| KnownColumn {
        name: Name { text: column.name.clone(), key: dialect.key(&column.name, stored) },
        data_type: Type::from_name(&column.data_type),
    };
    KnownColumns { columns: columns.iter().map(column).collect(), open: None }
}

/// A column of YAML.
pub(super) fn declared_column(column: &crate::manifest::Column, dialect: Dialect) -> KnownColumn {
    let quoted = if column.quote == Some(true) { Quoted::Yes } else { Quoted::No };
    KnownColumn {
        name: Name { text: column.name.clone(), key: dialect.key(&column.name, quoted) },
        data_type: column.data_type.as_deref().map(Type::from_name).unwrap_or_default(),
    }
}

/// The columns of a seed: the first line of its file.
pub(super) fn seed(node: &Node, root: &Path, dialect: Dialect) -> KnownColumns {
    let unknown = || KnownColumns::unknown(format!("the file of the seed `{}` cannot be read", node.name));
    let folder = match &node.detail {
        Detail::Seed { root_path } if !root_path.is_empty() => Path::new(root_path).to_path_buf(),
        _ => root.to_path_buf(),
    };
    let Ok(content) = std::fs::read_to_string(folder.join(&node.original_file_path)) else { return unknown() };
    let delimiter = node.config.text("delimiter").and_then(|text| text.bytes().next()).unwrap_or(b',');
    let text = content.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(text.as_bytes());
    let Some(Ok(header)) = reader.records().next() else { return unknown() };
    let types = node.config.get("column_types").and_then(Value::as_object).cloned().unwrap_or_default();
    let quoted = if node.config.bool("quote_columns") == Some(true) { Quoted::Yes } else { Quoted::No };
    let columns = header.iter().map(|name| {
        let name = name.trim();
        let data_type = types.get(name).and_then(Value::as_str).map(Type::from_name).unwrap_or_default();
        KnownColumn { name: Name { text: name.to_owned(), key: dialect.key(name, quoted) }, data_type }
    });
    KnownColumns { columns: columns.collect(), open: None }
}
