//! The parts of a date that functions name, with the engine's other spellings.

use super::Part;
use super::calendar::whole;

/// A part of a date or of a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Millennium,
    Century,
    Decade,
    Year,
    IsoYear,
    Quarter,
    Month,
    Week,
    YearWeek,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Epoch,
    Julian,
    Era,
    Offset,
}

impl Field {
    /// The part of a name, in any case.
    ///
    /// # Errors
    /// In the engine's words where there is no such part.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "millennium" | "mil" | "millenniums" | "millennia" | "mils" | "millenium" => Self::Millennium,
            "century" | "cent" | "centuries" | "c" => Self::Century,
            "decade" | "dec" | "decades" | "decs" => Self::Decade,
            "year" | "yr" | "y" | "years" | "yrs" => Self::Year,
            "isoyear" => Self::IsoYear,
            "quarter" | "quarters" => Self::Quarter,
            "month" | "mon" | "months" | "mons" => Self::Month,
            "week" | "weeks" | "w" | "weekofyear" => Self::Week,
            "yearweek" => Self::YearWeek,
            "day" | "days" | "d" | "dayofmonth" => Self::Day,
            "dow" | "dayofweek" | "weekday" => Self::DayOfWeek,
            "isodow" => Self::IsoDayOfWeek,
            "doy" | "dayofyear" => Self::DayOfYear,
            "hour" | "hr" | "hours" | "hrs" | "h" => Self::Hour,
            "minute" | "min" | "minutes" | "mins" | "m" => Self::Minute,
            "second" | "sec" | "seconds" | "secs" | "s" => Self::Second,
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => Self::Millisecond,
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" => Self::Microsecond,
            "epoch" => Self::Epoch,
            "julian" | "jd" => Self::Julian,
            "era" => Self::Era,
            "timezone" | "timezone_hour" | "timezone_minute" => Self::Offset,
            _ => return Err(format!("extract specifier \"{name}\" not recognized")),
        })
    }
}

/// The functions of one instant that give a whole number.
pub(super) const FUNCTIONS: &[(&str, Part<i64>)] = &[
    ("millennium", |at| whole(Field::Millennium, at)),
    ("century", |at| whole(Field::Century, at)),
    ("decade", |at| whole(Field::Decade, at)),
    ("year", |at| whole(Field::Year, at)),
    ("isoyear", |at| whole(Field::IsoYear, at)),
    ("quarter", |at| whole(Field::Quarter, at)),
    ("month", |at| whole(Field::Month, at)),
    ("week", |at| whole(Field::Week, at)),
    ("weekofyear", |at| whole(Field::Week, at)),
    ("yearweek", |at| whole(Field::YearWeek, at)),
    ("day", |at| whole(Field::Day, at)),
    ("dayofmonth", |at| whole(Field::Day, at)),
    ("dayofweek", |at| whole(Field::DayOfWeek, at)),
    ("weekday", |at| whole(Field::DayOfWeek, at)),
    ("isodow", |at| whole(Field::IsoDayOfWeek, at)),
    ("dayofyear", |at| whole(Field::DayOfYear, at)),
    ("hour", |at| whole(Field::Hour, at)),
    ("minute", |at| whole(Field::Minute, at)),
    ("second", |at| whole(Field::Second, at)),
    ("millisecond", |at| whole(Field::Millisecond, at)),
    ("microsecond", |at| whole(Field::Microsecond, at)),
    ("era", |at| whole(Field::Era, at)),
    ("timezone", |at| whole(Field::Offset, at)),
    ("timezone_hour", |at| whole(Field::Offset, at)),
    ("timezone_minute", |at| whole(Field::Offset, at)),
];
