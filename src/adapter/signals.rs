//! Ctrl-C, and the signal with which schedulers end programs.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from its making on, so that none is lost between two waits.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    heard: Vec<Signal>,
}

impl Signals {
    /// Begins to listen; needs the context of a tokio runtime.
    pub fn listen() -> Self {
        Self {
            #[cfg(unix)]
            heard: [SignalKind::interrupt(), SignalKind::terminate()]
                .into_iter()
                .filter_map(|kind| signal(kind).ok())
                .collect(),
        }
    }

    /// Waits for the next one; forever where nothing can be heard.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        std::future::poll_fn(|context| {
            let is_heard = self.heard.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if is_heard { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
