//! Copies within the bucket, under a condition for the key that is written.
//!
//! A copy takes its headers and metadata from a look at the source, which is then pinned by its tag: S3 would copy the
//! write id of the source, too. What the pin is refused for, and what the condition, is told apart by another look.

mod parts;
mod request;

use std::sync::Arc;

use tokio::time::Instant;

use crate::attempts::{Ended, Tried};
use crate::connections::Permit;
use crate::failure::{Failure, Kind, Seen};
use crate::object::Object;
use crate::operation::Operation;
use crate::precondition::{ETag, Precondition};
use crate::recovery::{self, Unsettled, is_conflict};
use crate::store::{Store, WriteOutput};
use crate::until::Until;
use crate::upload::{again_after_conflict, written_output};
use crate::wire::{Answer, CopyWire, HeadRequest, Headers, PartCopyWire, Written, header};
use crate::write_id::WriteId;

use self::request::{request, source_headers};

/// How often a source that changes while it is copied is looked at anew.
const ROUNDS: u32 = 5;
/// The largest object that one request copies.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
const MAX_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// A copy to be made.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The key that is copied.
    pub source: Arc<str>,
    /// The version of it; `None` is the current one.
    pub source_version_id: Option<String>,
    /// The tag that it must have.
    pub source_if_match: Option<ETag>,
    /// The key that is written.
    pub key: Arc<str>,
    /// What must hold there; [`Precondition::None`] is refused: a write never lacks its condition.
    pub condition: Precondition,
    /// `Content-Type`, if not the source's.
    pub content_type: Option<String>,
    /// User metadata, if not the source's: names without `x-amz-meta-`, and values.
    pub metadata: Option<Vec<(String, String)>>,
    /// Further headers. Those that the source has go before the source's.
    pub headers: Headers,
    /// Whether the copy carries an id by which it can be recognised later.
    pub recovery: bool,
    /// How many times each request that copies may be tried; the store's own number unless given.
    pub max_attempts: Option<u32>,
    /// Bytes to a part of a copy by parts, which is how a source goes then that has more; without it, only one that is too large for
    /// one request.
    pub part_size: Option<u64>,
    /// Parts on their way at once.
    pub concurrency: Option<usize>,
}

/// What a look at the source showed.
pub(crate) struct Source {
    pub(crate) answer: Answer,
    pub(crate) etag: ETag,
}

/// A copy that was refused, by all that is known without having written anything, for its condition or its source.
struct Refused {
    source: ETag,
    ended: Ended,
    began: Instant,
}

/// How a source is copied.
#[derive(Clone, Copy)]
enum Way {
    /// By one request.
    Whole,
    /// By parts: so many bytes.
    Parts(u64),
}

impl<W: PartCopyWire> Store<W> {
    /// Copies an object, under its condition. A success has landed; any failure but `Ambiguous` has not, and won't.
    ///
    /// # Errors
    ///
    /// As [`Store::put`]. What is about the source says so: `StaleData` when it hasn't the tag that it must have,
    /// `WriteConflict` when it kept changing. `Seen::upload_id` is set where parts could not be taken away.
    pub async fn copy(&self, copy: Copy) -> Result<WriteOutput, Failure> {
        let until = self.until();
        let id = id_of(&copy)?;
        let mut refused: Option<Refused> = None;
        for _ in 0..ROUNDS {
            let held = refused.as_ref().and_then(|last| last.ended.permit.clone());
            let source = self.look_at_source(&copy, held.as_ref(), &until).await?;
            // The source is what it was: it was the condition that did not hold.
            if let Some(last) = refused.take_if(|last| last.source.is_same(&source.etag)) {
                return self
                    .settle(&copy, id.as_ref(), last.ended, last.began, &until)
                    .await;
            }
            drop((refused.take(), held));
            match self.verified_way(&copy, &source, &until).await? {
                Way::Parts(size) => {
                    let attempts = copy.max_attempts;
                    let attempts = attempts.unwrap_or(self.inner.policy().max_attempts);
                    let copied = again_after_conflict(attempts, &until, || {
                        self.copy_by_parts(&copy, &source, size, id.as_ref(), &until)
                    });
                    if let Some(written) = copied.await? {
                        return Ok(written);
                    }
                }
                Way::Whole => {
                    let began = Instant::now();
                    match self.try_copy(&copy, &source, id.as_ref(), &until).await {
                        Err(ended) if ended.clean && is_conflict(&ended.error, &copy.condition) => {
                            refused = Some(Refused {
                                source: source.etag,
                                ended,
                                began,
                            });
                        }
                        tried => {
                            return self.or_settled(&copy, id, tried, began, &until).await;
                        }
                    }
                }
            }
        }
        let message = format!(
            "the source {:?} kept changing while it was copied, retry",
            copy.source
        );
        Err(of_source(
            &copy,
            Failure::local(Kind::WriteConflict, message),
        ))
    }

