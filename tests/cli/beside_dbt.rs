//! Where dbt goes on, stops, or keeps something for itself, and we do the same.

use serde_json::{Value, json};

use crate::project::Project;

fn results(project: &Project) -> Vec<(String, String, Value, String)> {
    let run = project.json("target/run_results.json");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |result: &Value| {
        (text(&result["unique_id"]), text(&result["status"]), result["compiled"].clone(), text(&result["message"]))
    };
    run["results"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_materialization_must_say_what_it_built() {
    let materialization =
        |name: &str, body: &str| format!("{{% materialization {name}, default %}}{body}{{% endmaterialization %}}\n");
    let main = "{% call statement('main') %}select 1{% endcall %}";
    let endings = [
        ("nothing", main.to_owned(), "did not explicitly return a list of relations to add to the cache"),
        ("relation", format!("{main}{{{{ return(this) }}}}"), "expected a dict with key \"relations\", got: "),
        ("other_key", format!("{main}{{{{ return({{'relation': [this]}}) }}}}"), "not found, got keys: ['relation']"),
        ("text", format!("{main}{{{{ return({{'relations': 'x'}}) }}}}"), "\"relations\" not a list, got: x"),
        ("names", format!("{main}{{{{ return({{'relations': ['x']}}) }}}}"), "contains non-Relation: x"),
        ("idle", "{{ return({'relations': [this]}) }}".to_owned(), "main is not being called during running model"),
    ];
    let macros: String = endings.iter().map(|(name, body, _)| materialization(name, body)).collect();
    let empty = materialization("fine", &format!("{main}{{{{ return({{'relations': []}}) }}}}"));
    let mut project = Project::new().file("macros/m.sql", macros + &empty);
    for name in endings.iter().map(|(name, ..)| *name).chain(["fine"]) {
        let model = format!("{{{{ config(materialized='{name}') }}}} select 1 as id");
        project = project.file(&format!("models/m_{name}.sql"), model);
    }
    project.run(&["run"]).says(1, &["PASS=1 WARN=0 ERROR=6"]);
    let results = results(&project);
    for (name, _, expected) in endings {
        let (.., message) = results.iter().find(|(id, ..)| id.ends_with(&format!("m_{name}"))).unwrap();
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn what_reads_a_broken_ephemeral_model_is_skipped_and_says_why() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='ephemeral') }}\n{{ adapter.no_such_method() }} select 1 as id")
        .file("models/b.sql", "{{ config(materialized='ephemeral') }} select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}")
        .file("models/d.sql", "select * from {{ ref('c') }}")
        .file("models/e.sql", "select 1 as id");
    let output = project.run(&["run"]);
    output.says(
        1,
        &["SKIP relation main.c due to ephemeral model status 'error'", "models/a.sql:2:", "SKIP=2", "with 2 errors"],
    );
    let found = results(&project);
    for command in [&["compile"][..], &["docs", "generate"]] {
        project.run(command).says(2, &["models/a.sql:2:", "no_such_method"]);
    }
    let of = |name: &str| found.iter().find(|(id, ..)| id == name).unwrap();
    let why =
        "Compilation Error in model.shop.c, caused by compilation error in referenced ephemeral model model.shop.a";
    assert_eq!(of("model.shop.c"), &("model.shop.c".into(), "skipped".into(), json!(false), why.into()));
    assert_eq!(
        of("model.shop.d"),
        &("model.shop.d".into(), "skipped".into(), json!(false), why.replace("shop.c", "shop.d"))
    );
}

