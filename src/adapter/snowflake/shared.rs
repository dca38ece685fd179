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
use super::retry::{GRACE, OLD_AT_REST, login_pause};
use crate::adapter::{AdapterError, ErrorKind};

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
            if link.opened.elapsed() < OLD_AT_REST {
                return Ok(link);
            }
        }
        drop(idle);
        self.log_in(slot)
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
            let failure = match handle.block_on(client.create_session()) {
                Ok(session) => {
                    tracing::debug!(milliseconds = begun.elapsed().as_millis(), "logged in");
                    return Ok(Link::new(session, &self.credentials));
                }
                Err(error) => Failure::of(&error),
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
            handle.spawn(async move {
                signal().await;
                if let Some(shared) = shared.upgrade() {
                    shared.stop();
                }
                signal().await;
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

/// Waits for Ctrl-C, or for the signal with which schedulers end programs.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// The refusal of a statement that is not sent any more.
pub(super) fn interrupted() -> AdapterError {
    AdapterError::new(ErrorKind::Interrupted, "the run was interrupted")
}

/// The statement that a session runs now, so that others can stop it.
#[derive(Default)]
pub(super) struct Slot {
    running: Mutex<Option<QueryCanceller>>,
    stopped: AtomicBool,
}

impl Slot {
    /// Notes the statement that is about to be sent; false where it must not be sent.
    pub(super) fn enter(&self, canceller: QueryCanceller) -> bool {
        *lock(&self.running) = Some(canceller);
        // Whoever stops the session sets the mark first and looks for a statement then.
        !self.is_stopped()
    }

    /// Notes that it has ended.
    pub(super) fn leave(&self) {
        *lock(&self.running) = None;
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
