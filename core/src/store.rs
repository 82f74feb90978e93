//! The verbs.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use crate::attempts::{Ended, Policy, Tried};
use crate::body::{ObjectBody, content_range};
use crate::checksum::{Checksums, with_checksum};
use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::object::{self, Object};
use crate::operation::Operation;
use crate::precondition::{ETag, Precondition};
use crate::range::ByteRange;
use crate::recovery::{self, Look, Unsettled};
use crate::seen::{Progress, Stats};
use crate::small_body::read_small;
use crate::until::{Control, Until};
use crate::versions;
use crate::wire::{
    Answer, AttemptError, DeleteRequest, GetAnswer, GetRequest, Headers, ListRequest, NoAnswer,
    Page, PutRequest, ServiceError, Wire, header,
};
use crate::write_id::{WRITE_ID, WriteId};

/// What a store is told when it is made.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The bucket, for messages.
    pub bucket: String,
    /// Attempts and their limits.
    pub policy: Policy,
    /// Requests under way at once; the others queue.
    pub max_connections: usize,
    /// When an object is read back after a conflict.
    pub read_back: ReadBack,
    /// Which checksums are sent and compared, where a request doesn't say so itself.
    pub checksums: Checksums,
    /// Whether the server must prove that it honours conditions before the first conditional write.
    pub verify: bool,
    /// Where the keys lie on which it does.
    pub verify_prefix: String,
    /// Hears what no call's outcome can tell.
    pub warn: Warn,
}

/// Who is told of something unusual.
#[derive(Clone)]
pub struct Warn(pub Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for Warn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Warn")
    }
}

/// When a conflict (412, or 404 to `If-Match`) is checked against the object itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadBack {
    /// After every conflict: something between us and S3 may have repeated the request.
    #[default]
    Always,
    /// Only after an attempt that may have written.
    Ambiguous,
}

/// A bucket as a small, strongly consistent store, over any [`Wire`]. Cloning is cheap and shares everything.
pub struct Store<W: Wire> {
    pub(crate) inner: Arc<Inner<W>>,
    /// Of the calls that are made through this handle.
    pub(crate) control: Control,
}

impl<W: Wire> Clone for Store<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            control: self.control.clone(),
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
    /// Further headers.
    pub headers: Headers,
    /// Whether the write carries an id by which it can be recognised later.
    pub recovery: bool,
    /// How many times it may be tried; the store's own number unless given.
    pub max_attempts: Option<u32>,
}

/// Names without `x-amz-meta-`, and values.
type Metadata = Vec<(String, String)>;

impl Put {
    pub(crate) fn operation(&self) -> Result<Operation, Failure> {
        match self.condition {
            Precondition::IfAbsent => Ok(Operation::CreateObject),
            Precondition::IfMatch(_) => Ok(Operation::PutObjectIfMatch),
            _ => Err(Failure::local(Kind::Internal, "a write needs a condition")),
        }
    }

    /// The metadata to be sent, with the write's id among it, if it has one.
    pub(crate) fn identified(&self) -> Result<(Metadata, Option<WriteId>), Failure> {
        let mut metadata = self.metadata.clone();
        let id = self.recovery.then(WriteId::random).transpose();
        let id = id.map_err(|error| Failure::local(Kind::Internal, error.to_string()))?;
        if let Some(id) = &id {
            metadata.push((WRITE_ID.to_owned(), id.as_str().to_owned()));
        }
        Ok((metadata, id))
    }
}

/// A delete.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The object's key.
    pub key: String,
    /// What must hold; [`Precondition::None`] deletes whatever is there.
    pub condition: Precondition,
    /// The version to remove for good; `None` deletes the object.
    pub version_id: Option<String>,
    /// Further headers.
    pub headers: Headers,
    /// Whether an object that is gone after an attempt whose answer was lost counts as deleted.
    pub idempotent: bool,
    /// How many times it may be tried; the store's own number unless given.
    pub max_attempts: Option<u32>,
}

/// A write or delete that S3 carried out.
#[derive(Clone, Debug)]
pub struct WriteOutput {
    /// S3's answer.
    pub answer: Answer,
    /// How many attempts were made.
    pub attempts: u32,
    /// Whether the answer was lost, and success was established by a look at the object.
    pub recovered: bool,
    /// The write's id.
    pub write_id: Option<WriteId>,
    /// `Some(false)` when another version has become the current one since.
    pub current: Option<bool>,
}

