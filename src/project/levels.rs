//! The configuration trees of a project file, level by level.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::Yaml;

/// The configuration of one level, shared by all nodes below it.
pub type Layer = Arc<Map<String, Value>>;

/// The levels of a project file, made when the first is asked for. A copy makes its own.
#[derive(Debug, Default)]
pub struct Levels(OnceLock<HashMap<String, Level>>);

impl Clone for Levels {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// One level of a tree.
#[derive(Debug)]
struct Level {
    layer: Layer,
    below: HashMap<String, Level>,
}

impl Level {
    fn of(tree: &Yaml) -> Self {
        let inner = tree.pairs().iter().filter(|(_, value)| !value.pairs().is_empty());
        let below = inner.filter_map(|(key, value)| Some((key.text()?.to_owned(), Self::of(value)))).collect();
        Self { layer: Arc::new(configuration(tree, None)), below }
    }
}

impl Levels {
    /// The layers of a tree that apply to a fully qualified name, the least specific first. `name` is the key of the tree
    /// in the file.
    pub fn layers(&self, file: &Yaml, name: &str, fqn: &[String]) -> Vec<Layer> {
        let levels = self.0.get_or_init(|| {
            file.pairs().iter().filter_map(|(key, tree)| Some((key.text()?.to_owned(), Level::of(tree)))).collect()
        });
        let mut layers = Vec::new();
        let mut at = levels.get(name).zip(file.get(name));
        for depth in 0..=fqn.len() {
            let Some((level, tree)) = at else { break };
            let next = fqn.get(depth);
            // A key that is no mapping and has the name of the next part configures nothing here.
            let layer = match next {
                Some(next) if level.layer.contains_key(next) => Arc::new(configuration(tree, Some(next))),
                _ => Arc::clone(&level.layer),
            };
            layers.extend((!layer.is_empty()).then_some(layer));
            at = next.and_then(|next| level.below.get(next).zip(tree.get(next)));
        }
        layers
    }
}

/// The configuration keys of one level of a tree, above the part `next` of a name.
///
/// dbt: keys with `+`, and keys whose value is no mapping, are configuration; other keys are the next part of the name.
fn configuration(tree: &Yaml, next: Option<&str>) -> Map<String, Value> {
    let mut layer = Map::new();
    for (key, value) in tree.pairs() {
        let name = key.shown();
        if let Some(name) = name.strip_prefix('+') {
            layer.insert(name.to_owned(), value.to_json());
        } else if value.pairs().is_empty() && Some(name.as_ref()) != next {
            layer.insert(name.into_owned(), value.to_json());
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_with_the_next_name_configures_nothing() {
        let text = "models:\n  p:\n    +tags: [a]\n    enabled: false\n    sub:\n      +meta: {x: 1}\n      m: null\n";
        let file = Yaml::parse_text("dbt_project.yml", text).unwrap();
        let levels = Levels::default();
        let of = |name: &str, fqn: &[&str]| {
            let fqn: Vec<String> = fqn.iter().map(|part| (*part).to_owned()).collect();
            let layers = levels.layers(&file, name, &fqn).into_iter();
            json!(layers.map(|layer| Value::Object(Map::clone(&layer))).collect::<Vec<_>>())
        };
        let upper = json!({"tags": ["a"], "enabled": false});
        assert_eq!(of("models", &["p", "sub", "m"]), json!([upper, {"meta": {"x": 1}}]));
        assert_eq!(of("models", &["p", "sub", "n"]), json!([upper, {"meta": {"x": 1}, "m": null}]));
        assert_eq!(of("models", &["p", "sub"]), json!([upper, {"meta": {"x": 1}, "m": null}]));
        assert_eq!(of("models", &["q"]), json!([]));
        assert_eq!(of("seeds", &["p"]), json!([]));
    }
}
