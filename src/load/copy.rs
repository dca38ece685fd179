//! Raw files -> a source table, where the warehouse copies them itself from a stage.
//!
//! The listing of the stage is compared with the ledger. Files that came are copied on top: the warehouse remembers
//! what each table took (Snowflake: for 64 days), so that a load that is repeated after a crash takes nothing twice.
//! Where a file was changed or removed, or the declaration was, a new table is filled aside and swapped in.

use super::ledger::{Entry, Ledger};
use super::pattern::{alternatives, fits_path, fixed_folder};
use super::run::{Action, Reload};
use super::{LoadSpec, needed_by};
use crate::adapter::{
    AdapterError, Answer, Cell, Dialect, ErrorKind, Fetch, FileFormat, FileOptions, Relation, Session,
};
use crate::diagnostic::{Class, Diagnostic};

/// What was copied.
pub(super) struct Copied {
    pub action: Action,
    pub files: usize,
    pub rows: u64,
    pub bytes: u64,
}

/// Fills the table of a declaration from a stage.
pub(super) fn table(
    session: &mut dyn Session,
    spec: &LoadSpec,
    reload: Reload,
    now: &str,
) -> Result<Copied, Box<Diagnostic>> {
    let copy = Copy::prepare(spec).map_err(|diagnostic| needed_by(spec, *diagnostic))?;
    copy.run(session, reload, now).map_err(|error| {
        let class = if error.kind == ErrorKind::Interrupted { Class::Runtime } else { Class::Load };
        needed_by(spec, error.into_diagnostic(class))
    })
}

/// A table, its stage and its file format.
struct Copy<'a> {
    spec: &'a LoadSpec,
    dialect: &'static Dialect,
    format: FileFormat,
    file_format: Relation,
    /// Stage and folder, as they stand behind `@`.
    from: String,
    /// What the names of files begin with, down to the folder; unknown of a stage that others made.
    base: Option<String>,
    /// The files in that folder: a name, a pattern, or all.
    wanted: String,
    files: Files,
    /// Statements that make what the copy needs.
    making: Vec<String>,
}

/// What a warehouse's pattern begins with, since it is held against the whole path.
const ANY_FOLDER: &str = "(.*/)?";

/// How many files a copy may name. Snowflake: a thousand.
const MOST_NAMED: usize = 1000;

/// Which files of the folder are meant.
enum Files {
    One(String),
    Fitting(String),
}

impl Files {
    fn listing(&self) -> String {
        match self {
            Self::One(name) => format!("{ANY_FOLDER}{}", literal_pattern(name)),
            Self::Fitting(pattern) => pattern.clone(),
        }
    }

    fn clause(&self, dialect: &Dialect) -> String {
        match self {
            Self::One(name) => format!("files = ({})", dialect.literal(name)),
            Self::Fitting(pattern) => format!("pattern = {}", dialect.literal(pattern)),
        }
    }
}

impl<'a> Copy<'a> {
    fn prepare(spec: &'a LoadSpec) -> Result<Self, Box<Diagnostic>> {
        let dialect = spec.target.dialect;
        let format = spec.format.unwrap_or(FileFormat::Csv);
        let location = spec.location.trim();
        let schema = spec.target.without_identifier();
        let beside = |name: String| spec.target.renamed(dialect.folded(&name));
        let file_format = beside(format!("_netflix_{}_{}", format.name(), short_hash(&format_options(spec, format))));
        let mut making = vec![format!("create schema if not exists {}", schema.render())];
        making.push(format!(
            "create file format if not exists {} {}",
            file_format.render(),
            format_options(spec, format)
        ));
        let mut base = None;
        let (stage, path) = match (&spec.storage.stage, location.split_once("://")) {
            (Some(stage), None) => (stage.trim_start_matches('@').trim_end_matches('/').to_owned(), location),
            (Some(_), Some(_)) => {
                let message = format!("`{location}` names a bucket, and `storage` names a stage");
                return Err(Box::new(Diagnostic::error(Class::Load, message).help(
                    "write the path below the stage as `location`, or take `stage` out and name an `integration`",
                )));
            }
            (None, Some(("s3" | "s3gov" | "s3china" | "gcs" | "azure", rest))) => {
                let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
                let folder = folder_of(path);
                let url = format!("{}{bucket}/{folder}", &location[..location.len() - rest.len()]);
                let stage =
                    beside(format!("_netflix_stage_{}", short_hash(&format!("{url} {:?}", spec.storage.integration))));
                let integration =
                    spec.storage.integration.as_ref().map(|name| format!(" storage_integration = {name}"));
                making.push(format!(
                    "create stage if not exists {} url = {}{}",
                    stage.render(),
                    dialect.literal(&url),
                    integration.unwrap_or_default()
                ));
                base = Some(url);
                (stage.render(), &path[folder.len()..])
            }
            (None, _) => {
                let message = format!("`{location}` lies on this machine, where the warehouse cannot read it");
                return Err(Box::new(Diagnostic::error(Class::Load, message).help(
                    "put the files into a bucket and write `s3://..` with `storage: {integration: ..}`, or name a `stage`",
                )));
            }
        };
        let folder = folder_of(path);
        let from = if folder.is_empty() { stage } else { format!("{stage}/{}", folder.trim_end_matches('/')) };
        let name = &path[folder.len()..];
        let files = if name.is_empty() {
            Files::Fitting(match format {
                FileFormat::Csv => r".*[.](csv|tsv|txt)([.]gz)?".to_owned(),
                FileFormat::Parquet => r".*[.]parquet".to_owned(),
            })
        } else if name.contains(['*', '?', '{']) {
            Files::Fitting(format!("{ANY_FOLDER}{}", pattern(name)))
        } else {
            Files::One(name.to_owned())
        };
        let wanted = name.to_owned();
        Ok(Self { spec, dialect, format, file_format, from, base, wanted, files, making })
    }

