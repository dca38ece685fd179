//! Warnings: their names, what turns them into errors or silences them, and where the choice comes from.

use serde_json::Value;

use crate::project::Project;

const UNUSED: &str = "models:\n  - name: missing\n    description: no file\n  - name: missing_too\n";

fn unused() -> Project {
    Project::new().file("models/a.sql", "select 1 as id").file("models/schema.yml", UNUSED)
}

fn events(project: &Project, path: &str) -> Vec<Value> {
    project.read(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["info"]["name"].as_str()).collect()
}

#[test]
fn a_warning_has_dbts_name_and_can_be_an_error_or_silent() {
    let project = unused();
    let output = project.run(&["--log-format-file", "json", "parse"]);
    assert_eq!(output.code, Some(0), "{}", output.text);
    let told = events(&project, "logs/netflix.log");
    let warning = told.iter().find(|event| event["info"]["name"] == "NoNodeForYamlKey").unwrap();
    assert_eq!(warning["info"]["code"], "I058");
    assert_eq!(warning["info"]["level"], "warn");
    assert_eq!(warning["data"]["patch_name"], "missing");

    let stopped = project.run(&["--warn-error", "parse"]);
    assert_eq!(stopped.code, Some(2));
    assert!(stopped.text.contains("'missing' in the 'models'"), "{}", stopped.text);
    assert!(!stopped.text.contains("missing_too"), "only the first: {}", stopped.text);

    let silent = project.run(&["parse", "--warn-error-options", "{silence: [NoNodeForYamlKey]}"]);
    assert!(silent.code == Some(0) && !silent.text.contains("missing"), "{}", silent.text);
    let named = project.run(&["parse", "--warn-error-options", "{error: [NoNodeForYamlKey]}"]);
    assert_eq!(named.code, Some(2));
    let excepted = project.run(&["parse", "--warn-error-options", "{error: all, warn: [NoNodeForYamlKey]}"]);
    assert_eq!(excepted.code, Some(0), "{}", excepted.text);
}

#[test]
fn the_project_chooses_and_the_environment_and_the_command_line_choose_again() {
    let project = unused().setting("flags:\n  warn_error_options: {error: [NoNodeForYamlKey]}");
    assert_eq!(project.run(&["parse"]).code, Some(2));
    let nothing = "{silence: [NothingToDo]}";
    assert_eq!(project.run_with(&["parse"], &[("DBT_WARN_ERROR_OPTIONS", nothing)]).code, Some(0));
    assert_eq!(project.run_with(&["parse"], &[("DBT_ENGINE_WARN_ERROR_OPTIONS", nothing)]).code, Some(0));
    assert_eq!(project.run(&["parse", "--warn-error-options", nothing]).code, Some(0));
    let both = project.run(&["parse", "--warn-error"]);
    assert!(both.text.contains("warn_error_options: not allowed with argument warn_error"), "{}", both.text);

    let project = unused().setting("flags: {warn_error: true, enable_grouped_warn_error_parser_logs: true}");
    let grouped = project.run(&["parse"]);
    assert!(grouped.code == Some(2) && grouped.text.contains("missing_too"), "{}", grouped.text);
    assert_eq!(project.run_with(&["parse"], &[("DBT_WARN_ERROR", "0")]).code, Some(0));
}

#[test]
fn mistakes_in_the_options_are_named() {
    let project = unused();
    for (options, expected) in [
        ("{include: all, error: all}", "Only `include` or `error` can be specified"),
        ("{error: all, exclude: [NothingToDo], warn: [NothingToDo]}", "Only `exclude` or `warn` can be specified"),
        ("{silence: [TotallyBogusName]}", "TotallyBogusName is not a valid dbt error name"),
        ("{silence: [NoNodeForYamlKeys]}", "did you mean `NoNodeForYamlKey`?"),
    ] {
        let output = project.run(&["parse", "--warn-error-options", options]);
        assert!(output.code == Some(1) && output.text.contains(expected), "{options}: {}", output.text);
    }
    let unread = project.run(&["parse", "--warn-error-options", "{error: [NothingToDo"]);
    assert!(unread.code == Some(2) && unread.text.contains("Syntax error"), "{}", unread.text);
    let foreign = project.run(&["parse", "--warn-error-options", "{error: [StaticAnalysis]}"]);
    assert!(foreign.code == Some(0) && foreign.text.contains("StaticAnalysis is not being used"), "{}", foreign.text);
}

#[test]
fn a_deprecation_is_told_once_and_summed_up() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    let variables = [("DBT_ENGINE_MINE", "1"), ("DBT_ENGINE_OTHER", "1")];
    let output = project.run_with(&["parse"], &variables);
    assert_eq!(output.code, Some(0), "{}", output.text);
    assert!(output.text.contains("[WARNING][EnvironmentVariableNamespaceDeprecation]"), "{}", output.text);
    assert!(output.text.contains("DBT_ENGINE_MINE") && !output.text.contains("`DBT_ENGINE_OTHER`"), "{}", output.text);
    assert!(output.text.contains("- EnvironmentVariableNamespaceDeprecation: 2 occurrences"), "{}", output.text);
    let all = project.run_with(&["parse", "--show-all-deprecations"], &variables);
    assert!(all.text.contains("`DBT_ENGINE_OTHER`"), "{}", all.text);
    let stopped = project.run_with(&["parse", "--warn-error-options", "{error: [Deprecations]}"], &variables);
    assert_eq!(stopped.code, Some(2));
    let old = project.run_with(&["--log-format", "json", "parse"], &[("DBT_NO_PRINT", "1")]);
    assert!(old.stdout.contains("`DBT_NO_PRINT` has been renamed as `DBT_ENGINE_PRINT`"), "{}", old.stdout);
    let told: Vec<Value> = old.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(names(&told).contains(&"EnvironmentVariableRenamed") && names(&told).contains(&"DeprecationsSummary"));
}

