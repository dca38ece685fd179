//! Files with rows of unit tests, and CSV text as rows.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::duplicates::{Named, same_name};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Span};
use crate::manifest::RowFormat;
use crate::project::{FileKind, Project, ProjectFile};

/// The fixture files of all packages.
pub(super) struct Fixtures<'p>(HashMap<(String, String), &'p ProjectFile>);

impl<'p> Fixtures<'p> {
    /// The files below `fixtures/` of the test paths; two with one name are an error.
    pub(super) fn of_project(project: &'p Project, bag: &mut Bag) -> Self {
        let mut found: HashMap<(String, String), &ProjectFile> = HashMap::new();
        for package in &project.packages {
            for file in package.files.iter().filter(|file| file.kind == FileKind::Fixture) {
                let name = stem(file).to_owned();
                if let Some(first) = found.insert((package.name.clone(), name.clone()), file) {
                    let id = format!("fixture.{}.{name}", package.name);
                    let (here, there) = (file.original_path(), first.original_path());
                    let line = |file: &ProjectFile| Some(Span::line(&file.source, 1));
                    bag.push(same_name(
                        "fixtures",
                        &name,
                        &format!("looking for {name}"),
                        [
                            Named { id: &id, path: &here, place: line(file) },
                            Named { id: &id, path: &there, place: line(first) },
                        ],
                    ));
                }
            }
        }
        Self(found)
    }

    /// The text of a fixture, if there is one of that name and format.
    pub(super) fn text(&self, package: &str, name: &str, format: RowFormat) -> Option<&'p str> {
        let file = self.0.get(&(package.to_owned(), name.to_owned()))?;
        (file.path.to_lowercase().ends_with(&format!(".{}", format.name()))).then(|| file.source.text())
    }

    /// The names of a package's fixtures.
    pub(super) fn names(&self, package: &str) -> impl Iterator<Item = &str> {
        self.0.keys().filter(move |(owner, _)| owner == package).map(|(_, name)| name.as_str())
    }
}

fn stem(file: &ProjectFile) -> &str {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// CSV text with a header as rows whose cells are texts; a row that is too short ends in nulls.
///
/// # Errors
/// A row has more cells than the header.
pub(super) fn csv_rows(text: &str) -> Result<Vec<Value>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| Box::new(Diagnostic::error(Class::Parsing, format!("cannot read CSV: {error}")));
    let header = reader.headers().map_err(wrong)?.clone();
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(wrong)?;
        if record.len() > header.len() {
            return Err(Box::new(Diagnostic::error(
                Class::Parsing,
                format!(
                    "row {} of the CSV text has {} cells, and its header {}",
                    index + 1,
                    record.len(),
                    header.len()
                ),
            )));
        }
        let row: Map<String, Value> = header
            .iter()
            .enumerate()
            .map(|(at, name)| {
                (name.to_owned(), record.get(at).map_or(Value::Null, |cell| Value::String(cell.to_owned())))
            })
            .collect();
        rows.push(Value::Object(row));
    }
    Ok(rows)
}

/// dbt: the first row without nulls goes to the top, for engines that take the types from it.
pub(super) fn promote(rows: &mut [Value]) {
    let full = |row: &Value| row.as_object().is_some_and(|row| row.values().all(|cell| !cell.is_null()));
    if let Some(at) = rows.iter().position(full) {
        rows.swap(0, at);
    }
}
