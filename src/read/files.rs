//! Walks the resource folders of a package and reads what is in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashSet;

use crate::diagnostic::{Bag, Class, Diagnostic, Result, SourceFile};
use crate::project::{FileKind, ProjectFile};

/// Reads a text file; the display path is what messages show.
///
/// # Errors
/// The file cannot be read or is not UTF-8; the message says which and why.
pub fn text(path: &Path, display: &str) -> Result<Arc<SourceFile>> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(display, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        unreadable(display, &format!("line {line} is not UTF-8 text"))
    })?;
    Ok(SourceFile::new(display, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

fn unreadable(display: &str, why: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error(Class::File, format!("cannot read `{display}`: {why}"))
            .help("save it as UTF-8 text, or name it in `.dbtignore` to leave it out"),
    )
}

/// The folders of a package that hold resources.
#[derive(Debug, Clone)]
pub struct ResourcePaths {
    /// `model-paths`.
    pub models: Vec<String>,
    /// `seed-paths`.
    pub seeds: Vec<String>,
    /// `test-paths`.
    pub tests: Vec<String>,
    /// `snapshot-paths`.
    pub snapshots: Vec<String>,
    /// `macro-paths`.
    pub macros: Vec<String>,
    /// `analysis-paths`.
    pub analyses: Vec<String>,
    /// `function-paths`.
    pub functions: Vec<String>,
    /// `docs-paths`; the others when not given.
    pub docs: Vec<String>,
    /// Whether `a.sql.j2` is read as `a.sql` (`allow_jinja_file_extensions`).
    pub jinja_suffixes: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Folder {
    Models,
    Seeds,
    Tests,
    Snapshots,
    Macros,
    Analyses,
    Functions,
    Docs,
}

/// All files of a package, sorted by path within each folder.
pub fn package(root: &Path, prefix: &str, paths: &ResourcePaths, bag: &mut Bag) -> Vec<ProjectFile> {
    let ignore = bag.take(Ignored::read(root)).flatten();
    let mut files: Vec<ProjectFile> = Vec::new();
    let mut seen = FxHashSet::default();
    let folders = [
        (Folder::Macros, &paths.macros),
        (Folder::Models, &paths.models),
        (Folder::Seeds, &paths.seeds),
        (Folder::Tests, &paths.tests),
        (Folder::Snapshots, &paths.snapshots),
        (Folder::Analyses, &paths.analyses),
        (Folder::Functions, &paths.functions),
        (Folder::Docs, &paths.docs),
    ];
    for (folder, names) in folders {
        for name in names {
            let name = name.trim_end_matches('/').trim_start_matches("./");
            let base = root.join(name);
            for absolute in walk(&base, ignore.as_ref()) {
                let Some(path) = absolute.strip_prefix(&base).ok().and_then(Path::to_str) else { continue };
                let plain = if paths.jinja_suffixes { ProjectFile::without_jinja_suffix(path) } else { path };
                let Some(kind) = classify(folder, plain) else { continue };
                let display =
                    if name.is_empty() { format!("{prefix}{path}") } else { format!("{prefix}{name}/{path}") };
                let source = if kind == FileKind::Seed {
                    SourceFile::new(display.clone(), "")
                } else {
                    match text(&absolute, &display) {
                        Ok(source) => source,
                        Err(error) => {
                            bag.push(*error);
                            continue;
                        }
                    }
                };
                if seen.insert((absolute.clone(), kind)) {
                    files.push(ProjectFile { kind, folder: name.to_owned(), path: path.to_owned(), absolute, source });
                }
            }
        }
    }
    files
}

/// What `.dbtignore` leaves out.
struct Ignored {
    root: PathBuf,
    /// One for each line.
    rules: Vec<Gitignore>,
    /// Whether a line takes something back in, perhaps out of a folder that an earlier one leaves out.
    takes_back: bool,
}

impl Ignored {
    fn read(root: &Path) -> Result<Option<Self>> {
        let mut names = [".netflixignore", ".dbtignore"].into_iter();
        let Some(name) = names.find(|name| root.join(name).is_file()) else { return Ok(None) };
        let source = text(&root.join(name), name)?;
        let rule = |line: &str| GitignoreBuilder::new(root).add_line(None, line).ok()?.build().ok();
        let rules: Vec<Gitignore> = source.text().lines().filter_map(rule).filter(|rule| !rule.is_empty()).collect();
        let takes_back = rules.iter().any(|rule| rule.num_whitelists() > 0);
        Ok(Some(Self { root: root.to_path_buf(), rules, takes_back }))
    }

    /// dbt: the last line decides that fits the path or a folder above it; Git would not look below a left out folder.
    fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        let Ok(path) = path.strip_prefix(&self.root) else { return false };
        let mut fits = self.rules.iter().rev().map(|rule| rule.matched_path_or_any_parents(path, is_dir));
        (!is_dir || !self.takes_back) && fits.find(|fit| !fit.is_none()).is_some_and(|fit| fit.is_ignore())
    }
}

fn walk(base: &Path, ignored: Option<&Ignored>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![base.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            // A link is followed, at the price of asking again.
            let is_dir = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => path.is_dir(),
            };
            if ignored.is_some_and(|ignored| ignored.leaves_out(&path, is_dir)) {
                continue;
            }
            if is_dir {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn classify(folder: Folder, path: &str) -> Option<FileKind> {
    let extension = Path::new(path).extension()?.to_str()?.to_lowercase();
    let generic = path.starts_with("generic/");
    Some(match (folder, extension.as_str()) {
        (Folder::Tests, "yml" | "yaml") if path.starts_with("fixtures/") => return None,
        (
            Folder::Docs
            | Folder::Models
            | Folder::Seeds
            | Folder::Snapshots
            | Folder::Macros
            | Folder::Analyses
            | Folder::Tests
            | Folder::Functions,
            "md",
        ) => FileKind::Docs,
        (Folder::Docs, _) => return None,
        (_, "yml" | "yaml") => FileKind::Properties,
        (Folder::Models, "sql") => FileKind::Model,
        (Folder::Models, "py") => FileKind::PythonModel,
        (Folder::Seeds, "csv") => FileKind::Seed,
        (Folder::Tests, "sql") if generic => FileKind::GenericTest,
        (Folder::Tests, "sql" | "csv") if path.starts_with("fixtures/") => FileKind::Fixture,
        (Folder::Tests, "sql") => FileKind::SingularTest,
        (Folder::Snapshots, "sql") => FileKind::Snapshot,
        (Folder::Macros, "sql") => FileKind::Macro,
        (Folder::Analyses, "sql") => FileKind::Analysis,
        (Folder::Functions, "sql" | "py" | "js") => FileKind::Function,
        _ => return None,
    })
}
