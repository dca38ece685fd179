//! What `build` does around the models: tests, hooks, ephemeral models.

use crate::project::Project;

fn tested(rows: &str, test: &str) -> Project {
    Project::new()
        .file("models/a.sql", format!("{{{{ config(materialized='table') }}}}\n{rows}"))
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file(
            "models/m.yml",
            format!("models:\n  - name: a\n    columns:\n      - name: id\n        data_tests:\n          - {test}\n"),
        )
}

const WITH_NULLS: &str = "select * from (values (1, null), (2, 5), (3, null), (4, null)) t(n, id)";

#[test]
fn a_failing_test_gates_the_children() {
    let project = tested(WITH_NULLS, "not_null");
    project.run(&["build"]).says(
        1,
        &[
            "FAIL 3 not_null_a_id",
            "SKIP relation main.b",
            "Done. PASS=1 WARN=0 ERROR=1 SKIP=1",
            "TOTAL=3",
            "models/m.yml:6",
        ],
    );
    assert_eq!(project.relations(), ["a table"]);
    // `run` does not test.
    project.ok(&["run"]).says(0, &["Done. PASS=2"]);
    assert_eq!(project.relations(), ["a table", "b view"]);
    project.run(&["test"]).says(1, &["FAIL 3 not_null_a_id", "TOTAL=1"]);
}

#[test]
fn a_failing_model_skips_only_what_reads_it() {
    let project = Project::new()
        .file("models/a.sql", "select cast('x' as integer) as id")
        .file("models/t.sql", "{{ config(materialized='table') }} select * from {{ ref('a') }}")
        .file("models/u.sql", "select * from {{ ref('t') }}")
        .file("models/other.sql", "select 1 as id");
    project.run(&["build"]).says(1, &["ERROR creating sql table model main.t", "Done. PASS=2 WARN=0 ERROR=1 SKIP=1"]);
    assert_eq!(project.relations(), ["a view", "other view"]);
}

#[test]
fn fail_fast_stops_the_run() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select cast('x' as integer) as id")
        .file("models/z1.sql", "select 1 as id")
        .file("models/z2.sql", "select 1 as id");
    project.run(&["build", "--fail-fast", "--threads", "1"]).says(1, &["ERROR creating sql table model main.a"]);
    assert!(project.relations().is_empty());
    project.run(&["build", "--threads", "1"]).says(1, &["PASS=2 WARN=0 ERROR=1 SKIP=0"]);
    assert_eq!(project.relations(), ["z1 view", "z2 view"]);
}

#[test]
fn a_test_of_severity_warn_holds_nothing_up() {
    let project = tested(WITH_NULLS, "not_null: {config: {severity: warn}}");
    project.run(&["build"]).says(0, &["WARN 3 not_null_a_id", "Done. PASS=2 WARN=1 ERROR=0 SKIP=0"]);
    assert_eq!(project.relations(), ["a table", "b view"]);
}

#[test]
fn thresholds_decide() {
    let test = |error: &str| format!("not_null: {{config: {{error_if: \"{error}\", warn_if: \">1\"}}}}");
    tested(WITH_NULLS, &test(">3")).run(&["build"]).says(0, &["WARN 3 not_null_a_id"]);
    tested(WITH_NULLS, &test(">2")).run(&["build"]).says(1, &["FAIL 3 not_null_a_id"]);
}

#[test]
fn where_narrows_a_test() {
    tested(WITH_NULLS, "not_null: {config: {where: n = 2}}").ok(&["build"]).says(0, &["PASS not_null_a_id"]);
    tested(WITH_NULLS, "not_null: {config: {where: n > 1}}").run(&["build"]).says(1, &["FAIL 2 not_null_a_id"]);
}

#[test]
fn limit_bounds_what_is_counted() {
    tested(WITH_NULLS, "not_null: {config: {limit: 2}}").run(&["build"]).says(1, &["FAIL 2 not_null_a_id"]);
}

#[test]
fn stored_failures_can_be_read() {
    let project = tested(WITH_NULLS, "not_null: {name: has_id, config: {store_failures: true}}");
    let said = project.run(&["build"]);
    said.says(1, &["FAIL 3 has_id", "\"main_dbt_test__audit\".\"has_id\""]);
    assert_eq!(
        project.cells("select n, id from main_dbt_test__audit.has_id order by n"),
        ["1|null", "3|null", "4|null"]
    );
    // A test that passes later leaves an empty table.
    project.write("models/a.sql", "select 1 as n, 1 as id");
    project.ok(&["build"]);
    assert!(project.cells("select * from main_dbt_test__audit.has_id").is_empty());
}

