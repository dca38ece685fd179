//! Constraints as SQL, and the words for a query that does not keep its model's contract.

use minijinja::{Error, Value};

use crate::jinja::python;

fn text(holder: &Value, key: &str) -> Option<String> {
    let value = holder.get_item(&Value::from(key)).ok()?;
    (!value.is_none() && !value.is_undefined()).then(|| value.to_string()).filter(|text| !text.is_empty())
}

fn list(holder: &Value, key: &str) -> Vec<String> {
    let items = holder.get_item(&Value::from(key)).ok().and_then(|list| python::iterate(&list).ok());
    items.unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// dbt-duckdb: a foreign key's target is written without its database, which the engine does not take.
fn without_database(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() > 2 { parts[1..].join(".") } else { name.to_owned() }
}

/// What a foreign key refers to: the table of `to` and its columns, or the expression.
fn referred(constraint: &Value) -> Option<String> {
    let columns = list(constraint, "to_columns");
    match text(constraint, "to").filter(|_| !columns.is_empty()) {
        Some(to) => Some(format!("{} ({})", without_database(&to), columns.join(", "))),
        None => text(constraint, "expression"),
    }
}

/// A constraint behind a column.
fn on_column(constraint: &Value) -> Option<String> {
    let expression = text(constraint, "expression");
    let with = |words: &str| Some(format!("{words} {}", expression.clone().unwrap_or_default()).trim().to_owned());
    match text(constraint, "type")?.as_str() {
        "check" => expression.map(|expression| format!("check ({expression})")),
        "not_null" => with("not null"),
        "unique" => with("unique"),
        "primary_key" => with("primary key"),
        "foreign_key" => referred(constraint).map(|target| format!("references {target}")),
        "custom" => expression,
        _ => None,
    }
}

/// A constraint of a whole table.
fn on_table(constraint: &Value) -> Option<String> {
    let expression = text(constraint, "expression");
    let columns = list(constraint, "columns").join(", ");
    let behind = expression.as_ref().map(|expression| format!(" {expression}")).unwrap_or_default();
    let body = match text(constraint, "type")?.as_str() {
        "check" => format!("check ({})", expression?),
        "unique" => format!("unique{behind} ({columns})"),
        "primary_key" => format!("primary key{behind} ({columns})"),
        "foreign_key" => format!("foreign key ({columns}) references {}", referred(constraint)?),
        "custom" => expression?,
        _ => return None,
    };
    let name = text(constraint, "name").map(|name| format!("constraint {name} ")).unwrap_or_default();
    Some(format!("{name}{body}"))
}

/// Declared columns for a `create table`: name, type and constraints.
pub(super) fn columns(raw: &Value) -> Result<Value, Error> {
    let mut rendered = Vec::new();
    for (_, column) in python::pairs(raw)? {
        let name = text(&column, "name").unwrap_or_default();
        let quoted = column.get_item(&Value::from("quote")).is_ok_and(|quote| quote.is_true());
        let name = if quoted { format!("\"{name}\"") } else { name };
        let mut parts = vec![name, text(&column, "data_type").unwrap_or_default()];
        if let Ok(constraints) = column.get_item(&Value::from("constraints"))
            && !constraints.is_undefined()
        {
            parts.extend(python::iterate(&constraints)?.iter().filter_map(on_column));
        }
        rendered.push(Value::from(parts.join(" ")));
    }
    Ok(python::list(rendered))
}

/// Constraints of a model for a `create table`.
pub(super) fn of_model(raw: &Value) -> Result<Value, Error> {
    Ok(python::list(python::iterate(raw)?.iter().filter_map(on_table).map(Value::from).collect()))
}

/// The message for a query whose columns are not those of the contract; both as lists of `name` and `data_type`.
pub(super) fn mismatch(contract: &Value, query: &Value) -> String {
    let read = |columns: &Value| -> Vec<(String, String)> {
        let columns = python::iterate(columns).unwrap_or_default();
        columns
            .iter()
            .map(|c| (text(c, "name").unwrap_or_default(), text(c, "data_type").unwrap_or_default()))
            .collect()
    };
    let (contract, query) = (read(contract), read(query));
    if contract.is_empty() {
        return "This model has an enforced contract, and its 'columns' specification is missing".to_owned();
    }
    let mut rows: Vec<[String; 4]> = Vec::new();
    for (name, found) in &query {
        match contract.iter().find(|(declared, _)| declared == name) {
            Some((_, wanted)) if wanted == found => {}
            Some((_, wanted)) => {
                rows.push([name.clone(), found.clone(), wanted.clone(), "data type mismatch".to_owned()]);
            }
            None => rows.push([name.clone(), found.clone(), String::new(), "missing in contract".to_owned()]),
        }
    }
    for (name, wanted) in contract.iter().filter(|(name, _)| !query.iter().any(|(known, _)| known == name)) {
        rows.push([name.clone(), String::new(), wanted.clone(), "missing in definition".to_owned()]);
    }
    rows.sort_by(|left, right| left[0].cmp(&right[0]));
    let head = ["column_name", "definition_type", "contract_type", "mismatch_reason"].map(str::to_owned);
    format!(
        "This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in your contract match the columns in your model's definition.\n\n{}",
        bars(&head, &rows)
    )
}

/// Longer cells are cut.
const WIDEST: usize = 50;

/// Rows as a table with bars, each column as wide as its widest cell.
fn bars(head: &[String; 4], rows: &[[String; 4]]) -> String {
    let shown = |cell: &String| -> String {
        if cell.chars().count() <= WIDEST {
            return cell.clone();
        }
        cell.chars().take(WIDEST - 3).chain("...".chars()).collect()
    };
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).map(|row| row.each_ref().map(shown)).collect();
    let width = |index: usize| rows.iter().map(|row| row[index].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            format!("| {} |", cells.join(" | "))
        })
        .collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, format!("| {} |", rule.join(" | ")));
    lines.join("\n") + "\n"
}
