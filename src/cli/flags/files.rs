//! Options that stand in files: `flags:` of the project, `config:` of profiles.yml, the user's own settings.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::diagnostic::{Class, Diagnostic, Result, SourceFile};
use crate::project::{Environment, Yaml};
use crate::read;

/// What the files say.
#[derive(Debug, Default)]
pub struct Stored {
    /// `flags:` of the project file, or else `config:` of profiles.yml.
    pub project: Map<String, Value>,
    /// Whether they come from profiles.yml, which dbt deprecates.
    pub from_profiles: bool,
    /// `flags:` of `~/.dbt/user_settings.yml`.
    pub user: Map<String, Value>,
}

/// The folder of the project: the given one, or the nearest one above that holds a project file.
///
/// dbt: looks from the working folder upwards, and takes the working folder where none is found.
pub fn project_folder(given: Option<&Path>) -> PathBuf {
    if let Some(given) = given {
        return given.to_path_buf();
    }
    let Ok(here) = std::env::current_dir() else { return PathBuf::from(".") };
    let found = here.ancestors().find(|folder| read::PROJECT_FILES.iter().any(|name| folder.join(name).is_file()));
    found.map(Path::to_path_buf).unwrap_or(here)
}

/// Reads the files. A file that is no YAML is left for later: reading the project tells of it.
///
/// # Errors
/// Both the project file and profiles.yml hold options.
pub fn stored(root: &Path, profiles_dir: Option<&Path>, environment: &Environment) -> Result<Stored> {
    let mapping = |path: &Path, key: &str| -> Option<Map<String, Value>> {
        let text = std::fs::read_to_string(path).ok()?;
        let yaml = Yaml::parse(&SourceFile::new(path.display().to_string(), text)).ok()?;
        let map = yaml.get(key)?.to_map();
        Some(map.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect())
    };
    let file = read::PROJECT_FILES.iter().map(|name| root.join(name)).find(|path| path.is_file());
    let project = file.as_deref().and_then(|path| mapping(path, "flags")).unwrap_or_default();
    let profile = read::profiles_file(profiles_dir, root, environment)
        .and_then(|path| mapping(&path, "config"))
        .unwrap_or_default();
    if !project.is_empty() && !profile.is_empty() {
        return Err(Box::new(
            Diagnostic::error(
                Class::Project,
                "Do not specify both 'config' in profiles.yml and 'flags' in dbt_project.yml. Using 'config' in \
                 profiles.yml is deprecated.",
            )
            .help("move what stands below `config:` in profiles.yml to `flags:` in the project file"),
        ));
    }
    let from_profiles = !profile.is_empty();
    let user = read::home(environment).and_then(|home| mapping(&home.join("user_settings.yml"), "flags"));
    Ok(Stored { project: if from_profiles { profile } else { project }, from_profiles, user: user.unwrap_or_default() })
}
