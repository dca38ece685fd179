//! Time and memory of other programs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What ends a benchmark.
pub type Failure = Box<dyn std::error::Error>;

/// What one run of a command took.
pub struct Run {
    /// From start to end.
    pub wall: Duration,
    /// User and system time in seconds.
    pub cpu: f64,
    /// The most memory that it had, in MB.
    pub peak: f64,
}

/// User and system time in seconds of the children that have ended. Linux counts both in hundredths of a second.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(13).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Runs a command and waits for it.
///
/// # Errors
/// It cannot be started, or fails.
pub fn measure(command: &mut Command) -> Result<Run, Failure> {
    let before = children();
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    let code = loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
            peak = peak.max(kilobytes.unwrap_or(0.0) / 1024.0);
        }
        if let Some(code) = child.try_wait()? {
            break code;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if !code.success() {
        return Err(format!("{command:?} ended with {code}").into());
    }
    Ok(Run { wall: started.elapsed(), cpu: children() - before, peak })
}
