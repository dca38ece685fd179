//! Rows as `show` prints them: a text table, or dbt's JSON.

use serde_json::{Map, Value, json};

use crate::event::{ShownCode, ShownRows};
use crate::outcome::Preview;

/// How much of a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Columns; further ones become one column of `...`.
    pub columns: usize,
    /// Characters of a cell.
    pub width: usize,
}

impl Default for Limits {
    // dbt: the limits of agate's table printer.
    fn default() -> Self {
        Self { columns: 6, width: 20 }
    }
}

/// A table of text: names, a rule, rows; text to the left and all else to the right.
pub fn text(preview: &Preview, limits: Limits) -> String {
    let shown = preview.columns.len().min(limits.columns);
    let cut = shown < preview.columns.len();
    let mut names: Vec<String> = preview.columns[..shown].iter().map(|name| clip(name, limits.width)).collect();
    let mut rows: Vec<Vec<String>> = preview
        .rows
        .iter()
        .map(|row| row.iter().take(shown).map(|cell| clip(&cell.text, limits.width)).collect())
        .collect();
    if cut {
        names.push("...".to_owned());
        for row in &mut rows {
            row.push("...".to_owned());
        }
    }
    let right: Vec<bool> = (0..names.len()).map(|column| column < shown && is_right(preview, column)).collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).chain(names.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .zip(&right)
            .map(
                |((cell, width), right)| if *right { format!(" {cell:>width$} ") } else { format!(" {cell:<width$} ") },
            )
            .collect();
        format!("|{}|\n", padded.join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let head = [line(&names), format!("| {} |\n", rule.join(" | "))];
    head.into_iter().chain(rows.iter().map(|row| line(row))).collect()
}

/// Rows as a JSON list of objects.
pub fn rows(preview: &Preview) -> Value {
    let object = |row: &Vec<crate::outcome::Cell>| {
        let pairs = preview.columns.iter().cloned().zip(row.iter().map(|cell| cell.value.clone()));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    preview.rows.iter().map(object).collect()
}

/// What `show` prints.
pub fn shown_rows(shown: &ShownRows, quiet: bool) -> String {
    let preview = &shown.preview;
    match (&shown.node, shown.json) {
        (None, true) => pretty(&json!({ "show": rows(preview) })),
        (Some(node), true) => pretty(&json!({ "node": node, "show": rows(preview) })),
        (_, false) if quiet => text(preview, Limits::default()),
        (None, false) => format!("Previewing inline node:\n{}", text(preview, Limits::default())),
        (Some(node), false) => format!("Previewing node '{node}':\n{}", text(preview, Limits::default())),
    }
}

/// What `compile` prints.
pub fn shown_code(shown: &ShownCode, quiet: bool) -> String {
    let code = &shown.code;
    match (&shown.node, shown.json) {
        (None, true) => pretty(&json!({ "compiled": code })),
        (Some(node), true) => pretty(&json!({ "node": node, "compiled": code })),
        (_, false) if quiet => code.clone(),
        (None, false) => format!("Compiled inline node is:\n{code}"),
        (Some(node), false) => format!("Compiled node '{node}' is:\n{code}"),
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{kept}...")
}

fn is_right(preview: &Preview, column: usize) -> bool {
    // dbt: only text stands to the left; text that JSON has no type for (a date) comes with a text of its own.
    let mut cells = preview.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.value.is_null());
    !cells.any(|cell| matches!(&cell.value, Value::String(value) if *value == cell.text && !looks_like_date(value)))
}

fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Cell;

    fn preview() -> Preview {
        let row = |id: i64, name: Value| vec![Cell::new(json!(id)), Cell::new(name)];
        Preview {
            columns: vec!["id".into(), "name".into()],
            rows: vec![row(1, json!("a")), row(20, Value::Null), row(3, json!("a very long name that is cut"))],
        }
    }

    #[test]
    fn text_stands_left_and_numbers_right() {
        let expected = "\
| id | name                 |
| -- | -------------------- |
|  1 | a                    |
| 20 |                      |
|  3 | a very long name ... |
";
        assert_eq!(text(&preview(), Limits::default()), expected);
    }

    #[test]
    fn json_is_dbts() {
        let shown = ShownRows { node: None, unique_id: String::new(), preview: preview(), json: true };
        let value: Value = serde_json::from_str(&shown_rows(&shown, true)).unwrap();
        assert_eq!(value["show"][0], json!({"id": 1, "name": "a"}));
        assert!(value.get("node").is_none());
    }
}
