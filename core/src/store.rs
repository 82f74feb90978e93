//! The verbs.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use crate::attempts::{self, Policy, Tried};
use crate::body::ObjectBody;
use crate::connections::{Connections, Permit};
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::outcome;
use crate::precondition::Precondition;
use crate::small_body::read_small;
use crate::wire::{
    Answer, AttemptError, DeleteRequest, GetAnswer, GetRequest, ListRequest, Page, PutRequest,
    Reason, Wire,
};

/// What a store is told when it is made.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The bucket, for messages.
    pub bucket: String,
    /// Attempts and their limits.
    pub policy: Policy,
    /// Requests under way at once; the others queue.
    pub max_connections: usize,
}

/// A bucket as a small, strongly consistent store, over any [`Wire`]. Cloning is cheap and shares everything.
pub struct Store<W: Wire> {
    inner: Arc<Inner<W>>,
}

impl<W: Wire> Clone for Store<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

/// A write to be made.
#[derive(Clone, Debug)]
pub struct Put {
    /// The object's key.
    pub key: String,
    /// The object's bytes.
    pub body: Bytes,
    /// What must hold; [`Precondition::None`] is refused: a write never lacks its condition.
    pub condition: Precondition,
    /// `Content-Type`.
    pub content_type: String,
    /// User metadata: names without `x-amz-meta-`, and values.
    pub metadata: Vec<(String, String)>,
}

/// A write or delete that S3 carried out.
#[derive(Clone, Debug)]
pub struct WriteOutput {
    /// S3's answer.
    pub answer: Answer,
    /// How many attempts were made.
    pub attempts: u32,
}

/// An object that was found.
pub struct GetOutput<W: Wire> {
    /// S3's answer.
    pub answer: Answer,
    /// How many attempts were made.
    pub attempts: u32,
    /// Its bytes.
    pub body: Body<W>,
}

/// The bytes of a get.
pub enum Body<W: Wire> {
    /// All of them, up to [`crate::SMALL_BODY`].
    Small(Bytes),
    /// Still to be read.
    Large(ObjectBody<W>),
}

/// A page of a listing.
#[derive(Clone, Debug)]
pub struct ListOutput {
    /// The page.
    pub page: Page,
    /// How many attempts were made.
    pub attempts: u32,
}

impl<W: Wire> Store<W> {
    /// A store over `wire`. Sends nothing.
    #[must_use]
    pub fn new(wire: W, config: StoreConfig) -> Self {
        Self {
            inner: Arc::new(Inner {
                wire: Arc::new(wire),
                connections: Connections::new(config.max_connections),
                config,
            }),
        }
    }

    /// Reads the object at `key`, under `condition`.
    ///
    /// # Errors
    ///
    /// `StaleData` when `condition` does not hold; `Service` with `NoSuchKey` when the key is absent.
    pub async fn get(&self, key: String, condition: Precondition) -> Result<GetOutput<W>, Failure> {
        let operation = match condition {
            Precondition::None => Operation::GetObject,
            Precondition::IfAbsent | Precondition::IfMatch(_) => Operation::GetObjectIfMatch,
        };
        let key: Arc<str> = key.into();
        let request = Arc::new(GetRequest {
            key: Arc::clone(&key),
            condition,
            from: 0,
        });
        let inner = Arc::clone(&self.inner);
        self.call(operation, &key, async {
            attempts::run(
                &inner.config.policy,
                &inner.connections,
                inner.config.policy.limit(0),
                |permit, record| {
                    let request = Arc::clone(&request);
                    let inner = Arc::clone(&inner);
                    async move {
                        let got = inner.wire.get(&request, &record).await?;
                        read_small(&inner, &request.key, got, permit).await
                    }
                },
            )
            .await
        })
        .await
        .map(|tried| GetOutput {
            answer: tried.value.0,
            attempts: tried.attempts,
            body: tried.value.1,
        })
    }

    /// Writes an object, under its condition.
    ///
    /// # Errors
    ///
    /// `KeyExists` or `StaleData` when the condition does not hold; `WriteConflict` when other writers kept
    /// getting in between; `Service` with `NoSuchKey` when there is nothing to update.
    pub async fn put(&self, put: Put) -> Result<WriteOutput, Failure> {
        let operation = match put.condition {
            Precondition::IfAbsent => Operation::CreateObject,
            Precondition::IfMatch(_) => Operation::PutObjectIfMatch,
            Precondition::None => {
                return Err(Failure::local(Kind::Internal, "a write needs a condition"));
            }
        };
        let request = Arc::new(PutRequest {
            key: put.key.into(),
            condition: put.condition,
            body: put.body,
            content_type: put.content_type,
            metadata: put.metadata,
        });
        let limit = self.inner.config.policy.limit(request.body.len());
        self.write(operation, &request.key, limit, |inner, record| {
            let request = Arc::clone(&request);
            async move { inner.wire.put(&request, &record).await }
        })
        .await
    }

    /// Deletes the object at `key`, under `condition`.
    ///
    /// # Errors
    ///
    /// `StaleData` when the condition does not hold; `Service` with `NoSuchKey` when there is a condition and the
    /// key is absent.
    pub async fn delete(
        &self,
        key: String,
        condition: Precondition,
    ) -> Result<WriteOutput, Failure> {
        let operation = match condition {
            Precondition::None => Operation::DeleteObject,
            Precondition::IfAbsent | Precondition::IfMatch(_) => Operation::DeleteObjectIfMatch,
        };
        let request = Arc::new(DeleteRequest {
            key: key.into(),
            condition,
        });
        let limit = self.inner.config.policy.limit(0);
        self.write(operation, &request.key, limit, |inner, record| {
            let request = Arc::clone(&request);
            async move { inner.wire.delete(&request, &record).await }
        })
        .await
    }