#[test]
fn older_forms_are_accepted_with_dbts_warnings() {
    let yaml = "\
models:
  - name: b
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - accepted_values: {values: [1], where: 1 = 1}
          - not_null
exposures:
  - name: my board
    type: dashboard
    owner: {name: me}
";
    let project = Project::new()
        .setting("data-paths: [data]\ntarget-path: target2\nseeds: {shop: {nothing: {+enabled: true}}}")
        .file("models/a.sql", "select 1 as id")
        .file("models/schema.yml", yaml);
    let output = project.run(&["--log-format", "json", "parse"]);
    assert_eq!(output.code, Some(0), "{}", output.text);
    let told: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (name, text) in [
        ("DuplicateYAMLKeysDeprecation", "Duplicate key 'models' in \"<unicode string>\", line 3, column 1 in file"),
        ("ConfigDataPathDeprecation", "The `data-paths` config has been renamed to `seed-paths`"),
        ("ConfigTargetPathDeprecation", "The `target-path` config in `dbt_project.yml` has been deprecated"),
        ("ExposureNameDeprecation", "my board does not follow this pattern"),
        ("PropertyMovedToConfigDeprecation", "Found `where` as a top-level property"),
        ("MissingArgumentsPropertyInGenericTestDeprecation", "Found top-level arguments to test `accepted_values`"),
        ("UnusedResourceConfigPath", "- seeds.shop.nothing"),
    ] {
        let event = told.iter().find(|event| event["info"]["name"] == name).unwrap_or_else(|| panic!("{name}"));
        assert!(event["info"]["msg"].as_str().unwrap().contains(text), "{event}");
    }
    let summary = told.iter().find(|event| event["info"]["name"] == "DeprecationsSummary").unwrap();
    assert_eq!(summary["data"]["summaries"].as_array().unwrap().len(), 6);
    // Advice of our own stops nothing, and dbt's warnings do.
    assert_eq!(project.run(&["parse", "--warn-error-options", "{error: [UnusedResourceConfigPath]}"]).code, Some(2));

    let project = Project::new().file("models/two words.sql", "select 1 as id");
    let refused = project.run(&["parse"]);
    assert!(
        refused.code == Some(2) && refused.text.contains("Resource names cannot contain spaces"),
        "{}",
        refused.text
    );
    let project = project.setting("flags: {require_resource_names_without_spaces: false}");
    let warned = project.run(&["parse"]);
    assert!(warned.code == Some(0) && warned.text.contains("Spaces found in 1 resource name(s)"), "{}", warned.text);
}

#[test]
fn a_templates_warning_fails_its_node_where_warnings_are_errors() {
    let model = "{% if execute %}{% do exceptions.warn('take care') %}{% endif %} select 1 as id";
    let project = Project::new().file("models/a.sql", model).file("models/b.sql", "select 1 as id");
    project.ok(&["run"]);
    project.run(&["--warn-error", "run"]).says(1, &["take care", "PASS=1 WARN=0 ERROR=1"]);
    // dbt: while parsing, a template warns as well, and nothing is run then.
    project.write("models/a.sql", "{% do exceptions.warn('take care') %} select 1 as id");
    assert_eq!(project.ok(&["run"]).text.matches("take care").count(), 2);
    project.run(&["--warn-error", "run"]).says(2, &["take care"]).hides(&["PASS=1"]);
}

#[test]
fn tests_of_what_is_missing_and_unused_headers_are_told_by_name() {
    let schema = "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - relationships: {arguments: {to: ref('gone'), field: id}}\n          - not_null: {config: {sql_header: '-- x'}}\n";
    let project = Project::new().file("models/a.sql", "select 1 as id").file("models/schema.yml", schema);
    project.ok(&["--log-format-file", "json", "parse"]);
    let told = events(&project, "logs/netflix.log");
    let told = names(&told);
    assert!(told.contains(&"NodeNotFoundOrDisabled") && told.contains(&"CustomKeyInConfigDeprecation"), "{told:?}");
    project.write("models/schema.yml", "models:\n  - name: a\n    tests: [x]\n    data_tests: [y]\n");
    project.run(&["parse"]).says(2, &["Invalid test config: cannot have both 'tests' and 'data_tests' defined"]);
    let project = Project::new().setting("tests: {+tags: [a]}\ndata_tests: {+tags: [b]}");
    project.run(&["parse"]).says(2, &["Invalid project config: cannot have both 'tests' and 'data_tests' defined"]);
}

#[test]
fn nothing_is_asked_while_compiling_without_introspection() {
    let project = Project::new().file("models/a.sql", "select {{ run_query('select 41 + 1').columns[0][0] }} as id");
    project.ok(&["compile"]);
    project.run(&["compile", "--no-introspect"]).says(2, &["connection never acquired for thread"]);
}
