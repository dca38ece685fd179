//! Jinja in YAML files, and what templates may ask of variables, results and statements.

use serde_json::json;

use crate::project::Project;

#[test]
fn yaml_files_are_rendered_as_models_are() {
    let project = Project::new()
        .setting(
            "target-path: \"target_{{ modules.datetime.date(2024, 1, 2).strftime('%Y%m%d') }}\"\n\
             vars: {shop: {table: \"orders_{{ 1 + 1 }}\"}}\n\
             models:\n  +tags: [\"{{ 'x' if target.name == 'dev' | as_bool else 'y' }}\", \"{{ dbt_version }}\"]",
        )
        .file("models/orders_2.sql", "select 1 as id")
        .file("models/a.sql", "select * from {{ source('raw', 'orders') }} -- {{ var('table') }}")
        .file(
            "models/s.yml",
            "sources:\n- name: raw\n  schema: main\n  tables:\n  - name: orders\n    identifier: \"{{ var('table') }}\"\n\
             models:\n- name: a\n  columns:\n  - name: id\n    data_tests:\n    - unique:\n        config:\n          \
             enabled: \"{{ var('wanted', None) | as_native }}\"\n",
        );
    project.ok(&["run", "--select", "orders_2"]);
    project.ok(&["build", "--select", "a"]);
    assert!(project.read("target_20240102/compiled/shop/models/a.sql").contains("\"orders_2\" -- orders_2"));
    let manifest = project.json("target_20240102/manifest.json");
    assert_eq!(manifest["nodes"]["model.shop.a"]["tags"], serde_json::json!(["x", "1.12.6"]));
    let list = project.ok(&["list", "--resource-type", "test"]);
    assert!(list.stdout.contains("unique_a_id"), "{}", list.stdout);
    let list = project.ok(&["list", "--resource-type", "test", "--vars", "wanted: false"]);
    assert!(!list.stdout.contains("unique_a_id"), "{}", list.stdout);
}

#[test]
fn what_cannot_be_rendered_has_its_place() {
    let project = Project::new().setting("models:\n  +enabled: \"{{ 'maybe' | as_bool }}\"");
    project.run(&["parse"]).says(2, &["Could not convert value 'maybe' into type 'bool'", "project.yml:5:"]);
    let project = Project::new().setting("models:\n  +schema: \"{{ nothing.at_all }}\"");
    project
        .run(&["parse"])
        .says(2, &["Could not render {{ nothing.at_all }}: 'nothing' is undefined", "project.yml:5:"]);
}

#[test]
fn what_nothing_is_named_is_empty_and_told() {
    let project = Project::new()
        .setting("models:\n  +warehouse: \"{{ target.warehouse }}\"\n  +meta: {owner: \"{{ nobody }}\"}")
        .file("models/a.sql", "select 1 as id");
    project.run(&["parse"]).says(0, &["project.yml:5:", "{{ target.warehouse }} is empty", "{{ nobody }} is empty"]);
    let config = project.json("target/manifest.json")["nodes"]["model.shop.a"]["config"].clone();
    assert_eq!((&config["warehouse"], &config["meta"]["owner"]), (&"".into(), &"".into()));
}

#[test]
fn secrets_among_variables_are_not_shown() {
    let project = Project::new().file("models/a.sql", "select '{{ var('missing') }}' as x");
    let out = project.run(&["run", "--vars", "{DBT_ENV_SECRET_key: hunter2, other: b}"]);
    out.says(1, &["Vars supplied to a = {", "\"DBT_ENV_SECRET_key\": \"*****\"", "\"other\": \"b\""]);
    assert!(!out.text.contains("hunter2"), "{}", out.text);
}

