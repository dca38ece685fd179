//! Artifacts of an earlier run, for `--state`, `retry` and `--defer`.
//!
//! They are read leniently, as JSON: a field that is missing is absent. Of each artifact the versions are read that dbt
//! reads; older shapes are brought into today's.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Schema, upgrade};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::outcome::Status;

/// The artifacts in a folder, each where it exists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Previous {
    /// `manifest.json`.
    pub manifest: Option<Value>,
    /// `run_results.json`.
    pub run_results: Option<Value>,
    /// `sources.json`.
    pub sources: Option<Value>,
}

impl Previous {
    /// Reads a folder; a file that is missing is no error, one that is broken is.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            manifest: read(&folder.join("manifest.json"), Schema::Manifest)?,
            run_results: read(&folder.join("run_results.json"), Schema::RunResults)?,
            sources: Self::read_sources(folder)?,
        })
    }

    /// Reads nothing but the results of a folder's last run.
    ///
    /// # Errors
    /// The file is broken.
    pub fn read_run_results(folder: &Path) -> Result<Self> {
        let run_results = read(&folder.join("run_results.json"), Schema::RunResults)?;
        Ok(Self { run_results, ..Self::default() })
    }

    /// Reads the freshness checks of a folder.
    ///
    /// # Errors
    /// The file is broken.
    pub fn read_sources(folder: &Path) -> Result<Option<Value>> {
        read(&folder.join("sources.json"), Schema::Sources)
    }

    /// Ids and statuses of the earlier run, in its order.
    pub fn statuses(&self) -> Vec<(&str, Status)> {
        statuses(self.run_results.as_ref())
    }

    /// Ids and statuses of the earlier freshness checks.
    pub fn source_statuses(&self) -> Vec<(&str, Status)> {
        statuses(self.sources.as_ref())
    }

    /// The result of a node in the earlier run, for its batches.
    pub fn result(&self, unique_id: &str) -> Option<&Map<String, Value>> {
        let results = self.run_results.as_ref()?.get("results")?.as_array()?;
        let result =
            results.iter().find(|result| result.get("unique_id").and_then(Value::as_str) == Some(unique_id))?;
        result.as_object()
    }

    /// The arguments of the earlier command.
    pub fn args(&self) -> Option<&Map<String, Value>> {
        self.run_results.as_ref()?.get("args")?.as_object()
    }

    /// A section of the earlier manifest (`nodes`, `sources`, `macros`).
    pub fn section(&self, name: &str) -> Option<&Map<String, Value>> {
        self.manifest.as_ref()?.get(name)?.as_object()
    }

    /// A node of the earlier manifest, of whatever section.
    pub fn node(&self, unique_id: &str) -> Option<&Map<String, Value>> {
        let sections =
            ["nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests", "functions"];
        sections.iter().find_map(|section| self.section(section)?.get(unique_id)?.as_object())
    }
}

fn statuses(artifact: Option<&Value>) -> Vec<(&str, Status)> {
    let results = artifact.and_then(|artifact| artifact.get("results")).and_then(Value::as_array);
    let status = |result| -> Option<(&str, Status)> {
        let result: &Value = result;
        Some((result.get("unique_id")?.as_str()?, Status::parse(result.get("status")?.as_str()?)?))
    };
    results.into_iter().flatten().filter_map(status).collect()
}

fn read(path: &Path, schema: Schema) -> Result<Option<Value>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => {
            let message = format!("cannot read `{}`: {error}", path.display());
            return Err(Box::new(Diagnostic::error(Class::File, message)));
        }
    };
    let mut value: Value = serde_json::from_slice(&text).map_err(|error| {
        let message = format!("`{}` is not valid JSON: {error}", path.display());
        Box::new(Diagnostic::error(Class::File, message).help("remove it or write it again"))
    })?;
    let found = value.pointer("/metadata/dbt_schema_version").and_then(Value::as_str).map(str::to_owned);
    let Some(version) = found.as_deref().and_then(|url| schema.version_of(url)) else {
        let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("\"{found}\""));
        let message = format!(
            "Expected a schema version of \"{}\" in {}, but found {found}. Are you running with a different version of \
             dbt?",
            schema.url(),
            path.display()
        );
        return Err(Box::new(
            Diagnostic::error(Class::Runtime, message).help("write it again with the version of dbt that is used now"),
        ));
    };
    if schema == Schema::Manifest {
        upgrade::manifest(&mut value, version);
    }
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_is_there() {
        let folder = std::env::temp_dir().join(format!("netflix-previous-{}", std::process::id()));
        let results = json!({
            "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v4.json"},
            "results": [{"unique_id": "model.a.b", "status": "error"}, {"unique_id": "model.a.c", "status": "?"}],
            "args": {"which": "build"},
        });
        super::super::write_json(&folder.join("run_results.json"), &results).unwrap();
        let previous = Previous::read(&folder).unwrap();
        assert_eq!(previous.statuses(), [("model.a.b", Status::Error)]);
        assert_eq!(previous.args().unwrap()["which"], "build");
        assert!(previous.result("model.a.c").is_some() && previous.manifest.is_none());
        fs::write(folder.join("manifest.json"), "{").unwrap();
        assert!(Previous::read(&folder).unwrap_err().message.contains("not valid JSON"));
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(Previous::read(Path::new("/nowhere")).unwrap(), Previous::default());
    }
}
