//! What differs between two locks, a line for each fact.

use super::{Lock, LockedAnswer, LockedColumn};
use crate::report::count;

/// The lines that tell how `new` differs from `old`: `+` for what is new, `-` for what is gone, `~` for what changed.
pub fn changes(old: &Lock, new: &Lock) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, columns) in &new.sources {
        let Some(before) = old.sources.get(id) else {
            lines.push(format!("+ {id}: {}", count(columns.len(), "column")));
            continue;
        };
        for column in columns {
            let named = |other: &&LockedColumn| other.name == column.name;
            match before.iter().find(named) {
                None => lines.push(format!("+ {id}: {} {}", column.name, column.data_type)),
                Some(other) if other.data_type != column.data_type => {
                    lines.push(format!("~ {id}: {} {}, was {}", column.name, column.data_type, other.data_type));
                }
                Some(_) => {}
            }
        }
        let is_gone = |column: &&LockedColumn| !columns.iter().any(|other| other.name == column.name);
        lines.extend(
            before.iter().filter(is_gone).map(|column| format!("- {id}: {} {}", column.name, column.data_type)),
        );
        let order = |columns: &[LockedColumn]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        let (mut had, mut has) = (order(before), order(columns));
        let is_moved = had != has;
        had.sort_unstable();
        has.sort_unstable();
        if is_moved && had == has {
            lines.push(format!("~ {id}: the order of its columns"));
        }
    }
    lines.extend(old.sources.keys().filter(|id| !new.sources.contains_key(*id)).map(|id| format!("- {id}")));
    for (sql, answer) in &new.queries {
        let sign = match old.queries.get(sql) {
            None => '+',
            Some(before) if before != answer => '~',
            Some(_) => continue,
        };
        let told = match answer {
            LockedAnswer::Rows(table) => format!("{} rows", table.rows.len()),
            LockedAnswer::Absent => "nothing such".to_owned(),
        };
        lines.push(format!("{sign} {told}: {}", shown(sql)));
    }
    lines.extend(
        old.queries.keys().filter(|sql| !new.queries.contains_key(*sql)).map(|sql| format!("- {}", shown(sql))),
    );
    if old.adapter != new.adapter && !old.adapter.is_empty() {
        lines.push(format!("~ adapter: {}, was {}", new.adapter, old.adapter));
    }
    lines
}

/// A query on one line.
fn shown(sql: &str) -> String {
    const MOST: usize = 100;
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Table;

    #[test]
    fn every_difference_is_a_line() {
        let column =
            |name: &str, data_type: &str| LockedColumn { name: name.to_owned(), data_type: data_type.to_owned() };
        let mut old = Lock::default();
        old.sources.insert("a".to_owned(), vec![column("x", "INT"), column("y", "INT")]);
        old.sources.insert("b".to_owned(), vec![column("x", "INT"), column("y", "INT")]);
        old.queries.insert("select 1".to_owned(), LockedAnswer::Absent);
        let mut new = Lock::default();
        new.sources.insert("a".to_owned(), vec![column("y", "TEXT"), column("z", "INT")]);
        new.sources.insert("b".to_owned(), vec![column("y", "INT"), column("x", "INT")]);
        new.sources.insert("c".to_owned(), vec![column("x", "INT")]);
        new.queries.insert("select\n  2".to_owned(), LockedAnswer::Rows(Table::default()));
        new.queries.insert("select 3".to_owned(), LockedAnswer::Absent);
        assert_eq!(
            changes(&old, &new),
            [
                "~ a: y TEXT, was INT",
                "+ a: z INT",
                "- a: x INT",
                "~ b: the order of its columns",
                "+ c: 1 column",
                "+ 0 rows: select 2",
                "+ nothing such: select 3",
                "- select 1",
            ]
        );
        assert_eq!(changes(&new, &new), [""; 0]);
    }
}
