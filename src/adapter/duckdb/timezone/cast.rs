//! An instant cast to its date in UTC.
//!
//! Without the extension the engine says that it has no such cast, and `try_cast` gives NULL without a word.

use ::duckdb::ffi;

use crate::adapter::duckdb::database::Database;

const DAY: i64 = 86_400_000_000;

/// Adds the cast to a database. ICU: there is none to a time of day.
pub(in crate::adapter::duckdb) fn register_casts(database: &Database) -> ::duckdb::Result<()> {
    database.add_instant_cast::<i32>(ffi::DUCKDB_TYPE_DUCKDB_TYPE_DATE, date)
}

/// Days since 1970; an infinite instant is an infinite date.
fn date(at: i64) -> Result<i32, String> {
    match at {
        i64::MAX => Ok(i32::MAX),
        at if at == -i64::MAX => Ok(-i32::MAX),
        at => i32::try_from(at.div_euclid(DAY)).map_err(|_| "the instant has no date: out of range".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_before_1970_count_backwards() {
        assert_eq!((date(-1), date(0), date(DAY)), (Ok(-1), Ok(0), Ok(1)));
        assert_eq!((date(i64::MAX), date(-i64::MAX)), (Ok(i32::MAX), Ok(-i32::MAX)));
    }
}
