//! Attempts: the store repeats, nobody below it does.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::backoff;
use crate::connections::{Connections, Permit};
use crate::wire::{Attempt, AttemptError, ServiceError};

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
}

/// Attempts until one succeeds, one fails for good, or the attempts are used up.
///
/// Each attempt gets a connection of its own to use; waiting for one counts against no limit but the call's.
pub(crate) async fn run<T, F, A>(
    policy: &Policy,
    connections: &Connections,
    limit: Duration,
    mut attempt: F,
) -> Result<Tried<T>, Tried<AttemptError>>
where
    F: FnMut(Permit, Arc<Attempt>) -> A,
    A: Future<Output = Result<T, AttemptError>>,
{
    let mut attempts = 0;
    loop {
        let Some(permit) = connections.acquire().await else {
            let value = AttemptError::broken("the store is closed");
            return Err(Tried { value, attempts });
        };
        attempts += 1;
        let record = Arc::new(Attempt::default());
        let value = match tokio::time::timeout(limit, attempt(permit, record)).await {
            Ok(Ok(value)) => return Ok(Tried { value, attempts }),
            Ok(Err(error)) => error,
            Err(_elapsed) => AttemptError::timed_out(limit),
        };
        if attempts >= policy.max_attempts || !may_pass(&value) {
            return Err(Tried { value, attempts });
        }
        tokio::time::sleep(backoff::after(attempts)).await;
    }
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

    use tokio::time::Instant;

    use super::*;
    use crate::wire::{NoAnswer, Reason};

    const POLICY: Policy = Policy {
        max_attempts: 3,
        request_timeout: Duration::from_secs(30),
        timeout: None,
    };

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
            &POLICY,
            &connections,
            POLICY.limit(0),
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
            Err(tried) => (false, tried.attempts),
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
            service("OperationAborted", 409),
            AttemptError::NoAnswer(Box::new(refused)),
        ] {
            assert_eq!(attempts_until(vec![Err(error)]).await, (false, 1));
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
            &POLICY,
            &connections,
            POLICY.limit(0),
            |_permit, _record| std::future::pending::<Result<(), AttemptError>>(),
        )
        .await;
        let Err(tried) = tried else {
            panic!("nothing ever answers")
        };
        assert_eq!(tried.attempts, 3);
        assert!(
            matches!(tried.value, AttemptError::NoAnswer(error) if error.reason == Reason::Timeout)
        );
        assert!(started.elapsed() >= Duration::from_secs(90));
        assert!(started.elapsed() <= Duration::from_millis(90_300));
    }

    #[test]
    fn an_upload_is_given_time_for_its_size() {
        assert_eq!(POLICY.limit(64 * 1024 * 1024), Duration::from_secs(94));
    }
}
