//! A write whose bytes arrive piece by piece: small ones in one request, the others in parts.
//!
//! Parts change nothing that anybody sees. The one request that writes is the completion, which carries the condition; what became of
//! it is found out as for any write, by the write id that the upload was begun with.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::attempts::{Ended, Tried};
use crate::backoff;
use crate::checksum::{Algorithm, of_completion, of_upload, with_checksum};
use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::object::{Object, without_own_key};
use crate::operation::Operation;
use crate::parts::{Parts, Piece, Slot};
use crate::precondition::Precondition;
use crate::recovery::{self, Unsettled, has_code};
use crate::seen::Progress;
use crate::store::{Put, Store, WriteOutput};
use crate::until::{Control, Until};
use crate::wire::{
    Answer, AttemptError, CompleteUploadRequest, CreateUploadRequest, MultipartWire, Part,
    PartRequest, ServiceError, Upload, UploadRequest, Written,
};
use crate::write_id::WriteId;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub(crate) const MAX_PARTS: u16 = 10_000;
/// The longest that answers are waited for that were on their way when the upload failed.
const GRACE: Duration = Duration::from_secs(1);
/// The longest that giving an upload up may take.
const CLEAN_UP_TIME: Duration = Duration::from_secs(5);

impl<W: MultipartWire> Store<W> {
    /// Writes an object of the bytes that `parts` gives, in place of `put.body`. What fits into one part goes as [`Self::put`]
    /// would send it. The rest is uploaded in parts, several at once; when it comes to nothing, what was uploaded is taken away again.
    ///
    /// # Errors
    ///
    /// As for [`Self::put`]. `Aborted` when `parts` was given up. `Seen::upload_id` is set where the parts could not be taken away.
    pub async fn upload(&self, put: Put, parts: Parts) -> Result<WriteOutput, Failure> {
        self.upload_until(put, parts, &self.until()).await
    }

    pub(crate) async fn upload_until(
        &self,
        put: Put,
        mut parts: Parts,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let operation = put.operation()?;
        let first = next(&self.inner, &mut parts, until).await?;
        if let Piece::Last(body) = first {
            self.verify(operation, until).await?;
            let put = Put { body, ..put };
            return self.put_unverified(operation, put, until).await;
        }
        self.verify_parts(operation, until).await?;
        self.upload_unverified(operation, put, Some(first), parts, until)
            .await
    }

    /// The same in any number of parts, on a server that is known to honour the condition or is being tested.
    pub(crate) async fn upload_unverified(
        &self,
        operation: Operation,
        mut put: Put,
        first: Option<Piece>,
        mut parts: Parts,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let inner = &self.inner;
        let (metadata, id) = put.identified()?;
        let checksum = inner.checksum_for(&mut put.headers).await;
        of_upload(checksum, &mut put.headers);
        let request = CreateUploadRequest {
            key: put.key.into(),
            content_type: put.content_type,
            metadata,
            headers: put.headers,
        };
        let writing = Writing {
            inner,
            operation,
            object: Arc::new(Object::of(&request.key, &request.headers)),
            condition: put.condition,
            id,
            checksum,
            max_attempts: put.max_attempts.unwrap_or(inner.policy().max_attempts),
            grace: GRACE,
            began: Instant::now(),
            until,
        };
        let upload = writing.begin(request).await?;
        let mut under_way = UnderWay::new();
        let sent = writing
            .send(&upload, first, &mut parts, &mut under_way)
            .await;
        // Whoever writes need not go on when the upload has failed.
        drop(parts);
        writing.end(&upload, sent, under_way).await
    }
}

/// A write in parts.
pub(crate) struct Writing<'a, W: MultipartWire> {
    pub(crate) inner: &'a Arc<Inner<W>>,
    pub(crate) operation: Operation,
    pub(crate) object: Arc<Object>,
    pub(crate) condition: Precondition,
    /// `None` when the caller wants no recovery.
    pub(crate) id: Option<WriteId>,
    /// Of the parts, and of what is made of them.
    pub(crate) checksum: Option<Algorithm>,
    pub(crate) max_attempts: u32,
    /// The longest that parts are waited for that were on their way when the upload failed: one that arrives later may bring it back.
    pub(crate) grace: Duration,
    /// Before the upload was: S3 dates an object by that.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#SysMetadata>
    pub(crate) began: Instant,
    pub(crate) until: &'a Until,
}

