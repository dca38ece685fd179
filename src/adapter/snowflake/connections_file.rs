//! `connection_name` of an output -> the keys of that connection in the file that Snowflake's own tools share.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::credentials::error;
use crate::diagnostic::{Diagnostic, Result, nearest};

/// Names of the file that differ from those of a profile.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("accountname", "account"),
    ("username", "user"),
    ("warehousename", "warehouse"),
    ("databasename", "database"),
    ("dbname", "database"),
    ("schemaname", "schema"),
    ("rolename", "role"),
    ("private_key_file", "private_key_path"),
    ("private_key_file_pwd", "private_key_passphrase"),
    ("private_key_raw", "private_key"),
];

/// The output with the keys of the connection that it names; what the output says itself wins.
pub(super) fn merged(output: &Map<String, Value>, project_dir: &Path) -> Result<Map<String, Value>> {
    let mut merged = output.clone();
    let Some(name) = output.get("connection_name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Ok(merged);
    };
    let given = output.get("connections_file").and_then(Value::as_str).filter(|path| !path.is_empty());
    let (path, connection) = connection(name, given.map(|path| project_dir.join(path)))?;
    for (key, value) in connection {
        let key = OTHER_NAMES.iter().find(|(other, _)| *other == key).map_or(key.as_str(), |(_, own)| *own).to_owned();
        let value = match value {
            toml::Value::String(text) => Value::from(text),
            toml::Value::Integer(number) => Value::from(number),
            toml::Value::Boolean(truth) => Value::from(truth),
            _ => {
                return Err(Box::new(error(format!(
                    "the key `{key}` of the connection `{name}` in {} must be a text",
                    path.display()
                ))));
            }
        };
        let is_given = merged.get(&key).is_some_and(|own| !own.is_null() && own.as_str() != Some(""));
        if !is_given {
            merged.insert(key, value);
        }
    }
    Ok(merged)
}

/// The file, and the connection of a name in it.
fn connection(name: &str, given: Option<PathBuf>) -> Result<(PathBuf, toml::Table)> {
    let looked = given.map_or_else(usual_places, |path| vec![path]);
    let Some(path) = looked.iter().find(|path| path.is_file()) else {
        let looked: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
        return Err(Box::new(
            error(format!("the output names the connection `{name}`, but there is no file of connections"))
                .note(format!("looked for {}", looked.join(", ")))
                .help("write one, name it with `connections_file`, or leave out `connection_name`"),
        ));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|problem| Box::new(error(format!("cannot read `{}`: {problem}", path.display()))))?;
    let document: toml::Table =
        text.parse().map_err(|problem: toml::de::Error| Box::new(unreadable(path, &problem)))?;
    // `config.toml` keeps them one level deeper than `connections.toml`.
    let connections = match document.get("connections") {
        Some(toml::Value::Table(inner)) => inner,
        _ => &document,
    };
    match connections.get(name) {
        Some(toml::Value::Table(found)) => Ok((path.clone(), found.clone())),
        _ => Err(Box::new(
            error(format!("{} has no connection `{name}`", path.display()))
                .suggest(nearest(name, connections.keys().map(String::as_str)))
                .note(format!("its connections: {}", connections.keys().cloned().collect::<Vec<_>>().join(", "))),
        )),
    }
}

/// The message of a file that is no TOML, without its text: a line of it may hold a password.
fn unreadable(path: &Path, problem: &toml::de::Error) -> Diagnostic {
    error(format!("`{}` is no TOML: {}", path.display(), problem.message()))
}

fn usual_places() -> Vec<PathBuf> {
    let home = std::env::home_dir().unwrap_or_default();
    let folders = [home.join(".snowflake"), home.join(".config").join("snowflake")];
    folders.iter().flat_map(|folder| [folder.join("connections.toml"), folder.join("config.toml")]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("c.toml"), text).unwrap();
        folder
    }

    fn read(folder: &tempfile::TempDir, output: &Value) -> Result<Map<String, Value>> {
        merged(output.as_object().unwrap(), folder.path())
    }

    #[test]
    fn a_connection_fills_what_the_output_leaves_out() {
        let folder = folder(
            "[dev]\naccount = \"org-a\"\nuser = \"toml\"\nprivate_key_file = \"k.p8\"\nport = 8080\n[connections]\n",
        );
        // The table `connections` is empty, so the file is read as a `config.toml`.
        let output = json!({"connection_name": "dev", "connections_file": "c.toml", "user": "own", "role": ""});
        assert!(read(&folder, &output).unwrap_err().message.contains("has no connection `dev`"));
        std::fs::write(folder.path().join("c.toml"), "[connections.dev]\naccount = \"org-a\"\nuser = \"toml\"\nrole = \"r\"\nprivate_key_file = \"k.p8\"\nport = 8080\n").unwrap();
        let found = read(&folder, &output).unwrap();
        assert_eq!(found["account"], "org-a");
        assert_eq!(found["user"], "own");
        assert_eq!(found["role"], "r");
        assert_eq!(found["private_key_path"], "k.p8");
        assert_eq!(found["port"], 8080);
    }

    #[test]
    fn mistakes_name_the_file_and_never_its_text() {
        let folder = folder("[dev]\npassword = \"top-secret\" x\n");
        let output = json!({"connection_name": "dev", "connections_file": "c.toml"});
        let error = read(&folder, &output).unwrap_err();
        assert!(error.message.contains("c.toml") && error.message.contains("is no TOML"), "{}", error.message);
        assert!(!format!("{error:?}").contains("top-secret"));
        let missing = json!({"connection_name": "dev", "connections_file": "nope.toml"});
        assert!(read(&folder, &missing).unwrap_err().notes[0].contains("nope.toml"));
        std::fs::write(folder.path().join("c.toml"), "[dev]\na = 1\n").unwrap();
        let near = json!({"connection_name": "devv", "connections_file": "c.toml"});
        assert_eq!(read(&folder, &near).unwrap_err().help, ["did you mean `dev`?"]);
    }
}
