//! Two manifests and two run results, key by key.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::Finding;

/// The packages whose macros each program brings itself.
const BUILT_IN: [&str; 3] = ["dbt", "dbt_duckdb", "dbt_snowflake"];

/// Keys that hold a time or a place of this run.
const OF_THE_RUN: [&str; 4] = ["created_at", "compiled_path", "build_path", "root_path"];

/// Keys that say how a resource was compiled: compared from the run results.
const OF_THE_COMPILER: [&str; 4] = ["compiled", "compiled_code", "extra_ctes", "extra_ctes_injected"];

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn short(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "(absent)".to_owned(), Value::to_string);
    if text.chars().count() > 160 { format!("{}...", text.chars().take(160).collect::<String>()) } else { text }
}

fn built_in(resource: &Value) -> bool {
    BUILT_IN.iter().any(|package| resource.get("package_name").and_then(Value::as_str) == Some(package))
}

/// Findings of all sections, named `section.key`; sections of equal resources make one line.
pub fn manifests(theirs: &Value, ours: &Value) -> Vec<(String, Finding)> {
    let sections = [
        "nodes",
        "sources",
        "macros",
        "docs",
        "exposures",
        "metrics",
        "groups",
        "selectors",
        "disabled",
        "saved_queries",
        "semantic_models",
        "unit_tests",
        "functions",
    ];
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for section in sections {
        let (left, right) = (object(theirs.get(section)), object(ours.get(section)));
        let line = found.entry(section.to_owned()).or_default();
        let ids: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        line.compared = ids.len();
        let mut keys: Vec<(String, Option<String>)> = Vec::new();
        for id in ids {
            let (Some(left), Some(right)) = (left.get(id), right.get(id)) else {
                // What we add to our own packages takes nothing from a project.
                if left.get(id).is_none() && right.get(id).is_some_and(built_in) {
                    continue;
                }
                let side = if left.contains_key(id) { "only dbt" } else { "only netflix" };
                line.different.push(format!("{id}: {side}"));
                continue;
            };
            resource(section, id, left, right, &mut keys);
        }
        for (key, difference) in keys {
            let line = found.entry(format!("{section}.{key}")).or_default();
            line.compared += 1;
            line.different.extend(difference);
        }
    }
    for map in ["parent_map", "child_map", "group_map"] {
        let (left, right) = (object(theirs.get(map)), object(ours.get(map)));
        let line = found.entry(map.to_owned()).or_default();
        for id in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
            line.compared += 1;
            if sorted(left.get(id)) != sorted(right.get(id)) {
                line.different.push(format!("{id}: {} / {}", short(left.get(id)), short(right.get(id))));
            }
        }
    }
    found.into_iter().filter(|(_, finding)| finding.compared > 0).collect()
}

/// A list whose order says nothing.
fn sorted(value: Option<&Value>) -> Option<Vec<String>> {
    let mut texts: Vec<String> = value?.as_array()?.iter().map(Value::to_string).collect();
    texts.sort();
    Some(texts)
}

fn resource(section: &str, id: &str, theirs: &Value, ours: &Value, found: &mut Vec<(String, Option<String>)>) {
    // A disabled resource is a list of one.
    let (theirs, ours) = if section == "disabled" { (&theirs[0], &ours[0]) } else { (theirs, ours) };
    let (left, right) = (object(Some(theirs)), object(Some(ours)));
    for key in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
        let skipped = OF_THE_RUN.contains(&key.as_str())
            || OF_THE_COMPILER.contains(&key.as_str())
            || (built_in(theirs) && !["name", "unique_id", "package_name"].contains(&key.as_str()));
        if skipped {
            continue;
        }
        let (left, right) = (left.get(key), right.get(key));
        if key == "config" || key == "unrendered_config" || key == "depends_on" {
            let (left, right) = (object(left), object(right));
            for inner in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
                let (left, right) = (left.get(inner), right.get(inner));
                let same = if key == "depends_on" { sorted(left) == sorted(right) } else { left == right };
                found.push((
                    format!("{key}.{inner}"),
                    (!same).then(|| format!("{id}: {} / {}", short(left), short(right))),
                ));
            }
            continue;
        }
        // dbt keeps what it reads off a template in a set, whose order is another in every run.
        let same = left == right || (key == "sources" && left.is_some() && sorted(left) == sorted(right));
        found.push((key.clone(), (!same).then(|| format!("{id}: {} / {}", short(left), short(right)))));
    }
}

/// Results by unique id.
fn by_id(results: &Value) -> BTreeMap<String, Value> {
    let list = results.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
    list.into_iter().filter_map(|result| Some((result.get("unique_id")?.as_str()?.to_owned(), result))).collect()
}

/// Compiled SQL, by the kind of the node: exactly, and without any blanks.
pub fn compiled(theirs: &Value, ours: &Value) -> Vec<(String, Finding)> {
    let (left, right) = (by_id(theirs), by_id(ours));
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for (id, result) in &left {
        let Some(other) = right.get(id) else { continue };
        let text = |value: &Value| value.get("compiled_code").and_then(Value::as_str).map(str::to_owned);
        let (Some(left), Some(right)) = (text(result), text(other)) else { continue };
        let kind = id.split('.').next().unwrap_or_default();
        let words = |text: &str| text.split_whitespace().collect::<String>();
        for (name, same) in [("exactly", left == right), ("but for blanks", words(&left) == words(&right))] {
            let line = found.entry(format!("{kind}, {name}")).or_default();
            line.compared += 1;
            if !same {
                line.different.push(format!("{id}: {}", first_difference(&left, &right)));
            }
        }
    }
    found.into_iter().collect()
}

fn first_difference(left: &str, right: &str) -> String {
    let pair = left.lines().zip(right.lines()).enumerate().find(|(_, (left, right))| left != right);
    match pair {
        Some((index, (left, right))) => format!("line {}: `{left}` / `{right}`", index + 1),
        None => format!("{} lines / {} lines", left.lines().count(), right.lines().count()),
    }
}

/// Status, failures and message of every node.
pub fn results(theirs: &Value, ours: &Value) -> Vec<(String, Finding)> {
    let (left, right) = (by_id(theirs), by_id(ours));
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    for id in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
        let line = found.entry("nodes".to_owned()).or_default();
        line.compared += 1;
        let (Some(left), Some(right)) = (left.get(id), right.get(id)) else {
            line.different.push(format!("{id}: only {}", if left.contains_key(id) { "dbt" } else { "netflix" }));
            continue;
        };
        for key in ["status", "failures", "message", "relation_name", "adapter_response"] {
            let line = found.entry(key.to_owned()).or_default();
            line.compared += 1;
            if left.get(key) != right.get(key) {
                line.different.push(format!("{id}: {} / {}", short(left.get(key)), short(right.get(key))));
            }
        }
    }
    found.into_iter().collect()
}
