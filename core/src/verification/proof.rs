//! The proof itself: what a server makes of a condition, on a fresh key of our own.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::stop::{Stop, is_forbidden, stop};
use super::{Flaw, Verdict};
use crate::copy::{Copy, Source, size};
use crate::failure::{Failure, Kind};
use crate::object::Object;
use crate::operation::Operation;
use crate::own_keys;
use crate::parts::Parts;
use crate::precondition::{ETag, Precondition};
use crate::recovery::{self, Look};
use crate::store::{Delete, Put, Store, WriteOutput};
use crate::until::Until;
use crate::wire::{CopyWire, MultipartWire, PartCopyWire, Wire};
use crate::write_id::WriteId;

/// A tag that no object of ours has.
const WRONG_TAG: &str = "\"00000000000000000000000000000000\"";

// What makes a server unfit for the writes in question.
const OVERWRITES_ON_CREATE: &Flaw = &Flaw {
    what: "ignores If-None-Match: * on PutObject: createObject would overwrite whatever is there",
    instead: "use a server that honours it",
};
const OVERWRITES_ON_PUT: &Flaw = &Flaw {
    what: "ignores If-Match on PutObject: putObjectIfMatch would overwrite whatever is there",
    instead: "use a server that honours it",
};
const OVERWRITES_ON_COMPLETE: &Flaw = &Flaw {
    what: "ignores If-None-Match: * on CompleteMultipartUpload: createObject with a stream would overwrite whatever is \
           there",
    instead: "give the body as a whole, or a partSize into which it fits",
};
const OVERWRITES_ON_COMPLETE_IF_MATCH: &Flaw = &Flaw {
    what: "ignores If-Match on CompleteMultipartUpload: putObjectIfMatch with a stream would overwrite whatever is there",
    instead: "give the body as a whole, or a partSize into which it fits",
};
const DELETES: &Flaw = &Flaw {
    what: "ignores If-Match on DeleteObject: deleteObjectIfMatch would delete whatever is there",
    instead: "update the object to a tombstone with putObjectIfMatch instead",
};
const READ_AND_WRITE: &str = "read the object and write it with createObject or putObjectIfMatch";
const COPY_OTHERWISE: &str = "set options.partSize, with which the object is copied by parts unless it is empty, or read it and \
                              write it with createObject or putObjectIfMatch";
const OVERWRITES_ON_COPY: &Flaw = &Flaw {
    what: "ignores If-None-Match: * on CopyObject: copyObject would overwrite whatever is there",
    instead: COPY_OTHERWISE,
};
const OVERWRITES_ON_STALE_COPY: &Flaw = &Flaw {
    what: "ignores If-Match on CopyObject: copyObject would overwrite whatever is there",
    instead: COPY_OTHERWISE,
};
const COPIES_ANYTHING: &Flaw = &Flaw {
    what: "ignores x-amz-copy-source-if-match on CopyObject: copyObject would copy what nobody has looked at",
    instead: COPY_OTHERWISE,
};
const COPIES_ANY_PART: &Flaw = &Flaw {
    what: "ignores x-amz-copy-source-if-match on UploadPartCopy: copyObject by parts would make one object of two",
    instead: READ_AND_WRITE,
};
const COPIES_ALL: &Flaw = &Flaw {
    what: "ignores x-amz-copy-source-range on UploadPartCopy: each part of a copy would be the whole object",
    instead: READ_AND_WRITE,
};
const FORGETS: &Flaw = &Flaw {
    what: "does not keep user metadata, by which a write is recognised when its answer was lost",
    instead: "use a server that keeps it",
};

/// A try on one key.
pub(super) struct Proof<W: Wire> {
    pub(super) store: Store<W>,
    pub(super) until: Until,
}

/// Puts a server to the test of the condition of an operation, on a key of which nothing is there.
pub(super) type Test<W> =
    for<'a> fn(&'a Proof<W>, Operation, &'a Arc<str>) -> Pin<Box<dyn Tested + Send + 'a>>;

/// What comes of a test.
pub(super) trait Tested: Future<Output = Result<Verdict, Stop>> {}
impl<F: Future<Output = Result<Verdict, Stop>>> Tested for F {}

