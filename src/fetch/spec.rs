//! What `packages.yml`, `dependencies.yml` or the lock file asks for.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile, Span, nearest};
use crate::project::Yaml;
use crate::read::{Renderer, render_yaml};

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A folder on this machine.
    Local {
        /// The folder, as written.
        path: String,
    },
    /// An archive at an address.
    Tarball {
        /// The address.
        url: String,
        /// The name of the package.
        name: String,
    },
    /// A git repository.
    Git {
        /// What `git` is to clone; empty for a private one until it is known where that lies.
        url: String,
        /// A branch, tag or commit.
        revision: Option<String>,
        /// The folder of the package inside of it.
        subdirectory: Option<String>,
        /// False where the user does not want to be warned of a branch.
        warn_unpinned: bool,
        /// For `private:`.
        private: Option<Private>,
    },
    /// A package of the hub.
    Hub {
        /// `owner/name`.
        package: String,
        /// The versions that are asked for.
        versions: Vec<String>,
        /// Whether pre-releases count.
        prereleases: bool,
    },
}

/// A repository that is named without its address.
#[derive(Debug, Clone, PartialEq)]
pub struct Private {
    /// `owner/repository`.
    pub name: String,
    /// `github`, `gitlab`, ...
    pub provider: Option<String>,
}

/// One package that a project asks for.
#[derive(Debug, Clone)]
pub struct PackageSpec {
    /// Where it comes from.
    pub source: Source,
    /// The same before its templates were rendered: what the lock file keeps.
    pub unrendered: Value,
    /// Its name, which the lock file knows.
    pub name: Option<String>,
    /// Where it is asked for; nothing for what the hub says.
    pub span: Option<Span>,
    /// What dbt counts into the hash of all packages.
    pub fingerprint: Value,
}

/// The packages that a folder asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The packages.
    pub packages: Vec<PackageSpec>,
    /// The name of the file that they stand in.
    pub file: &'static str,
}

const FILES: [&str; 2] = ["packages.yml", "dependencies.yml"];

/// The packages that a project's folder asks for; `shown` begins the paths in messages.
///
/// dbt: templates are rendered in packages.yml and not in dependencies.yml; only one of the two may name packages.
///
/// # Errors
/// A file cannot be read or is malformed, or a template cannot be rendered.
pub fn wanted(folder: &Path, shown: &str, renderer: &Renderer) -> Result<Wanted> {
    let mut found: Vec<Option<Yaml>> = Vec::new();
    for name in FILES {
        found.push(file(folder, shown, name)?);
    }
    let [first, second] = [found[0].as_ref(), found[1].as_ref()];
    let second = second.filter(|yaml| yaml.get("packages").is_some());
    let project_error = |yaml: &Yaml, key: &str, message: &str| {
        let span = yaml.entry(key).map(|(key, _)| key.span());
        Err(Box::new(Diagnostic::error(Class::Project, message).label_opt(span, "")))
    };
    if let Some(yaml) = first {
        if second.is_some() && yaml.get("packages").is_some() {
            let message = "The 'packages' key cannot be specified in both packages.yml and dependencies.yml";
            return project_error(yaml, "packages", message);
        }
        if yaml.get("projects").is_some() {
            return project_error(yaml, "projects", "The 'projects' key cannot be specified in packages.yml");
        }
    }
    match (second, first) {
        (Some(yaml), _) => Ok(Wanted { packages: listed(yaml, None)?, file: FILES[1] }),
        (None, Some(yaml)) => Ok(Wanted { packages: listed(yaml, Some(renderer))?, file: FILES[0] }),
        (None, None) => Ok(Wanted { packages: Vec::new(), file: FILES[0] }),
    }
}

/// A YAML file of a folder, if it exists.
///
/// # Errors
/// It cannot be read, or is no YAML.
pub fn file(folder: &Path, shown: &str, name: &str) -> Result<Option<Yaml>> {
    let path = folder.join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let display = format!("{shown}{name}");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Box::new(Diagnostic::error(Class::File, format!("cannot read `{display}`: {error}"))))?;
    Yaml::parse(&SourceFile::new(display, text)).map(Some)
}

