//! The way from the stages to the reporter.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use super::{Event, Level, Verdict, WarnPolicy, Warning, WarningKind};
use crate::diagnostic::{Class, Diagnostic, Result, Severity};
use crate::outcome::{Timestamp, now};

/// An event with the moment and the thread that it came from.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Timestamp,
    /// dbt: `MainThread` or `Thread-1 (worker)`.
    pub thread: String,
}

#[derive(Debug, Default)]
struct Shared {
    policy: WarnPolicy,
    deprecations: Deprecations,
    counts: Mutex<IndexMap<String, (WarningKind, usize)>>,
    /// The least level that anything is told from; below it nothing is sent at all.
    least: Option<Level>,
}

/// How deprecations are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deprecations {
    /// `--show-all-deprecations`: every one, not only the first of its kind.
    pub show_all: bool,
    /// The behavior flag `require_event_names_in_deprecations`.
    pub names: bool,
}

/// Where everything that happens is told; cheap to clone and to hand to threads.
#[derive(Debug, Clone)]
pub struct Events {
    sender: Sender<Option<Sent>>,
    shared: Arc<Shared>,
}

impl Events {
    /// A sender and the end that a reporter reads; `None` on it means that nothing follows.
    pub fn channel() -> (Self, Receiver<Option<Sent>>) {
        let (sender, receiver) = channel();
        (Self { sender, shared: Arc::default() }, receiver)
    }

    /// A sender that nobody hears.
    pub fn silent() -> Self {
        Self::channel().0
    }

    /// A sender whose events a test reads back.
    pub fn captured() -> (Self, Captured) {
        let (events, receiver) = Self::channel();
        (events, Captured(receiver))
    }

    /// The same sender under the user's choice about warnings, for readers that want `least` and above (`None`: all).
    #[must_use]
    pub fn with_policy(self, policy: WarnPolicy, deprecations: Deprecations, least: Option<Level>) -> Self {
        let shared = Shared { policy, deprecations, counts: Mutex::default(), least };
        Self { sender: self.sender, shared: Arc::new(shared) }
    }

    /// Whether anybody reads events of a level: making one that is not read can be spared.
    pub fn wants(&self, level: Level) -> bool {
        self.shared.least.is_none_or(|least| level >= least)
    }

    /// Tells that something happened; a reporter that has gone is no error.
    pub fn send(&self, event: Event) {
        if !self.wants(event.level()) && !event.is_output() && !event.is_followed() {
            return;
        }
        let thread = match std::thread::current().name() {
            None => "worker".to_owned(),
            Some("main") => "MainThread".to_owned(),
            Some(name) => name.to_owned(),
        };
        let _ = self.sender.send(Some(Sent { event, at: now(), thread }));
    }

    /// Tells the reporter that nothing follows, even while other clones live on.
    pub fn close(&self) {
        let _ = self.sender.send(None);
    }

    /// What the user wants for warnings of this event name.
    pub fn verdict(&self, name: &str) -> Verdict {
        self.shared.policy.verdict(name)
    }

    /// Tells a warning, or gives it back as an error where the user wants that.
    ///
    /// dbt: the error is one of compilation, whatever the warning was about.
    pub fn warn(&self, mut warning: Warning) -> Result<()> {
        let Shared { deprecations, counts, .. } = &*self.shared;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = warning.kind.is_counted().then(|| counts.entry(warning.occasion()).or_insert((warning.kind, 0)));
        let is_news = counted.as_ref().is_none_or(|(_, count)| *count == 0 || deprecations.show_all);
        if is_news && self.verdict(warning.kind.name()) == Verdict::Error {
            let note = format!("the warning `{}` is treated as an error", warning.kind.name());
            let error =
                Diagnostic { severity: Severity::Error, class: Class::Compilation, ..warning.diagnostic }.note(note);
            return Err(Box::new(error));
        }
        if let Some((_, count)) = counted {
            *count += 1;
        }
        drop(counts);
        if is_news && self.verdict(warning.kind.name()) == Verdict::Warn {
            warning.heading = warning.kind.heading(deprecations.names);
            self.send(Event::Warning(Box::new(warning)));
        }
        Ok(())
    }

