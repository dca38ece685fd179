//! User-defined functions: files and YAML entries, calls, overloads.

use serde_json::json;

use super::project::Project;

const SCHEMA: &str = "\
functions:
  - name: twice
    description: two times
    arguments:
      - {name: val, data_type: integer}
      - {name: plus, data_type: integer, default_value: 1}
    returns: {data_type: integer}
    overloads:
      - defined_in: twice_text
        arguments: [{name: val, data_type: varchar}]
        returns: {data_type: varchar}
";

fn project() -> Project {
    Project::new()
        .file("functions/twice.sql", "select val * 2 + plus")
        .file("functions/twice_text.sql", "val || {{ '\"-\"' | replace('\"', \"'\") }} || val")
        .file("functions/schema.yml", SCHEMA)
        .file("models/called.sql", "select {{ function('twice') }}(4) as a, {{ function('twice') }}('x') as b")
}

#[test]
fn models_call_functions_and_their_overloads() {
    let project = project();
    let output = project.ok(&["build"]);
    output.says(
        0,
        &["1 of 2 START function main.twice", "Overload 1 of 1 OK created function twice overload twice_text"],
    );
    let manifest = project.json("target/manifest.json");
    let results = project.json("target/run_results.json");
    assert_eq!(project.cells("select * from called"), ["9|x-x"]);
    assert_eq!(manifest["functions"].as_object().unwrap().len(), 1);
    let function = &manifest["functions"]["function.shop.twice"];
    assert_eq!(function["returns"], json!({"data_type": "integer", "description": null}));
    assert_eq!(function["overloads"][0]["compiled_body"], "val || '-' || val");
    let model = &manifest["nodes"]["model.shop.called"];
    assert_eq!(model["depends_on"]["nodes"], json!(["function.shop.twice"]));
    assert_eq!(results["results"][0]["overload_results"], json!({"successful": ["twice_text"], "failed": []}));
    project.ok(&["ls", "--resource-type", "function"]).says(0, &["shop.twice"]);
}

#[test]
fn an_overload_that_fails_makes_a_partial_success() {
    let project = project().file("functions/twice_text.sql", "val || nowhere");
    let output = project.run(&["build"]);
    output.says(
        1,
        &["ERROR creating function twice overload twice_text", "PARTIAL SUCCESS", "SKIP relation main.called"],
    );
    let results = project.json("target/run_results.json");
    assert_eq!(results["results"][0]["status"], "partial success");
    assert_eq!(results["results"][0]["overload_results"]["failed"], json!(["twice_text"]));
}

#[test]
fn mistakes_in_functions_are_told() {
    for (from, to, said) in [
        ("defined_in: twice_text", "defined_in: twice_txt", "did you mean `twice_text`?"),
        ("returns: {data_type: integer}", "volatile: true", "'returns' is a required property"),
        (", default_value: 1", "", ""),
        ("data_type: integer}\n", "data_type: integer, default_value: 2}\n", ""),
        ("{name: val, data_type: integer}", "{name: val, data_type: integer, default_value: 2}", ""),
    ] {
        let output = project().file("functions/schema.yml", SCHEMA.replacen(from, to, 1)).run(&["parse"]);
        output.says(if said.is_empty() { 0 } else { 2 }, &[said]);
    }
    let late = SCHEMA
        .replace("val, data_type: integer}", "val, data_type: integer, default_value: 2}")
        .replace(", default_value: 1", "");
    let output = project().file("functions/schema.yml", late).run(&["parse"]);
    output.says(2, &["Non-defaulted argument 'plus' of function 'twice' comes after a defaulted argument"]);
    let output = project().file("functions/script.js", "return 1").run(&["parse"]);
    output.says(2, &["uses JavaScript, which is not supported on 'duckdb'"]);
}

#[test]
fn what_is_said_of_functions_and_unit_tests_is_not_rendered() {
    let schema = "\
functions:
  - name: twice
    description: \"F {{ doc('nowhere') }}\"
    columns: [{name: a}]
    arguments:
      - {name: val, data_type: \"{{ var('v', 'int') }}\", description: \"A {{ var('v', 'int') }}\"}
    returns: {data_type: \"{{ var('v', 'int') }}\", description: \"R {{ var('v', 'int') }}\"}
unit_tests:
  - {name: ut, model: a, description: \"U {{ var('v', 'int') }}\", given: [], expect: {rows: [{id: 1}]}}
";
    let project = Project::new()
        .file("functions/twice.sql", "val * 2")
        .file("models/a.sql", "select 1 as id")
        .file("models/schema.yml", schema);
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let function = &manifest["functions"]["function.shop.twice"];
    assert_eq!(function["description"], "F {{ doc('nowhere') }}");
    assert_eq!((&function["columns"], &function["doc_blocks"]), (&json!({}), &json!([])));
    assert_eq!(
        (&function["arguments"][0]["data_type"], &function["arguments"][0]["description"]),
        (&json!("int"), &json!("A int"))
    );
    assert_eq!(function["returns"], json!({"data_type": "int", "description": "R {{ var('v', 'int') }}"}));
    assert_eq!(manifest["unit_tests"]["unit_test.shop.a.ut"]["description"], "U {{ var('v', 'int') }}");
}