#[test]
fn a_test_that_no_macro_defines_fails_when_it_is_compiled() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "models/s.yml",
        "models:\n- name: a\n  columns:\n  - name: id\n    data_tests:\n    - uniqe\n    - other.thing:\n        \
         arguments: {x: \"{{ ref('a') }}\"}\n    - unique\n",
    );
    project
        .ok(&["parse"])
        .says(0, &["'test_uniqe' is undefined: this test cannot run", "models/s.yml:6:7", "`unique`"]);
    project.ok(&["--warn-error", "ls"]).says(0, &["other_thing_a_id___ref_a_"]);
    let message = "'test_uniqe' is undefined. This can happen when calling a macro that does not exist.";
    project.run(&["build"]).says(1, &[message, "PASS=2 WARN=0 ERROR=2"]);
    project.run(&["compile"]).says(2, &[message, "models/s.yml:6:7"]);
    project.ok(&["run"]);
    let compared = project.run(&["ls", "--select", "state:modified", "--state", "target"]);
    compared.says(2, &["depends on a macro or test that does not exist", "models/s.yml:6:7"]);
}

#[test]
fn tags_of_exposures_are_each_once_and_contracts_have_two_keys() {
    let project = Project::new()
        .setting("exposures: {tags: [z, b]}")
        .file("models/a.sql", "{{ config(contract={'enforce': true}) }} select 1 as id")
        .file(
            "models/s.yml",
            "exposures:\n- name: e\n  type: dashboard\n  owner: {name: x}\n  config: {tags: [b, a]}\n",
        );
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let exposure = &manifest["exposures"]["exposure.shop.e"];
    assert_eq!((&exposure["config"]["tags"], &exposure["tags"]), (&json!(["a", "b", "z"]), &json!(["a", "b", "z"])));
    let contract = &manifest["nodes"]["model.shop.a"]["config"]["contract"];
    assert_eq!(contract, &json!({"enforced": false, "alias_types": true}));
}

#[test]
fn an_unknown_name_is_nothing_in_properties_and_must_not_be_called() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "models/s.yml",
        "models:\n- name: a\n  config:\n    meta: {one: '{{ nothing }}', two: 'a {{ nothing }} b', three: '{{ nothing or 4 }}'}\n",
    );
    project.ok(&["parse"]);
    let meta = &project.json("target/manifest.json")["nodes"]["model.shop.a"]["config"]["meta"];
    assert_eq!(meta, &json!({"one": "", "two": "a  b", "three": 4}));
    project.write("models/s.yml", "models:\n- name: a\n  meta: {one: '{{ nothing() }}'}\n");
    project.run(&["parse"]).says(2, &["'nothing' is undefined", "models/s.yml:3:"]);
    project.write(
        "models/s.yml",
        "models:\n- name: a\n  columns:\n  - name: id\n    data_tests:\n    - unique:\n        config: {where: \"{{ ref('a') }}\"}\n",
    );
    project.run(&["parse"]).says(2, &["Invalid generic test configuration given in models/s.yml:", "models/s.yml:"]);
}

#[test]
fn tests_that_are_described_without_a_name_are_told_and_left_out() {
    let project = Project::new()
        .file("tests/t.sql", "select 1 as id where false")
        .file("tests/s.yml", "data_tests:\n- name: t\n  description: first\n- not_null: {where: x}\n- name: missing\n");
    let output = project.ok(&["parse"]);
    output.says(0, &["Unable to parse 'data_tests' section of file 'tests/s.yml'", "Entry did not contain a name"]);
    output.says(0, &["tests/s.yml:4:"]).hides(&["Did not find matching node"]);
    assert_eq!(project.json("target/manifest.json")["nodes"]["test.shop.t"]["description"], "first");
}

#[test]
fn debug_tells_of_renamed_settings_and_of_the_adapter() {
    let project = Project::new().setting("data-paths: [data]\nlog-path: elsewhere");
    project.ok(&["debug"]).says(0, &["The `data-paths` config has been renamed to `seed-paths`", "Registered adapter"]);
    project.run(&["--warn-error", "debug"]).says(2, &["The `data-paths` config has been renamed to `seed-paths`"]);
    project.run(&["debug", "--project-dir", "nowhere"]).says(2, &["Path 'nowhere' does not exist"]);
    let output = project.run(&["debug", "--connection", "--profiles-dir", "nowhere"]);
    output.says(1, &["1 check failed", "dbt looked for a profiles.yml file in nowhere/profiles.yml"]);
}