/// What is known of a write by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It landed. Final.
    Landed {
        /// Its tag.
        etag: Option<String>,
        /// Its version, in a bucket that keeps versions.
        version_id: Option<String>,
        /// Whether it is the current object.
        current: bool,
    },
    /// Another object is there now.
    NotCurrent {
        /// Its tag.
        etag: Option<String>,
        /// Its version.
        version_id: Option<String>,
    },
    /// There is no object now.
    Absent,
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
    /// None: nothing has changed, as the condition has it (304).
    NotModified,
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
            inner: Arc::new(Inner::new(wire, config)),
            control: Control::default(),
        }
    }

    /// The same store, of whose calls `control` says when they end.
    #[must_use]
    pub fn under(&self, control: Control) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            control,
        }
    }

    /// The end of a call that begins now.
    pub(crate) fn until(&self) -> Until {
        self.inner.until(self.control.clone())
    }

    /// What the store has done so far, and does now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.stats()
    }

    /// Ends the store: calls that are under way come to their end, without repeating anything more, and this waits for them.
    /// Bodies that were not read to their end, and calls made later, fail with the code `ERR_STORE_CLOSED`.
    pub async fn close(&self) {
        self.inner.close().await;
    }

    /// Reads an object, or a part of it, under its condition.
    ///
    /// # Errors
    ///
    /// `StaleData` when `If-Match` does not hold; `Service` with `NoSuchKey` when the key is absent, with `InvalidRange` when the
    /// object ends before the part begins. `ChecksumMismatch` when the checksum was asked for and the bytes have another one.
    pub async fn get(&self, mut request: GetRequest) -> Result<GetOutput<W>, Failure> {
        let operation = match request.condition {
            Precondition::IfMatch(_) => Operation::GetObjectIfMatch,
            _ => Operation::GetObject,
        };
        let inner = &self.inner;
        let further = inner.is_told_more(&request.headers);
        inner.ask_for_checksum(&mut request).await;
        let request = Arc::new(request);
        let tried = inner
            .attempts(&self.until(), inner.policy().limit(0), |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
                async move {
                    let got = inner.wire.get(&request, &record).await;
                    let mut got = got.map_err(|error| error.of_request(further))?;
                    let etag = checked_tag(&got.answer, &request.condition)?;
                    got.content_length = checked_length(&got, request.range)?;
                    read_small(&inner, &request, etag, got, permit).await
                }
            })
            .await;
        let tried = or_not_modified(tried, &request.condition, |answer| {
            (answer, Body::NotModified)
        });
        let Tried {
            value, attempts, ..
        } = self.or_failure(operation, tried)?;
        let (answer, body) = value;
        Ok(GetOutput {
            answer,
            attempts,
            body,
        })
    }

    /// Writes an object, under its condition. A success has landed; any failure but `Ambiguous` has not, and won't.
    ///
    /// # Errors
    ///
    /// `KeyExists` or `StaleData` when the condition does not hold; `WriteConflict` when other writers kept
    /// getting in between; `Service` with `NoSuchKey` when there is nothing to update; `Ambiguous` when it can't be
    /// known whether the write landed.
    pub async fn put(&self, put: Put) -> Result<WriteOutput, Failure> {
        let operation = put.operation()?;
        let until = self.until();
        self.verify(operation, &until).await?;
        self.put_unverified(operation, put, &until).await
    }

    /// The same, on a server that is known to honour the condition or is being tested.
    pub(crate) async fn put_unverified(
        &self,
        operation: Operation,
        mut put: Put,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let (metadata, id) = put.identified()?;
        let inner = &self.inner;
        let further = inner.is_told_more(&put.headers);
        let checksum = inner.checksum_for(&mut put.headers).await;
        let (headers, _) = with_checksum(checksum, &put.body, put.headers).await;
        let max_attempts = put.max_attempts.unwrap_or(inner.policy().max_attempts);
        let request = Arc::new(PutRequest {
            key: put.key.into(),
            condition: put.condition,
            body: put.body,
            content_type: put.content_type,
            metadata,
            headers,
        });
        let began = Instant::now();
        let limit = inner.policy().limit(request.body.len());
        let length = request.body.len() as u64;
        until.progress(Progress::Begun(length));
        let tried = inner
            .attempts_at_most(max_attempts, until, limit, |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    let written = inner.wire.put(&request, &record).await;
                    written.map_err(|error| error.of_request(further))
                }
            })
            .await;
        let written = match tried {
            Ok(Tried {
                value, attempts, ..
            }) => Ok(WriteOutput {
                answer: value,
                attempts,
                recovered: false,
                write_id: id,
                current: None,
            }),
            Err(ended) => {
                let unsettled = Unsettled {
                    operation,
                    object: Arc::new(Object::of(&request.key, &request.headers)),
                    condition: &request.condition,
                    id: id.as_ref(),
                    ended,
                    began,
                    until,
                };
                recovery::of_put(inner, &unsettled).await
            }
        };
        if written.is_ok() {
            until.progress(Progress::Moved(length));
        }
        written
    }

    /// Deletes an object, under its condition.
    ///
    /// # Errors
    ///
    /// `StaleData` when the condition does not hold; `Service` with `NoSuchKey` when there is a condition and the
    /// key is absent; `Ambiguous` when it can't be known whether the delete took effect.
    pub async fn delete(&self, delete: Delete) -> Result<WriteOutput, Failure> {
        let operation = match delete.condition {
            Precondition::None => Operation::DeleteObject,
            _ => Operation::DeleteObjectIfMatch,
        };
        let until = self.until();
        self.verify(operation, &until).await?;
        self.delete_unverified(operation, delete, &until).await
    }

    /// The same, on a server that is known to honour the condition or is being tested.
    pub(crate) async fn delete_unverified(
        &self,
        operation: Operation,
        delete: Delete,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let inner = &self.inner;
        let max_attempts = delete.max_attempts.unwrap_or(inner.policy().max_attempts);
        let request = Arc::new(DeleteRequest {
            key: delete.key.into(),
            version_id: delete.version_id,
            condition: delete.condition,
            headers: object::without_own_key(&delete.headers),
        });
        let began = Instant::now();
        let limit = inner.policy().limit(0);
        let tried = inner
            .attempts_at_most(max_attempts, until, limit, |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    let deleted = inner.wire.delete(&request, &record).await;
                    deleted.map_err(|error| error.of_request(!request.headers.is_empty()))
                }
            })
            .await;
        match tried {
            Ok(Tried {
                value, attempts, ..
            }) => Ok(WriteOutput {
                answer: value,
                attempts,
                recovered: false,
                write_id: None,
                current: None,
            }),
            // Unconditional: whether it took effect once or twice is all the same, and nothing was promised.
            Err(ended) if operation == Operation::DeleteObject => {
                Err(inner.failure(operation, ended.error, ended.attempts))
            }
            Err(ended) => {
                let unsettled = Unsettled {
                    operation,
                    object: Arc::new(Object::of(&request.key, &delete.headers)),
                    condition: &request.condition,
                    id: None,
                    ended,
                    began,
                    until,
                };
                recovery::of_delete(inner, unsettled, delete.idempotent).await
            }
        }
    }

    /// What became of a write of which only the id is known. Only `Landed` is final: a write can land late.
    ///
    /// # Errors
    ///
    /// When the key can't be looked at.
    pub async fn resolve_write(
        &self,
        key: String,
        id: &WriteId,
        headers: &Headers,
    ) -> Result<Resolution, Failure> {
        let inner = &self.inner;
        let object = Arc::new(Object::of(&key.into(), headers));
        let until = &self.until();
        let look = self
            .look_for_certain(&object, until)
            .await
            .map_err(|ended| inner.failure(Operation::ResolveWrite, ended.error, ended.attempts))?;
        if let Look::Object(answer) = &look
            && id.wrote(&answer.headers)
        {
            return Ok(landed(answer, true));
        }
        if let Some(found) = versions::find(inner, &object, id, &look, None, None, until).await {
            return Ok(landed(&found.answer, found.is_latest));
        }
        Ok(match look {
            Look::Object(answer) => Resolution::NotCurrent {
                etag: header(&answer.headers, "etag").map(str::to_owned),
                version_id: header(&answer.headers, "x-amz-version-id").map(str::to_owned),
            },
            Look::Absent(_) | Look::Nothing => Resolution::Absent,
        })
    }

    /// The head of an object; its absence only if S3 says so by its code.
    async fn look_for_certain(&self, object: &Object, until: &Until) -> Result<Look, Ended> {
        let inner = &self.inner;
        let look = match recovery::try_look(inner, object, None, None, until).await {
            Ok(look) => look,
            Err(refused) => {
                match recovery::in_words(inner, object.get(None), refused, until).await {
                    Some(refused) => return Err(refused),
                    None => recovery::try_look(inner, object, None, None, until).await?,
                }
            }
        };
        if matches!(look, Look::Absent(_))
            && !recovery::says_absent(inner, object, None, until).await?
        {
            // Written in between.
            return recovery::try_look(inner, object, None, None, until).await;
        }
        Ok(look)
    }

    /// Lists a page of keys.
    ///
    /// # Errors
    ///
    /// As S3 fails.
    pub async fn list(&self, request: ListRequest) -> Result<ListOutput, Failure> {
        let (inner, until) = (&self.inner, self.until());
        let request = Arc::new(request);
        let tried = inner
            .ask(&until, &request, |inner, request, record| async move {
                inner.wire.list(&request, &record).await
            })
            .await;
        let Tried {
            value, attempts, ..
        } = self.or_failure(Operation::List, tried)?;
        Ok(ListOutput {
            page: value,
            attempts,
        })
    }

    pub(crate) fn or_failure<T>(
        &self,
        operation: Operation,
        tried: Result<Tried<T>, Ended>,
    ) -> Result<Tried<T>, Failure> {
        tried.map_err(|ended| self.inner.failure(operation, ended.error, ended.attempts))
    }
}

