//! What the parts of a store share: the wire, its connections, and what errors mean.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attempts::{self, Bounds, Ended, Policy, Tried};
use crate::connections::{Connections, Permit};
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::outcome;
use crate::store::StoreConfig;
use crate::until::{Control, Until};
use crate::verification::Proofs;
use crate::wire::{Attempt, AttemptError, GetAnswer, GetRequest, Reason, ServiceError, Wire};

/// A store's own things.
pub(crate) struct Inner<W: Wire> {
    pub(crate) wire: Arc<W>,
    pub(crate) config: StoreConfig,
    /// This store's proofs that the server honours conditions.
    pub(crate) proofs: Proofs,
    connections: Arc<Connections>,
    /// Cancelled when the store is being closed.
    closing: CancellationToken,
    /// The calls that are under way.
    calls: TaskTracker,
}

impl<W: Wire> Inner<W> {
    pub(crate) fn new(wire: W, config: StoreConfig) -> Self {
        Self {
            wire: Arc::new(wire),
            connections: Arc::new(Connections::new(config.max_connections)),
            proofs: Proofs::default(),
            closing: CancellationToken::new(),
            calls: TaskTracker::new(),
            config,
        }
    }

    /// The same over the same connections, with other attempts and limits.
    pub(crate) fn with_policy(&self, policy: Policy) -> Self {
        Self {
            wire: Arc::clone(&self.wire),
            connections: Arc::clone(&self.connections),
            proofs: Proofs::default(),
            closing: self.closing.clone(),
            calls: self.calls.clone(),
            config: StoreConfig {
                policy,
                ..self.config.clone()
            },
        }
    }

    pub(crate) const fn policy(&self) -> &Policy {
        &self.config.policy
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The end of a call that begins now.
    pub(crate) fn until(&self, control: Control) -> Until {
        let timeout = control.timeout.or(self.config.policy.timeout);
        Until::after(timeout, control.abort).of(self.calls.token())
    }

    /// The same, of a call of the store's own.
    pub(crate) fn own_until(&self) -> Until {
        self.until(Control::default())
    }

    /// Lets the calls that are under way come to their end, and makes no more of them.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        self.calls.close();
        self.calls.wait().await;
        self.connections.close().await;
    }

    /// Of a read of a body, which may go on for as long as there is something to read.
    pub(crate) fn unbounded(&self) -> Until {
        Until::after(None, None).of(self.calls.token())
    }

    /// Cancelled when the store is being closed.
    pub(crate) const fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Attempts of one request; see [`attempts::run`].
    pub(crate) async fn attempts<T, A>(
        &self,
        until: &Until,
        limit: Duration,
        attempt: impl FnMut(Permit, Arc<Attempt>) -> A,
    ) -> Result<Tried<T>, Ended>
    where
        A: Future<Output = Result<T, AttemptError>>,
    {
        self.attempts_over(None, until, limit, attempt).await
    }

    /// The same, over a connection that the caller holds.
    pub(crate) async fn attempts_over<T, A>(
        &self,
        held: Option<&Permit>,
        until: &Until,
        limit: Duration,
        attempt: impl FnMut(Permit, Arc<Attempt>) -> A,
    ) -> Result<Tried<T>, Ended>
    where
        A: Future<Output = Result<T, AttemptError>>,
    {
        let bounds = Bounds {
            policy: self.policy(),
            limit,
            until,
            closing: &self.closing,
        };
        let correct_clock = |error: &ServiceError| self.wire.correct_clock(error);
        attempts::run(&bounds, &self.connections, held, correct_clock, attempt).await
    }

    /// At most so many attempts of one request.
    pub(crate) async fn attempts_at_most<T, A>(
        &self,
        max_attempts: u32,
        until: &Until,
        limit: Duration,
        attempt: impl FnMut(Permit, Arc<Attempt>) -> A,
    ) -> Result<Tried<T>, Ended>
    where
        A: Future<Output = Result<T, AttemptError>>,
    {
        let policy = Policy {
            max_attempts,
            ..*self.policy()
        };
        let bounds = Bounds {
            policy: &policy,
            limit,
            until,
            closing: &self.closing,
        };
        let correct_clock = |error: &ServiceError| self.wire.correct_clock(error);
        attempts::run(&bounds, &self.connections, None, correct_clock, attempt).await
    }

    /// One attempt, which is never repeated.
    pub(crate) async fn once<T, A>(
        &self,
        until: &Until,
        attempt: impl FnMut(Permit, Arc<Attempt>) -> A,
    ) -> Result<T, AttemptError>
    where
        A: Future<Output = Result<T, AttemptError>>,
    {
        let limit = self.policy().limit(0);
        match self.attempts_at_most(1, until, limit, attempt).await {
            Ok(tried) => Ok(tried.value),
            Err(ended) => Err(ended.error),
        }
    }

    /// Gets the head of an object, and a body with the connection it comes over.
    pub(crate) async fn open(
        self: &Arc<Self>,
        request: GetRequest,
        until: &Until,
    ) -> Result<Tried<(GetAnswer<W::Body>, Permit)>, Ended> {
        let request = Arc::new(request);
        self.attempts(until, self.policy().limit(0), |permit, record| {
            let (inner, request) = (Arc::clone(self), Arc::clone(&request));
            async move { Ok((inner.wire.get(&request, &record).await?, permit)) }
        })
        .await
    }

    /// What `error` means to the caller of `operation`.
    pub(crate) fn failure(
        &self,
        operation: Operation,
        error: AttemptError,
        attempts: u32,
    ) -> Failure {
        match error {
            AttemptError::Service(error) => {
                let meaning = outcome::meaning(operation, &error);
                Failure {
                    service: Some(error.clone()),
                    attempts,
                    ..Failure::local(
                        meaning.map_or(Kind::Service, |meaning| meaning.kind),
                        match (meaning, error.message) {
                            (Some(meaning), _) => meaning.message.to_owned(),
                            (None, Some(message)) => message,
                            (None, None) => format!(
                                "{} answered with status {}, without an error of S3's",
                                self.wire.endpoint().as_deref().unwrap_or("the server"),
                                error.status
                            ),
                        },
                    )
                }
            }
            AttemptError::NoAnswer(error) => {
                let endpoint = self.wire.endpoint();
                let kind = match error.reason {
                    Reason::Transport => Kind::Transport,
                    Reason::Timeout => Kind::Timeout,
                    Reason::Credentials => Kind::Credentials,
                    Reason::Configuration => Kind::Configuration,
                    Reason::Aborted => Kind::Aborted,
                };
                Failure {
                    code: error.code,
                    endpoint,
                    attempts,
                    ..Failure::local(kind, error.message)
                }
            }
        }
    }

    /// Tells the user something that no call's outcome can tell.
    pub(crate) fn warn(&self, warning: &str) {
        (self.config.warn.0)(warning);
    }
}