#[test]
fn assets_are_copied_beside_the_documentation_which_can_leave_the_manifest_alone() {
    let project = Project::new()
        .setting("asset-paths: [assets, missing]")
        .file("assets/pictures/a.txt", "one")
        .file("models/a.sql", "select 1 as id");
    project.ok(&["run"]);
    let before = project.read("target/manifest.json");
    project.ok(&["docs", "generate", "--no-compile", "--empty-catalog"]).hides(&["Building catalog"]);
    assert_eq!(project.read("target/manifest.json"), before);
    assert_eq!(project.read("target/assets/pictures/a.txt"), "one");
    assert!(project.path("target/index.html").exists() && !project.path("target/missing").exists());
    std::fs::rename(project.path("assets/pictures"), project.path("assets/others")).unwrap();
    project.ok(&["docs", "generate"]).says(0, &["Building catalog"]);
    assert!(project.path("target/assets/others").exists() && !project.path("target/assets/pictures").exists());
    let outside = Project::new().setting("asset-paths: [../x]").file("models/a.sql", "select 1 as id");
    outside.run(&["docs", "generate"]).says(2, &["is not a folder inside the project", "project.yml:4:"]);
    for holder in [".", "target", "./"] {
        let around = Project::new().setting(&format!("asset-paths: [{holder}]")).file("models/a.sql", "select 1 as id");
        around.ok(&["parse"]);
        around.run(&["docs", "generate"]).says(2, &["project.yml:4:", "does not hold the target folder"]);
        assert!(around.path("target/manifest.json").exists(), "{holder}");
    }
}

#[test]
fn messages_in_json_are_colored_unless_that_is_not_wanted() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro m(a) %}{% endmacro %}")
        .file("macros/m.yml", "macros:\n- name: m\n  arguments:\n  - name: b\n");
    let project = project.setting("flags: {validate_macro_args: true}");
    let warning = |arguments: &[&str]| -> Value {
        let output = project.ok(arguments);
        let lines = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.into_iter().find(|line| line["info"]["name"] == "InvalidMacroAnnotation").unwrap()
    };
    let message = "Argument b in yaml for macro m does not match the jinja definition.";
    let found = warning(&["--log-format", "json", "parse"]);
    assert!(found["info"]["msg"].as_str().unwrap().starts_with(&format!("[\u{1b}[33mWARNING\u{1b}[0m]: {message}")));
    let data = json!({"macro_file_path": "macros/m.sql", "macro_unique_id": "macro.shop.m", "msg": message});
    assert_eq!(found["data"], data);
    let found = warning(&["--log-format", "json", "--no-use-colors", "parse"]);
    assert!(found["info"]["msg"].as_str().unwrap().starts_with(&format!("[WARNING]: {message}")));
}

#[test]
fn lines_of_ls_name_the_parents_of_models() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file("seeds/s.csv", "id\n1\n");
    let output = project.ok(&["-q", "ls", "--output", "json"]);
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let parents: Vec<&Value> = lines.iter().map(|line| &line["direct_parents"]).collect();
    assert_eq!(parents, [&json!([]), &json!(["model.shop.a"]), &Value::Null]);
    let output = project.ok(&["-q", "ls", "-s", "b", "--output", "json", "--output-keys", "direct_parents"]);
    assert_eq!(output.stdout.trim(), r#"{"direct_parents": ["model.shop.a"]}"#);
    assert!(!project.read("target/manifest.json").contains("direct_parents"));
}

#[test]
fn a_comment_may_return_and_an_operation_knows_its_arguments() {
    let project = Project::new()
        .setting("query-comment: \"{{ return(tojson(origin(target.name))) }}\"")
        .file(
            "macros/m.sql",
            "{% macro origin(name) %}{{ return({'from': name}) }}{% endmacro %}\n\
             {% macro told(x) %}{{ log(invocation_args_dict['macro'] ~ invocation_args_dict['args'], info=true) }}{% endmacro %}",
        )
        .file("models/a.sql", "select 1 as id");
    project.ok(&["run"]);
    let logs = project.files().into_iter().filter(|path| path.starts_with("logs/"));
    let commented = logs.map(|path| project.read(&path)).any(|log| log.contains("/* {\"from\": \"dev\"} */"));
    assert!(commented);
    project.ok(&["run-operation", "told", "--args", "{x: y}"]).says(0, &["told{'x': 'y'}"]);
    assert_eq!(project.json("target/run_results.json")["args"]["args"], json!({"x": "y"}));
}