/// Every object has a tag, and a get under a condition is answered with the object that was asked for, or not at all. A
/// server that ignores the condition is found out here.
fn checked_tag(answer: &Answer, condition: &Precondition) -> Result<ETag, AttemptError> {
    let Some(etag) = answer.etag() else {
        let message = format!("the answer (status {}) has no ETag", answer.status);
        return Err(AttemptError::broken(message));
    };
    match condition {
        Precondition::IfMatch(wanted) if !wanted.is_same(&etag) => {
            Err(AttemptError::Service(Box::new(ServiceError {
                code: Some("PreconditionFailed".to_owned()),
                message: Some(format!(
                    "the server ignored If-Match and sent the object with the ETag {}",
                    etag.as_str()
                )),
                status: 412,
                headers: answer.headers.clone(),
                further: false,
            })))
        }
        _ => Ok(etag),
    }
}

/// How long the body is, where that is known. A part must not be taken for the whole, nor the whole for a part: whoever reads would
/// not notice.
fn checked_length<B>(
    got: &GetAnswer<B>,
    wanted: Option<ByteRange>,
) -> Result<Option<u64>, AttemptError> {
    let broken = |why: &str| {
        let message = format!("the answer (status {}) {why}", got.answer.status);
        Err(AttemptError::NoAnswer(Box::new(NoAnswer {
            code: Some("ERR_INVALID_RANGE_ANSWER".to_owned()),
            message,
            ..NoAnswer::default()
        })))
    };
    match (wanted, content_range(&got.answer)) {
        (None, None) if got.answer.status != 206 => Ok(got.content_length),
        (Some(wanted), Some(part)) if part.is(wanted) => {
            let length = part.last - part.first + 1;
            if got.content_length.is_some_and(|said| said != length) {
                return broken("is not as long as the part that it says it carries");
            }
            Ok(Some(length))
        }
        _ => broken("does not carry the part of the object that was asked for"),
    }
}

/// That nothing has changed is what such a condition asks for, and no error.
pub(crate) fn or_not_modified<T>(
    tried: Result<Tried<T>, Ended>,
    condition: &Precondition,
    value: impl FnOnce(Answer) -> T,
) -> Result<Tried<T>, Ended> {
    match tried {
        Err(Ended {
            error: AttemptError::Service(error),
            attempts,
            ..
        }) if error.status == 304 && condition.asks_for_changes() => Ok(Tried {
            value: value(Answer {
                status: error.status,
                headers: error.headers,
            }),
            attempts,
            clean: true,
        }),
        tried => tried,
    }
}

fn landed(answer: &Answer, current: bool) -> Resolution {
    Resolution::Landed {
        etag: header(&answer.headers, "etag").map(str::to_owned),
        version_id: header(&answer.headers, "x-amz-version-id").map(str::to_owned),
        current,
    }
}
