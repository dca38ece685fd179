//! What all sessions of an adapter share: the client, the runtime that its requests run on, idle sessions, and the
//! statements that run now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use snowflake_connector_rs::{Client, QueryCanceller};
use tokio::runtime::{Handle, Runtime};

use super::Credentials;
use super::authentication;
use super::credentials::Method;
use super::failure::{Class, Failure};
use super::link::Link;
use super::retry::{Age, GRACE, login_pause};
use crate::adapter::{AdapterError, ErrorKind, Signals};

/// Exit code of a program that a signal ended: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// How long a second Ctrl-C leaves for writing results.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// What is common to all sessions.
pub(super) struct Shared {
    pub credentials: Credentials,
    /// Texts that no message may hold.
    secrets: Vec<String>,
    runtime: OnceLock<Option<Runtime>>,
    client: Mutex<Option<Client>>,
    idle: Mutex<Vec<Link>>,
    slots: Mutex<Vec<Weak<Slot>>>,
    watching: AtomicBool,
    stopped: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is a single insertion or removal, so a thread that panicked left whole values.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            secrets: credentials.secrets(),
            credentials,
            runtime: OnceLock::new(),
            client: Mutex::default(),
            idle: Mutex::default(),
            slots: Mutex::default(),
            watching: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    /// The runtime of the requests; its threads are started by the first session.
    pub(super) fn handle(&self) -> Result<Handle, AdapterError> {
        let make = || {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(2).thread_name("snowflake").enable_all().build().ok()
        };
        match self.runtime.get_or_init(make) {
            Some(runtime) => Ok(runtime.handle().clone()),
            None => Err(AdapterError::new(ErrorKind::Connection, "the threads of the connection cannot be started")),
        }
    }

    /// An idle session that is young enough, or a new one.
    pub(super) fn link(self: &Arc<Self>, slot: &Slot) -> Result<Link, AdapterError> {
        let mut idle = lock(&self.idle);
        while let Some(link) = idle.pop() {
            if !self.is_old(&link, Age::AtRest) {
                return Ok(link);
            }
        }
        drop(idle);
        self.log_in(slot)
    }

    /// Whether a session is to be opened anew where it can be.
    pub(super) fn is_old(&self, link: &Link, age: Age) -> bool {
        link.opened.elapsed() > age.limit(self.credentials.session_lifetime)
    }

    /// Keeps a session for the next one that needs any.
    pub(super) fn keep(&self, link: Link) {
        if self.credentials.reuse_connections {
            lock(&self.idle).push(link);
        }
    }

    /// Forgets the idle sessions.
    pub(super) fn close(&self) {
        lock(&self.idle).clear();
    }

    /// Opens a session. dbt: what may pass by itself is tried again `connect_retries` times.
    pub(super) fn log_in(self: &Arc<Self>, slot: &Slot) -> Result<Link, AdapterError> {
        self.watch_signals();
        let handle = self.handle()?;
        let mut failed = 0;
        loop {
            if self.is_stopped() || slot.is_stopped() {
                return Err(interrupted());
            }
            let begun = Instant::now();
            let client = self.client()?;
            let made = handle.block_on(async {
                tokio::select! {
                    made = client.create_session() => Some(made),
                    // A login holds nothing: nobody waits for it when the run ends.
                    () = self.until_stopped(slot) => None,
                }
            });
            let failure = match made {
                Some(Ok(session)) => {
                    tracing::debug!(milliseconds = begun.elapsed().as_millis(), "logged in");
                    return Ok(Link::new(session, &self.credentials));
                }
                Some(Err(error)) => Failure::of(&error),
                None => return Err(interrupted()),
            };
            failed += 1;
            if failed > self.credentials.connect_retries || !self.may_log_in_again(failure.class) {
                return Err(self.scrubbed(failure.into_login_error(&self.credentials.shown_address())));
            }
            let pause = self.credentials.connect_pause.unwrap_or_else(|| login_pause(failed));
            tracing::debug!(said = failure.said, ?pause, "the login failed and is tried again");
            self.sleep(pause, slot);
        }
    }

    fn may_log_in_again(&self, class: Class) -> bool {
        match class {
            Class::Busy | Class::Unknown | Class::Broken | Class::Expired => true,
            Class::Final => self.credentials.retry_on_database_errors || self.credentials.retry_all,
            _ => self.credentials.retry_all,
        }
    }

