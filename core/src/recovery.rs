//! What became of a write whose attempts ended without a success: the object itself is asked.
//!
//! A repeat can meet its own write, whose answer was lost, and be told 412. The write id tells such a conflict from
//! another writer's. What can't be known is said to be ambiguous, never guessed.

use std::sync::Arc;

use tokio::time::Instant;

use crate::attempts::{Ended, Tried};
use crate::connections::Permit;
use crate::failure::{Failure, Kind, Seen};
use crate::inner::Inner;
use crate::object::Object;
use crate::operation::Operation;
use crate::precondition::Precondition;
use crate::store::{ReadBack, WriteOutput};
use crate::until::Until;
use crate::versions;
use crate::wire::{
    Answer, AttemptError, GetRequest, HeadRequest, Reason, ServiceError, Wire, header,
};
use crate::write_id::WriteId;

/// A write that came to no success.
pub(crate) struct Unsettled<'a> {
    pub(crate) operation: Operation,
    pub(crate) object: Arc<Object>,
    pub(crate) condition: &'a Precondition,
    /// `None` when the caller wants no recovery.
    pub(crate) id: Option<&'a WriteId>,
    pub(crate) ended: Ended,
    /// When the first attempt began.
    pub(crate) began: Instant,
    pub(crate) until: &'a Until,
}

impl Unsettled<'_> {
    /// The connection that the write had: with others waiting for one, the time of a look could run out.
    fn permit(&self) -> Option<&Permit> {
        self.ended.permit.as_ref()
    }
}

/// What a look at the key showed.
pub(crate) enum Look {
    /// The object with this head.
    Object(Answer),
    /// No object; with the headers of the answer, which tell whether there are versions.
    Absent(Answer),
    /// Nothing: nobody answered, or not to the point.
    Nothing,
}

impl Look {
    fn etag(&self) -> Option<String> {
        match self {
            Self::Object(answer) => header(&answer.headers, "etag").map(str::to_owned),
            Self::Absent(_) | Self::Nothing => None,
        }
    }
}

/// Asks for the head of an object, or of one of its versions.
pub(crate) async fn try_look<W: Wire>(
    inner: &Arc<Inner<W>>,
    object: &Object,
    version_id: Option<String>,
    held: Option<&Permit>,
    until: &Until,
) -> Result<Look, Ended> {
    let looked = look_once(inner, object, version_id.clone(), held, until).await;
    let is_refused = matches!(&looked, Err(Ended { error: AttemptError::Service(error), .. })
        if matches!(error.status, 400 | 403));
    if !(is_refused && object.has_own_key()) {
        return looked;
    }
    // With the connection that it has.
    drop(looked);
    // An object that is encrypted otherwise, or not at all, can't be looked at with our key, but perhaps without one.
    look_once(inner, &object.without_own_key(), version_id, held, until).await
}

async fn look_once<W: Wire>(
    inner: &Arc<Inner<W>>,
    object: &Object,
    version_id: Option<String>,
    held: Option<&Permit>,
    until: &Until,
) -> Result<Look, Ended> {
    let request = Arc::new(HeadRequest {
        key: Arc::clone(&object.key),
        condition: Precondition::None,
        version_id,
        headers: object.access.clone(),
    });
    let looked = inner
        .attempts_over(held, until, inner.policy().limit(0), |permit, record| {
            let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.head(&request, &record).await
            }
        })
        .await;
    match looked {
        // Every object has a tag: a 200 without one is a page of something in between.
        Ok(Tried {
            value, attempts, ..
        }) if value.etag().is_none() => Err(Ended {
            error: AttemptError::broken("the answer to HEAD has no ETag"),
            attempts,
            clean: true,
            permit: None,
        }),
        Ok(Tried { value, .. }) => Ok(Look::Object(value)),
        Err(Ended {
            error: AttemptError::Service(error),
            ..
        }) if is_absent(&error) => Ok(Look::Absent(Answer {
            status: error.status,
            headers: error.headers,
        })),
        Err(ended) => Err(ended),
    }
}

/// The same, where whatever goes wrong is simply nothing seen.
pub(crate) async fn look<W: Wire>(
    inner: &Arc<Inner<W>>,
    object: &Object,
    version_id: Option<String>,
    held: Option<&Permit>,
    until: &Until,
) -> Look {
    try_look(inner, object, version_id, held, until)
        .await
        .unwrap_or(Look::Nothing)
}

/// The key that was written.
async fn read_back<W: Wire>(inner: &Arc<Inner<W>>, write: &Unsettled<'_>) -> Look {
    look(inner, &write.object, None, write.permit(), write.until).await
}

