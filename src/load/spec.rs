//! What a source table declares about its files.

use serde_json::{Map, Value};

use super::storage::Storage;
use crate::adapter::{FileFormat, FileOptions, LoadColumn, Relation};
use crate::diagnostic::{Class, Diagnostic, nearest};

/// A source table and where its rows come from.
#[derive(Debug, Clone)]
pub struct LoadSpec {
    /// What messages call it (`movielens.ratings`).
    pub name: String,
    /// A file, a pattern or a folder, relative to the project's folder or in a bucket (`s3://`).
    pub location: String,
    /// How the files are written; by their names where `None`.
    pub format: Option<FileFormat>,
    /// How CSV is to be read.
    pub options: FileOptions,
    /// How a bucket is reached.
    pub storage: Storage,
    /// The columns, in the table's order.
    pub columns: Vec<LoadColumn>,
    /// The table.
    pub target: Relation,
}

impl LoadSpec {
    /// A text that changes when the table must be filled anew although the files are the same.
    pub(super) fn fingerprint(&self, format: FileFormat) -> String {
        let options = &self.options;
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{}:{}", column.name, column.data_type.to_lowercase())).collect();
        let csv = match format {
            FileFormat::Parquet => String::new(),
            FileFormat::Csv => format!(
                " header={} delimiter={:?} quote={:?} escape={:?} null={:?} skip={}",
                options.header, options.delimiter, options.quote, options.escape, options.null, options.skip
            ),
        };
        format!("{}{csv} columns={}", format.name(), columns.join(","))
    }
}

const KNOWN: &[&str] = &["header", "delimiter", "quote", "escape", "null", "skip"];

/// The `options` of a `load` block.
pub fn options(map: &Map<String, Value>) -> Result<FileOptions, Box<Diagnostic>> {
    let mut options = FileOptions::default();
    let wrong = |key: &str, wanted: &str| {
        Box::new(Diagnostic::error(Class::Validation, format!("the load option `{key}` must be {wanted}")))
    };
    for (key, value) in map {
        match key.as_str() {
            "header" => options.header = value.as_bool().ok_or_else(|| wrong(key, "true or false"))?,
            "delimiter" => {
                options.delimiter = letter(value).ok().flatten().ok_or_else(|| wrong(key, "one ASCII letter"))?;
            }
            "quote" => {
                options.quote = letter(value).map_err(|()| wrong(key, "one ASCII letter, or empty"))?;
                if !map.contains_key("escape") {
                    options.escape = options.quote;
                }
            }
            "escape" => options.escape = letter(value).map_err(|()| wrong(key, "one ASCII letter, or empty"))?,
            "null" => value.as_str().ok_or_else(|| wrong(key, "a text"))?.clone_into(&mut options.null),
            "skip" => {
                let lines = value.as_u64().and_then(|lines| usize::try_from(lines).ok());
                options.skip = lines.ok_or_else(|| wrong(key, "a number of lines"))?;
            }
            unknown => {
                let diagnostic = Diagnostic::error(Class::Validation, format!("there is no load option `{unknown}`"));
                return Err(Box::new(
                    diagnostic
                        .suggest(nearest(unknown, KNOWN.iter().copied()))
                        .note(format!("known options: {}", KNOWN.join(", "))),
                ));
            }
        }
    }
    Ok(options)
}

fn letter(value: &Value) -> Result<Option<char>, ()> {
    let text = match value {
        Value::Null => "",
        Value::String(text) => match text.as_str() {
            "\\t" | "tab" => "\t",
            text => text,
        },
        _ => return Err(()),
    };
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Ok(None),
        (Some(letter), None) if letter.is_ascii() && !matches!(letter, '\n' | '\r') => Ok(Some(letter)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<FileOptions, Box<Diagnostic>> {
        options(value.as_object().unwrap())
    }

    #[test]
    fn options_are_read_and_checked() {
        let found =
            read(&json!({"delimiter": "\\t", "quote": "'", "null": "\\N", "skip": 2, "header": false})).unwrap();
        let expected = FileOptions {
            header: false,
            delimiter: '\t',
            quote: Some('\''),
            escape: Some('\''),
            null: "\\N".into(),
            skip: 2,
        };
        assert_eq!(found, expected);
        assert_eq!(read(&json!({"quote": ""})).unwrap().quote, None);
        assert_eq!(read(&json!({"delimeter": ","})).unwrap_err().help, ["did you mean `delimiter`?"]);
        assert!(read(&json!({"delimiter": "||"})).is_err());
    }
}
