//! `semantic_manifest.json`: the semantic layer in the shape that MetricFlow reads.

use serde_json::{Map, Value, json};

use crate::manifest::{Detail, Manifest, Node, ResourceType};

/// The file's content. dbt: `SemanticManifest._get_pydantic_semantic_manifest`.
pub fn semantic_manifest(manifest: &Manifest) -> Value {
    let of = |kind: ResourceType| manifest.nodes.values().filter(move |node| node.resource_type == kind);
    let semantic_models: Vec<Value> = of(ResourceType::SemanticModel).map(|node| semantic_model(node)).collect();
    let legacy = of(ResourceType::Model).find(|node| {
        node.name == "metricflow_time_spine"
            && matches!(&node.detail, Detail::Model { time_spine, .. } if time_spine.as_ref().is_none_or(Value::is_null))
    });
    let legacy: Vec<Value> = legacy
        .filter(|_| !semantic_models.is_empty())
        .map(|node| json!({"location": node.relation_name, "column_name": "date_day", "grain": "day"}))
        .into_iter()
        .collect();
    json!({
        "semantic_models": semantic_models,
        "metrics": of(ResourceType::Metric).map(|node| metric(node)).collect::<Vec<_>>(),
        "project_configuration": {
            "time_spine_table_configurations": legacy,
            "metadata": null,
            // The release of the interface that this shape is of.
            "dsi_package_version": {"major_version": "0", "minor_version": "213", "patch_version": "0"},
            "time_spines": of(ResourceType::Model).filter_map(|node| time_spine(node)).collect::<Vec<_>>(),
        },
        "saved_queries": of(ResourceType::SavedQuery).map(|node| saved_query(node)).collect::<Vec<_>>(),
    })
}

/// Some keys of a mapping in an order; what it lacks is null.
fn pick(value: &Value, keys: &[&str]) -> Value {
    let mut map = Map::new();
    for key in keys {
        map.insert((*key).to_owned(), value.get(key).cloned().unwrap_or(Value::Null));
    }
    Value::Object(map)
}

fn pick_all(value: &Value, keys: &[&str]) -> Value {
    value.as_array().map_or_else(|| json!([]), |items| items.iter().map(|item| pick(item, keys)).collect())
}

fn meta(node: &Value) -> Value {
    json!({"meta": node["config"]["meta"]})
}

fn semantic_model(node: &Node) -> Value {
    let json = Value::Object(node.to_json());
    let mut made = pick(
        &json,
        &[
            "name",
            "defaults",
            "description",
            "node_relation",
            "primary_entity",
            "entities",
            "measures",
            "dimensions",
            "label",
            "metadata",
        ],
    );
    let entity = ["name", "description", "type", "role", "expr", "metadata", "label", "config"];
    let measure = [
        "name",
        "agg",
        "description",
        "create_metric",
        "expr",
        "agg_params",
        "metadata",
        "non_additive_dimension",
        "agg_time_dimension",
        "label",
        "config",
    ];
    let dimension = [
        "name",
        "description",
        "type",
        "datatype",
        "is_partition",
        "type_params",
        "expr",
        "metadata",
        "label",
        "config",
    ];
    made["entities"] = pick_all(&json["entities"], &entity);
    made["measures"] = pick_all(&json["measures"], &measure);
    made["dimensions"] = pick_all(&json["dimensions"], &dimension);
    made["config"] = meta(&json);
    made
}

fn metric(node: &Node) -> Value {
    let json = Value::Object(node.to_json());
    let mut made =
        pick(&json, &["name", "description", "type", "datatype", "type_params", "filter", "metadata", "label"]);
    let params = [
        "measure",
        "numerator",
        "denominator",
        "expr",
        "window",
        "grain_to_date",
        "metrics",
        "conversion_type_params",
        "cumulative_type_params",
        "input_measures",
        "metric_aggregation_params",
        "join_to_timespine",
        "fill_nulls_with",
        "is_private",
    ];
    let mut params = pick(&json["type_params"], &params);
    if params["conversion_type_params"].is_object() {
        let keys = [
            "base_measure",
            "base_metric",
            "conversion_measure",
            "conversion_metric",
            "entity",
            "calculation",
            "window",
            "constant_properties",
        ];
        params["conversion_type_params"] = pick(&params["conversion_type_params"], &keys);
    }
    // dbt: these two are lowered on the way.
    let lower = |value: &mut Value| {
        if let Some(text) = value.as_str().map(str::to_lowercase) {
            *value = Value::String(text);
        }
    };
    if let Some(grain) = params.pointer_mut("/cumulative_type_params/grain_to_date") {
        lower(grain);
    }
    for input in params["metrics"].as_array_mut().into_iter().flatten() {
        lower(&mut input["offset_to_grain"]);
    }
    made["type_params"] = params;
    made["config"] = meta(&json);
    made["time_granularity"] = json["time_granularity"].clone();
    made
}

fn saved_query(node: &Node) -> Value {
    let json = Value::Object(node.to_json());
    let mut made = pick(&json, &["name", "query_params", "description", "metadata", "label", "exports", "tags"]);
    made["query_params"] = pick(&json["query_params"], &["metrics", "group_by", "order_by", "limit", "where"]);
    for export in made["exports"].as_array_mut().into_iter().flatten() {
        let config = pick(&export["config"], &["export_as", "schema_name", "alias"]);
        *export = json!({"name": export["name"], "config": config});
    }
    made
}

fn time_spine(node: &Node) -> Option<Value> {
    let Detail::Model { time_spine: Some(spine), .. } = &node.detail else { return None };
    let column = spine.get("standard_granularity_column")?.as_str()?;
    let granularity = node.columns.get(column)?.extra.get("granularity")?;
    Some(json!({
        "node_relation": {
            "alias": node.alias, "schema_name": node.schema, "database": node.database,
            "relation_name": node.relation_name,
        },
        "primary_column": {"name": column, "time_granularity": granularity},
        "custom_granularities": spine.get("custom_granularities"),
    }))
}
