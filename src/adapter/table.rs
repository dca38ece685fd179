//! The rows of a result.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Cell;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name, unique in its table.
    pub name: String,
    /// The name that the warehouse gave, which may be there twice.
    pub label: String,
    /// The warehouse's name of its type; empty where unknown.
    pub data_type: String,
}

impl TableColumn {
    /// A column.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        let name = name.into();
        Self { label: name.clone(), name, data_type: data_type.into() }
    }
}

/// Columns and rows; every row has one cell for each column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows; names that occur twice are told apart (`id`, `id_2`), as dbt does.
    pub fn new(columns: Vec<TableColumn>) -> Self {
        let mut taken: HashSet<String> = HashSet::new();
        let columns = columns
            .into_iter()
            .map(|mut column| {
                let base = column.name.clone();
                let mut count = 1;
                while !taken.insert(column.name.clone()) {
                    count += 1;
                    column.name = format!("{base}_{count}");
                }
                column
            })
            .collect();
        Self { columns, rows: Vec::new() }
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The position of a column, exactly or else without regard to case.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names().position(|own| own == name).or_else(|| self.names().position(|own| own.eq_ignore_ascii_case(name)))
    }

    /// A cell by row and column name.
    pub fn cell(&self, row: usize, name: &str) -> Option<&Cell> {
        self.rows.get(row)?.get(self.position(name)?)
    }

    /// The one value of a result with one row, or the first one.
    pub fn first(&self) -> Option<&Cell> {
        self.rows.first()?.first()
    }

    /// The rows as JSON objects, in column order.
    pub fn to_json(&self) -> Vec<Value> {
        let object = |row: &Vec<Cell>| -> Map<String, Value> {
            self.names().map(str::to_owned).zip(row.iter().map(Cell::to_json)).collect()
        };
        self.rows.iter().map(|row| Value::Object(object(row))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_without_case() {
        let names = ["id", "ID", "id", "id_2"].map(|name| TableColumn::new(name, "INTEGER"));
        let mut table = Table::new(names.to_vec());
        table.rows.push((1..=4).map(Cell::Int).collect());
        assert_eq!(table.names().collect::<Vec<_>>(), ["id", "ID", "id_2", "id_2_2"]);
        assert_eq!(table.cell(0, "ID"), Some(&Cell::Int(2)));
        assert_eq!(table.cell(0, "Id"), Some(&Cell::Int(1)));
        assert_eq!(serde_json::to_string(&table.to_json()).unwrap(), r#"[{"id":1,"ID":2,"id_2":3,"id_2_2":4}]"#);
    }
}
