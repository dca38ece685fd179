//! What the manifest says of a project, where dbt says it in a way of its own.

use serde_json::{Value, json};

use crate::project::Project;

fn parsed(project: &Project) -> Value {
    project.ok(&["parse"]);
    project.json("target/manifest.json")
}

fn with_package(project: Project) -> Project {
    project
        .file("packages.yml", "packages:\n  - local: dbt_packages/util\n")
        .file("dbt_packages/util/dbt_project.yml", "name: util\nversion: \"1.0\"\non-run-end: [\"select 1\"]\n")
}

#[test]
fn hooks_of_the_run_are_told_of_the_project_file() {
    let project = with_package(Project::new()).setting("on-run-end: [\"select 1\", \"select 2\"]");
    let manifest = parsed(&project);
    for (package, count) in [("shop", 2), ("util", 1)] {
        for index in 0..count {
            let node = &manifest["nodes"][format!("operation.{package}.{package}-on-run-end-{index}")];
            assert_eq!(node["original_file_path"], "./dbt_project.yml", "{package}");
            assert_eq!((&node["tags"], &node["config"]["tags"]), (&json!(["on-run-end"]), &json!([])));
            assert_eq!(node["unrendered_config"], json!({}));
            // Of the file, and not of the hook: all hooks of one project have the same.
            let first = &manifest["nodes"][format!("operation.{package}.{package}-on-run-end-0")];
            assert_eq!(node["checksum"], first["checksum"]);
        }
    }
    let checksum =
        |package: &str| manifest["nodes"][format!("operation.{package}.{package}-on-run-end-0")]["checksum"].clone();
    assert_ne!(checksum("shop"), checksum("util"));
}

#[test]
fn literal_configuration_is_kept_as_values_and_other_as_it_is_written() {
    let project = Project::new()
        .file("models/a.sql", r"{{ config(bind=False, tags=['x'], meta={'at': '\d'}) }} select 1 as id")
        .file("models/b.sql", r"{{ config(bind=False, tags=['x'], meta={'at': '\d'}) }} select 1 as id -- {{ this }}");
    let manifest = parsed(&project);
    let of = |name: &str, key: &str| manifest["nodes"][format!("model.shop.{name}")][key].clone();
    assert_eq!(of("a", "unrendered_config"), json!({"bind": false, "tags": ["x"], "meta": {"at": "\\d"}}));
    assert_eq!(of("b", "unrendered_config")["bind"], "False");
    assert_eq!(of("a", "config")["tags"], json!(["x"]));
    assert_eq!(of("a", "tags"), json!(["x"]));

    project.write("macros/m.sql", "{% macro config() %}{{ return(builtins.config(**kwargs)) }}{% endmacro %}");
    assert_eq!(parsed(&project)["nodes"]["model.shop.a"]["unrendered_config"]["bind"], "False");
}

#[test]
fn macros_depend_on_whatever_their_text_may_call() {
    let project = with_package(Project::new())
        .file("dbt_packages/util/macros/u.sql", "{% macro mine() %}{% endmacro %}{% macro hello() %}{% endmacro %}")
        .file(
            "macros/m.sql",
            "{% macro a(at) %}{{ at.hello() }}{{ mine() }}{% endmacro %}\n\
             {% macro b() %}{{ adapter.dispatch('hello', 'shop')() }}{{ b() }}{{ shop.b() }}{% endmacro %}\n\
             {% macro default__hello() %}{% endmacro %}\n\
             {% macro c() %}{{ adapter.dispatch(macro_namespace='shop', macro_name='hello')() }}{% endmacro %}\n\
             {% materialization kept, default %}{{ return({'relations': []}) }}{% endmaterialization %}\n",
        );
    let manifest = parsed(&project);
    let of = |name: &str| manifest["macros"][format!("macro.shop.{name}")]["depends_on"]["macros"].clone();
    assert_eq!(of("a"), json!(["macro.util.hello", "macro.util.mine"]));
    assert_eq!(of("b"), json!(["macro.util.hello", "macro.shop.default__hello", "macro.shop.b"]));
    assert_eq!(of("c"), json!(["macro.util.hello", "macro.shop.default__hello"]));
    assert_eq!(
        manifest["macros"]["macro.shop.materialization_kept_default"]["arguments"],
        json!([{"name": "supported_languages", "type": null, "description": ""}])
    );
}