#[test]
fn the_flag_stores_failures_of_every_test() {
    let project = tested(WITH_NULLS, "not_null: {name: has_id}");
    project.run(&["build", "--store-failures"]).says(1, &["FAIL 3 has_id", "\"main_dbt_test__audit\".\"has_id\""]);
    assert_eq!(project.cells("select count(*) from main_dbt_test__audit.has_id"), ["3"]);
}

#[test]
fn a_singular_test_fails_by_its_rows() {
    let project = Project::new()
        .file("models/a.sql", "select 1 as id")
        .file("tests/no_ones.sql", "select * from {{ ref('a') }} where id = 1");
    project.run(&["build"]).says(1, &["FAIL 1 no_ones", "tests/no_ones.sql"]);
}

#[test]
fn ephemeral_models_are_written_into_their_readers() {
    let project = Project::new()
        .file("models/e.sql", "{{ config(materialized='ephemeral') }} select 7 as id")
        .file("models/f.sql", "{{ config(materialized='ephemeral') }} select id + 1 as id from {{ ref('e') }}")
        .file("models/b.sql", "with x as (select 1 as one) select id, one from {{ ref('f') }} cross join x");
    project.ok(&["build"]).says(0, &["TOTAL=1"]);
    assert_eq!(project.relations(), ["b view"]);
    assert_eq!(project.cells("select * from {{ ref('b') }}"), ["8|1"]);
    let compiled = project.read("target/compiled/shop/models/b.sql");
    assert!(compiled.contains("__dbt__cte__e") && compiled.contains("__dbt__cte__f"), "{compiled}");
    assert_eq!(project.cells("select id from {{ ref('f') }}"), ["8"]);
}

#[test]
fn hooks_run_in_their_order() {
    let project = Project::new()
        .setting(
            "on-run-start:\n  - create table if not exists told (what varchar)\n  - insert into told values ('start')\n\
             on-run-end:\n  - insert into told values ('end')",
        )
        .file(
            "models/a.sql",
            "{{ config(materialized='table', pre_hook=[\"insert into told values ('pre 1')\", \
             \"insert into told values ('pre 2')\"], \
             post_hook=\"insert into told select '{{ this.identifier }} ' || count(*) from {{ this }}\") }}\n\
             select * from range(3)",
        );
    project.ok(&["build"]);
    assert_eq!(project.cells("select what from told order by rowid"), ["start", "pre 1", "pre 2", "a 3", "end"]);
}

#[test]
fn the_last_hooks_see_the_results_of_nodes_alone() {
    let project = Project::new()
        .setting(
            "on-run-start:\n  - select 1\non-run-end:\n  - \"create table told as select {{ results | length }} as n\"",
        )
        .file("models/a.sql", "select 1 as id");
    project.ok(&["build"]);
    assert_eq!(project.cells("select n from told"), ["1"]);
}

#[test]
fn a_failing_hook_is_the_models_failure() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(post_hook='insert into no_such_table values (1)') }} select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}");
    project.run(&["build"]).says(1, &["no_such_table", "ERROR=1 SKIP=1"]);
}

#[test]
fn seeds_come_before_what_reads_them() {
    let project = Project::new()
        .file("seeds/s.csv", "id,name\n1,\n2,x y\n")
        .file("models/a.sql", "select id, name from {{ ref('s') }}");
    project.ok(&["build"]).says(0, &["INSERT 2", "Done. PASS=2"]);
    assert_eq!(project.cells("select * from {{ ref('a') }} order by id"), ["1|null", "2|x y"]);
}

#[test]
fn the_database_is_one_file_afterwards() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/b.sql", "select * from {{ ref('a') }}");
    project.ok(&["build"]);
    let left: Vec<String> = project.files().into_iter().filter(|file| file.contains(".duckdb")).collect();
    assert_eq!(left, ["dev.duckdb"]);
}

