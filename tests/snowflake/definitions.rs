//! What fakesnow cannot run: the statements that are sent, with answers that a test gives in place of the server.
//!
//! Nothing here shows that Snowflake takes these statements; each is written as Snowflake's documentation has it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::project::Project;
use crate::server::Server;

/// The statements of a run, in one line each, without the comment and without the listing before them.
fn sent(server: &Server, project: &Project, arguments: &[&str]) -> Vec<String> {
    project.ok(arguments);
    statements(server)
}

fn statements(server: &Server) -> Vec<String> {
    let plain = |entry: &Value| {
        let text = entry["sql"].as_str().unwrap();
        let text = text.rsplit_once("/*").map_or(text, |(text, _)| text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let found = server.log().iter().map(plain).filter(|sql| !sql.starts_with("show objects")).collect();
    server.reset();
    found
}

/// Answers the next statements of a kind with success, so that they are not run.
fn taken(server: &Server, pattern: &str, times: u32) {
    server.fault(json!({"sql": pattern, "columns": ["status"], "rows": [["done"]], "times": times}));
}

/// What the next listing of a schema tells: name, kind, and whether it is dynamic and Iceberg.
fn listed(server: &Server, rows: &[[&str; 4]]) {
    let columns = ["name", "kind", "is_dynamic", "is_iceberg", "database_name", "schema_name"];
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| [&row[..], &["SHOP", "DEV"]].concat()).collect();
    server.fault(json!({"sql": "show objects", "columns": columns, "rows": rows}));
}

const DYNAMIC: &str =
    "{{ config(materialized='dynamic_table', snowflake_warehouse='WH', target_lag='2 minutes'MORE) }}select 1 as id";

/// What the warehouse shows of the dynamic table `d`: lag, warehouse, mode, clustering key, condition, first warehouse.
fn shown(server: &Server, row: [&str; 6]) {
    let columns = [
        "name",
        "target_lag",
        "warehouse",
        "refresh_mode",
        "cluster_by",
        "immutable_where",
        "initialization_warehouse",
    ];
    let row = [&["D"], &row[..]].concat();
    listed(server, &[["D", "TABLE", "Y", "N"]]);
    server.fault(json!({"sql": "show dynamic tables", "columns": columns, "rows": [row]}));
}

#[test]
fn a_dynamic_table_is_made_with_all_that_it_says() {
    let Some(server) = Server::start() else { return };
    let more = ", cluster_by='id', refresh_mode='FULL', initialize='ON_SCHEDULE', transient=true, copy_grants=true, \
                snowflake_initialization_warehouse='BIG', row_access_policy='rows on (id)', table_tag=\"cost='a'\", \
                immutable_where='id < 5'";
    let project = server.project("").file("models/d.sql", DYNAMIC.replace("MORE", more));
    taken(&server, "create or replace", 1);
    assert_eq!(
        sent(&server, &project, &["run"]),
        ["create or replace transient dynamic table SHOP.dev.d target_lag = '2 minutes' warehouse = WH \
          initialization_warehouse = BIG refresh_mode = FULL initialize = ON_SCHEDULE cluster by (id) copy grants \
          with row access policy rows on (id) with tag (cost='a') immutable where (id < 5) as ( select 1 as id )"]
    );
}

#[test]
fn a_dynamic_table_is_altered_only_where_it_differs() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/d.sql", DYNAMIC.replace("MORE", ""));
    let show = "show dynamic tables like 'D' in schema \"SHOP\".\"DEV\"";
    shown(&server, ["120 seconds", "wh", "INCREMENTAL", "", "", ""]);
    assert_eq!(sent(&server, &project, &["run"]), [show]);
    shown(&server, ["1 hour", "OTHER", "INCREMENTAL", "LINEAR(id)", "IMMUTABLE WHERE (id < 5)", "BIG"]);
    let name = "alter dynamic table \"SHOP\".\"DEV\".\"D\"";
    let expected = [
        show.to_owned(),
        format!("{name} set target_lag = '2 minutes' warehouse = WH"),
        format!("{name} unset initialization_warehouse"),
        format!("{name} unset immutable where"),
        format!("{name} drop clustering key"),
    ];
    assert_eq!(sent(&server, &project, &["run"]), expected);
    project.write("models/d.sql", DYNAMIC.replace("MORE", ", immutable_where='id < 5', cluster_by=['id', 'n']"));
    shown(&server, ["2 minutes", "WH", "INCREMENTAL", "", "", ""]);
    let expected =
        [show.to_owned(), format!("{name} set immutable where (id < 5)"), format!("{name} cluster by (id, n)")];
    assert_eq!(sent(&server, &project, &["run"]), expected);
    // What cannot be altered is made anew.
    project.write("models/d.sql", DYNAMIC.replace("MORE", ", refresh_mode='FULL'"));
    shown(&server, ["2 minutes", "WH", "INCREMENTAL", "", "", ""]);
    taken(&server, "create or replace", 1);
    let made = sent(&server, &project, &["run"]);
    assert!(made[1].starts_with("create or replace dynamic table SHOP.dev.d "), "{made:?}");
    // A table that nobody else refreshes is refreshed by the run.
    project.write("models/d.sql", DYNAMIC.replace(", target_lag='2 minutes'MORE", ""));
    shown(&server, ["", "WH", "INCREMENTAL", "", "", ""]);
    assert_eq!(sent(&server, &project, &["run"]), [show, "alter dynamic table SHOP.dev.d refresh"]);
}

