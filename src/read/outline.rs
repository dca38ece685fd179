//! The project file alone: what can be said of a project without its profile, its packages and its files.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::project::{ReadOptions, name, project_file};
use super::render::{Renderer, render_yaml};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::jinja::Secrets;
use crate::project::{DBT_VERSION, Environment, Version, VersionRange, Yaml};

/// What the project file says about names and folders.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The project's folder.
    pub root: PathBuf,
    /// The project's name.
    pub name: String,
    /// The whole file.
    pub settings: Yaml,
    /// `packages-install-path`.
    pub packages: PathBuf,
    /// `--target-path`, or `target-path`.
    pub target_path: PathBuf,
    /// `--log-path`, or `log-path`.
    pub log_path: PathBuf,
    /// `clean-targets`, or the target path.
    pub clean_targets: Vec<String>,
    /// The folders of sources of all kinds.
    pub source_paths: Vec<String>,
}

/// Reads the project file of a folder, as the commands need it that run without a profile.
///
/// dbt: `deps` may lack variables, since it may run before they are known.
///
/// # Errors
/// There is no project file, it is wrong, or it asks for another version of dbt.
pub fn outline(options: &ReadOptions, environment: &Environment, leniency: Leniency) -> Result<Outline> {
    let source = project_file(&options.project_dir)?;
    let settings = Yaml::parse(&source)?;
    let renderer = Renderer::new(&options.session, environment, Secrets::Refused, &variables(options)?, None);
    let renderer = if leniency == Leniency::Lenient { renderer.lenient() } else { renderer };
    Outline::new(options, settings, &renderer)
}

/// Whether variables may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leniency {
    /// They may.
    Lenient,
    /// They may not.
    Strict,
}

/// The variables that the project file may use: those of the command line, and of `vars.yml`.
///
/// # Errors
/// `vars.yml` cannot be read.
pub fn variables(options: &ReadOptions) -> Result<Map<String, Value>> {
    let mut vars = file_variables(&options.project_dir)?.unwrap_or_default();
    vars.extend(options.vars.clone());
    Ok(vars)
}

/// `vars:` of the file `vars.yml`, which dbt takes instead of the `vars:` of the project file.
///
/// # Errors
/// The file cannot be read.
pub fn file_variables(root: &Path) -> Result<Option<Map<String, Value>>> {
    let path = root.join("vars.yml");
    if !path.is_file() {
        return Ok(None);
    }
    let yaml = Yaml::parse(&super::files::text(&path, "vars.yml")?)?;
    Ok(yaml.get("vars").map(Yaml::to_map))
}

impl Outline {
    /// Reads the settings of a project file.
    ///
    /// # Errors
    /// A template cannot be rendered, the name is wrong, or another version of dbt is asked for.
    pub fn new(options: &ReadOptions, settings: Yaml, renderer: &Renderer) -> Result<Self> {
        let name = name(&settings)?;
        if options.version_check {
            check_version(&settings, &name, renderer)?;
        }
        let root = options.project_dir.clone();
        let word = |key: &str| -> Result<Option<String>> {
            let value = settings.get(key).map(|value| render_yaml(value, renderer)).transpose()?;
            Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
        };
        let words = |key: &str| -> Result<Option<Vec<String>>> {
            let Some(value) = settings.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
            let Value::Array(items) = render_yaml(value, renderer)? else { return Ok(None) };
            Ok(Some(items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()))
        };
        let target = match &options.target_path {
            Some(path) => path.clone(),
            None => PathBuf::from(word("target-path")?.unwrap_or_else(|| "target".to_owned())),
        };
        let log = match &options.log_path {
            Some(path) => path.clone(),
            None => PathBuf::from(word("log-path")?.unwrap_or_else(|| "logs".to_owned())),
        };
        let mut source_paths = Vec::new();
        for (keys, preset) in [
            (["model-paths", "source-paths"], "models"),
            (["seed-paths", "data-paths"], "seeds"),
            (["snapshot-paths", ""], "snapshots"),
            (["analysis-paths", ""], "analyses"),
            (["macro-paths", ""], "macros"),
            (["test-paths", ""], "tests"),
            (["function-paths", ""], "functions"),
        ] {
            let [first, second] = keys.map(words);
            source_paths.extend(first?.or(second?).unwrap_or_else(|| vec![preset.to_owned()]));
        }
        Ok(Self {
            packages: root.join(word("packages-install-path")?.unwrap_or_else(|| "dbt_packages".to_owned())),
            clean_targets: words("clean-targets")?.unwrap_or_else(|| vec![target.display().to_string()]),
            target_path: root.join(target),
            log_path: root.join(log),
            source_paths,
            root,
            name,
            settings,
        })
    }
}

/// Checks `require-dbt-version`.
///
/// # Errors
/// It asks for another version of dbt, or cannot be understood.
pub fn check_version(settings: &Yaml, name: &str, renderer: &Renderer) -> Result<()> {
    let Some(required) = settings.get("require-dbt-version").filter(|value| !value.is_null()) else { return Ok(()) };
    let texts: Vec<String> = match render_yaml(required, renderer)? {
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        other => vec![other.to_string()],
    };
    let versions: std::result::Result<Vec<Version>, String> = texts.iter().map(|text| Version::parse(text)).collect();
    let versions = versions.map_err(|why| required.error(Class::Project, why))?;
    let shown: Vec<String> = versions.iter().map(|version| format!("'{version}'")).collect();
    let installed = Version::parse(DBT_VERSION).ok();
    let message = match (VersionRange::reduce(&versions), installed) {
        (None, _) => format!(
            "The package version requirement can never be satisfied for the '{name}' package.\n  Required versions of \
             dbt for '{name}': [{}]",
            shown.join(", ")
        ),
        (Some(range), Some(installed)) if !range.contains(&installed) => format!(
            "This version of dbt is not supported with the '{name}' package.\n  Installed version of dbt: \
             {installed}\n  Required version of dbt for '{name}': [{}]",
            shown.join(", ")
        ),
        _ => return Ok(()),
    };
    Err(Box::new(
        Diagnostic::error(Class::Project, message)
            .label(required.span(), "")
            .help(format!("use another version of '{name}', or run with --no-version-check")),
    ))
}
