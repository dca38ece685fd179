//! Rows that we hold -> `insert` statements.
//!
//! Snowflake: a text may have a megabyte, and a list of values 16,384 rows. The values are literals that the table's
//! types cast, since a client without bulk uploads would have to send each bound value by itself.

use crate::adapter::{Cell, Dialect, RowLoad, Table};

/// The most rows of a statement.
const MOST_ROWS: usize = 10_000;

/// The most bytes of a statement, well below what the server takes.
const MOST_BYTES: usize = 800_000;

/// The statements that fill a table; the first replaces what is in it where that is wanted.
pub(super) fn statements(request: &RowLoad<'_>) -> Vec<String> {
    let dialect = &Dialect::SNOWFLAKE;
    let name = |name: &str| if request.quoted { dialect.quoted(name) } else { name.to_owned() };
    let columns: Vec<String> = request.rows.names().map(name).collect();
    let into = request.into.render();
    let head = |first: bool| {
        let verb = if first && request.replace { "insert overwrite into" } else { "insert into" };
        format!("{verb} {into} ({}) values\n", columns.join(", "))
    };
    let mut statements = Vec::new();
    let (mut text, mut rows) = (head(true), 0);
    for row in &request.rows.rows {
        let tuple = tuple(row);
        if rows > 0 && (rows == MOST_ROWS || text.len() + tuple.len() > MOST_BYTES) {
            statements.push(std::mem::replace(&mut text, head(false)));
            rows = 0;
        }
        if rows > 0 {
            text.push_str(",\n");
        }
        text.push_str(&tuple);
        rows += 1;
    }
    if rows > 0 {
        statements.push(text);
    } else if request.replace {
        statements.push(format!("delete from {into}"));
    }
    statements
}

fn tuple(row: &[Cell]) -> String {
    let values: Vec<String> = row.iter().map(literal).collect();
    format!("({})", values.join(", "))
}

fn literal(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Decimal(text) => text.clone(),
        Cell::Float(number) if number.is_finite() => format!("{number:e}"),
        Cell::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("'{digits}'")
        }
        other => Dialect::SNOWFLAKE.literal(&other.to_string()),
    }
}

/// How many rows a request has.
pub(super) fn count(rows: &Table) -> u64 {
    rows.rows.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Relation, TableColumn};

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        let mut table = Table::new(vec![TableColumn::new("id", ""), TableColumn::new("Name", "")]);
        table.rows = rows;
        table
    }

    fn into() -> Relation {
        Relation::new(&Dialect::SNOWFLAKE, Some("db"), Some("s"), Some("t"))
    }

    #[test]
    fn values_are_escaped_literals() {
        let rows = table(vec![
            vec![Cell::Int(1), Cell::Text("it's a \\ ;--".to_owned())],
            vec![Cell::Null, Cell::Text("é\n".to_owned())],
        ]);
        let into = into();
        let request = RowLoad { into: &into, rows: &rows, quoted: false, replace: true };
        assert_eq!(
            statements(&request),
            ["insert overwrite into db.s.t (id, Name) values\n(1, 'it''s a \\\\ ;--'),\n(null, 'é\n')"]
        );
        let quoted = RowLoad { quoted: true, replace: false, ..request };
        assert!(statements(&quoted)[0].starts_with("insert into db.s.t (\"id\", \"Name\") values"));
    }

    #[test]
    fn batches_have_bounds_and_only_the_first_replaces() {
        let rows = table((0..25_000).map(|at| vec![Cell::Int(at), Cell::Text("x".to_owned())]).collect());
        let into = into();
        let found = statements(&RowLoad { into: &into, rows: &rows, quoted: false, replace: true });
        assert_eq!(found.len(), 3);
        assert!(found[0].starts_with("insert overwrite") && found[1].starts_with("insert into"));
        let long = "y".repeat(300_000);
        let wide = table((0..4).map(|at| vec![Cell::Int(at), Cell::Text(long.clone())]).collect());
        let found = statements(&RowLoad { into: &into, rows: &wide, quoted: false, replace: false });
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|text| text.len() <= MOST_BYTES));
    }

    #[test]
    fn no_rows_empty_the_table_or_do_nothing() {
        let (into, rows) = (into(), table(Vec::new()));
        let request = RowLoad { into: &into, rows: &rows, quoted: false, replace: true };
        assert_eq!(statements(&request), ["delete from db.s.t"]);
        assert!(statements(&RowLoad { replace: false, ..request }).is_empty());
    }
}
