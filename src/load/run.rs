//! Fills one source table.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::ledger::{Entry, Ledger, differs_plainly, hash};
use super::locate::measure;
use super::remote::{fetch, forget};
use super::{LoadSpec, Located, copy, locate};
use crate::adapter::{AdapterError, Dialect, Effort, ErrorKind, Fetch, FileFormat, FileLoad, LoadFile, Session};
use crate::diagnostic::{Class, Diagnostic};

/// How often work that another transaction disturbed is tried.
const ATTEMPTS: usize = 8;

/// Which tables are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// Those whose files or declaration changed.
    Changed,
    /// All (`--full-refresh`).
    All,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The table was filled.
    Loaded,
    /// The table holds these files already.
    Unchanged,
}

/// The figures of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What was done.
    pub action: Action,
    /// How many files there are.
    pub files: usize,
    /// The rows that were read; none where nothing was done.
    pub rows: u64,
    /// The length of all files.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Fills a source table from its files where they changed.
///
/// The table is built aside and swapped in together with the ledger's rows in one transaction; any error leaves the
/// old table. A transaction that is open on the session is committed first. `now` is written into the ledger.
pub fn table(
    session: &mut dyn Session,
    spec: &LoadSpec,
    project_dir: &Path,
    reload: Reload,
    now: &str,
) -> Result<Loaded, Box<Diagnostic>> {
    let started = Instant::now();
    if spec.target.dialect.copies_from_stages {
        let copy::Copied { action, files, rows, bytes } = copy::table(session, spec, reload, now)?;
        return Ok(Loaded { action, files, rows, bytes, elapsed: started.elapsed() });
    }
    let work = Work::prepare(spec, project_dir)?;
    let told = |error: AdapterError| work.explain(error);
    let figures = |action, rows| Loaded {
        action,
        files: work.files.len(),
        rows,
        bytes: work.files.iter().map(|file| file.size).sum(),
        elapsed: started.elapsed(),
    };
    session.commit().map_err(told)?;
    let known = Ledger::beside(work.dialect, &spec.target).read(session).map_err(told)?;
    let entries = work.entries()?;
    if reload == Reload::Changed && known.as_ref() == Some(&entries) {
        return Ok(figures(Action::Unchanged, 0));
    }
    fetch(&work.files).map_err(|diagnostic| work.needed(*diagnostic))?;
    work.make_room(session).map_err(told)?;
    let mut attempt = 1;
    let mut effort = Effort::Quick;
    let rows = loop {
        match work.fill(session, &entries, effort, now) {
            Ok(rows) => break rows,
            Err(error) => {
                // The error that matters is the first one; without the transaction nothing is left to undo.
                let _ = session.rollback();
                if error.is_retryable() && attempt < ATTEMPTS {
                    attempt += 1;
                } else if effort == Effort::Quick && error.diagnostic.is_none() && error.kind != ErrorKind::Interrupted
                {
                    effort = Effort::Careful;
                } else {
                    return Err(work.explain(error));
                }
            }
        }
    };
    forget(&work.files);
    Ok(figures(Action::Loaded, rows))
}

/// Whether [`table`] would fill the table.
pub fn pending(session: &mut dyn Session, spec: &LoadSpec, project_dir: &Path) -> Result<bool, Box<Diagnostic>> {
    let work = Work::prepare(spec, project_dir)?;
    let known = Ledger::beside(work.dialect, &spec.target).read(session).map_err(|error| work.explain(error))?;
    let Some(known) = known else { return Ok(true) };
    if differs_plainly(&known, &work.files, &work.declaration) {
        return Ok(true);
    }
    Ok(known != work.entries()?)
}

/// A table and its files.
struct Work<'a> {
    spec: &'a LoadSpec,
    dialect: &'static Dialect,
    files: Vec<Located>,
    format: FileFormat,
    declaration: String,
}

impl<'a> Work<'a> {
    fn prepare(spec: &'a LoadSpec, project_dir: &Path) -> Result<Self, Box<Diagnostic>> {
        if spec.columns.is_empty() {
            let message = format!("the source table `{}` has a `load` block and declares no columns", spec.name);
            let diagnostic = Diagnostic::error(Class::Load, message);
            return Err(Box::new(diagnostic.help("list its columns, each with a `data_type`")));
        }
        let (files, format) = locate(&spec.location, spec.format, &spec.storage, project_dir)
            .map_err(|diagnostic| needed_by(spec, *diagnostic))?;
        let declaration = spec.fingerprint(format);
        Ok(Self { spec, dialect: spec.target.dialect, files, format, declaration })
    }

