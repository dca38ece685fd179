//! A location -> the files that it means.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::pattern::{alternatives, wild};
use super::remote::{Address, Remote, list};
use super::storage::Storage;
use crate::adapter::FileFormat;
use crate::diagnostic::{Class, Diagnostic, nearest};

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Where it is; for an object of a bucket, where its copy will be.
    pub path: PathBuf,
    /// The path as shown to the user: relative to the project's folder where the location is.
    pub shown: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last changed, where the file system tells.
    pub modified: Option<SystemTime>,
    /// The object, where it lies in a bucket.
    pub remote: Option<Remote>,
}

/// The files that a location means, by name, and how they are written.
///
/// A location is a file, a pattern (`*`, `?`, `**`, `{a,b}`) or a folder, whose files of the format are meant.
pub fn locate(
    location: &str,
    format: Option<FileFormat>,
    storage: &Storage,
    project_dir: &Path,
) -> Result<(Vec<Located>, FileFormat), Box<Diagnostic>> {
    let location = location.trim();
    if location.is_empty() {
        return Err(fault("the location is empty".to_owned()));
    }
    if let Some(address) = Address::parse(location)? {
        return in_bucket(location, &address, format, storage, project_dir);
    }
    let literal = project_dir.join(location);
    let shown: Vec<String> = if literal.is_dir() {
        children(&literal).into_iter().map(|name| join(location, &name)).filter(|name| fits(name, format)).collect()
    } else if literal.is_file() {
        vec![location.to_owned()]
    } else {
        let mut found: Vec<String> = Vec::new();
        for pattern in alternatives(location) {
            found.extend(matching(&pattern, project_dir));
        }
        found.retain(|name| fits(name, format) && project_dir.join(name).is_file());
        found
    };
    let mut shown = shown;
    shown.sort();
    shown.dedup();
    if shown.is_empty() {
        return Err(nothing(location, format, project_dir));
    }
    refuse_twins(location, &shown)?;
    let format = one_format(location, format, &shown)?;
    let files =
        shown.into_iter().map(|shown| measure(project_dir.join(&shown), shown)).collect::<Result<Vec<_>, _>>()?;
    Ok((files, format))
}

/// The same for objects of a bucket.
fn in_bucket(
    location: &str,
    address: &Address<'_>,
    format: Option<FileFormat>,
    storage: &Storage,
    project_dir: &Path,
) -> Result<(Vec<Located>, FileFormat), Box<Diagnostic>> {
    let all = list(address, storage, project_dir)?;
    let (files, other): (Vec<Located>, Vec<Located>) = all.into_iter().partition(|file| fits(&file.shown, format));
    let shown: Vec<String> = files.iter().map(|file| file.shown.clone()).collect();
    if shown.is_empty() {
        let kind = format.map(|format| format!("{} ", format.name())).unwrap_or_default();
        let mut diagnostic = fault(format!("no {kind}file is found at `{location}`"));
        if let Some(first) = other.first() {
            *diagnostic =
                diagnostic.note(format!("{} objects of other kinds are there, as `{}`", other.len(), first.shown));
        }
        return Err(diagnostic);
    }
    refuse_twins(location, &shown)?;
    let format = one_format(location, format, &shown)?;
    Ok((files, format))
}

fn refuse_twins(location: &str, shown: &[String]) -> Result<(), Box<Diagnostic>> {
    let Some(plain) = shown.iter().find(|name| shown.contains(&format!("{name}.gz"))) else { return Ok(()) };
    let diagnostic = fault(format!("`{location}` means both `{plain}` and `{plain}.gz`, which would be loaded twice"));
    Err(Box::new(diagnostic.help("remove one of them, or name the one that is meant")))
}

fn fault(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Load, message))
}

pub(super) fn measure(path: PathBuf, shown: String) -> Result<Located, Box<Diagnostic>> {
    let facts = fs::metadata(&path).map_err(|error| fault(format!("{shown}: {error}")))?;
    Ok(Located { path, shown, size: facts.len(), modified: facts.modified().ok(), remote: None })
}

fn one_format(location: &str, given: Option<FileFormat>, shown: &[String]) -> Result<FileFormat, Box<Diagnostic>> {
    if let Some(format) = given {
        return Ok(format);
    }
    let mut formats: Vec<Option<FileFormat>> = shown.iter().map(|name| format_of(name)).collect();
    formats.dedup();
    match formats.as_slice() {
        [Some(format)] => Ok(*format),
        [None] => Err(fault(format!("the format of `{location}` is not known"))),
        _ => Err(fault(format!("`{location}` means files of several formats: {}", shown.join(", ")))),
    }
    .map_err(|diagnostic| Box::new(diagnostic.help("write `format: csv` or `format: parquet`")))
}

/// The format that a name tells.
fn format_of(name: &str) -> Option<FileFormat> {
    let lower = name.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    match plain.rsplit_once('.')?.1 {
        "csv" | "tsv" | "txt" => Some(FileFormat::Csv),
        "parquet" if plain.len() == lower.len() => Some(FileFormat::Parquet),
        _ => None,
    }
}

fn fits(name: &str, format: Option<FileFormat>) -> bool {
    let hidden = name.rsplit('/').next().is_some_and(|file| file.starts_with(['.', '_']));
    let found = format_of(name);
    !hidden && found.is_some() && (format.is_none() || found == format)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() || folder.ends_with('/') { format!("{folder}{name}") } else { format!("{folder}/{name}") }
}