    fn run(&self, session: &mut dyn Session, reload: Reload, now: &str) -> Result<Copied, AdapterError> {
        session.commit()?;
        for statement in &self.making {
            session.execute(statement, Fetch::None)?;
        }
        let entries = self.listed(session)?;
        let ledger = Ledger::beside(self.dialect, &self.spec.target);
        let known = ledger.read(session)?;
        let figures = |action, rows| Copied {
            action,
            files: entries.len(),
            rows,
            bytes: entries.iter().map(|entry| entry.size).sum(),
        };
        if reload == Reload::Changed && known.as_ref() == Some(&entries) {
            return Ok(figures(Action::Unchanged, 0));
        }
        ledger.create(session)?;
        let grown = reload == Reload::Changed
            && known
                .as_ref()
                .is_some_and(|known| !known.is_empty() && known.iter().all(|entry| entries.contains(entry)));
        let known = known.as_deref();
        let rows = if grown {
            let is_new = |entry: &&Entry| !known.unwrap_or_default().contains(entry);
            self.copy_into(session, &self.spec.target, &entries.iter().filter(is_new).collect::<Vec<_>>())?
        } else {
            self.replace(session, known.is_some(), &entries.iter().collect::<Vec<_>>())?
        };
        let total = entries.len() as u64;
        // The rows of one file are not told apart in a ledger of names: only their sum is known of several files.
        let files: Vec<(Entry, u64)> =
            entries.iter().map(|entry| (entry.clone(), if total == 1 { rows } else { 0 })).collect();
        session.begin()?;
        ledger.write(session, &files, now)?;
        session.commit()?;
        Ok(figures(Action::Loaded, rows))
    }

    /// What lies in the stage; Snowflake: `name`, `size`, `md5`, `last_modified`.
    fn listed(&self, session: &mut dyn Session) -> Result<Vec<Entry>, AdapterError> {
        let sql = format!("list @{} pattern = {}", self.from, self.dialect.literal(&self.files.listing()));
        let answer = session.execute(&sql, Fetch::All)?;
        let declaration = self.spec.fingerprint(self.format);
        let mut entries: Vec<Entry> = Vec::new();
        for row in &answer.table.rows {
            let [name, size, md5, modified, ..] = row.as_slice() else { continue };
            let mark = md5.as_str().map_or_else(|| modified.to_string(), str::to_owned);
            entries.push(Entry {
                path: name.to_string(),
                size: size.as_int().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                hash: format!("etag:{mark}"),
                declaration: declaration.clone(),
            });
        }
        // A pattern of the warehouse knows no folders.
        entries.retain(|entry| self.named(entry).is_none_or(|name| self.is_wanted(name)));
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        if entries.is_empty() {
            let diagnostic = Diagnostic::error(
                Class::Load,
                format!("no {} file is found at `{}`", self.format.name(), self.spec.location),
            );
            return Err(AdapterError::explained(ErrorKind::Io, diagnostic.note(format!("asked with: {sql}"))));
        }
        Ok(entries)
    }

