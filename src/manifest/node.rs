//! A node: anything that is selected, ordered, run or documented.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde_json::{Map, Value};

use super::semantic::{Metric, SavedQuery, SemanticModel};
use super::{Config, Function, UnitTest, is_same_version, version_text};
use crate::diagnostic::{SourceFile, Span};

/// The kind of a node, with dbt's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum ResourceType {
    Model,
    Seed,
    Snapshot,
    Test,
    Analysis,
    Operation,
    SqlOperation,
    Source,
    Exposure,
    UnitTest,
    Metric,
    SemanticModel,
    SavedQuery,
    Function,
}

impl ResourceType {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Model,
        Self::Seed,
        Self::Snapshot,
        Self::Test,
        Self::Analysis,
        Self::Operation,
        Self::SqlOperation,
        Self::Source,
        Self::Exposure,
        Self::UnitTest,
        Self::Metric,
        Self::SemanticModel,
        Self::SavedQuery,
        Self::Function,
    ];

    /// dbt's name of the kind, as it starts unique ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Seed => "seed",
            Self::Snapshot => "snapshot",
            Self::Test => "test",
            Self::Analysis => "analysis",
            Self::Operation => "operation",
            Self::SqlOperation => "sql_operation",
            Self::Source => "source",
            Self::Exposure => "exposure",
            Self::UnitTest => "unit_test",
            Self::Metric => "metric",
            Self::SemanticModel => "semantic_model",
            Self::SavedQuery => "saved_query",
            Self::Function => "function",
        }
    }

    /// The kind with a name; plural and alternative spellings of selectors are accepted.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "model" | "models" => Self::Model,
            "seed" | "seeds" => Self::Seed,
            "snapshot" | "snapshots" => Self::Snapshot,
            "test" | "tests" | "data_test" | "data_tests" => Self::Test,
            "analysis" | "analyses" => Self::Analysis,
            "operation" => Self::Operation,
            "source" | "sources" => Self::Source,
            "exposure" | "exposures" => Self::Exposure,
            "unit_test" | "unit_tests" => Self::UnitTest,
            "metric" | "metrics" => Self::Metric,
            "semantic_model" | "semantic_models" => Self::SemanticModel,
            "saved_query" | "saved_queries" => Self::SavedQuery,
            "function" | "functions" => Self::Function,
            _ => return None,
        })
    }

    /// Whether `ref()` can name it.
    pub fn is_refable(self) -> bool {
        matches!(self, Self::Model | Self::Seed | Self::Snapshot)
    }

    /// Whether it belongs to the semantic layer.
    pub fn is_semantic(self) -> bool {
        matches!(self, Self::Metric | Self::SemanticModel | Self::SavedQuery)
    }

    /// Whether the manifest keeps it under `nodes`.
    pub fn is_executable(self) -> bool {
        !matches!(self, Self::Source | Self::Exposure | Self::UnitTest | Self::Function) && !self.is_semantic()
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One `ref()` call.
#[derive(Debug, Clone, PartialEq)]
pub struct RefCall {
    /// The package, where the call names one.
    pub package: Option<String>,
    /// The name of the model, seed or snapshot.
    pub name: String,
    /// The version asked for.
    pub version: Option<Value>,
}

/// Values by name or id, in the order in which they came.
pub type ByName<V> = IndexMap<String, V, FxBuildHasher>;

/// A documented column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Its name as written.
    pub name: String,
    /// Its description, docs blocks resolved.
    pub description: String,
    /// The declared type.
    pub data_type: Option<String>,
    /// Whether the name is to be quoted.
    pub quote: Option<bool>,
    /// Free data.
    pub meta: Map<String, Value>,
    /// Tags; tests of the column have them too.
    pub tags: Vec<String>,
    /// Constraints as written.
    pub constraints: Vec<Value>,
    /// Docs blocks that the description names.
    pub doc_blocks: Vec<String>,
    /// Further declared keys that manifest v12 knows.
    pub extra: Map<String, Value>,
}

/// What a generic test tests.
#[derive(Debug, Clone)]
pub struct TestInfo {
    /// The test's name (`not_null`), none for a singular test.
    pub generic: Option<String>,
    /// The package prefix (`dbt_utils`).
    pub namespace: Option<String>,
    /// Arguments as written, with `model` and `column_name`.
    pub kwargs: Map<String, Value>,
    /// The column under test.
    pub column_name: Option<String>,
    /// The model under test.
    pub attached_node: Option<String>,
    /// `models.a`, `sources.raw`.
    pub file_key_name: Option<String>,
    /// The group of the model under test, which is the test's, but no part of its configuration.
    pub group: Option<String>,
    /// Where the test is declared in its YAML file.
    pub declared: Option<Span>,
}

/// Where the raw files of a source table are: the `load:` block, which is this program's own.
#[derive(Debug, Clone)]
pub struct LoadBlock {
    /// File, glob or folder, rendered; relative to the project's folder.
    pub location: String,
    /// `csv` or `parquet`.
    pub format: String,
    /// Reading options as written.
    pub options: Map<String, Value>,
    /// How a bucket is reached, rendered.
    pub storage: Map<String, Value>,
    /// Place of the block.
    pub span: Span,
}

