//! How long to wait before a repeat: exponential, capped, with full jitter, so that writers who met once don't meet
//! again (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).

use std::time::Duration;

/// The longest wait before the second attempt.
const BASE: Duration = Duration::from_millis(100);
/// The longest wait before any attempt.
const CAP: Duration = Duration::from_secs(20);

/// The upper bound of the wait after `failed` attempts.
fn ceiling(failed: u32) -> Duration {
    BASE.saturating_mul(
        1_u32
            .checked_shl(failed.saturating_sub(1))
            .unwrap_or(u32::MAX),
    )
    .min(CAP)
}

/// The wait before the next attempt after `failed` ones: at least what the server asks for, up to the cap.
pub(crate) fn wait(failed: u32, retry_after: Option<Duration>) -> Duration {
    after(failed).max(retry_after.unwrap_or_default().min(CAP))
}

/// A wait drawn evenly from zero to the bound after `failed` attempts (1 or more).
fn after(failed: u32) -> Duration {
    ceiling(failed).mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap() {
        assert_eq!(ceiling(1), Duration::from_millis(100));
        assert_eq!(ceiling(2), Duration::from_millis(200));
        assert_eq!(ceiling(8), Duration::from_millis(12_800));
        assert_eq!(ceiling(9), CAP);
        assert_eq!(ceiling(1_000), CAP);
    }

    #[test]
    fn waits_as_long_as_the_server_asks_up_to_the_cap() {
        assert_eq!(
            wait(1, Some(Duration::from_secs(7))),
            Duration::from_secs(7)
        );
        assert_eq!(wait(1, Some(Duration::from_hours(1))), CAP);
        assert!(wait(1, None) <= Duration::from_millis(100));
    }

    #[test]
    fn draws_from_the_whole_range() {
        let drawn: Vec<_> = (0..1_000).map(|_| after(2)).collect();
        assert!(drawn.iter().all(|wait| *wait <= Duration::from_millis(200)));
        assert!(drawn.iter().any(|wait| *wait < Duration::from_millis(50)));
        assert!(drawn.iter().any(|wait| *wait > Duration::from_millis(150)));
    }
}
