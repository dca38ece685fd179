//! Reads a seed's file and infers the types of its columns.

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span};
use crate::jinja::Table;
use crate::manifest::{Detail, Node};

use super::Runtime;
use super::seed_kind::{self, Kind};

/// The rows of a seed. Cells of columns that `column_types` names stay text, as with dbt.
///
/// # Errors
/// The file cannot be read, or a row has more or fewer cells than the header: at its line.
pub fn table(runtime: &Runtime, node: &Node) -> Result<Table> {
    let Detail::Seed { root_path } = &node.detail else {
        return Err(Box::new(Diagnostic::error(Class::Internal, format!("`{}` is no seed", node.unique_id))));
    };
    let path = std::path::Path::new(root_path).join(&node.original_file_path);
    let shown = &node.original_file_path;
    let bytes = std::fs::read(&path)
        .map_err(|error| Box::new(Diagnostic::error(Class::File, format!("cannot read `{shown}`: {error}"))))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Box::new(Diagnostic::error(
            Class::File,
            format!("cannot read `{shown}`: it is not UTF-8 after byte {}", error.utf8_error().valid_up_to()),
        ))
    })?;
    let source = SourceFile::new(shown.clone(), text.trim_start_matches('\u{feff}'));
    if node.config.text("delimiter") == Some("") {
        return Err(Box::new(
            Diagnostic::error(Class::Compilation, format!("the delimiter of seed `{}` is empty", node.name))
                .label_opt(node.patch.clone(), "`delimiter` must be one character")
                .help("leave it out for a comma"),
        ));
    }
    let delimiter = node.config.text("delimiter").and_then(|text| text.bytes().next()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(source.text().as_bytes());
    let mut records = Vec::new();
    loop {
        let end = usize::try_from(reader.position().byte()).unwrap_or_default();
        // dbt: a blank line is a row without any value.
        for _ in 0..if records.is_empty() { 0 } else { blank_lines(source.text(), end) } {
            records.push(csv::StringRecord::new());
        }
        let mut record = csv::StringRecord::new();
        let read = reader.read_record(&mut record).map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            Box::new(
                Diagnostic::error(Class::Runtime, format!("the seed `{}` cannot be read as CSV: {error}", node.name))
                    .label(Span::line(&source, usize::try_from(line).unwrap_or(1)), ""),
            )
        })?;
        if !read {
            break;
        }
        records.push(record);
    }
    let mut records = records.into_iter();
    let Some(header) = records.next() else {
        return Err(Box::new(
            Diagnostic::error(Class::Runtime, format!("the seed `{}` is empty", node.name))
                .label(Span::file(&source), "it needs a header row"),
        ));
    };
    let columns = named(header.iter());
    // dbt: cells that are missing at a row's end have no value, but where the warehouse reads the file by itself.
    let pads = !runtime.adapter.dialect().reads_seed_files || node.config.get("fast") == Some(&false.into());
    let mut cells: Vec<Vec<Option<String>>> = Vec::new();
    for record in records {
        let line = record.position().map_or(1, csv::Position::line);
        let padded = record.is_empty() || pads;
        if record.len() > columns.len() || record.len() < columns.len() && !padded {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Runtime,
                    format!(
                        "the seed `{}` has a row of {} cells, and its header has {}",
                        node.name,
                        record.len(),
                        columns.len()
                    ),
                )
                .label(Span::line(&source, usize::try_from(line).unwrap_or(1)), format!("{} cells", record.len()))
                .help("a cell that holds the delimiter must be in double quotes"),
            ));
        }
        let given = record.iter().map(|cell| Some(cell.to_owned()).filter(|cell| !seed_kind::is_null(cell)));
        cells.push(given.chain(std::iter::repeat(None)).take(columns.len()).collect());
    }
    let chosen = node.config.get("column_types").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
    let names = &runtime.adapter.dialect().seeds;
    let mut types = Vec::new();
    let mut kinds = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let kind = if chosen.contains_key(column) {
            Kind::Text
        } else {
            seed_kind::of_column(cells.iter().filter_map(|row| row[index].as_deref()))
        };
        kinds.push(kind);
        types.push(
            match kind {
                Kind::Integer | Kind::Empty => names.integer,
                Kind::Number => names.number,
                Kind::Boolean => names.boolean,
                Kind::Date => names.date,
                Kind::Timestamp => names.timestamp,
                Kind::Text => names.text,
            }
            .to_owned(),
        );
    }
    let rows = cells
        .into_iter()
        .map(|row| row.into_iter().zip(&kinds).map(|(cell, kind)| value(cell, *kind)).collect())
        .collect();
    Ok(Table { columns, labels: Vec::new(), types, rows })
}

/// How many blank lines follow the record that ends at `end`, its own line end perhaps not yet read.
fn blank_lines(text: &str, end: usize) -> usize {
    let (before, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let rest = if before.ends_with('\r') { rest.strip_prefix('\n').unwrap_or(rest) } else { rest };
    rest.split_inclusive('\n').take_while(|line| matches!(*line, "\n" | "\r\n")).count()
}

/// The names of columns. dbt: agate names a column without a name by its letter, and numbers a name that is there twice.
fn named<'a>(header: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, written) in header.enumerate() {
        let name = if written.is_empty() {
            let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
            String::from(letter).repeat(index / 26 + 1)
        } else {
            written.to_owned()
        };
        let mut copies = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(copies.by_ref()).find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names
}

fn value(cell: Option<String>, kind: Kind) -> minijinja::Value {
    let Some(text) = cell else { return minijinja::Value::from(()) };
    let trimmed = text.trim();
    match kind {
        Kind::Integer | Kind::Number => {
            let number = seed_kind::number(trimmed).unwrap_or_else(|| trimmed.to_owned());
            let whole = number.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0'));
            match whole.map_or(number.as_str(), |(whole, _)| whole).parse::<i64>() {
                Ok(whole) if kind == Kind::Integer => minijinja::Value::from(whole),
                _ => minijinja::Value::from(number),
            }
        }
        Kind::Boolean => minijinja::Value::from(trimmed.eq_ignore_ascii_case("true")),
        _ => minijinja::Value::from(text),
    }
}
