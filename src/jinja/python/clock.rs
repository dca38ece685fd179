//! `strftime` and `strptime`.

use std::fmt::Write as _;

use chrono::format::{Parsed, StrftimeItems, parse};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use minijinja::Error;

use crate::jinja::failure::fail;

use super::zone::{Zone, colon_offset};

/// Writes a time by Python's directives; what is no directive is kept.
pub(super) fn strftime(time: NaiveDateTime, zone: Option<&Zone>, pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let Some(mut directive) = letters.next() else {
            out.push('%');
            break;
        };
        let unpadded = directive == '-' && letters.peek().is_some_and(char::is_ascii_alphabetic);
        if unpadded {
            directive = letters.next().unwrap_or('-');
        }
        let mut part = directive_text(time, zone, directive);
        if unpadded {
            let trimmed = part.trim_start_matches(['0', ' ']);
            part = if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() };
        }
        out.push_str(&part);
    }
    out
}

fn directive_text(time: NaiveDateTime, zone: Option<&Zone>, directive: char) -> String {
    match directive {
        '%' => "%".to_owned(),
        'f' => format!("{:06}", time.nanosecond() / 1000 % 1_000_000),
        'z' => zone.map_or_else(String::new, |zone| colon_offset(zone.offset(time)).replace(':', "")),
        'Z' => zone.map_or_else(String::new, |zone| zone.abbreviation(time)),
        's' => (time.and_utc().timestamp() - zone.map_or(0, |zone| zone.offset(time))).to_string(),
        'c' => strftime(time, zone, "%a %b %e %H:%M:%S %Y"),
        'x' => strftime(time, zone, "%m/%d/%y"),
        'X' | 'T' => strftime(time, zone, "%H:%M:%S"),
        'y' | 'Y' | 'm' | 'd' | 'e' | 'H' | 'I' | 'M' | 'S' | 'j' | 'a' | 'A' | 'b' | 'B' | 'h' | 'p' | 'U' | 'W'
        | 'w' | 'u' | 'V' | 'G' | 'g' | 'C' | 'D' | 'F' | 'R' | 'r' | 'n' | 't' | 'k' | 'l' => {
            let pattern = format!("%{directive}");
            let mut text = String::new();
            // These directives are all known: writing cannot fail.
            let _ = write!(text, "{}", time.format(&pattern));
            text
        }
        other => format!("%{other}"),
    }
}

/// Reads a time by Python's directives.
pub(super) fn strptime(text: &str, pattern: &str) -> Result<(NaiveDateTime, Option<Zone>), Error> {
    let mismatch = || fail(format!("time data '{text}' does not match format '{pattern}'"));
    // Python's `%f` takes one to six digits after the point.
    let translated = pattern.replace(".%f", "%.f").replace("%f", "%6f");
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, StrftimeItems::new(&translated)).map_err(|_| mismatch())?;
    let date = match parsed.to_naive_date() {
        Ok(date) => date,
        Err(_) => {
            // Python: what is not given is the first of January 1900.
            let year = parsed
                .year()
                .or_else(|| parsed.year_mod_100().map(|year| if year < 69 { 2000 + year } else { 1900 + year }));
            let (month, day) = (parsed.month().unwrap_or(1), parsed.day().unwrap_or(1));
            NaiveDate::from_ymd_opt(year.unwrap_or(1900), month, day)
                .ok_or_else(|| fail("day is out of range for month"))?
        }
    };
    let hour = match (parsed.hour_div_12(), parsed.hour_mod_12()) {
        (Some(half), Some(hour)) => half * 12 + hour,
        (None, Some(hour)) => hour,
        _ => 0,
    };
    let (minute, second) = (parsed.minute().unwrap_or(0), parsed.second().unwrap_or(0));
    let time =
        NaiveTime::from_hms_nano_opt(hour, minute, second, parsed.nanosecond().unwrap_or(0)).ok_or_else(mismatch)?;
    let zone = parsed.offset().map(|seconds| if seconds == 0 { Zone::Utc } else { Zone::Fixed(seconds) });
    Ok((date.and_time(time), zone))
}

/// Reads `2020-01-31`, `2020-01-31 10:00:00.5+01:00` and their like.
pub(super) fn from_iso(text: &str) -> Option<(NaiveDateTime, Option<Zone>)> {
    let text = text.trim();
    if text.len() <= 10 {
        let date =
            NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d")).ok()?;
        return Some((date.and_time(NaiveTime::MIN), None));
    }
    let (date, rest) = (text.get(..10)?, text.get(11..)?);
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let at = rest.find(['+', '-', 'Z']).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(at);
    let time =
        ["%H:%M:%S%.f", "%H:%M", "%H"].iter().find_map(|pattern| NaiveTime::parse_from_str(time, pattern).ok())?;
    let zone = match offset {
        "" => None,
        "Z" => Some(Zone::Utc),
        offset => {
            let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
            let (hours, minutes) =
                (digits.get(..2)?.parse::<i32>().ok()?, digits.get(2..4).map_or(Some(0), |text| text.parse().ok())?);
            let seconds = (hours * 3600 + minutes * 60) * if offset.starts_with('-') { -1 } else { 1 };
            Some(if seconds == 0 { Zone::Utc } else { Zone::Fixed(seconds) })
        }
    };
    Some((date.and_time(time), zone))
}
