//! Dates, times and moments. Weeks begin on Monday and follow ISO, as Snowflake's sessions do by default.

use sqlparser::ast::Expr;

use super::cast::Misfit;
use super::format::{Use, translated};
use super::kind::Kind;
use super::name::text;
use super::refusal::Result;
use super::translator::{Piece, Translator};

/// The unit of an amount of time.
pub(super) fn unit(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "year" | "y" | "yy" | "yyy" | "yyyy" | "yr" | "years" | "yrs" => "year",
        "quarter" | "q" | "qtr" | "qtrs" | "quarters" => "quarter",
        "month" | "mm" | "mon" | "mons" | "months" => "month",
        "week" | "w" | "wk" | "weeks" | "weekofyear" | "woy" | "wy" => "week",
        "day" | "d" | "dd" | "days" | "dayofmonth" => "day",
        "hour" | "h" | "hh" | "hr" | "hours" | "hrs" => "hour",
        "minute" | "m" | "mi" | "min" | "minutes" | "mins" => "minute",
        "second" | "s" | "sec" | "seconds" | "secs" => "second",
        "millisecond" | "ms" | "msec" | "milliseconds" => "millisecond",
        "microsecond" | "us" | "usec" | "microseconds" => "microsecond",
        "nanosecond" | "ns" | "nsec" | "nanosec" | "nsecond" | "nanoseconds" | "nanosecs" | "nseconds" => "nanosecond",
        _ => return None,
    })
}

fn is_days(unit: &str) -> bool {
    matches!(unit, "year" | "quarter" | "month" | "week" | "day")
}

/// The day of the week that a name begins with, Monday as 1.
fn day_of_week(name: &str) -> Option<u8> {
    let start = name.trim().get(..2)?.to_ascii_lowercase();
    let at = ["mo", "tu", "we", "th", "fr", "sa", "su"].iter().position(|day| *day == start)?;
    u8::try_from(at + 1).ok()
}