#[test]
fn a_node_depends_on_the_macros_that_its_own_template_calls_in_their_order() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro inner() %}1{% endmacro %}\n{% macro outer() %}{{ inner() }}{% endmacro %}\n\
                               {% macro __hidden() %}{{ inner() }}{% endmacro %}\n{% macro asks() %}{{ shop.__hidden() }}{% endmacro %}")
        .file("models/a.sql", "select 1 as id")
        .file(
            "models/b.sql",
            "{% set columns = adapter.get_columns_in_relation(ref('a')) %}\
             select {{ outer() }} as a, {{ dbt.type_string() | length }} as b, {{ inner() }} as c -- {{ columns | length }}",
        );
    project.ok(&["run"]);
    let manifest = project.json("target/manifest.json");
    let depends_on = &manifest["nodes"]["model.shop.b"]["depends_on"]["macros"];
    assert_eq!(depends_on, &json!(["macro.shop.outer", "macro.dbt.type_string", "macro.shop.inner"]));
    assert_eq!(manifest["macros"]["macro.shop.asks"]["depends_on"]["macros"], json!(["macro.shop.__hidden"]));
}

#[test]
fn descriptions_are_rendered_of_what_is_switched_on_and_the_projects_blocks_come_first() {
    let described = "sources:\n\
        - name: raw\n  description: \"{{ doc('nowhere') }}\"\n  config: {enabled: false}\n\
        \x20 tables: [{name: t, columns: [{name: id, description: \"{{ doc('nowhere') }}\"}]}]\n\
        models:\n\
        - {name: u, description: \"{{ doc('x') }} {{ doc('y') }}\", columns: [{name: id, description: \"{{ doc('nowhere') }}\"}, {name: id, description: \"{{ doc('util', 'x') }}\"}]}\n\
        - {name: idle, description: \"{{ doc('nowhere') }}\", columns: [{name: id, description: \"{{ doc('x') }}\"}]}\n";
    let project = with_package(Project::new())
        .file("dbt_packages/util/models/u.sql", "select 1 as id")
        .file("dbt_packages/util/models/idle.sql", "{{ config(enabled=false) }} select 1 as id")
        .file("dbt_packages/util/models/u.yml", described)
        .file("dbt_packages/util/models/u.md", "{% docs x %}x of util{% enddocs %}{% docs y %}y of util{% enddocs %}")
        .file("models/a.md", "{% docs x %}x of shop{% enddocs %}")
        .file("macros/m.sql", "{% macro m() %}{% endmacro %}")
        .file("macros/m.yml", "macros: [{name: m, description: \"{% raw %}{{ m() }}{% endraw %}{# no #}\"}]\n");
    let manifest = parsed(&project);
    assert_eq!(manifest["macros"]["macro.shop.m"]["description"], "{{ m() }}");
    let node = &manifest["nodes"]["model.util.u"];
    assert_eq!(node["description"], "x of shop y of util");
    assert_eq!(node["doc_blocks"], json!(["doc.shop.x", "doc.util.y"]));
    assert_eq!(node["columns"]["id"]["description"], "x of util");
    let idle = &manifest["disabled"]["model.util.idle"][0];
    assert_eq!((&idle["description"], &idle["doc_blocks"]), (&json!("{{ doc('nowhere') }}"), &json!([])));
    assert_eq!(idle["columns"]["id"]["description"], "{{ doc('x') }}");
    let source = &manifest["disabled"]["source.util.raw.t"][0];
    assert_eq!(source["source_description"], "{{ doc('nowhere') }}");
    assert_eq!(source["columns"]["id"]["description"], "{{ doc('nowhere') }}");
}

