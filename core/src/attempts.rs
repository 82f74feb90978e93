//! Attempts: the store repeats, nobody below it does.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backoff;
use crate::connections::{Connections, Permit};
use crate::fate;
use crate::seen::Counters;
use crate::until::{Early, Until};
use crate::wire::{Attempt, AttemptError, ServiceError, header};

/// How often and how long a call tries.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Attempts in all, the first included; at least 1.
    pub max_attempts: u32,
    /// The longest that one attempt may take to a complete answer (a body over [`crate::SMALL_BODY`]: to its head,
    /// then from one piece to the next). An upload is given a second more for each MiB.
    pub request_timeout: Duration,
    /// The longest that a call may take with all its attempts and waits; `None` is no limit.
    pub timeout: Option<Duration>,
}

impl Policy {
    /// The limit of an attempt that sends `bytes`.
    pub(crate) fn limit(&self, bytes: usize) -> Duration {
        let mebibytes = u64::try_from(bytes / (1024 * 1024)).unwrap_or(u64::MAX);
        self.request_timeout
            .saturating_add(Duration::from_secs(mebibytes))
    }
}

/// A result, and how many attempts it took.
pub(crate) struct Tried<T> {
    pub(crate) value: T,
    pub(crate) attempts: u32,
    /// Whether every attempt before the successful one certainly wrote nothing.
    pub(crate) clean: bool,
}

/// Attempts that came to nothing.
pub(crate) struct Ended {
    /// How the last one ended.
    pub(crate) error: AttemptError,
    pub(crate) attempts: u32,
    /// Whether every one of them certainly wrote nothing.
    pub(crate) clean: bool,
    /// The last one's connection, unless the call's time is up.
    pub(crate) permit: Option<Permit>,
}

/// What bounds the attempts of one call.
pub(crate) struct Bounds<'a> {
    pub(crate) policy: &'a Policy,
    /// The longest that one attempt may take.
    pub(crate) limit: Duration,
    /// When the whole call must have ended.
    pub(crate) until: &'a Until,
    /// Cancelled when the store is being closed: then nothing is repeated.
    pub(crate) closing: &'a CancellationToken,
    pub(crate) counters: &'a Counters,
}

/// Attempts until one succeeds, one fails for good, the attempts are used up, or the call's time is.
///
/// Each attempt gets a connection of its own to use; waiting for one counts against no limit but the call's.
/// `correct_clock` hears of a server that says our clock is wrong.
///
/// All of them use `held`, if that is given: a look at what became of a write does not queue behind other calls, and with the
/// connection kept by whoever looks it would wait for itself.
pub(crate) async fn run<T, F, A>(
    bounds: &Bounds<'_>,
    connections: &Connections,
    held: Option<&Permit>,
    correct_clock: impl Fn(&ServiceError) -> bool,
    mut attempt: F,
) -> Result<Tried<T>, Ended>
where
    F: FnMut(Permit, Arc<Attempt>) -> A,
    A: Future<Output = Result<T, AttemptError>>,
{
    let mut attempts = 0;
    let mut clean = true;
    let over = |early: Early, attempts, clean| Ended {
        error: early.into(),
        attempts,
        clean,
        permit: None,
    };
    loop {
        let acquired = match held {
            Some(permit) => Ok(Some(Arc::clone(permit))),
            None => bounds.until.or_end(connections.acquire()).await,
        };
        let permit = match acquired {
            Ok(Some(permit)) => permit,
            Ok(None) => {
                return Err(Ended {
                    error: AttemptError::closed(),
                    attempts,
                    clean,
                    permit: None,
                });
            }
            Err(early) => return Err(over(early, attempts, clean)),
        };
        attempts += 1;
        let record = Arc::new(Attempt::default());
        let watched = bounds
            .until
            .observer()
            .map(|observer| (observer, Instant::now()));
        // Large, and not needed by a call that waits for a connection.
        let sent = Box::pin(attempt(Arc::clone(&permit), Arc::clone(&record)));
        let sent = tokio::time::timeout(bounds.limit, sent);
        let (outcome, early) = match bounds.until.or_end(sent).await {
            Ok(Ok(outcome)) => (outcome, None),
            Ok(Err(_elapsed)) => (Err(AttemptError::timed_out(bounds.limit)), None),
            Err(early) => (Err(early.into()), Some(early)),
        };
        bounds.counters.attempt(attempts, &record);
        if let Some((observer, began)) = watched {
            observer.hear(attempts, &record, outcome.as_ref().err(), began.elapsed());
        }
        let error = match outcome {
            Ok(value) => {
                return Ok(Tried {
                    value,
                    attempts,
                    clean,
                });
            }
            Err(error) => error,
        };
        if let Some(early) = early {
            let clean = clean && !record.connection_selected();
            return Err(over(early, attempts, clean));
        }
        clean &= fate::wrote_nothing(&error, record.connection_selected());
        let clock_corrected = match &error {
            AttemptError::Service(error) => correct_clock(error),
            AttemptError::NoAnswer(_) => false,
        };
        let wait = backoff::wait(attempts, retry_after(&error));
        // A wait to the end of the call's time would leave none for a look at what became of a write.
        if attempts >= bounds.policy.max_attempts
            || !(may_pass(&error) || clock_corrected)
            || bounds.until.is_over_after(wait)
            || bounds.closing.is_cancelled()
        {
            return Err(Ended {
                error,
                attempts,
                clean,
                permit: Some(permit),
            });
        }
        drop(permit);
        tokio::select! {
            waited = bounds.until.or_end(tokio::time::sleep(wait)) => {
                waited.map_err(|early| over(early, attempts, clean))?;
            }
            () = bounds.closing.cancelled() => {
                return Err(Ended {
                    error,
                    attempts,
                    clean,
                    permit: None,
                });
            }
        }
    }
}

