//! `modules.datetime`: dates, times and the distances between them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use crate::jinja::arguments::Arguments;
use crate::jinja::failure::fail;

use super::clock::{from_iso, strftime, strptime};
use super::collections::tuple;
use super::function::{BoundMethod, Module};
use super::text::{float, integer, real, type_name};
use super::zone::{Zone, colon_offset, zone_of, zone_value};

/// A date and time, with or without a zone.
#[derive(Clone)]
pub struct DateTime {
    /// As the clock on the wall shows it.
    pub local: NaiveDateTime,
    /// The zone, unless the time is naive.
    pub zone: Option<Zone>,
}

/// A date.
#[derive(Clone)]
pub struct Date(pub NaiveDate);

/// A time of day.
#[derive(Clone)]
struct Time(NaiveTime);

/// A distance, in microseconds.
#[derive(Clone)]
pub struct Delta(pub i64);

/// The value of a date and time.
pub fn datetime_value(local: NaiveDateTime, zone: Option<Zone>) -> Value {
    Value::from_object(DateTime { local, zone })
}

/// The value of a date.
pub fn date_value(date: NaiveDate) -> Value {
    Value::from_object(Date(date))
}

impl DateTime {
    /// The time in UTC; a naive time is taken as it is.
    pub fn utc(&self) -> NaiveDateTime {
        self.zone.as_ref().map_or(self.local, |zone| self.local - Duration::seconds(zone.offset(self.local)))
    }

    /// The same moment in a zone.
    pub(super) fn in_zone(&self, zone: &Zone) -> Value {
        datetime_value(zone.local(self.utc()), Some(zone.as_place()))
    }

    fn iso(&self, separator: &str, spec: &str) -> String {
        let mut text = format!("{}{separator}{}", self.local.format("%Y-%m-%d"), iso_time(self.local.time(), spec));
        if let Some(zone) = &self.zone {
            text.push_str(&colon_offset(zone.offset(self.local)));
        }
        text
    }
}

fn iso_time(time: NaiveTime, spec: &str) -> String {
    let micros = time.nanosecond() / 1000 % 1_000_000;
    let base = time.format("%H:%M:%S");
    match spec {
        "hours" => time.format("%H").to_string(),
        "minutes" => time.format("%H:%M").to_string(),
        "seconds" => base.to_string(),
        "milliseconds" => format!("{base}.{:03}", micros / 1000),
        "microseconds" => format!("{base}.{micros:06}"),
        _ if micros == 0 => base.to_string(),
        _ => format!("{base}.{micros:06}"),
    }
}

impl Delta {
    /// The value of a distance.
    pub(super) fn value(micros: i64) -> Value {
        Value::from_object(Self(micros))
    }

    fn parts(&self) -> (i64, i64, i64) {
        let days = self.0.div_euclid(86_400_000_000);
        let rest = self.0.rem_euclid(86_400_000_000);
        (days, rest / 1_000_000, rest % 1_000_000)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iso(" ", ""))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&iso_time(self.0, ""))
    }
}

impl fmt::Debug for Delta {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds, micros) = self.parts();
        if days != 0 {
            write!(formatter, "{days} day{}, ", if days.abs() == 1 { "" } else { "s" })?;
        }
        write!(formatter, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if micros != 0 { write!(formatter, ".{micros:06}") } else { Ok(()) }
    }
}

fn small<T: TryInto<i64>>(number: T) -> Value {
    Value::from(number.try_into().unwrap_or(0))
}

fn date_part(date: NaiveDate, name: &str) -> Option<Value> {
    Some(match name {
        "year" => small(date.year()),
        "month" => small(date.month()),
        "day" => small(date.day()),
        _ => return None,
    })
}

fn time_part(time: NaiveTime, name: &str) -> Option<Value> {
    Some(match name {
        "hour" => small(time.hour()),
        "minute" => small(time.minute()),
        "second" => small(time.second()),
        "microsecond" => small(time.nanosecond() / 1000 % 1_000_000),
        _ => return None,
    })
}

fn date_method(date: NaiveDate, method: &str) -> Option<Value> {
    Some(match method {
        "weekday" => small(date.weekday().num_days_from_monday()),
        "isoweekday" => small(date.weekday().number_from_monday()),
        "toordinal" => small(date.num_days_from_ce()),
        "isocalendar" => {
            let week = date.iso_week();
            tuple(vec![small(week.year()), small(week.week()), small(date.weekday().number_from_monday())])
        }
        "ctime" => Value::from(strftime(date.and_time(NaiveTime::MIN), None, "%c")),
        _ => return None,
    })
}

