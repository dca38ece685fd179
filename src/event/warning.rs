//! Warnings and deprecations under dbt's names and codes.
//!
//! They are one event with a kind, not seventy events: nobody but the place that finds a mistake needs its
//! fields, while `--warn-error-options` needs every name.

use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Severity};
use crate::outcome::NodeInfo;

macro_rules! kinds {
    ($($name:ident = $code:literal,)*) => {
        /// Which warning it is; dbt's event names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are dbt's and documented there")]
        pub enum WarningKind { $($name,)* }

        impl WarningKind {
            /// dbt's event name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// dbt's event code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The kind with this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    BehaviorChangeEvent = "D000",
    PackageRedirectDeprecation = "D001",
    PackageInstallPathDeprecation = "D002",
    ConfigSourcePathDeprecation = "D003",
    ConfigDataPathDeprecation = "D004",
    AdapterDeprecationWarning = "D005",
    MetricAttributesRenamed = "D006",
    ExposureNameDeprecation = "D007",
    InternalDeprecation = "D008",
    EnvironmentVariableRenamed = "D009",
    ConfigLogPathDeprecation = "D010",
    ConfigTargetPathDeprecation = "D011",
    TestsConfigDeprecation = "D012",
    CollectFreshnessReturnSignature = "D012",
    ProjectFlagsMovedDeprecation = "D013",
    SpacesInResourceNameDeprecation = "D014",
    ResourceNamesWithSpacesDeprecation = "D015",
    PackageMaterializationOverrideDeprecation = "D016",
    SourceFreshnessProjectHooksNotRun = "D017",
    MFTimespineWithoutYamlConfigurationDeprecation = "D018",
    MFCumulativeTypeParamsDeprecation = "D019",
    MicrobatchMacroOutsideOfBatchesDeprecation = "D020",
    GenericJSONSchemaValidationDeprecation = "D022",
    UnexpectedJinjaBlockDeprecation = "D023",
    DuplicateYAMLKeysDeprecation = "D024",
    CustomTopLevelKeyDeprecation = "D025",
    CustomKeyInConfigDeprecation = "D026",
    CustomKeyInObjectDeprecation = "D027",
    DeprecationsSummary = "D028",
    CustomOutputPathInSourceFreshnessDeprecation = "D029",
    PropertyMovedToConfigDeprecation = "D030",
    WEOIncludeExcludeDeprecation = "D031",
    ModelParamUsageDeprecation = "D032",
    ModulesItertoolsUsageDeprecation = "D034",
    SourceOverrideDeprecation = "D035",
    EnvironmentVariableNamespaceDeprecation = "D036",
    MissingPlusPrefixDeprecation = "D037",
    ArgumentsPropertyInGenericTestDeprecation = "D038",
    MissingArgumentsPropertyInGenericTestDeprecation = "D039",
    DuplicateNameDistinctNodeTypesDeprecation = "D040",
    TimeDimensionsRequireGranularityDeprecation = "D041",
    GetMetaKeyWarning = "D041",
    GenericSemanticLayerDeprecation = "D042",
    GenerateSchemaNameNullValueDeprecation = "D044",
    AdapterEventWarning = "E003",
    CatalogGenerationError = "E040",
    ConstraintNotEnforced = "E048",
    ConstraintNotSupported = "E049",
    InvalidValueForField = "I008",
    ValidationWarning = "I009",
    UnusedResourceConfigPath = "I051",
    SeedIncreased = "I052",
    SeedExceedsLimitSamePath = "I053",
    SeedExceedsLimitAndPathChanged = "I054",
    SeedExceedsLimitChecksumChanged = "I055",
    UnusedTables = "I056",
    WrongResourceSchemaFile = "I057",
    NoNodeForYamlKey = "I058",
    MacroNotFoundForPatch = "I059",
    NodeNotFoundOrDisabled = "I060",
    JinjaLogWarning = "I061",
    DeprecatedModel = "I065",
    UpcomingReferenceDeprecation = "I066",
    DeprecatedReference = "I067",
    UnsupportedConstraintMaterialization = "I068",
    SemanticValidationFailure = "I070",
    UnversionedBreakingChange = "I071",
    WarnStateTargetEqual = "I072",
    FreshnessConfigProblem = "I073",
    MicrobatchModelNoEventTimeInputs = "I074",
    InvalidConcurrentBatchesConfig = "I075",
    InvalidMacroAnnotation = "I076",
    PackageNodeDependsOnRootProjectNode = "I077",
    MFConverterIssue = "I078",
    DepsUnpinned = "M029",
    NoNodesForSelectionCriteria = "M030",
    DepsScrubbedPackageName = "M035",
    NothingToDo = "Q035",
    NoNodesSelected = "Q038",
    SnapshotTimestampWarning = "Q043",
    SelectExcludeIgnoredWithSelectorWarning = "Z064",
}

impl WarningKind {
    /// Whether it tells of something that will go away.
    pub fn is_deprecation(self) -> bool {
        self.code().starts_with('D') && !matches!(self, Self::GetMetaKeyWarning | Self::DeprecationsSummary)
            || matches!(self, Self::DeprecatedModel | Self::DeprecatedReference | Self::UpcomingReferenceDeprecation)
    }
}

/// A warning with what dbt's event of that name carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Which one.
    pub kind: WarningKind,
    /// The text and the places.
    pub diagnostic: Diagnostic,
    /// dbt's own fields of this event.
    pub data: Map<String, Value>,
    /// The node that it concerns.
    pub node: Option<NodeInfo>,
}

impl Warning {
    /// A warning that is only a text.
    pub fn new(kind: WarningKind, message: impl Into<String>) -> Self {
        Self::of(kind, Diagnostic::warning(Class::Compilation, message))
    }

    /// A warning with places and help.
    pub fn of(kind: WarningKind, mut diagnostic: Diagnostic) -> Self {
        diagnostic.severity = Severity::Warning;
        Self { kind, diagnostic, data: Map::new(), node: None }
    }

    /// Adds one of dbt's fields.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// Names the node that it concerns.
    #[must_use]
    pub fn node(mut self, node: NodeInfo) -> Self {
        self.node = Some(node);
        self
    }
}
