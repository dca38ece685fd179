//! Puts packages where the project reads them from: all of them, or none.

use std::fs;
use std::path::{Path, PathBuf};

use super::add::{self, Addition};
use super::fetcher::{Fetcher, Pinned};
use super::lock;
use super::resolve::{self, Listing, shown};
use super::spec::{Source, Wanted, listed, wanted};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Event, Events};
use crate::project::{Environment, Yaml};
use crate::read::Renderer;

/// What `deps` is asked for.
#[derive(Debug)]
pub struct Install<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// The project's name.
    pub name: &'a str,
    /// `packages-install-path`.
    pub folder: PathBuf,
    /// `--lock`: the lock file alone.
    pub lock_only: bool,
    /// `--upgrade`: resolves again although the lock file is good.
    pub upgrade: bool,
    /// `--add-package`.
    pub add: Option<Addition>,
    /// `--version-check`.
    pub version_check: bool,
}

/// Installs the packages of a project.
///
/// dbt: the lock file says what is installed as long as its hash is that of packages.yml.
///
/// # Errors
/// A package cannot be found, fetched or installed; the folder of packages is then as it was.
pub fn install(asked: &Install<'_>, renderer: &Renderer, environment: &Environment, events: &Events) -> Result<()> {
    let mut wants = wanted(asked.root, "", renderer)?;
    if let Some(addition) = &asked.add {
        add::add(asked.root, wants.file, addition, events)?;
        wants = wanted(asked.root, "", renderer)?;
    }
    let fetcher = Fetcher::new(asked.root, renderer, environment, events, asked.version_check)?;
    let locked = lock::read(asked.root)?;
    let hash = lock::hash(&wants.packages);
    let is_good = !asked.upgrade && locked.as_ref().and_then(lock::hash_of).as_deref() == Some(&hash);
    let mut told = false;
    if !is_good {
        let Wanted { packages, .. } = wants;
        if packages.is_empty() {
            events.send(Event::DepsNoPackagesFound);
            told = true;
        } else {
            let pinned = resolve::all(packages, asked.name, &fetcher)?;
            lock::write(asked.root, &lock::text(&pinned, &hash, environment, events)?)?;
            events.send(Event::DepsLockUpdating { path: asked.root.join(lock::FILE).display().to_string() });
        }
    }
    if asked.lock_only {
        return Ok(());
    }
    let specs = match lock::read(asked.root)? {
        Some(lock) => listed(&lock, Some(renderer))?,
        None => Vec::new(),
    };
    if specs.is_empty() && !told {
        events.send(Event::DepsNoPackagesFound);
    }
    let pinned = Listing::of(specs)?.pinned(&fetcher)?;
    let stage = Stage::new(&asked.folder)?;
    let mut outdated = Vec::new();
    for package in &pinned {
        events.send(Event::DepsStartPackageInstall { package: shown(&package.spec.source) });
        place(package, &fetcher, asked.root, &stage.new)?;
        events.send(Event::DepsInstallInfo { version_name: version_name(package) });
        match &package.latest {
            Some(latest) if package.version.as_ref() != Some(latest) => {
                outdated.push(shown(&package.spec.source));
                events.send(Event::DepsUpdateAvailable { version_latest: latest.clone() });
            }
            Some(_) => events.send(Event::DepsUpToDate),
            None => {}
        }
        if let Source::Git { subdirectory: Some(folder), .. } = &package.spec.source {
            events.send(Event::DepsListSubdirectory { subdirectory: folder.clone() });
        }
    }
    stage.finish()?;
    if !outdated.is_empty() {
        events.send(Event::blank());
        events.send(Event::DepsNotifyUpdatesAvailable { packages: outdated });
    }
    Ok(())
}

fn version_name(package: &Pinned) -> String {
    let version = package.version.as_deref().unwrap_or_default();
    match &package.spec.source {
        Source::Local { path } => format!("<local @ {path}>"),
        Source::Tarball { url, .. } => format!("tarball (url: {url})"),
        Source::Git { .. } if version == "HEAD" => "HEAD (default revision)".to_owned(),
        Source::Git { .. } => format!("revision {version}"),
        Source::Hub { .. } => format!("version {version}"),
    }
}