    /// A file's name below the stage, where it is known.
    fn named<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        entry.path.strip_prefix(self.base.as_deref()?)
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.wanted.is_empty() || alternatives(&self.wanted).iter().any(|pattern| fits_path(pattern, name))
    }

    /// The part of a copy that says which files it takes: those, where they can be named.
    fn clause(&self, entries: &[&Entry]) -> String {
        let names: Option<Vec<&str>> = entries.iter().map(|entry| self.named(entry)).collect();
        match names.filter(|names| !names.is_empty() && names.len() <= MOST_NAMED) {
            Some(names) => {
                let names: Vec<String> = names.into_iter().map(|name| self.dialect.literal(name)).collect();
                format!("files = ({})", names.join(", "))
            }
            None => self.files.clause(self.dialect),
        }
    }

    fn columns(&self) -> String {
        let columns = self.spec.columns.iter().map(|column| {
            // An unquoted name is folded by the warehouse, as in the models that read it.
            format!("{} {}", column.name, column.data_type)
        });
        columns.collect::<Vec<_>>().join(", ")
    }

    fn copy_into(&self, session: &mut dyn Session, table: &Relation, entries: &[&Entry]) -> Result<u64, AdapterError> {
        let by_name = match self.format {
            FileFormat::Parquet => " match_by_column_name = case_insensitive",
            FileFormat::Csv => "",
        };
        let sql = format!(
            "copy into {} from @{} {} file_format = (format_name = {}){by_name} on_error = abort_statement",
            table.render(),
            self.from,
            self.clause(entries),
            self.dialect.literal(&self.file_format.render()),
        );
        copied_rows(&session.execute(&sql, Fetch::All)?)
    }

    /// Fills a new table and puts it in the old one's place.
    fn replace(&self, session: &mut dyn Session, exists: bool, entries: &[&Entry]) -> Result<u64, AdapterError> {
        let target = &self.spec.target;
        let name = target.identifier().unwrap_or_default();
        let aside = target.renamed(format!("{name}{}", self.dialect.folded("__netflix_load")));
        session.execute(&format!("create or replace table {} ({})", aside.render(), self.columns()), Fetch::None)?;
        let rows = self.copy_into(session, &aside, entries)?;
        if !exists {
            // Swapping needs both tables; an empty one is made where there is none.
            let sql = format!("create table if not exists {} ({})", target.render(), self.columns());
            session.execute(&sql, Fetch::None)?;
        }
        session.execute(&format!("alter table {} swap with {}", aside.render(), target.render()), Fetch::None)?;
        session.execute(&format!("drop table if exists {}", aside.render()), Fetch::None)?;
        Ok(rows)
    }
}

/// Snowflake: a row for each file with `rows_loaded`, or one that says that no file was processed.
fn copied_rows(answer: &Answer) -> Result<u64, AdapterError> {
    let at = |name: &str| answer.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
    let Some(loaded) = at("rows_loaded") else { return Ok(0) };
    Ok(answer
        .table
        .rows
        .iter()
        .filter_map(|row| row.get(loaded).and_then(Cell::as_int))
        .filter_map(|rows| u64::try_from(rows).ok())
        .sum())
}

/// Snowflake: how the options of a file format are written. A quoted empty text stays a text only for text columns.
fn format_options(spec: &LoadSpec, format: FileFormat) -> String {
    if format == FileFormat::Parquet {
        return "type = parquet".to_owned();
    }
    let FileOptions { header, delimiter, quote, escape, null, skip } = &spec.options;
    let dialect = spec.target.dialect;
    let letter = |letter: &char| dialect.literal(&letter.to_string());
    let quoting = quote.as_ref().map_or_else(|| "none".to_owned(), letter);
    // A doubled quote needs no escape.
    let escaping = escape.as_ref().filter(|escape| Some(**escape) != *quote).map_or_else(|| "none".to_owned(), letter);
    format!(
        "type = csv field_delimiter = {} skip_header = {} field_optionally_enclosed_by = {quoting} escape = {escaping} \
         escape_unenclosed_field = none null_if = ({}) empty_field_as_null = {} trim_space = false encoding = 'UTF8' \
         error_on_column_count_mismatch = true",
        letter(delimiter),
        skip + usize::from(*header),
        dialect.literal(null),
        null.is_empty()
    )
}

fn short_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
}

/// The folder of a path or pattern, with the slash at its end.
fn folder_of(path: &str) -> &str {
    let fixed = fixed_folder(path);
    if fixed.len() < path.len() && !path.contains(['*', '?', '{']) && path.ends_with('/') { path } else { fixed }
}