    /// How the source goes, on a server that is known to honour the conditions of that.
    async fn verified_way(
        &self,
        copy: &Copy,
        source: &Source,
        until: &Until,
    ) -> Result<Way, Failure> {
        let size = size(&source.answer).unwrap_or_default();
        let most = copy.part_size.unwrap_or(MAX_BYTES).min(MAX_BYTES);
        // Whether its copies honour conditions will not be found out: by parts they do on more servers.
        let is_unproven = !self.inner.config.verify && copy.part_size.is_some() && size > 0;
        if size <= most && !is_unproven {
            match self.verify_copies(until).await {
                Ok(()) => return Ok(Way::Whole),
                // The server may do better by parts, of which one is enough; but an empty object has none to copy.
                Err(failure)
                    if failure.kind == Kind::Unsupported
                        && copy.part_size.is_some()
                        && size > 0 => {}
                Err(failure) => return Err(failure),
            }
        }
        self.verify_part_copies(operation(copy), until).await?;
        Ok(Way::Parts(size))
    }
}

impl<W: CopyWire> Store<W> {
    /// Copies an object as it is now, by one request, on a server that is being tested.
    pub(crate) async fn copy_unverified(
        &self,
        copy: &Copy,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let source = self.look_at_source(copy, None, until).await?;
        self.copy_from(copy, &source, until).await
    }

    /// The same of a source that was looked at before, or not at all, whatever has become of it.
    pub(crate) async fn copy_from(
        &self,
        copy: &Copy,
        source: &Source,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let id = id_of(copy)?;
        let began = Instant::now();
        let tried = self.try_copy(copy, source, id.as_ref(), until).await;
        self.or_settled(copy, id, tried, began, until).await
    }

    /// What the source is, if it may be copied.
    async fn look_at_source(
        &self,
        copy: &Copy,
        held: Option<&Permit>,
        until: &Until,
    ) -> Result<Source, Failure> {
        let request = HeadRequest {
            key: Arc::clone(&copy.source),
            condition: Precondition::None,
            version_id: copy.source_version_id.clone(),
            headers: source_headers(&copy.headers),
        };
        let looked = self.head_over(request, held, until).await;
        let answer = looked.map_err(|failure| of_source(copy, failure))?.answer;
        let Some(etag) = answer.etag() else {
            return Err(Failure::local(Kind::Internal, "a source without a tag"));
        };
        if let Some(wanted) = &copy.source_if_match
            && !wanted.is_same(&etag)
        {
            return Err(changed(copy, &etag));
        }
        Ok(Source { answer, etag })
    }

    /// Attempts of the request that copies.
    async fn try_copy(
        &self,
        copy: &Copy,
        source: &Source,
        id: Option<&WriteId>,
        until: &Until,
    ) -> Result<Tried<Written>, Ended> {
        let inner = &self.inner;
        let request = Arc::new(request(copy, source, id));
        let max_attempts = copy.max_attempts.unwrap_or(inner.policy().max_attempts);
        let bytes = size(&source.answer).and_then(|size| usize::try_from(size).ok());
        let limit = inner.policy().limit(bytes.unwrap_or_default());
        inner
            .attempts_at_most(max_attempts, until, limit, |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    let written = inner.wire.copy(&request, &record).await;
                    written.map_err(|error| error.of_request(!request.headers.is_empty()))
                }
            })
            .await
    }

    /// What was written, or what became of it: as of a put.
    async fn or_settled(
        &self,
        copy: &Copy,
        id: Option<WriteId>,
        tried: Result<Tried<Written>, Ended>,
        began: Instant,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        match tried {
            Ok(Tried {
                value, attempts, ..
            }) => Ok(written_output(value, attempts, id)),
            Err(ended) => self.settle(copy, id.as_ref(), ended, began, until).await,
        }
    }

    /// What became of a copy that came to no success: as of a put.
    async fn settle(
        &self,
        copy: &Copy,
        id: Option<&WriteId>,
        ended: Ended,
        began: Instant,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let unsettled = Unsettled {
            operation: operation(copy),
            object: Arc::new(Object::of(&copy.key, &copy.headers)),
            condition: &copy.condition,
            id,
            ended,
            began,
            until,
        };
        recovery::of_put(&self.inner, &unsettled).await
    }
}

/// What a copy is to the key that it is written to.
fn operation(copy: &Copy) -> Operation {
    match copy.condition {
        Precondition::IfMatch(_) => Operation::PutObjectIfMatch,
        _ => Operation::CreateObject,
    }
}

/// The id that the copy carries, if it is to carry one.
fn id_of(copy: &Copy) -> Result<Option<WriteId>, Failure> {
    let id = copy.recovery.then(WriteId::random).transpose();
    id.map_err(|error| Failure::local(Kind::Internal, error.to_string()))
}

pub(crate) fn size(answer: &Answer) -> Option<u64> {
    header(&answer.headers, "content-length")?.parse().ok()
}

fn of_source(copy: &Copy, failure: Failure) -> Failure {
    Failure {
        about: Some(copy.source.as_ref().into()),
        ..failure
    }
}

fn changed(copy: &Copy, etag: &ETag) -> Failure {
    let message = format!(
        "the source {:?} was modified concurrently, reload it first",
        copy.source
    );
    let failure = Failure {
        seen: Some(Box::new(Seen {
            current_etag: Some(etag.as_str().to_owned()),
            ..Seen::default()
        })),
        ..Failure::local(Kind::StaleData, message)
    };
    of_source(copy, failure)
}