/// A HEAD's answer has no body, and so no code: the status must do. Where absence decides, [`says_absent`] asks further.
fn is_absent(error: &ServiceError) -> bool {
    error.status == 404 && error.code.as_deref() != Some("NoSuchBucket")
}

/// The success of a write that can be seen: as the object that is there or, after an attempt that may have written, as one of
/// its versions. Otherwise what was seen.
pub(crate) async fn landed<W: Wire>(
    inner: &Arc<Inner<W>>,
    write: &Unsettled<'_>,
    id: &WriteId,
) -> Result<WriteOutput, Look> {
    let Ended {
        attempts, clean, ..
    } = &write.ended;
    let look = read_back(inner, write).await;
    if let Look::Object(answer) = &look
        && id.wrote(&answer.headers)
    {
        return Ok(recovered(answer.clone(), *attempts, id, None));
    }
    if *clean {
        return Err(look);
    }
    let found = versions::find(
        inner,
        &write.object,
        id,
        &look,
        Some(write.began),
        write.permit(),
        write.until,
    )
    .await;
    match found {
        // It may have landed after the look, and be the latest.
        Some(found) => {
            let current = (!found.is_latest).then_some(false);
            Ok(recovered(found.answer, *attempts, id, current))
        }
        None => Err(look),
    }
}

/// The outcome of a `createObject` or `putObjectIfMatch` that came to no success.
pub(crate) async fn of_put<W: Wire>(
    inner: &Arc<Inner<W>>,
    write: &Unsettled<'_>,
) -> Result<WriteOutput, Failure> {
    let Ended { error, clean, .. } = &write.ended;
    let conflict = is_conflict(error, write.condition);
    // Nothing was written, and nobody between us and S3 can have repeated a request that was refused otherwise.
    let settled = *clean && !(conflict && inner.config.read_back == ReadBack::Always);
    let look = match write.id {
        Some(id) if !settled => match landed(inner, write, id).await {
            Ok(output) => return Ok(output),
            Err(look) => look,
        },
        _ => Look::Nothing,
    };
    Err(if *clean {
        not_written(inner, write, conflict, &look)
    } else {
        ambiguous(inner, write, &look)
    })
}

/// The outcome of a `deleteObjectIfMatch` that came to no success. A delete leaves nothing behind that could be
/// recognised: after an attempt that may have deleted, absence is all that can be seen.
pub(crate) async fn of_delete<W: Wire>(
    inner: &Arc<Inner<W>>,
    write: Unsettled<'_>,
    idempotent: bool,
) -> Result<WriteOutput, Failure> {
    let Ended {
        error,
        attempts,
        clean,
        ..
    } = &write.ended;
    if *clean {
        return Err(inner.failure(write.operation, error.clone(), *attempts));
    }
    let look = match error {
        AttemptError::Service(found) if has_code(error, "NoSuchKey") => Look::Absent(Answer {
            status: found.status,
            headers: found.headers.clone(),
        }),
        _ => read_back(inner, &write).await,
    };
    let look = match look {
        // Without a code in its answer, a HEAD can't tell an absent key from an absent bucket.
        Look::Absent(_) if !is_key_absent(inner, &write).await => Look::Nothing,
        look => look,
    };
    match look {
        Look::Absent(answer) if idempotent => Ok(WriteOutput {
            answer,
            attempts: *attempts,
            recovered: true,
            write_id: None,
            current: None,
        }),
        look => Err(ambiguous(inner, &write, &look)),
    }
}

/// Whether S3 says in so many words that there is no such key.
async fn is_key_absent<W: Wire>(inner: &Arc<Inner<W>>, write: &Unsettled<'_>) -> bool {
    has_code(&write.ended.error, "NoSuchKey")
        || says_absent(inner, &write.object, write.permit(), write.until)
            .await
            .unwrap_or(false)
}

/// Asks for the key by GET, whose answer has a code that tells an absent key from an absent bucket or a page of
/// something in between. Whether the key is absent.
pub(crate) async fn says_absent<W: Wire>(
    inner: &Arc<Inner<W>>,
    object: &Object,
    held: Option<&Permit>,
    until: &Until,
) -> Result<bool, Ended> {
    match refusal(inner, object.get(None), held, until).await {
        Ok(()) => Ok(false),
        Err(ended) if has_code(&ended.error, "NoSuchKey") => Ok(true),
        Err(ended) => Err(ended),
    }
}

