//! How files of external models are written and read.
//!
//! dbt-duckdb: `external_write_options` and `external_read_location`.

use std::path::Path;

use minijinja::{Error, Value};

use crate::jinja::python;

fn text(options: &Value, key: &str) -> Option<String> {
    let value = options.get_item(&Value::from(key)).ok()?;
    (!value.is_undefined() && !value.is_none()).then(|| python::to_str(&value))
}

fn set(options: &Value, key: &str, value: Value) {
    if let Some(dict) = options.downcast_object_ref::<python::Dict>() {
        dict.insert(Value::from(key), value);
    }
}

/// Completes the options of a `copy` from the name of the file, and gives them as SQL.
///
/// # Errors
/// The options are no mapping.
pub(super) fn write_options(location: &str, options: &Value) -> Result<Value, Error> {
    if text(options, "format").is_none() {
        let path = Path::new(location);
        let ending = |path: &Path| path.extension().and_then(|end| end.to_str()).map(str::to_lowercase);
        let last = ending(path);
        let packed = match last.as_deref() {
            Some("gz") => Some("gzip"),
            Some("zst") => Some("zstd"),
            _ => None,
        };
        // Before `.gz` stands what is packed.
        let ending = if packed.is_some() { path.file_stem().map(Path::new).and_then(ending) } else { last };
        if let Some(ending) = ending {
            set(options, "format", Value::from(ending));
            if let (Some(packed), None) = (packed, text(options, "compression")) {
                set(options, "compression", Value::from(packed));
            }
        } else {
            let delimited = text(options, "delimiter").is_some();
            set(options, "format", Value::from(if delimited { "csv" } else { "parquet" }));
        }
    }
    if text(options, "format").as_deref() == Some("csv") && text(options, "header").is_none() {
        set(options, "header", Value::from(1));
    }
    if let Some(columns) = text(options, "partition_by")
        && columns.contains(',')
        && !columns.starts_with('(')
    {
        set(options, "partition_by", Value::from(format!("({columns})")));
    }
    let mut parts = Vec::new();
    for (key, value) in python::pairs(options)? {
        let (key, value) = (key.to_string(), python::to_str(&value));
        let quoted = ["delimiter", "quote", "escape", "null"].contains(&key.to_lowercase().as_str());
        parts.push(if quoted && !value.starts_with('\'') {
            format!("{key} '{value}'")
        } else {
            format!("{key} {value}")
        });
    }
    Ok(Value::from(parts.join(", ")))
}

/// Where the written rows are read from: a pattern where they went to several files.
pub(super) fn read_location(location: &str, options: &Value) -> Value {
    let partitions = text(options, "partition_by");
    let spread = options.get_item(&Value::from("per_thread_output")).is_ok_and(|value| value.is_true());
    if partitions.is_none() && !spread {
        return Value::from(location);
    }
    let depth = partitions.map_or(0, |columns| columns.split(',').count());
    let format = text(options, "format").unwrap_or_else(|| "parquet".to_owned());
    Value::from(format!("{location}/*{}.{format}", "/*".repeat(depth)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Value {
        python::dict(pairs.iter().map(|(key, value)| (Value::from(*key), Value::from(*value))).collect::<Vec<_>>())
    }

    #[test]
    fn the_name_of_the_file_tells_the_format() {
        let write =
            |location: &str, given: &[(&str, &str)]| write_options(location, &options(given)).unwrap().to_string();
        assert_eq!(write("a.parquet", &[]), "format parquet");
        assert_eq!(write("a.CSV.GZ", &[]), "format csv, compression gzip, header 1");
        assert_eq!(write("folder/a", &[("delimiter", "|")]), "delimiter '|', format csv, header 1");
        assert_eq!(write("a", &[("partition_by", "x, y")]), "partition_by (x, y), format parquet");
    }

    #[test]
    fn parts_are_read_by_a_pattern() {
        let read = |given: &[(&str, &str)]| read_location("out", &options(given)).to_string();
        assert_eq!(read(&[]), "out");
        assert_eq!(read(&[("partition_by", "(x, y)"), ("format", "csv")]), "out/*/*/*.csv");
    }
}
