//! What a project sets under `flags:`: defaults for options, and behavior switches.

use serde_json::{Map, Value};

macro_rules! behaviors {
    ($($name:ident = $text:literal $default:literal,)*) => {
        /// A switch between an older and a newer behavior of dbt; the names are dbt's, in other letters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are dbt's and documented there")]
        pub enum Behavior { $($name,)* }

        impl Behavior {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The key in the project file.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What holds where the project says nothing. dbt: the defaults of 1.12.
            pub fn default(self) -> bool {
                match self { $(Self::$name => $default,)* }
            }
        }
    };
}

behaviors! {
    RequireBatchedExecutionForCustomMicrobatchStrategy = "require_batched_execution_for_custom_microbatch_strategy" true,
    RequireEventNamesInDeprecations = "require_event_names_in_deprecations" false,
    RequireExplicitPackageOverridesForBuiltinMaterializations
        = "require_explicit_package_overrides_for_builtin_materializations" true,
    RequireResourceNamesWithoutSpaces = "require_resource_names_without_spaces" true,
    SourceFreshnessRunProjectHooks = "source_freshness_run_project_hooks" true,
    SkipNodesIfOnRunStartFails = "skip_nodes_if_on_run_start_fails" true,
    StateModifiedCompareMoreUnrenderedValues = "state_modified_compare_more_unrendered_values" true,
    StateModifiedCompareVars = "state_modified_compare_vars" false,
    RequireYamlConfigurationForMfTimeSpines = "require_yaml_configuration_for_mf_time_spines" true,
    RequireNestedCumulativeTypeParams = "require_nested_cumulative_type_params" true,
    ValidateMacroArgs = "validate_macro_args" true,
    RequireAllWarningsHandledByWarnError = "require_all_warnings_handled_by_warn_error" true,
    RequireGenericTestArgumentsProperty = "require_generic_test_arguments_property" true,
    RequireUniqueProjectResourceNames = "require_unique_project_resource_names" false,
    RequireRefSearchesNodePackageBeforeRoot = "require_ref_searches_node_package_before_root" false,
    RequireValidSchemaFromGenerateSchemaName = "require_valid_schema_from_generate_schema_name" false,
    AllowJinjaFileExtensions = "allow_jinja_file_extensions" false,
    RequireSqlHeaderInTestConfigs = "require_sql_header_in_test_configs" false,
    SupportCustomRefKwargs = "support_custom_ref_kwargs" false,
    RequireCorrectedAnalysisFqns = "require_corrected_analysis_fqns" false,
    RequireSourceAndSemanticModelNamesWithoutSpaces = "require_source_and_semantic_model_names_without_spaces" false,
    EnableGroupedWarnErrorParserLogs = "enable_grouped_warn_error_parser_logs" false,
    UseCatalogsV2 = "use_catalogs_v2" false,
    LatestVersionPointerEnabledByDefault = "latest_version_pointer_enabled_by_default" false,
    EnableTruthyNullsEqualsMacro = "enable_truthy_nulls_equals_macro" false,
    SnowflakeDefaultTransientDynamicTables = "snowflake_default_transient_dynamic_tables" false,
    SnowflakeManagedIcebergDefault = "snowflake_managed_iceberg_default" false,
}

/// What was chosen, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flags(Map<String, Value>);

impl Flags {
    /// Choices by name; what is not among them is as it is by default.
    pub fn new(chosen: Map<String, Value>) -> Self {
        Self(chosen)
    }

    /// Whether the newer behavior holds.
    pub fn is(&self, behavior: Behavior) -> bool {
        self.0.get(behavior.key()).and_then(truth).unwrap_or_else(|| behavior.default())
    }

    /// A setting by its name; null counts as not given.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

/// What a value means as a choice between two; dbt takes the words too.
pub fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_project_overrides_the_defaults() {
        let given = json!({"validate_macro_args": false, "use_catalogs_v2": "True", "printer_width": null});
        let flags = Flags::new(given.as_object().cloned().unwrap());
        assert!(!flags.is(Behavior::ValidateMacroArgs) && flags.is(Behavior::UseCatalogsV2));
        assert!(flags.is(Behavior::SkipNodesIfOnRunStartFails));
        assert_eq!(flags.get("printer_width"), None);
    }
}
