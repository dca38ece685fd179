//! What the engine's ICU extension would add for `TIMESTAMP WITH TIME ZONE`, with the session in UTC.
//!
//! The extension is not part of the bundled engine, and nothing is fetched over a network, so the functions are added
//! as overloads at opening. A value of that type is an instant, and in UTC its calendar is that of a plain timestamp.
//!
mod calendar;
mod cast;
mod field;
mod function;
mod interval;
#[cfg(test)]
mod tests;
mod zone;

use ::duckdb::Connection;

pub(super) use cast::register_casts;

use calendar::{age, difference, last_day, subtract, truncate, whole};
use field::Field;
use function::{Constant, Day, Instant, Local, Number, One, Real, Span, Text, Time, Two};

type Answer<T> = Result<Option<T>, String>;

/// A function of one instant.
type Part<T> = fn(i64) -> Answer<T>;

/// Adds the functions to the database of a connection.
pub(super) fn register(connection: &Connection) -> ::duckdb::Result<()> {
    conversions(connection)?;
    interval::register(connection)?;
    let today: fn() -> Answer<i32> = || Ok(i32::try_from(chrono::Utc::now().timestamp().div_euclid(86_400)).ok());
    for name in ["current_date", "today"] {
        connection.register_scalar_function_with_state::<Constant<Day>>(name, &today)?;
    }
    let clock: fn() -> Answer<i64> = || Ok(Some(now()));
    connection.register_scalar_function_with_state::<Constant<Local>>("current_localtimestamp", &clock)?;
    let time_of_day: fn() -> Answer<i64> = || Ok(Some(now().rem_euclid(86_400_000_000)));
    connection.register_scalar_function_with_state::<Constant<Time>>("current_localtime", &time_of_day)?;
    let truncated: for<'a> fn(&'a str, i64) -> Answer<i64> = |part, at| truncate(Field::named(part)?, at);
    for name in ["date_trunc", "datetrunc"] {
        connection.register_scalar_function_with_state::<Two<Text, Instant, Instant>>(name, &truncated)?;
    }
    parts(connection)?;
    let between: fn(i64, i64) -> Answer<Span> = calendar::between;
    connection.register_scalar_function_with_state::<Two<Instant, Instant, Span>>("-", &between)?;
    let aged: fn(i64, i64) -> Answer<Span> = age;
    connection.register_scalar_function_with_state::<Two<Instant, Instant, Span>>("age", &aged)?;
    let to_today: fn(i64) -> Answer<Span> = |at| age(truncate(Field::Day, now())?.unwrap_or_default(), at);
    connection.register_scalar_function_with_state::<One<Instant, Span>>("age", &to_today)?;
    let counted: for<'a> fn(&'a str, i64, i64) -> Answer<i64> =
        |part, from, to| difference(Field::named(part)?, from, to);
    for name in ["date_diff", "datediff"] {
        connection
            .register_scalar_function_with_state::<function::Three<Text, Instant, Instant, Number>>(name, &counted)?;
    }
    let whole_units: for<'a> fn(&'a str, i64, i64) -> Answer<i64> =
        |part, from, to| subtract(Field::named(part)?, from, to);
    for name in ["date_sub", "datesub"] {
        connection.register_scalar_function_with_state::<function::Three<Text, Instant, Instant, Number>>(
            name,
            &whole_units,
        )?;
    }
    Ok(())
}

/// `at time zone`, and instants made of numbers.
fn conversions(connection: &Connection) -> ::duckdb::Result<()> {
    let to_local: for<'a> fn(&'a str, i64) -> Answer<i64> = zone::local;
    connection.register_scalar_function_with_state::<Two<Text, Instant, Local>>("timezone", &to_local)?;
    let to_instant: for<'a> fn(&'a str, i64) -> Answer<i64> = zone::instant;
    connection.register_scalar_function_with_state::<Two<Text, Local, Instant>>("timezone", &to_instant)?;
    let of_date: for<'a> fn(&'a str, i32) -> Answer<i64> = |name, day| zone::instant(name, calendar::midnight(day));
    connection.register_scalar_function_with_state::<Two<Text, Day, Instant>>("timezone", &of_date)?;
    let of_micros: fn(i64) -> Answer<i64> = |micros| Ok(Some(micros));
    connection.register_scalar_function_with_state::<One<Number, Instant>>("make_timestamptz", &of_micros)
}

/// The functions that take one part of an instant.
fn parts(connection: &Connection) -> ::duckdb::Result<()> {
    let named: for<'a> fn(&'a str, i64) -> Answer<i64> = |part, at| match Field::named(part)? {
        Field::Epoch => Err("date_part('epoch', ...) of a TIMESTAMP WITH TIME ZONE: write epoch(...)".to_owned()),
        Field::Julian => Err("date_part('julian', ...) of a TIMESTAMP WITH TIME ZONE: write julian(...)".to_owned()),
        field => whole(field, at),
    };
    for name in ["date_part", "datepart"] {
        connection.register_scalar_function_with_state::<Two<Text, Instant, Number>>(name, &named)?;
    }
    for (name, part) in field::FUNCTIONS {
        connection.register_scalar_function_with_state::<One<Instant, Number>>(name, part)?;
    }
    let real: [(&str, Part<f64>); 2] = [("epoch", calendar::epoch), ("julian", calendar::julian)];
    for (name, part) in real {
        connection.register_scalar_function_with_state::<One<Instant, Real>>(name, &part)?;
    }
    let text: [(&str, Part<String>); 2] =
        [("dayname", |at| calendar::name(at, "%A")), ("monthname", |at| calendar::name(at, "%B"))];
    for (name, part) in text {
        connection.register_scalar_function_with_state::<One<Instant, Text>>(name, &part)?;
    }
    let last: fn(i64) -> Answer<i32> = last_day;
    connection.register_scalar_function_with_state::<One<Instant, Day>>("last_day", &last)
}

fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}
