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
use crate::outcome::{self, Meaning};
use crate::seen::{Counters, Stats};
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
    counters: Arc<Counters>,
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
            counters: Arc::default(),
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
            counters: Arc::clone(&self.counters),
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

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) fn stats(&self) -> Stats {
        let (connections_in_use, waiting) = self.connections.in_use();
        Stats {
            max_connections: self.config.max_connections,
            connections_in_use,
            waiting,
            ..self.counters.stats()
        }
    }

    /// The end of a call that begins now.
    pub(crate) fn until(&self, control: Control) -> Until {
        let timeout = control.timeout.or(self.config.policy.timeout);
        Until::after(timeout, control.abort)
            .seen_by(control.observer)
            .of(self.calls.token())
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
            counters: &self.counters,
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
            counters: &self.counters,
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

    /// Attempts of a request that sends little, and whose answer is all there when it comes.
    pub(crate) async fn ask<R: ?Sized, T, A>(
        self: &Arc<Self>,
        until: &Until,
        request: &Arc<R>,
        send: impl Fn(Arc<Self>, Arc<R>, Arc<Attempt>) -> A,
    ) -> Result<Tried<T>, Ended>
    where
        A: Future<Output = Result<T, AttemptError>>,
    {
        let send = &send;
        self.attempts(until, self.policy().limit(0), |permit, record| {
            let (inner, request) = (Arc::clone(self), Arc::clone(request));
            async move {
                let _permit = permit;
                send(inner, request, record).await
            }
        })
        .await
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
        let meaning = match &error {
            AttemptError::Service(error) => outcome::meaning(operation, error),
            AttemptError::NoAnswer(_) => None,
        };
        self.failure_that_means(meaning, error, attempts)
    }

    /// The failure of a request without a condition of its own.
    pub(crate) fn plain_failure(&self, error: AttemptError, attempts: u32) -> Failure {
        self.failure_that_means(None, error, attempts)
    }

    fn failure_that_means(
        &self,
        meaning: Option<&Meaning>,
        error: AttemptError,
        attempts: u32,
    ) -> Failure {
        match error {
            AttemptError::Service(error) => Failure {
                service: Some(error.clone()),
                attempts,
                endpoint: self.wire.endpoint(),
                ..Failure::local(
                    match meaning {
                        Some(meaning) => meaning.kind,
                        None if outcome::is_damage(&error) => Kind::ChecksumMismatch,
                        None => Kind::Service,
                    },
                    match (meaning, &error.message) {
                        (Some(meaning), _) => meaning.message.to_owned(),
                        (None, Some(message)) if !message.is_empty() => message.clone(),
                        (None, _) => self.wordless(&error),
                    },
                )
            },
            AttemptError::NoAnswer(error) => {
                let endpoint = self.wire.endpoint();
                let kind = match error.reason {
                    Reason::Transport => Kind::Transport,
                    Reason::Timeout => Kind::Timeout,
                    Reason::Credentials => Kind::Credentials,
                    Reason::Configuration => Kind::Configuration,
                    Reason::Aborted => Kind::Aborted,
                    Reason::Damaged => Kind::ChecksumMismatch,
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

    /// What is said of an answer that says nothing itself.
    fn wordless(&self, error: &ServiceError) -> String {
        let endpoint = self.wire.endpoint();
        let server = endpoint.as_deref().unwrap_or("the server");
        let status = error.status;
        match &error.code {
            Some(code) => format!("{server} answered with {code} (status {status})"),
            None => format!("{server} answered with status {status}, without an error of S3's"),
        }
    }

    /// Tells the user something that no call's outcome can tell.
    pub(crate) fn warn(&self, warning: &str) {
        (self.config.warn.0)(warning);
    }
}
