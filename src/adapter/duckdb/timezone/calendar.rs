//! The calendar of an instant in UTC: its parts, its units cut off, and distances. Microseconds since 1970 throughout.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::Answer;
use super::field::Field;
use super::function::Span;

const DAY: i64 = 86_400_000_000;

/// Whether an instant is not one of the two infinities.
pub(super) fn is_finite(at: i64) -> bool {
    at != i64::MAX && at != -i64::MAX
}

/// The date and time of day of an instant.
pub(super) fn civil(at: i64) -> Result<NaiveDateTime, String> {
    DateTime::from_timestamp_micros(at).map(|at| at.naive_utc()).ok_or_else(|| "timestamp out of range".to_owned())
}

/// The instant of a date and time of day.
pub(super) fn micros(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp_micros()
}

/// The start of a day, counted in days since 1970; an infinite date is an infinite instant.
pub(super) fn midnight(day: i32) -> i64 {
    match day {
        i32::MAX => i64::MAX,
        day if day == -i32::MAX => -i64::MAX,
        day => i64::from(day) * DAY,
    }
}

fn start(year: i32, month: u32, day: u32) -> Answer<i64> {
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| "timestamp out of range".to_owned())?;
    Ok(Some(micros(date.and_time(NaiveTime::MIN))))
}

/// A part that is a whole number; none of an infinity.
pub(super) fn whole(field: Field, at: i64) -> Answer<i64> {
    if !is_finite(at) {
        return Ok(None);
    }
    let civil = civil(at)?;
    let year = i64::from(civil.year());
    let week = civil.iso_week();
    let in_minute = at.rem_euclid(60_000_000);
    Ok(Some(match field {
        // There is no year 0: the first century has the years 1 to 100.
        Field::Millennium => (year - 1).div_euclid(1000) + 1,
        Field::Century => (year - 1).div_euclid(100) + 1,
        Field::Decade => year.div_euclid(10),
        Field::Year => year,
        Field::IsoYear => i64::from(week.year()),
        Field::Quarter => i64::from(civil.month0() / 3 + 1),
        Field::Month => i64::from(civil.month()),
        Field::Week => i64::from(week.week()),
        Field::YearWeek => i64::from(week.year()) * 100 + i64::from(week.week()),
        Field::Day => i64::from(civil.day()),
        Field::DayOfWeek => i64::from(civil.weekday().num_days_from_sunday()),
        Field::IsoDayOfWeek => i64::from(civil.weekday().number_from_monday()),
        Field::DayOfYear => i64::from(civil.ordinal()),
        Field::Hour => i64::from(civil.hour()),
        Field::Minute => i64::from(civil.minute()),
        Field::Second => in_minute / 1_000_000,
        Field::Millisecond => in_minute / 1000,
        Field::Microsecond => in_minute,
        Field::Epoch => at.div_euclid(1_000_000),
        Field::Julian => at.div_euclid(DAY) + 2_440_588,
        Field::Era => i64::from(year > 0),
        Field::Offset => 0,
    }))
}

/// Seconds since 1970.
pub(super) fn epoch(at: i64) -> Answer<f64> {
    #[allow(clippy::cast_precision_loss)]
    Ok(is_finite(at).then(|| at as f64 / 1e6))
}

/// The Julian day number and the part of the day since midnight.
pub(super) fn julian(at: i64) -> Answer<f64> {
    #[allow(clippy::cast_precision_loss)]
    Ok(is_finite(at).then(|| (at.div_euclid(DAY) + 2_440_588) as f64 + at.rem_euclid(DAY) as f64 / DAY as f64))
}

/// A name of the date, such as that of its month.
pub(super) fn name(at: i64, format: &str) -> Answer<String> {
    Ok(if is_finite(at) { Some(civil(at)?.format(format).to_string()) } else { None })
}

/// The last day of the month, in days since 1970.
pub(super) fn last_day(at: i64) -> Answer<i32> {
    if !is_finite(at) {
        return Ok(None);
    }
    let last = month_start(civil(at)?.date()) + Months::new(1);
    Ok(i32::try_from(micros(last.and_time(NaiveTime::MIN)).div_euclid(DAY) - 1).ok())
}

