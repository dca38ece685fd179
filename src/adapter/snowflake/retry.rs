//! How long an answer may take, and how often and after what pause something is tried again.

use std::time::{Duration, SystemTime};

/// How long one request may go without an answer.
///
/// The client's own limit, unlike that of the server, stops nothing; when it passes, the statement is looked for by its
/// query id. It also ends the wait on a connection that died without a word.
pub(super) const RESPONSE_LIMIT: Duration = Duration::from_secs(20 * 60);

/// How long a session is good for where the profile does not say otherwise. Snowflake: its token lasts an hour.
pub(super) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How long an interrupted run waits for the server to stop what runs.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// The part of it that a statement may take to end once it was stopped.
pub(super) const STOPPING: Duration = Duration::from_secs(4);

/// The rest of it: how long what tidies up behind a stopped statement may take.
pub(super) const LAST: Duration = Duration::from_secs(1);

/// When a session counts as old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Between two nodes, and before a transaction: much of its life must be left.
    AtRest,
    /// Between two statements of a node.
    InUse,
}

impl Age {
    /// The age from which on a session that lives so long is opened anew, where nothing depends on it.
    pub(super) fn limit(self, lifetime: Duration) -> Duration {
        match self {
            Self::AtRest => lifetime / 3,
            Self::InUse => lifetime * 3 / 4,
        }
    }
}

/// How often a statement is sent at most.
pub(super) const ATTEMPTS: u32 = 6;

/// The pause before the attempt behind `failed` failed ones (from 1): doubled each time, and never the same for two
/// sessions that failed together.
pub(super) fn pause(failed: u32) -> Duration {
    let whole = 250_u64 << failed.saturating_sub(1).min(6);
    let spread =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| u64::from(now.subsec_nanos()));
    Duration::from_millis(whole + spread % (whole / 4))
}

/// dbt: the pause before a further login is the number of the attempt squared, in seconds.
pub(super) fn login_pause(failed: u32) -> Duration {
    Duration::from_secs(u64::from(failed) * u64::from(failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_renewed_before_they_expire() {
        let minutes = |age: Age| age.limit(LIFETIME).as_secs() / 60;
        assert_eq!((minutes(Age::AtRest), minutes(Age::InUse)), (20, 45));
        assert_eq!(STOPPING + LAST, GRACE);
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        for failed in 1..=12 {
            let whole = Duration::from_millis(250 << (failed - 1).min(6));
            let pause = pause(failed);
            assert!(pause >= whole && pause < whole + whole / 4, "{failed}: {pause:?}");
        }
        assert_eq!([1, 2, 3].map(login_pause), [1, 4, 9].map(Duration::from_secs));
    }
}
