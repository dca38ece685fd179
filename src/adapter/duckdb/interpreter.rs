//! Which Python runs models: the user's own, with the packages that the models import.

use std::env;
use std::path::{Path, PathBuf};

/// The interpreters to try, the best first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interpreters {
    /// Their paths.
    pub(super) paths: Vec<PathBuf>,
    /// Who chose the only one, where it was chosen: it is then not silently replaced by another.
    pub(super) chosen_by: Option<&'static str>,
}

/// `NETFLIX_PYTHON`, `python:` of the profile, the active virtual environment, `.venv` of the project, then the path.
pub(super) fn interpreters(profile: Option<&str>, project: &Path) -> Interpreters {
    find(profile, project, &|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

fn find(profile: Option<&str>, project: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Interpreters {
    let chosen = variable("NETFLIX_PYTHON").map(|path| (path, "NETFLIX_PYTHON"));
    if let Some((path, by)) = chosen.or_else(|| Some((profile?.to_owned(), "the profile"))) {
        // A bare name is looked for on the path by the operating system.
        let path = if path.contains(['/', '\\']) { project.join(path) } else { PathBuf::from(path) };
        return Interpreters { paths: vec![path], chosen_by: Some(by) };
    }
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    let names = if cfg!(windows) { ["python.exe", "python3.exe"] } else { ["python3", "python"] };
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(variable("VIRTUAL_ENV").map(|root| Path::new(&root).join(folder)));
    folders.push(project.join(".venv").join(folder));
    folders.extend(variable("CONDA_PREFIX").map(|root| Path::new(&root).join(folder)));
    folders.extend(variable("PATH").iter().flat_map(|path| env::split_paths(path).collect::<Vec<_>>()));
    let mut paths = Vec::new();
    for folder in folders {
        let found = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
        if let Some(path) = found.filter(|path| !paths.contains(path)) {
            paths.push(path);
        }
    }
    Interpreters { paths, chosen_by: None }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::adapter::scratch::Scratch;

    #[test]
    fn the_nearest_python_comes_first() {
        let folder = Scratch::new();
        for path in ["env/bin/python", "project/.venv/bin/python3", "usr/bin/python3", "usr/bin/python"] {
            folder.write(path, b"");
        }
        let root = folder.path();
        let project = root.join("project");
        let text = |path: &str| root.join(path).display().to_string();
        let with = |names: Vec<(&'static str, String)>, profile: Option<&str>| {
            find(profile, &project, &|name| {
                names.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
            })
        };
        let all = with(vec![("VIRTUAL_ENV", text("env")), ("PATH", text("usr/bin"))], None);
        let expected = ["env/bin/python", "project/.venv/bin/python3", "usr/bin/python3"];
        assert_eq!(all.paths, expected.map(|path| root.join(path)));
        assert_eq!(all.chosen_by, None);
        let chosen = with(vec![("NETFLIX_PYTHON", "python3.12".to_owned())], Some("/usr/bin/python3"));
        assert_eq!((chosen.paths, chosen.chosen_by), (vec![PathBuf::from("python3.12")], Some("NETFLIX_PYTHON")));
        assert_eq!(with(Vec::new(), Some("venv/bin/python")).paths, [project.join("venv/bin/python")]);
    }
}
