//! Time zones by name: an instant's local time, and the instant of a local time.

use std::str::FromStr;

use chrono::{MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::Answer;
use super::calendar::{civil, is_finite, micros};

/// The abbreviations that ICU knows beyond the names of the time zone database.
const ABBREVIATIONS: &[(&str, Tz)] = &[
    ("ACT", Tz::Australia__Darwin),
    ("AET", Tz::Australia__Sydney),
    ("AGT", Tz::America__Argentina__Buenos_Aires),
    ("ART", Tz::Africa__Cairo),
    ("AST", Tz::America__Anchorage),
    ("BET", Tz::America__Sao_Paulo),
    ("BST", Tz::Asia__Dhaka),
    ("CAT", Tz::Africa__Harare),
    ("CNT", Tz::America__St_Johns),
    ("CST", Tz::America__Chicago),
    ("CTT", Tz::Asia__Shanghai),
    ("EAT", Tz::Africa__Addis_Ababa),
    ("ECT", Tz::Europe__Paris),
    ("IET", Tz::America__Indiana__Indianapolis),
    ("IST", Tz::Asia__Kolkata),
    ("JST", Tz::Asia__Tokyo),
    ("MIT", Tz::Pacific__Apia),
    ("NET", Tz::Asia__Yerevan),
    ("NST", Tz::Pacific__Auckland),
    ("PLT", Tz::Asia__Karachi),
    ("PNT", Tz::America__Phoenix),
    ("PRT", Tz::America__Puerto_Rico),
    ("PST", Tz::America__Los_Angeles),
    ("SST", Tz::Pacific__Guadalcanal),
    ("VST", Tz::Asia__Ho_Chi_Minh),
];

/// A zone: one of the database, or a fixed distance from UTC.
enum Zone {
    Named(Tz),
    Fixed(TimeDelta),
}

fn zone(name: &str) -> Result<Zone, String> {
    if let Ok(zone) = Tz::from_str(name) {
        return Ok(Zone::Named(zone));
    }
    let abbreviation = ABBREVIATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, zone)| *zone);
    let insensitive = || TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied();
    let named = abbreviation.or_else(insensitive).map(Zone::Named);
    named.or_else(|| fixed(name)).ok_or_else(|| format!("Unknown TimeZone '{name}'!"))
}

/// `GMT+5`, `UTC-05:30`.
fn fixed(name: &str) -> Option<Zone> {
    let rest = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC"))?;
    let (sign, rest) =
        rest.strip_prefix('-').map_or_else(|| Some((1, rest.strip_prefix('+')?)), |rest| Some((-1, rest)))?;
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let number = |text: &str| text.parse::<u8>().ok().map(i64::from);
    let (hours, minutes) = (number(hours).filter(|hours| *hours < 24)?, number(minutes).filter(|part| *part < 60)?);
    Some(Zone::Fixed(TimeDelta::minutes(sign * (hours * 60 + minutes))))
}

/// The local time of an instant.
///
/// # Errors
/// Where no zone has the name.
pub(super) fn local(name: &str, at: i64) -> Answer<i64> {
    let zone = zone(name)?;
    if !is_finite(at) {
        return Ok(Some(at));
    }
    let civil = civil(at)?;
    let offset = match zone {
        Zone::Named(zone) => distance(zone.offset_from_utc_datetime(&civil).fix()),
        Zone::Fixed(offset) => offset,
    };
    Ok(Some(micros(civil + offset)))
}

/// The instant of a local time. A time that happens twice is the later one; a time that never happens is counted on
/// from before the gap. (ICU: the last of the wall times.)
///
/// # Errors
/// Where no zone has the name.
pub(super) fn instant(name: &str, at: i64) -> Answer<i64> {
    let zone = zone(name)?;
    if !is_finite(at) {
        return Ok(Some(at));
    }
    let civil = civil(at)?;
    let offset = match zone {
        Zone::Named(zone) => offset_of(zone, civil),
        Zone::Fixed(offset) => offset,
    };
    Ok(Some(micros(civil - offset)))
}

fn offset_of(zone: Tz, at: NaiveDateTime) -> TimeDelta {
    // No gap is longer than a day; a quarter of an hour is finer than any.
    let steps = (0..=100).map(|step| at - TimeDelta::minutes(15 * step));
    let known = steps.into_iter().find_map(|at| match zone.offset_from_local_datetime(&at) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => Some(distance(offset.fix())),
        MappedLocalTime::None => None,
    });
    known.unwrap_or_else(|| distance(Utc.fix()))
}

fn distance(offset: chrono::FixedOffset) -> TimeDelta {
    TimeDelta::seconds(offset.local_minus_utc().into())
}
