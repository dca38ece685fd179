//! `modules.pytz`: time zones.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::datetime::{DateTime, Delta, datetime_value};
use super::function::{Function, Module};

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub enum Zone {
    /// UTC.
    Utc,
    /// A place of the time zone database.
    Place(Tz),
    /// The mean solar time of a place. pytz: what a place is where it is given as `tzinfo=` instead of to `localize`.
    Mean(Tz),
    /// A fixed distance from UTC, in seconds.
    Fixed(i32),
}

impl Zone {
    /// The zone's distance from UTC in seconds at a local time.
    pub(super) fn offset(&self, local: NaiveDateTime) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Fixed(seconds) => i64::from(*seconds),
            Self::Mean(place) => mean_offset(*place),
            Self::Place(place) => match place.offset_from_local_datetime(&local) {
                // pytz: of two possible times, the standard time.
                chrono::LocalResult::Ambiguous(_, later) => i64::from(later.fix().local_minus_utc()),
                chrono::LocalResult::Single(offset) => i64::from(offset.fix().local_minus_utc()),
                chrono::LocalResult::None => i64::from(place.offset_from_utc_datetime(&local).fix().local_minus_utc()),
            },
        }
    }

    /// The local time of a time in UTC.
    pub(super) fn local(&self, utc: NaiveDateTime) -> NaiveDateTime {
        let seconds = match self {
            Self::Utc => 0,
            Self::Fixed(seconds) => i64::from(*seconds),
            Self::Place(place) | Self::Mean(place) => {
                i64::from(place.offset_from_utc_datetime(&utc).fix().local_minus_utc())
            }
        };
        utc + chrono::Duration::seconds(seconds)
    }

    /// The name that `%Z` gives.
    pub(super) fn abbreviation(&self, local: NaiveDateTime) -> String {
        match self {
            Self::Utc => "UTC".to_owned(),
            Self::Fixed(0) => "UTC".to_owned(),
            Self::Fixed(seconds) => format!("UTC{}", colon_offset(i64::from(*seconds))),
            Self::Mean(_) => "LMT".to_owned(),
            Self::Place(place) => {
                let utc = local - chrono::Duration::seconds(self.offset(local));
                place.offset_from_utc_datetime(&utc).abbreviation().unwrap_or_default().to_owned()
            }
        }
    }
}

impl Zone {
    /// The zone as an argument named `tzinfo` means it.
    pub(super) fn into_argument(self) -> Self {
        match self {
            Self::Place(place) => Self::Mean(place),
            other => other,
        }
    }

    /// The zone as `localize` and conversions mean it.
    pub(super) fn as_place(&self) -> Self {
        match self {
            Self::Mean(place) => Self::Place(*place),
            other => other.clone(),
        }
    }
}

/// The first offset of a place, in whole minutes as pytz has it.
fn mean_offset(place: Tz) -> i64 {
    let first = place.offset_from_utc_datetime(&NaiveDateTime::MIN);
    (i64::from(first.fix().local_minus_utc()) + 30).div_euclid(60) * 60
}

/// `+01:00`.
pub(super) fn colon_offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let rest = seconds % 60;
    let tail = if rest == 0 { String::new() } else { format!(":{rest:02}") };
    format!("{sign}{:02}:{:02}{tail}", seconds / 3600, seconds / 60 % 60)
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc => formatter.write_str("UTC"),
            Self::Fixed(seconds) => write!(formatter, "UTC{}", colon_offset(i64::from(*seconds))),
            Self::Place(place) | Self::Mean(place) => formatter.write_str(place.name()),
        }
    }
}

/// The value of a zone.
pub(super) fn zone_value(zone: Zone) -> Value {
    Value::from_object(zone)
}

/// The zone in an argument.
pub(super) fn zone_of(value: &Value) -> Result<Option<Zone>, Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(None);
    }
    match value.downcast_object_ref::<Zone>() {
        Some(zone) => Ok(Some(zone.clone())),
        None => Err(fail(format!(
            "tzinfo argument must be None or of a tzinfo subclass, not type '{}'",
            super::type_name(value)
        ))),
    }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "zone").then(|| Value::from(format!("{self:?}")))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        let time = given.required(0, "dt")?;
        let Some(time) = time.downcast_object_ref::<DateTime>() else {
            return Err(fail(format!("{method}() needs a datetime")));
        };
        let zone = Some(self.as_place());
        match method {
            "localize" if time.zone.is_some() => Err(fail("Not naive datetime (tzinfo is already set)")),
            "localize" => Ok(datetime_value(time.local, zone)),
            "normalize" | "fromutc" => Ok(time.in_zone(self)),
            "utcoffset" => Ok(Delta::value(self.offset(time.local) * 1_000_000)),
            "tzname" => Ok(Value::from(self.abbreviation(time.local))),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// The module.
pub(super) fn module() -> Value {
    Module::value(
        "pytz",
        member,
        &[
            "UTC",
            "all_timezones",
            "common_timezones",
            "country_names",
            "country_timezones",
            "timezone",
            "utc",
            "FixedOffset",
        ],
    )
}

fn member(name: &str) -> Option<Value> {
    match name {
        "utc" | "UTC" => Some(zone_value(Zone::Utc)),
        "timezone" => Some(Function::value("timezone", timezone)),
        "FixedOffset" => Some(Function::value("FixedOffset", fixed)),
        "all_timezones" | "common_timezones" | "all_timezones_set" | "common_timezones_set" => {
            Some(super::list(chrono_tz::TZ_VARIANTS.iter().map(|zone| Value::from(zone.name())).collect()))
        }
        _ => None,
    }
}

fn timezone(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let name = Arguments::new("timezone", arguments).text(0, "zone")?;
    if name.eq_ignore_ascii_case("utc") {
        return Ok(zone_value(Zone::Utc));
    }
    let insensitive = || chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&name)).copied();
    match Tz::from_str(&name).ok().or_else(insensitive) {
        Some(place) => Ok(zone_value(Zone::Place(place))),
        None => Err(fail(format!("'{name}'"))),
    }
}

fn fixed(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let minutes = Arguments::new("FixedOffset", arguments).optional_integer(0, "offset")?.unwrap_or(0);
    Ok(zone_value(Zone::Fixed(i32::try_from(minutes * 60).unwrap_or(0))))
}