#[test]
fn results_are_read_as_dbt_gives_them() {
    let project = Project::new()
        .setting("on-run-end: [\"{% for result in results %}{{ log(tojson(result.to_dict()['status']), info=true) }}{% endfor %}\"]")
        .file("models/a.sql", "select 1 as id")
        .file(
            "macros/m.sql",
            "{% macro nested() %}{{ log(run_query('select [1, 2] as l, {a: [1]} as s').rows[0].values(), info=true) }}{% endmacro %}\n\
             {% macro twice() %}{% call statement('s', fetch_result=true) %}select 1{% endcall %}\
             {% do load_result('s') %}{% do load_result('s') %}{% endmacro %}\n\
             {% macro yaml() %}{{ log(toyaml({'a': adapter}, 'none') ~ diff_of_two_dicts({'a': ['X', 'y']}, {'A': ['x']}), info=true) }}{% endmacro %}",
        );
    project.ok(&["run"]).says(0, &["\"success\""]);
    project.run(&["run-operation", "nested"]).says(0, &["('[1, 2]', '{\"a\": [1]}')"]);
    project.run(&["run-operation", "twice"]).says(1, &["'s' has already been loaded into a variable"]);
    project.run(&["run-operation", "yaml"]).says(0, &["none{'a': ['y']}"]);
}

#[test]
fn phases_of_results_have_moments_that_are_texts_in_their_dictionary() {
    let show = "{% macro show(results) %}{% for phase in results[0].timing if execute %}{{ log(phase.name ~ ' '\
         ~ (phase.started_at.isoformat() ~ 'Z' == phase.to_dict()['started_at']) ~ ' '\
         ~ ((phase.completed_at - phase['started_at']).total_seconds() >= 0) ~ ' '\
         ~ (phase.started_at | string | length), info=true) }}{% endfor %}{% endmacro %}";
    Project::new()
        .setting("on-run-end: [\"{{ show(results) }}\"]")
        .file("models/a.sql", "select 1 as id")
        .file("macros/m.sql", show)
        .ok(&["run"])
        .says(0, &["compile True True 26", "execute True True 26"]);
}

#[test]
fn the_catalog_asks_for_relations() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "macros/m.sql",
        "{% macro get_catalog_relations(information_schema, relations) %}\
         {{ exceptions.raise_compiler_error('no catalog of ' ~ relations | length) }}{% endmacro %}",
    );
    let out = project.run(&["docs", "generate"]);
    assert!(out.text.contains("no catalog of 1"), "{}", out.text);
}

#[test]
fn a_snapshot_warns_when_its_times_have_another_type() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id, '2024-01-01'::timestamptz as moved")
        .file("snapshots/s.sql", "{% snapshot s %}{{ config(strategy='shop.own', unique_key='id', updated_at='moved') }}select * from {{ ref('a') }}{% endsnapshot %}")
        .file("macros/m.sql", "{% macro snapshot_own_strategy(node, old, new, config, exists) %}{{ return(snapshot_timestamp_strategy(node, old, new, config, exists)) }}{% endmacro %}");
    project
        .ok(&["build"])
        .says(0, &["(TIMESTAMP) doesn't match derived column 'updated_at' (TIMESTAMP WITH TIME ZONE)"]);
}

#[test]
fn a_header_that_a_template_sets_stands_before_shown_queries() {
    let project = Project::new().file(
        "models/a.sql",
        "{% call set_sql_header(config) %}with numbers as (select 41 + 1 as n){% endcall %}select n from numbers",
    );
    project.run(&["show", "--select", "a"]).says(0, &["| 42 |"]);
}

#[test]
fn a_variable_that_a_naming_macro_needs_stops_the_parsing() {
    let project = Project::new()
        .file("macros/names.sql", "{% macro generate_schema_name(name, node) %}{{ var('team') }}_x{% endmacro %}")
        .file("models/a.sql", "select 1 as id");
    project.run(&["compile"]).says(2, &["Required var 'team' not found in config", "macros/names.sql:1"]);
    project.ok(&["build", "--vars", "{team: red}"]);
}

