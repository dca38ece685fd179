//! Raw files -> a table, by the engine's own readers.
//!
//! The readers are fast and lenient: they round `2.5` into a whole number, and count records where a user counts
//! lines. So each value is checked (see `reading`), and after a refusal the place is looked for again.

use std::path::Path;

use ::duckdb::Connection;

use super::failure::failure;
use super::reading::Reading;
use crate::adapter::{
    AdapterError, CsvFault, CsvReader, Dialect, Effort, ErrorKind, FileFormat, FileLoad, FileLoaded, LoadColumn,
    LoadFile, match_columns,
};
use crate::diagnostic::{Class, Diagnostic};

const DIALECT: &Dialect = &Dialect::DUCKDB;

/// Creates the table of a request and fills it.
pub(super) fn load(connection: &Connection, request: &FileLoad) -> Result<FileLoaded, AdapterError> {
    let run = |sql: &str| connection.execute_batch(sql).map_err(|error| failure(error, sql));
    let columns = request.columns.iter().map(|column| format!("{} {}", DIALECT.quoted(&column.name), column.data_type));
    run(&format!("create table {} ({})", request.into.render(), columns.collect::<Vec<_>>().join(", ")))
        .map_err(|error| declared_type(error, request))?;
    let mut loaded = FileLoaded::default();
    for file in &request.files {
        let source = Source::open(connection, request, file)?;
        let sql = source.insert();
        let inserted = connection.prepare(&sql).and_then(|mut statement| statement.execute([]));
        match inserted {
            Ok(rows) => loaded.rows.push(rows as u64),
            Err(error) => return Err(source.explain(connection, failure(error, &sql))),
        }
    }
    Ok(loaded)
}

/// A type that the engine does not know is the declaration's mistake.
fn declared_type(error: AdapterError, request: &FileLoad) -> AdapterError {
    if error.kind != ErrorKind::Catalog || !error.message.contains("Type with name") {
        return error;
    }
    let named =
        request.columns.iter().find(|column| error.message.to_lowercase().contains(&column.data_type.to_lowercase()));
    let place = named.map(|column| format!("column `{}`: ", column.name)).unwrap_or_default();
    AdapterError::explained(ErrorKind::Catalog, Diagnostic::error(Class::Load, format!("{place}{}", error.message)))
}

/// One file, ready to be read.
struct Source<'a> {
    request: &'a FileLoad,
    file: &'a LoadFile,
    /// The file's column names, by position.
    header: Vec<String>,
    /// The declared column of each.
    mapping: Vec<usize>,
}

impl<'a> Source<'a> {
    fn open(connection: &Connection, request: &'a FileLoad, file: &'a LoadFile) -> Result<Self, AdapterError> {
        let refused = |diagnostic: Box<Diagnostic>| AdapterError::explained(ErrorKind::Io, *diagnostic);
        let header = match request.format {
            FileFormat::Parquet => parquet_header(connection, &file.path).map_err(|error| unreadable(file, &error))?,
            FileFormat::Csv if request.options.header => csv_header(file, request).map_err(refused)?,
            // Without a header the declaration's order is the file's.
            FileFormat::Csv => request.columns.iter().map(|column| column.name.clone()).collect(),
        };
        let mapping = match_columns(&file.shown, &header, &request.columns).map_err(refused)?;
        Ok(Self { request, file, header, mapping })
    }

    fn declared(&self) -> impl Iterator<Item = (usize, &LoadColumn)> {
        self.mapping.iter().map(|at| &self.request.columns[*at]).enumerate()
    }

    /// The reading function, its columns named by [`column_name`].
    fn reader(&self, effort: Effort) -> String {
        let path = DIALECT.literal(&self.file.path.display().to_string());
        if self.request.format == FileFormat::Parquet {
            return format!("read_parquet({path}, file_row_number = true)");
        }
        let options = &self.request.options;
        let letter = |letter: Option<char>| DIALECT.literal(&letter.map(String::from).unwrap_or_default());
        let columns: Vec<String> = self
            .declared()
            .map(|(at, column)| {
                let read_as = Reading::of(&column.data_type).read_as(&column.data_type, effort);
                format!("{}: {}", DIALECT.literal(&column_name(at)), DIALECT.literal(read_as))
            })
            .collect();
        format!(
            "read_csv({path}, auto_detect = false, header = {header}, skip = {skip}, delim = {delimiter}, quote = {quote}, \
             escape = {escape}, nullstr = {null}, allow_quoted_nulls = false, strict_mode = true, null_padding = false, \
             ignore_errors = false, columns = {{{columns}}})",
            header = options.header,
            skip = options.skip,
            delimiter = letter(Some(options.delimiter)),
            quote = letter(options.quote),
            escape = letter(options.escape),
            null = DIALECT.literal(&options.null),
            columns = columns.join(", "),
        )
    }

