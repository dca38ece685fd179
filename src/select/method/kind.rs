//! The methods by name, and the one that a bare value means.

use crate::diagnostic::{Class, Diagnostic, Result, Span, nearest};

/// A way to search nodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Method {
    /// Name, or package, folders and name.
    Fqn,
    /// A tag.
    Tag,
    /// The group that a node belongs to.
    Group,
    /// Access of a model.
    Access,
    /// A source, or one of its tables.
    Source,
    /// File or folder.
    Path,
    /// Name of a file.
    File,
    /// Package.
    Package,
    /// A value of the configuration, by its keys.
    Config(Vec<String>),
    /// Name of a generic test or unit test.
    TestName,
    /// `generic`, `singular`, `data` or `unit`.
    TestType,
    /// Kind of a node.
    ResourceType,
    /// Exposure.
    Exposure,
    /// Unit test.
    UnitTest,
    /// Metric.
    Metric,
    /// Semantic model.
    SemanticModel,
    /// Saved query.
    SavedQuery,
    /// `latest`, `prerelease`, `old` or `none`.
    Version,
    /// How a node compares with that of an earlier manifest.
    State,
    /// How a node ended in an earlier run.
    Result,
    /// How the freshness of a source compares with an earlier check.
    SourceStatus,
    /// A selection of `selectors.yml`.
    Selector,
    /// A column of a model, to be followed. dbt has none.
    Column,
}

/// Every name: those of dbt, and `column`.
const NAMES: [&str; 23] = [
    "fqn",
    "tag",
    "group",
    "access",
    "source",
    "path",
    "file",
    "package",
    "config",
    "test_name",
    "test_type",
    "resource_type",
    "state",
    "exposure",
    "metric",
    "result",
    "source_status",
    "version",
    "semantic_model",
    "saved_query",
    "unit_test",
    "selector",
    "column",
];

impl Method {
    /// The method that is written before the colon.
    ///
    /// # Errors
    /// An unknown name.
    pub fn parse(text: &str, span: &Span) -> Result<Self> {
        let mut parts = text.split('.');
        let name = parts.next().unwrap_or_default();
        let refuse = |message: String, label: &str| Diagnostic::error(Class::Usage, message).label(span.clone(), label);
        Ok(match name {
            "fqn" => Self::Fqn,
            "tag" => Self::Tag,
            "group" => Self::Group,
            "access" => Self::Access,
            "source" => Self::Source,
            "path" => Self::Path,
            "file" => Self::File,
            "package" => Self::Package,
            "config" => Self::Config(parts.map(str::to_owned).collect()),
            "test_name" => Self::TestName,
            "test_type" => Self::TestType,
            "resource_type" => Self::ResourceType,
            "exposure" => Self::Exposure,
            "unit_test" => Self::UnitTest,
            "metric" => Self::Metric,
            "semantic_model" => Self::SemanticModel,
            "saved_query" => Self::SavedQuery,
            "version" => Self::Version,
            "state" => Self::State,
            "result" => Self::Result,
            "source_status" => Self::SourceStatus,
            "selector" => Self::Selector,
            "column" => Self::Column,
            _ => {
                return Err(Box::new(
                    refuse(format!("'{name}' is not a valid method name"), "unknown method")
                        .suggest(nearest(name, NAMES))
                        .note(format!("valid methods are {}", NAMES.join(", "))),
                ));
            }
        })
    }

    /// The method of a value that is written without one.
    pub fn by_shape(value: &str) -> Self {
        let lowered = value.to_lowercase();
        if value.contains(std::path::is_separator) {
            Self::Path
        } else if [".sql", ".py", ".csv", ".yml"].iter().any(|ending| lowered.ends_with(ending)) {
            // dbt: a bare `x.yml` is searched by name, which never finds anything.
            Self::File
        } else {
            Self::Fqn
        }
    }

    /// The method as written before the colon.
    pub fn name(&self) -> String {
        match self {
            Self::Config(keys) => keys.iter().fold("config".to_owned(), |name, key| name + "." + key),
            Self::Fqn => "fqn".to_owned(),
            Self::Tag => "tag".to_owned(),
            Self::Group => "group".to_owned(),
            Self::Access => "access".to_owned(),
            Self::Source => "source".to_owned(),
            Self::Path => "path".to_owned(),
            Self::File => "file".to_owned(),
            Self::Package => "package".to_owned(),
            Self::TestName => "test_name".to_owned(),
            Self::TestType => "test_type".to_owned(),
            Self::ResourceType => "resource_type".to_owned(),
            Self::Exposure => "exposure".to_owned(),
            Self::UnitTest => "unit_test".to_owned(),
            Self::Metric => "metric".to_owned(),
            Self::SemanticModel => "semantic_model".to_owned(),
            Self::SavedQuery => "saved_query".to_owned(),
            Self::Version => "version".to_owned(),
            Self::State => "state".to_owned(),
            Self::Result => "result".to_owned(),
            Self::SourceStatus => "source_status".to_owned(),
            Self::Selector => "selector".to_owned(),
            Self::Column => "column".to_owned(),
        }
    }
}
