//! How long a call may go on: until its time is up, or until its caller no longer wants it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
pub use tokio_util::sync::CancellationToken as Abort;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::seen::{Observer, Progress};
use crate::wire::AttemptError;

/// What the caller of one call says of its end, and who watches it.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// The longest that the call may take, in place of the store's [`crate::Policy::timeout`].
    pub timeout: Option<Duration>,
    /// Cancelled when the caller no longer wants the call.
    pub abort: Option<Abort>,
    /// Told of the call's attempts, and of its bytes.
    pub observer: Option<Observer>,
}

/// The end of a call that has begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Until {
    deadline: Option<Deadline>,
    abort: Option<Abort>,
    observer: Option<Observer>,
    /// Says, as long as it is there, that the call is under way.
    _call: Option<TaskTrackerToken>,
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: Instant,
    /// As it was asked for, for messages.
    timeout: Duration,
}

/// Why work was ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Early {
    /// The call's time was up.
    TimedOut(Duration),
    /// The caller no longer wanted it.
    Aborted,
}

impl Until {
    /// The end of a call that begins now.
    pub(crate) fn after(timeout: Option<Duration>, abort: Option<Abort>) -> Self {
        let deadline = timeout.and_then(|timeout| {
            let at = Instant::now().checked_add(timeout)?;
            Some(Deadline { at, timeout })
        });
        Self {
            deadline,
            abort,
            ..Self::default()
        }
    }

    /// The same, of a call whose attempts are told.
    pub(crate) fn seen_by(self, observer: Option<Observer>) -> Self {
        Self { observer, ..self }
    }

    /// Who is told of the call's attempts.
    pub(crate) const fn observer(&self) -> Option<&Observer> {
        self.observer.as_ref()
    }

    /// Tells how far the call's bytes have come.
    pub(crate) fn progress(&self, progress: Progress) {
        if let Some(observer) = &self.observer {
            observer.progress(progress);
        }
    }

    /// The same, of a call that whoever closes the store waits for.
    pub(crate) fn of(self, call: TaskTrackerToken) -> Self {
        Self {
            _call: Some(call),
            ..self
        }
    }

    /// The end at a moment, which is that of `timeout`.
    pub(crate) const fn at(at: Instant, timeout: Duration) -> Self {
        Self {
            deadline: Some(Deadline { at, timeout }),
            abort: None,
            observer: None,
            _call: None,
        }
    }

    /// What `work` gives, unless the end comes before. An end that has come already leaves no chance to `work`.
    pub(crate) async fn or_end<T>(&self, work: impl Future<Output = T>) -> Result<T, Early> {
        match &self.abort {
            None => self.in_time(work).await,
            Some(abort) => tokio::select! {
                biased;
                () = abort.cancelled() => Err(Early::Aborted),
                done = self.in_time(work) => done,
            },
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Early> {
        match self.deadline {
            None => Ok(work.await),
            Some(Deadline { at, timeout }) if at <= Instant::now() => Err(Early::TimedOut(timeout)),
            Some(Deadline { at, timeout }) => tokio::time::timeout_at(at, work)
                .await
                .map_err(|_elapsed| Early::TimedOut(timeout)),
        }
    }

    /// Whether nothing is left of the call's time after `wait`.
    pub(crate) fn is_over_after(&self, wait: Duration) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline.at <= Instant::now() + wait)
    }
}

impl From<Early> for AttemptError {
    fn from(early: Early) -> Self {
        match early {
            Early::TimedOut(timeout) => Self::timed_out(timeout),
            Early::Aborted => Self::aborted(),
        }
    }
}
