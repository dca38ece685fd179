//! Warnings and deprecations under dbt's names and codes.
//!
//! They are one diagnostic with a kind, not seventy types: nobody but the place that finds a mistake needs its fields,
//! while `--warn-error-options` needs every name.

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

            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

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
    Advice = "N020",
    SelectExcludeIgnoredWithSelectorWarning = "Z064",
}

impl WarningKind {
    /// Whether the group `Deprecations` holds it. dbt: the codes that begin with `D`.
    pub fn is_deprecation(self) -> bool {
        self.code().starts_with('D')
    }

    /// Whether only the first one is told and the rest are counted, unless `--show-all-deprecations` asks for all.
    pub fn is_counted(self) -> bool {
        use WarningKind as Kind;
        self.is_deprecation()
            && !matches!(
                self,
                Kind::BehaviorChangeEvent
                    | Kind::InternalDeprecation
                    | Kind::TestsConfigDeprecation
                    | Kind::SpacesInResourceNameDeprecation
                    | Kind::DeprecationsSummary
                    | Kind::GetMetaKeyWarning
            )
    }

    /// How its text begins.
    ///
    /// dbt: newer deprecations say their name; older ones, and those of models, do so under the behavior flag
    /// `require_event_names_in_deprecations`.
    pub fn heading(self, names_required: bool) -> Heading {
        use WarningKind as Kind;
        let named_on_request = (self.is_deprecation() && self != Kind::GetMetaKeyWarning)
            || matches!(self, Kind::DeprecatedModel | Kind::DeprecatedReference | Kind::UpcomingReferenceDeprecation);
        match self {
            _ if named_on_request && names_required => Heading::Named,
            Kind::PackageRedirectDeprecation
            | Kind::PackageInstallPathDeprecation
            | Kind::ConfigSourcePathDeprecation
            | Kind::ConfigDataPathDeprecation
            | Kind::AdapterDeprecationWarning
            | Kind::MetricAttributesRenamed
            | Kind::ExposureNameDeprecation
            | Kind::EnvironmentVariableRenamed
            | Kind::ConfigLogPathDeprecation
            | Kind::ConfigTargetPathDeprecation
            | Kind::TestsConfigDeprecation
            | Kind::CollectFreshnessReturnSignature
            | Kind::ProjectFlagsMovedDeprecation => Heading::Deprecated,
            Kind::BehaviorChangeEvent
            | Kind::InternalDeprecation
            | Kind::SpacesInResourceNameDeprecation
            | Kind::ResourceNamesWithSpacesDeprecation
            | Kind::PackageMaterializationOverrideDeprecation
            | Kind::SourceFreshnessProjectHooksNotRun
            | Kind::MFTimespineWithoutYamlConfigurationDeprecation
            | Kind::MFCumulativeTypeParamsDeprecation
            | Kind::MicrobatchMacroOutsideOfBatchesDeprecation
            | Kind::GetMetaKeyWarning => Heading::Plain,
            _ if self.is_deprecation() => Heading::Named,
            _ => Heading::Plain,
        }
    }

    /// Whether it can stop a command also without `require_all_warnings_handled_by_warn_error`.
    ///
    /// dbt: every warning that was told by `warn_or_error`, all but these.
    pub fn always_stoppable(self) -> bool {
        use WarningKind as Kind;
        !matches!(
            self,
            Kind::MicrobatchModelNoEventTimeInputs
                | Kind::SemanticValidationFailure
                | Kind::NoNodesForSelectionCriteria
                | Kind::Advice
                | Kind::SnapshotTimestampWarning
                | Kind::DepsScrubbedPackageName
                | Kind::WrongResourceSchemaFile
        )
    }
}

/// How the text of a warning begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// `[WARNING]: `
    Plain,
    /// `[WARNING]: Deprecated functionality` and an empty line.
    Deprecated,
    /// The same with the event's name in brackets.
    Named,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_their_text_and_headings_follow_the_flag() {
        for kind in WarningKind::ALL {
            assert_eq!(WarningKind::parse(kind.name()), Some(*kind));
        }
        assert_eq!(WarningKind::DuplicateYAMLKeysDeprecation.heading(false), Heading::Named);
        assert_eq!(WarningKind::PackageRedirectDeprecation.heading(false), Heading::Deprecated);
        assert_eq!(WarningKind::PackageRedirectDeprecation.heading(true), Heading::Named);
        assert_eq!(WarningKind::DeprecatedModel.heading(false), Heading::Plain);
        assert_eq!(WarningKind::NothingToDo.heading(true), Heading::Plain);
    }
}