/// `replace()` and constructors: the parts of a time in order, with defaults.
struct Parts<'a> {
    given: &'a Arguments<'a>,
}

impl Parts<'_> {
    fn get(&self, index: usize, name: &str, default: Option<i64>) -> Result<u32, Error> {
        let number = match self.given.get(index, name) {
            Some(value) => integer(&value)
                .ok_or_else(|| fail(format!("'{}' object cannot be interpreted as an integer", type_name(&value))))?,
            None => default
                .ok_or_else(|| fail(format!("function missing required argument '{name}' (pos {})", index + 1)))?,
        };
        u32::try_from(number).map_err(|_| fail(format!("{name} is out of range")))
    }

    fn date(&self, old: Option<NaiveDate>) -> Result<NaiveDate, Error> {
        let default = |part: &dyn Fn(NaiveDate) -> i64| old.map(part);
        let year = self.get(0, "year", default(&|date| i64::from(date.year())))?;
        let month = self.get(1, "month", default(&|date| i64::from(date.month())))?;
        let day = self.get(2, "day", default(&|date| i64::from(date.day())))?;
        if !(1..=9999).contains(&year) {
            return Err(fail(format!("year {year} is out of range")));
        }
        if !(1..=12).contains(&month) {
            return Err(fail("month must be in 1..12"));
        }
        NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(1), month, day)
            .ok_or_else(|| fail("day is out of range for month"))
    }

    fn time(&self, first: usize, old: NaiveTime) -> Result<NaiveTime, Error> {
        let hour = self.get(first, "hour", Some(i64::from(old.hour())))?;
        let minute = self.get(first + 1, "minute", Some(i64::from(old.minute())))?;
        let second = self.get(first + 2, "second", Some(i64::from(old.second())))?;
        let micro = self.get(first + 3, "microsecond", Some(i64::from(old.nanosecond() / 1000 % 1_000_000)))?;
        NaiveTime::from_hms_micro_opt(hour, minute, second, micro)
            .ok_or_else(|| fail("hour, minute, second or microsecond is out of range"))
    }
}

impl Object for DateTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        match name {
            "tzinfo" => Some(self.zone.clone().map_or_else(|| Value::from(()), zone_value)),
            "fold" => Some(Value::from(0)),
            _ => date_part(self.local.date(), name).or_else(|| time_part(self.local.time(), name)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.utc().cmp(&other.downcast_ref::<Self>()?.utc()))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "strftime" | "__format__" => {
                Value::from(strftime(self.local, self.zone.as_ref(), &given.text(0, "format")?))
            }
            "isoformat" => {
                let separator = given.optional_text(0, "sep")?.unwrap_or_else(|| "T".to_owned());
                let spec = given.optional_text(1, "timespec")?.unwrap_or_default();
                Value::from(self.iso(&separator, &spec))
            }
            "date" => date_value(self.local.date()),
            "time" | "timetz" => Value::from_object(Time(self.local.time())),
            "timestamp" => Value::from(to_float(self.utc().and_utc().timestamp_micros()) / 1e6),
            "replace" => {
                let parts = Parts { given: &given };
                let date = parts.date(Some(self.local.date()))?;
                let time = parts.time(3, self.local.time())?;
                let zone = match given.get(7, "tzinfo") {
                    Some(zone) => zone_of(&zone)?.map(Zone::into_argument),
                    None => self.zone.clone(),
                };
                datetime_value(date.and_time(time), zone)
            }
            "astimezone" => match given.get(0, "tz") {
                Some(zone) => self.in_zone(&zone_of(&zone)?.unwrap_or(Zone::Utc)),
                None => self.in_zone(&Zone::Utc),
            },
            "utcoffset" => self
                .zone
                .as_ref()
                .map_or_else(|| Value::from(()), |zone| Delta::value(zone.offset(self.local) * 1_000_000)),
            "tzname" => {
                self.zone.as_ref().map_or_else(|| Value::from(()), |zone| Value::from(zone.abbreviation(self.local)))
            }
            "dst" => Value::from(()),
            "ctime" => Value::from(strftime(self.local, None, "%c")),
            _ => match date_method(self.local.date(), method)
                .or_else(|| class_method("datetime", method, &given).ok().flatten())
            {
                Some(value) => value,
                None => return Err(Error::from(ErrorKind::UnknownMethod)),
            },
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "Python's timestamps are floats too")]
fn to_float(number: i64) -> f64 {
    number as f64
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        date_part(self.0, key.as_str()?)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        Ok(match method {
            "strftime" => Value::from(strftime(self.0.and_time(NaiveTime::MIN), None, &given.text(0, "format")?)),
            "isoformat" => Value::from(format!("{self:?}")),
            "replace" => date_value(Parts { given: &given }.date(Some(self.0))?),
            _ => match date_method(self.0, method) {
                Some(value) => value,
                None => return Err(Error::from(ErrorKind::UnknownMethod)),
            },
        })
    }
}