/// The names in a folder, sorted; none where it cannot be read.
fn children(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The existing paths that a pattern without braces means.
fn matching(pattern: &str, project_dir: &Path) -> Vec<String> {
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/".to_owned(), rest),
        None => (String::new(), pattern),
    };
    let mut found = vec![start];
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for prefix in &found {
            let folder = project_dir.join(prefix);
            if part == "**" {
                next.push(prefix.clone());
                descend(prefix, project_dir, &mut next);
            } else if part.contains(['*', '?']) {
                let visible = |name: &String| !name.starts_with('.') || part.starts_with('.');
                let names =
                    children(&folder).into_iter().filter(visible).filter(|name| wild(part.as_bytes(), name.as_bytes()));
                next.extend(names.map(|name| join(prefix, &name)));
            } else if folder.join(part).exists() {
                next.push(join(prefix, part));
            }
        }
        found = next;
    }
    found
}

fn descend(prefix: &str, project_dir: &Path, found: &mut Vec<String>) {
    for name in children(&project_dir.join(prefix)) {
        let path = join(prefix, &name);
        if !name.starts_with('.') && project_dir.join(&path).is_dir() {
            found.push(path.clone());
            descend(&path, project_dir, found);
        }
    }
}

/// Says what was looked for, and what is near.
fn nothing(location: &str, format: Option<FileFormat>, project_dir: &Path) -> Box<Diagnostic> {
    let kind = format.map(|format| format!("{} ", format.name())).unwrap_or_default();
    let mut diagnostic = *fault(format!("no {kind}file is found at `{location}`"));
    let looked = alternatives(location);
    if looked.len() > 1 {
        diagnostic = diagnostic.note(format!("looked for: {}", looked.join(", ")));
    }
    // The deepest part of the way that exists, and what it holds.
    let mut folder = looked.first().cloned().unwrap_or_default();
    while !project_dir.join(&folder).is_dir() && !folder.is_empty() {
        folder = folder.rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default();
    }
    let names = children(&project_dir.join(&folder));
    let wanted = location.rsplit('/').next().unwrap_or(location);
    let near: Vec<&String> = names.iter().filter(|name| format_of(name).is_some()).collect();
    let place = if folder.is_empty() { "the project's folder".to_owned() } else { format!("`{folder}`") };
    diagnostic = diagnostic.suggest(nearest(wanted, near.iter().map(|name| name.as_str())));
    if near.is_empty() {
        diagnostic.note(format!("{place} holds no CSV or Parquet file")).into()
    } else {
        let shown: Vec<&str> = near.iter().take(12).map(|name| name.as_str()).collect();
        let more =
            if near.len() > shown.len() { format!(" and {} more", near.len() - shown.len()) } else { String::new() };
        diagnostic.note(format!("{place} holds: {}{more}", shown.join(", "))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Scratch;

    fn names(location: &str, format: Option<FileFormat>, scratch: &Scratch) -> Vec<String> {
        locate(location, format, &Storage::default(), scratch.path())
            .unwrap()
            .0
            .into_iter()
            .map(|file| file.shown)
            .collect()
    }

    fn folder() -> Scratch {
        let scratch = Scratch::new();
        for name in [
            "raw/rating.csv",
            "raw/rating.csv.md5",
            "raw/movies.csv.gz",
            "raw/deep/er/x.csv",
            "raw/t.parquet",
            "raw/_tmp.csv",
        ] {
            scratch.write(name, b"a\n1\n");
        }
        scratch
    }

    #[test]
    fn files_patterns_and_folders_are_found() {
        let scratch = folder();
        assert_eq!(names("raw/{ratings,rating}.csv*", None, &scratch), ["raw/rating.csv"]);
        assert_eq!(names("raw", Some(FileFormat::Csv), &scratch), ["raw/movies.csv.gz", "raw/rating.csv"]);
        assert_eq!(names("raw/**/*.csv", None, &scratch), ["raw/deep/er/x.csv", "raw/rating.csv"]);
        assert_eq!(names("./raw/t.parquet", None, &scratch), ["./raw/t.parquet"]);
        let absolute = format!("{}/raw/r*.csv", scratch.path().display());
        assert_eq!(names(&absolute, None, &scratch), [format!("{}/raw/rating.csv", scratch.path().display())]);
    }

    #[test]
    fn a_location_without_files_says_what_is_near() {
        let scratch = folder();
        let error = locate("raw/{ratngs,ratings}.csv", None, &Storage::default(), scratch.path()).unwrap_err();
        assert_eq!(error.message, "no file is found at `raw/{ratngs,ratings}.csv`");
        assert_eq!(error.notes[0], "looked for: raw/ratngs.csv, raw/ratings.csv");
        assert!(error.notes[1].starts_with("`raw` holds: _tmp.csv, movies.csv.gz, rating.csv"), "{:?}", error.notes);
        let error = locate("raw/ratings.csv", None, &Storage::default(), scratch.path()).unwrap_err();
        assert_eq!(error.help, ["did you mean `rating.csv`?"]);
        let error = locate("gs://bucket/x", None, &Storage::default(), scratch.path()).unwrap_err();
        assert!(error.message.contains("not supported"), "{error:?}");
        scratch.write("raw/movies.csv", b"a\n");
        assert!(
            locate("raw/movies.csv*", None, &Storage::default(), scratch.path())
                .unwrap_err()
                .message
                .contains("loaded twice")
        );
        std::fs::remove_file(scratch.path().join("raw/movies.csv")).unwrap();
        assert!(
            locate("raw/*", None, &Storage::default(), scratch.path()).unwrap_err().message.contains("several formats")
        );
    }
}
