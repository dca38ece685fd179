//! The lock file: what is installed, and a hash of what was asked for.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::fetcher::Pinned;
use super::spec::{PackageSpec, Source, file};
use super::write_yaml;
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Events, Warning, WarningKind};
use crate::project::{Environment, Yaml};

/// The name of the lock file.
pub const FILE: &str = "package-lock.yml";

/// The lock file of a project.
///
/// # Errors
/// It cannot be read.
pub fn read(root: &Path) -> Result<Option<Yaml>> {
    file(root, "", FILE)
}

/// The hash of what was asked for that a lock file keeps.
pub fn hash_of(lock: &Yaml) -> Option<String> {
    lock.get("sha1_hash").map(Yaml::display)
}

/// dbt's hash of what is asked for; a lock file with the same hash is still good.
pub fn hash(specs: &[PackageSpec]) -> String {
    let mut texts: Vec<String> = specs.iter().map(|spec| python_json(&spec.fingerprint)).collect();
    texts.sort();
    let digest = Sha1::digest(texts.join("\n").as_bytes());
    digest.iter().fold(String::with_capacity(40), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The text of the lock file.
///
/// # Errors
/// A warning about a hidden secret is an error by the user's choice.
pub fn text(packages: &[Pinned], hash: &str, environment: &Environment, events: &Events) -> Result<String> {
    let mut entries = Vec::new();
    for package in packages {
        let mut entry = Map::new();
        let mut set = |key: &str, value: &str| entry.insert(key.to_owned(), json!(value));
        let before = |key: &str, rendered: &str| {
            let text = package.spec.unrendered.get(key).and_then(Value::as_str).unwrap_or(rendered).to_owned();
            let shown = environment.scrub(&text);
            if shown != text {
                let message =
                    format!("The name of the package `{shown}` holds a secret, which is not written to the lock file");
                events.warn(
                    Warning::new(WarningKind::DepsScrubbedPackageName, message).field("package_name", shown.as_str()),
                )?;
            }
            Ok::<String, Box<Diagnostic>>(shown)
        };
        match &package.spec.source {
            Source::Local { path } => {
                set("local", path);
            }
            Source::Tarball { url, .. } => {
                set("tarball", &before("tarball", url)?);
            }
            Source::Hub { package: name, .. } => {
                set("package", name);
                set("version", package.version.as_deref().unwrap_or_default());
            }
            Source::Git { url, subdirectory, private, .. } => {
                match private {
                    Some(private) => {
                        set("private", &before("private", &private.name)?);
                        if let Some(provider) = &private.provider {
                            set("provider", provider);
                        }
                    }
                    None => {
                        set("git", &before("git", url)?);
                    }
                }
                set("revision", package.commit.as_deref().or(package.version.as_deref()).unwrap_or("HEAD"));
                if let Some(folder) = subdirectory {
                    set("subdirectory", folder);
                }
            }
        }
        set("name", &package.name);
        entries.push(Value::Object(entry));
    }
    Ok(write_yaml::document(&json!({"packages": entries, "sha1_hash": hash})))
}

/// Writes the lock file at once or not at all.
///
/// # Errors
/// It cannot be written.
pub fn write(root: &Path, text: &str) -> Result<()> {
    let fail = |error: String| Box::new(Diagnostic::error(Class::File, format!("cannot write `{FILE}`: {error}")));
    let mut file = tempfile::NamedTempFile::new_in(root).map_err(|error| fail(error.to_string()))?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| fail(error.to_string()))?;
    readable(file.path());
    file.persist(root.join(FILE)).map(|_| ()).map_err(|error| fail(error.to_string()))
}

/// A temporary file is its owner's alone; the lock file is for all.
#[cfg(unix)]
fn readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    // A file system without modes has nothing to open up.
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_: &Path) {}

/// JSON as Python's `json.dumps(value, sort_keys=True)` writes it.
fn python_json(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| key.as_str());
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", python_json(&json!(key)), python_json(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::String(text) => {
            let plain = Value::String(text.clone()).to_string();
            let mut ascii = String::new();
            for letter in plain.chars() {
                if letter.is_ascii() {
                    ascii.push(letter);
                } else {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        // Writing to a text cannot fail.
                        let _ = write!(ascii, "\\u{unit:04x}");
                    }
                }
            }
            ascii
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::spec;
    use super::*;

    #[test]
    fn hashes_are_those_of_dbt() {
        let of = |value: Value| hash(&[spec(&value, value.clone(), None).unwrap()]);
        let hub = json!({"package": "fivetran/fivetran_utils", "version": "0.4.7"});
        assert_eq!(of(hub), "71304bca2138cf8004070b3573a1e17183c0c1a8");
        let git = json!({"git": "g", "revision": 1.0, "warn-unpinned": false});
        assert_eq!(of(git), "60e04ed1a49c1b55e515a61d7dc290b3e6428c02");
        assert_eq!(of(json!({"git": "x", "subdirectory": "y"})), "35e905d0b88af49636a536afb92e315265291d8b");
        assert_eq!(of(json!({"package": "a/b", "version": [">=1", "<2"]})), "f6911f70abbc1b31b3ba36029f4188fb47d43533");
        assert_eq!(of(json!({"local": "x", "name": "n"})), "3ada3954d370bc0e2434d00aa99f1960c8db937e");
        assert_eq!(of(json!({"tarball": "x", "name": "y"})), "f8c28aa6c070b2b0dce8667ca339c493f36b7373");
        let private = json!({"private": "a/b", "provider": "github", "revision": "é"});
        assert_eq!(of(private), "8d8a04f0934a0ba6b1cc042f896c091d67ec5e93");
    }
}
