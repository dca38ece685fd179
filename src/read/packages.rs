//! Packages beside the root: those installed below `dbt_packages/`, and the built-in ones.

use std::path::{Path, PathBuf};

use serde_json::Map;

use super::files;
use super::project::{assemble, package};
use super::render::Renderer;
use crate::builtin;
use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile};
use crate::jinja::{Secrets, Session};
use crate::project::{Environment, FileKind, Package, ProjectFile, Target, Yaml};

/// Adds every package of the folder, in the order of their folder names.
pub fn installed(folder: &Path, all: &mut Vec<Package>, renderer: &Renderer, bag: &mut Bag) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    for root in folders {
        let Some(name) = ["dbt_project.yml", "project.yml"].into_iter().find(|name| root.join(name).is_file()) else {
            continue;
        };
        let prefix = match all[0].root.as_path() {
            base if root.starts_with(base) => format!("{}/", root.strip_prefix(base).unwrap_or(&root).display()),
            _ => format!("{}/", root.display()),
        };
        let read = files::text(&root.join(name), &format!("{prefix}{name}"))
            .and_then(|source| Yaml::parse(&source))
            .and_then(|settings| package(&root, &prefix, settings, renderer, bag));
        if let Some(read) = bag.take(read) {
            all.push(read);
        }
    }
}

/// The files of an adapter's package that make SQL for models; the others make statements for its warehouse.
const FOR_MODELS: [&str; 2] = ["macros/cross_database/", "macros/core/timestamps.sql"];

/// Adds the built-in packages: the adapter's own before the general one, and behind them what makes the SQL of models
/// in the dialect that the project is written in, where it is translated.
///
/// # Errors
/// No built-in package exists for the adapter.
pub fn builtin(target: &Target, all: &mut Vec<Package>) -> Result<()> {
    let adapter = &target.kind;
    let written_in = target.written_in().map(|dialect| format!("dbt_{dialect}"));
    for name in [format!("dbt_{adapter}"), "dbt".to_owned()].into_iter().chain(written_in.clone()) {
        let embedded = builtin::package(&name);
        let for_models = written_in.as_ref() == Some(&name);
        let embedded = if for_models {
            let Some(mut files) = embedded else { continue };
            files.retain(|(path, _)| path == "project.yml" || FOR_MODELS.iter().any(|start| path.starts_with(start)));
            Some(files)
        } else {
            embedded
        };
        let Some(embedded) = embedded else {
            return Err(Box::new(
                Diagnostic::error(Class::Profile, format!("Could not find adapter type {adapter}!"))
                    .help("this version has the adapters `duckdb` and `snowflake`"),
            ));
        };
        let mut settings = None;
        let mut project_files = Vec::new();
        for (path, text) in embedded {
            let source = SourceFile::new(format!("<{name}>/{path}"), text);
            if path == "project.yml" {
                settings = Some(Yaml::parse(&source)?);
            } else if path.ends_with(".sql") {
                let (folder, rest) = path.split_once('/').unwrap_or(("", &path));
                project_files.push(ProjectFile {
                    kind: if folder == "tests" { FileKind::GenericTest } else { FileKind::Macro },
                    folder: folder.to_owned(),
                    path: rest.to_owned(),
                    absolute: PathBuf::from(format!("<{name}>/{path}")),
                    source,
                });
            } else if path.ends_with(".md") {
                let (folder, rest) = path.split_once('/').unwrap_or(("", &path));
                project_files.push(ProjectFile {
                    kind: FileKind::Docs,
                    folder: folder.to_owned(),
                    path: rest.to_owned(),
                    absolute: PathBuf::new(),
                    source,
                });
            }
        }
        let Some(settings) = settings else {
            return Err(Box::new(Diagnostic::error(
                Class::Internal,
                format!("the built-in package {name} has no project file"),
            )));
        };
        let renderer = Renderer::new(&Session::default(), &Environment::default(), Secrets::Refused, &Map::new(), None);
        let mut built = assemble(Path::new(&format!("<{name}>")), settings, project_files, &renderer)?;
        built.builtin = true;
        all.push(built);
    }
    Ok(())
}
