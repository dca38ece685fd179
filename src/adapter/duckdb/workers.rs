//! How many threads the engine works with.
//!
//! A statement shares its work with the engine's threads by row groups. Where no table has more than one, waking them
//! only costs: a fifth of the processor time of a project of 1,000 small models. So a small database is begun with the
//! sessions' own threads alone, and the first sign of more than that gives the engine all of its threads again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::duckdb::Connection;

use super::session::first_words;

/// Rows of a row group. DuckDB: its default size.
const ROW_GROUP: i64 = 122_880;

/// A statement that takes so long has work to share.
const LONG: Duration = Duration::from_millis(500);

/// The engine's threads, as far as this program chooses their number.
#[derive(Debug, Clone, Default)]
pub(super) struct Workers {
    /// What the engine would use by itself, while it is held to less; otherwise 0.
    withheld: Arc<AtomicUsize>,
}

impl Workers {
    /// Holds the engine to the sessions' threads, unless a table is larger than what one thread takes at a time.
    pub(super) fn begin(root: &Connection) -> ::duckdb::Result<Self> {
        let sql = "select current_setting('threads')::bigint, \
                   coalesce((select max(estimated_size) from duckdb_tables()), 0)::bigint";
        let (threads, rows): (i64, i64) = root.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let workers = Self::default();
        if rows <= ROW_GROUP && threads > 1 {
            root.execute_batch("SET threads = 1")?;
            workers.withheld.store(usize::try_from(threads).unwrap_or_default(), Ordering::Relaxed);
        }
        Ok(workers)
    }

    /// Runs a statement; one that reads files, and everything after a long one, gets all threads.
    pub(super) fn run<T>(&self, connection: &Connection, sql: &str, run: impl FnOnce() -> T) -> T {
        if self.withheld.load(Ordering::Relaxed) == 0 {
            return run();
        }
        if reads_files(sql) {
            self.release(connection);
            return run();
        }
        let begun = Instant::now();
        let done = run();
        if begun.elapsed() > LONG {
            self.release(connection);
        }
        done
    }

    /// Gives the engine all of its threads.
    pub(super) fn release(&self, connection: &Connection) {
        let threads = self.withheld.swap(0, Ordering::Relaxed);
        if threads > 0 {
            // With fewer threads everything works as well.
            let _ = connection.execute_batch(&format!("SET threads = {threads}"));
        }
    }
}

/// Whether a statement looks as if it read files, whose size is not known here. Seeds are copied from small ones.
fn reads_files(sql: &str) -> bool {
    let is_copy = || first_words(sql).first().is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    let names_file = ["read_", ".parquet", ".csv'", ".json'", ".gz'", "glob("].iter().any(|sign| sql.contains(sign));
    names_file && !is_copy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(connection: &Connection) -> i64 {
        connection.query_row("select current_setting('threads')::bigint", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_small_database_is_begun_with_one_thread_until_files_are_read() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("SET threads = 3; create table few as select 1 as a").unwrap();
        let workers = Workers::begin(&connection).unwrap();
        assert_eq!(threads(&connection), 1);
        workers.run(&connection, "select 1", || ());
        assert_eq!(threads(&connection), 1);
        workers.run(&connection, "/* seed */ copy few from 'few.csv'", || ());
        assert_eq!(threads(&connection), 1);
        workers.run(&connection, "select * from read_csv('x')", || assert_eq!(threads(&connection), 3));
    }

    #[test]
    fn a_long_statement_gives_all_threads_to_the_next() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("SET threads = 3").unwrap();
        let workers = Workers::begin(&connection).unwrap();
        workers.run(&connection, "select 1", || std::thread::sleep(LONG + Duration::from_millis(20)));
        assert_eq!(threads(&connection), 3);
    }

    #[test]
    fn a_large_table_leaves_the_engine_as_it_is() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("SET threads = 3; create table many as select * from range(200000)").unwrap();
        Workers::begin(&connection).unwrap();
        assert_eq!(threads(&connection), 3);
    }
}