/// Of requests that are a whole operation.
pub(super) fn of_whole<'a, W: Wire>(
    proof: &'a Proof<W>,
    operation: Operation,
    key: &'a Arc<str>,
) -> Pin<Box<dyn Tested + Send + 'a>> {
    Box::pin(async move {
        let put = |condition| proof.put(key, condition);
        match operation {
            Operation::CreateObject => proof.of_create(key, OVERWRITES_ON_CREATE, put).await,
            Operation::PutObjectIfMatch => proof.of_put(key, OVERWRITES_ON_PUT, put).await,
            _ => proof.of_delete(key).await,
        }
    })
}

/// Of writes in parts.
pub(super) fn of_parts<'a, W: MultipartWire>(
    proof: &'a Proof<W>,
    operation: Operation,
    key: &'a Arc<str>,
) -> Pin<Box<dyn Tested + Send + 'a>> {
    Box::pin(async move {
        let upload = |condition| proof.upload(key, condition);
        match operation {
            Operation::CreateObject => proof.of_create(key, OVERWRITES_ON_COMPLETE, upload).await,
            _ => {
                proof
                    .of_put(key, OVERWRITES_ON_COMPLETE_IF_MATCH, upload)
                    .await
            }
        }
    })
}

/// Of copies, on a second key, which is taken away again.
pub(super) fn of_copies<'a, W: CopyWire>(
    proof: &'a Proof<W>,
    _operation: Operation,
    key: &'a Arc<str>,
) -> Pin<Box<dyn Tested + Send + 'a>> {
    Box::pin(async move {
        let source = proof.second_key()?;
        let verdict = proof.of_copy(&source, key).await;
        own_keys::remove(&proof.store.inner, &source).await;
        verdict
    })
}

/// Of the parts of copies, on a second key as well.
pub(super) fn of_part_copies<'a, W: PartCopyWire>(
    proof: &'a Proof<W>,
    _operation: Operation,
    key: &'a Arc<str>,
) -> Pin<Box<dyn Tested + Send + 'a>> {
    Box::pin(async move {
        let source = proof.second_key()?;
        let verdict = proof.of_part_copy(&source, key).await;
        own_keys::remove(&proof.store.inner, &source).await;
        verdict
    })
}

impl<W: Wire> Proof<W> {
    /// Of writes that create, made by `write`; `flaw` is what is wrong with a server that carries the second one out.
    async fn of_create<F>(
        &self,
        key: &Arc<str>,
        flaw: &'static Flaw,
        write: impl Fn(Precondition) -> F,
    ) -> Result<Verdict, Stop>
    where
        F: Future<Output = Result<WriteOutput, Stop>>,
    {
        let first = write(Precondition::IfAbsent).await?;
        let again = write(Precondition::IfAbsent).await;
        if !is_turned_down(again, Kind::KeyExists)? {
            return Ok(Verdict::Unfit(flaw));
        }
        self.is_recognised(key, first).await
    }

    /// The same of writes over what has a tag, the second of which it has no more.
    async fn of_put<F>(
        &self,
        key: &Arc<str>,
        flaw: &'static Flaw,
        write: impl Fn(Precondition) -> F,
    ) -> Result<Verdict, Stop>
    where
        F: Future<Output = Result<WriteOutput, Stop>>,
    {
        let first = if_match(&self.seed(key).await?)?;
        let second = write(first.clone()).await?;
        let stale = write(first).await;
        if !is_turned_down(stale, Kind::StaleData)? {
            return Ok(Verdict::Unfit(flaw));
        }
        self.is_recognised(key, second).await
    }

    async fn of_delete(&self, key: &Arc<str>) -> Result<Verdict, Stop> {
        let right = if_match(&self.seed(key).await?)?;
        let wrong = Precondition::IfMatch(ETag::new(WRONG_TAG));
        let is_turned_down = is_turned_down(self.delete(key, wrong, false).await, Kind::StaleData)?;
        if !is_turned_down || matches!(self.look(key).await?, Look::Absent(_)) {
            return Ok(Verdict::Unfit(DELETES));
        }
        self.delete(key, right, true).await?;
        Ok(Verdict::Enforced)
    }