fn month_start(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// An instant with everything below a unit cut off.
pub(super) fn truncate(field: Field, at: i64) -> Answer<i64> {
    if !is_finite(at) {
        return Ok(Some(at));
    }
    let unit = |size: i64| Ok(Some(at - at.rem_euclid(size)));
    let civil = civil(at)?;
    let multiple = |years: i32| start(civil.year().div_euclid(years) * years, 1, 1);
    let monday = |date: NaiveDate| {
        micros(date.and_time(NaiveTime::MIN)) - i64::from(date.weekday().num_days_from_monday()) * DAY
    };
    match field {
        Field::Millennium => multiple(1000),
        Field::Century => multiple(100),
        Field::Decade => multiple(10),
        Field::Year => multiple(1),
        Field::Era => start(0, 1, 1),
        Field::Quarter => start(civil.year(), civil.month0() / 3 * 3 + 1, 1),
        Field::Month => start(civil.year(), civil.month(), 1),
        Field::Week | Field::YearWeek => Ok(Some(monday(civil.date()))),
        // The first week of a year has its fourth of January.
        Field::IsoYear => Ok(NaiveDate::from_ymd_opt(civil.iso_week().year(), 1, 4).map(monday)),
        Field::Day | Field::DayOfWeek | Field::IsoDayOfWeek | Field::DayOfYear | Field::Julian => unit(DAY),
        Field::Hour => unit(3_600_000_000),
        Field::Minute | Field::Offset => unit(60_000_000),
        Field::Second | Field::Epoch => unit(1_000_000),
        Field::Millisecond => unit(1000),
        Field::Microsecond => Ok(Some(at)),
    }
}

/// How many starts of a unit lie between two instants; none with an infinity.
pub(super) fn difference(field: Field, from: i64, to: i64) -> Answer<i64> {
    if field == Field::IsoYear {
        return Ok(whole(field, to)?.zip(whole(field, from)?).map(|(to, from)| to - from));
    }
    // ICU: weeks are sevens of days, whatever day they start on.
    let start = if field == Field::Week { Field::Day } else { field };
    match (is_finite(from) && is_finite(to), truncate(start, from)?, truncate(start, to)?) {
        (true, Some(from), Some(to)) => subtract(field, from, to),
        _ => Ok(None),
    }
}

/// How many whole units lie between two instants; none with an infinity.
pub(super) fn subtract(field: Field, from: i64, to: i64) -> Answer<i64> {
    if !is_finite(from) || !is_finite(to) {
        return Ok(None);
    }
    let distance = to.checked_sub(from).ok_or("timestamp difference is out of bounds")?;
    let months = |size: i64| Ok::<_, String>(months(from, to)? / size);
    Ok(Some(match field {
        Field::Millennium => months(12_000)?,
        Field::Century => months(1200)?,
        Field::Decade => months(120)?,
        Field::Year | Field::IsoYear => months(12)?,
        Field::Quarter => months(3)?,
        Field::Month => months(1)?,
        Field::Week | Field::YearWeek => distance / (7 * DAY),
        Field::Day | Field::DayOfWeek | Field::IsoDayOfWeek | Field::DayOfYear | Field::Julian => distance / DAY,
        Field::Hour => distance / 3_600_000_000,
        Field::Minute | Field::Offset => distance / 60_000_000,
        Field::Second | Field::Epoch => distance / 1_000_000,
        Field::Millisecond => distance / 1000,
        Field::Microsecond => distance,
        Field::Era => 0,
    }))
}

/// The whole months between two instants: those that can be added to the first without passing the second.
fn months(from: i64, to: i64) -> Result<i64, String> {
    let (first, last) = (civil(from)?, civil(to)?);
    let count = i64::from(last.year() - first.year()) * 12 + i64::from(last.month()) - i64::from(first.month());
    let landed = shift(first, count)?;
    Ok(match () {
        () if from <= to && landed > last => count - 1,
        () if from > to && landed < last => count + 1,
        () => count,
    })
}

/// A date some months later; its day is that of the last of the month where the month is too short.
fn shift(at: NaiveDateTime, months: i64) -> Result<NaiveDateTime, String> {
    let step = u32::try_from(months.unsigned_abs()).map(Months::new).map_err(|_| "timestamp out of range")?;
    let moved = if months < 0 { at.checked_sub_months(step) } else { at.checked_add_months(step) };
    moved.ok_or_else(|| "timestamp out of range".to_owned())
}

/// The time between two instants, in days and microseconds.
///
/// # Errors
/// Where one of them is infinite.
pub(super) fn between(to: i64, from: i64) -> Answer<Span> {
    if !is_finite(from) || !is_finite(to) {
        return Err("Cannot subtract infinite timestamps".to_owned());
    }
    let distance = to.checked_sub(from).ok_or("timestamp difference is out of bounds")?;
    let days = i32::try_from(distance / DAY).map_err(|_| "interval value is out of range")?;
    Ok(Some(Span { months: 0, days, micros: distance % DAY }))
}

/// The time between two instants in years, months and days, as `PostgreSQL` has it; none with an infinity.
pub(super) fn age(to: i64, from: i64) -> Answer<Span> {
    if !is_finite(from) || !is_finite(to) {
        return Ok(None);
    }
    let (late, early) = (civil(to.max(from))?, civil(to.min(from))?);
    let mut months = (late.year() - early.year()) * 12 + late.month().cast_signed() - early.month().cast_signed();
    let mut days = late.day().cast_signed() - early.day().cast_signed();
    let mut micros = to.max(from).rem_euclid(DAY) - to.min(from).rem_euclid(DAY);
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    if days < 0 {
        // The days of a month that is not full are counted with the length of the earlier date's month.
        let first = month_start(early.date());
        days += i32::try_from(((first + Months::new(1)) - first).num_days()).unwrap_or_default();
        months -= 1;
    }
    let sign = if to < from { -1 } else { 1 };
    Ok(Some(Span { months: months * sign, days: days * sign, micros: micros * i64::from(sign) }))
}
