//! The semantic layer: semantic models, metrics, saved queries, time spines.

use serde_json::{Value, json};

use super::project::Project;

const SEMANTIC: &str = "\
semantic_models:
  - name: revenue
    model: ref('orders')
    description: what is earned
    config: {meta: {owner: ann}}
    defaults: {agg_time_dimension: ds}
    entities:
      - {name: order, type: PRIMARY, expr: id}
    dimensions:
      - {name: ds, type: time, expr: day, type_params: {time_granularity: day}}
    measures:
      - {name: amount, agg: sum, create_metric: true, config: {meta: {unit: eur}}}
      - {name: orders_seen, agg: count, expr: 1}
metrics:
  - {name: orders_placed, label: Orders, type: simple, type_params: {measure: orders_seen}}
  - name: average_order
    label: Average
    type: ratio
    type_params: {numerator: amount, denominator: orders_placed}
saved_queries:
  - name: daily
    query_params:
      metrics: [average_order]
      group_by: [\"TimeDimension('order__ds', 'day')\"]
      where: \"{{ Dimension('order__ds') }} is not null\"
    exports:
      - {name: daily_table, config: {export_as: table}}
";

fn project(schema: &str) -> Project {
    Project::new()
        .file("models/orders.sql", "select 1 as id, 10 as amount, date '2024-01-01' as day")
        .file("models/metricflow_time_spine.sql", "select date '2024-01-01' as date_day")
        .file("models/semantic.yml", schema)
}

#[test]
fn all_parts_are_linked_and_written() {
    let project = project(SEMANTIC);
    project.ok(&["build"]);
    let manifest = project.json("target/manifest.json");
    let model = &manifest["semantic_models"]["semantic_model.shop.revenue"];
    assert_eq!(model["node_relation"]["alias"], "orders");
    assert_eq!(model["entities"][0]["type"], "primary");
    assert_eq!(model["measures"][0]["config"], json!({"meta": {"owner": "ann", "unit": "eur"}}));
    let metrics = manifest["metrics"].as_object().unwrap();
    let names: Vec<&str> = metrics.values().filter_map(|metric| metric["name"].as_str()).collect();
    assert_eq!(names, ["orders_placed", "average_order", "amount"]);
    let ratio = &metrics["metric.shop.average_order"];
    assert_eq!(ratio["depends_on"]["nodes"], json!(["metric.shop.amount", "metric.shop.orders_placed"]));
    assert_eq!(ratio["type_params"]["input_measures"].as_array().unwrap().len(), 2);
    assert_eq!(manifest["parent_map"]["metric.shop.amount"], json!(["semantic_model.shop.revenue"]));
    let query = &manifest["saved_queries"]["saved_query.shop.daily"];
    assert_eq!(query["exports"][0]["config"]["schema_name"], "main");
    assert_eq!(query["query_params"]["where"]["where_filters"].as_array().unwrap().len(), 1);
    let results = project.json("target/run_results.json");
    let saved = results["results"].as_array().unwrap().iter().find(|result| result["status"] == "no-op");
    assert_eq!(saved.map(|result| &result["unique_id"]), Some(&json!("saved_query.shop.daily")));
    let listed = project.ok(&["ls", "--select", "+saved_query:daily", "--resource-type", "metric"]);
    listed.says(0, &["metric:shop.amount", "metric:shop.average_order", "metric:shop.orders_placed"]);
}

#[test]
fn metrics_are_values_in_templates() {
    let project = project(SEMANTIC).file(
        "models/about.sql",
        "{% set m = metric('average_order') %}select '{{ m.label }} {{ m.type }} {{ m.base_metric_dependency() | sort | join }}' as text",
    );
    project.ok(&["build"]);
    assert_eq!(project.cells("select * from about"), ["Average MetricType.RATIO amountorders_placed"]);
    let about = &project.json("target/manifest.json")["nodes"]["model.shop.about"];
    assert_eq!(about["metrics"], json!([["average_order"]]));
    assert_eq!(about["depends_on"]["nodes"], json!(["metric.shop.average_order"]));
}

#[test]
fn models_declare_their_own_semantics() {
    let schema = "\
models:
  - name: orders
    semantic_model: true
    agg_time_dimension: order_day
    columns:
      - {name: id, entity: {type: primary, name: order}}
      - {name: day, granularity: day, dimension: {type: time, name: order_day}}
    metrics:
      - {name: order_count, type: simple, agg: count, expr: id}
      - {name: running_count, type: cumulative, input_metric: order_count, window: 7 days}
";
    let project = project(schema);
    project.ok(&["parse"]);
    let manifest = project.json("target/manifest.json");
    let model = &manifest["semantic_models"]["semantic_model.shop.orders"];
    assert_eq!(model["entities"][0]["expr"], "id");
    assert_eq!(model["dimensions"][0]["type_params"]["time_granularity"], "day");
    let params = &manifest["metrics"]["metric.shop.order_count"]["type_params"]["metric_aggregation_params"];
    assert_eq!((&params["agg"], &params["agg_time_dimension"]), (&json!("count"), &json!("order_day")));
    let window = &manifest["metrics"]["metric.shop.running_count"]["type_params"]["cumulative_type_params"]["window"];
    assert_eq!(window, &json!({"count": 7, "granularity": "day"}));
    assert_eq!(manifest["nodes"]["model.shop.orders"]["columns"]["id"]["entity"]["type"], Value::from("primary"));
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (from, to, said) in [
        ("type: simple", "typ: simple", "Additional properties are not allowed ('typ' was unexpected)"),
        ("measure: orders_seen", "measure: orders_sen", "did you mean `orders_seen`?"),
        ("agg: count", "agg: coun", "'coun' is not a valid AggregationType"),
        ("ref('orders')", "ref('order')", "depends on a node named 'order' which was not found"),
        ("metrics: [average_order]", "metrics: [average]", "depends on a metric named 'average' which was not found"),
        ("name: orders_placed", "name: orders placed", "cannot contain spaces"),
    ] {
        let output = project(&SEMANTIC.replacen(from, to, 1)).run(&["parse"]);
        output.says(2, &[said, "models/semantic.yml:"]);
    }
}

#[test]
fn the_whole_layer_is_checked() {
    for (from, to, said) in [
        ("expr: 1}", "agg_time_dimension: day}", "which is not a valid time dimension in the semantic model"),
        ("type: PRIMARY", "type: foreign", "does not define a primary entity"),
        ("name: revenue", "name: Revenue", "Invalid name `Revenue`"),
        ("'order__ds', 'day'", "'order__moon', 'day'", "is not a valid group-by name"),
        ("{{ Dimension('order__ds') }}", "{{ Dimension('ds') }}", "<primary entity name>__<dimension_name>"),
        ("Dimension('order__ds') }}", "Dimension('order__ds', path=['a']) }}", "no keyword argument 'path', only name"),
        ("label: Average", "label: Orders", "as it's already used for metric `orders_placed`"),
    ] {
        let output = project(&SEMANTIC.replacen(from, to, 1)).run(&["parse"]);
        output.says(2, &["Semantic Manifest validation failed.", said, "models/semantic.yml:"]);
    }
    let by_way = SEMANTIC.replace("Dimension('order__ds') }}", "Dimension(name='order__ds', entity_path=['order']) }}");
    project(&by_way).ok(&["parse"]);
    let project = project(SEMANTIC);
    std::fs::remove_file(project.path("models/metricflow_time_spine.sql")).unwrap();
    project
        .run(&["parse"])
        .says(2, &["The semantic layer requires a time spine model with granularity DAY or smaller"]);
}
