//! Time and memory that the command took, under the names of dbt's `ResourceReport`.

use std::fs;

use serde_json::{Map, Value, json};

/// The report; what the system does not tell is left out.
pub fn used(command: &str, success: bool, elapsed: f64) -> Map<String, Value> {
    let mut report = Map::new();
    report.insert("command_name".to_owned(), json!(command));
    report.insert("command_success".to_owned(), json!(success));
    report.insert("command_wall_clock_time".to_owned(), json!(elapsed));
    if let Some(kilobytes) = peak_memory() {
        report.insert("process_mem_max_rss".to_owned(), json!(kilobytes.to_string()));
    }
    if let Some((user, kernel)) = processor_time() {
        report.insert("process_user_time".to_owned(), json!(user));
        report.insert("process_kernel_time".to_owned(), json!(kernel));
    }
    report
}

/// The greatest memory in use, in kilobytes.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Seconds in the program and in the kernel.
fn processor_time() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold blanks: count from behind it. Ticks are hundredths of a second on Linux.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11).map(|ticks| ticks.parse::<f64>().ok());
    Some((fields.next()?? / 100.0, fields.next()?? / 100.0))
}
