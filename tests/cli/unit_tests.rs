//! Unit tests: given rows, expected rows, and what is told of a difference.

use crate::project::Project;

fn shop() -> Project {
    Project::new().file("models/orders.sql", "select 1 as id, 10.5 as amount, cast('2024-01-01' as date) as day").file(
        "models/totals.sql",
        "select day, sum(amount) as total, '{{ var('unit', 'usd') }}' as unit from {{ ref('orders') }} group by day",
    )
}

const TOTALS: &str = "
unit_tests:
  - name: adds_up
    model: totals
    given:
      - input: ref('orders')
        rows:
          - {day: 2024-05-01, amount: 1.5}
          - {day: 2024-05-01, amount: 2}
          - {DAY: 2024-05-02, amount: }
    expect:
      rows:
        - {day: 2024-05-01, total: 3.5}
        - {day: 2024-05-02, total: }
";

#[test]
fn a_unit_test_runs_the_model_on_given_rows() {
    let project = shop().file("models/t.yml", TOTALS);
    project.ok(&["run", "--select", "orders"]);
    project.ok(&["test"]).says(0, &["PASS totals::adds_up", "1 unit test", "PASS=1"]);
    let manifest = project.json("target/manifest.json");
    let test = &manifest["unit_tests"]["unit_test.shop.totals.adds_up"];
    assert_eq!(test["depends_on"]["nodes"][0], "model.shop.totals");
    assert_eq!(test["given"][0]["rows"][2]["DAY"], "2024-05-02");
    let results = project.json("target/run_results.json");
    assert_eq!(results["results"][0]["unique_id"], "unit_test.shop.totals.adds_up");
    assert_eq!(results["results"][0]["failures"], 0);
    project.ok(&["list", "--select", "test_type:unit"]).says(0, &["unit_test:shop.adds_up"]);
}

#[test]
fn a_difference_is_shown_and_the_model_is_skipped() {
    let project = shop().file("models/t.yml", TOTALS.replace("total: 3.5", "total: 4.5"));
    let table = "@@,day       ,total\n→ ,2024-05-01,4.5→3.5\n  ,2024-05-02,NULL\n";
    project
        .run(&["build"])
        .says(1, &["FAIL 1 totals::adds_up", "actual differs from expected:", table, "SKIP relation main.totals"]);
    assert_eq!(project.relations(), ["orders view"]);
    project.ok(&["build", "--exclude-resource-type", "unit_test"]);
}

#[test]
fn overrides_reach_macros_variables_and_the_models_own_relation() {
    let project = Project::new()
        .file("macros/m.sql", "{% macro rate() %}2{% endmacro %}")
        .file("models/events.sql", "select 1 as id, 5 as n")
        .file(
            "models/log.sql",
            "{{ config(materialized='incremental') }}
            select id, n * {{ rate() }} as n, '{{ var('unit', 'usd') }}' as unit, '{{ env_var('PLACE', 'here') }}' as place
            from {{ ref('events') }}
            {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
        )
        .file(
            "models/t.yml",
            "
unit_tests:
  - name: newer_rows_only
    model: log
    overrides:
      macros: {is_incremental: true, rate: 3}
      vars: {unit: eur}
      env_vars: {PLACE: there}
    given:
      - {input: this, rows: [{id: 1}]}
      - input: ref('events')
        format: csv
        rows: |
          id,n
          1,7
          2,8
    expect: {rows: [{id: 2, n: 24, unit: eur, place: there}]}
  - name: all_rows
    model: log
    overrides: {macros: {is_incremental: false}}
    given: [{input: ref('events'), format: sql, rows: 'select 9 as id, 1 as n'}]
    expect: {format: sql, fixture: all_rows}
",
        )
        .file("tests/fixtures/all_rows.sql", "select 9 as id, 2 as n, 'usd' as unit, 'here' as place");
    project.run(&["build"]).says(1, &["because the relation doesn't exist", "models/t.yml:10"]);
    project.ok(&["run"]);
    project.ok(&["build"]).says(0, &["PASS log::newer_rows_only", "PASS log::all_rows"]);
}

#[test]
fn mistakes_are_told_at_their_place() {
    let project = shop().file("models/t.yml", TOTALS.replace("ref('orders')", "ref('order')"));
    project.ok(&["run"]);
    project.run(&["test"]).says(
        1,
        &["Unit test 'adds_up' had an input (ref('order')) which was not found in the manifest.", "models/t.yml:6"],
    );
    project.write("models/t.yml", TOTALS.replace("amount: 2}", "cost: 2}"));
    project.run(&["test"]).says(1, &["Invalid column name: 'cost' in unit test fixture for 'orders'", "models/t.yml"]);
    project.write("models/t.yml", TOTALS.replace("model: totals", "model: total"));
    project
        .run(&["parse"])
        .says(2, &["Unable to find model 'shop.total' for unit test 'adds_up'", "did you mean `totals`?"]);
    project.write("models/t.yml", format!("{TOTALS}{}", TOTALS.replace("\nunit_tests:\n", "")));
    project.run(&["parse"]).says(2, &["dbt found two unit_tests with the name \"adds_up\""]);
}

#[test]
fn a_unit_test_that_fails_takes_the_others_of_its_model_along() {
    let expecting =
        |name: &str, id: u8| format!("  - {{name: {name}, model: m, given: [], expect: {{rows: [{{id: {id}}}]}}}}\n");
    let tests = format!("unit_tests:\n{}{}{}", expecting("first", 1), expecting("second", 2), expecting("third", 1));
    let project = Project::new()
        .file("models/m.sql", "select 1 as id")
        .file("models/n.sql", "select * from {{ ref('m') }}")
        .file("models/p.yml", tests);
    assert_eq!(project.run(&["build"]).code, Some(1));
    let results = project.json("target/run_results.json")["results"].clone();
    let told: Vec<String> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| format!("{} {}", result["unique_id"].as_str().unwrap(), result["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "unit_test.shop.m.first pass",
            "unit_test.shop.m.second fail",
            "unit_test.shop.m.third skipped",
            "model.shop.m skipped",
            "model.shop.n skipped",
        ]
    );
    // By themselves they have nothing to do with each other.
    project.run(&["test"]).says(1, &["PASS=2", "ERROR=1"]);
}

#[test]
fn an_input_that_cannot_be_made_is_the_unit_tests_own_failure() {
    let project =
        Project::new().file("seeds/s.csv", "id\n1\n").file("models/m.sql", "select id from {{ ref('s') }}").file(
            "models/p.yml",
            "unit_tests:\n  - {name: u, model: m, given: [{input: ref('s'), rows: [{no_such_column: 1}]}], \
             expect: {rows: [{id: 1}]}}\n",
        );
    project.run(&["build"]).says(1, &["in unit_test u", "ERROR=1", "SKIP=1"]).hides(&["ephemeral"]);
}
