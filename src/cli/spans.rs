//! `RUST_LOG`: spans of the stages on standard error, for those who work on the program.
//!
//! What users read goes through events; this is the other channel, and it is silent unless asked for.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::project::Environment;

/// Starts the spans where `RUST_LOG` asks for them.
pub fn start(environment: &Environment) {
    let Some(filter) = environment.first(&["RUST_LOG"]) else { return };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stderr)
        .finish();
    // Another subscriber is there only in tests, and then it is the right one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
