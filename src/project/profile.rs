//! The target: where the project runs.

use serde_json::{Map, Value, json};

/// One output of a profile.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name of the profile.
    pub profile: String,
    /// Name of the output.
    pub name: String,
    /// `duckdb` or `snowflake`.
    pub kind: String,
    /// How many nodes run at once.
    pub threads: usize,
    /// The default database.
    pub database: String,
    /// The default schema.
    pub schema: String,
    /// All keys as written, Jinja rendered; holds secrets.
    pub output: Map<String, Value>,
}

/// Keys that `{{ target }}` never shows, and any key with one of [`SECRET_WORDS`] in its name.
///
/// dbt: each adapter lists the keys that may be shown.
const HIDDEN: &[&str] = &["pass", "secrets", "settings", "config_options"];

/// Words in the names of keys that hold secrets.
const SECRET_WORDS: &[&str] = &["password", "token", "private_key", "passphrase", "passcode", "secret"];

fn is_hidden(key: &str) -> bool {
    HIDDEN.contains(&key) || SECRET_WORDS.iter().any(|word| key.contains(word))
}

impl Target {
    /// The dialect that the project's SQL is written in, where the warehouse reads another.
    pub fn written_in(&self) -> Option<&'static str> {
        let named = self.output.get("dialect").and_then(Value::as_str);
        (self.kind == "duckdb" && named == Some("snowflake")).then_some("snowflake")
    }

    /// What `{{ target }}` shows.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map: Map<String, Value> =
            self.output.iter().filter(|(key, _)| !is_hidden(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        for (key, value) in [
            ("name", json!(self.name)),
            ("target_name", json!(self.name)),
            ("profile_name", json!(self.profile)),
            ("type", json!(self.kind)),
            ("threads", json!(self.threads)),
            ("database", json!(self.database)),
            ("dbname", json!(self.database)),
            ("schema", json!(self.schema)),
        ] {
            map.insert(key.to_owned(), value);
        }
        map
    }
}