#[test]
fn what_differs_is_only_told_of_where_the_model_says_so() {
    let Some(server) = Server::start() else { return };
    let project =
        server.project("").file("models/d.sql", DYNAMIC.replace("MORE", ", on_configuration_change='continue'"));
    shown(&server, ["1 hour", "WH", "INCREMENTAL", "", "", ""]);
    project.ok(&["run"]).says(0, &["`on_configuration_change` was set to `continue` for `SHOP.dev.d`"]);
    assert_eq!(statements(&server).len(), 1);
    project.write("models/d.sql", DYNAMIC.replace("MORE", ", on_configuration_change='fail'"));
    shown(&server, ["1 hour", "WH", "INCREMENTAL", "", "", ""]);
    project.run(&["run"]).says(1, &["`on_configuration_change` was set to `fail` for `SHOP.dev.d`"]);
    assert_eq!(statements(&server).len(), 1);
}

#[test]
fn policies_tags_comments_and_grants_stand_where_a_relation_is_made() {
    let Some(server) = Server::start() else { return };
    let all = "row_access_policy='rows on (id)', table_tag=\"cost='a'\", copy_grants=true, \
               persist_docs={'relation': true, 'columns': true}";
    let grants = ", copy_tags=true, grants={'select': ['ANALYST', '\"Other\"'], 'insert': ['ANALYST']}";
    let project = server
        .project("")
        .file("models/t.sql", format!("{{{{ config(materialized='table', {all}{grants}) }}}}select 1 as id, 2 as n"))
        .file("models/v.sql", format!("{{{{ config(secure=true, {all}) }}}}select 1 as id, 2 as n"))
        .file(
            "models/m.yml",
            "models:\n  - {name: t, description: \"it's a table\", columns: [{name: id, description: the key}]}\n  \
             - {name: v, description: a view, columns: [{name: id, description: the key}]}\n",
        );
    let columns = || {
        let rows = [["ID", "NUMBER(38,0)"], ["N", "NUMBER(38,0)"]];
        server.fault(json!({"sql": "describe table", "columns": ["name", "type"], "rows": rows}));
    };
    let create = "create or replace transient table SHOP.dev.t copy grants copy tags comment = $$it's a table$$ with row \
                  access policy rows on (id) with tag (cost='a') as ( select 1 as id, 2 as n )";
    let comments = "alter table SHOP.dev.t alter \"ID\" comment 'the key', \"N\" comment ''";
    taken(&server, "create or replace", 1);
    columns();
    assert_eq!(
        sent(&server, &project, &["run", "--select", "t"]),
        [
            create,
            "grant select, insert on SHOP.dev.t to ANALYST",
            "grant select on SHOP.dev.t to \"Other\"",
            "describe table SHOP.dev.t",
            comments,
        ]
    );
    // The grants of a table that is there are compared first.
    listed(&server, &[["T", "TABLE", "N", "N"]]);
    taken(&server, "create or replace", 1);
    let own = [
        ["SELECT", "ROLE", "ANALYST"],
        ["SELECT", "ROLE", "OLD"],
        ["OWNERSHIP", "ROLE", "ME"],
        ["SELECT", "SHARE", "S"],
    ];
    server.fault(json!({"sql": "show grants", "columns": ["privilege", "granted_to", "grantee_name"], "rows": own}));
    columns();
    assert_eq!(
        sent(&server, &project, &["run", "--select", "t"]),
        [
            create,
            "show grants on SHOP.dev.t",
            "revoke SELECT on SHOP.dev.t from \"OLD\"",
            "grant select on SHOP.dev.t to \"Other\"",
            "grant insert on SHOP.dev.t to ANALYST",
            "describe table SHOP.dev.t",
            comments,
        ]
    );
    taken(&server, "create or replace", 1);
    assert_eq!(
        sent(&server, &project, &["run", "--select", "v"]).last().map(String::as_str),
        Some(
            "create or replace secure view SHOP.dev.v (\"ID\" comment 'the key', \"N\" comment '') copy grants comment = \
             'a view' with row access policy rows on (id) with tag (cost='a') as ( select 1 as id, 2 as n )"
        )
    );
}

