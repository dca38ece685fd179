//! The request to fill a table from raw files, and its figures.

use std::path::PathBuf;

use super::Relation;
use crate::diagnostic::{Class, Diagnostic, nearest};

/// How raw files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// Text with separated values, plain or gzip.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl FileFormat {
    /// The name in a declaration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// How a CSV file is to be read; the defaults are RFC 4180 with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOptions {
    /// Whether the first line names the columns.
    pub header: bool,
    /// What separates values.
    pub delimiter: char,
    /// What encloses values; `None` where nothing does.
    pub quote: Option<char>,
    /// What makes a quote inside a quoted value literal; doubled quotes by default.
    pub escape: Option<char>,
    /// The unquoted text that means NULL; the empty value by default.
    pub null: String,
    /// Lines to leave out before the header.
    pub skip: usize,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self { header: true, delimiter: ',', quote: Some('"'), escape: Some('"'), null: String::new(), skip: 0 }
    }
}

/// A declared column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadColumn {
    /// The name in the table.
    pub name: String,
    /// The type in the warehouse's words (`bigint`, `decimal(2,1)`).
    pub data_type: String,
}

/// How much care a file is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Fast; may refuse what the careful way takes, and then does not say where.
    Quick,
    /// Slower; takes everything that fits the declaration, and says where a value does not.
    Careful,
}

/// A request to create a table and fill it from files.
#[derive(Debug, Clone)]
pub struct FileLoad {
    /// The table to create; it must not exist.
    pub into: Relation,
    /// Its columns, in order.
    pub columns: Vec<LoadColumn>,
    /// How the files are written.
    pub format: FileFormat,
    /// How CSV is to be read.
    pub options: FileOptions,
    /// How much care they are read with.
    pub effort: Effort,
    /// The files, in loading order.
    pub files: Vec<LoadFile>,
}

/// One file of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFile {
    /// Where it is.
    pub path: PathBuf,
    /// The path as shown to the user.
    pub shown: String,
}

/// The declared column that each column of a file fills, by position in the file.
///
/// Names are compared without case, blanks, hyphens and underscores (`userId`, `USER_ID`). A column too many or too few is
/// an error that names both sides.
pub fn match_columns(shown: &str, header: &[String], declared: &[LoadColumn]) -> Result<Vec<usize>, Box<Diagnostic>> {
    let bare = |name: &str| name.trim().replace(['_', ' ', '-'], "").to_lowercase();
    let mut unknown = Vec::new();
    let mut mapping = Vec::new();
    for name in header {
        let found = declared
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name.trim()))
            .or_else(|| declared.iter().position(|column| bare(&column.name) == bare(name)));
        match found {
            Some(at) if mapping.contains(&at) => {
                let message = format!("{shown}: two columns of the header mean `{}`", declared[at].name);
                return Err(Box::new(
                    Diagnostic::error(Class::Load, message).note(format!("the header: {}", header.join(", "))),
                ));
            }
            Some(at) => mapping.push(at),
            None => unknown.push(name.as_str()),
        }
    }
    let missing: Vec<&str> = declared
        .iter()
        .enumerate()
        .filter(|(at, _)| !mapping.contains(at))
        .map(|(_, column)| column.name.as_str())
        .collect();
    if unknown.is_empty() && missing.is_empty() {
        return Ok(mapping);
    }
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("declared but not in the file: {}", in_backticks(&missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!("in the file but not declared: {}", in_backticks(&unknown)));
    }
    let mut diagnostic = Diagnostic::error(
        Class::Load,
        format!("{shown}: the columns do not fit the declaration; {}", parts.join("; ")),
    );
    for name in unknown {
        if let Some(near) =
            nearest(&bare(name), missing.iter().map(|name| bare(name)).collect::<Vec<_>>().iter().map(String::as_str))
            && let Some(column) = missing.iter().find(|column| bare(column) == near)
        {
            diagnostic = diagnostic.help(format!("did you mean `{column}` by `{name}`?"));
        }
    }
    Err(Box::new(diagnostic.note(format!("the file has: {}", header.join(", ")))))
}

fn in_backticks(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The figures of a filled table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileLoaded {
    /// Rows read from each file, in the order of the request.
    pub rows: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<LoadColumn> {
        let column = |name: &&str| LoadColumn { name: (*name).to_owned(), data_type: "bigint".to_owned() };
        names.iter().map(column).collect()
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn headers_fit_in_any_style_and_order() {
        let mapping = match_columns("r.csv", &texts(&["movieId", "userId"]), &columns(&["USER_ID", "movieid"]));
        assert_eq!(mapping.unwrap(), [1, 0]);
    }

    #[test]
    fn a_wrong_header_names_both_sides() {
        let error = match_columns("r.csv", &texts(&["userId", "ratng"]), &columns(&["userid", "rating"])).unwrap_err();
        assert_eq!(
            error.message,
            "r.csv: the columns do not fit the declaration; declared but not in the file: `rating`; \
             in the file but not declared: `ratng`"
        );
        assert_eq!(error.help, ["did you mean `rating` by `ratng`?"]);
        assert!(match_columns("r.csv", &texts(&["a", "A"]), &columns(&["a"])).is_err());
    }
}
