//! Reads the root project: its file, its profile, its packages, and every resource file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::outline::{self, Outline};
use super::render::Renderer;
use super::{files, packages, profile, render_settings, render_yaml};
use crate::diagnostic::{Bag, Class, Diagnostic, Result, Severity, SourceFile, Span};
use crate::jinja::{Secrets, Session};
use crate::project::{Environment, Flags, Levels, Package, Project, ProjectFile, Quoting, Target, Vars, Yaml};

/// What the command line says about where the project is and how it runs.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// `--project-dir`, or the working folder.
    pub project_dir: PathBuf,
    /// `--profiles-dir`.
    pub profiles_dir: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--threads`.
    pub threads: Option<usize>,
    /// `--target-path`.
    pub target_path: Option<PathBuf>,
    /// `--log-path`.
    pub log_path: Option<PathBuf>,
    /// `--vars`.
    pub vars: Map<String, Value>,
    /// Whether `require-dbt-version` counts.
    pub version_check: bool,
    /// Options and behavior switches, read before.
    pub flags: Flags,
    /// What templates in YAML files may know of the invocation.
    pub session: Session,
}

/// The names of the project file; the second is dbt's.
pub const PROJECT_FILES: [&str; 2] = ["project.yml", "dbt_project.yml"];

/// Reads everything that parsing needs; warnings and further errors go to `bag`.
///
/// # Errors
/// The project cannot be used at all: no project file, no profile, no target.
#[tracing::instrument(level = "debug", skip_all)]
pub fn project(options: &ReadOptions, environment: &Environment, bag: &mut Bag) -> Result<Project> {
    let source = project_file(&options.project_dir)?;
    let root = options.project_dir.clone();
    let settings = Yaml::parse(&source)?;
    check_keys(&settings, bag)?;
    let name = name(&settings)?;
    let vars = outline::variables(options)?;
    let renderer = Renderer::new(&options.session, environment, Secrets::Refused, &vars, None);
    let target = chosen_target(options, environment, Some(&settings), &renderer)?;
    let renderer = Renderer::new(&options.session, environment, Secrets::Refused, &vars, Some(&target.to_json()));
    let outline = Outline::new(options, settings, &renderer)?;
    let mut root_package = package(&root, "", outline.settings.clone(), &renderer, bag)?;
    if let Some(vars) = outline::file_variables(&root)? {
        if let Some((key, _)) = root_package.settings.entry("vars").filter(|(_, value)| !value.pairs().is_empty()) {
            let message = "Variables cannot be defined in both vars.yml and dbt_project.yml. ";
            return Err(key.error(Class::Project, message));
        }
        root_package.vars = vars;
    }
    let mut all = vec![root_package];
    packages::installed(&outline.packages, &mut all, &renderer, bag);
    packages::builtin(&target, &mut all)?;
    for (index, package) in all.iter().enumerate() {
        if options.version_check && index > 0 && !package.builtin {
            outline::check_version(&package.settings, &package.name, &renderer)?;
        }
        if all[..index].iter().any(|other| other.name == package.name) {
            let message = format!(
                "dbt found more than one package with the name \"{}\" included in this project. Package names must be \
                 unique in a project. Please rename one of these packages.",
                package.name
            );
            return Err(Box::new(
                Diagnostic::error(Class::Compilation, message).label(Span::file(&package.settings.source), ""),
            ));
        }
    }
    let vars = Vars::new(
        options.vars.clone(),
        &name,
        all[0].vars.clone(),
        all[1..].iter().map(|package| (package.name.clone(), package.vars.clone())).collect(),
    );
    let Outline { target_path, log_path, packages: packages_path, .. } = outline;
    let flags = options.flags.clone();
    Ok(Project { root, name, packages: all, target, vars, target_path, log_path, packages_path, flags })
}

/// The target that the profile of a project names.
fn chosen_target(
    options: &ReadOptions,
    environment: &Environment,
    settings: Option<&Yaml>,
    renderer: &Renderer,
) -> Result<Target> {
    let profile_name = match (&options.profile, settings.and_then(|settings| settings.get("profile"))) {
        (Some(profile), _) => Some(profile.clone()),
        (None, Some(value)) => render_yaml(value, renderer)?.as_str().map(str::to_owned),
        (None, None) => None,
    };
    let wanted = profile::Wanted {
        root: &options.project_dir,
        profiles_dir: options.profiles_dir.as_deref(),
        profile: profile_name.as_deref(),
        target: options.target.as_deref(),
        threads: options.threads,
        vars: &options.vars,
        session: &options.session,
    };
    let mut target = profile::target(&wanted, environment)?;
    if target.database.is_empty() && target.kind == "duckdb" {
        target.database = duckdb_name(target.output.get("path").and_then(Value::as_str));
    }
    let written = settings.and_then(|settings| settings.get("dialect"));
    if let Some(value) = written.filter(|_| target.kind == "duckdb" && !target.output.contains_key("dialect")) {
        let dialect = render_yaml(value, renderer)?;
        known_dialect(&dialect).map_err(|error| Box::new(error.label(value.span(), "")))?;
        target.output.insert("dialect".to_owned(), dialect);
    }
    Ok(target)
}

/// Checks the value of `dialect:`, of the project file or of an output.
pub(super) fn known_dialect(value: &Value) -> std::result::Result<(), Diagnostic> {
    match value.as_str() {
        Some("snowflake" | "duckdb") => Ok(()),
        _ => {
            let message = format!("`dialect: {}` is not known", value.to_string().trim_matches('"'));
            Err(Diagnostic::error(Class::Project, message)
                .help("write `dialect: snowflake` for models in Snowflake's SQL, or `dialect: duckdb`"))
        }
    }
}

/// The target alone, as far as it can be found without the rest of the project.
///
/// # Errors
/// No file, no such profile, no such output, or a template in it that cannot be rendered.
pub fn target(options: &ReadOptions, environment: &Environment) -> Result<Target> {
    let settings = project_file(&options.project_dir).and_then(|source| Yaml::parse(&source)).ok();
    let renderer = Renderer::new(&options.session, environment, Secrets::Refused, &outline::variables(options)?, None);
    chosen_target(options, environment, settings.as_ref(), &renderer)
}

/// Checks the project file alone.
///
/// # Errors
/// There is none, or it is wrong.
pub fn check(options: &ReadOptions, environment: &Environment, target: Option<&Target>) -> Result<Yaml> {
    let settings = Yaml::parse(&project_file(&options.project_dir)?)?;
    let shown = target.map(Target::to_json);
    let renderer =
        Renderer::new(&options.session, environment, Secrets::Refused, &outline::variables(options)?, shown.as_ref());
    Outline::new(options, settings.clone(), &renderer)?;
    match target {
        Some(_) => render_settings(&settings, &renderer),
        None => Ok(settings),
    }
}

/// dbt-duckdb: the catalog is named for the file, and `memory` without one.
fn duckdb_name(path: Option<&str>) -> String {
    match path {
        None | Some(":memory:" | "") => "memory".to_owned(),
        Some(path) => Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or("memory").to_owned(),
    }
}

/// The project file of a folder.
///
/// # Errors
/// There is none, or there are two.
pub fn project_file(folder: &Path) -> Result<Arc<SourceFile>> {
    let found: Vec<&str> = PROJECT_FILES.into_iter().filter(|name| folder.join(name).is_file()).collect();
    match found.as_slice() {
        [name] => files::text(&folder.join(name), name),
        [] => Err(Box::new(
            Diagnostic::error(
                Class::Project,
                format!("No project.yml (or dbt_project.yml) found at expected path {}", folder.display()),
            )
            .help("go to the project's folder, or give it with `--project-dir`"),
        )),
        _ => Err(Box::new(
            Diagnostic::error(
                Class::Project,
                format!("{} holds both project.yml and dbt_project.yml", folder.display()),
            )
            .help("remove one of them: both describe the same project"),
        )),
    }
}

/// A text value at the top of the project file in a folder, where both can be read.
pub fn setting_of(root: &Path, key: &str) -> Option<String> {
    let source = project_file(root).ok()?;
    setting(&Yaml::parse(&source).ok()?, key).map(str::to_owned)
}

/// A text value at the top of the project file.
fn setting<'a>(settings: &'a Yaml, key: &str) -> Option<&'a str> {
    settings.get(key).and_then(Yaml::text)
}

/// The project's name.
///
/// # Errors
/// There is none, or it has other signs than letters, digits and underscores.
pub fn name(settings: &Yaml) -> Result<String> {
    match settings.get("name").and_then(Yaml::text) {
        Some(name) if name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') && !name.is_empty() => {
            Ok(name.to_owned())
        }
        Some(name) => Err(Box::new(
            Diagnostic::error(
                Class::Project,
                format!("the project's name `{name}` may hold letters, digits and underscores only"),
            )
            .label_opt(settings.get("name").map(Yaml::span), ""),
        )),
        None => Err(Box::new(
            Diagnostic::error(Class::Project, "the project file has no `name:`")
                .label(Span::file(&settings.source), ""),
        )),
    }
}

/// Keys of the project file. dbt: the JSON schema of `dbt_project.yml`.
const KNOWN: &[&str] = &[
    "name",
    "config-version",
    "version",
    "profile",
    "require-dbt-version",
    "model-paths",
    "seed-paths",
    "test-paths",
    "snapshot-paths",
    "macro-paths",
    "analysis-paths",
    "docs-paths",
    "asset-paths",
    "function-paths",
    "osi-paths",
    "target-path",
    "log-path",
    "packages-install-path",
    "clean-targets",
    "on-run-start",
    "on-run-end",
    "dispatch",
    "quoting",
    "query-comment",
    "dialect",
    "vars",
    "flags",
    "restrict-access",
    "dbt-cloud",
    "models",
    "seeds",
    "snapshots",
    "sources",
    "tests",
    "data_tests",
    "unit_tests",
    "analyses",
    "exposures",
    "metrics",
    "semantic-models",
    "saved-queries",
    "functions",
    "source-paths",
    "data-paths",
    "query_comment",
    "packages",
    "profiles",
    "project-root",
];

fn check_keys(settings: &Yaml, bag: &mut Bag) -> Result<()> {
    if settings.pairs().is_empty() {
        return Err(Box::new(
            Diagnostic::error(Class::Project, format!("{} is not a mapping of settings", settings.source.path()))
                .label(Span::file(&settings.source), "")
                .help("it needs at least `name:` and `profile:`"),
        ));
    }
    if let Some(version) = settings.get("version").filter(|version| !is_version(version)) {
        return Err(misfit(version, "version", "write it as `1.0.0`"));
    }
    if let Some(cloud) = settings.get("dbt-cloud").filter(|cloud| !cloud.is_null() && cloud.text().is_some()) {
        return Err(misfit(cloud, "dbt-cloud", "this is a mapping, such as `dbt-cloud: {project-id: 123}`"));
    }
    let is_dbt = settings.source.path().ends_with("dbt_project.yml");
    for mut unknown in settings.unknown_keys("the project file", KNOWN) {
        if is_dbt && let Some(span) = unknown.span() {
            let key = &span.source.text()[span.range.clone()];
            unknown.message = format!("at path []: Additional properties are not allowed ('{key}' was unexpected)");
            (unknown.severity, unknown.class) = (Severity::Error, Class::Project);
        }
        bag.push(unknown);
    }
    Ok(())
}

/// Whether a project's version is a number, or two or three of them, the third with what may follow in a release's
/// name. dbt: `sem_ver_pattern`. A version that is a template is known later.
fn is_version(yaml: &Yaml) -> bool {
    let text = yaml.display();
    if yaml.is_null() || text.contains("{{") || text.parse::<f64>().is_ok() {
        return true;
    }
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let numbers: Vec<&str> = text[..end].split('.').collect();
    let is_number = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && (*part == "0" || !part.starts_with('0'))
    };
    numbers.iter().all(is_number) && (numbers.len() == 3 || numbers.len() == 2 && end == text.len())
}

fn misfit(yaml: &Yaml, key: &str, help: &str) -> Box<Diagnostic> {
    let message = format!("at path ['{key}']: '{}' is not valid under any of the given schemas", yaml.display());
    Box::new(Diagnostic::error(Class::Project, message).label(yaml.span(), "").help(help.to_owned()))
}

/// Builds a package from its project file and folder; `prefix` starts the display paths of its files.
///
/// # Errors
/// A template in the settings cannot be rendered.
pub fn package(root: &Path, prefix: &str, settings: Yaml, renderer: &Renderer, bag: &mut Bag) -> Result<Package> {
    let rendered = render_settings(&settings, renderer)?;
    let list = |keys: &[&str], default: &[&str]| -> Vec<String> {
        keys.iter()
            .find_map(|key| rendered.get(key))
            .map(|value| value.items().iter().map(Yaml::display).collect())
            .unwrap_or_else(|| default.iter().map(|name| (*name).to_owned()).collect())
    };
    let paths = files::ResourcePaths {
        models: list(&["model-paths", "source-paths"], &["models"]),
        seeds: list(&["seed-paths", "data-paths"], &["seeds"]),
        tests: list(&["test-paths"], &["tests"]),
        snapshots: list(&["snapshot-paths"], &["snapshots"]),
        macros: list(&["macro-paths"], &["macros"]),
        analyses: list(&["analysis-paths"], &["analyses"]),
        functions: list(&["function-paths"], &["functions"]),
        docs: list(&["docs-paths"], &[]),
        jinja_suffixes: settings.get("flags").and_then(|flags| flags.get("allow_jinja_file_extensions")?.bool())
            == Some(true),
    };
    let files = files::package(root, prefix, &paths, bag);
    assemble(root, settings, files, renderer)
}

/// Puts a package together from settings and files.
///
/// # Errors
/// A template in the settings cannot be rendered.
pub fn assemble(root: &Path, written: Yaml, files: Vec<ProjectFile>, renderer: &Renderer) -> Result<Package> {
    let settings = render_settings(&written, renderer)?;
    // dbt: Jinja in variables is rendered where they are used.
    let vars = settings.get("vars").map(Yaml::to_map).unwrap_or_default();
    let hooks = |key: &str| -> Vec<String> {
        match settings.get(key) {
            Some(value) if !value.items().is_empty() => value.items().iter().map(Yaml::display).collect(),
            Some(value) if !value.is_null() && value.text().is_some() => vec![value.display()],
            _ => Vec::new(),
        }
    };
    let quoted = |key: &str| settings.get("quoting").and_then(|quoting| quoting.get(key)).and_then(Yaml::bool);
    let dispatch = settings.get("dispatch").map(Yaml::items).unwrap_or_default();
    Ok(Package {
        name: name(&settings)?,
        version: settings.get("version").map(Yaml::display),
        root: root.to_path_buf(),
        builtin: false,
        vars,
        on_run_start: hooks("on-run-start"),
        on_run_end: hooks("on-run-end"),
        dispatch: dispatch
            .iter()
            .filter_map(|entry| {
                let namespace = entry.get("macro_namespace")?.display();
                let order = entry.get("search_order")?.items().iter().map(Yaml::display).collect();
                Some((namespace, order))
            })
            .collect(),
        levels: Levels::default(),
        written_levels: Levels::default(),
        quoting: Quoting { database: quoted("database"), schema: quoted("schema"), identifier: quoted("identifier") },
        files,
        settings,
        written,
    })
}
