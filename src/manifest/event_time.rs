//! Spans of event time: the batches of microbatch models and the window of a sample.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

use crate::diagnostic::{Class, Diagnostic, Result};

/// A moment of event time.
pub type Moment = DateTime<Utc>;

/// How much event time a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum BatchSize {
    Hour,
    Day,
    Month,
    Year,
}

impl BatchSize {
    /// The names in the order in which dbt lists them.
    pub const NAMES: [&'static str; 4] = ["hour", "day", "month", "year"];

    /// The size of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "hour" => Self::Hour,
            "day" => Self::Day,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The start of the batch that holds a moment.
    pub fn floor(self, moment: Moment) -> Moment {
        let date = moment.date_naive();
        let (date, hour) = match self {
            Self::Hour => (Some(date), moment.hour()),
            Self::Day => (Some(date), 0),
            Self::Month => (date.with_day(1), 0),
            Self::Year => (NaiveDate::from_ymd_opt(date.year(), 1, 1), 0),
        };
        date.and_then(|date| date.and_hms_opt(hour, 0, 0)).map_or(moment, |start| start.and_utc())
    }

    /// The start of the batch that begins at a moment or next after it.
    pub fn ceiling(self, moment: Moment) -> Moment {
        let floor = self.floor(moment);
        if floor == moment { floor } else { self.shift(floor, 1) }
    }

    /// The moment so many sizes later, or earlier below zero; the last days of a month stay in their month.
    ///
    /// A moment outside the calendar is not reached: the given one is returned.
    pub fn shift(self, moment: Moment, by: i64) -> Moment {
        let count = u32::try_from(by.unsigned_abs()).unwrap_or(u32::MAX);
        let months = |months: u32| {
            let months = Months::new(months);
            if by < 0 { moment.checked_sub_months(months) } else { moment.checked_add_months(months) }
        };
        let shifted = match self {
            Self::Hour => TimeDelta::try_hours(by).and_then(|hours| moment.checked_add_signed(hours)),
            Self::Day if by < 0 => moment.checked_sub_days(Days::new(u64::from(count))),
            Self::Day => moment.checked_add_days(Days::new(u64::from(count))),
            Self::Month => months(count),
            Self::Year => months(count.saturating_mul(12)),
        };
        shifted.unwrap_or(moment)
    }

    /// The start of a batch as file names and log lines have it: `2024-09-17`.
    pub fn label(self, start: Moment) -> String {
        let form = match self {
            Self::Hour => "%Y-%m-%dT%H",
            Self::Day => "%Y-%m-%d",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        start.format(form).to_string()
    }
}

/// A span of event time, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeWindow {
    /// The first moment.
    pub start: Moment,
    /// The first moment after it.
    pub end: Moment,
}

impl TimeWindow {
    /// The batches that a span touches; the last ends where the span ends.
    pub fn batches(self, size: BatchSize) -> Vec<Self> {
        let mut batches = Vec::new();
        let mut start = self.start;
        loop {
            let end = size.shift(size.floor(start), 1);
            if end >= self.end || end <= start {
                batches.push(Self { start, end: self.end });
                return batches;
            }
            batches.push(Self { start, end });
            start = end;
        }
    }