#[test]
fn arguments_of_tests_refer_to_the_same_whether_read_or_rendered() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id, 'x' as kind")
        .file("models/b.sql", "select id as a_id from {{ ref('a') }}")
        .file(
            "models/s.yml",
            "sources: [{name: raw, schema: main, tables: [{name: a}]}]\n\
             models:\n  - name: b\n    columns:\n      - name: a_id\n        data_tests:\n          \
             - relationships: {name: read, arguments: {to: ref('a'), field: id}}\n          \
             - relationships: {name: read_source, arguments: {to: \"source('raw', 'a')\", field: id}}\n          \
             - relationships: {name: read_package, arguments: {to: ' ref(\"shop\", \"a\")', field: id}}\n          \
             - relationships: {name: rendered, arguments: {to: ref('a' ~ ''), field: id}}\n          \
             - relationships: {name: braced, arguments: {to: \"{{ ref('a') }}\", field: id}}\n  \
             - name: a\n    columns:\n      - name: kind\n        data_tests:\n          \
             - accepted_values: {name: values, arguments: {values: [x, \"{{ 'y' }}\"]}}\n",
        );
    // A test of the source does not wait for the model that is its table.
    project.ok(&["run"]);
    project.ok(&["build"]).says(0, &["PASS=8"]);
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let node = |name: &str| {
        let nodes = manifest["nodes"].as_object().unwrap().values();
        nodes.into_iter().find(|node| node["name"] == name).unwrap().clone()
    };
    let read = node("read");
    assert_eq!(read["refs"].as_array().unwrap().iter().map(|call| &call["name"]).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(read["depends_on"]["macros"], json!(["macro.dbt.test_relationships", "macro.dbt.get_where_subquery"]));
    for name in ["rendered", "braced"] {
        assert_eq!(node(name)["refs"], read["refs"], "{name}");
        assert_eq!(node(name)["depends_on"], read["depends_on"], "{name}");
    }
    assert_eq!(node("read_source")["sources"], json!([["raw", "a"]]));
    assert_eq!(node("read_package")["refs"][0], json!({"name": "a", "package": "shop", "version": null}));
    assert_eq!(node("values")["depends_on"]["nodes"], json!(["model.shop.a"]));
}

#[test]
fn descriptions_of_one_block_are_its_text() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/d.md", "{% docs id %}\nThe  key.\n{% enddocs %}")
        .file(
            "models/s.yml",
            "models:\n  - name: a\n    description: \"{{ doc('id') }} \"\n    columns:\n      \
             - {name: id, description: '{{doc( \"id\" )}}'}\n      - {name: other, description: \"{{ doc('shop', 'id') }}\"}\n",
        );
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let model = &manifest["nodes"]["model.shop.a"];
    assert_eq!(model["description"], "The  key. ");
    for name in ["id", "other"] {
        assert_eq!(model["columns"][name]["description"], "The  key.", "{name}");
    }
    assert_eq!(model["doc_blocks"], json!(["doc.shop.id"]));
    assert_eq!(model["columns"]["id"]["doc_blocks"], json!(["doc.shop.id"]));
    let wrong = "models: [{name: a, description: \"{{ doc('ids') }}\"}]";
    project
        .file("models/s.yml", wrong)
        .run(&["parse"])
        .says(2, &["Documentation for 'ids' not found", "models/s.yml:1", "`id`"]);
}

#[test]
fn columns_and_constraints_are_rendered() {
    let project = Project::new().file("models/a.sql", "select 1 as id, 2 as other").file(
        "models/a.yml",
        "models:\n  - name: a\n    config: {contract: {enforced: true}, materialized: table}\n    columns:\n      \
         - name: id\n        data_type: \"{{ 'integer' if target.type == 'duckdb' else 'number' }}\"\n        \
         description: \"{{ 1 }}\"\n        \
         constraints: [{type: check, expression: \"id > {{ var('floor', 0) }}\"}]\n        \
         data_tests: [not_null: {column_name: other}]\n      \
         - name: other\n        data_type: |\n          integer\n    description: x\n",
    );
    project.ok(&["build"]);
    let column = project.json("target/manifest.json")["nodes"]["model.shop.a"]["columns"]["id"].clone();
    assert_eq!(column["data_type"], "integer");
    assert_eq!(column["constraints"][0]["expression"], "id > 0");
    let manifest = project.json("target/manifest.json");
    assert_eq!(manifest["nodes"]["model.shop.a"]["columns"]["other"]["data_type"], "integer");
    let tests = manifest["nodes"].as_object().unwrap().values().filter(|node| node["resource_type"] == "test");
    assert_eq!(tests.map(|node| node["name"].clone()).collect::<Vec<_>>(), ["not_null_a_id"]);
}