/// What the server asks to wait: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(error: &AttemptError) -> Option<Duration> {
    let AttemptError::Service(error) = error else {
        return None;
    };
    let asked = header(&error.headers, "retry-after")?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // Both by the server's clock.
    let now = httpdate::parse_http_date(header(&error.headers, "date")?).ok()?;
    let then = httpdate::parse_http_date(asked).ok()?;
    then.duration_since(now).ok()
}

/// Whether the same request may do better a moment later.
pub(crate) fn may_pass(error: &AttemptError) -> bool {
    match error {
        AttemptError::NoAnswer(error) => error.passing,
        AttemptError::Service(error) => service_may_pass(error),
    }
}

fn service_may_pass(error: &ServiceError) -> bool {
    // S3's code first: an error can come inside a 200.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    match error.code.as_deref() {
        Some(
            "ConditionalRequestConflict"
            | "InternalError"
            | "RequestTimeout"
            | "ServiceUnavailable"
            | "SlowDown",
        ) => true,
        Some("NotImplemented") => false,
        _ => matches!(error.status, 408 | 429 | 500 | 502..=599),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use std::sync::LazyLock;

    use super::*;
    use crate::wire::{NoAnswer, Reason};

    static UNTIL: LazyLock<Until> = LazyLock::new(Until::default);
    static COUNTERS: LazyLock<Counters> = LazyLock::new(Counters::default);
    static CLOSING: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

    const POLICY: Policy = Policy {
        max_attempts: 3,
        request_timeout: Duration::from_secs(30),
        timeout: None,
    };

    fn bounds() -> Bounds<'static> {
        Bounds {
            policy: &POLICY,
            limit: POLICY.limit(0),
            until: &UNTIL,
            closing: &CLOSING,
            counters: &COUNTERS,
        }
    }

    fn service(code: &str, status: u16) -> AttemptError {
        AttemptError::Service(Box::new(ServiceError {
            code: Some(code.to_owned()),
            status,
            ..ServiceError::default()
        }))
    }

    async fn attempts_until(outcomes: Vec<Result<&'static str, AttemptError>>) -> (bool, u32) {
        let connections = Connections::new(1);
        let outcomes = Cell::new(outcomes.into_iter());
        let tried = run(
            &bounds(),
            &connections,
            None,
            |_| false,
            |_permit, _record| {
                let mut rest = outcomes.take();
                let next = rest.next().expect("no more attempts than outcomes");
                outcomes.set(rest);
                async move { next }
            },
        )
        .await;
        match tried {
            Ok(tried) => (true, tried.attempts),
            Err(ended) => (false, ended.attempts),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn repeats_what_may_pass() {
        for error in [
            service("SlowDown", 503),
            service("InternalError", 200),
            service("ConditionalRequestConflict", 409),
            service("Whatever", 502),
            AttemptError::broken("reset"),
            AttemptError::timed_out(Duration::from_secs(1)),
        ] {
            assert_eq!(
                attempts_until(vec![Err(error), Ok("done")]).await,
                (true, 2)
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn repeats_nothing_that_is_final() {
        let refused = NoAnswer {
            reason: Reason::Credentials,
            ..NoAnswer::default()
        };
        for error in [
            service("PreconditionFailed", 412),
            service("NoSuchKey", 404),
            service("AccessDenied", 403),
            service("NotImplemented", 501),
            service("NotImplemented", 500),
            service("OperationAborted", 409),
            AttemptError::NoAnswer(Box::new(refused)),
        ] {
            assert_eq!(attempts_until(vec![Err(error)]).await, (false, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_the_server_asks() {
        for asked in [" 7", "Sun, 22 Nov 2026 06:00:17 GMT"] {
            let started = Instant::now();
            let headers = [
                ("date", "Sun, 22 Nov 2026 06:00:10 GMT"),
                ("retry-after", asked),
            ];
            let slow_down = AttemptError::Service(Box::new(ServiceError {
                status: 503,
                headers: headers
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
                ..ServiceError::default()
            }));
            let outcomes = vec![Err(slow_down), Ok("done")];
            assert_eq!(attempts_until(outcomes).await, (true, 2));
            assert!(started.elapsed() >= Duration::from_secs(7), "{asked}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_when_attempts_are_used_up() {
        let outcomes = (0..3).map(|_| Err(service("SlowDown", 503))).collect();
        assert_eq!(attempts_until(outcomes).await, (false, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn each_attempt_has_the_whole_limit() {
        let started = Instant::now();
        let connections = Connections::new(1);
        let tried = run(
            &bounds(),
            &connections,
            None,
            |_| false,
            |_permit, _record| std::future::pending::<Result<(), AttemptError>>(),
        )
        .await;
        let Err(tried) = tried else {
            panic!("nothing ever answers")
        };
        assert_eq!(tried.attempts, 3);
        assert!(tried.clean, "no connection was ever selected");
        assert!(
            matches!(tried.error, AttemptError::NoAnswer(error) if error.reason == Reason::Timeout)
        );
        assert!(started.elapsed() >= Duration::from_secs(90));
        assert!(started.elapsed() <= Duration::from_millis(90_300));
    }

    #[test]
    fn an_upload_is_given_time_for_its_size() {
        assert_eq!(POLICY.limit(64 * 1024 * 1024), Duration::from_secs(94));
    }
}