impl Translator<'_> {
    /// Functions that take a part of a date as a name or a text, or a format.
    pub(super) fn dates(&mut self, name: &str, args: &[&Expr]) -> Result<Option<Piece>> {
        let made = match (name, args) {
            ("DATEADD" | "TIMESTAMPADD" | "TIMEADD" | "DATE_ADD", [part, amount, value]) => {
                self.add_units(part, amount, value)?
            }
            ("DATEDIFF" | "TIMESTAMPDIFF" | "TIMEDIFF" | "DATE_DIFF", [part, from, to]) => {
                self.difference(part, from, to)?
            }
            ("DATE_TRUNC", [part, value]) => self.truncated(part, value)?,
            ("TRUNC", [value, part]) if matches!(part, Expr::Value(_)) && self.literal_of(part).is_some() => {
                self.truncated(part, value)?
            }
            ("DATE_PART", [part, value]) => {
                let part = self.part(part)?;
                let value = self.expression(value)?;
                self.date_part(&part, value)?
            }
            ("LAST_DAY", [value]) => {
                let value = self.moment(value)?;
                Piece::whole(format!("last_day({})", value.sql), Kind::Date)
            }
            ("LAST_DAY", [value, part]) => {
                let part = self.unit(part)?;
                let value = self.moment(value)?.sql;
                let sql = match part {
                    "month" => format!("last_day({value})"),
                    "quarter" => format!("last_day(date_trunc('quarter', {value}) + INTERVAL '2 months')"),
                    "year" => format!("last_day(date_trunc('year', {value}) + INTERVAL '11 months')"),
                    "week" => format!("CAST(date_trunc('week', {value}) + INTERVAL '6 days' AS DATE)"),
                    _ => return Err(self.refuse("LAST_DAY", "takes WEEK, MONTH, QUARTER or YEAR", None)),
                };
                Piece::whole(sql, Kind::Date)
            }
            ("NEXT_DAY" | "PREVIOUS_DAY", [value, day]) => {
                let value = self.moment(value)?;
                let day = self.constant(day, "the day's name")?;
                let Some(day) = day_of_week(&day) else { return Err(self.refuse(name, "knows no such day", None)) };
                let name = name.to_ascii_lowercase();
                Piece::whole(format!("snowflake_sql.{name}(CAST({} AS DATE), {day})", value.sql), Kind::Date)
            }
            ("TIME_SLICE", [value, length, part, side @ ..]) => {
                self.slice(value, length, part, side.first().copied())?
            }
            ("TO_CHAR" | "TO_VARCHAR", [value, format]) => self.written(value, format)?,
            ("TO_DATE" | "DATE", [value, format]) => self.read(value, format, (Kind::Date, Misfit::Error))?,
            ("TRY_TO_DATE", [value, format]) => self.read(value, format, (Kind::Date, Misfit::Null))?,
            ("TO_TIMESTAMP" | "TO_TIMESTAMP_NTZ", [value, format]) => {
                self.read(value, format, (Kind::Local, Misfit::Error))?
            }
            ("TRY_TO_TIMESTAMP" | "TRY_TO_TIMESTAMP_NTZ", [value, format]) => {
                self.read(value, format, (Kind::Local, Misfit::Null))?
            }
            ("TO_TIMESTAMP_LTZ" | "TO_TIMESTAMP_TZ", [value, format]) => {
                self.read(value, format, (Kind::Instant, Misfit::Error))?
            }
            ("TO_DATE" | "DATE", [value]) => self.moment_of(value, (Kind::Date, Misfit::Error))?,
            ("TRY_TO_DATE", [value]) => self.moment_of(value, (Kind::Date, Misfit::Null))?,
            ("TO_TIMESTAMP" | "TO_TIMESTAMP_NTZ", [value]) => self.moment_of(value, (Kind::Local, Misfit::Error))?,
            ("TRY_TO_TIMESTAMP" | "TRY_TO_TIMESTAMP_NTZ", [value]) => {
                self.moment_of(value, (Kind::Local, Misfit::Null))?
            }
            ("TO_TIMESTAMP_LTZ" | "TO_TIMESTAMP_TZ", [value]) => {
                self.moment_of(value, (Kind::Instant, Misfit::Error))?
            }
            ("TO_TIME" | "TIME", [value, format]) => self.read(value, format, (Kind::Time, Misfit::Error))?,
            ("TRY_TO_TIME", [value, format]) => self.read(value, format, (Kind::Time, Misfit::Null))?,
            ("TO_TIME" | "TIME", [value]) => self.moment_of(value, (Kind::Time, Misfit::Error))?,
            ("TRY_TO_TIME", [value]) => self.moment_of(value, (Kind::Time, Misfit::Null))?,
            ("CONVERT_TIMEZONE", [from, to, value]) => {
                let (from, to) = (self.as_text(from)?, self.as_text(to)?);
                let value = self.expression(value)?;
                let value = self.cast_to(&value, Kind::Local)?;
                Piece::whole(format!("timezone({to}, timezone({from}, {}))", value.sql), Kind::Local)
            }
            ("CONVERT_TIMEZONE", [zone, value])
                if self.literal_of(zone).is_some_and(|zone| zone.eq_ignore_ascii_case("UTC")) =>
            {
                let value = self.expression(value)?;
                self.cast_to(&value, Kind::Instant)?
            }
            ("CONVERT_TIMEZONE", _) => {
                let hint = "write CONVERT_TIMEZONE('UTC', target, value::timestamp_ntz)";
                return Err(self.refuse(
                    "CONVERT_TIMEZONE of two arguments",
                    "gives a TIMESTAMP_TZ that keeps its offset, which DuckDB's type does not",
                    Some(hint),
                ));
            }
            ("ADD_MONTHS", [value, months]) => {
                let value = self.moment(value)?;
                let months = self.expression(months)?;
                let months = self.whole_number(months)?;
                let kind = value.kind;
                let sql = format!("snowflake_sql.add_months({}, {})", value.sql, months.sql);
                self.of_date(sql, kind)
            }
            ("MONTHS_BETWEEN", [left, right]) => {
                let (left, right) = (self.moment(left)?, self.moment(right)?);
                Piece::whole(format!("snowflake_sql.months_between({}, {})", left.sql, right.sql), Kind::Float)
            }
            ("DAYNAME", [value]) => Piece::whole(format!("strftime({}, '%a')", self.moment(value)?.sql), Kind::Text),
            ("MONTHNAME", [value]) => Piece::whole(format!("strftime({}, '%b')", self.moment(value)?.sql), Kind::Text),
            (
                "YEAR" | "YEAROFWEEK" | "YEAROFWEEKISO" | "DAY" | "DAYOFMONTH" | "DAYOFWEEK" | "DAYOFWEEKISO"
                | "DAYOFYEAR" | "WEEK" | "WEEKOFYEAR" | "WEEKISO" | "MONTH" | "QUARTER" | "HOUR" | "MINUTE" | "SECOND",
                [value],
            ) => {
                let value = self.expression(value)?;
                self.date_part(name, value)?
            }
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    /// The text of a literal.
    fn literal_of<'e>(&self, expression: &'e Expr) -> Option<&'e str> {
        match expression {
            Expr::Value(value) => match &value.value {
                sqlparser::ast::Value::SingleQuotedString(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// A part of a date, written as a name or as a text.
    fn part(&mut self, expression: &Expr) -> Result<String> {
        match expression {
            Expr::Identifier(name) => {
                self.here = self.at(name);
                Ok(name.value.clone())
            }
            Expr::Function(function) => Ok(function.name.to_string()),
            other => self.constant(other, "the part of a date"),
        }
    }

    fn unit(&mut self, expression: &Expr) -> Result<&'static str> {
        let part = self.part(expression)?;
        match unit(&part) {
            Some("nanosecond") => Err(self.refuse("nanoseconds", "DuckDB's timestamps have microseconds", None)),
            Some(unit) => Ok(unit),
            None => Err(self.refuse(format!("the part `{part}`"), "is no unit of time", None)),
        }
    }

    /// A day or moment; a text becomes a moment.
    fn moment(&mut self, expression: &Expr) -> Result<Piece> {
        let piece = self.expression(expression)?;
        match piece.kind {
            Kind::Instant => self.cast_to(&piece, Kind::Local),
            kind if kind.is_moment() => Ok(piece),
            Kind::Text | Kind::Null => self.cast_to(&piece, Kind::Local),
            kind if kind.is_json() => self.cast_to(&piece, Kind::Local),
            _ => Err(self.untyped("a date or timestamp", &piece)),
        }
    }

    /// A result that the engine gives as a timestamp, as a date where the argument was one.
    fn of_date(&self, sql: String, kind: Kind) -> Piece {
        match kind {
            Kind::Date => Piece::whole(format!("CAST({sql} AS DATE)"), Kind::Date),
            _ => Piece::loose(sql, Kind::Local),
        }
    }

    fn add_units(&mut self, part: &Expr, amount: &Expr, value: &Expr) -> Result<Piece> {
        let part = self.unit(part)?;
        let amount = self.expression(amount)?;
        // Snowflake rounds an amount with a fraction.
        let amount = self.whole_number(amount)?;
        let value = self.expression(value)?;
        let value = match value.kind {
            Kind::Date | Kind::Local | Kind::Instant | Kind::Time => value,
            Kind::Text | Kind::Null => self.cast_to(&value, Kind::Local)?,
            kind if kind.is_json() => self.cast_to(&value, Kind::Local)?,
            _ => return Err(self.untyped("DATEADD", &value)),
        };
        let number = &amount.sql;
        let small = |factor: u8| match factor {
            1 => format!("CAST({number} AS INTEGER)"),
            factor => format!("CAST({} * {factor} AS INTEGER)", amount.operand()),
        };
        let span = match part {
            "year" => format!("to_years({})", small(1)),
            "quarter" => format!("to_months({})", small(3)),
            "month" => format!("to_months({})", small(1)),
            "week" => format!("to_days({})", small(7)),
            "day" => format!("to_days({})", small(1)),
            "hour" => format!("to_hours({number})"),
            "minute" => format!("to_minutes({number})"),
            "second" => format!("to_seconds({number})"),
            "millisecond" => format!("to_milliseconds({number})"),
            _ => format!("to_microseconds({number})"),
        };
        if value.kind == Kind::Time {
            return Ok(Piece::loose(format!("{} + {span}", value.operand()), Kind::Time));
        }
        let sum = format!("{} + {span}", value.operand());
        Ok(match value.kind {
            // Snowflake: whole days keep a date a date, and anything smaller makes it a timestamp.
            Kind::Date if is_days(part) => Piece::whole(format!("CAST({sum} AS DATE)"), Kind::Date),
            Kind::Date => Piece::loose(sum, Kind::Local),
            kind => Piece::loose(sum, kind),
        })
    }

    fn difference(&mut self, part: &Expr, from: &Expr, to: &Expr) -> Result<Piece> {
        let part = self.unit(part)?;
        let from = self.expression(from)?;
        let to = self.expression(to)?;
        if from.kind == Kind::Time && to.kind == Kind::Time {
            return Ok(Piece::whole(format!("date_diff('{part}', {}, {})", from.sql, to.sql), Kind::Integer));
        }
        let mut sides = Vec::new();
        for side in [from, to] {
            sides.push(match side.kind {
                Kind::Date if is_days(part) => side.sql,
                Kind::Date => format!("CAST({} AS TIMESTAMP)", side.sql),
                Kind::Local => side.sql,
                Kind::Instant | Kind::Text | Kind::Null => self.cast_to(&side, Kind::Local)?.sql,
                kind if kind.is_json() => self.cast_to(&side, Kind::Local)?.sql,
                _ => return Err(self.untyped("DATEDIFF", &side)),
            });
        }
        let (from, to) = (&sides[0], &sides[1]);
        let sql = match part {
            // The engine counts spans of seven days; Snowflake counts Mondays.
            "week" => format!("date_diff('day', date_trunc('week', {from}), date_trunc('week', {to})) // 7"),
            part => return Ok(Piece::whole(format!("date_diff('{part}', {from}, {to})"), Kind::Integer)),
        };
        Ok(Piece::loose(sql, Kind::Integer))
    }

    fn truncated(&mut self, part: &Expr, value: &Expr) -> Result<Piece> {
        let part = self.unit(part)?;
        let value = self.expression(value)?;
        let value = match value.kind {
            Kind::Date | Kind::Local | Kind::Instant => value,
            Kind::Text | Kind::Null => self.cast_to(&value, Kind::Local)?,
            kind if kind.is_json() => self.cast_to(&value, Kind::Local)?,
            _ => return Err(self.untyped("DATE_TRUNC", &value)),
        };
        if value.kind == Kind::Date && !is_days(part) {
            return Ok(value);
        }
        let sql = format!("date_trunc('{part}', {})", value.sql);
        Ok(match value.kind {
            Kind::Date => Piece::whole(format!("CAST({sql} AS DATE)"), Kind::Date),
            kind => Piece::whole(sql, kind),
        })
    }

    /// One part of a date as a number.
    pub(super) fn date_part(&mut self, part: &str, value: Piece) -> Result<Piece> {
        let value = match value.kind {
            Kind::Instant => self.cast_to(&value, Kind::Local)?,
            Kind::Date | Kind::Local | Kind::Time => value,
            Kind::Text | Kind::Null => self.cast_to(&value, Kind::Local)?,
            kind if kind.is_json() => self.cast_to(&value, Kind::Local)?,
            // Every part has the same meaning for dates and timestamps, so the type need not be known.
            Kind::Unknown => value,
            _ => return Err(self.untyped("a part of a date", &value)),
        };
        let sql = &value.sql;
        let lower = part.to_ascii_lowercase();
        let moment = if value.kind == Kind::Date { format!("CAST({sql} AS TIMESTAMP)") } else { sql.clone() };
        let made = match lower.as_str() {
            "dayofweek" | "weekday" | "dow" | "dw" => format!("dayofweek({sql})"),
            "dayofweekiso" | "dayofweek_iso" | "weekday_iso" | "dow_iso" | "dw_iso" => format!("isodow({sql})"),
            "dayofyear" | "yearday" | "doy" | "dy" => format!("dayofyear({sql})"),
            "weekiso" | "week_iso" | "weekofyeariso" | "weekofyear_iso" => format!("weekofyear({sql})"),
            "yearofweek" | "yearofweekiso" => format!("isoyear({sql})"),
            "epoch_second" | "epoch" | "epoch_seconds" => format!("CAST(floor(epoch({moment})) AS BIGINT)"),
            "epoch_millisecond" | "epoch_milliseconds" => format!("epoch_ms({moment})"),
            "epoch_microsecond" | "epoch_microseconds" => format!("epoch_us({moment})"),
            "epoch_nanosecond" | "epoch_nanoseconds" => format!("epoch_us({moment}) * 1000"),
            other => match unit(other) {
                Some("week") => format!("weekofyear({sql})"),
                Some("nanosecond") => format!("microsecond({moment}) % 1000000 * 1000"),
                Some(unit @ ("year" | "quarter" | "month" | "day")) => format!("{unit}({sql})"),
                Some(unit @ ("hour" | "minute" | "second")) => format!("{unit}({moment})"),
                _ => {
                    return Err(self.refuse(
                        format!("the part `{part}`"),
                        "is not one that Snowflake knows here",
                        None,
                    ));
                }
            },
        };
        Ok(Piece::loose(made, Kind::Integer))
    }

    fn slice(&mut self, value: &Expr, length: &Expr, part: &Expr, side: Option<&Expr>) -> Result<Piece> {
        let value = self.moment(value)?;
        let length = self.expression(length)?;
        let Some(length) = length.integer().filter(|length| *length > 0) else {
            return Err(self.refuse("TIME_SLICE", "takes its length as a literal above zero", None));
        };
        let part = self.unit(part)?;
        let end = match side {
            None => 0,
            Some(side) => match self.constant(side, "the side of TIME_SLICE")?.to_ascii_uppercase().as_str() {
                "START" => 0,
                "END" => 1,
                _ => return Err(self.refuse("TIME_SLICE", "gives the START or the END", None)),
            },
        };
        let kind = value.kind;
        let value = format!("CAST({} AS TIMESTAMP)", value.sql);
        let months = |months: i64| format!("snowflake_sql.slice_months({value}, {}, {end})", months * length);
        let seconds = |seconds: i64, origin: &str| {
            format!("snowflake_sql.slice_seconds({value}, {}, TIMESTAMP '{origin}', {end})", seconds * length)
        };
        let sql = match part {
            "year" => months(12),
            "quarter" => months(3),
            "month" => months(1),
            // A Monday.
            "week" => seconds(604_800, "1969-12-29"),
            "day" => seconds(86_400, "1970-01-01"),
            "hour" => seconds(3_600, "1970-01-01"),
            "minute" => seconds(60, "1970-01-01"),
            "second" => seconds(1, "1970-01-01"),
            _ => return Err(self.refuse("TIME_SLICE", "takes SECOND to YEAR", None)),
        };
        Ok(self.of_date(sql, kind))
    }

    /// A moment of a text, a number or another moment.
    fn moment_of(&mut self, value: &Expr, (wanted, misfit): (Kind, Misfit)) -> Result<Piece> {
        let value = self.expression(value)?;
        match value.kind {
            Kind::Integer => self.of_epoch(&value, 0, wanted),
            Kind::Decimal(_) | Kind::Float => {
                let hint = "make it a whole number of a smaller unit and give the scale: TO_TIMESTAMP(n, 3)";
                Err(self.refuse("a timestamp of a number with a fraction", "is not exact", Some(hint)))
            }
            Kind::Unknown if wanted != Kind::Date || misfit == Misfit::Null => Err(self.untyped("a timestamp", &value)),
            _ => {
                let engine = match wanted {
                    Kind::Date => "DATE",
                    Kind::Time => "TIME",
                    Kind::Local => "TIMESTAMP",
                    _ => "TIMESTAMP WITH TIME ZONE",
                };
                self.converted(&value, wanted, engine, misfit)
            }
        }
    }

    fn of_epoch(&mut self, value: &Piece, scale: i64, wanted: Kind) -> Result<Piece> {
        let factor = match scale {
            0 => " * 1000000",
            3 => " * 1000",
            6 => "",
            9 => " // 1000",
            _ => return Err(self.refuse("the scale of an epoch", "is none of 0, 3, 6 and 9", None)),
        };
        let number = format!("CAST({} AS BIGINT)", value.sql);
        let local = Piece::whole(format!("make_timestamp({number}{factor})"), Kind::Local);
        self.cast_to(&local, wanted)
    }

    /// A moment of a text by a format, or of a number by a scale.
    fn read(&mut self, value: &Expr, format: &Expr, (wanted, misfit): (Kind, Misfit)) -> Result<Piece> {
        let value = self.expression(value)?;
        let format = self.expression(format)?;
        if let Some(scale) = format.integer() {
            let number = self.whole_number(value)?;
            return self.of_epoch(&number, scale, wanted);
        }
        let Some(format) = &format.literal else {
            return Err(self.refuse("a format", "is not a text literal", Some("write it as a literal")));
        };
        if value.kind.is_moment() {
            return self.cast_to(&value, wanted);
        }
        let value = self.text(&value)?;
        if format.eq_ignore_ascii_case("auto") {
            let engine = if wanted == Kind::Date { "DATE" } else { "TIMESTAMP" };
            return self.converted(&value, wanted, engine, misfit);
        }
        let made = match translated(format, Use::Read) {
            Ok(made) => made,
            Err(element) => {
                return Err(self.refuse(
                    format!("the format `{format}`"),
                    &format!("`{element}` has no equal when a text is read"),
                    None,
                ));
            }
        };
        let function = if misfit == Misfit::Null { "try_strptime" } else { "strptime" };
        let Some(plain) = made.strip_suffix("%z") else {
            if made.contains("%z") {
                let reason = "an offset is read at the end of a text alone";
                return Err(self.refuse(format!("the format `{format}`"), reason, None));
            }
            let local = format!("CAST({function}({}, {}) AS TIMESTAMP)", value.sql, text(&made));
            return self.cast_to(&Piece::whole(local, Kind::Local), wanted);
        };
        // The engine reads offsets with an extension that is not part of it.
        let bare = format!("snowflake_sql.without_offset({})", value.sql);
        let local = format!("CAST({function}({bare}, {}) AS TIMESTAMP)", text(plain.trim_end()));
        if wanted != Kind::Instant {
            return self.cast_to(&Piece::whole(local, Kind::Local), wanted);
        }
        let shift = format!("to_minutes(snowflake_sql.offset_minutes({}))", value.sql);
        Ok(Piece::whole(format!("timezone('UTC', {local} - {shift})"), Kind::Instant))
    }

    /// A moment or a number as text by a format.
    fn written(&mut self, value: &Expr, format: &Expr) -> Result<Piece> {
        let value = self.expression(value)?;
        let format = self.expression(format)?;
        let Some(format) = format.literal.clone() else {
            return Err(self.refuse("a format", "is not a text literal", Some("write it as a literal")));
        };
        let moment = match value.kind {
            Kind::Date | Kind::Local => value,
            Kind::Instant => self.cast_to(&value, Kind::Local)?,
            Kind::Time => Piece::whole(format!("(DATE '1970-01-01' + {})", value.operand()), Kind::Local),
            Kind::Null => return Ok(Piece::whole("CAST(NULL AS VARCHAR)", Kind::Text)),
            kind if kind.is_number() => {
                let hint = "use ROUND, LPAD and `::varchar`";
                return Err(self.refuse(format!("the number format `{format}`"), "has no translation yet", Some(hint)));
            }
            _ => return Err(self.untyped("TO_CHAR with a format", &value)),
        };
        match translated(&format, Use::Write) {
            Ok(made) => Ok(Piece::whole(format!("strftime({}, {})", moment.sql, text(&made)), Kind::Text)),
            Err(element) => {
                Err(self.refuse(format!("the format `{format}`"), &format!("`{element}` has no equal on DuckDB"), None))
            }
        }
    }
}
