//! The `type:` of a profile's output -> an adapter.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::duckdb::DuckDb;
use super::snowflake::Snowflake;
use super::{Adapter, duckdb, snowflake};
use crate::diagnostic::{Class, Diagnostic, Result, nearest};

/// The adapter types that can be opened.
pub const ADAPTER_TYPES: &[&str] = &["duckdb", "snowflake"];

/// The adapter of one output of a profile, its keys rendered.
///
/// Nothing is opened yet: the first session opens the database.
pub fn open(output: &Map<String, Value>, project_dir: &Path) -> Result<Arc<dyn Adapter>> {
    match kind(output)? {
        "duckdb" => Ok(Arc::new(DuckDb::new(duckdb::Credentials::read(output, project_dir)?))),
        "snowflake" => Ok(Arc::new(Snowflake::new(snowflake::Credentials::read(output, project_dir)?))),
        unknown => Err(unknown_type(unknown)),
    }
}

/// The database and the schema that an output means when it names none itself.
pub fn default_place(output: &Map<String, Value>, project_dir: &Path) -> Result<(Option<String>, Option<String>)> {
    match kind(output)? {
        "duckdb" => Ok((Some(duckdb::Credentials::read(output, project_dir)?.database), None)),
        "snowflake" => Ok(snowflake::Credentials::read(output, project_dir)?.place()),
        unknown => Err(unknown_type(unknown)),
    }
}

fn kind(output: &Map<String, Value>) -> Result<&str> {
    output.get("type").and_then(Value::as_str).ok_or_else(|| {
        Box::new(
            Diagnostic::error(Class::Profile, "the output has no `type`")
                .help(format!("add `type:` with one of: {}", ADAPTER_TYPES.join(", "))),
        )
    })
}

fn unknown_type(kind: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::Profile, format!("there is no adapter of type `{kind}`"))
            .suggest(nearest(kind, ADAPTER_TYPES.iter().copied()))
            .note(format!("known types: {}", ADAPTER_TYPES.join(", "))),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_type_gets_a_suggestion() {
        let output = json!({"type": "duckbd"});
        let Err(error) = open(output.as_object().unwrap(), Path::new(".")) else { panic!("opened") };
        assert_eq!(error.message, "there is no adapter of type `duckbd`");
        assert_eq!(error.help, ["did you mean `duckdb`?"]);
        assert!(open(&Map::new(), Path::new(".")).is_err());
    }
}
