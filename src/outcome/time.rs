//! Moments, always UTC, and the two forms in which dbt writes them.

/// A moment in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// The present moment.
pub fn now() -> Timestamp {
    chrono::Utc::now()
}

/// `2026-11-23T09:56:41.475690Z`: microseconds and `Z`, as in every artifact.
pub fn iso(moment: Timestamp) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// `2026-11-23T09:56:41.475690`: without the `Z`, as dbt writes the moments in `node_info`.
pub fn iso_naive(moment: Timestamp) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}
