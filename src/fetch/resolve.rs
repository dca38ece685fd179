//! Finds out what all packages need together: one source and one version for each.

use super::fetcher::{Fetcher, Pinned};
use super::spec::{PackageSpec, Source};
use crate::diagnostic::{Class, Diagnostic, Result};

/// The packages that are asked for, the requests for one package joined.
#[derive(Debug, Default)]
pub struct Listing(Vec<Request>);

/// What is asked of one package.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first request.
    pub spec: PackageSpec,
    /// The revisions or versions that are asked for, by anyone.
    pub versions: Vec<String>,
}

fn names(source: &Source) -> Vec<String> {
    match source {
        Source::Local { path } => vec![path.clone()],
        Source::Tarball { url, .. } => vec![url.clone()],
        Source::Hub { package, .. } => vec![package.clone()],
        Source::Git { url, subdirectory, .. } => {
            let folder = subdirectory.as_ref().map(|folder| format!("/{folder}")).unwrap_or_default();
            // dbt: an address means the same with and without `.git`.
            let other = url.strip_suffix(".git").map_or_else(|| format!("{url}.git"), str::to_owned);
            vec![format!("{url}{folder}"), format!("{other}{folder}")]
        }
    }
}

/// The name of a package in messages.
pub fn shown(source: &Source) -> String {
    match source {
        Source::Tarball { name, .. } => name.clone(),
        Source::Git { private: Some(private), .. } => private.name.clone(),
        other => names(other).swap_remove(0),
    }
}

impl Listing {
    /// Joins the requests of a list.
    ///
    /// # Errors
    /// One package is asked for from two kinds of sources.
    pub fn of(specs: Vec<PackageSpec>) -> Result<Self> {
        let mut listing = Self::default();
        for spec in specs {
            listing.add(spec)?;
        }
        Ok(listing)
    }

    /// Adds a request, and gives the place of its package.
    fn add(&mut self, spec: PackageSpec) -> Result<usize> {
        let versions = match &spec.source {
            Source::Hub { versions, .. } => versions.clone(),
            Source::Git { revision, .. } => revision.iter().cloned().collect(),
            _ => Vec::new(),
        };
        self.join(Request { spec, versions })
    }

    fn join(&mut self, request: Request) -> Result<usize> {
        let keys = names(&request.spec.source);
        let Some(at) = self.0.iter().position(|known| keys.contains(&names(&known.spec.source)[0])) else {
            self.0.push(request);
            return Ok(self.0.len() - 1);
        };
        let known = &mut self.0[at];
        if std::mem::discriminant(&known.spec.source) != std::mem::discriminant(&request.spec.source) {
            return Err(Box::new(
                Diagnostic::error(
                    Class::Dependency,
                    format!("Cannot incorporate {} in {}: mismatched types", keys[0], shown(&known.spec.source)),
                )
                .label_opt(request.spec.span.clone(), "asked for here")
                .label_opt(known.spec.span.clone(), "and here from another kind of source"),
            ));
        }
        if let (Source::Git { warn_unpinned, .. }, Source::Git { warn_unpinned: false, .. }) =
            (&mut known.spec.source, &request.spec.source)
        {
            *warn_unpinned = false;
        }
        for version in request.versions {
            if !known.versions.contains(&version) {
                known.versions.push(version);
            }
        }
        Ok(at)
    }

    /// One source and version for each, as far as the list alone says.
    ///
    /// # Errors
    /// Requests for one package exclude each other, or the hub cannot be asked.
    pub fn pinned(&self, fetcher: &Fetcher<'_>) -> Result<Vec<Pinned>> {
        self.0.iter().map(|request| fetcher.pin(request)).collect()
    }
}

/// One source and version for every package that these need, directly or not.
///
/// dbt: takes the packages level by level; a level joins what is known of a package so far.
///
/// # Errors
/// Requests exclude each other, two packages have one name, or a package cannot be fetched.
pub fn all(specs: Vec<PackageSpec>, root_name: &str, fetcher: &Fetcher<'_>) -> Result<Vec<Pinned>> {
    let mut pending = Listing::of(specs)?;
    let mut known = Listing::default();
    let mut seen: Vec<(usize, Vec<String>)> = Vec::new();
    while !pending.0.is_empty() {
        let mut next = Listing::default();
        for request in pending.0 {
            let at = known.join(request)?;
            let state = (at, known.0[at].versions.clone());
            if seen.contains(&state) {
                continue;
            }
            seen.push(state);
            let pinned = fetcher.pin(&known.0[at])?;
            for spec in fetcher.metadata(&pinned)?.packages {
                next.add(spec)?;
            }
        }
        pending = next;
    }
    let mut pinned = known.pinned(fetcher)?;
    let mut names: Vec<String> = Vec::new();
    for package in &mut pinned {
        let facts = fetcher.metadata(package)?;
        let message = if names.contains(&facts.name) {
            format!(
                "Found duplicate project \"{}\". This occurs when a dependency has the same project name as some other \
                 dependency.",
                facts.name
            )
        } else if facts.name == root_name {
            format!(
                "Found a dependency with the same name as the root project \"{}\". Package names must be unique in a \
                 project. Please rename one of these packages.",
                facts.name
            )
        } else {
            names.push(facts.name.clone());
            package.name = facts.name;
            package.commit = facts.commit;
            continue;
        };
        return Err(Box::new(Diagnostic::error(Class::Dependency, message).label_opt(package.spec.span.clone(), "")));
    }
    Ok(pinned)
}