    /// What both spans hold.
    pub fn overlap(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// A span back from a moment: `3 days`.
    ///
    /// # Errors
    /// The text is not a number and a size.
    ///
    /// dbt: `SampleWindow.from_relative_string`.
    pub fn back(text: &str, from: Moment) -> Result<Self> {
        let wrong = |message: String| {
            Box::new(
                Diagnostic::error(Class::Usage, message)
                    .help("write `3 days`, or `{start: 2024-07-01, end: 2024-07-08}`"),
            )
        };
        let parts: Vec<&str> = text.split(' ').collect();
        let [count, size] = parts.as_slice() else {
            return Err(wrong(format!(
                "Cannot load SAMPLE_WINDOW from '{text}'. Must be of form 'DAYS_INT GRAIN_SIZE'."
            )));
        };
        let count: i64 = count.parse().map_err(|_| wrong(format!("Unable to convert '{count}' to an integer.")))?;
        let size = BatchSize::from_name(size.to_lowercase().trim_end_matches('s')).ok_or_else(|| {
            let plurals = BatchSize::NAMES.iter().map(|name| format!("'{name}s'"));
            let names: Vec<String> = BatchSize::NAMES.iter().map(|name| format!("'{name}'")).chain(plurals).collect();
            wrong(format!("Invalid grain size '{size}'. Must be one of [{}].", names.join(", ")))
        })?;
        Ok(Self { start: size.shift(from, -count), end: from })
    }
}

/// A moment as artifacts have it: `2024-09-17T00:00:00+00:00`.
pub fn iso_moment(moment: Moment) -> String {
    let form = if moment.nanosecond() == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" };
    moment.format(form).to_string()
}

/// A moment as SQL has it: `2024-09-17 00:00:00+00:00`.
pub fn sql_moment(moment: Moment) -> String {
    iso_moment(moment).replacen('T', " ", 1)
}

/// The moment that a text means: a date, or a date with a time and perhaps a zone; UTC without one.
///
/// dbt: Python's `datetime.fromisoformat`.
pub fn parse_moment(text: &str) -> Option<Moment> {
    let zoned = text.replacen(' ', "T", 1).replace('Z', "+00:00");
    if let Ok(moment) = DateTime::parse_from_rfc3339(&zoned) {
        return Some(moment.to_utc());
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H"];
    let local = forms.iter().find_map(|form| match *form {
        // chrono wants minutes: a lone hour is given some.
        "%Y-%m-%dT%H" => NaiveDateTime::parse_from_str(&format!("{zoned}:00"), "%Y-%m-%dT%H:%M").ok(),
        form => NaiveDateTime::parse_from_str(&zoned, form).ok(),
    });
    let date = || {
        let form = if text.len() == 8 { "%Y%m%d" } else { "%Y-%m-%d" };
        NaiveDate::parse_from_str(text, form).ok().filter(|_| matches!(text.len(), 8 | 10))?.and_hms_opt(0, 0, 0)
    };
    local.or_else(date).map(|local| local.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        parse_moment(text).unwrap()
    }

    #[test]
    fn batches_begin_at_their_size() {
        let moment = at("2024-09-17 16:06:01");
        let label = |size: BatchSize, moment| size.label(moment);
        assert_eq!(label(BatchSize::Hour, BatchSize::Hour.ceiling(moment)), "2024-09-17T17");
        assert_eq!(label(BatchSize::Day, BatchSize::Day.ceiling(moment)), "2024-09-18");
        assert_eq!(label(BatchSize::Month, BatchSize::Month.ceiling(moment)), "2024-10");
        assert_eq!(label(BatchSize::Year, BatchSize::Year.ceiling(moment)), "2025");
        assert_eq!(BatchSize::Month.ceiling(at("2024-09-01")), at("2024-09-01"));
        assert_eq!(BatchSize::Month.shift(at("2024-01-31"), 1), at("2024-02-29"));
    }

    #[test]
    fn a_span_falls_into_batches() {
        let window = TimeWindow { start: at("2024-01-01"), end: at("2024-03-15") };
        let batches = window.batches(BatchSize::Month);
        let starts: Vec<String> = batches.iter().map(|batch| BatchSize::Month.label(batch.start)).collect();
        assert_eq!(starts, ["2024-01", "2024-02", "2024-03"]);
        assert_eq!(batches[2].end, at("2024-03-15"));
    }

    #[test]
    fn moments_are_read_as_python_reads_them() {
        assert_eq!(sql_moment(at("2024-09-17")), "2024-09-17 00:00:00+00:00");
        assert_eq!(iso_moment(at("2024-09-17T01:02:03.5+02:00")), "2024-09-16T23:02:03.500000+00:00");
        assert_eq!(at("20240917"), at("2024-09-17T00"));
        assert_eq!(parse_moment("2020-01-01 11 PM"), None);
        assert_eq!(parse_moment("2020-1-1"), None);
    }

    #[test]
    fn a_sample_goes_back() {
        let window = TimeWindow::back("2 Months", at("2024-04-30")).unwrap();
        assert_eq!(window.start, at("2024-02-29"));
        assert!(TimeWindow::back("two days", window.end).is_err());
        assert!(TimeWindow::back("2 weeks", window.end).unwrap_err().message.contains("'year', 'hours'"));
    }
}