    /// Waits until the run, or this session, is stopped.
    pub(super) async fn until_stopped(&self, slot: &Slot) {
        while !self.is_stopped() && !slot.is_stopped() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits, but no longer than until the run is stopped.
    pub(super) fn sleep(&self, pause: Duration, slot: &Slot) {
        let end = Instant::now() + pause;
        while !self.is_stopped() && !slot.is_stopped() {
            let rest = end.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break;
            }
            std::thread::sleep(rest.min(Duration::from_millis(50)));
        }
    }

    fn client(&self) -> Result<Client, AdapterError> {
        let mut kept = lock(&self.client);
        if let Some(client) = kept.as_ref() {
            return Ok(client.clone());
        }
        let config = authentication::configuration(&self.credentials).map_err(|error| self.scrubbed(error))?;
        let client = Client::new(config)
            .map_err(|error| self.scrubbed(Failure::of(&error).into_login_error(&self.credentials.shown_address())))?;
        // An access token that was fetched is good for minutes: the next login needs another.
        let is_lasting = self.credentials.method != Method::OAuth || self.credentials.oauth_client.is_none();
        if is_lasting {
            *kept = Some(client.clone());
        }
        Ok(client)
    }

    /// A refusal without any secret in it.
    pub(super) fn scrubbed(&self, mut error: AdapterError) -> AdapterError {
        let hide = |text: &mut String| {
            for secret in &self.secrets {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), "*****");
                }
            }
        };
        hide(&mut error.text);
        hide(&mut error.message);
        if let Some(diagnostic) = &mut error.diagnostic {
            hide(&mut diagnostic.message);
            diagnostic.notes.iter_mut().chain(diagnostic.help.iter_mut()).for_each(hide);
        }
        error
    }

    /// Notes where a session's statements can be seen.
    pub(super) fn watch(&self, slot: &Arc<Slot>) {
        let mut slots = lock(&self.slots);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(slot));
    }

    /// Whether everything is to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Ends everything: no statement is sent any more, and those that run are stopped on the server.
    fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        let slots: Vec<Arc<Slot>> = lock(&self.slots).iter().filter_map(Weak::upgrade).collect();
        if let Ok(handle) = self.handle() {
            slots.iter().for_each(|slot| slot.stop(&handle));
        }
    }

    /// Listens for the signals that end the program, from the first login on.
    ///
    /// Otherwise the program would end and its statements would go on, since the server does not notice.
    fn watch_signals(self: &Arc<Self>) {
        if self.watching.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::downgrade(self);
        if let Ok(handle) = self.handle() {
            let mut signals = {
                let _context = handle.enter();
                Signals::listen()
            };
            handle.spawn(async move {
                signals.next().await;
                if let Some(shared) = shared.upgrade() {
                    shared.stop();
                }
                signals.next().await;
                tokio::time::sleep(LAST_WORDS).await;
                std::process::exit(INTERRUPTED);
            });
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(Some(runtime)) = self.runtime.take() {
            // The last owner may be a thread of the runtime itself, which must not wait for itself.
            runtime.shutdown_background();
        }
    }
}

/// The refusal of a statement that is not sent any more.
pub(super) fn interrupted() -> AdapterError {
    AdapterError::new(ErrorKind::Interrupted, "the run was interrupted")
}

/// The statement that a session runs now, so that others can stop it.
#[derive(Default)]
pub(super) struct Slot {
    running: Mutex<Option<QueryCanceller>>,
    /// That statement or, where none runs, the one before.
    last: Mutex<Option<QueryCanceller>>,
    stopped: AtomicBool,
}

impl Slot {
    /// Notes the statement that is about to be sent; false where it must not be sent.
    pub(super) fn enter(&self, canceller: QueryCanceller) -> bool {
        *lock(&self.last) = Some(canceller.clone());
        *lock(&self.running) = Some(canceller);
        // Whoever stops the session sets the mark first and looks for a statement then.
        !self.is_stopped()
    }

    /// Notes that it has ended.
    pub(super) fn leave(&self) {
        *lock(&self.running) = None;
    }

    /// What stops the last statement, which may run on where its answer was lost.
    pub(super) fn last(&self) -> Option<QueryCanceller> {
        lock(&self.last).clone()
    }

    /// Whether the session is to send nothing any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Stops what runs, without waiting for the server.
    pub(super) fn stop(&self, handle: &Handle) {
        self.stopped.store(true, Ordering::Release);
        if let Some(canceller) = lock(&self.running).clone() {
            handle.spawn(async move {
                // A statement that cannot be stopped in time is left to the server; the run ends all the same.
                let _ = tokio::time::timeout(GRACE, canceller.cancel()).await;
            });
        }
    }
}
