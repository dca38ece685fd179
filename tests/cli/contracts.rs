//! Contracts and constraints: what is refused before a run, and what a run says.

use serde_json::json;

use super::project::Project;

#[test]
fn foreign_keys_refer_to_relations() {
    let project =
        Project::new().file("models/child.sql", "select 1 as id").file("models/parent.sql", "select 1 as id").file(
            "models/schema.yml",
            "models:
  - name: child
    config: {materialized: table, contract: {enforced: true}}
    constraints: [{type: foreign_key, columns: [id], to: ref('parent'), to_columns: [id]}]
    columns: [{name: id, data_type: integer, constraints: [{type: not_null}]}]
  - name: parent
    config: {materialized: table, contract: {enforced: true}}
    columns: [{name: id, data_type: int, constraints: [{type: primary_key}]}]
",
        );
    project.ok(&["run"]);
    let child = &project.json("target/manifest.json")["nodes"]["model.shop.child"];
    assert_eq!(child["depends_on"]["nodes"], json!(["model.shop.parent"]));
    assert_eq!(child["constraints"][0]["to"], "\"dev\".\"main\".\"parent\"");
    assert_eq!(child["columns"]["id"]["constraints"][0]["warn_unsupported"], true);
    // The text that dbt hashes, so that manifests of both can be compared.
    assert_eq!(
        project.json("target/manifest.json")["nodes"]["model.shop.parent"]["contract"]["checksum"],
        "0f15cd20a5a9e0ee8ea9d3e1316758d074c633547d0146224266d64508ae11cd"
    );
    let kinds = "select constraint_type from duckdb_constraints() where table_name = 'child' order by 1";
    assert_eq!(project.cells(kinds), ["FOREIGN KEY", "NOT NULL"]);
}

#[test]
fn contracts_are_checked_before_the_run() {
    let project = Project::new().file("models/m.sql", "select 1 as id, 'a' as word, 2 as more");
    let schema = |model: &str| project.write("models/schema.yml", format!("models:\n  - name: m\n{model}"));
    let enforced = "    config: {materialized: table, contract: {enforced: true}}\n";
    schema(enforced);
    project.run(&["parse"]).says(2, &["Constraints must be defined in a `yml` schema configuration file"]);
    schema("    columns: [{name: id, constraints: [{type: primry_key}]}]\n");
    project.run(&["parse"]).says(2, &["Invalid constraint type on column id", "did you mean `primary_key`?"]);
    let keys = "constraints: [{type: primary_key}]";
    schema(&format!("    columns: [{{name: id, {keys}}}, {{name: word, {keys}}}]\n"));
    project.run(&["parse"]).says(2, &["Found 2 columns (['id', 'word']) with primary key constraints defined"]);
    schema("    constraints: [{type: foreign_key, columns: [id], to: parent, to_columns: [id]}]\n");
    project.run(&["parse"]).says(
        2,
        &[
            "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model m: parent.",
            "write `to: ref('model')`",
        ],
    );
    schema("    config: {materialized: incremental, contract: {enforced: true}}\n    columns: [{name: id}]\n");
    project.run(&["parse"]).says(2, &["Invalid value for on_schema_change: ignore."]);

    schema(&format!("{enforced}    columns: [{{name: id, data_type: bigint}}, {{name: gone, data_type: string}}]\n"));
    project.run(&["run"]).says(
        1,
        &[
            "| column_name | definition_type | contract_type | mismatch_reason       |",
            "| gone        |                 | VARCHAR       | missing in definition |",
            "| id          | INTEGER         | BIGINT        | data type mismatch    |",
            "| word        | VARCHAR         |               | missing in contract   |",
        ],
    );
    schema(&format!("{enforced}    columns: [{{name: id}}, {{name: word, data_type: text}}]\n"));
    project.run(&["run"]).says(1, &["data_type are defined within the YAML configuration for the ['id'] column(s)."]);
}
