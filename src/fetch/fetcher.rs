//! Brings packages onto this machine, each once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::git::{self, Checkout};
use super::hub::Hub;
use super::private::{self, Provider};
use super::resolve::Request;
use super::spec::{PackageSpec, Source, spec, wanted};
use super::{archive, http};
use crate::diagnostic::{Class, Diagnostic, Result};
use crate::event::{Events, Warning, WarningKind};
use crate::project::{Environment, Version, VersionRange, Yaml, installable, newest_in};
use crate::read::Renderer;

/// A package with the one version that is taken.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// What was asked for.
    pub spec: PackageSpec,
    /// The version of the hub, or the revision that git is asked for.
    pub version: Option<String>,
    /// The newest version of the hub that fits.
    pub latest: Option<String>,
    /// The commit, once it is fetched.
    pub commit: Option<String>,
    /// The project's name, once it is known.
    pub name: String,
}

/// What a package says of itself.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// The project's name.
    pub name: String,
    /// What it needs in turn.
    pub packages: Vec<PackageSpec>,
    /// The folder with its files; nothing for a package of the hub that was not downloaded.
    pub folder: Option<PathBuf>,
    /// Where its archive is downloaded.
    pub archive: Option<String>,
    /// The commit.
    pub commit: Option<String>,
}

/// Fetches packages for one run of `deps`.
pub struct Fetcher<'a> {
    root: &'a Path,
    renderer: &'a Renderer,
    events: &'a Events,
    version_check: bool,
    hub: Hub<'a>,
    providers: Vec<Provider>,
    downloads: tempfile::TempDir,
    fetched: RefCell<BTreeMap<String, Metadata>>,
}