    /// A column of a Parquet file, and a value of a CSV file before any cast: a quoted empty text is no number.
    fn raw(&self, at: usize, column: &LoadColumn) -> String {
        if self.request.format == FileFormat::Parquet {
            return DIALECT.quoted(&self.header[at]);
        }
        match Reading::of(&column.data_type) {
            Reading::Text => column_name(at),
            _ if self.request.options.null.is_empty() => format!("nullif({}, '')", column_name(at)),
            _ => column_name(at),
        }
    }

    fn insert(&self) -> String {
        let effort = self.request.effort;
        let mut names = Vec::new();
        let mut values = Vec::new();
        for (at, column) in self.declared() {
            names.push(DIALECT.quoted(&column.name));
            let data_type = &column.data_type;
            values.push(match (self.request.format, effort) {
                (FileFormat::Parquet, _) => format!("cast({} as {data_type})", self.raw(at, column)),
                (FileFormat::Csv, Effort::Quick) => Reading::of(data_type).quick(&column_name(at), data_type),
                (FileFormat::Csv, Effort::Careful) => Reading::of(data_type).careful(&self.raw(at, column), data_type),
            });
        }
        format!(
            "insert into {} ({}) select {} from {}",
            self.request.into.render(),
            names.join(", "),
            values.join(", "),
            self.reader(effort)
        )
    }

    /// Says where in the file the mistake is.
    fn explain(&self, connection: &Connection, error: AdapterError) -> AdapterError {
        let quick = self.request.format == FileFormat::Csv && self.request.effort == Effort::Quick;
        if quick || matches!(error.kind, ErrorKind::Interrupted | ErrorKind::TransactionConflict) {
            return error;
        }
        let text_fault = if self.request.format == FileFormat::Csv { self.text_fault() } else { None };
        // The open transaction cannot be used after a refusal.
        let diagnostic = text_fault.or_else(|| connection.try_clone().ok().and_then(|other| self.value_fault(&other)));
        match diagnostic {
            Some(diagnostic) => AdapterError::explained(error.kind, diagnostic),
            None => unreadable(self.file, &error),
        }
    }

    fn fault(&self, line: u64, message: &str) -> Diagnostic {
        Diagnostic::error(Class::Load, format!("{}:{line}: {message}", self.file.shown))
    }

    /// The first record whose text is wrong: quotes, encoding, number of values, line ends.
    fn text_fault(&self) -> Option<Diagnostic> {
        let options = &self.request.options;
        let mut mixed = None;
        let mut ends = None;
        let found = (|| {
            let mut reader = CsvReader::open(&self.file.path, options)?;
            while let Some(record) = reader.next_record()? {
                let blank = record.fields.len() == 1 && record.fields[0].is_empty();
                if record.fields.len() != self.header.len() && !blank {
                    return Ok(Some(self.ragged(record.line, record.fields.len())));
                }
                if mixed.is_none()
                    && ends.is_some()
                    && record.carriage_return.is_some()
                    && record.carriage_return != ends
                {
                    mixed = Some(record.line);
                }
                ends = ends.or(record.carriage_return);
            }
            Ok(None)
        })();
        match found {
            Ok(Some(ragged)) => Some(ragged),
            Ok(None) => mixed.map(|line| {
                self.fault(line, "the line ends differently from the first one (CRLF and LF are mixed)")
                    .help("write the file with one kind of line ends")
            }),
            Err(CsvFault::OpenQuote { line }) => Some(self.fault(line, "a quote is opened here and never closed")),
            Err(CsvFault::AfterQuote { line, field }) => {
                let message = format!("column `{}`: there is text after the closing quote", self.header_name(field));
                Some(self.fault(line, &message).help("a quote inside a quoted value is written twice"))
            }
            Err(CsvFault::NotUtf8 { line, field }) => {
                let message = format!("column `{}`: the bytes are not UTF-8", self.header_name(field));
                Some(self.fault(line, &message).help("convert the file to UTF-8"))
            }
            Err(CsvFault::Io(error)) => Some(Diagnostic::error(Class::File, format!("{}: {error}", self.file.shown))),
        }
    }

    fn header_name(&self, field: usize) -> &str {
        self.header.get(field).map_or("?", String::as_str)
    }

    fn ragged(&self, line: u64, found: usize) -> Diagnostic {
        let wanted = self.header.len();
        let missing = self.header.get(found).map(|name| format!("; column `{name}` has none")).unwrap_or_default();
        let values = if found == 1 { "value" } else { "values" };
        self.fault(line, &format!("the row has {found} {values} instead of {wanted}{missing}"))
            .note(format!("columns: {}", self.header.join(", ")))
    }