/// The parts that are on their way.
pub(crate) type UnderWay = JoinSet<Result<Part, Failure>>;

/// The parts that were sent.
pub(crate) struct Sent {
    /// By number.
    pub(crate) parts: Vec<Part>,
    /// Bytes in all.
    pub(crate) length: usize,
}

impl<W: MultipartWire> Writing<'_, W> {
    /// Begins the upload. One whose answer is lost stays behind, for nobody knows its id: the answer is waited for a little longer than
    /// the call itself.
    pub(crate) async fn begin(&self, request: CreateUploadRequest) -> Result<Upload, Failure> {
        let inner = self.inner;
        let request = Arc::new(request);
        let limit = inner.policy().limit(0);
        let longer = inner.unbounded().seen_by(self.until.observer().cloned());
        let begun = inner.attempts_at_most(self.max_attempts, &longer, limit, |permit, record| {
            let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.create_upload(&request, &record).await
            }
        });
        let mut begun = std::pin::pin!(begun);
        match self.until.or_end(&mut begun).await {
            Ok(Ok(Tried { value, .. })) => Ok(value),
            Ok(Err(ended)) => Err(inner.plain_failure(ended.error, ended.attempts)),
            Err(early) => {
                let failure = inner.plain_failure(early.into(), 0);
                match tokio::time::timeout(GRACE, begun).await {
                    Ok(Ok(Tried { value, .. })) => Err(self.abandon(&value, failure).await),
                    _ => Err(failure),
                }
            }
        }
    }

    /// Uploads the parts as they come, as many at once as there are places in their window.
    async fn send(
        &self,
        upload: &Upload,
        first: Option<Piece>,
        parts: &mut Parts,
        under_way: &mut UnderWay,
    ) -> Result<Sent, Failure> {
        let mut sent = Sent {
            parts: Vec::new(),
            length: 0,
        };
        let mut number = 0;
        let mut piece = first;
        loop {
            let (body, slot, is_last) = match piece.take() {
                Some(Piece::Full(body, slot)) => (body, Some(slot), false),
                Some(Piece::Last(body)) => (body, None, true),
                None => {
                    tokio::select! {
                        Some(ended) = under_way.join_next() => sent.parts.push(part(ended)?),
                        next = next(self.inner, parts, self.until) => {
                            piece = Some(next?);
                        }
                    }
                    continue;
                }
            };
            // An object has at least one part.
            if !body.is_empty() || number == 0 {
                if number == MAX_PARTS {
                    return Err(too_many(sent.length));
                }
                number += 1;
                sent.length += body.len();
                let slot = match slot {
                    None => parts.slot().await,
                    slot => slot,
                };
                under_way.spawn(self.part(upload, number, body, slot));
            }
            if is_last {
                break;
            }
        }
        while let Some(ended) = under_way.join_next().await {
            sent.parts.push(part(ended)?);
        }
        sent.parts.sort_unstable_by_key(|part| part.number);
        Ok(sent)
    }

    fn part(
        &self,
        upload: &Upload,
        number: u16,
        body: Bytes,
        slot: Option<Slot>,
    ) -> impl Future<Output = Result<Part, Failure>> + use<W> {
        let inner = Arc::clone(self.inner);
        let (max_attempts, until) = (self.max_attempts, self.until.clone());
        let limit = inner.policy().limit(body.len());
        let (algorithm, upload) = (self.checksum, upload.clone());
        let access = self.object.access.clone();
        async move {
            let _slot = slot;
            let length = body.len() as u64;
            let (headers, checksum) = with_checksum(algorithm, &body, access).await;
            let request = Arc::new(PartRequest {
                upload,
                number,
                body,
                headers,
            });
            let sent = inner
                .attempts_at_most(max_attempts, &until, limit, |permit, record| {
                    let (inner, request) = (Arc::clone(&inner), Arc::clone(&request));
                    async move {
                        let _permit = permit;
                        inner.wire.upload_part(&request, &record).await
                    }
                })
                .await;
            match sent {
                Ok(Tried { value, .. }) => {
                    until.progress(Progress::Moved(length));
                    Ok(Part { checksum, ..value })
                }
                Err(ended) => Err(inner.plain_failure(ended.error, ended.attempts)),
            }
        }
    }

    /// Makes the object of the parts that were sent or, where that failed, takes them away again.
    pub(crate) async fn end(
        &self,
        upload: &Upload,
        sent: Result<Sent, Failure>,
        mut under_way: UnderWay,
    ) -> Result<WriteOutput, Failure> {
        match sent {
            Ok(sent) => self.complete(upload, sent).await,
            Err(failure) => {
                // A part that arrives after the end of its upload may bring it back.
                let all = async { while under_way.join_next().await.is_some() {} };
                let _late = self
                    .until
                    .or_end(tokio::time::timeout(self.grace, all))
                    .await;
                under_way.shutdown().await;
                Err(self.abandon(upload, failure).await)
            }
        }
    }

    /// Makes the object of its parts, under the condition.
    async fn complete(&self, upload: &Upload, sent: Sent) -> Result<WriteOutput, Failure> {
        let inner = self.inner;
        let mut headers = self.object.access.clone();
        of_completion(&sent.parts, &mut headers);
        let request = Arc::new(CompleteUploadRequest {
            upload: upload.clone(),
            parts: sent.parts,
            condition: self.condition.clone(),
            headers,
        });
        // The server may have to put all of it together before it answers.
        let limit = inner.policy().limit(sent.length);
        let tried = inner
            .attempts_at_most(self.max_attempts, self.until, limit, |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    let completed = inner.wire.complete_upload(&request, &record).await;
                    or_conflict(completed)
                }
            })
            .await;
        let ended = match tried {
            Ok(Tried {
                value: Ok(written),
                attempts,
                clean: true,
            }) => return Ok(written_output(written, attempts, self.id.clone())),
            // Some servers say yes to the completion of an upload that is gone, whatever is there.
            Ok(Tried {
                value: Ok(_),
                attempts,
                ..
            }) => Ended {
                error: AttemptError::broken(
                    "an earlier answer to CompleteMultipartUpload was lost",
                ),
                attempts,
                clean: false,
                permit: None,
            },
            Ok(Tried {
                value: Err(conflict),
                attempts,
                clean,
            }) => Ended {
                error: AttemptError::Service(conflict),
                attempts,
                clean,
                permit: None,
            },
            Err(ended) => ended,
        };
        let mut unsettled = Unsettled {
            operation: self.operation,
            object: Arc::clone(&self.object),
            condition: &self.condition,
            id: self.id.as_ref(),
            ended,
            began: self.began,
            until: self.until,
        };
        let failure = match recovery::of_put(inner, &unsettled).await {
            Ok(output) => return Ok(output),
            Err(failure) => failure,
        };
        // Its connection may be the only one.
        unsettled.ended.permit = None;
        let failure = self.abandon(upload, failure).await;
        // It may have landed before the upload was given up; now it can't any more.
        if failure.kind == Kind::Ambiguous
            && let Some(id) = unsettled.id
            && let Ok(output) = recovery::landed(inner, &unsettled, id).await
        {
            return Ok(output);
        }
        Err(failure)
    }

    /// Gives the upload up, and has the failure say so where that fails too.
    async fn abandon(&self, upload: &Upload, mut failure: Failure) -> Failure {
        let inner = self.inner;
        let until = inner.until(Control {
            timeout: Some(CLEAN_UP_TIME),
            abort: None,
            observer: self.until.observer().cloned(),
        });
        let request = UploadRequest {
            upload: upload.clone(),
            headers: without_own_key(&self.object.access),
        };
        if !is_given_up(inner, request, &until).await {
            let seen = failure.seen.get_or_insert_default();
            seen.upload_id = Some(upload.upload_id.to_string());
        }
        failure
    }
}

