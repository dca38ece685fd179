//! `selectors.yml`, `--selector` and the method `selector:`.

use crate::project::Project;

const SELECTORS: &str = "\
selectors:
  - name: nightly
    description: what runs at night
    default: \"{{ target.name == 'dev' | as_bool }}\"
    definition: tag:night
  - name: orders
    definition:
      method: fqn
      value: orders
      parents: true
      exclude:
        - config.materialized: table
  - name: both
    definition:
      intersection:
        - union: [selector:nightly, orders]
        - method: path
          value: models
          indirect_selection: empty
        - exclude: [report]
  - name: circle
    definition:
      union: [{method: selector, value: circle}]
";

fn shop() -> Project {
    Project::new()
        .file("selectors.yml", SELECTORS.replace("default: \"{{ target.name == 'dev' | as_bool }}\"", "default: false"))
        .file("models/raw_orders.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/stg_orders.sql", "{{ config(tags='night') }} select * from {{ ref('raw_orders') }}")
        .file("models/orders.sql", "select * from {{ ref('stg_orders') }}")
        .file("models/report.sql", "{{ config(tags='night') }} select * from {{ ref('orders') }}")
        .file("models/schema.yml", "models: [{name: stg_orders, columns: [{name: id, data_tests: [not_null]}]}]")
}

#[track_caller]
fn lists(project: &Project, arguments: &[&str], expected: &[&str]) {
    let output = project.ok(&[&["ls", "-q", "--output", "name"], arguments].concat());
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), expected, "{}", output.text);
}

#[test]
fn definitions_of_every_form() {
    let project = shop();
    lists(&project, &["--selector", "nightly"], &["report", "stg_orders", "not_null_stg_orders_id"]);
    lists(&project, &["--selector", "orders"], &["orders", "stg_orders", "not_null_stg_orders_id"]);
    lists(&project, &["--selector", "both"], &["orders", "stg_orders", "not_null_stg_orders_id"]);
    let all = ["orders", "report", "stg_orders", "not_null_stg_orders_id"];
    lists(&project, &["--select", "selector:[no]*,resource_type:model"], &all);
    lists(
        &project,
        &["--select", "1+selector:both", "--resource-type", "model"],
        &["orders", "raw_orders", "stg_orders"],
    );
    let kept = project.json("target/manifest.json")["selectors"].clone();
    assert_eq!(kept["nightly"]["definition"], serde_json::json!({"method": "tag", "value": "night"}));
    assert_eq!(kept["both"]["definition"]["intersection"][2]["exclude"][0]["value"], "report");
    let output = project.run(&["ls", "--selector", "orders", "--select", "report"]);
    output.says(0, &["are being ignored for node selection because --selector is provided", "shop.orders"]);
}

#[test]
fn the_default_stands_in_for_nothing() {
    let project = shop().file(
        "selectors.yml",
        SELECTORS.replace("'dev' | as_bool }}", "'dev') | as_bool }}").replace("{{ target", "{{ (target"),
    );
    project.ok(&["compile"]).says(0, &["Using default selector nightly"]);
    assert_eq!(project.json("target/run_results.json")["results"].as_array().unwrap().len(), 3);
    lists(&project, &["--select", "orders"], &["orders"]);
    project.run(&["ls", "--select", "selector:circle"]).says(2, &["Circular dependency detected in selector: circle"]);
}

#[test]
fn mistakes_are_shown_in_the_file() {
    for (definition, parts) in [
        ("[a]", vec!["valid root-level selector definitions", "selectors.yml:1:35"]),
        ("{method: tga, value: c}", vec!["'tga' is not a valid method name", "did you mean `tag`?"]),
        ("{union: a}", vec!["Invalid value for key \"union\". Expected a list."]),
        ("{union: [a], exclude: [b]}", vec!["Only a single 'union' or 'intersection' key is allowed"]),
        ("{tag: a, b: c}", vec!["Expected either 1 key or else \"method\" and \"value\" keys, but got ['tag', 'b']"]),
        ("{method: tag, value: a, indirect_selection: eagre}", vec!["did you mean `eager`?"]),
    ] {
        let project = shop().file("selectors.yml", format!("selectors: [{{name: x, definition: {definition}}}]\n"));
        project.run(&["parse"]).says(2, &parts);
    }
    let project = shop();
    project.run(&["ls", "--selector", "order"]).says(2, &["Could not find selector named order", "`orders`"]);
    project.run(&["ls", "-s", "selector:order"]).says(2, &["Selector 'order' did not match any selector"]);
    project.run(&["ls", "-s", "tag:nigth"]).says(0, &["did you mean `tag:night`?", "No nodes selected!"]);
}

#[test]
fn a_run_of_nothing_says_only_that() {
    let project = shop();
    project.run(&["run", "--select", "ordrs"]).says(0, &["did you mean `orders`?", "Nothing to do"]).hides(&[
        "Finished running",
        "Completed",
        "TOTAL=",
    ]);
    assert_eq!(project.json("target/run_results.json")["results"], serde_json::json!([]));
}

#[test]
fn analyses_are_listed_where_they_are_asked_for() {
    let project = shop().file("analyses/look.sql", "select * from {{ ref('orders') }}");
    lists(&project, &["--select", "orders+", "--resource-type", "default"], &["orders", "report"]);
    lists(&project, &["--select", "orders+"], &["orders", "report"]);
    lists(&project, &["--select", "orders+", "--resource-type", "all"], &["look", "orders", "report"]);
    lists(&project, &["--resource-type", "analysis"], &["look"]);
    project.run(&["ls", "--resource-type", "metrik"]).says(2, &["did you mean `metric`?", "semantic_model"]);
}