impl Object for Time {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        time_part(self.0, key.as_str()?)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(method, arguments);
        match method {
            "strftime" => {
                let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
                Ok(Value::from(strftime(day.and_time(self.0), None, &given.text(0, "format")?)))
            }
            "isoformat" => Ok(Value::from(iso_time(self.0, &given.optional_text(0, "timespec")?.unwrap_or_default()))),
            "replace" => Ok(Value::from_object(Self(Parts { given: &given }.time(0, self.0)?))),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

impl Object for Delta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0 != 0
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (days, seconds, micros) = self.parts();
        Some(Value::from(match key.as_str()? {
            "days" => days,
            "seconds" => seconds,
            "microseconds" => micros,
            _ => return None,
        }))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Value]) -> Result<Value, Error> {
        match method {
            "total_seconds" => Ok(Value::from(to_float(self.0) / 1e6)),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// A class of the module: called to make a value, with methods that make values in other ways.
#[derive(Debug)]
struct Class(&'static str);

/// Whether a value is one of the classes.
pub(super) fn is_class(value: &Value) -> bool {
    value.downcast_object_ref::<Class>().is_some()
}

/// The module.
pub(super) fn module() -> Value {
    Module::value("datetime", member, &["date", "datetime", "time", "timedelta", "tzinfo"])
}

fn member(name: &str) -> Option<Value> {
    let name =
        ["date", "datetime", "time", "timedelta", "tzinfo", "timezone"].into_iter().find(|known| *known == name)?;
    Some(Value::from_object(Class(name)))
}

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<class 'datetime.{}'>", self.0)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
        Some(match (self.0, key.as_str()?) {
            ("datetime", "min") => datetime_value(date(1, 1, 1)?.and_time(NaiveTime::MIN), None),
            ("datetime", "max") => datetime_value(date(9999, 12, 31)?.and_hms_micro_opt(23, 59, 59, 999_999)?, None),
            ("date", "min") => date_value(date(1, 1, 1)?),
            ("date", "max") => date_value(date(9999, 12, 31)?),
            ("timezone", "utc") => zone_value(Zone::Utc),
            (
                "datetime" | "date",
                "now" | "utcnow" | "today" | "strptime" | "fromisoformat" | "fromtimestamp" | "utcfromtimestamp"
                | "combine",
            ) => Value::from_object(BoundMethod {
                object: Value::from_dyn_object(Arc::clone(self)),
                method: key.as_str()?.to_owned(),
            }),
            _ => return None,
        })
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let given = Arguments::new(self.0, arguments);
        let parts = Parts { given: &given };
        match self.0 {
            "date" => Ok(date_value(parts.date(None)?)),
            "datetime" => {
                let zone = given.get(7, "tzinfo").map(|zone| zone_of(&zone)).transpose()?.flatten();
                let zone = zone.map(Zone::into_argument);
                Ok(datetime_value(parts.date(None)?.and_time(parts.time(3, NaiveTime::MIN)?), zone))
            }
            "time" => Ok(Value::from_object(Time(parts.time(0, NaiveTime::MIN)?))),
            "timedelta" => timedelta(&given),
            "timezone" => {
                let offset = given.required(0, "offset")?;
                let micros = offset.downcast_object_ref::<Delta>().map_or(0, |delta| delta.0);
                Ok(zone_value(if micros == 0 {
                    Zone::Utc
                } else {
                    Zone::Fixed(i32::try_from(micros / 1_000_000).unwrap_or(0))
                }))
            }
            name => Err(fail(format!("{name}() cannot be called"))),
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        class_method(self.0, method, &Arguments::new(method, arguments))?
            .ok_or_else(|| Error::from(ErrorKind::UnknownMethod))
    }
}

fn timedelta(given: &Arguments<'_>) -> Result<Value, Error> {
    const UNITS: &[(&str, f64)] = &[
        ("days", 86_400e6),
        ("seconds", 1e6),
        ("microseconds", 1.0),
        ("milliseconds", 1e3),
        ("minutes", 60e6),
        ("hours", 3600e6),
        ("weeks", 604_800e6),
    ];
    given.only(&["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"])?;
    let mut micros = 0.0;
    for (index, (name, unit)) in UNITS.iter().enumerate() {
        if let Some(value) = given.get(index, name) {
            let number = real(&value).ok_or_else(|| {
                fail(format!("unsupported type for timedelta {name} component: {}", type_name(&value)))
            })?;
            micros += number * unit;
        }
    }
    Ok(Delta::value(from_float(micros)))
}

#[expect(clippy::cast_possible_truncation, reason = "a distance beyond the range is cut to it")]
fn from_float(number: f64) -> i64 {
    number.round() as i64
}

fn now(zone: Option<&Zone>) -> Value {
    match zone {
        Some(zone) => DateTime { local: chrono::Utc::now().naive_utc(), zone: Some(Zone::Utc) }.in_zone(zone),
        None => datetime_value(chrono::Local::now().naive_local(), None),
    }
}

fn class_method(class: &str, method: &str, given: &Arguments<'_>) -> Result<Option<Value>, Error> {
    let zone =
        |index: usize, name: &str| given.get(index, name).map(|zone| zone_of(&zone)).transpose().map(Option::flatten);
    Ok(Some(match (class, method) {
        ("datetime", "now") => now(zone(0, "tz")?.as_ref()),
        ("datetime", "utcnow") => datetime_value(chrono::Utc::now().naive_utc(), None),
        ("datetime", "today") => now(None),
        ("date", "today") => date_value(chrono::Local::now().date_naive()),
        ("datetime", "strptime") => {
            let (local, zone) = strptime(&given.text(0, "date_string")?, &given.text(1, "format")?)?;
            datetime_value(local, zone)
        }
        ("datetime" | "date", "fromisoformat") => {
            let text = given.text(0, "date_string")?;
            let (local, zone) = from_iso(&text).ok_or_else(|| fail(format!("Invalid isoformat string: '{text}'")))?;
            if class == "date" { date_value(local.date()) } else { datetime_value(local, zone) }
        }
        ("datetime" | "date", "fromtimestamp" | "utcfromtimestamp") => {
            let seconds = given.required(0, "timestamp")?;
            let seconds = real(&seconds).ok_or_else(|| fail("an integer is required (got type str)"))?;
            let utc = chrono::DateTime::from_timestamp_micros(from_float(seconds * 1e6))
                .ok_or_else(|| fail(format!("timestamp {} is out of range", float(seconds))))?;
            let zone = zone(1, "tz")?;
            let local = match (&zone, method) {
                (Some(zone), _) => zone.local(utc.naive_utc()),
                (None, "utcfromtimestamp") => utc.naive_utc(),
                (None, _) => utc.with_timezone(&chrono::Local).naive_local(),
            };
            if class == "date" { date_value(local.date()) } else { datetime_value(local, zone) }
        }
        ("datetime", "combine") => {
            let (date, time) = (given.required(0, "date")?, given.required(1, "time")?);
            let date = date
                .downcast_object_ref::<Date>()
                .map(|date| date.0)
                .or_else(|| date.downcast_object_ref::<DateTime>().map(|time| time.local.date()))
                .ok_or_else(|| fail("combine() argument 1 must be datetime.date"))?;
            let time =
                time.downcast_object_ref::<Time>().ok_or_else(|| fail("combine() argument 2 must be datetime.time"))?;
            datetime_value(date.and_time(time.0), zone(2, "tzinfo")?.map(Zone::into_argument))
        }
        ("date", "fromordinal") => {
            let days = given.optional_integer(0, "ordinal")?.and_then(|days| i32::try_from(days).ok());
            date_value(
                days.and_then(NaiveDate::from_num_days_from_ce_opt).ok_or_else(|| fail("ordinal is out of range"))?,
            )
        }
        _ => return Ok(None),
    }))
}

fn shifted(value: &Value, micros: i64) -> Option<Result<Value, Error>> {
    let range = || fail("date value out of range");
    if let Some(time) = value.downcast_object_ref::<DateTime>() {
        let moved = time.local.checked_add_signed(Duration::microseconds(micros));
        return Some(moved.map(|local| datetime_value(local, time.zone.clone())).ok_or_else(range));
    }
    if let Some(date) = value.downcast_object_ref::<Date>() {
        let days = Duration::days(micros.div_euclid(86_400_000_000));
        return Some(date.0.checked_add_signed(days).map(date_value).ok_or_else(range));
    }
    let delta = value.downcast_object_ref::<Delta>()?;
    Some(delta.0.checked_add(micros).map(Delta::value).ok_or_else(range))
}

/// `left + right`, where one is a distance.
pub(super) fn add(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    if let Some(delta) = right.downcast_object_ref::<Delta>() {
        return shifted(left, delta.0);
    }
    shifted(right, left.downcast_object_ref::<Delta>()?.0)
}

/// `left - right`, of times or distances.
pub(super) fn subtract(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    if let Some(delta) = right.downcast_object_ref::<Delta>() {
        return shifted(left, delta.0.checked_neg()?);
    }
    if let (Some(left), Some(right)) = (left.downcast_object_ref::<DateTime>(), right.downcast_object_ref::<DateTime>())
    {
        if left.zone.is_some() != right.zone.is_some() {
            return Some(Err(fail("can't subtract offset-naive and offset-aware datetimes")));
        }
        return Some(Ok(Delta::value((left.utc() - right.utc()).num_microseconds()?)));
    }
    let (left, right) = (left.downcast_object_ref::<Date>()?, right.downcast_object_ref::<Date>()?);
    Some(Ok(Delta::value((left.0 - right.0).num_microseconds()?)))
}

/// `left * right`, where one is a distance.
pub(super) fn multiply(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    let (delta, factor) = match left.downcast_object_ref::<Delta>() {
        Some(delta) => (delta, right),
        None => (right.downcast_object_ref::<Delta>()?, left),
    };
    Some(Ok(Delta::value(from_float(to_float(delta.0) * real(factor)?))))
}

/// `left / right` of a distance and a number or a distance.
pub(super) fn divide(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    let delta = left.downcast_object_ref::<Delta>()?;
    if let Some(other) = right.downcast_object_ref::<Delta>() {
        return Some(if other.0 == 0 {
            Err(fail("division by zero"))
        } else {
            Ok(Value::from(to_float(delta.0) / to_float(other.0)))
        });
    }
    Some(Ok(Delta::value(from_float(to_float(delta.0) / real(right)?))))
}

/// `format(time, '%Y')`.
pub(super) fn formatted(value: &Value, pattern: &str) -> Option<String> {
    if let Some(time) = value.downcast_object_ref::<DateTime>() {
        return Some(strftime(time.local, time.zone.as_ref(), pattern));
    }
    value.downcast_object_ref::<Date>().map(|date| strftime(date.0.and_time(NaiveTime::MIN), None, pattern))
}

/// `repr()` of these values.
pub(super) fn representation(value: &Value) -> Option<String> {
    if let Some(time) = value.downcast_object_ref::<DateTime>() {
        let local = time.local;
        let mut parts = vec![
            local.year().to_string(),
            local.month().to_string(),
            local.day().to_string(),
            local.hour().to_string(),
            local.minute().to_string(),
        ];
        let micros = local.nanosecond() / 1000;
        if local.second() != 0 || micros != 0 {
            parts.push(local.second().to_string());
        }
        if micros != 0 {
            parts.push(micros.to_string());
        }
        if let Some(zone) = &time.zone {
            parts.push(format!("tzinfo=<{zone:?}>"));
        }
        return Some(format!("datetime.datetime({})", parts.join(", ")));
    }
    if let Some(date) = value.downcast_object_ref::<Date>() {
        return Some(format!("datetime.date({}, {}, {})", date.0.year(), date.0.month(), date.0.day()));
    }
    let (days, seconds, micros) = value.downcast_object_ref::<Delta>()?.parts();
    let parts: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", micros)]
        .iter()
        .filter(|(_, number)| *number != 0)
        .map(|(name, number)| format!("{name}={number}"))
        .collect();
    Some(format!("datetime.timedelta({})", if parts.is_empty() { "0".to_owned() } else { parts.join(", ") }))
}
