//! Ctrl-C during a run: the statements are stopped on the warehouse at once, whatever the run is doing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime as Tokio;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::session::SharedSession;
use super::slots::Slots;
use crate::adapter::{Canceller, Signals};

/// Listens from its making to its end.
pub(super) struct Interrupts {
    pressed: UnboundedReceiver<()>,
    happened: Arc<AtomicBool>,
    /// When the run no longer waits for what it stopped.
    deadline: Option<Instant>,
    grace: Option<Duration>,
}

/// What the run is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Begin nothing more, and wait for what was stopped.
    Stop,
    /// End without waiting.
    Leave,
}

impl Interrupts {
    /// Begins to listen; the first Ctrl-C stops the statements of `sessions` and of further ones in `slots`.
    pub(super) fn listen(
        tokio: &Tokio,
        sessions: &[SharedSession],
        slots: &Arc<Slots>,
        grace: Option<Duration>,
    ) -> Self {
        let cancellers: Vec<Canceller> =
            sessions.iter().map(|session| session.lock().unwrap_or_else(PoisonError::into_inner).canceller()).collect();
        let (sender, pressed) = unbounded_channel();
        let happened = Arc::new(AtomicBool::new(false));
        let (flag, slots) = (Arc::clone(&happened), Arc::clone(slots));
        let mut signals = {
            let _context = tokio.enter();
            Signals::listen()
        };
        tokio.spawn(async move {
            loop {
                signals.next().await;
                if !flag.swap(true, Ordering::AcqRel) {
                    cancellers.iter().for_each(Canceller::cancel);
                    slots.cancel();
                }
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
        Self { pressed, happened, deadline: None, grace }
    }

    /// Whether it was pressed.
    pub(super) fn happened(&self) -> bool {
        self.happened.load(Ordering::Acquire)
    }

    /// Waits for the next wish of the user.
    pub(super) async fn wish(&mut self) -> Wish {
        let expired = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = expired => Wish::Leave,
            pressed = self.pressed.recv() => match pressed {
                // The second time means: at once.
                Some(()) if self.deadline.is_some() => Wish::Leave,
                Some(()) => {
                    // A warehouse that needs no bound gets one that never comes.
                    let grace = self.grace.unwrap_or(Duration::from_secs(86_400));
                    self.deadline = Some(Instant::now() + grace);
                    Wish::Stop
                }
                None => std::future::pending().await,
            },
        }
    }
}