#[test]
fn a_clone_has_the_rows_of_another_schema_without_copying() {
    let Some(server) = Server::start() else { return };
    let table = "{{ config(materialized='table') }}select 1 as id union all select 2 as id";
    let project = server.project("").file("models/t.sql", table).file("models/v.sql", "select * from {{ ref('t') }}");
    let profiles = project.read("profiles.yml");
    project.write("profiles.yml", profiles.replace("schema: dev", "schema: prod"));
    project.ok(&["run", "--target-path", "state"]);
    project.write("profiles.yml", profiles);
    server.reset();
    let made = sent(&server, &project, &["clone", "--state", "state"]);
    assert!(made.contains(&"create or replace transient table SHOP.dev.t clone SHOP.prod.t".to_owned()), "{made:?}");
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.t"), ["2"]);
    assert_eq!(project.cells("select count(*) as n from SHOP.dev.v"), ["2"]);
}

#[test]
fn functions_are_written_in_the_language_of_their_body() {
    let Some(server) = Server::start() else { return };
    let project = server
        .project("")
        .file("functions/area.sql", "width * height")
        .file(
            "functions/area.yml",
            "functions:\n  - name: area\n    config: {volatility: deterministic}\n    arguments:\n      \
             - {name: width, data_type: number}\n      - {name: height, data_type: number, default_value: 1}\n    \
             returns: {data_type: number}\n  - name: next_of\n    config: {runtime_version: '3.11', entry_point: main, \
             packages: [numpy]}\n    arguments: [{name: a, data_type: int}]\n    returns: {data_type: int}\n  \
             - name: money\n    arguments: [{name: A, data_type: varchar}]\n    returns: {data_type: varchar}\n",
        )
        .file("functions/next_of.py", "def main(a):\n    return a + 1\n")
        .file("functions/money.js", "return A + '$$';\n");
    taken(&server, "create or replace function", 3);
    taken(&server, "show user functions", 1);
    let mut made = sent(&server, &project, &["build"]);
    made.retain(|sql| sql.starts_with("create or replace function"));
    made.sort();
    assert_eq!(
        made,
        [
            "create or replace function SHOP.dev.area (width number, height number default 1) returns number language SQL \
             immutable as $$ width * height $$",
            "create or replace function SHOP.dev.money (\"A\" varchar) returns varchar language JAVASCRIPT as 'return A \
             + ''$$'';'",
            "create or replace function SHOP.dev.next_of (a int) returns int language PYTHON RUNTIME_VERSION = '3.11' \
             HANDLER = 'main' PACKAGES = ('numpy') as $$ def main(a): return a + 1 $$",
        ]
    );
}

