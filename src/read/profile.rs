//! Finds `profiles.yml` and the target in it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::render::Renderer;
use super::{files, render_yaml};
use crate::diagnostic::{Class, Diagnostic, Result, nearest};
use crate::jinja::{Secrets, Session};
use crate::project::{Environment, Target, Yaml};

/// What decides about the target.
pub struct Wanted<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// `--profiles-dir`.
    pub profiles_dir: Option<&'a Path>,
    /// `--profile`, or `profile:` of the project file.
    pub profile: Option<&'a str>,
    /// `--target`.
    pub target: Option<&'a str>,
    /// `--threads`.
    pub threads: Option<usize>,
    /// `--vars`.
    pub vars: &'a Map<String, Value>,
    /// What the invocation knows.
    pub session: &'a Session,
}

/// The target that the project runs on.
///
/// dbt: the file is looked for in `--profiles-dir`, or else in the working folder and then in `~/.dbt`.
///
/// # Errors
/// No file, no such profile, no such output, or a template in it that cannot be rendered.
pub fn target(wanted: &Wanted<'_>, environment: &Environment) -> Result<Target> {
    let path = find(wanted, environment)?;
    let display = path.strip_prefix(wanted.root).unwrap_or(&path).display().to_string();
    let source = files::text(&path, &display)?;
    let yaml = Yaml::parse(&source)?;
    let Some(profile) = wanted.profile else {
        return Err(Box::new(
            Diagnostic::error(Class::Profile, "no profile is chosen: the project file has no `profile:`").help(
                format!("add `profile: NAME` to dbt_project.yml, or give `--profile NAME`; {display} has the profiles"),
            ),
        ));
    };
    let names: Vec<&str> =
        yaml.pairs().iter().filter_map(|(key, _)| key.text()).filter(|key| *key != "config").collect();
    let Some((profile_key, profile_yaml)) = yaml.entry(profile) else {
        return Err(Box::new(
            Diagnostic::error(Class::Profile, format!("Could not find profile named '{profile}'"))
                .label(yaml.span(), "this file has no such profile")
                .suggest(nearest(profile, names.iter().copied()))
                .note(format!("profiles in {display}: {}", names.join(", "))),
        ));
    };
    let renderer = Renderer::new(wanted.session, environment, Secrets::Allowed, wanted.vars, None);
    let chosen = match (wanted.target, profile_yaml.get("target")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(value)) => match render_yaml(value, &renderer)? {
            Value::String(name) => name,
            other => other.to_string(),
        },
        (None, None) => "default".to_owned(),
    };
    let Some(outputs) = profile_yaml.get("outputs").filter(|outputs| !outputs.pairs().is_empty()) else {
        return Err(Box::new(
            Diagnostic::error(Class::Profile, format!("outputs not specified in profile '{profile}'"))
                .label(profile_key.span(), "has no `outputs:`"),
        ));
    };
    let output_names: Vec<&str> = outputs.pairs().iter().filter_map(|(key, _)| key.text()).collect();
    let Some((output_key, output_yaml)) = outputs.entry(&chosen) else {
        let place = profile_yaml.get("target").filter(|_| wanted.target.is_none()).unwrap_or(profile_key);
        return Err(Box::new(
            Diagnostic::error(
                Class::Profile,
                format!("The profile '{profile}' does not have a target named '{chosen}'. The valid target names for this profile are:\n - {}", output_names.join("\n - ")),
            )
            .label(place.span(), "this target is asked for")
            .suggest(nearest(&chosen, output_names.iter().copied())),
        ));
    };
    let Value::Object(output) = render_yaml(output_yaml, &renderer)? else {
        return Err(output_key.error(Class::Profile, format!("the output `{chosen}` is not a mapping")));
    };
    let Some(kind) = output.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Box::new(
            Diagnostic::error(
                Class::Profile,
                format!("required field \"type\" not found in profile '{profile}' and target '{chosen}'"),
            )
            .label(output_key.span(), "has no `type:`")
            .help("write `type: duckdb` or `type: snowflake`"),
        ));
    };
    if let (Some(value), "duckdb") = (output.get("dialect"), kind.as_str()) {
        let place = output_yaml.get("dialect").unwrap_or(output_yaml).span();
        super::project::known_dialect(value).map_err(|error| Box::new(error.label(place, "")))?;
    }
    let number = |key: &str| output.get(key).and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    if wanted.threads.is_none() && number("threads") == Some(0) {
        let place = output_yaml.get("threads").unwrap_or(output_yaml).span();
        let wrong = Diagnostic::error(Class::Profile, "`threads` is 0, and at least one node must run at once");
        return Err(Box::new(wrong.label(place, "").help("write `threads: 4`")));
    }
    let threads =
        wanted.threads.or_else(|| number("threads").and_then(|count| usize::try_from(count).ok())).unwrap_or(1).max(1);
    let word = |key: &str| output.get(key).and_then(Value::as_str).map(str::to_owned);
    let schema = word("schema").unwrap_or_else(|| "main".to_owned());
    let database = word("database").or_else(|| word("dbname")).unwrap_or_default();
    Ok(Target { profile: profile.to_owned(), name: chosen, kind, threads, database, schema, output })
}

/// `~/.dbt`, where there is a home.
pub fn home(environment: &Environment) -> Option<PathBuf> {
    environment.first(&["HOME", "USERPROFILE"]).map(|home| Path::new(home).join(".dbt"))
}

/// The folders where profiles.yml may lie, the likeliest first.
///
/// dbt: the given one alone, or else the working folder and then `~/.dbt`. The project's folder comes last here, for
/// those who work outside of it.
fn folders(given: Option<&Path>, root: &Path, environment: &Environment) -> Vec<PathBuf> {
    match given {
        Some(folder) => vec![folder.to_path_buf()],
        None => {
            let here = std::env::current_dir().ok();
            [here, home(environment), Some(root.to_path_buf())].into_iter().flatten().collect()
        }
    }
}

/// The profiles.yml that counts.
pub fn profiles_file(given: Option<&Path>, root: &Path, environment: &Environment) -> Option<PathBuf> {
    folders(given, root, environment).into_iter().map(|folder| folder.join("profiles.yml")).find(|path| path.is_file())
}

/// The folder of the profiles.yml that counts, or the one where it would be written.
pub fn profiles_folder(given: Option<&Path>, root: &Path, environment: &Environment) -> PathBuf {
    let found = profiles_file(given, root, environment).and_then(|path| path.parent().map(Path::to_path_buf));
    found.or_else(|| given.map(Path::to_path_buf)).or_else(|| home(environment)).unwrap_or_else(|| root.to_path_buf())
}

fn find(wanted: &Wanted<'_>, environment: &Environment) -> Result<PathBuf> {
    profiles_file(wanted.profiles_dir, wanted.root, environment).ok_or_else(|| {
        let mut looked: Vec<String> = Vec::new();
        for folder in folders(wanted.profiles_dir, wanted.root, environment) {
            let path = folder.join("profiles.yml").display().to_string();
            if !looked.contains(&path) {
                looked.push(path);
            }
        }
        Box::new(
            Diagnostic::error(Class::Profile, format!("no profiles.yml was found; looked for {}", looked.join(", ")))
                .help("give its folder with `--profiles-dir`, or write one beside the project file"),
        )
    })
}