    /// Tells a warning of a stage under its own name, or as advice where dbt has none like it.
    ///
    /// Advice never stops a command: what dbt accepts without a word must pass under `--warn-error` too.
    pub fn warn_of(&self, diagnostic: Diagnostic) -> Result<()> {
        match diagnostic.kind {
            Some(kind) => self.warn(Warning::of(kind, diagnostic)),
            None => {
                self.send(Event::Warning(Box::new(Warning::of(WarningKind::Advice, diagnostic))));
                Ok(())
            }
        }
    }

    /// Tells how often each deprecation was met, if any was; gives the summary back as an error where the user wants
    /// that.
    pub fn summarize_deprecations(&self) -> Result<()> {
        let counts = self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let summaries: Vec<(WarningKind, usize)> = counts.values().copied().filter(|(_, count)| *count > 0).collect();
        if summaries.is_empty() {
            return Ok(());
        }
        let event = Event::DeprecationsSummary { summaries, show_all_hint: !self.shared.deprecations.show_all };
        match self.verdict(WarningKind::DeprecationsSummary.name()) {
            Verdict::Silence => {}
            Verdict::Warn => self.send(event),
            Verdict::Error => {
                let names: Vec<&str> = counts.values().map(|(kind, _)| kind.name()).collect();
                let message = format!("Summary of encountered deprecations: {}", names.join(", "));
                let note = "the warning `DeprecationsSummary` is treated as an error";
                return Err(Box::new(Diagnostic::error(Class::Compilation, message).note(note)));
            }
        }
        Ok(())
    }
}

/// The events that a test caused.
#[derive(Debug)]
pub struct Captured(Receiver<Option<Sent>>);

impl Captured {
    /// Everything told since the last call.
    pub fn take(&self) -> Vec<Event> {
        self.0.try_iter().flatten().map(|sent| sent.event).collect()
    }

    /// The dbt names of everything told since the last call.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.try_iter().flatten().map(|sent| sent.event.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deprecation_is_told_once_and_counted() {
        let (events, captured) = Events::captured();
        for _ in 0..3 {
            events.warn(Warning::new(WarningKind::ModelParamUsageDeprecation, "use `--select`")).unwrap();
        }
        events.summarize_deprecations().unwrap();
        let told = captured.take();
        assert_eq!(told.len(), 2);
        assert!(matches!(&told[1], Event::DeprecationsSummary { summaries, .. } if summaries[0].1 == 3));
    }

    #[test]
    fn what_nobody_reads_is_not_sent() {
        let (events, captured) = Events::captured();
        let events = events.with_policy(WarnPolicy::default(), Deprecations::default(), Some(Level::Info));
        events.send(Event::JinjaLogDebug { node: None, message: "unread".to_owned() });
        events.send(Event::Print { message: "read".to_owned() });
        assert_eq!(captured.names(), ["PrintEvent"]);
    }

    #[test]
    fn advice_stops_nothing() {
        let (events, captured) = Events::captured();
        let events = events.with_policy(WarnPolicy::error_all(), Deprecations::default(), None);
        events.warn_of(Diagnostic::warning(Class::Parsing, "unknown key")).unwrap();
        assert!(events.warn_of(Diagnostic::named(WarningKind::NoNodeForYamlKey, "no node")).is_err());
        assert_eq!(captured.names(), ["Advice"]);
    }

    #[test]
    fn a_warning_can_be_an_error() {
        let (events, captured) = Events::captured();
        let events = events.with_policy(WarnPolicy::error_all(), Deprecations::default(), None);
        let error = events.warn(Warning::new(WarningKind::NothingToDo, "nothing to do")).unwrap_err();
        assert_eq!(error.severity, Severity::Error);
        assert!(captured.take().is_empty());
    }
}