#[test]
fn blank_lines_of_a_seed_are_rows_without_values() {
    let project = Project::new().file("seeds/a.csv", "id,name\r\n\r\n1,x\r\n,\r\n\r\n\r\n2,\"y\n\nz\"\r\n\r\n");
    project.write("seeds/a.yml", "seeds: [{name: a, config: {fast: false}}]");
    project.ok(&["seed"]).says(0, &["INSERT 7"]);
    assert_eq!(project.cells("select count(*), count(id), max(name) from a"), ["7|2|y\n\nz"]);
    project.write("seeds/a.csv", "id,name\n1\n2,x\n");
    project.ok(&["seed"]).says(0, &["INSERT 2"]);
    project.write("seeds/a.csv", "id,name\n1,x,y\n");
    project.run(&["seed"]).says(1, &["a row of 3 cells, and its header has 2", "seeds/a.csv:2"]);
    project.write("seeds/a.yml", "seeds: [{name: a, config: {fast: true}}]");
    project.write("seeds/a.csv", "id,name\n1\n");
    project.run(&["seed"]).says(1, &["a row of 1 cells, and its header has 2", "seeds/a.csv:2"]);
}

#[test]
fn what_reads_a_model_that_failed_runs_where_the_model_says_so() {
    let project = Project::new()
        .file("models/a.sql", "{{ config(on_error='continue') }} select no_such_column")
        .file("models/b.sql", "select 1 as id -- {{ ref('a') }}")
        .file("models/c.sql", "select no_such_column")
        .file("models/d.sql", "select 1 as id -- {{ ref('c') }}");
    project.run(&["build"]).says(1, &["PASS=1", "ERROR=2", "SKIP=1"]);
    assert_eq!(project.relations(), ["b view"]);
    project.write("models/a.sql", "{{ config(on_error='go on') }} select 1 as id");
    project.run(&["parse"]).says(2, &["on_error", "'go on'", "models/a.sql"]);
}

#[test]
fn what_reads_a_model_that_its_unit_test_stopped_runs_where_the_model_says_so() {
    let tested = "unit_tests:\n  - {name: ut, model: a, given: [], expect: {rows: [{id: 2}]}}\n  - {name: zz, model: a, given: [], expect: {rows: [{id: 1}]}}";
    let project = Project::new()
        .file("models/a.sql", "{{ config(on_error='continue') }} select 1 as id")
        .file("models/b.sql", "select 1 as id -- {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}")
        .file("models/tests.yml", tested);
    project.run(&["build"]).says(1, &["PASS=2", "ERROR=1", "SKIP=2", "SKIP relation main.a"]);
    assert_eq!(project.relations(), ["b view", "c view"]);
    project.write("models/a.sql", "select 1 as id");
    project.run(&["build"]).says(1, &["PASS=0", "ERROR=1", "SKIP=4"]);
}

#[test]
fn what_is_ready_begins_by_depth_and_then_by_id() {
    let project = Project::new()
        .file("seeds/a.csv", "id\n1\n")
        .file("models/y.sql", "select 1 as id")
        .file("models/b.sql", "select * from {{ ref('y') }}")
        .file("models/z.sql", "select 1 as id")
        .file("models/p.yml", "models:\n  - name: z\n    columns: [{name: id, data_tests: [unique]}]\n");
    project.ok(&["build", "--threads", "1"]);
    let results = project.json("target/run_results.json")["results"].clone();
    let order: Vec<&str> =
        results.as_array().unwrap().iter().filter_map(|result| result["unique_id"].as_str()).collect();
    assert_eq!(order[..4], ["model.shop.y", "model.shop.z", "seed.shop.a", "model.shop.b"]);
}

#[test]
fn columns_of_a_seed_without_a_name_or_with_a_second_one_are_named() {
    let project = Project::new().file("seeds/s.csv", ",id,id,amount\n0,1,2,39.00\n1,3,4,49.0\n");
    project.ok(&["build"]);
    let columns = "select column_name || ' ' || data_type from information_schema.columns where table_name = 's'";
    assert_eq!(project.cells(columns), ["a INTEGER", "id INTEGER", "id_2 INTEGER", "amount INTEGER"]);
    assert_eq!(project.cells("select a, amount from {{ ref('s') }}"), ["0|39", "1|49"]);
}

#[test]
fn under_fail_fast_all_that_is_left_says_so() {
    let project = Project::new()
        .file("models/a.sql", "select nope as id")
        .file("models/b.sql", "select * from {{ ref('a') }}")
        .file("models/c.sql", "select * from {{ ref('b') }}");
    project.run(&["run", "--fail-fast"]).says(1, &["SKIP=2"]);
    let results = project.json("target/run_results.json")["results"].clone();
    let told: Vec<&str> =
        results.as_array().unwrap()[1..].iter().filter_map(|result| result["message"].as_str()).collect();
    assert_eq!(told, ["Skipping due to fail_fast"; 2]);
}