const CATALOGS: &str = "
catalogs:
  - name: lake
    active_write_integration: own
    write_integrations:
      - {name: own, catalog_type: built_in, table_format: iceberg, external_volume: VOL, adapter_properties: {change_tracking: true}}
  - name: linked
    write_integrations:
      - name: glue
        catalog_type: iceberg_rest
        table_format: iceberg
        adapter_properties: {catalog_linked_database: GLUE, catalog_linked_database_type: glue, target_file_size: AUTO}
";

#[test]
fn iceberg_and_hybrid_tables_lie_where_their_catalog_says() {
    let Some(server) = Server::start() else { return };
    let model = |config: &str| format!("{{{{ config(materialized='table', {config}) }}}}select 1 as id, 'a' as t");
    let project = server
        .project("")
        .file("catalogs.yml", CATALOGS)
        .file(
            "models/a.sql",
            model(
                "catalog_name='lake', base_location_root='root', base_location_subpath='sub', cluster_by='id', \
                 storage_serialization_policy='OPTIMIZED', max_data_extension_time_in_days=3",
            ),
        )
        .file("models/b.sql", model("table_format='iceberg', external_volume='V2'"))
        .file("models/c.sql", model("catalog_name='linked', partition_by='ID'"))
        .file("models/h.sql", model("table_format='hybrid', primary_key='id', indexes=[{'columns': ['t']}]"));
    taken(&server, "create or replace (iceberg|hybrid)", 3);
    taken(&server, "create iceberg", 1);
    taken(&server, "insert into", 1);
    let mut made = sent(&server, &project, &["run", "--threads", "1"]);
    made.retain(|sql| !sql.starts_with("select"));
    assert_eq!(
        made,
        [
            "create or replace iceberg table SHOP.dev.a cluster by (id) external_volume = 'VOL' catalog = 'SNOWFLAKE' \
             base_location = 'root/dev/a/sub' storage_serialization_policy = 'OPTIMIZED' \
             max_data_extension_time_in_days = 3 change_tracking = TRUE as ( select * from ( select 1 as id, 'a' as t ) \
             order by (id) )",
            "create or replace iceberg table SHOP.dev.b external_volume = 'V2' catalog = 'SNOWFLAKE' base_location = \
             '_dbt/dev/b' as ( select 1 as id, 'a' as t )",
            "create iceberg table SHOP.dev.c (\"id\" NUMBER(38,0), \"t\" STRING) partition by (\"id\") target_file_size = \
             'AUTO'",
            "insert into SHOP.dev.c select 1 as id, 'a' as t",
            "create or replace hybrid table SHOP.dev.h ( \"ID\" NUMBER(38,0) not null, \"T\" VARCHAR(16777216), primary \
             key (id), index h_t (t) ) as ( select 1 as id, 'a' as t )",
        ]
    );
    project.write("models/a.sql", model("catalog_name='nowhere'"));
    project.run(&["run", "--select", "a"]).says(1, &["'nowhere' is not defined in catalogs.yml"]);
}

