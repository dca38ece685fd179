//! Python's `decimal.Decimal`: what exact numbers of a warehouse are in templates.
//!
//! dbt: agate turns the numbers of a result into decimals, which print as the warehouse wrote them and count exactly.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{DynObject, Object, ObjectRepr};

use super::text::integer;

/// Digits that a result keeps. Python: the precision of the default context.
const PRECISION: u32 = 28;

/// `digits / 10^scale`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: i128,
    scale: i32,
}

impl Decimal {
    /// The decimal that a text such as `-12.50` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = [whole, fraction].concat().parse().ok()?;
        Some(Self { digits, scale: i32::try_from(fraction.len()).ok()? })
    }

    /// The decimal in a value, whole numbers included.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value.downcast_object_ref::<Self>() {
            Some(decimal) => Some(*decimal),
            None => integer(value).map(|number| Self { digits: i128::from(number), scale: 0 }),
        }
    }

    /// As a template value.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// The nearest number of the machine.
    pub(super) fn real(self) -> f64 {
        format!("{}e{}", self.digits, -i64::from(self.scale)).parse().unwrap_or(f64::NAN)
    }

    /// How many places after the point its digits need.
    pub fn places(self) -> usize {
        let mut least = self;
        while least.scale > 0 && least.digits % 10 == 0 {
            least = Self { digits: least.digits / 10, scale: least.scale - 1 };
        }
        usize::try_from(least.scale).unwrap_or(0)
    }

    /// Without what is after the point.
    pub(super) fn whole(self) -> Option<i128> {
        let unit = power(self.scale.unsigned_abs())?;
        if self.scale < 0 { self.digits.checked_mul(unit) } else { Some(self.digits / unit) }
    }

    /// Without its sign.
    pub(super) fn abs(self) -> Self {
        Self { digits: self.digits.saturating_abs(), ..self }
    }

    /// With that many digits after the point; halves go to the even digit.
    pub(super) fn round(self, places: i32) -> Option<Self> {
        let unit = power(self.scale.abs_diff(places))?;
        if self.scale <= places {
            return Some(Self { digits: self.digits.checked_mul(unit)?, scale: places });
        }
        let (digits, rest) = (self.digits / unit, (self.digits % unit).abs());
        let half = unit / 2;
        let up = rest > half || rest == half && digits % 2 != 0;
        Some(Self { digits: digits + if up { self.digits.signum() } else { 0 }, scale: places })
    }

    /// Written with that many digits after the point, and never with an exponent.
    pub fn fixed(self, places: usize) -> Option<String> {
        self.round(i32::try_from(places).ok()?).map(Self::plain)
    }

    /// Its digits with the point in their midst; for numbers with digits after the point or none.
    fn plain(self) -> String {
        let places = usize::try_from(self.scale).unwrap_or(0);
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.digits < 0 { "-" } else { "" };
        let point = if places == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Both with the digits after the point of the longer one.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let scale = self.scale.max(other.scale);
        let digits = |number: Self| power(scale.abs_diff(number.scale))?.checked_mul(number.digits);
        Some((digits(self)?, digits(other)?, scale))
    }

    /// Halves go to the even digit.
    fn rounded(self) -> Self {
        let mut excess =
            self.digits.unsigned_abs().checked_ilog10().map_or(0, |log| (log + 1).saturating_sub(PRECISION));
        let Some(unit) = power(excess).filter(|unit| *unit > 1) else { return self };
        let (mut digits, rest) = (self.digits / unit, (self.digits % unit).abs());
        if rest * 2 > unit || rest * 2 == unit && digits % 2 != 0 {
            digits += self.digits.signum();
        }
        if digits.unsigned_abs().checked_ilog10() == Some(PRECISION) {
            digits /= 10;
            excess += 1;
        }
        Self { digits, scale: self.scale - i32::try_from(excess).unwrap_or(0) }
    }

    /// `self op other`; `None` where it is too large, or a division by nothing.
    pub(super) fn operate(self, sign: char, other: Self) -> Option<Self> {
        let made = match sign {
            '+' | '-' => {
                let (left, right, scale) = self.aligned(other)?;
                let digits = if sign == '+' { left.checked_add(right) } else { left.checked_sub(right) }?;
                Self { digits, scale }
            }
            '*' => Self { digits: self.digits.checked_mul(other.digits)?, scale: self.scale.checked_add(other.scale)? },
            '/' => return self.divide(other),
            // Python: unlike whole numbers, decimals are cut towards zero, and the rest has the sign of the left.
            '%' => {
                let (left, right, scale) = self.aligned(other)?;
                Self { digits: left.checked_rem(right)?, scale }
            }
            _ => {
                let (left, right, _) = self.aligned(other)?;
                Self { digits: left.checked_div(right)?, scale: 0 }
            }
        };
        Some(made.rounded())
    }

    fn divide(self, other: Self) -> Option<Self> {
        let length = |digits: i128| digits.unsigned_abs().checked_ilog10().map_or(1, |log| i64::from(log) + 1);
        let steps = length(other.digits) - length(self.digits) + i64::from(PRECISION) + 1;
        let steps = i32::try_from(steps.max(0)).ok()?;
        let (mut quotient, mut rest) = (self.digits.checked_div(other.digits)?, self.digits.checked_rem(other.digits)?);
        let wanted = self.scale - other.scale;
        let mut scale = wanted;
        for _ in 0..steps {
            if rest == 0 && scale >= 0 {
                break;
            }
            rest = rest.checked_mul(10)?;
            quotient = quotient.checked_mul(10)?.checked_add(rest / other.digits)?;
            rest %= other.digits;
            scale += 1;
        }
        if rest != 0 && quotient % 5 == 0 {
            // What is left decides a half.
            quotient += if (self.digits < 0) == (other.digits < 0) { 1 } else { -1 };
        }
        while rest == 0 && scale > wanted.max(0) && quotient % 10 == 0 {
            quotient /= 10;
            scale -= 1;
        }
        Some(Self { digits: quotient, scale }.rounded())
    }

    /// The order of two.
    pub(super) fn order(self, other: Self) -> Ordering {
        match self.aligned(other) {
            Some((left, right, _)) => left.cmp(&right),
            None => self.real().total_cmp(&other.real()),
        }
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// Python: a small one is written with an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.unsigned_abs().to_string();
        let leading = i64::try_from(digits.len()).unwrap_or(0) - 1 - i64::from(self.scale);
        if self.scale < 0 || leading < -6 {
            let (first, rest) = digits.split_at(1);
            let sign = if self.digits < 0 { "-" } else { "" };
            let point = if rest.is_empty() { "" } else { "." };
            return write!(formatter, "{sign}{first}{point}{rest}E{leading:+}");
        }
        formatter.write_str(&self.plain())
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.digits != 0
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.order(*other))
    }

    fn render(self: &Arc<Self>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn counts_as_python_does() {
        let cases = [
            ("1.50", '+', "1", "2.50"),
            ("0.1", '+', "0.2", "0.3"),
            ("1.50", '-', "2", "-0.50"),
            ("1.50", '*', "2.00", "3.0000"),
            ("1.50", '/', "2", "0.75"),
            ("3.00", '/', "2", "1.50"),
            ("1", '/', "3", "0.3333333333333333333333333333"),
            ("2", '/', "3", "0.6666666666666666666666666667"),
            ("-2", '/', "3", "-0.6666666666666666666666666667"),
            ("10", '/', "0.5", "20"),
            ("7.5", '%', "2", "1.5"),
            ("-7.5", '%', "2", "-1.5"),
            ("-7.5", 'd', "2", "-3"),
        ];
        for (left, sign, right, expected) in cases {
            let found = of(left).operate(sign, of(right)).map(|number| number.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{left} {sign} {right}");
        }
        assert!(of("1").operate('/', of("0.00")).is_none());
        let rounded = [("2.675", 2, "2.68"), ("2.5", 0, "2"), ("-3.5", 0, "-4"), ("1.5", 2, "1.50"), ("0.4", 0, "0")];
        for (number, places, expected) in rounded {
            assert_eq!(of(number).round(places).unwrap().to_string(), expected, "{number}");
        }
        assert_eq!(of("9007199254740993.9").whole(), Some(9_007_199_254_740_993));
        assert_eq!(of("-1.50").abs().to_string(), "1.50");
        assert_eq!(of("-0.000000015").fixed(8).as_deref(), Some("-0.00000002"));
        assert_eq!(of("12345678901234567.89").fixed(1).as_deref(), Some("12345678901234567.9"));
        assert!(Decimal::parse("1e5").is_none() && Decimal::parse("").is_none());
    }

    #[test]
    fn prints_as_python_does() {
        for text in ["0.00", "-0.5", "123456789012345678.90", "7", "0.000001", "0.00000001"] {
            let shown = if text == "0.00000001" { "1E-8" } else { text };
            assert_eq!(of(text).to_string(), shown);
        }
        assert_eq!((of("1.500").places(), of("2.00").places()), (1, 0));
        assert_eq!(of("1.50").order(of("1.5")), Ordering::Equal);
    }
}
