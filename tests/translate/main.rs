//! Translates statements in Snowflake's SQL and runs them on the embedded engine.
//!
//! `cargo run --example translate < statements` reads one statement as a JSON text a line (`"select 1"`) and writes one
//! JSON object a line: `translated`, or `refused` with its place and hint; then `columns` (name and the engine's type)
//! and `rows` of texts, or the engine's `error`. All statements share one database in memory, and none is kept.

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::io::BufRead;
use std::path::Path;

use netflix::adapter::{Cell, Fetch, Session, open};
use netflix::sql::translate::{Options, Relations, tables, translate};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let output = json!({"type": "duckdb", "path": ":memory:", "dialect": "snowflake"});
    let adapter = open(output.as_object().ok_or("no output")?, Path::new("."))
        .map_err(|diagnostic| diagnostic.message.clone())?;
    let mut session = adapter.connect("translate")?;
    for line in std::io::stdin().lock().lines() {
        let sql: String = serde_json::from_str(&line?)?;
        println!("{}", outcome(session.as_mut(), &sql));
    }
    Ok(())
}

/// What becomes of a statement.
fn outcome(session: &mut dyn Session, sql: &str) -> Value {
    let mut relations = Relations::default();
    for name in tables(sql) {
        let quoted: Vec<String> = name.iter().map(|part| format!("\"{part}\"")).collect();
        if let Ok(answer) = session.execute(&format!("select * from {} limit 0", quoted.join(".")), Fetch::All) {
            let columns = answer.table.columns.into_iter().map(|column| (column.name, column.data_type));
            relations.insert(name, columns.collect());
        }
    }
    let translation = match translate(sql, &relations, &Options::default()) {
        Ok(translation) => translation.sql,
        Err(refusal) => {
            return json!({"refused": {
                "construct": refusal.construct, "reason": refusal.reason, "hint": refusal.hint,
                "line": refusal.line, "column": refusal.column,
            }});
        }
    };
    match session.execute(&translation, Fetch::All) {
        Ok(answer) => {
            let columns = answer.table.columns.iter().map(|column| json!([column.name, column.data_type]));
            let cell = |cell: &Cell| if cell.is_null() { Value::Null } else { Value::from(cell.to_string()) };
            let rows = answer.table.rows.iter().map(|row| row.iter().map(cell).collect::<Value>());
            json!({"translated": translation, "columns": columns.collect::<Value>(), "rows": rows.collect::<Value>()})
        }
        Err(error) => json!({"translated": translation, "error": error.text.lines().next()}),
    }
}