    /// Whether the object of `write` is there, with the id by which it is told from others.
    async fn is_recognised(&self, key: &Arc<str>, write: WriteOutput) -> Result<Verdict, Stop> {
        match (self.look(key).await?, write.write_id) {
            (Look::Object(answer), Some(id)) if id.wrote(&answer.headers) => Ok(Verdict::Enforced),
            (Look::Object(_), _) => Ok(Verdict::Unfit(FORGETS)),
            (Look::Absent(_) | Look::Nothing, _) => Err(unsettled("the key of the test is gone")),
        }
    }

    /// An object to test other conditions on, also where a write that creates can't have one.
    async fn seed(&self, key: &Arc<str>) -> Result<WriteOutput, Stop> {
        match self.put(key, Precondition::IfAbsent).await {
            Err(Stop::Final(failure)) if failure.kind == Kind::Unsupported => {
                self.put(key, Precondition::None).await
            }
            written => written,
        }
    }

    /// Writes a body that no other write has.
    async fn put(&self, key: &Arc<str>, condition: Precondition) -> Result<WriteOutput, Stop> {
        let (operation, put) = write(key, condition)?;
        let put = self.store.put_unverified(operation, put, &self.until);
        put.await.map_err(stop)
    }

    async fn delete(
        &self,
        key: &Arc<str>,
        condition: Precondition,
        idempotent: bool,
    ) -> Result<WriteOutput, Stop> {
        let operation = Operation::DeleteObjectIfMatch;
        let delete = Delete {
            key: key.to_string(),
            condition,
            idempotent,
            version_id: None,
            headers: Vec::new(),
            max_attempts: None,
        };
        let deleted = self.store.delete_unverified(operation, delete, &self.until);
        deleted.await.map_err(stop)
    }

    fn second_key(&self) -> Result<Arc<str>, Stop> {
        let key = own_keys::fresh(&self.store.inner.config.verify_prefix, "verify");
        key.map_err(|error| Stop::Final(no_random(error)))
    }

    async fn look(&self, key: &Arc<str>) -> Result<Look, Stop> {
        let inner = &self.store.inner;
        let object = Object::plain(Arc::clone(key));
        let looked = recovery::try_look(inner, &object, None, None, &self.until).await;
        looked.map_err(|ended| {
            let failure = inner.failure(Operation::GetObject, ended.error, ended.attempts);
            if is_forbidden(&failure) {
                return Stop::Forbidden;
            }
            Stop::Unsettled(failure)
        })
    }
}

impl<W: MultipartWire> Proof<W> {
    /// Writes a body that no other write has, in one part.
    async fn upload(&self, key: &Arc<str>, condition: Precondition) -> Result<WriteOutput, Stop> {
        let (operation, put) = write(key, condition)?;
        let parts = Parts::of(put.body.clone());
        let upload = self
            .store
            .upload_unverified(operation, put, None, parts, &self.until);
        upload.await.map_err(stop)
    }
}

/// A write of what no other write has.
fn write(key: &Arc<str>, condition: Precondition) -> Result<(Operation, Put), Stop> {
    let body = WriteId::random().map_err(|error| Stop::Final(no_random(error)))?;
    let operation = match condition {
        Precondition::IfAbsent => Operation::CreateObject,
        _ => Operation::PutObjectIfMatch,
    };
    let put = Put {
        key: key.to_string(),
        body: Bytes::from(body.as_str().to_owned()),
        condition,
        content_type: "text/plain".to_owned(),
        metadata: Vec::new(),
        headers: Vec::new(),
        recovery: true,
        max_attempts: None,
    };
    Ok((operation, put))
}

impl<W: CopyWire> Proof<W> {
    async fn of_copy(&self, source: &Arc<str>, key: &Arc<str>) -> Result<Verdict, Stop> {
        let copied = self.put(source, Precondition::IfAbsent).await?;
        let right = if_match(&self.seed(key).await?)?;
        let wrong = || Precondition::IfMatch(ETag::new(WRONG_TAG));
        let created = self.copy(source, key, Precondition::IfAbsent).await;
        if !is_turned_down(created, Kind::KeyExists)? {
            return Ok(Verdict::Unfit(OVERWRITES_ON_COPY));
        }
        let stale = self.copy(source, key, wrong()).await;
        if !is_turned_down(stale, Kind::StaleData)? {
            return Ok(Verdict::Unfit(OVERWRITES_ON_STALE_COPY));
        }
        let unseen = Source {
            answer: copied.answer,
            etag: ETag::new(WRONG_TAG),
        };
        let unseen = self.copy_of(unseen, source, key, right.clone()).await;
        if !is_turned_down(unseen, Kind::StaleData)? {
            return Ok(Verdict::Unfit(COPIES_ANYTHING));
        }
        let copy = self.copy(source, key, right).await?;
        self.is_recognised(key, copy).await
    }

