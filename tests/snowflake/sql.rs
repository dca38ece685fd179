//! The statements of each materialization: how many, and what they say.

use serde_json::Value;

use crate::project::Project;
use crate::server::Server;

/// The statements that name a relation, in one line each, without the comment on them.
fn about(server: &Server, name: &str) -> Vec<String> {
    let plain = |entry: &Value| {
        let text = entry["sql"].as_str().unwrap();
        let text = text.rsplit_once("/*").map_or(text, |(text, _)| text);
        text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    server.log().iter().map(plain).filter(|sql| sql.contains(name)).collect()
}

fn model(server: &Server, sql: &str) -> Project {
    server
        .project("")
        .file("models/rows.sql", "{{ config(materialized='table') }} select 1 as id, 'a' as name")
        .file("models/built.sql", sql)
}

/// What is sent about `built` by a run.
fn sent(server: &Server, project: &Project) -> Vec<String> {
    server.reset();
    project.ok(&["run", "--select", "built"]);
    about(server, "built")
}

#[test]
fn tables_and_views_are_one_statement() {
    let Some(server) = Server::start() else { return };
    let project = model(
        &server,
        "{{ config(materialized='table', transient=false, cluster_by='id', copy_grants=true) }} select * from {{ ref('rows') }}",
    );
    project.ok(&["run"]);
    let table = "create or replace table shop.dev.built cluster by (id) copy grants as ( select * from ( \
                 select * from shop.dev.rows ) order by (id) )";
    assert_eq!(sent(&server, &project), [table]);
    project.write("models/built.sql", "{{ config(materialized='view', secure=true) }} select 1 as id");
    let replaced = sent(&server, &project);
    assert_eq!(
        replaced,
        [
            "create or replace secure view shop.dev.built__dbt_tmp as ( select 1 as id )",
            "drop table if exists \"shop\".\"dev\".\"built__dbt_backup\"",
            "alter table \"shop\".\"dev\".\"built\" rename to \"shop\".\"dev\".\"built__dbt_backup\"",
            "alter view shop.dev.built__dbt_tmp rename to shop.dev.built",
            "drop table if exists \"shop\".\"dev\".\"built__dbt_backup\"",
        ],
        "the table stays until the view is there"
    );
    assert_eq!(sent(&server, &project), ["create or replace secure view shop.dev.built as ( select 1 as id )"]);
}

#[test]
fn a_merge_reads_its_query_in_place() {
    let Some(server) = Server::start() else { return };
    let project = model(
        &server,
        "{{ config(materialized='incremental', unique_key='id') }} select id, name from {{ ref('rows') }}",
    );
    project.ok(&["run"]);
    assert_eq!(
        sent(&server, &project),
        [
            "describe table \"shop\".\"dev\".\"built\"",
            "merge into shop.dev.built as dbt_internal_dest using ( select id, name from shop.dev.rows ) as \
             dbt_internal_source on ((dbt_internal_source.id = dbt_internal_dest.id)) when matched then update set \
             \"id\" = dbt_internal_source.\"id\", \"name\" = dbt_internal_source.\"name\" when not matched then insert \
             (\"id\", \"name\") values (dbt_internal_source.\"id\", dbt_internal_source.\"name\")",
        ]
    );
}

#[test]
fn deleting_and_inserting_is_one_transaction() {
    let Some(server) = Server::start() else { return };
    let project = model(
        &server,
        "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }} \
         select id, name from {{ ref('rows') }}",
    );
    project.ok(&["run"]);
    server.reset();
    project.ok(&["run", "--select", "built"]);
    let kinds: Vec<String> = about(&server, "")
        .iter()
        .map(|sql| sql.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .filter(|sql| sql != "show objects")
        .collect();
    assert_eq!(kinds, ["create or", "describe table", "begin", "delete from", "insert into", "commit"]);
    server.fault(serde_json::json!({"sql": "insert into \\S+built", "code": "100132", "message": "no"}));
    assert_eq!(project.run(&["run", "--select", "built"]).code, Some(1));
    assert_eq!(about(&server, "").last().map(String::as_str), Some("rollback"));
}

#[test]
fn new_columns_are_found_without_a_relation_for_them() {
    let Some(server) = Server::start() else { return };
    let head = "{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}";
    let project = model(&server, &format!("{head} select id from {{{{ ref('rows') }}}}"));
    project.ok(&["run"]);
    project.write("models/built.sql", format!("{head} select id, name from {{{{ ref('rows') }}}}"));
    assert_eq!(
        sent(&server, &project),
        [
            "describe table \"shop\".\"dev\".\"built\"",
            "alter table \"shop\".\"dev\".\"built\" add column \"name\" varchar(16777216)",
            "insert into shop.dev.built (\"id\", \"name\") select \"id\", \"name\" from ( select id, name from shop.dev.rows )",
        ]
    );
}

#[test]
fn a_seed_comes_with_its_rows_and_is_replaced_in_one_step() {
    let Some(server) = Server::start() else { return };
    let project = server.project("").file("seeds/built.csv", "id,name\n1,\"it's \\\"\n2,\n");
    project.ok(&["seed"]);
    let first = about(&server, "built");
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].starts_with("create or replace transient table shop.dev.built (id integer, name text) as select"));
    server.reset();
    project.ok(&["seed"]);
    let again = about(&server, "built");
    assert_eq!(again.len(), 1, "{again:?}");
    assert!(
        again[0]
            .starts_with("insert overwrite into shop.dev.built (id, name) select cast(value[0]::varchar as integer)")
    );
}

#[test]
fn a_snapshot_is_one_merge() {
    let Some(server) = Server::start() else { return };
    let project = model(&server, "select 1 as id").file(
        "snapshots/kept.yml",
        "snapshots:\n  - name: kept\n    relation: ref('rows')\n    \
         config: {unique_key: id, strategy: check, check_cols: all, hard_deletes: new_record}\n",
    );
    project.ok(&["run"]);
    let kinds = || -> Vec<String> {
        server.reset();
        project.ok(&["snapshot"]);
        let words = |sql: &String| sql.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        about(&server, "").iter().map(words).filter(|sql| sql != "show objects").collect()
    };
    assert_eq!(kinds(), ["create or"]);
    assert_eq!(kinds(), ["select *", "describe table", "merge into"]);
}
