//! Names that occur twice, and values that configuration refuses.

use super::project::Project;

#[test]
fn switched_off_files_may_share_a_name() {
    let project = Project::new()
        .file("models/a/m.sql", "{{ config(enabled=false) }} select 1 as id")
        .file("models/b/m.sql", "select 2 as id")
        .file("models/schema.yml", "models: [{name: m, description: the one that counts}]\n");
    project.ok(&["run"]);
    assert_eq!(project.cells("select * from m"), ["2"]);
    let manifest = project.json("target/manifest.json");
    assert_eq!(manifest["nodes"]["model.shop.m"]["description"], "the one that counts");
    assert!(manifest["disabled"]["model.shop.m"].is_array());
    project.write("models/a/m.sql", "select 1 as id");
    project.run(&["parse"]).says(
        2,
        &[
            "dbt found two models with the name \"m\".",
            "when looking for ref(\"m\").",
            "models/a/m.sql",
            "models/b/m.sql",
        ],
    );
}

#[test]
fn what_yaml_defines_twice_is_refused() {
    let project = Project::new().file("models/m.sql", "select 1 as id").file(
        "models/schema.yml",
        "groups: [{name: g, owner: {name: o}}, {name: g, owner: {name: o}}]
sources: [{name: s, tables: [{name: t}, {name: t}]}]
exposures:
  - {name: e, type: dashboard, owner: {name: o}}
  - {name: e, type: dashboard, owner: {name: o}}
models:
  - {name: m, columns: [{name: id, data_tests: [unique, unique]}]}
  - {name: m}
",
    );
    project.run(&["parse"]).says(
        2,
        &[
            "dbt found two groups with the name \"g\".",
            "dbt found two sources with the name \"s_t\".",
            "dbt found two exposures with the name \"e\".",
            "dbt found two data_tests with the name \"unique_m_id\" defined on column \"id\" in \"models.m\".",
            "dbt found two schema.yml entries for the same resource named m.",
        ],
    );
}

#[test]
fn wrong_values_of_configuration_have_a_place() {
    let project = Project::new().file("models/m.sql", "{{ config(enabled='false') }} select 1 as id");
    project.run(&["parse"]).says(2, &["at path ['enabled']: 'false' is not of type 'boolean'", "models/m.sql:1"]);
    project.write("models/m.sql", "select 1 as id");
    let schema = "models: [{name: m, columns: [{name: id, data_tests: [{unique: {config: {severity: bad}}}]}]}]\n";
    project.write("models/schema.yml", schema);
    project.run(&["parse"]).says(2, &["Severity must be either 'warn' or 'error'. Got 'bad'", "models/schema.yml:1"]);
    project.write("models/schema.yml", "models: [{name: m, config: {on_configuration_change: stay}}]\n");
    project.run(&["parse"]).says(
        2,
        &["Field \"on_configuration_change\" of type OnConfigurationChangeOption in ModelConfig has invalid value 'stay'"],
    );
}

#[test]
fn arguments_in_yaml_are_those_of_the_macro() {
    let project = Project::new().file("macros/m.sql", "{% macro m(a, b) %}{% endmacro %}").file(
        "macros/m.yml",
        "macros:
  - name: m
    meta: {x: 1}
    config: {meta: {y: 2}, docs: {show: false}}
    arguments: [{name: a, type: \"list[int]\"}, {name: c, type: number}]
",
    );
    project.ok(&["parse"]).says(
        0,
        &[
            "Argument c in yaml for macro m does not match the jinja definition.",
            "Argument c in the yaml for macro m has an invalid type.",
        ],
    );
    let found = &project.json("target/manifest.json")["macros"]["macro.shop.m"];
    assert_eq!(found["config"]["meta"], serde_json::json!({"x": 1, "y": 2}));
    assert_eq!(found["docs"]["show"], false);
}