/// How a GET of the same is refused, where a HEAD was, which says no more than a status. `None` when it isn't.
pub(crate) async fn in_words<W: Wire>(
    inner: &Arc<Inner<W>>,
    request: GetRequest,
    refused: Ended,
    until: &Until,
) -> Option<Ended> {
    if !is_wordless(&refused.error) {
        return Some(refused);
    }
    match refusal(inner, request, refused.permit.as_ref(), until).await {
        Ok(()) => None,
        Err(ended) if has_words(&ended.error) => Some(ended),
        // What HEAD said is more than that nobody answered since.
        Err(_) => Some(refused),
    }
}

/// A refusal that says no more than its status, or than what the SDKs call a 404 without a body.
fn is_wordless(error: &AttemptError) -> bool {
    !has_words(error)
        && matches!(error, AttemptError::Service(error)
            if (300..500).contains(&error.status) && !matches!(error.status, 304 | 412))
}

fn has_words(error: &AttemptError) -> bool {
    matches!(error, AttemptError::Service(error)
        if error.code.as_deref().is_some_and(|code| code != "NotFound"))
}

/// Makes a GET for the sake of how it is refused, if it is.
pub(crate) async fn refusal<W: Wire>(
    inner: &Arc<Inner<W>>,
    request: GetRequest,
    held: Option<&Permit>,
    until: &Until,
) -> Result<(), Ended> {
    let request = Arc::new(request);
    let asked = inner
        .attempts_over(held, until, inner.policy().limit(0), |permit, record| {
            let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.get(&request, &record).await.map(|_| ())
            }
        })
        .await;
    asked.map(|_| ())
}

pub(crate) fn has_code(error: &AttemptError, code: &str) -> bool {
    matches!(error, AttemptError::Service(error) if error.code.as_deref() == Some(code))
}

/// An answer that says the condition did not hold.
pub(crate) fn is_conflict(error: &AttemptError, condition: &Precondition) -> bool {
    let AttemptError::Service(error) = error else {
        return false;
    };
    match error.code.as_deref() {
        Some("PreconditionFailed") => true,
        Some("NoSuchKey") => condition.if_match().is_some(),
        Some(_) => false,
        None => error.status == 412,
    }
}

fn recovered(answer: Answer, attempts: u32, id: &WriteId, current: Option<bool>) -> WriteOutput {
    WriteOutput {
        answer,
        attempts,
        recovered: true,
        write_id: Some(id.clone()),
        current,
    }
}

/// The failure of a write of which every attempt was clean. A conflict names the write all the same: who reads the key
/// next can tell whether it landed after all, where it was not read back.
fn not_written<W: Wire>(
    inner: &Arc<Inner<W>>,
    write: &Unsettled<'_>,
    conflict: bool,
    look: &Look,
) -> Failure {
    let Ended {
        error, attempts, ..
    } = &write.ended;
    let mut failure = inner.failure(write.operation, error.clone(), *attempts);
    if conflict || failure.kind == Kind::WriteConflict {
        failure.seen = Some(Box::new(Seen {
            write_id: write.id.map(|id| id.as_str().to_owned()),
            current_etag: look.etag(),
            ..Seen::default()
        }));
    }
    failure
}

fn ambiguous<W: Wire>(inner: &Arc<Inner<W>>, write: &Unsettled<'_>, look: &Look) -> Failure {
    let Ended {
        error, attempts, ..
    } = &write.ended;
    let cause = inner.failure(write.operation, error.clone(), *attempts);
    let gone = matches!(look, Look::Absent(_)) && write.operation == Operation::DeleteObjectIfMatch;
    let endpoint = inner.wire.endpoint();
    let unknown = if gone {
        "the object is gone, but whether this delete did it is not known"
    } else if write.id.is_some() {
        "whether the write landed is not known; resolveWrite(key, writeId) looks again"
    } else {
        "whether it took effect is not known"
    };
    let what = match error {
        AttemptError::Service(error) if !is_conflict(&write.ended.error, write.condition) => {
            let code = error.code.as_deref().unwrap_or_default();
            format!("the server answered {} {code}", error.status)
        }
        AttemptError::NoAnswer(error) if error.reason == Reason::Timeout => error.message.clone(),
        _ => "an answer was lost".to_owned(),
    };
    let what = format!("{}, and {unknown}", what.trim_end());
    Failure {
        attempts: *attempts,
        endpoint,
        seen: Some(Box::new(Seen {
            write_id: write.id.map(|id| id.as_str().to_owned()),
            current_etag: look.etag(),
            gone,
            upload_id: None,
            cause: Some(cause),
        })),
        ..Failure::local(Kind::Ambiguous, what)
    }
}