#[test]
fn nested_values_are_shown_as_the_text_of_their_json_and_no_thread_is_no_run() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    let rows = project.rows("select [1, 2] as l, {'a': [1]} as s, map {'k': 1} as m, 1 as n");
    assert_eq!(rows[0]["l"], "[1, 2]");
    assert_eq!(rows[0]["s"], "{\"a\": [1]}");
    assert_eq!(rows[0]["n"], 1);
    project.run(&["run", "--threads", "0"]).says(2, &["at least one node must run at once"]);
    project.write(
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: d.duckdb, threads: 0}\n",
    );
    project.run(&["run"]).says(2, &["`threads` is 0", "profiles.yml:4:"]);
}

#[test]
fn what_is_only_compiled_has_both_phases_and_snapshots_their_configuration() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "snapshots/s.sql",
        "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols=['id']) }} select 1 as id{% endsnapshot %}",
    );
    project.ok(&["compile"]);
    let timing = &project.json("target/run_results.json")["results"][0]["timing"];
    assert_eq!((&timing[0]["name"], &timing[1]["name"]), (&json!("compile"), &json!("execute")));
    let output = project.ok(&["--log-format", "json", "snapshot"]);
    let line = output.stdout.lines().find(|line| line.contains("LogSnapshotResult")).unwrap();
    let config = &serde_json::from_str::<Value>(line).unwrap()["data"]["cfg"];
    assert_eq!((&config["strategy"], &config["check_cols"]), (&json!("check"), &json!("['id']")));
}

#[test]
fn a_repeated_key_is_counted_from_the_first_line_that_is_not_blank() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/s.yml", "\n\nmodels:\n- name: a\nmodels:\n- name: a\n");
    let output = project.ok(&["parse"]);
    output.says(0, &["Duplicate key 'models' in \"<unicode string>\", line 3, column 1", "models/s.yml:5:1"]);
}

#[test]
fn only_three_words_say_what_stored_failures_become() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("tests/t.sql", "{{ config(store_failures_as='error') }} select * from {{ ref('a') }}");
    let said =
        "'error' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']";
    project.run(&["build"]).says(1, &[said]);
}

#[test]
fn a_key_has_one_place_and_sources_come_before_models() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }} join {{ source('raw', 'x') }} using (id)")
        .file(
            "models/s.yml",
            "sources:\n- name: raw\n  tables: [{name: x}]\n  meta: {a: 1}\n  config: {meta: {b: 2}}\nmodels:\n- name: a\n",
        );
    project.ok(&["parse"]);
    let parents = &project.json("target/manifest.json")["nodes"]["model.shop.b"]["depends_on"]["nodes"];
    assert_eq!(parents, &json!(["source.shop.raw.x", "model.shop.a"]));
    project.write("models/s.yml", "models:\n- name: a\n  meta: {a: 1}\n  config:\n    meta: {b: 2}\n");
    project.run(&["parse"]).says(2, &["meta stands in `config` and beside it", "models/s.yml:3:3", "5 |     meta"]);
}