fn place(package: &Pinned, fetcher: &Fetcher<'_>, root: &Path, into: &Path) -> Result<()> {
    let name = match package.name.as_str() {
        "" => fetcher.metadata(package)?.name,
        name => name.to_owned(),
    };
    if Path::new(&name).components().count() != 1 || name.starts_with('.') || name.contains(['/', '\\']) {
        return Err(Box::new(Diagnostic::error(
            Class::Dependency,
            format!("Invalid package name '{name}': resolves outside of the packages-install-path"),
        )));
    }
    let to = into.join(&name);
    let fail = |error: std::io::Error| {
        Box::new(Diagnostic::error(Class::File, format!("cannot install `{name}` as {}: {error}", to.display())))
    };
    let from = fetcher.files(package)?;
    match &package.spec.source {
        Source::Local { .. } => {
            let from = root.join(from).canonicalize().map_err(fail)?;
            // dbt: a local package is a link, so that a change in its folder counts at once; a copy where that fails.
            link(&from, &to).or_else(|_| copy(&from, &to)).map_err(fail)
        }
        _ => fs::rename(&from, &to).or_else(|_| copy(&from, &to)).map_err(fail),
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(from, to)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A folder beside the one of the packages, which takes its place when everything is there.
struct Stage {
    old: PathBuf,
    new: PathBuf,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(old: &Path) -> Result<Self> {
        let parent = old.parent().unwrap_or(old);
        let made = fs::create_dir_all(parent)
            .and_then(|()| tempfile::Builder::new().prefix(".netflix-packages-").tempdir_in(parent))
            .and_then(|folder| {
                let new = folder.path().join("new");
                fs::create_dir(&new).map(|()| (folder, new))
            });
        let (folder, new) = made.map_err(|error| failed(old, &error))?;
        Ok(Self { old: old.to_path_buf(), new, folder })
    }

    fn finish(self) -> Result<()> {
        let was = self.folder.path().join("old");
        let moved = match fs::symlink_metadata(&self.old) {
            Ok(_) => fs::rename(&self.old, &was),
            Err(_) => Ok(()),
        };
        moved.and_then(|()| fs::rename(&self.new, &self.old)).map_err(|error| {
            // Whatever could not be put in place, the packages of before must stay; they may still be there.
            let _ = fs::rename(&was, &self.old);
            failed(&self.old, &error)
        })
    }
}

fn failed(folder: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::File, format!("cannot install packages below {}: {error}", folder.display())))
}

/// Fails when packages are asked for that are not installed.
///
/// dbt: compares how many folders there are with how many packages the lock file, or else packages.yml, asks for.
///
/// # Errors
/// The numbers differ, or a file is malformed.
pub fn check_installed(root: &Path, folder: &Path, renderer: &Renderer) -> Result<()> {
    let wants = wanted(root, "", renderer)?;
    let locked = match lock::read(root)? {
        Some(lock) => lock.get("packages").map(Yaml::items).unwrap_or_default().to_vec(),
        None => Vec::new(),
    };
    let names: Vec<String> =
        locked.iter().filter_map(|entry| entry.get("name").and_then(Yaml::text).map(str::to_owned)).collect();
    let count = if locked.is_empty() { wants.packages.len() } else { locked.len() };
    let installed: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("__"))
        .collect();
    if count == installed.len() {
        return Ok(());
    }
    let missing: Vec<&str> = names.iter().filter(|name| !installed.contains(name)).map(String::as_str).collect();
    let missing = match missing.as_slice() {
        [] => String::new(),
        missing => format!(" Following packages were not found: {}.", missing.join(", ")),
    };
    let shown = folder.strip_prefix(root).unwrap_or(folder).display();
    Err(Box::new(
        Diagnostic::error(
            Class::Compilation,
            format!(
                "dbt expects {count} package(s) based on packages specified in {}, but found only {} package(s) \
                 installed in {shown}.{missing}",
                wants.file,
                installed.len()
            ),
        )
        .help("install them with `netflix deps`"),
    ))
}
