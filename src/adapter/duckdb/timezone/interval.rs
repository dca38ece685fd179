//! Instants plus and minus intervals.
//!
//! The engine's crate turns arguments into Arrow, but refuses intervals there, and its only other reader is unsafe. This
//! file holds the program's one unsafe expression; the lint is lifted here and nowhere else.

use std::error::Error;

use ::duckdb::Connection;
use ::duckdb::core::{DataChunkHandle, LogicalTypeHandle, LogicalTypeId};
use ::duckdb::vscalar::{ScalarFunctionSignature, VScalar};
use ::duckdb::vtab::arrow::{WritableVector, write_arrow_array_to_vector};
use chrono::{Months, TimeDelta};

use super::Answer;
use super::calendar::{civil, is_finite, micros};
use super::function::{Given, Instant, Span};

/// An interval as the engine stores it. DuckDB: `interval_t`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Stored {
    months: i32,
    days: i32,
    micros: i64,
}

/// Adds `+` and `-` to the database of a connection.
pub(super) fn register(connection: &Connection) -> ::duckdb::Result<()> {
    let plus: Operation = |at, span| add(at, span);
    let minus: Operation = |at, span| {
        let negative = (span.months.checked_neg(), span.days.checked_neg(), span.micros.checked_neg());
        match negative {
            (Some(months), Some(days), Some(micros)) => add(at, Span { months, days, micros }),
            _ => Err("the interval is out of range".to_owned()),
        }
    };
    connection.register_scalar_function_with_state::<Shift<0>>("+", &plus)?;
    connection.register_scalar_function_with_state::<Shift<1>>("+", &plus)?;
    connection.register_scalar_function_with_state::<Shift<0>>("-", &minus)
}

type Operation = fn(i64, Span) -> Answer<i64>;

/// An instant later by an interval, in UTC's calendar.
///
/// ICU: months come before days; a span with a negative part has its time of day added before them, any other one after.
fn add(at: i64, span: Span) -> Answer<i64> {
    if !is_finite(at) {
        return Ok(Some(at));
    }
    let range = || "the result is no timestamp: out of range".to_owned();
    let months = |at| {
        let count = Months::new(span.months.unsigned_abs());
        if span.months < 0 {
            civil(at)?.checked_sub_months(count).map(micros).ok_or_else(range)
        } else {
            civil(at)?.checked_add_months(count).map(micros).ok_or_else(range)
        }
    };
    let exact = |at: i64, distance: TimeDelta| {
        distance.num_microseconds().and_then(|distance| at.checked_add(distance)).ok_or_else(range)
    };
    let (days, rest) = (TimeDelta::days(span.days.into()), TimeDelta::microseconds(span.micros));
    let moved = if span.months < 0 || span.days < 0 || span.micros < 0 {
        exact(months(exact(at, rest)?)?, days)?
    } else {
        exact(exact(months(at)?, days)?, rest)?
    };
    Ok(Some(moved))
}

/// A function of an instant, the argument at `AT`, and an interval, the other one.
struct Shift<const AT: usize>;

impl<const AT: usize> VScalar for Shift<AT> {
    type State = Operation;

    fn invoke(
        state: &Self::State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> Result<(), Box<dyn Error>> {
        let rows = input.len();
        let (instants, spans) = (input.flat_vector(AT), input.flat_vector(1 - AT));
        #[expect(unsafe_code, reason = "the crate has no safe reader of intervals")]
        // SAFETY: the signature below fixes the types, `TIMESTAMPTZ` (an i64) and `INTERVAL` (`Stored`); the engine
        // gives flat vectors of `rows` initialised rows to a scalar function; nothing writes to them here.
        let (moments, lengths) =
            unsafe { (instants.as_slice_with_len::<i64>(rows), spans.as_slice_with_len::<Stored>(rows)) };
        let mut values = Vec::with_capacity(rows);
        for (row, (at, span)) in (0_u64..).zip(moments.iter().zip(lengths)) {
            let null = instants.row_is_null(row) || spans.row_is_null(row);
            let span = Span { months: span.months, days: span.days, micros: span.micros };
            values.push(if null { None } else { state(*at, span)? });
        }
        write_arrow_array_to_vector(&Instant::column(values), output)
    }

    fn signatures() -> Vec<ScalarFunctionSignature> {
        let mut arguments = [LogicalTypeId::Interval, LogicalTypeId::Interval];
        arguments[AT] = LogicalTypeId::TimestampTZ;
        let arguments = arguments.into_iter().map(LogicalTypeHandle::from).collect();
        vec![ScalarFunctionSignature::exact(arguments, LogicalTypeId::TimestampTZ.into())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_move_as_icu_moves_them() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        // Each of them by the engine with its ICU extension, in UTC.
        for (sql, expected) in [
            ("timestamptz '2024-01-31 10:00:00+00' + interval 1 month", "2024-02-29 10:00:00+00"),
            ("timestamptz '2024-03-31 10:00:00+00' - interval 1 month", "2024-02-29 10:00:00+00"),
            ("interval '1 year 2 days 3 hours' + timestamptz '2023-12-31 22:00:00+00'", "2025-01-03 01:00:00+00"),
            ("timestamptz '2024-03-01 00:00:00+00' - interval '1 month 1 day'", "2024-01-31 00:00:00+00"),
            ("timestamptz '2024-03-01 00:00:00+00' - (interval 1 month + interval 1 second)", "2024-01-29 23:59:59+00"),
            ("timestamptz '2024-01-01 00:00:00.000001+00' - interval 1 microsecond", "2024-01-01 00:00:00+00"),
            ("timestamptz 'infinity' - interval 1 day", "infinity"),
            ("timestamptz '1960-01-01 00:00:00+00' + cast(-1 as bigint) * interval 1 hour", "1959-12-31 23:00:00+00"),
        ] {
            let given: String =
                connection.query_row(&format!("select ({sql})::varchar"), [], |row| row.get(0)).unwrap();
            assert_eq!(given, expected, "{sql}");
        }
        let null: Option<String> =
            connection.query_row("select (null::timestamptz + interval 1 day)::varchar", [], |row| row.get(0)).unwrap();
        assert_eq!(null, None);
        let many: i64 = connection
            .query_row(
                "select count(*) from range(10000) t(i) where timestamptz '2024-01-01 00:00:00+00' \
                 + to_days(i::integer) - to_days(i::integer) = timestamptz '2024-01-01 00:00:00+00'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(many, 10_000);
    }
}
