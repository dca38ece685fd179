//! How many workers are busy, so that the batches of a model can use the idle ones.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::adapter::Canceller;

/// The workers of a run, counted.
#[derive(Default)]
pub struct Slots {
    busy: AtomicUsize,
    stopped: AtomicBool,
    cancellers: Mutex<Vec<Canceller>>,
}

impl Slots {
    /// A worker begins something; it must [`Self::leave`] afterwards.
    pub fn enter(&self) {
        self.busy.fetch_add(1, Ordering::AcqRel);
    }

    /// Begins something if fewer than `limit` workers are busy; then [`Self::leave`] must follow.
    pub fn try_enter(&self, limit: usize) -> bool {
        self.busy.fetch_update(Ordering::AcqRel, Ordering::Acquire, |busy| (busy < limit).then_some(busy + 1)).is_ok()
    }

    /// A worker is done.
    pub fn leave(&self) {
        self.busy.fetch_sub(1, Ordering::AcqRel);
    }

    /// Notes how a further session is interrupted.
    pub fn watch(&self, canceller: Canceller) {
        self.cancellers.lock().unwrap_or_else(PoisonError::into_inner).push(canceller);
    }

    /// No further batch is to begin.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// Interrupts the further sessions.
    pub fn cancel(&self) {
        self.stop();
        for canceller in self.cancellers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            canceller.cancel();
        }
    }

    /// Whether the run is being stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}