    /// Lists a page of the keys that start with `prefix`, from where `continuation_token` says.
    ///
    /// # Errors
    ///
    /// As S3 fails.
    pub async fn list(
        &self,
        prefix: String,
        continuation_token: Option<String>,
    ) -> Result<ListOutput, Failure> {
        let place: Arc<str> = Arc::from(prefix.as_str());
        let request = Arc::new(ListRequest {
            prefix,
            continuation_token,
        });
        let inner = Arc::clone(&self.inner);
        self.call(Operation::List, &place, async {
            attempts::run(
                &inner.config.policy,
                &inner.connections,
                inner.config.policy.limit(0),
                |permit, record| {
                    let (inner, request) = (Arc::clone(&inner), Arc::clone(&request));
                    async move {
                        let _permit = permit;
                        inner.wire.list(&request, &record).await
                    }
                },
            )
            .await
        })
        .await
        .map(|tried| ListOutput {
            page: tried.value,
            attempts: tried.attempts,
        })
    }

    async fn write<A>(
        &self,
        operation: Operation,
        key: &Arc<str>,
        limit: std::time::Duration,
        send: impl Fn(Arc<Inner<W>>, Arc<crate::wire::Attempt>) -> A,
    ) -> Result<WriteOutput, Failure>
    where
        A: Future<Output = Result<Answer, AttemptError>>,
    {
        let inner = &self.inner;
        self.call(operation, key, async {
            attempts::run(
                &inner.config.policy,
                &inner.connections,
                limit,
                |permit, record| {
                    let answered = send(Arc::clone(inner), record);
                    async move {
                        let _permit = permit;
                        answered.await
                    }
                },
            )
            .await
        })
        .await
        .map(|tried| WriteOutput {
            answer: tried.value,
            attempts: tried.attempts,
        })
    }

    /// Holds a whole call to its time limit, and says what its end means.
    async fn call<T>(
        &self,
        operation: Operation,
        key: &str,
        attempts: impl Future<Output = Result<Tried<T>, Tried<AttemptError>>>,
    ) -> Result<Tried<T>, Failure> {
        let ended = match self.inner.config.policy.timeout {
            None => attempts.await,
            Some(limit) => match tokio::time::timeout(limit, attempts).await {
                Ok(ended) => ended,
                Err(_elapsed) => Err(Tried {
                    value: AttemptError::timed_out(limit),
                    attempts: 0,
                }),
            },
        };
        ended.map_err(|tried| {
            self.inner
                .failure(operation, key, tried.value, tried.attempts)
        })
    }
}

/// What the parts of a store share.
pub(crate) struct Inner<W: Wire> {
    wire: Arc<W>,
    connections: Connections,
    config: StoreConfig,
}

impl<W: Wire> Inner<W> {
    pub(crate) const fn policy(&self) -> &Policy {
        &self.config.policy
    }

    pub(crate) const fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Gets the head of an object, and a body with the connection it comes over.
    pub(crate) async fn open(
        self: &Arc<Self>,
        request: GetRequest,
    ) -> Result<Tried<(GetAnswer<W::Body>, Permit)>, Tried<AttemptError>> {
        let request = Arc::new(request);
        attempts::run(
            &self.config.policy,
            &self.connections,
            self.config.policy.limit(0),
            |permit, record| {
                let (inner, request) = (Arc::clone(self), Arc::clone(&request));
                async move { Ok((inner.wire.get(&request, &record).await?, permit)) }
            },
        )
        .await
    }

    /// What `error` means to the caller of `operation`.
    pub(crate) fn failure(
        &self,
        operation: Operation,
        key: &str,
        error: AttemptError,
        attempts: u32,
    ) -> Failure {
        match error {
            AttemptError::Service(error) => {
                let meaning = outcome::meaning(operation, &error);
                Failure {
                    kind: meaning.map_or(Kind::Service, |meaning| meaning.kind),
                    message: match (meaning, &error.message) {
                        (Some(meaning), _) => meaning.message.to_owned(),
                        (None, Some(message)) => message.clone(),
                        (None, None) => {
                            format!(
                                "the server answered with status {}, without an error of S3's",
                                error.status
                            )
                        }
                    },
                    attempts,
                    service: Some(error),
                    code: None,
                    endpoint: None,
                }
            }
            AttemptError::NoAnswer(error) => {
                let endpoint = self.wire.endpoint();
                let at = endpoint.as_deref().unwrap_or("not known");
                let place = match operation {
                    Operation::List => "prefix",
                    _ => "key",
                };
                Failure {
                    kind: match error.reason {
                        Reason::Transport => Kind::Transport,
                        Reason::Timeout => Kind::Timeout,
                        Reason::Credentials => Kind::Credentials,
                        Reason::Configuration => Kind::Configuration,
                    },
                    message: format!(
                        "{} (endpoint {at}, bucket {}, {place} {key:?})",
                        error.message, self.config.bucket,
                    ),
                    attempts,
                    service: None,
                    code: error.code,
                    endpoint,
                }
            }
        }
    }
}
