//! The section `lineage`: from which columns each column comes.

use serde_json::{Map, Value, json};

use super::json::{entries, list};
use super::nodes::Index;

/// The lineage with places in the list of nodes instead of ids; ends that have no page are left out.
pub(super) fn lineage(lineage: &Value, index: &Index<'_>) -> Map<String, Value> {
    let mut told = Map::new();
    for (id, node) in lineage.as_object().into_iter().flatten() {
        let Some(place) = index.place(id) else { continue };
        let columns: Map<String, Value> =
            entries(node, "columns").map(|(name, column)| (name.clone(), one(column, index))).collect();
        let used = ends(list(node, "used"), index);
        told.insert(place.to_string(), json!({"columns": columns, "used": used}));
    }
    told
}

fn one(column: &Value, index: &Index<'_>) -> Value {
    let mut told = json!({"from": ends(list(column, "from"), index)});
    if let Some(reason) = column.get("unknown").filter(|reason| reason.is_string()) {
        told["unknown"] = reason.clone();
    }
    told
}

/// `[place, column, kind]` of each end.
fn ends(list: &[Value], index: &Index<'_>) -> Vec<Value> {
    let end = |end: &Value| {
        let place = index.place(end.get(0)?.as_str()?)?;
        Some(json!([place, end.get(1)?, end.get(2)?]))
    };
    list.iter().filter_map(end).collect()
}
