//! One connection: statements, transactions, rows.

use std::sync::Arc;

use ::duckdb::Connection;

use super::failure::failure;
use super::python::{self, PythonSettings, Running};
use super::workers::Workers;
use super::{convert, files, seeds};
use crate::adapter::{
    AdapterError, Answer, Canceller, Fetch, FileLoad, FileLoaded, PythonJob, PythonStream, Response, RowLoad, Session,
    Table,
};

/// The variable of a connection that a single row goes by.
const ROW: &str = "netflix_row";

/// A connection to the database of the process.
pub(super) struct DuckSession {
    connection: Connection,
    name: String,
    /// Whether `begin`, `commit` and `rollback` do anything.
    transactions: bool,
    open: bool,
    python: Arc<PythonSettings>,
    running: Running,
    workers: Workers,
}

impl DuckSession {
    pub(super) fn new(
        connection: Connection,
        name: &str,
        transactions: bool,
        python: Arc<PythonSettings>,
        workers: Workers,
    ) -> Self {
        let running = Running::default();
        Self { connection, name: name.to_owned(), transactions, open: false, python, running, workers }
    }

    fn run(&self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError> {
        self.workers.run(&self.connection, sql, || self.run_now(sql, fetch))
    }

    /// The row that `execute_row` has put into the variable of the connection; none where there is none.
    fn kept_row(&self) -> ::duckdb::Result<Option<Table>> {
        let mut statement = self.connection.prepare(&format!("SELECT getvariable('{ROW}')"))?;
        statement.execute([])?;
        convert::row_of_struct(&statement)
    }

    fn run_now(&self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError> {
        let told = |error| failure(error, sql);
        if fetch == Fetch::None {
            // What is prepared is planned a second time when it is executed.
            return match self.connection.execute_batch(sql) {
                Ok(()) | Err(::duckdb::Error::DuckDBFailure(_, None)) => Ok(Answer::default()),
                Err(error) => Err(told(error)),
            };
        }
        let mut statement = match self.connection.prepare(sql) {
            // The engine gives no reason for a text without a statement.
            Err(::duckdb::Error::DuckDBFailure(_, None)) => return Ok(Answer::default()),
            other => other.map_err(told)?,
        };
        let Fetch::Limit(limit) = fetch else {
            statement.execute([]).map_err(told)?;
            let table = convert::rows(&statement, usize::MAX).map_err(told)?;
            // dbt-duckdb: an answer says `OK` and nothing of the rows.
            return Ok(Answer { table, response: Response::default() });
        };
        // A limited read stops the statement early.
        let _stream = statement.stream_arrow([]).map_err(told)?;
        let table = convert::rows(&statement, limit).map_err(told)?;
        Ok(Answer { table, response: Response::default() })
    }
}

impl Session for DuckSession {
    fn execute(&mut self, sql: &str, fetch: Fetch) -> Result<Answer, AdapterError> {
        tracing::debug!(session = %self.name, sql, "execute");
        let answer = self.run(sql, fetch);
        if let Some(open) = transaction_after(sql)
            && (answer.is_ok() || !open)
        {
            self.open = open && answer.is_ok();
        }
        answer
    }

    /// The engine plans a prepared query once more when it is executed, and rows come from prepared queries only. One
    /// row can go by a variable of the connection, which is filled without preparing; what refuses that is run as any
    /// query, and tells its mistakes there.
    fn execute_row(&mut self, sql: &str) -> Result<Answer, AdapterError> {
        let query = sql.trim_end().trim_end_matches(';');
        // A refusal would end an open transaction.
        if !self.open && matches!(first_words(query).as_slice(), [word] if word.eq_ignore_ascii_case("select")) {
            tracing::debug!(session = %self.name, sql, "execute a row");
            let filled = format!("SET VARIABLE {ROW} = (SELECT netflix_result FROM (\n{query}\n) netflix_result)");
            let done = self.workers.run(&self.connection, sql, || self.connection.execute_batch(&filled));
            if done.is_ok()
                && let Ok(Some(table)) = self.kept_row()
            {
                return Ok(Answer { table, response: Response::default() });
            }
        }
        self.execute(sql, Fetch::All)
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        if self.transactions && !self.open {
            self.connection.execute_batch("BEGIN TRANSACTION").map_err(|error| failure(error, ""))?;
            self.open = true;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        if self.open {
            // A commit that is refused has rolled back.
            self.open = false;
            self.connection.execute_batch("COMMIT").map_err(|error| failure(error, ""))?;
        }
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        if self.open {
            self.open = false;
            self.connection.execute_batch("ROLLBACK").map_err(|error| failure(error, ""))?;
        }
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        self.open
    }

    fn load(&mut self, request: &RowLoad<'_>) -> Result<Answer, AdapterError> {
        let is_own = request.replace && !self.open;
        if request.replace {
            self.begin()?;
            self.execute(&format!("delete from {}", request.into.render()), Fetch::None)?;
        }
        let rows = match seeds::append(&self.connection, request.into, request.rows) {
            Ok(rows) => rows,
            Err(error) => {
                if is_own {
                    self.rollback()?;
                }
                return Err(error);
            }
        };
        if is_own {
            self.commit()?;
        }
        Ok(Answer { table: Table::default(), response: Response { rows_affected: Some(rows), ..Response::default() } })
    }

    fn load_files(&mut self, request: &FileLoad) -> Result<FileLoaded, AdapterError> {
        self.workers.release(&self.connection);
        files::load(&self.connection, request)
    }

    fn python(&mut self, job: &PythonJob, say: &mut dyn FnMut(PythonStream, &str)) -> Result<Answer, AdapterError> {
        let finished = python::run(&self.connection, &self.python, &self.running, job, say)?;
        self.begin()?;
        finished.store(&self.connection)?;
        Ok(Answer::default())
    }

    fn canceller(&self) -> Canceller {
        let handle = self.connection.interrupt_handle();
        let running = self.running.clone();
        Canceller::new(move || {
            handle.interrupt();
            running.stop();
        })
    }
}

/// Whether a transaction is open after the statements of `sql`; `None` where they say nothing of it.
fn transaction_after(sql: &str) -> Option<bool> {
    let mut state = None;
    for word in first_words(sql) {
        match word.to_ascii_lowercase().as_str() {
            "begin" | "start" => state = Some(true),
            "commit" | "end" | "rollback" | "abort" => state = Some(false),
            _ => {}
        }
    }
    state
}

/// The first word of every statement; texts, quoted names and comments are passed over.
pub(super) fn first_words(sql: &str) -> Vec<&str> {
    let bytes = sql.as_bytes();
    let (mut at, mut fresh, mut words) = (0, true, Vec::new());
    let find = |from: usize, end: &str| {
        sql.get(from..).and_then(|rest| rest.find(end)).map_or(sql.len(), |found| from + found + end.len())
    };
    while at < bytes.len() {
        match bytes[at] {
            b';' => {
                fresh = true;
                at += 1;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => at = find(at, "\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = find(at + 2, "*/"),
            quote @ (b'\'' | b'"') => {
                fresh = false;
                at = find(at + 1, if quote == b'"' { "\"" } else { "'" });
            }
            b'$' => {
                // A dollar quote ends with the same mark that opens it.
                let mark_end = sql[at + 1..].find('$').map(|found| at + 1 + found + 1);
                let mark = mark_end.map(|end| &sql[at..end]).filter(|mark| {
                    mark[1..mark.len() - 1].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                });
                fresh = false;
                at = mark.map_or(at + 1, |mark| find(at + mark.len(), mark));
            }
            byte if byte.is_ascii_alphabetic() => {
                let end = bytes[at..]
                    .iter()
                    .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
                    .map_or(sql.len(), |length| at + length);
                if fresh {
                    words.push(&sql[at..end]);
                    fresh = false;
                }
                at = end;
            }
            byte => {
                fresh &= byte.is_ascii_whitespace();
                at += 1;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::adapter::open;

    #[test]
    fn one_row_is_what_a_query_gives() {
        let adapter = open(json!({"type": "duckdb"}).as_object().unwrap(), Path::new(".")).unwrap();
        let mut session = adapter.connect("test").unwrap();
        for sql in [
            "select count(*) as failures, true as a, null::date as b, 'x' as \"Upper\" from range(3)",
            "select * from range(2)",
            "select * from range(0)",
            "select null::integer as a, null::date as b",
            "select 1; select 2;",
            "with a as (select 1 as b) select b from a",
            "select [1, 2] as l, {'a': 1} as s, 1.50::decimal(4, 2) as d;",
            "select 1 -- a remark",
        ] {
            let row = session.execute_row(sql).unwrap();
            assert_eq!(row, session.execute(sql, Fetch::All).unwrap(), "{sql}");
        }
        let error = session.execute_row("select nothing from range(1)").unwrap_err();
        assert_eq!(error.position, session.execute("select nothing from range(1)", Fetch::All).unwrap_err().position);
    }

    #[test]
    fn transactions_are_seen_in_texts() {
        assert_eq!(transaction_after("select 'begin'; -- commit\n select 1"), None);
        assert_eq!(transaction_after("/* x */ BEGIN; select $$ a; commit $$, \"rollback;\""), Some(true));
        assert_eq!(transaction_after("begin; insert into t values ('a;''b'); commit"), Some(false));
        assert_eq!(first_words("select 1;;\n -- c\nselect $1, é; drop"), ["select", "select", "drop"]);
    }
}
