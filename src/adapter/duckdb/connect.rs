//! Opens the database of the process, and connections to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use ::duckdb::Connection;

use super::database::Database;
use super::failure::failure;
use super::session::DuckSession;
use super::workers::Workers;
use super::{Credentials, PythonSettings, functions, timezone};
use crate::adapter::{Adapter, AdapterError, Dialect, ErrorKind, Session};
use crate::diagnostic::{Class, Diagnostic};

/// The embedded engine; one database, opened by the first session.
pub struct DuckDb {
    credentials: Credentials,
    shared: Mutex<Option<Shared>>,
    python: Arc<PythonSettings>,
}

/// What all sessions share.
struct Shared {
    /// Makes the sessions' connections.
    database: Database,
    /// What each session must set for itself.
    preamble: Vec<String>,
    workers: Workers,
}

impl DuckDb {
    /// An engine that is not open yet.
    pub fn new(credentials: Credentials) -> Self {
        let python = Arc::new(credentials.python_settings());
        Self { credentials, shared: Mutex::new(None), python }
    }

    fn open(&self) -> Result<Shared, AdapterError> {
        let mut attempt = 0;
        let database = loop {
            match self.open_file() {
                Err(error) if error.kind == ErrorKind::Lock && attempt + 1 < self.credentials.connect_attempts => {
                    sleep(Duration::from_secs(1 << attempt.min(6)));
                    attempt += 1;
                }
                other => break other?,
            }
        };
        let root = database.connect().map_err(|error| failure(error, ""))?;
        let mut preamble = vec!["SET errors_as_json = true".to_owned(), "SET enable_progress_bar = false".to_owned()];
        let run = |sql: &str| root.execute_batch(sql).map_err(|error| failure(error, sql));
        // The extension brings them itself.
        if !self.credentials.extensions.iter().any(|(name, _)| name.eq_ignore_ascii_case("icu")) {
            timezone::register(&root).map_err(|error| failure(error, ""))?;
            timezone::register_casts(&database).map_err(|error| failure(error, ""))?;
        }
        for (name, repository) in &self.credentials.extensions {
            let from = repository.as_ref().map(|name| format!(" FROM {name}")).unwrap_or_default();
            run(&format!("INSTALL {name}{from}; LOAD {name}"))?;
            if name.eq_ignore_ascii_case("icu") {
                preamble.push("SET TimeZone = 'UTC'".to_owned());
            }
        }
        for statement in self.credentials.secrets.iter().chain(&self.credentials.attach) {
            run(statement).map_err(|error| self.with_lock_told(error))?;
        }
        let local = local_settings(&root)?;
        for (name, value) in &self.credentials.settings {
            let statement = format!("SET {name} = '{}'", value.replace('\'', "''"));
            run(&statement).map_err(|error| setting_refused(name, value, &error))?;
            if local.contains(&name.to_lowercase()) {
                preamble.push(statement);
            }
        }
        if !self.credentials.attach.is_empty()
            && self.credentials.database != Credentials::catalog_name(&self.credentials.written_path)
        {
            preamble.push(format!("USE \"{}\"", self.credentials.database.replace('"', "\"\"")));
        }
        for statement in &preamble {
            run(statement)?;
        }
        if self.credentials.translated {
            functions::install(&root)?;
        }
        let credentials = &self.credentials;
        let mut chosen = credentials.settings.iter().chain(&credentials.config_options);
        let is_chosen = chosen.any(|(name, _)| ["threads", "worker_threads"].contains(&name.to_lowercase().as_str()));
        // What is attached may be another server's, whose tables are not to be listed for this.
        let workers = match is_chosen || !credentials.attach.is_empty() {
            true => Workers::default(),
            false => Workers::begin(&root).map_err(|error| failure(error, ""))?,
        };
        Ok(Shared { database, preamble, workers })
    }

