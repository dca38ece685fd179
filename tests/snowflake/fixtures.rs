//! What unit tests ask of the warehouse before their rows can be written.

use serde_json::json;

use crate::project::Project;
use crate::server::Server;

const MODEL: &str = "\
select orders.id, orders.amount, customers.name, regions.id as region
from {{ ref('orders') }} as orders
join {{ ref('customers') }} as customers on customers.id = orders.customer
join {{ source('raw', 'regions') }} as regions on regions.id = customers.region
";

const TESTS: &str = "
sources: [{name: raw, schema: elsewhere, tables: [{name: regions}]}]
unit_tests:
  - name: joins
    model: joined
    given:
      - {input: ref('orders'), rows: [{id: 1, customer: 7, amount: 2.50}]}
      - {input: ref('customers'), rows: [{id: 7, name: it's, region: 3}]}
      - {input: \"source('raw', 'regions')\", rows: [{id: 3}]}
    expect: {rows: [{id: 1, amount: 2.50, name: it's, region: 3}]}
  - name: finds_nothing
    model: joined
    given:
      - {input: ref('orders'), rows: []}
      - {input: ref('customers'), rows: [{id: 7}]}
      - {input: \"source('raw', 'regions')\", rows: [{id: 3}]}
    expect: {rows: []}
";

fn project(server: &Server) -> Project {
    let table = |sql: &str| format!("{{{{ config(materialized='table') }}}} {sql}");
    server
        .project("")
        .file("macros/fill.sql", "{% macro fill() %}{% do run_query('create schema if not exists SHOP.elsewhere') %}{% do run_query('create or replace table SHOP.elsewhere.regions (id int, notes varchar(20))') %}{% endmacro %}")
        .file("models/orders.sql", table("select 1 as id, 7 as customer, 1.25::number(9,2) as amount, current_date as day"))
        .file("models/customers.sql", table("select 7 as id, 'x' as name, 3 as region"))
        .file("models/joined.sql", MODEL)
        .file("models/tests.yml", TESTS)
}

#[test]
fn the_inputs_of_a_unit_test_are_asked_for_in_one_statement_and_once() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    project.ok(&["run-operation", "fill"]);
    server.reset();
    project.ok(&["build", "--threads", "1"]).says(0, &["PASS=5"]);
    let asked = server.sent("__dbt_next_relation");
    // The second test knows what the first one asked for. Names that two of them have keep their own.
    assert_eq!(asked.len(), 1, "{:?}", server.log());
    assert!(
        server.sent("describe table").is_empty() && server.sent("elsewhere limit").is_empty(),
        "{:?}",
        server.log()
    );
    let fixture = project.read("target/compiled/shop/models/tests.yml/models/joins.sql");
    assert!(fixture.contains("try_cast('2.5' as NUMBER(9,2)) as \"AMOUNT\""), "{fixture}");
    assert!(fixture.contains("as \"REGION\"") && fixture.contains("as \"NOTES\""), "{fixture}");
    assert!(!fixture.contains("ID_2") && !fixture.contains("dbt_next"), "{fixture}");
}

#[test]
fn what_cannot_be_asked_together_is_described_one_by_one() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    project.ok(&["run-operation", "fill"]);
    server.reset();
    server.fault(
        json!({"sql": "__dbt_next_relation", "code": "003001", "message": "Insufficient privileges", "times": 9}),
    );
    project.ok(&["build", "--threads", "1"]).says(0, &["PASS=5"]);
    assert_eq!(server.sent("describe table").len(), 6, "{:?}", server.log());
    // A result does not tell what is inside an object or a place on the map: such a relation is described.
    project.write(
        "models/customers.sql",
        "{{ config(materialized='table') }} select 7 as id, 'x' as name, 3 as region, object_construct('a', 1) as more",
    );
    server.reset();
    let columns = [
        "__dbt_next_relation|text",
        "ID|fixed",
        "CUSTOMER|fixed",
        "AMOUNT|fixed",
        "DAY|date",
        "__dbt_next_relation|text",
        "ID|fixed",
        "NAME|text",
        "REGION|fixed",
        "MORE|object",
        "__dbt_next_relation|text",
        "ID|fixed",
        "NOTES|text",
    ];
    server.fault(json!({"sql": "__dbt_next_relation", "columns": columns, "rows": []}));
    project.ok(&["build", "--threads", "1"]).says(0, &["PASS=5"]);
    let described = server.sent("describe table");
    assert!(described.iter().all(|entry| entry["sql"].as_str().unwrap().contains("customers")), "{described:?}");
    // It is not remembered either: the next test asks again.
    assert!(!described.is_empty(), "{:?}", server.log());
}

#[test]
fn an_input_that_is_not_there_is_told_of() {
    let Some(server) = Server::start() else { return };
    let project = project(&server);
    let run = project.run(&["build"]);
    run.says(1, &["Not able to get columns for unit test", "regions", "because the relation doesn't exist"]);
}