/// The further facts of a source table.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// Name of the source.
    pub source_name: String,
    /// Description of the source.
    pub source_description: String,
    /// Name of the tool that loads it.
    pub loader: String,
    /// Name in the database.
    pub identifier: String,
    /// What stands in queries in place of the table: a file, or a call of a table function.
    pub file: Option<String>,
    /// Quoting as declared, each part none where it is not.
    pub quoting: Map<String, Value>,
    /// Freshness thresholds, none where there are none.
    pub freshness: Option<Value>,
    /// Column that says when a row was loaded.
    pub loaded_at_field: Option<String>,
    /// Query that says it.
    pub loaded_at_query: Option<String>,
    /// The `external:` block.
    pub external: Option<Value>,
    /// Free data of the source.
    pub source_meta: Map<String, Value>,
    /// Raw files.
    pub load: Option<LoadBlock>,
    /// As written.
    pub unrendered_database: Option<String>,
    /// As written.
    pub unrendered_schema: Option<String>,
}

/// The further facts of an exposure.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    pub kind: String,
    /// Name and email.
    pub owner: Value,
    /// Address.
    pub url: Option<String>,
    /// Title.
    pub label: Option<String>,
    /// `high`, `medium` or `low`.
    pub maturity: Option<String>,
}

/// What only some kinds have.
#[expect(clippy::large_enum_variant, reason = "models are the most common kind")]
#[derive(Debug, Clone)]
pub enum Detail {
    /// Nothing further.
    None,
    /// A model's constraints, access and version.
    Model {
        /// As written.
        constraints: Vec<Value>,
        /// `private`, `protected` or `public`.
        access: String,
        /// Version of a versioned model.
        version: Option<Value>,
        /// Latest version of a versioned model.
        latest_version: Option<Value>,
        /// As written.
        deprecation_date: Option<String>,
        /// As written.
        time_spine: Option<Value>,
        /// Columns that are known to name a row, sorted.
        primary_key: Vec<String>,
    },
    /// A seed's file.
    Seed {
        /// The package's folder.
        root_path: String,
    },
    /// A data test.
    Test(Box<TestInfo>),
    /// A source table.
    Source(Box<SourceTable>),
    /// An exposure.
    Exposure(Box<Exposure>),
    /// A unit test.
    UnitTest(Box<UnitTest>),
    /// A metric.
    Metric(Box<Metric>),
    /// A semantic model.
    SemanticModel(Box<SemanticModel>),
    /// A saved query.
    SavedQuery(Box<SavedQuery>),
    /// A user-defined function.
    Function(Box<Function>),
    /// A hook, with its place in the list.
    Operation {
        /// From 0, among the hooks of its file and tag.
        index: usize,
        /// `on-run-start` or `on-run-end`: its tag, which is no configuration.
        tag: &'static str,
    },
}

/// A node of the project.
#[derive(Debug, Clone)]
pub struct Node {
    /// `model.package.name`.
    pub unique_id: String,
    /// Kind.
    pub resource_type: ResourceType,
    /// Name by which it is referred to.
    pub name: String,
    /// Package it belongs to.
    pub package: String,
    /// Path below the resource folder.
    pub path: String,
    /// Path below the package's folder.
    pub original_file_path: String,
    /// Package, folders and name.
    pub fqn: Vec<String>,
    /// The file it is defined in.
    pub source: Arc<SourceFile>,
    /// Its template's bytes in that file; empty where the template is made (generic tests).
    pub code: Range<usize>,
    /// Its template.
    pub raw_code: String,
    /// The tags that come first, in their order; some are no part of the configuration.
    pub first_tags: Vec<String>,
    /// `sql`, `python` or, for seeds, empty.
    pub language: String,
    /// Name and value of the checksum.
    pub checksum: (String, String),
    /// Database of its relation.
    pub database: Option<String>,
    /// Schema of its relation.
    pub schema: String,
    /// Name of its relation.
    pub alias: String,
    /// Its relation as SQL, none for what has none.
    pub relation_name: Option<String>,
    /// Final configuration.
    pub config: Config,
    /// Configuration as written.
    pub unrendered_config: Map<String, Value>,
    /// Description, docs blocks resolved.
    pub description: String,
    /// Docs blocks that the description names.
    pub doc_blocks: Vec<String>,
    /// Documented columns in the file's order.
    pub columns: ByName<Column>,
    /// `package://file` of the YAML file that describes it.
    pub patch_path: Option<String>,
    /// Where that description stands.
    pub patch: Option<Span>,
    /// `ref()` calls in order, each once.
    pub refs: Vec<RefCall>,
    /// `source()` calls in order, each once.
    pub sources: Vec<(String, String)>,
    /// `metric()` calls in order: name, or package and name.
    pub metrics: Vec<Vec<String>>,
    /// `function()` calls in order: name, or package and name.
    pub functions: Vec<Vec<String>>,
    /// Nodes it reads.
    pub depends_on: Vec<String>,
    /// Macros it calls.
    pub macros: Vec<String>,
    /// Seconds since 1970.
    pub created_at: f64,
    /// What only its kind has.
    pub detail: Detail,
}