#[test]
fn everything_that_yaml_says_may_ask_variables_and_the_target() {
    let project = Project::new()
        .setting("vars: {v: w}")
        .file("macros/m.sql", "{% macro m(a) %}{% endmacro %}")
        .file("models/a.sql", "select 1 as id")
        .file(
            "models/s.yml",
            "models:\n- name: a\n  description: \"d {{ var('v') }} {{ target.name }} {{ nothing }}\"\n  columns:\n  - name: id\n    \
             config: {meta: {k: \"{{ var('v') }}\", n: '{{ nothing }}'}, tags: [\"{{ var('v') }}\"]}\n\
             sources:\n- name: s\n  tables:\n  - name: t\n    columns:\n    - name: \"{{ var('v') }}\"\n      config: {meta: {k: \"{{ var('v') }}\"}}\n\
             exposures:\n- name: e\n  type: dashboard\n  url: \"https://x/{{ var('v') }}\"\n  label: \"{{ var('v') }}\"\n  \
             owner: {name: \"{{ env_var('OWNER', 'me') }}\"}\n  depends_on: [\"ref('a')\"]\n\
             groups:\n- name: g\n  owner: {name: \"{{ var('v') }}\"}\n\
             macros:\n- name: m\n  description: \"{{ doc('b') }}\"\n  config: {meta: {k: \"{{ var('v') }}\"}}\n  \
             arguments:\n  - name: a\n    description: \"{{ doc('b') }}\"\n",
        )
        .file("models/d.md", "{% docs b %}the block{% enddocs %}");
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let model = &manifest["nodes"]["model.shop.a"];
    assert_eq!(model["description"], "d w dev ");
    let column = &model["columns"]["id"];
    assert_eq!((&column["meta"], &column["tags"]), (&json!({"k": "w", "n": ""}), &json!(["w"])));
    assert_eq!(manifest["sources"]["source.shop.s.t"]["columns"]["w"]["meta"], json!({"k": "w"}));
    let exposure = &manifest["exposures"]["exposure.shop.e"];
    assert_eq!((&exposure["url"], &exposure["label"]), (&json!("https://x/w"), &json!("w")));
    assert_eq!(
        (&exposure["owner"]["name"], &manifest["groups"]["group.shop.g"]["owner"]["name"]),
        (&json!("me"), &json!("w"))
    );
    let described = &manifest["macros"]["macro.shop.m"];
    assert_eq!((&described["description"], &described["meta"]), (&json!("the block"), &json!({"k": "w"})));
    project.write("models/s.yml", "sources:\n- name: s\n  schema: '{{ nothing }}'\n  tables: [{name: t}]\n");
    project.run(&["parse"]).says(2, &["Could not render {{ nothing }}: 'nothing' is undefined", "models/s.yml:3:"]);
    project.write("models/s.yml", "models:\n- name: a\n  description: \"{{ doc('bb') }} x\"\n");
    project.run(&["parse"]).says(2, &["Documentation for 'bb' not found", "models/s.yml:3:", "did you mean `b`?"]);
}

#[test]
fn whoever_asks_for_partial_parsing_hears_that_there_is_none() {
    let project = Project::new().file("models/a.sql", "select 1 as id");
    let said = "Partial parsing is not done, since no parsed project is ever kept. Starting full parse.";
    project.ok(&["--partial-parse", "parse"]).says(0, &[said]);
    project.ok(&["parse"]).hides(&[said]);
}

#[test]
fn what_dbt_writes_of_a_column_itself_is_not_taken_from_its_description() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/m.yml", "models:\n- name: a\n  columns:\n  - {name: id, doc_blocks: 2, policy_tags: [x]}\n");
    project.ok(&["parse"]);
    let column = &project.json("target/manifest.json")["nodes"]["model.shop.a"]["columns"]["id"];
    assert_eq!((&column["doc_blocks"], &column["policy_tags"]), (&json!([]), &json!(["x"])));
}

#[test]
fn what_a_template_gives_in_columns_of_sources_is_no_template() {
    let project = Project::new().file("models/a.sql", "select 1 as id").file(
        "models/s.yml",
        "sources:\n- name: s\n  tables:\n  - name: t\n    columns:\n    - name: id\n      meta: {x: \"{{ '{{ y }}' }}\"}\n",
    );
    project.ok(&["parse"]);
    let column = &project.json("target/manifest.json")["sources"]["source.shop.s.t"]["columns"]["id"];
    assert_eq!(column["meta"]["x"], "{{ y }}");
}
