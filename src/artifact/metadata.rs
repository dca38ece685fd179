//! The head of every artifact.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::outcome::{Timestamp, iso, now};

/// The version of dbt whose artifacts and behaviour ours are: readers choose their parsers by it.
pub const DBT_VERSION: &str = "1.12.6";

/// Which artifact it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// `manifest.json` v12.
    Manifest,
    /// `run_results.json` v6.
    RunResults,
    /// `catalog.json` v1.
    Catalog,
    /// `sources.json` v3.
    Sources,
}

impl Schema {
    /// The address of the published schema, which readers know the artifact by.
    pub fn url(self) -> &'static str {
        match self {
            Self::Manifest => "https://schemas.getdbt.com/dbt/manifest/v12.json",
            Self::RunResults => "https://schemas.getdbt.com/dbt/run-results/v6.json",
            Self::Catalog => "https://schemas.getdbt.com/dbt/catalog/v1.json",
            Self::Sources => "https://schemas.getdbt.com/dbt/sources/v3.json",
        }
    }

    /// The version that an address names, if it is one that can be read.
    pub fn version_of(self, url: &str) -> Option<u32> {
        let (base, latest) = self.url().rsplit_once("/v")?;
        let latest: u32 = latest.strip_suffix(".json")?.parse().ok()?;
        let oldest = match self {
            Self::Manifest | Self::RunResults => 4,
            Self::Catalog => 1,
            Self::Sources => 3,
        };
        let version: u32 = url.strip_prefix(base)?.strip_prefix("/v")?.strip_suffix(".json")?.parse().ok()?;
        (oldest..=latest).contains(&version).then_some(version)
    }
}

/// What all artifacts of one invocation share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The id of this run of the program.
    pub invocation_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The variables `DBT_ENV_CUSTOM_ENV_*`, without the prefix.
    pub env: BTreeMap<String, String>,
}

/// What the manifest says of the project besides.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestFacts {
    /// The project's name; its MD5 is the `project_id`, which the caller computes.
    pub project_name: String,
    /// See above.
    pub project_id: String,
    /// `duckdb`, `snowflake`.
    pub adapter_type: String,
    /// The project's quoting (`database`, `schema`, `identifier`, `column`).
    pub quoting: Map<String, Value>,
}

impl Metadata {
    /// The head of an artifact that is made now.
    pub fn head(&self, schema: Schema) -> Map<String, Value> {
        let head = json!({
            "dbt_schema_version": schema.url(),
            "dbt_version": DBT_VERSION,
            "generated_at": iso(now()),
            "invocation_id": self.invocation_id,
            "invocation_started_at": iso(self.started_at),
            "env": self.env,
        });
        match head {
            Value::Object(head) => head,
            _ => Map::new(),
        }
    }

    /// The head of a manifest.
    pub fn manifest_head(&self, facts: &ManifestFacts) -> Map<String, Value> {
        let mut head = self.head(Schema::Manifest);
        let mut put = |key: &str, value: Value| head.insert(key.to_owned(), value);
        put("project_name", facts.project_name.clone().into());
        put("project_id", facts.project_id.clone().into());
        put("user_id", Value::Null);
        put("send_anonymous_usage_stats", false.into());
        put("adapter_type", facts.adapter_type.clone().into());
        put("quoting", Value::Object(facts.quoting.clone()));
        put("run_started_at", iso(self.started_at).into());
        head
    }
}