    /// The first record with a value that does not fit its type.
    fn value_fault(&self, connection: &Connection) -> Option<Diagnostic> {
        let parquet = self.request.format == FileFormat::Parquet;
        let mut bad = Vec::new();
        for (at, column) in self.declared() {
            let reading = Reading::of(&column.data_type);
            if reading == Reading::Text {
                continue;
            }
            let raw = self.raw(at, column);
            let refused = format!("({raw} is not null and try_cast({raw} as {}) is null)", column.data_type);
            let condition = match reading.inexact(&raw) {
                Some(inexact) if !parquet => format!("({refused} or {inexact})"),
                _ => refused,
            };
            bad.push(format!("when {condition} then {{'at': {at}, 'text': cast({raw} as varchar)}}"));
        }
        if bad.is_empty() {
            return None;
        }
        let number = if parquet { "file_row_number" } else { "row_number() over () - 1" };
        let sql = format!(
            "select number, bad.at, bad.text from (select {number} as number, case {} end as bad from {}) \
             where bad is not null order by number limit 1",
            bad.join(" "),
            self.reader(Effort::Careful)
        );
        let found = connection.query_row(&sql, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?))
        });
        let (number, at, text) =
            found.inspect_err(|error| tracing::debug!(%error, sql, "the bad value was not found")).ok()?;
        let at = usize::try_from(at).ok()?;
        let column = &self.request.columns[*self.mapping.get(at)?];
        let record = u64::try_from(number).ok()?;
        let message = format!(
            "column `{}`: `{}` is not a valid {}",
            self.header_name(at),
            text.unwrap_or_default(),
            expected(&column.data_type)
        );
        let diagnostic = if parquet {
            Diagnostic::error(Class::Load, format!("{}: row {}: {message}", self.file.shown, record + 1))
        } else {
            self.fault(self.line_of(record, at)?, &message)
        };
        Some(diagnostic.note(format!("`{}` is declared as {}", column.name, column.data_type)))
    }

    /// The line of a value in a record, counted from 0 after the header.
    fn line_of(&self, record: u64, field: usize) -> Option<u64> {
        let mut reader = CsvReader::open(&self.file.path, &self.request.options).ok()?;
        let mut count = 0;
        if self.request.options.header {
            reader.next_record().ok()?;
        }
        while let Some(found) = reader.next_record().ok()? {
            // The engine passes over blank lines of a file with several columns.
            if self.header.len() > 1 && found.fields.len() == 1 && found.fields[0].is_empty() {
                continue;
            }
            if count == record {
                return found.lines.get(field).copied();
            }
            count += 1;
        }
        None
    }
}

/// A name in the reader that cannot clash with anything in the file.
fn column_name(at: usize) -> String {
    format!("c{at}")
}

fn expected(data_type: &str) -> String {
    match Reading::of(data_type) {
        Reading::Exact { scale: 0, .. } => format!("whole number ({data_type})"),
        Reading::Exact { .. } => format!("number ({data_type})"),
        _ => data_type.to_owned(),
    }
}

fn unreadable(file: &LoadFile, error: &AdapterError) -> AdapterError {
    let diagnostic =
        Diagnostic::error(Class::Load, format!("{}: the file could not be read: {}", file.shown, error.message));
    AdapterError::explained(error.kind, diagnostic.note(error.text.clone())).with_text(error.text.clone())
}

fn csv_header(file: &LoadFile, request: &FileLoad) -> Result<Vec<String>, Box<Diagnostic>> {
    let fault = |text: String| Box::new(Diagnostic::error(Class::Load, format!("{}: {text}", file.shown)));
    let record = CsvReader::open(&file.path, &request.options).and_then(|mut reader| reader.next_record());
    match record {
        Ok(Some(record)) => Ok(record.fields),
        Ok(None) => Err(fault("the file is empty; a header line was expected".to_owned())),
        Err(CsvFault::Io(error)) => Err(fault(error.to_string())),
        Err(_) => Err(fault("the header line cannot be read".to_owned())),
    }
}

fn parquet_header(connection: &Connection, path: &Path) -> Result<Vec<String>, AdapterError> {
    let sql = format!("select * from read_parquet({}) limit 0", DIALECT.literal(&path.display().to_string()));
    let mut statement = connection.prepare(&sql).map_err(|error| failure(error, &sql))?;
    statement.execute([]).map_err(|error| failure(error, &sql))?;
    Ok(statement.column_names())
}