    /// The files as the ledger keeps them. The content alone decides whether a file is the same.
    fn entries(&self) -> Result<Vec<Entry>, Box<Diagnostic>> {
        let mut entries = Vec::new();
        for file in &self.files {
            let hash = match &file.remote {
                // The store knows the version without a copy being made.
                Some(remote) => format!("etag:{}", remote.tag),
                None => hash(&file.path)
                    .map_err(|error| Box::new(Diagnostic::error(Class::File, format!("{}: {error}", file.shown))))?,
            };
            entries.push(Entry {
                path: file.shown.clone(),
                size: file.size,
                hash,
                declaration: self.declaration.clone(),
            });
        }
        Ok(entries)
    }

    /// Makes the schema and the ledger, apart from the large transaction, since tables that load at once share them.
    fn make_room(&self, session: &mut dyn Session) -> Result<(), AdapterError> {
        let schema = self.spec.target.without_identifier().render();
        let ledger = Ledger::beside(self.dialect, &self.spec.target);
        let mut attempt = 1;
        loop {
            let made = session
                .execute(&format!("create schema if not exists {schema}"), Fetch::None)
                .and_then(|_| ledger.create(session));
            match made {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    // The other session is about to commit.
                    std::thread::sleep(Duration::from_millis(2 << attempt));
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn fill(
        &self,
        session: &mut dyn Session,
        entries: &[Entry],
        effort: Effort,
        now: &str,
    ) -> Result<u64, AdapterError> {
        let target = &self.spec.target;
        let name = target.identifier().unwrap_or_default();
        let aside = target.renamed(format!("{name}{}", self.dialect.folded("__netflix_load")));
        session.begin()?;
        if !session.in_transaction() {
            // `disable_transactions` is about models; a table that is lost half-way cannot be asked for.
            session.execute("begin transaction", Fetch::None)?;
        }
        session.execute(&format!("drop table if exists {}", aside.render()), Fetch::None)?;
        let loaded = session.load_files(&FileLoad {
            into: aside.clone(),
            columns: self.spec.columns.clone(),
            format: self.format,
            options: self.spec.options.clone(),
            effort,
            files: self
                .files
                .iter()
                .map(|file| LoadFile { path: file.path.clone(), shown: file.shown.clone() })
                .collect(),
        })?;
        self.check_unchanged()?;
        session.execute(&format!("drop table if exists {}", target.render()), Fetch::None)?;
        let new_name = if self.dialect.renames_by_path {
            target.render()
        } else {
            target.include(Some(false), Some(false), None).render()
        };
        session.execute(&format!("alter table {} rename to {new_name}", aside.render()), Fetch::None)?;
        refuse_copies(entries, &loaded.rows)?;
        let files: Vec<(Entry, u64)> = entries.iter().cloned().zip(loaded.rows.iter().copied()).collect();
        Ledger::beside(self.dialect, target).write(session, &files, now)?;
        session.commit()?;
        Ok(loaded.rows.iter().sum())
    }

    /// A file that changes while it is read would be in the ledger under a hash that is not its own.
    fn check_unchanged(&self) -> Result<(), AdapterError> {
        for file in self.files.iter().filter(|file| file.remote.is_none()) {
            let same = measure(file.path.clone(), file.shown.clone()).is_ok_and(|now| now == *file);
            if !same {
                let diagnostic =
                    Diagnostic::error(Class::Load, format!("{}: the file changed while it was read", file.shown));
                return Err(AdapterError::explained(ErrorKind::Io, diagnostic.help("load again when it is complete")));
            }
        }
        Ok(())
    }

    fn explain(&self, error: AdapterError) -> Box<Diagnostic> {
        let class = if error.kind == ErrorKind::Interrupted { Class::Runtime } else { Class::Load };
        let diagnostic = error.into_diagnostic(class);
        self.needed(diagnostic)
    }

    fn needed(&self, diagnostic: Diagnostic) -> Box<Diagnostic> {
        needed_by(self.spec, diagnostic)
    }
}

pub(super) fn needed_by(spec: &LoadSpec, diagnostic: Diagnostic) -> Box<Diagnostic> {
    Box::new(diagnostic.note(format!("needed by the source table `{}`", spec.name)))
}

/// Two names for the same rows are a mistake (`ratings.csv` and `rating.csv`); files without rows may be alike.
fn refuse_copies(entries: &[Entry], rows: &[u64]) -> Result<(), AdapterError> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for (entry, _) in entries.iter().zip(rows).filter(|(_, rows)| **rows > 0) {
        if let Some(other) = seen.insert(&entry.hash, &entry.path) {
            let message = format!("`{other}` and `{}` hold the same bytes, which would be loaded twice", entry.path);
            let diagnostic = Diagnostic::error(Class::Load, message);
            return Err(AdapterError::explained(
                ErrorKind::Other,
                diagnostic.help("remove one of them, or name the one that is meant"),
            ));
        }
    }
    Ok(())
}