    async fn copy(
        &self,
        source: &Arc<str>,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Result<WriteOutput, Stop> {
        let copy = plain_copy(source, key, condition);
        let copied = self.store.copy_unverified(&copy, &self.until).await;
        copied.map_err(stop)
    }

    /// The same of a source that nobody looks at.
    async fn copy_of(
        &self,
        found: Source,
        source: &Arc<str>,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Result<WriteOutput, Stop> {
        let copy = plain_copy(source, key, condition);
        let copied = self.store.copy_from(&copy, &found, &self.until).await;
        copied.map_err(stop)
    }
}

impl<W: PartCopyWire> Proof<W> {
    async fn of_part_copy(&self, source: &Arc<str>, key: &Arc<str>) -> Result<Verdict, Stop> {
        let answer = self.put(source, Precondition::IfAbsent).await?.answer;
        let etag = answer.etag();
        let etag = etag.ok_or_else(|| unsettled("a write of the test has no ETag"))?;
        let seen = Source { answer, etag };
        let unseen = Source {
            answer: seen.answer.clone(),
            etag: ETag::new(WRONG_TAG),
        };
        if self.copy_first_byte(&unseen, source, key).await?.is_some() {
            return Ok(Verdict::Unfit(COPIES_ANY_PART));
        }
        if self.copy_first_byte(&seen, source, key).await?.is_none() {
            return Err(unsettled("the source of the test is gone"));
        }
        match self.look(key).await? {
            Look::Object(answer) if size(&answer) == Some(1) => Ok(Verdict::Enforced),
            Look::Object(_) => Ok(Verdict::Unfit(COPIES_ALL)),
            Look::Absent(_) | Look::Nothing => Err(unsettled("the key of the test is gone")),
        }
    }

    async fn copy_first_byte(
        &self,
        found: &Source,
        source: &Arc<str>,
        key: &Arc<str>,
    ) -> Result<Option<WriteOutput>, Stop> {
        let mut copy = plain_copy(source, key, Precondition::IfAbsent);
        // Nothing is to be asked about tags, which there are none of.
        let directive = ("x-amz-tagging-directive", "REPLACE");
        copy.headers
            .push((directive.0.to_owned(), directive.1.to_owned()));
        let copied = self.store.copy_by_parts(&copy, found, 1, None, &self.until);
        copied.await.map_err(stop)
    }
}

fn plain_copy(source: &Arc<str>, key: &Arc<str>, condition: Precondition) -> Copy {
    Copy {
        source: Arc::clone(source),
        source_version_id: None,
        source_if_match: None,
        key: Arc::clone(key),
        condition,
        content_type: None,
        metadata: None,
        headers: Vec::new(),
        recovery: true,
        max_attempts: None,
        part_size: None,
        concurrency: None,
    }
}

/// Whether a request whose condition did not hold was answered with `conflict`, be it after lost answers: the object
/// that is there then tells whether it had been carried out before.
fn is_turned_down(tried: Result<WriteOutput, Stop>, conflict: Kind) -> Result<bool, Stop> {
    match tried {
        Ok(_) => Ok(false),
        Err(Stop::Unsettled(failure)) if failure.kind == conflict => Ok(true),
        Err(stop) => Err(stop),
    }
}

fn if_match(written: &WriteOutput) -> Result<Precondition, Stop> {
    let tag = written.answer.etag();
    tag.map(Precondition::IfMatch)
        .ok_or_else(|| unsettled("a write of the test has no ETag"))
}

fn unsettled(message: &str) -> Stop {
    Stop::Unsettled(Failure::local(Kind::Internal, message))
}

pub(super) fn no_random(error: getrandom::Error) -> Failure {
    Failure::local(Kind::Internal, error.to_string())
}