/// Makes an upload of what can be had again anew, where another writer came in between. One whose parts could not be taken away is
/// the last: only its failure names it.
pub(crate) async fn again_after_conflict<T, F>(
    max_attempts: u32,
    until: &Until,
    mut upload: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failure = match upload().await {
            Err(failure) => failure,
            written => return written,
        };
        let wait = backoff::wait(attempt, None);
        if failure.kind != Kind::WriteConflict
            || names_an_upload(&failure)
            || attempt >= max_attempts
            || until.is_over_after(wait)
            || until.or_end(tokio::time::sleep(wait)).await.is_err()
        {
            return Err(failure);
        }
    }
}

/// Whether there is an upload left that could not be taken away.
pub(crate) fn names_an_upload(failure: &Failure) -> bool {
    let seen = failure.seen.as_ref();
    seen.is_some_and(|seen| seen.upload_id.is_some())
}

/// Takes an upload and its parts away, until it is gone: parts that were still on their way can bring it back.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
async fn is_given_up<W: MultipartWire>(
    inner: &Arc<Inner<W>>,
    request: UploadRequest,
    until: &Until,
) -> bool {
    let request = Arc::new(request);
    for pass in 1.. {
        if let Err(ended) = give_up(inner, &request, until).await
            && !has_code(&ended.error, "NoSuchUpload")
        {
            return false;
        }
        // Where that can't be known, perhaps for want of the right to list, the server's word must do.
        if find(inner, &request, until).await.is_err() {
            return true;
        }
        let wait = tokio::time::sleep(backoff::wait(pass, None));
        if until.or_end(wait).await.is_err() {
            break;
        }
    }
    false
}

