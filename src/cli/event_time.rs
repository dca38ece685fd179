//! Options that say which span of event time is built or read.

use chrono::{NaiveDate, NaiveDateTime};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::diagnostic::{Class, Diagnostic, Result};
use crate::manifest::{Moment, TimeWindow, iso_moment, parse_moment};
use crate::project::Yaml;

/// Spans of event time.
#[derive(Args, Debug, Clone, Default)]
pub struct EventTimeArgs {
    /// First moment that microbatch models build: 2024-09-01, or with a time 2024-09-01T12:00:00
    #[arg(long, value_name = "TIME")]
    event_time_start: Option<String>,
    /// First moment that microbatch models no longer build
    #[arg(long, value_name = "TIME")]
    event_time_end: Option<String>,
    /// Read only the rows of a span: '3 days', or '{start: 2024-07-01, end: 2024-07-08}'
    #[arg(long, value_name = "SPAN")]
    sample: Option<String>,
}

impl EventTimeArgs {
    /// The span between `--event-time-start` and `--event-time-end`; that both are given was checked with all options.
    ///
    /// # Errors
    /// One of them is no moment.
    pub fn window(&self) -> Result<Option<TimeWindow>> {
        let (Some(start), Some(end)) = (&self.event_time_start, &self.event_time_end) else { return Ok(None) };
        let (start, end) = (option_moment("--event-time-start", start)?, option_moment("--event-time-end", end)?);
        Ok(Some(TimeWindow { start, end }))
    }

    /// The span of `--sample`, counted back from `now` where it is relative.
    ///
    /// # Errors
    /// It is no span.
    pub fn sample(&self, now: Moment) -> Result<Option<TimeWindow>> {
        let Some(text) = &self.sample else { return Ok(None) };
        if !text.trim_start().starts_with('{') {
            return TimeWindow::back(text, now).map(Some);
        }
        let map = Yaml::parse_text("<--sample>", text)?.to_map();
        let side = |key: &str| -> Result<Moment> {
            let text = map.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let text = text.ok_or_else(|| usage(format!("--sample has no `{key}`: {text}", text = self.text())))?;
            // dbt: the zone is not looked at.
            let plain = parse_moment(&text).map(|moment| moment.naive_utc().and_utc());
            plain.ok_or_else(|| usage(format!("the `{key}` of --sample is no date or time: {text}")))
        };
        Ok(Some(TimeWindow { start: side("start")?, end: side("end")? }))
    }

    fn text(&self) -> &str {
        self.sample.as_deref().unwrap_or_default()
    }

    /// What artifacts and templates know of these arguments.
    ///
    /// # Errors
    /// As [`Self::window`].
    pub fn arguments(&self) -> Result<Map<String, Value>> {
        let mut arguments = Map::new();
        if let Some(window) = self.window()? {
            let naive = |moment| iso_moment(moment).trim_end_matches("+00:00").to_owned();
            arguments.insert("event_time_start".to_owned(), json!(naive(window.start)));
            arguments.insert("event_time_end".to_owned(), json!(naive(window.end)));
        }
        if let Some(sample) = &self.sample {
            arguments.insert("sample".to_owned(), json!(sample));
        }
        Ok(arguments)
    }
}

fn usage(message: String) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(Class::Usage, message))
}

/// The moment that an option gives; dbt: `click.DateTime` takes just these forms.
///
/// # Errors
/// It has another form.
pub fn option_moment(option: &str, text: &str) -> Result<Moment> {
    let time = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0));
    time.or_else(date).map(|local| local.and_utc()).ok_or_else(|| {
        usage(format!(
            "Invalid value for '{option}': '{text}' does not match the formats '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S'."
        ))
    })
}