    fn open_file(&self) -> Result<Database, AdapterError> {
        // Nothing is fetched over a network behind the user's back; `config_options` may say otherwise.
        let own = [("autoload_known_extensions", "false"), ("autoinstall_known_extensions", "false")];
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let given = &self.credentials.config_options;
        let settings: Vec<(String, String)> = own
            .filter(|(name, _)| !given.iter().any(|(other, _)| other == name))
            .chain(given.iter().cloned())
            .collect();
        let opened = match &self.credentials.path {
            None => Database::open(None, &settings),
            Some(path) => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
                {
                    let message = format!(
                        "the database file `{}` cannot be made: there is no folder `{}`",
                        self.credentials.written_path,
                        folder.display()
                    );
                    let diagnostic = Diagnostic::error(Class::File, message)
                        .help("make the folder, or change `path` in the profile");
                    return Err(AdapterError::explained(ErrorKind::Io, diagnostic));
                }
                Database::open(Some(path), &settings)
            }
        };
        opened.map_err(|error| match error {
            ::duckdb::Error::InvalidParameterName(name) => {
                let value = settings.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
                let said = AdapterError::new(ErrorKind::Connection, "the engine has no such setting or value");
                setting_refused(&name, value, &said)
            }
            other => self.with_lock_told(failure(other, "")),
        })
    }

    /// Says of a locked file which one it is and who holds it.
    fn with_lock_told(&self, mut error: AdapterError) -> AdapterError {
        if error.kind != ErrorKind::Lock {
            if error.kind != ErrorKind::Interrupted && self.credentials.path.is_some() && error.position.is_none() {
                error.text =
                    format!("the database `{}` cannot be opened: {}", self.credentials.written_path, error.text);
            }
            return error;
        }
        let between = |start: &str, end: &str| error.text.split_once(start)?.1.split_once(end).map(|(found, _)| found);
        let file = between("lock on file \"", "\"").unwrap_or(&self.credentials.written_path).to_owned();
        let holder = between("lock is held in ", " by user").or_else(|| between("lock is held in ", ". "));
        let holder =
            holder.map_or_else(|| "another process".to_owned(), |name| format!("another process, {}", name.trim()));
        let diagnostic = Diagnostic::error(Class::Runtime, format!("the database file `{file}` is held by {holder}"))
            .help("end that process, or give this run a file of its own with `path` in the profile")
            .note("a DuckDB file can be written by one process at a time");
        AdapterError::explained(ErrorKind::Lock, diagnostic).with_text(error.text.clone())
    }
}

/// The settings that belong to a connection and not to the database.
fn local_settings(root: &Connection) -> Result<Vec<String>, AdapterError> {
    let sql = "select lower(name) from duckdb_settings() where scope = 'LOCAL'";
    let read =
        || root.prepare(sql)?.query_map([], |row| row.get::<_, String>(0))?.collect::<::duckdb::Result<Vec<_>>>();
    read().map_err(|error| failure(error, sql))
}

fn setting_refused(name: &str, value: &str, error: &AdapterError) -> AdapterError {
    let diagnostic = Diagnostic::error(
        Class::Profile,
        format!("the setting `{name}: {value}` of the profile was refused: {}", error.message),
    );
    AdapterError::explained(ErrorKind::Connection, diagnostic)
}

impl Adapter for DuckDb {
    fn dialect(&self) -> &'static Dialect {
        &Dialect::DUCKDB
    }

    fn connect(&self, name: &str) -> Result<Box<dyn Session>, AdapterError> {
        // A panic elsewhere leaves either no database or an open one.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.is_none() {
            *shared = Some(self.open()?);
        }
        let Some(Shared { database, preamble, workers }) = shared.as_ref() else {
            return Err(AdapterError::new(ErrorKind::Connection, "the database is not open"));
        };
        let connection = database.connect().map_err(|error| failure(error, ""))?;
        for statement in preamble {
            connection.execute_batch(statement).map_err(|error| failure(error, statement))?;
        }
        Ok(Box::new(DuckSession::new(connection, name, self.transactions(), Arc::clone(&self.python), workers.clone())))
    }

    fn description(&self) -> Vec<(String, String)> {
        let credentials = &self.credentials;
        let mut lines = vec![
            ("database".to_owned(), credentials.database.clone()),
            ("schema".to_owned(), credentials.schema.clone()),
            ("path".to_owned(), credentials.written_path.clone()),
        ];
        for (name, value) in
            credentials.settings.iter().filter(|(name, _)| !name.contains("token") && !name.contains("secret"))
        {
            lines.push((format!("settings.{name}"), value.clone()));
        }
        for (name, _) in &credentials.extensions {
            lines.push(("extension".to_owned(), name.clone()));
        }
        lines.push(("disable_transactions".to_owned(), credentials.disable_transactions.to_string()));
        if !credentials.ignored.is_empty() {
            lines.push(("keys without meaning".to_owned(), credentials.ignored.join(", ")));
        }
        lines
    }

    fn transactions(&self) -> bool {
        !self.credentials.disable_transactions
    }

    fn close(&self) {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The engine does this itself with its last connection, which what remains of a template may still hold. The
        // file is then whole without the log beside it, and who copies it misses nothing. Refused where files cannot
        // be written or an interrupted statement is not over: the log is read with the file, so nothing is lost.
        if let Some(connection) = shared.and_then(|shared| shared.database.connect().ok()) {
            let _ = connection.execute_batch("CHECKPOINT");
        }
    }
}