#[test]
fn the_catalog_is_one_query_for_each_database() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("models/a.sql", "select 1 as id");
    project.ok(&["run"]);
    server.reset();
    let columns = [
        "table_database",
        "table_schema",
        "table_name",
        "table_type",
        "table_owner",
        "column_name",
        "column_index|fixed",
        "column_type",
        "stats:row_count:label",
        "stats:row_count:value|fixed",
        "stats:row_count:description",
        "stats:row_count:include|boolean",
        "stats:bytes:label",
        "stats:bytes:value|fixed",
        "stats:bytes:description",
        "stats:bytes:include|boolean",
    ];
    let row = |column: &str, index: &str| {
        let told = json!([
            "SHOP",
            "DEV",
            "A",
            "BASE TABLE",
            "ME",
            column,
            index,
            "NUMBER",
            "Row Count",
            "7",
            "rows",
            "1",
            "Size",
            null,
            "",
            "0"
        ]);
        told
    };
    server.fault(json!({"sql": "with tables as", "columns": columns, "rows": [row("ID", "1"), row("N", "2")]}));
    project.ok(&["docs", "generate"]);
    let asked = statements(&server);
    assert_eq!(asked.len(), 1, "{asked:?}");
    for part in [
        "from SHOP.information_schema.tables where ((\"table_schema\" ilike 'dev' and upper(\"table_schema\") = upper('dev') \
         and \"table_name\" ilike 'a' and upper(\"table_name\") = upper('a')))",
        "from SHOP.information_schema.columns where",
        "case when is_dynamic = 'YES' and table_type = 'BASE TABLE' then 'DYNAMIC TABLE' else table_type end as \"table_type\"",
        "inner join columns using (\"table_database\", \"table_schema\", \"table_name\")",
    ] {
        assert!(asked[0].contains(part), "{part}\n{}", asked[0]);
    }
    let node = project.json("target/catalog.json")["nodes"]["model.shop.a"].clone();
    assert_eq!(node["metadata"]["owner"], "ME");
    assert_eq!(node["columns"].as_object().unwrap().keys().collect::<Vec<_>>(), ["ID", "N"]);
    assert_eq!(node["stats"]["row_count"]["value"], 7);
    assert_eq!((&node["stats"]["bytes"], &node["stats"]["has_stats"]["value"]), (&Value::Null, &json!(true)));
}

#[test]
fn freshness_without_a_column_is_one_query_of_the_records() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file(
        "models/s.yml",
        "sources:\n  - name: raw\n    database: RAW\n    schema: inbox\n    freshness: {warn_after: {count: 1, period: hour}}\n    \
         tables: [{name: one}, {name: two}]\n",
    );
    let columns = ["SCHEMA", "IDENTIFIER", "LAST_MODIFIED|timestamp_ltz", "SNAPSHOTTED_AT|timestamp_ntz"];
    let rows = [
        ["INBOX", "ONE", "1704067200.000000000", "1704069000.000000000"],
        ["INBOX", "TWO", "1704067200.000000000", "1704076200.000000000"],
    ];
    server.fault(json!({"sql": "last_altered", "columns": columns, "rows": rows}));
    project.ok(&["source", "freshness"]).says(0, &["PASS freshness of raw.one", "WARN freshness of raw.two"]);
    assert_eq!(
        statements(&server),
        ["select table_schema as schema, table_name as identifier, last_altered as last_modified, \
          convert_timezone('UTC', current_timestamp()) as snapshotted_at from RAW.INFORMATION_SCHEMA.tables where \
          ((upper(table_schema) = upper('inbox') and upper(table_name) = upper('one')) or (upper(table_schema) = \
          upper('inbox') and upper(table_name) = upper('two')))"]
    );
    // Results stand in the order in which the sources were done, which two threads may change.
    let results = project.json("target/sources.json")["results"].clone();
    let ages: BTreeMap<_, _> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["unique_id"].as_str().unwrap(), result["max_loaded_at_time_ago_in_s"].as_f64()))
        .collect();
    assert_eq!(ages, BTreeMap::from([("source.shop.raw.one", Some(1800.0)), ("source.shop.raw.two", Some(9000.0))]));
}