/// The packages of a file, rendered where a renderer is given.
///
/// # Errors
/// The list is malformed, or a template cannot be rendered.
pub fn listed(yaml: &Yaml, renderer: Option<&Renderer>) -> Result<Vec<PackageSpec>> {
    let known = ["packages", "projects", "sha1_hash"];
    if let Some((key, _)) = yaml.pairs().iter().find(|(key, _)| !known.contains(&key.display().as_str())) {
        let name = key.display();
        return Err(Box::new(
            malformed(format!("`{name}` is no key of this file"), Some(key.span())).suggest(nearest(&name, known)),
        ));
    }
    let Some(list) = yaml.get("packages").filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
    if list.items().is_empty() && !matches!(list.content, crate::project::Content::Sequence(_)) {
        return Err(Box::new(malformed("`packages` is not a list", Some(list.span()))));
    }
    let mut specs = Vec::new();
    for entry in list.items() {
        let unrendered = entry.to_json();
        let rendered = match renderer {
            Some(renderer) => render_yaml(entry, renderer)?,
            None => unrendered.clone(),
        };
        specs.push(spec(&rendered, unrendered, Some(entry.span()))?);
    }
    Ok(specs)
}

/// The package that a mapping asks for.
///
/// # Errors
/// It is malformed.
pub fn spec(rendered: &Value, unrendered: Value, span: Option<Span>) -> Result<PackageSpec> {
    let Value::Object(keys) = rendered else {
        return Err(Box::new(malformed("an entry of `packages` is not a mapping", span)));
    };
    let kinds: [(&str, &[&str]); 5] = [
        ("local", &[]),
        ("tarball", &[]),
        ("git", &["revision", "warn-unpinned", "subdirectory"]),
        ("private", &["provider", "revision", "warn-unpinned", "subdirectory"]),
        ("package", &["version", "install_prerelease"]),
    ];
    let Some((kind, more)) = kinds.iter().find(|(kind, _)| keys.contains_key(*kind)) else {
        let message = "an entry of `packages` needs one of `package`, `git`, `local`, `tarball` or `private`";
        return Err(Box::new(malformed(message, span)));
    };
    let fail = |message: String| Err(Box::new(malformed(message, span.clone())));
    for key in keys.keys() {
        if key != kind && key != "name" && !more.contains(&key.as_str()) {
            let near =
                nearest(key, more.iter().copied()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return fail(format!("`{key}` is no key of a `{kind}` package{near}"));
        }
    }
    let noun = if *kind == "package" { "hub" } else { kind };
    let place = match keys.get(*kind) {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::String(_) | Value::Null) | None => {
            return fail(format!("A {noun} package is missing the value. It is a required property."));
        }
        Some(other) => other.to_string(),
    };
    let text = |key: &str| match keys.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let name = text("name");
    let git = |url: String, private: Option<Private>| Source::Git {
        url,
        revision: text("revision"),
        subdirectory: text("subdirectory"),
        warn_unpinned: keys.get("warn-unpinned") != Some(&Value::Bool(false)),
        private,
    };
    let source = match *kind {
        "local" => Source::Local { path: place },
        "tarball" => match &name {
            Some(name) => Source::Tarball { url: place, name: name.clone() },
            None => return fail(format!("the tarball package {place} needs a `name`")),
        },
        "git" => git(place, None),
        "private" => git(String::new(), Some(Private { name: place, provider: text("provider") })),
        _ => {
            let versions: Vec<String> = match keys.get("version") {
                Some(Value::Array(items)) => {
                    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
                }
                _ => text("version").into_iter().filter(|version| !version.is_empty()).collect(),
            };
            if versions.is_empty() {
                return fail(format!(
                    "{place} is missing the version. When installing from the Hub package index, version is a \
                     required property"
                ));
            }
            if !place.contains('/') {
                return fail(format!(
                    "{place} was not found in the package index. Packages on the index require a namespace, e.g \
                     dbt-labs/dbt_utils"
                ));
            }
            Source::Hub { package: place, versions, prereleases: keys.get("install_prerelease") == Some(&json!(true)) }
        }
    };
    let fingerprint = fingerprint(kind, more, keys, &unrendered);
    Ok(PackageSpec { source, unrendered, name, span, fingerprint })
}

/// dbt: what is hashed has every key that the kind of package knows, also those that are not given.
fn fingerprint(kind: &str, more: &[&str], keys: &Map<String, Value>, unrendered: &Value) -> Value {
    let mut map = Map::new();
    for key in more.iter().copied().chain([kind]) {
        let preset = if key == "install_prerelease" { json!(false) } else { Value::Null };
        map.insert(key.to_owned(), keys.get(key).cloned().unwrap_or(preset));
    }
    if let Some(name) = keys.get("name").filter(|name| !name.is_null()) {
        map.insert("name".to_owned(), name.clone());
    }
    map.insert("unrendered".to_owned(), unrendered.clone());
    Value::Object(map)
}

fn malformed(why: impl std::fmt::Display, span: Option<Span>) -> Diagnostic {
    Diagnostic::error(Class::Project, format!("The packages.yml file in this project is malformed: {why}"))
        .label_opt(span, "")
}
