//! What kind of values a seed's column holds.
//!
//! dbt: agate's tester with dbt's types. Each value is read as every kind that it can be; a column has the first kind,
//! in the order of [`Kind`], that all its values can be read as. Numbers are whole where none has decimals left once
//! zeros at its end are gone.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no value.
    Empty,
    /// Numbers without decimals.
    Integer,
    /// Numbers.
    Number,
    /// Days.
    Date,
    /// Moments.
    Timestamp,
    /// Truth values.
    Boolean,
    /// Anything else.
    Text,
}

/// Kinds that a value can be read as, as bits.
const NUMBER: u8 = 1;
const DATE: u8 = 2;
const CLOCK: u8 = 4;
const ISO: u8 = 8;
const BOOLEAN: u8 = 16;
const DECIMALS: u8 = 32;

/// Signs that may stand around a number. dbt: agate's currency symbols.
const CURRENCIES: [char; 19] =
    ['؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤', '₫'];

/// Whether a cell stands for no value.
pub(super) fn is_null(cell: &str) -> bool {
    let text = cell.trim();
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

/// The kind of a column with these values.
pub(super) fn of_column<'a>(values: impl Iterator<Item = &'a str>) -> Kind {
    let (mut fits, mut decimals, mut empty) = (NUMBER | DATE | CLOCK | ISO | BOOLEAN, false, true);
    for value in values {
        let can_be = of_value(value.trim());
        empty = false;
        fits &= can_be;
        decimals |= can_be & DECIMALS != 0;
        if fits == 0 {
            return Kind::Text;
        }
    }
    match fits {
        _ if empty => Kind::Empty,
        _ if fits & NUMBER != 0 => {
            if decimals {
                Kind::Number
            } else {
                Kind::Integer
            }
        }
        _ if fits & DATE != 0 => Kind::Date,
        _ if fits & (CLOCK | ISO) != 0 => Kind::Timestamp,
        _ => Kind::Boolean,
    }
}

fn of_value(text: &str) -> u8 {
    if let Some(number) = number(text) {
        return if has_decimals(&number) { NUMBER | DECIMALS } else { NUMBER };
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return BOOLEAN;
    }
    let has_year = text.as_bytes().iter().take_while(|byte| byte.is_ascii_digit()).count() == 4;
    if has_year && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
        return DATE;
    }
    if has_year && NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").is_ok() {
        return CLOCK;
    }
    if is_iso(text) { ISO } else { 0 }
}

/// The digits, the point and the exponent of a number that may be written with a currency, a per cent sign or commas.
pub(super) fn number(text: &str) -> Option<String> {
    let bare = text.trim_matches('%');
    let (sign, mut bare) = bare.strip_prefix('-').map_or(("", bare), |rest| ("-", rest));
    for currency in CURRENCIES {
        bare = bare.trim_matches(currency);
    }
    let bare = bare.replace(',', "");
    let digits = bare.strip_prefix(['-', '+']).unwrap_or(&bare);
    let named = ["nan", "inf", "infinity"].iter().any(|name| digits.eq_ignore_ascii_case(name));
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let point = mantissa.bytes().filter(|byte| *byte == b'.').count();
    let plain = point <= 1 && mantissa.len() > point && all_digits(&mantissa.replacen('.', "", 1));
    (named || (plain && !exponent.is_empty() && all_digits(exponent))).then(|| format!("{sign}{bare}"))
}

fn has_decimals(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let decimals = mantissa.split_once('.').map_or("", |(_, decimals)| decimals);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let kept = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - kept.len()).unwrap_or_default();
    let behind_point = i64::try_from(decimals.len()).unwrap_or_default();
    let exponent: i64 = exponent.parse().unwrap_or_default();
    !kept.is_empty() && exponent - behind_point + zeros < 0
}

/// Whether a text is a day and a time with a `T` between, with or without an offset.
fn is_iso(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let is_day = match day.len() {
        10 => NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok(),
        8 => NaiveDate::parse_from_str(day, "%Y%m%d").is_ok(),
        _ => false,
    };
    let time = time.replace(',', ".");
    let time = time.strip_suffix('Z').unwrap_or_else(|| match time.rfind(['+', '-']) {
        Some(at) if is_offset(&time[at + 1..]) => &time[..at],
        _ => &time,
    });
    let shapes = ["%H:%M:%S%.f", "%H%M%S%.f", "%H:%M", "%H%M"];
    is_day && shapes.iter().any(|shape| NaiveTime::parse_from_str(time, shape).is_ok())
}

fn is_offset(text: &str) -> bool {
    let digits = text.replacen(':', "", 1);
    [2, 4].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Kind, of_column};

    #[test]
    fn the_first_kind_that_fits_all_values() {
        for (values, kind) in [
            (&[][..], Kind::Empty),
            (&["1", "-2", "1e3", "+4"], Kind::Integer),
            (&["39.00", "49.0", "1,000"], Kind::Integer),
            (&["39.00", "49.5"], Kind::Number),
            (&["1e-2", "$3", "5%"], Kind::Number),
            (&["1.5", "NaN"], Kind::Number),
            (&["1", "true"], Kind::Text),
            (&["true", "False"], Kind::Boolean),
            (&["2024-01-31", "2024-1-5"], Kind::Date),
            (&["2024-01-31", "2024-01-31 10:00:00"], Kind::Text),
            (&["2024-01-31 10:00:00"], Kind::Timestamp),
            (&["2024-01-31 10:00:00.5"], Kind::Text),
            (&["2024-01-31T10:00:00.5Z", "20240131T1000+02:00"], Kind::Timestamp),
            (&["2024-01-31T10:00:00", "2024-01-31 10:00:00"], Kind::Text),
            (&["1-2", "."], Kind::Text),
        ] {
            assert_eq!(of_column(values.iter().copied()), kind, "{values:?}");
        }
    }
}