impl<'a> Fetcher<'a> {
    /// A fetcher for a project; its downloads go when it goes.
    ///
    /// # Errors
    /// No folder for downloads can be made, or the list of git providers cannot be read.
    pub fn new(
        root: &'a Path,
        renderer: &'a Renderer,
        environment: &'a Environment,
        events: &'a Events,
        version_check: bool,
    ) -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("netflix-deps-");
        let downloads = match environment.first(&["DBT_DOWNLOADS_DIR"]) {
            Some(folder) => std::fs::create_dir_all(folder).and_then(|()| builder.tempdir_in(folder)),
            None => builder.tempdir(),
        };
        let downloads = downloads.map_err(|error| {
            Box::new(Diagnostic::error(Class::File, format!("cannot make a folder for downloads: {error}")))
        })?;
        let address =
            environment.first(&["NETFLIX_PACKAGE_HUB_URL", "DBT_ENGINE_PACKAGE_HUB_URL", "DBT_PACKAGE_HUB_URL"]);
        Ok(Self {
            root,
            renderer,
            events,
            version_check,
            hub: Hub::new(address, events),
            providers: private::providers(environment.get(private::VARIABLE))?,
            downloads,
            fetched: RefCell::default(),
        })
    }

    /// The address that git is given.
    fn address(&self, source: &Source) -> Result<String> {
        match source {
            Source::Git { private: Some(package), .. } => private::address(package, &self.providers),
            Source::Git { url, .. } => Ok(url.clone()),
            _ => Ok(String::new()),
        }
    }

    /// Hides tokens of private repositories in a text.
    fn hide(&self, error: Box<Diagnostic>) -> Box<Diagnostic> {
        let mut error = error;
        for token in private::tokens(&self.providers).iter().filter(|token| !token.is_empty()) {
            error.message = error.message.replace(token.as_str(), "*****");
        }
        error
    }

    /// Chooses the version of a package.
    ///
    /// # Errors
    /// The requests exclude each other, or no version fits.
    pub fn pin(&self, request: &Request) -> Result<Pinned> {
        let spec = request.spec.clone();
        let fail = |message: String| {
            Err(Box::new(Diagnostic::error(Class::Dependency, message).label_opt(spec.span.clone(), "")))
        };
        let (version, latest) = match &spec.source {
            Source::Local { .. } | Source::Tarball { .. } => (None, None),
            Source::Git { .. } => match request.versions.as_slice() {
                [] => (Some("HEAD".to_owned()), None),
                [revision] => (Some(revision.clone()), None),
                several => {
                    return fail(format!(
                        "git dependencies should contain exactly one version. {} contains: {{{}}}",
                        super::resolve::shown(&spec.source),
                        several.iter().map(|version| format!("'{version}'")).collect::<Vec<_>>().join(", ")
                    ));
                }
            },
            Source::Hub { package, prereleases, .. } => {
                self.hub.check(package).map_err(|error| at(error, &spec))?;
                let wanted: std::result::Result<Vec<Version>, String> =
                    request.versions.iter().map(|text| Version::parse(text)).collect();
                let wanted = match wanted {
                    Ok(wanted) => wanted,
                    Err(why) => return fail(why),
                };
                let Some(range) = VersionRange::reduce(&wanted) else {
                    let options: Vec<String> = wanted.iter().map(|version| format!("'{version}'")).collect();
                    return fail(format!(
                        "Version error for package {package}: Could not find a satisfactory version from options: [{}]",
                        options.join(", ")
                    ));
                };
                let prereleases = *prereleases || wanted.iter().any(Version::is_prerelease);
                let known = self.hub.versions(package, self.version_check).map_err(|error| at(error, &spec))?;
                let known = installable(known, prereleases);
                let Some(version) = newest_in(&range, &known) else {
                    let shown: Vec<String> = known.iter().map(|version| format!("'{version}'")).collect();
                    let more = if self.version_check {
                        "\n  Not shown: package versions incompatible with installed version of dbt-core\n  To include \
                         them, run 'dbt --no-version-check deps'"
                    } else {
                        ""
                    };
                    return fail(format!(
                        "Could not find a matching compatible version for package {package}\n  Requested range: \
                         {range}\n  Compatible versions: [{}]\n{more}",
                        shown.join(", ")
                    ));
                };
                (Some(version), known.last().cloned())
            }
        };
        let name = spec.name.clone().unwrap_or_default();
        Ok(Pinned { spec, version, latest, commit: None, name })
    }

    /// What a package says of itself; packages outside of the hub are fetched for that.
    ///
    /// # Errors
    /// It cannot be fetched, or is no project.
    pub fn metadata(&self, package: &Pinned) -> Result<Metadata> {
        let key =
            format!("{} {}", super::resolve::shown(&package.spec.source), package.version.as_deref().unwrap_or(""));
        if let Some(known) = self.fetched.borrow().get(&key) {
            return Ok(known.clone());
        }
        let found = self.fetch(package).map_err(|error| at(self.hide(error), &package.spec))?;
        self.fetched.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    fn fetch(&self, package: &Pinned) -> Result<Metadata> {
        let number = self.fetched.borrow().len();
        match &package.spec.source {
            Source::Local { path } => self.folder(self.root.join(path), path),
            Source::Tarball { url, name } => {
                let folder = self.unpacked(url, &format!("{number}"))?;
                let found = self.folder(folder, url)?;
                Ok(Metadata { name: name.clone(), ..found })
            }
            Source::Git { subdirectory, warn_unpinned, .. } => {
                let url = self.address(&package.spec.source)?;
                let revision = package.version.as_deref();
                let checkout = Checkout { url: &url, revision, subdirectory: subdirectory.as_deref() };
                let (folder, commit) = git::checkout(checkout, &self.downloads.path().join(format!("{number}")))?;
                if *warn_unpinned && matches!(revision, None | Some("HEAD" | "main" | "master")) {
                    self.warn_unpinned(revision.unwrap_or("HEAD"), &super::resolve::shown(&package.spec.source))?;
                }
                Ok(Metadata { commit: Some(commit), ..self.folder(folder, &url)? })
            }
            Source::Hub { package: name, .. } => {
                let version = package.version.as_deref().unwrap_or_default();
                let facts = self.hub.version(name, version)?;
                let needs = facts.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
                let packages =
                    needs.into_iter().map(|need| spec(&need.clone(), need, None)).collect::<Result<Vec<_>>>()?;
                let archive =
                    facts.get("downloads").and_then(|downloads| downloads.get("tarball")).and_then(Value::as_str);
                Ok(Metadata {
                    name: facts.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    packages,
                    folder: None,
                    archive: archive.map(str::to_owned),
                    commit: None,
                })
            }
        }
    }

    /// The folder with the files of a package, downloaded where that was not done yet.
    ///
    /// # Errors
    /// It cannot be downloaded.
    pub fn files(&self, package: &Pinned) -> Result<PathBuf> {
        let facts = self.metadata(package)?;
        if let Some(folder) = facts.folder {
            return Ok(folder);
        }
        let shown = super::resolve::shown(&package.spec.source);
        let url = facts.archive.ok_or_else(|| {
            Box::new(Diagnostic::error(
                Class::Dependency,
                format!("the package hub does not say where {shown} is downloaded"),
            ))
        })?;
        self.unpacked(&url, &format!("hub-{}", facts.name)).map_err(|error| at(error, &package.spec))
    }

    fn unpacked(&self, url: &str, name: &str) -> Result<PathBuf> {
        let file = self.downloads.path().join(format!("{name}.tar.gz"));
        http::download(url, &file)?;
        archive::unpack(&file, &self.downloads.path().join(format!("{name}.untarred")), url)
    }

    fn folder(&self, folder: PathBuf, shown: &str) -> Result<Metadata> {
        let project = ["dbt_project.yml", "project.yml"]
            .into_iter()
            .find_map(|name| super::spec::file(&folder, &format!("{shown}/"), name).transpose())
            .transpose()?;
        let Some(project) = project else {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Project,
                    format!("No dbt_project.yml found at expected path {}", folder.join("dbt_project.yml").display()),
                )
                .help("every package needs a project file of its own"),
            ));
        };
        let Some(name) = project.get("name").and_then(Yaml::text) else {
            return Err(project.error(Class::Project, "Package defined in dbt_project.yml must have a name!"));
        };
        let mut packages = wanted(&folder, &format!("{shown}/"), self.renderer)?.packages;
        // dbt: a local path is one from the root project. One from the package itself is understood as well.
        for package in &mut packages {
            if let Source::Local { path } = &mut package.source
                && !self.root.join(&*path).is_dir()
                && let Ok(own) = folder.join(&*path).canonicalize()
            {
                *path = own.strip_prefix(self.root).unwrap_or(&own).display().to_string();
            }
        }
        Ok(Metadata { name: name.to_owned(), packages, folder: Some(folder), archive: None, commit: None })
    }

    fn warn_unpinned(&self, revision: &str, url: &str) -> Result<()> {
        let what = if revision == "HEAD" {
            "not pinned, using HEAD (default branch)".to_owned()
        } else {
            format!("pinned to the \"{revision}\" branch")
        };
        let message = format!(
            "The git package \"{url}\" is {what}. A change of that branch can break this project without warning: name \
             a tag or a commit as its `revision`."
        );
        self.events.warn(Warning::new(WarningKind::DepsUnpinned, message).field("revision", revision).field("git", url))
    }
}

/// The error at the place that asks for the package, where it has none of its own.
fn at(error: Box<Diagnostic>, spec: &PackageSpec) -> Box<Diagnostic> {
    match (&spec.span, error.labels.is_empty()) {
        (Some(span), true) => Box::new(error.label(span.clone(), "")),
        _ => error,
    }
}
