//! The last result of every node over several runs: `run` and then `test` leave both in the documentation.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// The file's name.
pub const LAST_RESULTS: &str = "last_results.json";

/// The earlier results with those of a run (`run_results.json`) in place of the same nodes' earlier ones.
///
/// Each result names its run by its place in `runs`, the newest first; a run of which no result is left is dropped.
pub fn merge_results(earlier: Option<Value>, run: Value) -> Value {
    let Value::Object(mut run) = run else { return json!({"runs": [], "results": []}) };
    let mut results: Vec<Value> = match run.remove("results") {
        Some(Value::Array(results)) => results.into_iter().map(|result| kept(result, 0)).collect(),
        _ => Vec::new(),
    };
    let mut args = Map::new();
    for name in ["which", "invocation_command"] {
        if let Some(value) = run.get("args").and_then(|args| args.get(name)) {
            args.insert(name.to_owned(), value.clone());
        }
    }
    run.insert("args".to_owned(), Value::Object(args));
    run.insert("count".to_owned(), json!(results.len()));
    let mut runs = vec![Value::Object(run)];
    let newer: HashSet<String> =
        results.iter().filter_map(|result| result["unique_id"].as_str()).map(str::to_owned).collect();
    let earlier = earlier.unwrap_or_default();
    let list = |key: &str| earlier.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (place, head) in list("runs").iter().enumerate() {
        let left: Vec<&Value> = list("results")
            .iter()
            .filter(|result| result["run"].as_u64() == u64::try_from(place).ok())
            .filter(|result| result["unique_id"].as_str().is_some_and(|id| !newer.contains(id)))
            .collect();
        if !left.is_empty() {
            results.extend(left.into_iter().map(|result| kept(result.clone(), runs.len())));
            runs.push(head.clone());
        }
    }
    json!({"runs": runs, "results": results})
}

/// A result with its run, without its SQL, which the manifest has.
fn kept(mut result: Value, run: usize) -> Value {
    if let Some(map) = result.as_object_mut() {
        map.remove("compiled_code");
        map.insert("run".to_owned(), json!(run));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(which: &str, results: &[(&str, &str)]) -> Value {
        let results: Vec<Value> = results
            .iter()
            .map(|(id, status)| json!({"unique_id": id, "status": status, "compiled_code": "select 1"}))
            .collect();
        json!({"metadata": {}, "args": {"which": which, "vars": {}}, "elapsed_time": 1.0, "results": results})
    }

    #[test]
    fn the_newest_result_of_each_node_stays() {
        let first = merge_results(None, run("run", &[("a", "success"), ("b", "error")]));
        let second = merge_results(Some(first), run("test", &[("t", "pass")]));
        let third = merge_results(Some(second), run("run", &[("b", "success")]));
        let told: Vec<_> = third["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| {
                (
                    result["unique_id"].as_str().unwrap(),
                    result["status"].as_str().unwrap(),
                    result["run"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, [("b", "success", 0), ("t", "pass", 1), ("a", "success", 2)]);
        assert_eq!(third["runs"][2]["count"], 2);
        assert_eq!(third["runs"][1]["args"], json!({"which": "test"}));
        assert!(third["results"][0].get("compiled_code").is_none());
        let fourth = merge_results(Some(third), run("run", &[("a", "success"), ("b", "success")]));
        assert_eq!(fourth["runs"].as_array().unwrap().len(), 2);
    }
}
