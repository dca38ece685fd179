//! The way from the stages to the reporter.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Event, Verdict, WarnPolicy, Warning, WarningKind};
use crate::diagnostic::{Diagnostic, Result, Severity};
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
    show_all_deprecations: bool,
    deprecations: Mutex<BTreeMap<&'static str, usize>>,
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

    /// The same sender under the user's choice about warnings.
    ///
    /// `show_all_deprecations`: dbt shows a deprecation once and counts the rest, unless told otherwise.
    #[must_use]
    pub fn with_policy(self, policy: WarnPolicy, show_all_deprecations: bool) -> Self {
        let shared = Shared { policy, show_all_deprecations, deprecations: Mutex::default() };
        Self { sender: self.sender, shared: Arc::new(shared) }
    }

    /// Tells that something happened; a reporter that has gone is no error.
    pub fn send(&self, event: Event) {
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
    pub fn warn(&self, warning: Warning) -> Result<()> {
        match self.verdict(warning.kind.name()) {
            Verdict::Silence => Ok(()),
            Verdict::Error => {
                let Diagnostic { message, .. } = &warning.diagnostic;
                let message = format!("{message} (`{}` is treated as an error)", warning.kind.name());
                Err(Box::new(Diagnostic { severity: Severity::Error, message, ..warning.diagnostic }))
            }
            Verdict::Warn => {
                if self.is_news(warning.kind) {
                    self.send(Event::Warning(Box::new(warning)));
                }
                Ok(())
            }
        }
    }

    /// Tells how often each deprecation was met, if any was.
    pub fn summarize_deprecations(&self) {
        let counts = self.shared.deprecations.lock().unwrap_or_else(PoisonError::into_inner);
        if !counts.is_empty() && self.verdict(WarningKind::DeprecationsSummary.name()) != Verdict::Silence {
            let summaries = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
            self.send(Event::DeprecationsSummary { summaries, show_all_hint: !self.shared.show_all_deprecations });
        }
    }

    fn is_news(&self, kind: WarningKind) -> bool {
        if !kind.code().starts_with('D') || !kind.is_deprecation() {
            return true;
        }
        let mut counts = self.shared.deprecations.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(kind.name()).or_default();
        *count += 1;
        *count == 1 || self.shared.show_all_deprecations
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
        events.summarize_deprecations();
        let told = captured.take();
        assert_eq!(told.len(), 2);
        assert!(matches!(&told[1], Event::DeprecationsSummary { summaries, .. } if summaries[0].1 == 3));
    }

    #[test]
    fn a_warning_can_be_an_error() {
        let (events, captured) = Events::captured();
        let events = events.with_policy(WarnPolicy::error_all(), false);
        let error = events.warn(Warning::new(WarningKind::NothingToDo, "nothing to do")).unwrap_err();
        assert_eq!(error.severity, Severity::Error);
        assert!(captured.take().is_empty());
    }
}