fn literal_pattern(name: &str) -> String {
    let mut pattern = String::new();
    for letter in name.chars() {
        match letter {
            '.' | '+' | '(' | ')' | '[' | ']' | '^' | '$' | '|' | '\\' | '*' | '?' | '{' | '}' => {
                pattern.push('[');
                pattern.push_str(&match letter {
                    '^' | '\\' | '[' | ']' => format!("\\{letter}"),
                    other => other.to_string(),
                });
                pattern.push(']');
            }
            other => pattern.push(other),
        }
    }
    pattern
}

/// A pattern of a location as a regular expression.
fn pattern(glob: &str) -> String {
    let mut found = String::new();
    let mut rest = glob;
    while let Some(letter) = rest.chars().next() {
        let mut taken = letter.len_utf8();
        match letter {
            '*' if rest.starts_with("**/") => {
                found.push_str("(.*/)?");
                taken = 3;
            }
            '*' => found.push_str("[^/]*"),
            '?' => found.push_str("[^/]"),
            '{' => found.push('('),
            '}' => found.push(')'),
            ',' => found.push('|'),
            other => found.push_str(&literal_pattern(&other.to_string())),
        }
        rest = &rest[taken..];
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::Storage;
    use super::*;
    use crate::adapter::{Canceller, FileLoad, FileLoaded, LoadColumn, RowLoad, Table, TableColumn};

    /// Answers from a list, and keeps what it was asked.
    #[derive(Default)]
    struct Script {
        sent: Vec<String>,
        answers: VecDeque<(&'static str, Table)>,
    }

    impl Session for Script {
        fn execute(&mut self, sql: &str, _: Fetch) -> Result<Answer, AdapterError> {
            self.sent.push(sql.to_owned());
            let mut table = Table::default();
            if self.answers.front().is_some_and(|(start, _)| sql.starts_with(start)) {
                table = self.answers.pop_front().unwrap().1;
            }
            Ok(Answer { table, ..Answer::default() })
        }
        fn begin(&mut self) -> Result<(), AdapterError> {
            self.sent.push("begin".to_owned());
            Ok(())
        }
        fn commit(&mut self) -> Result<(), AdapterError> {
            self.sent.push("commit".to_owned());
            Ok(())
        }
        fn rollback(&mut self) -> Result<(), AdapterError> {
            Ok(())
        }
        fn in_transaction(&self) -> bool {
            false
        }
        fn load(&mut self, _: &RowLoad<'_>) -> Result<Answer, AdapterError> {
            unreachable!("files are copied")
        }
        fn load_files(&mut self, _: &FileLoad) -> Result<FileLoaded, AdapterError> {
            unreachable!("files are copied")
        }
        fn canceller(&self) -> Canceller {
            Canceller::new(|| {})
        }
    }

    fn spec(location: &str, storage: Storage) -> LoadSpec {
        LoadSpec {
            name: "movielens.ratings".to_owned(),
            location: location.to_owned(),
            format: Some(FileFormat::Csv),
            options: FileOptions::default(),
            storage,
            columns: vec![LoadColumn { name: "userid".to_owned(), data_type: "number".to_owned() }],
            target: Relation::new(&Dialect::SNOWFLAKE, Some("ML"), Some("RAW"), Some("RATINGS")),
        }
    }

    fn rows(columns: &[&str], rows: &[&[Cell]]) -> Table {
        Table {
            columns: columns.iter().map(|name| TableColumn::new(*name, "")).collect(),
            rows: rows.iter().map(|row| row.to_vec()).collect(),
        }
    }

    fn listed(files: &[(&str, &str)]) -> Table {
        let cells: Vec<Vec<Cell>> = files
            .iter()
            .map(|(name, md5)| vec![Cell::Text((*name).into()), Cell::Int(10), Cell::Text((*md5).into()), Cell::Null])
            .collect();
        rows(&["name", "size", "md5", "last_modified"], &cells.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn a_first_load_makes_format_stage_and_table() {
        let storage = Storage { integration: Some("LAKE".to_owned()), ..Storage::default() };
        let spec = spec("s3://lake/raw/ratings.csv", storage);
        let mut script = Script {
            answers: [
                ("list", listed(&[("s3://lake/raw/ratings.csv", "m1")])),
                ("copy", rows(&["file", "status", "rows_loaded"], &[&[Cell::Null, Cell::Null, Cell::Int(7)]])),
            ]
            .into(),
            ..Script::default()
        };
        let copied = table(&mut script, &spec, Reload::Changed, "now").unwrap();
        assert_eq!((copied.action, copied.files, copied.rows), (Action::Loaded, 1, 7));
        let sent = script.sent.join("\n");
        let order = [
            "create schema if not exists ML.RAW",
            "create file format if not exists ML.RAW._NETFLIX_CSV_",
            "create stage if not exists ML.RAW._NETFLIX_STAGE_",
            "url = 's3://lake/raw/' storage_integration = LAKE",
            "create or replace table ML.RAW.RATINGS__NETFLIX_LOAD (userid number)",
            "copy into ML.RAW.RATINGS__NETFLIX_LOAD from @ML.RAW._NETFLIX_STAGE_",
            "files = ('ratings.csv')",
            "on_error = abort_statement",
            "alter table ML.RAW.RATINGS__NETFLIX_LOAD swap with ML.RAW.RATINGS",
            "drop table if exists ML.RAW.RATINGS__NETFLIX_LOAD",
            "insert into ML.RAW._NETFLIX_LOADS",
        ];
        let mut from = 0;
        for part in order {
            let found = sent[from..].find(part).unwrap_or_else(|| panic!("no `{part}` in order in\n{sent}"));
            from += found;
        }
    }

    #[test]
    fn files_that_came_are_copied_on_top_and_known_ones_are_left_alone() {
        let storage = Storage { stage: Some("@LAKE.PUBLIC.FILES".to_owned()), ..Storage::default() };
        let spec = spec("raw/{ratings,rating}*.csv", storage);
        let declaration = spec.fingerprint(FileFormat::Csv);
        let known = |hash: &str| {
            let cells = [
                Cell::Text("raw/rating1.csv".into()),
                Cell::Int(10),
                Cell::Text(hash.into()),
                Cell::Text(declaration.as_str().into()),
            ];
            [
                ("select count(*)", rows(&["n"], &[&[Cell::Int(2)]])),
                ("select path", rows(&["a", "b", "c", "d"], &[&cells])),
            ]
        };
        let run = |files: &[(&str, &str)]| {
            let mut answers = VecDeque::from([("list", listed(files))]);
            answers.extend(known("etag:m1"));
            let mut script = Script { answers, ..Script::default() };
            let copied = table(&mut script, &spec, Reload::Changed, "now").unwrap();
            (copied.action, script.sent.join("\n"))
        };
        let (action, sent) = run(&[("raw/rating1.csv", "m1")]);
        assert_eq!(action, Action::Unchanged);
        assert!(!sent.contains("copy into"), "{sent}");
        assert!(sent.contains("list @LAKE.PUBLIC.FILES/raw pattern = '(.*/)?(ratings|rating)[^/]*[.]csv'"), "{sent}");
        let (_, sent) = run(&[("raw/rating1.csv", "m1"), ("raw/rating2.csv", "m2")]);
        assert!(sent.contains("copy into ML.RAW.RATINGS from @LAKE.PUBLIC.FILES/raw pattern"), "{sent}");
        let (_, sent) = run(&[("raw/rating1.csv", "other")]);
        assert!(sent.contains("copy into ML.RAW.RATINGS__NETFLIX_LOAD"), "{sent}");
    }

    #[test]
    fn only_what_the_location_means_is_copied() {
        let spec = spec("s3://lake/raw/{tags,tag}.csv*", Storage::default());
        let files =
            ["tags.csv", "genome-tags.csv", "old/tags.csv", "tag.csv.gz"].map(|name| format!("s3://lake/raw/{name}"));
        let files: Vec<(&str, &str)> = files.iter().map(|name| (name.as_str(), "m")).collect();
        let mut script = Script { answers: [("list", listed(&files))].into(), ..Script::default() };
        assert_eq!(table(&mut script, &spec, Reload::Changed, "now").unwrap().files, 2);
        let sent = script.sent.join("\n");
        assert!(sent.contains("pattern = '(.*/)?(tags|tag)[.]csv[^/]*'"), "{sent}");
        assert!(sent.contains("files = ('tag.csv.gz', 'tags.csv') file_format"), "{sent}");
    }

    #[test]
    fn places_that_the_warehouse_cannot_read_are_refused() {
        let refused = |location: &str, storage: Storage| Copy::prepare(&spec(location, storage)).err().unwrap().message;
        assert!(refused("raw/ratings.csv", Storage::default()).contains("lies on this machine"));
        let both = Storage { stage: Some("S".to_owned()), ..Storage::default() };
        assert!(refused("s3://lake/x.csv", both).contains("names a stage"));
    }

    #[test]
    fn patterns_become_regular_expressions() {
        assert_eq!(pattern("**/r?.{csv,tsv}"), "(.*/)?r[^/][.](csv|tsv)");
        assert_eq!(literal_pattern("a+b.csv"), "a[+]b[.]csv");
    }
}
