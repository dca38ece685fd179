//! `config` in templates: called, it configures the node; asked, it tells the configuration.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};
use serde_json::{Map, Value as Json};

use crate::jinja::phase::Phase;
use crate::jinja::{Arguments, fail, python};
use crate::manifest::Config;

/// The configuration of the node that is rendered.
pub struct ConfigValue {
    config: Mutex<Config>,
    phase: Phase,
    node: String,
}

impl std::fmt::Debug for ConfigValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("<config>")
    }
}

impl ConfigValue {
    /// The configuration as a template value.
    pub fn value(config: Config, phase: Phase, node: &str) -> Value {
        Value::from_object(Self { config: Mutex::new(config), phase, node: node.to_owned() })
    }

    fn find(&self, key: &str) -> Option<Json> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let found = config.get(key).cloned().or_else(|| config.get("meta")?.get(key).cloned());
        found.or_else(|| (key == "snapshot_table_column_names").then(|| meta_columns(&config)).flatten())
    }

    fn persists(&self, what: &str) -> bool {
        self.find("persist_docs").and_then(|docs| docs.get(what).and_then(Json::as_bool)).unwrap_or(false)
    }
}

/// The names of a snapshot's own columns. dbt: a property of the configuration, each name its default unless another is
/// given.
fn meta_columns(config: &Config) -> Option<Json> {
    let given = config.get("snapshot_meta_column_names")?.as_object()?;
    let names = ["dbt_valid_to", "dbt_valid_from", "dbt_scd_id", "dbt_updated_at", "dbt_is_deleted"];
    let name = |known: &&str| {
        let chosen = given.get(*known).filter(|name| !name.is_null()).cloned();
        ((*known).to_owned(), chosen.unwrap_or_else(|| Json::from(*known)))
    };
    Some(Json::Object(names.iter().map(name).collect()))
}

impl Object for ConfigValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        if key == "model" {
            return None;
        }
        self.find(key).map(|value| python::value_from_json(&value))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        if let Phase::Parse(recorder) = &self.phase {
            let given = Arguments::new("config", arguments);
            let mut layer = Map::new();
            for positional in given.positional() {
                for (key, value) in python::pairs(positional)? {
                    layer.insert(key.to_string(), python::value_to_json(&value));
                }
            }
            for (key, value) in given.keywords() {
                layer.insert(key.clone(), python::value_to_json(value));
            }
            for (older, newer) in [("pre_hook", "pre-hook"), ("post_hook", "post-hook")] {
                if layer.contains_key(older) && layer.contains_key(newer) {
                    return Err(fail(format!("Invalid config, has conflicting keys \"{older}\" and \"{newer}\"")));
                }
            }
            self.config.lock().unwrap_or_else(PoisonError::into_inner).merge(&layer);
            recorder.add_config(layer);
        }
        Ok(Value::from(""))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            // dbt: while templates are read, nothing is known of a configuration that is not complete yet.
            "get" | "meta_get" | "require" | "meta_require" if matches!(self.phase, Phase::Parse(_)) => Value::from(""),
            "persist_relation_docs" | "persist_column_docs" if matches!(self.phase, Phase::Parse(_)) => {
                Value::from(false)
            }
            "get" | "meta_get" => {
                let key = given.text(0, "name")?;
                let found = self.find(&key).filter(|value| !value.is_null());
                match found {
                    Some(value) => python::value_from_json(&value),
                    None => given.get(1, "default").unwrap_or_else(|| Value::from(())),
                }
            }
            "require" | "meta_require" => {
                let key = given.text(0, "name")?;
                match self.find(&key).filter(|value| !value.is_null()) {
                    Some(value) => python::value_from_json(&value),
                    None => {
                        return Err(fail(format!(
                            "{} does not define a required config parameter '{key}'.",
                            self.node
                        )));
                    }
                }
            }
            "set" => {
                let key = given.text(0, "name")?;
                let value = python::value_to_json(&given.required(1, "value")?);
                // dbt: while the project is parsed, this is a call of `config()`.
                if let Phase::Parse(recorder) = &self.phase {
                    recorder.add_config(Map::from_iter([(key.clone(), value.clone())]));
                }
                self.config.lock().unwrap_or_else(PoisonError::into_inner).set(&key, value);
                Value::from("")
            }
            "persist_relation_docs" => Value::from(self.persists("relation")),
            "persist_column_docs" => Value::from(self.persists("columns")),
            "items" => {
                let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
                python::list(
                    config
                        .iter()
                        .map(|(key, value)| python::tuple(vec![Value::from(key), python::value_from_json(value)]))
                        .collect(),
                )
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        })
    }
}