/// Takes an upload and its parts away.
pub(crate) async fn give_up<W: MultipartWire>(
    inner: &Arc<Inner<W>>,
    request: &Arc<UploadRequest>,
    until: &Until,
) -> Result<(), Ended> {
    let aborted = inner
        .ask(until, request, |inner, request, record| async move {
            inner.wire.abort_upload(&request, &record).await
        })
        .await;
    aborted.map(|_| ())
}

/// Looks whether an upload is still there.
async fn find<W: MultipartWire>(
    inner: &Arc<Inner<W>>,
    request: &Arc<UploadRequest>,
    until: &Until,
) -> Result<(), Ended> {
    let found = inner
        .ask(until, request, |inner, request, record| async move {
            inner.wire.find_upload(&request, &record).await
        })
        .await;
    found.map(|_| ())
}

/// The next piece, in the time that the call has.
async fn next<W: MultipartWire>(
    inner: &Inner<W>,
    parts: &mut Parts,
    until: &Until,
) -> Result<Piece, Failure> {
    match until.or_end(parts.next()).await {
        Ok(Some(piece)) => Ok(piece),
        Ok(None) => Err(Failure::local(Kind::Aborted, "the body was given up")),
        Err(early) => Err(inner.plain_failure(early.into(), 0)),
    }
}

/// What became of a part.
pub(crate) fn part(ended: Result<Result<Part, Failure>, JoinError>) -> Result<Part, Failure> {
    ended.unwrap_or_else(|bug| Err(Failure::local(Kind::Internal, bug.to_string())))
}

fn too_many(length: usize) -> Failure {
    Failure {
        code: Some("ERR_OUT_OF_RANGE".to_owned()),
        ..Failure::local(
            Kind::Configuration,
            format!(
                "the body goes on after {length} bytes in {MAX_PARTS} parts, and S3 takes no more: set options.partSize to a larger \
                 size, or options.contentLength"
            ),
        )
    }
}

/// After a 409 the same completion can't be made again: S3 asks for a new upload.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>, on If-Match and If-None-Match
fn or_conflict(
    completed: Result<Written, AttemptError>,
) -> Result<Result<Written, Box<ServiceError>>, AttemptError> {
    match completed {
        Err(AttemptError::Service(error))
            if error.code.as_deref() == Some("ConditionalRequestConflict") =>
        {
            Ok(Err(error))
        }
        completed => completed.map(Ok),
    }
}

/// The tag comes in the answer's body, and not in its headers as that of a put does.
pub(crate) fn written_output(
    written: Written,
    attempts: u32,
    write_id: Option<WriteId>,
) -> WriteOutput {
    let Answer {
        status,
        mut headers,
    } = written.answer;
    headers.retain(|(name, _)| name != "etag");
    headers.push(("etag".to_owned(), written.etag.as_str().to_owned()));
    WriteOutput {
        answer: Answer { status, headers },
        attempts,
        recovered: false,
        write_id,
        current: None,
    }
}
