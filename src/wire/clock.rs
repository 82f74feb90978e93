//! The time that requests are signed with: the system's, corrected by a server that refuses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;

/// Shared by all requests of a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// The server's time less ours, in seconds.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Takes the time from a `Date` header, if that is one.
    pub(crate) fn set(&self, date: &str) -> bool {
        let Ok(theirs) = httpdate::parse_http_date(date) else {
            return false;
        };
        let ahead = seconds(theirs) - seconds(SystemTime::now());
        self.ahead.store(ahead, Ordering::Relaxed);
        true
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let by = Duration::from_secs(ahead.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if ahead.is_negative() {
            now.checked_sub(by)
        } else {
            now.checked_add(by)
        };
        corrected.unwrap_or(now)
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_time_from_the_server() {
        let clock = Clock::default();
        let (now, hour) = (SystemTime::now(), Duration::from_hours(1));
        for theirs in [now + hour, now - hour, now] {
            assert!(clock.set(&httpdate::fmt_http_date(theirs)));
            let told = clock.now();
            let off = told
                .duration_since(theirs)
                .unwrap_or_else(|early| early.duration());
            assert!(off <= Duration::from_secs(2), "{theirs:?} {told:?}");
        }
        assert!(!clock.set("yesterday"));
    }
}
