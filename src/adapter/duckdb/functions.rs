//! Snowflake's functions as macros of the target's database.
//!
//! They are part of the file, so that a view that calls them can be read by any other program as well. A file that
//! has those of this version is left as it is, and so opens without writing.

use ::duckdb::Connection;

use super::failure::failure;
use crate::adapter::AdapterError;
use crate::sql::translate::MACROS;

/// Makes the macros where they are missing or of another version.
///
/// # Errors
/// The database cannot be written.
pub(super) fn install(connection: &Connection) -> Result<(), AdapterError> {
    let version = format!("version_{}", &blake3::hash(MACROS.as_bytes()).to_hex()[..16]);
    let sql = format!(
        "select count(*) from duckdb_functions() where database_name = current_database() \
         and schema_name = 'snowflake_sql' and function_name = '{version}'"
    );
    let found: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(|error| failure(error, &sql))?;
    // A database that cannot be written has what it has: a statement that misses a function says so.
    let closed = "select count(*) from duckdb_databases() where database_name = current_database() and readonly";
    let closed: i64 = connection.query_row(closed, [], |row| row.get(0)).map_err(|error| failure(error, closed))?;
    if found > 0 || closed > 0 {
        return Ok(());
    }
    let script = format!(
        "begin transaction; create schema if not exists snowflake_sql; {MACROS}\n\
         create or replace macro snowflake_sql.{version}() as true; commit;"
    );
    connection.execute_batch(&script).map_err(|error| failure(error, &script))
}
