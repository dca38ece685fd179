//! Versions of models: files, names, references, tests, and the view on the latest one.

use serde_json::json;

use super::project::Project;

const SCHEMA: &str = "\
models:
  - name: m
    description: all of them
    latest_version: 2
    config: {materialized: table, tags: [base]}
    columns:
      - {name: id, data_tests: [unique]}
      - {name: color}
    versions:
      - v: 1
        defined_in: old_m
        deprecation_date: 2001-02-03
        config: {materialized: view, tags: [own]}
        columns:
          - {include: all, exclude: [color]}
          - {name: extra, data_tests: [not_null]}
      - v: 2
        config: {latest_version_pointer: {enabled: true}}
      - {v: 3, description: the third}
";

fn project() -> Project {
    Project::new()
        .file("models/old_m.sql", "select 1 as id, 'x' as extra")
        .file("models/m_v2.sql", "select 2 as id, 'red' as color")
        .file("models/m_v3.sql", "select 3 as id, 'blue' as color")
        .file("models/schema.yml", SCHEMA)
}

#[test]
fn each_version_is_a_model_of_its_own() {
    let project = project().file(
        "models/readers.sql",
        "select id from {{ ref('m') }} union all select id from {{ ref('m', v=1) }}
         union all select id from {{ ref('m', version='3') }} order by 1",
    );
    let output = project.ok(&["build"]);
    output.says(0, &["Model m.v1 has passed its deprecation date of 2001-02-03T00:00:00"]);
    output.says(0, &["While compiling 'readers': Found a reference to m.v1, which was deprecated on"]);
    assert_eq!(project.relations(), ["m view", "m_v1 view", "m_v2 table", "m_v3 table", "readers view"]);
    assert_eq!(project.cells("select * from m"), ["2|red"]);
    assert_eq!(project.cells("select * from readers"), ["1", "2", "3"]);

    let manifest = project.json("target/manifest.json");
    let first = &manifest["nodes"]["model.shop.m.v1"];
    assert_eq!((&first["name"], &first["version"], &first["alias"]), (&json!("m"), &json!(1), &json!("m_v1")));
    assert_eq!(first["fqn"], json!(["shop", "m", "v1"]));
    assert_eq!(first["config"]["tags"], json!(["own", "base"]));
    let columns: Vec<&String> = first["columns"].as_object().unwrap().keys().collect();
    assert_eq!(columns, ["id", "extra"]);
    assert_eq!(first["primary_key"], json!(["id"]));
    assert_eq!(manifest["nodes"]["model.shop.m.v3"]["description"], "the third");
    let test = &manifest["nodes"]["test.shop.not_null_m_v1_extra.258b9902ea"];
    assert_eq!(test["attached_node"], "model.shop.m.v1");
    assert_eq!(test["test_metadata"]["kwargs"]["model"], "{{ get_where_subquery(ref('m', version='1')) }}");
    let listed = project.ok(&["ls", "-s", "version:prerelease", "m_v1", "--resource-type", "model", "-q"]).stdout;
    assert_eq!(listed.lines().collect::<Vec<_>>(), ["shop.m.v1", "shop.m.v3"]);
}

#[test]
fn mistakes_among_versions_have_a_place() {
    let project = project();
    project.write("models/schema.yml", SCHEMA.replace("latest_version: 2", "latest_version: 7"));
    project
        .run(&["parse"])
        .says(2, &["latest_version: 7 is not one of model 'm' versions: [1, 2, 3]", "models/schema.yml:4:21"]);
    project.write("models/schema.yml", SCHEMA.replace("{v: 3,", "{v: 2,"));
    project.run(&["parse"]).says(2, &["Found duplicate version: '2' in versions list of model 'm'"]);
    project.write("models/schema.yml", SCHEMA);
    project.write("models/reader.sql", "select * from {{ ref('m', v=9) }}");
    project.run(&["parse"]).says(2, &["depends on a node named 'm' with version '9' which was not found"]);
}

#[test]
fn private_models_are_for_their_group() {
    let project = Project::new()
        .file("models/hidden.sql", "select 1 as id")
        .file("models/reader.sql", "select * from {{ ref('hidden') }}")
        .file(
            "models/schema.yml",
            "groups: [{name: sales, owner: {name: s}}]\n\
             models: [{name: hidden, access: private, group: sales}, {name: reader, group: nobody}]\n",
        );
    project.run(&["parse"]).says(
        2,
        &[
            "Invalid group 'nobody', expected one of ['sales']",
            "Node model.shop.reader attempted to reference node model.shop.hidden, which is not allowed because the \
             referenced node is private to the 'sales' group.",
        ],
    );
    project.write(
        "models/schema.yml",
        "models:\n  - {name: hidden, access: public, config: {materialized: ephemeral}}\n  - {name: reader, access: open}\n",
    );
    project.run(&["parse"]).says(
        2,
        &[
            "Node model.shop.hidden with 'ephemeral' materialization has an invalid value (public) for the access field",
            "Node model.shop.reader has an invalid value (open) for the access field",
        ],
    );
}

#[test]
fn a_private_model_may_have_unit_tests() {
    let project = Project::new().file("models/hidden.sql", "select 1 as id").file(
        "models/schema.yml",
        "groups: [{name: sales, owner: {name: s}}]\n\
         models: [{name: hidden, access: private, group: sales}]\n\
         unit_tests: [{name: u, model: hidden, given: [], expect: {rows: [{id: 1}]}}]\n",
    );
    project.run(&["test"]).says(0, &["PASS hidden::u"]);
}