impl Node {
    /// The name of the materialization.
    pub fn materialized(&self) -> &str {
        self.config.text("materialized").unwrap_or(match self.resource_type {
            ResourceType::Seed => "seed",
            ResourceType::Snapshot => "snapshot",
            ResourceType::Test => "test",
            ResourceType::Function => "function",
            _ => "view",
        })
    }

    /// Whether it is put into its readers as a common table expression.
    pub fn is_ephemeral(&self) -> bool {
        // A source is, where the rows of a unit test stand in for it.
        matches!(self.resource_type, ResourceType::Model | ResourceType::Source) && self.materialized() == "ephemeral"
    }

    /// The name of its common table expression, without dbt's prefix.
    pub fn cte_name(&self) -> String {
        match &self.detail {
            // dbt: tables of two sources may have one name.
            Detail::Source(table) => format!("{}__{}", table.source_name, self.name),
            _ => self.alias.clone(),
        }
    }

    /// The name that look-ups and messages use: `raw.orders` for source tables, `orders.v2` for versions.
    pub fn search_name(&self) -> String {
        match &self.detail {
            Detail::Source(table) => format!("{}.{}", table.source_name, self.name),
            _ => match self.version() {
                Some(version) => format!("{}.v{}", self.name, version_text(version)),
                None => self.name.clone(),
            },
        }
    }

    /// The data test's facts.
    pub fn test(&self) -> Option<&TestInfo> {
        match &self.detail {
            Detail::Test(info) => Some(info),
            _ => None,
        }
    }

    /// The source table's facts.
    pub fn source_table(&self) -> Option<&SourceTable> {
        match &self.detail {
            Detail::Source(table) => Some(table),
            _ => None,
        }
    }

    /// The unit test's facts.
    pub fn unit_test(&self) -> Option<&UnitTest> {
        match &self.detail {
            Detail::UnitTest(test) => Some(test),
            _ => None,
        }
    }

    /// The version of a versioned model, or of the one that a unit test tests.
    pub fn built_version(&self) -> Option<&Value> {
        self.version().or_else(|| self.unit_test()?.version.as_ref())
    }

    /// The version of a versioned model.
    pub fn version(&self) -> Option<&Value> {
        match &self.detail {
            Detail::Model { version, .. } => version.as_ref().filter(|version| !version.is_null()),
            _ => None,
        }
    }

    /// The metric's facts.
    pub fn metric(&self) -> Option<&Metric> {
        match &self.detail {
            Detail::Metric(metric) => Some(metric),
            _ => None,
        }
    }

    /// Whether it is the latest version of a versioned model.
    pub fn is_latest_version(&self) -> bool {
        match &self.detail {
            Detail::Model { version: Some(version), latest_version: Some(latest), .. } => {
                !version.is_null() && is_same_version(version, latest)
            }
            _ => false,
        }
    }

    /// The semantic model's facts.
    pub fn semantic_model(&self) -> Option<&SemanticModel> {
        match &self.detail {
            Detail::SemanticModel(model) => Some(model),
            _ => None,
        }
    }

    /// The saved query's facts.
    pub fn saved_query(&self) -> Option<&SavedQuery> {
        match &self.detail {
            Detail::SavedQuery(query) => Some(query),
            _ => None,
        }
    }

    /// The function's facts.
    pub fn function(&self) -> Option<&Function> {
        match &self.detail {
            Detail::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The group it belongs to.
    pub fn group(&self) -> Option<&str> {
        match self.test() {
            Some(test) if test.attached_node.is_some() => test.group.as_deref(),
            _ => self.config.text("group"),
        }
    }

    /// Tags, each once, though `config` may have one several times.
    pub fn tags(&self) -> Vec<String> {
        match &self.detail {
            Detail::Metric(metric) => return metric.tags.clone(),
            Detail::SavedQuery(query) => return query.tags.clone(),
            _ => {}
        }
        each_once(self.first_tags.iter().cloned().chain(self.config.texts("tags")))
    }

    /// The place of its template in its file.
    pub fn span(&self) -> Span {
        Span::new(&self.source, self.code.clone())
    }

    /// Where `ref('name')` or `source(.., 'name')` stands in its template.
    pub fn call_span(&self, function: &str, argument: &str) -> Option<Span> {
        let text = self.source.text();
        let code = text.get(self.code.clone())?;
        let mut from = 0;
        while let Some(found) = code[from..].find(function) {
            let at = from + found;
            from = at + function.len();
            let rest = &code[from..];
            let Some(end) = rest.find(')') else { break };
            if !rest.trim_start().starts_with('(') {
                continue;
            }
            for quote in ['\'', '"'] {
                if let Some(inner) = rest[..end].find(&format!("{quote}{argument}{quote}")) {
                    let start = self.code.start + from + inner;
                    return Some(Span::new(&self.source, start..start + argument.len() + 2));
                }
            }
        }
        None
    }
}

fn each_once(tags: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    tags.filter(|tag| seen.insert(tag.clone())).collect()
}