#[test]
fn the_project_has_the_last_word_on_the_nodes_of_packages() {
    let project = with_package(Project::new())
        .setting("models:\n  util:\n    +materialized: view\n    +tags: [of_shop]\n    idle: {+enabled: false}")
        .file("dbt_packages/util/models/u.sql", "{{ config(materialized='table', tags=['own']) }} select 1 as id")
        .file("dbt_packages/util/models/v.sql", "select 1 as id")
        .file("dbt_packages/util/models/idle/w.sql", "{{ config(enabled=true) }} select 1 as id")
        .file("dbt_packages/util/models/u.yml", "models: [{name: v, config: {materialized: table, enabled: true}}]\n")
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id");
    let manifest = parsed(&project);
    let of = |id: &str| manifest["nodes"][id]["config"]["materialized"].clone();
    assert_eq!((of("model.util.u"), of("model.util.v")), (json!("view"), json!("view")));
    assert_eq!(manifest["nodes"]["model.util.u"]["tags"], json!(["own", "of_shop"]));
    assert_eq!(of("model.shop.a"), json!("table"));
    assert_eq!(manifest["disabled"]["model.util.w"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_test_is_placed_by_the_folders_of_its_file_below_the_first() {
    let project = Project::new()
        .setting("model-paths: [code/models]")
        .file("code/models/deep/a.sql", "select 1 as id")
        .file("code/models/deep/a.yml", "models: [{name: a, columns: [{name: id, data_tests: ['unique:']}]}]\n");
    let manifest = parsed(&project);
    let nodes = manifest["nodes"].as_object().unwrap();
    let test = nodes.values().find(|node| node["resource_type"] == "test").unwrap();
    assert_eq!(test["fqn"], json!(["shop", "models", "deep", "unique_a_id"]));
    assert_eq!(nodes["model.shop.a"]["fqn"], json!(["shop", "deep", "a"]));
}

#[test]
fn a_call_that_is_not_written_close_is_told_as_it_was_evaluated() {
    let project = Project::new()
        .file("models/a.sql", "{{ config (tags=['x'], bind=var('b', false)) }} select 1 as id")
        .file("models/b.sql", "{{ config(tags=['x'], bind=var('b', false)) }} select 1 as id");
    let manifest = parsed(&project);
    let of = |id: &str| manifest["nodes"][id]["unrendered_config"].clone();
    assert_eq!(of("model.shop.a"), json!({"tags": ["x"], "bind": false}));
    assert_ne!(of("model.shop.b")["tags"], json!(["x"]));
}

#[test]
fn hooks_of_the_run_are_configured_as_models() {
    let project = Project::new()
        .setting("on-run-start: [\"select 1\"]\nmodels:\n  +meta: {of: all}\n  shop:\n    hooks: {+group: g}");
    let manifest = parsed(&project.file("models/g.yml", "groups: [{name: g, owner: {name: x}}]"));
    let node = &manifest["nodes"]["operation.shop.shop-on-run-start-0"];
    assert_eq!((&node["config"]["meta"], &node["config"]["group"]), (&json!({"of": "all"}), &json!("g")));
}

#[test]
fn what_a_package_describes_and_has_switched_off_may_be_the_projects() {
    let project = with_package(Project::new())
        .file("dbt_packages/util/seeds/s.csv", "id\n1\n")
        .file("dbt_packages/util/seeds/s.yml", "seeds:\n  - name: s\n    description: Of util.\n")
        .file("seeds/s.csv", "id\n2\n")
        .setting("seeds:\n  util: {+enabled: false}");
    let manifest = parsed(&project);
    assert_eq!(manifest["nodes"]["seed.shop.s"]["description"], "Of util.");
    assert_eq!(manifest["nodes"]["seed.shop.s"]["patch_path"], "util://seeds/s.yml");
    assert_eq!(manifest["disabled"]["seed.util.s"][0]["description"], "");
}

#[test]
fn tests_depend_on_the_macros_in_their_arguments_and_on_the_test_that_their_package_sees() {
    let project = with_package(Project::new())
        .file("dbt_packages/util/macros/u.sql", "{% test near(model, to) %}select 1 where {{ to }}{% endtest %}")
        .file("macros/m.sql", "{% macro never() %}1 = 2{% endmacro %}")
        .file("tests/generic/near.sql", "{% test near(model, to) %}select 1 where false{% endtest %}")
        .file("models/a.sql", "select 1 as id")
        .file(
            "models/a.yml",
            "models:\n  - name: a\n    data_tests:\n      - util.near: {arguments: {to: \"{{ never() }}\"}}\n",
        );
    project.ok(&["build"]);
    let manifest = project.json("target/manifest.json");
    let nodes = manifest["nodes"].as_object().unwrap();
    let test = nodes.values().find(|node| node["resource_type"] == "test").unwrap();
    let macros: Vec<&str> = test["depends_on"]["macros"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for id in ["macro.shop.never", "macro.shop.test_near", "macro.util.test_near", "macro.dbt.get_where_subquery"] {
        assert!(macros.contains(&id), "{id}: {macros:?}");
    }
    assert_eq!(manifest["macros"]["macro.shop.test_near"]["arguments"], json!([]));
    assert_eq!(manifest["macros"]["macro.util.test_near"]["arguments"][1]["name"], "to");
}

#[test]
fn a_macro_may_switch_a_model_on_again() {
    let project = Project::new()
        .setting("models:\n  shop:\n    idle: {+enabled: false}")
        .file("macros/m.sql", "{% macro configured() %}{{ config(enabled=true) }}{% endmacro %}")
        .file("models/idle/a.sql", "{{ configured() }} select 1 as id")
        .file("models/idle/b.sql", "select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('a') }}");
    let manifest = parsed(&project);
    assert_eq!(manifest["nodes"]["model.shop.c"]["depends_on"]["nodes"], json!(["model.shop.a"]));
    assert_eq!(manifest["disabled"]["model.shop.b"][0]["refs"][0]["name"], "a");
}

#[test]
fn tags_are_kept_as_often_as_they_are_given_and_count_once() {
    let project = Project::new()
        .setting("models: {+tags: [x]}\nanalyses: {+meta: {no: 1}}")
        .file("models/a.sql", "{{ config(tags=['y', 'x']) }} select 1 as id")
        .file("models/b.sql", "{{ config(enabled=false) }} select 1 as id")
        .file("models/s.yml", "models:\n  - name: b\n    columns: [{name: id, data_tests: [not_null]}]\n")
        .file("analyses/c.sql", "select 1");
    let manifest = parsed(&project);
    assert_eq!(manifest["nodes"]["model.shop.a"]["config"]["tags"], json!(["x", "y", "x"]));
    assert_eq!(manifest["nodes"]["model.shop.a"]["tags"], json!(["x", "y"]));
    assert_eq!(manifest["nodes"]["analysis.shop.c"]["tags"], json!(["x"]));
    assert_eq!(manifest["nodes"]["analysis.shop.c"]["config"]["meta"], json!({}));
}

#[test]
fn what_a_template_gives_stands_in_the_manifest() {
    let project = Project::new()
        .file(
            "models/a.yml",
            "models:\n  - name: a\n    description: \"Of {{ var('who', 'all') }}{{ nobody }} in {{ target.name }} of {{ project_name }}.\"\n    \
             columns:\n      - {name: id, owner: \"{{ target.name }}\", data_type: int}\n\
             sources:\n  - name: \"{{ target.name }}_x\"\n    schema: main\n    tables:\n      - name: t\n        \
             external: {location: \"{{ target.name }}/t\", partitions: [{name: p, data_type: date}], more: 1}\n        \
             columns: [{name: id, data_tests: [not_null]}]\n\
             tests:\n  - {name: nothing, sql: \"select * from {{ ref('a') }}\"}\n",
        )
        .file("models/a.sql", "{{ config(enabled=var('on', true) | as_bool) }} select 1 as id")
        .file("selectors.yml", "selectors:\n  - name: s\n    description: >\n      Long.\n    definition: a\n");
    project.run(&["parse"]).says(0, &["unknown key `tests`", "did you mean `data_tests`"]);
    let manifest = project.json("target/manifest.json");
    let model = &manifest["nodes"]["model.shop.a"];
    assert_eq!(model["description"], "Of all in dev of shop.");
    assert_eq!(model["columns"]["id"]["owner"], "dev");
    let call = "Call(node=Name(name='var', ctx='load'), args=[Const(value='on'), Const(value=True)], kwargs=[], \
                dyn_args=None, dyn_kwargs=None)";
    let filter = format!("Filter(node={call}, name='as_bool', args=[], kwargs=[], dyn_args=None, dyn_kwargs=None)");
    assert_eq!(model["unrendered_config"]["enabled"], filter);
    assert_eq!(
        manifest["sources"]["source.shop.dev_x.t"]["external"],
        json!({"location": "dev/t", "file_format": null, "row_format": null, "tbl_properties": null, "more": 1,
            "partitions": [{"name": "p", "description": "", "data_type": "date", "meta": {}}]})
    );
    assert!(manifest["nodes"].as_object().unwrap().keys().any(|id| id.contains("source_not_null_dev_x_t_id")));
    assert_eq!(manifest["selectors"]["s"]["description"], "Long.");
}

#[test]
fn macros_in_arguments_of_a_test_count_before_it_runs_only_where_the_test_needs_them() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro own() %}1{% endmacro %}{% macro other() %}2{% endmacro %}")
        .file(
            "tests/generic/t.sql",
            "{% test t(model, n) %}select {{ n }} where false and {{ own() }} = 1{% endtest %}",
        )
        .file("models/a.sql", "select 1 as id")
        .file(
            "models/a.yml",
            "models:\n  - name: a\n    data_tests:\n      - t: {arguments: {n: \"{{ other() }} + {{ own() }}\"}}\n",
        );
    let macros = || {
        let manifest = project.json("target/manifest.json");
        let nodes = manifest["nodes"].as_object().unwrap();
        let test = nodes.values().find(|node| node["resource_type"] == "test").unwrap();
        let own = test["depends_on"]["macros"].as_array().unwrap().clone();
        (own.contains(&json!("macro.shop.own")), own.contains(&json!("macro.shop.other")))
    };
    project.ok(&["parse"]);
    assert_eq!(macros(), (true, false));
    project.ok(&["build"]);
    assert_eq!(macros(), (true, true));
}

#[test]
fn groups_are_configured_as_models_and_tests_belong_to_the_group_of_theirs() {
    let project = Project::new()
        .setting("models:\n  +materialized: table\n  shop:\n    sub: {+meta: {a: 1}, +group: g}")
        .file("models/sub/a.sql", "select 1 as id")
        .file(
            "models/sub/a.yml",
            "groups:\n  - {name: g, owner: {name: me}, config: {meta: {b: 2}}}\n\
             models:\n  - {name: a, columns: [{name: id, data_tests: [unique]}]}\n",
        );
    let manifest = parsed(&project);
    assert_eq!(
        manifest["groups"]["group.shop.g"]["config"],
        json!({"meta": {"b": 2}, "materialized": "table", "group": "g"})
    );
    let nodes = manifest["nodes"].as_object().unwrap();
    let test = nodes.values().find(|node| node["resource_type"] == "test").unwrap();
    assert_eq!((&test["group"], &test["config"]["group"]), (&json!("g"), &Value::Null));
    assert!(project.ok(&["ls", "--select", "group:g"]).stdout.contains("unique_a_id"));
}

#[test]
fn docs_blocks_are_templates_without_names() {
    let project = Project::new()
        .file("models/a.md", "{% docs a %}{% raw %}{{ ref('x') }}{% endraw %} {# gone #}{{ 1 + 1 }}{% enddocs %}")
        .file("models/a.sql", "select 1 as id")
        .file("models/a.yml", "models: [{name: a, description: \"{{ doc('a') }}\"}]");
    let manifest = parsed(&project);
    assert_eq!(manifest["nodes"]["model.shop.a"]["description"], "{{ ref('x') }} 2");
    project.write("models/a.md", "{% docs a %}\n{{ ref('x') }}\n{% enddocs %}");
    project.run(&["parse"]).says(2, &["'ref' is undefined", "models/a.md:2:4", "{% raw %}"]);
}

#[test]
fn of_a_version_only_its_own_block_is_kept_as_it_is_written() {
    let project =
        Project::new().file("models/m_v1.sql", "select 1 as id").file("models/m_v2.sql", "select 1 as id").file(
            "models/m.yml",
            "models:\n  - name: m\n    latest_version: 1\n    config: {policy: \"{{ 'p' if true else none }}\"}\n    \
         versions: [{v: 1}, {v: 2, config: {policy: \"{{ 'q' }}\"}}]\n",
        );
    let manifest = parsed(&project);
    let of = |version: u8| manifest["nodes"][format!("model.shop.m.v{version}")]["unrendered_config"]["policy"].clone();
    assert_eq!((of(1), of(2)), (json!("p"), json!("{{ 'q' }}")));
}

#[test]
fn tags_come_in_the_order_in_which_they_were_given() {
    let project = Project::new()
        .setting("models: {+tags: [z]}\ndata_tests: {+tags: [y]}\non-run-start: [select 1]")
        .file("models/a.sql", "{{ config(tags=['own']) }} select 1 as id")
        .file(
            "models/a.yml",
            "models:\n  - name: a\n    config: {tags: [cfg]}\n    columns:\n      - name: id\n        tags: [c, c]\n        \
             config: {tags: [b]}\n        \
             data_tests: [accepted_values: {arguments: {values: [1]}, config: {tags: [w, d]}}]\n\
             exposures:\n  - {name: e, type: dashboard, owner: {name: me}, tags: [n], config: {tags: [m]}}\n",
        );
    let manifest = parsed(&project);
    assert_eq!(manifest["nodes"]["model.shop.a"]["tags"], json!(["z", "own", "cfg"]));
    assert_eq!(manifest["nodes"]["model.shop.a"]["columns"]["id"]["tags"], json!(["c", "b"]));
    let nodes = manifest["nodes"].as_object().unwrap();
    let test = nodes.values().find(|node| node["resource_type"] == "test").unwrap();
    assert_eq!(test["tags"], json!(["b", "c", "d", "w", "y"]));
    assert_eq!(test["config"]["tags"], json!(["y", "w", "d", "w", "d"]));
    assert_eq!(manifest["nodes"]["operation.shop.shop-on-run-start-0"]["tags"], json!(["on-run-start", "z"]));
    assert_eq!(manifest["exposures"]["exposure.shop.e"]["tags"], json!(["m", "n"]));
}

#[test]
fn a_more_specific_choice_of_what_is_documented_replaces_the_other() {
    let project = Project::new()
        .setting("models:\n  +persist_docs: {columns: true}")
        .file("models/a.sql", "{{ config(persist_docs={'relation': true}) }} select 1 as id");
    assert_eq!(parsed(&project)["nodes"]["model.shop.a"]["config"]["persist_docs"], json!({"relation": true}));
}

#[test]
fn hooks_of_what_is_switched_off_count_and_names_of_dbts_own_do_not() {
    let project = with_package(Project::new())
        .file(
            "macros/m.sql",
            "{% macro h() %}select 1{% endmacro %}{% macro ref(n) %}{{ builtins.ref(n) }}{% endmacro %}\n\
             {% macro reads() %}{{ ref('a') }}{% endmacro %}{% macro default__pick() %}{% endmacro %}",
        )
        .file(
            "dbt_packages/util/macros/u.sql",
            "{% macro pick() %}{{ adapter.dispatch('pick')() }}{% endmacro %}{% macro default__pick() %}{% endmacro %}",
        )
        .file("models/a.sql", "{{ config(enabled=false, post_hook='{{ h() }}') }} select 1 as id");
    let manifest = parsed(&project);
    assert_eq!(manifest["disabled"]["model.shop.a"][0]["depends_on"]["macros"], json!(["macro.shop.h"]));
    let of = |id: &str| manifest["macros"][id]["depends_on"]["macros"].clone();
    assert_eq!(of("macro.shop.reads"), json!([]));
    assert_eq!(of("macro.util.pick"), json!(["macro.shop.default__pick"]));
}
