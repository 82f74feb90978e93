//! The proof itself: what a server makes of a condition, on a fresh key of our own.

use std::sync::Arc;

use bytes::Bytes;

use super::Verdict;
use super::stop::{Stop, is_forbidden, stop};
use crate::failure::{Failure, Kind};
use crate::object::Object;
use crate::operation::Operation;
use crate::precondition::{ETag, Precondition};
use crate::recovery::{self, Look};
use crate::store::{Delete, Put, Store, WriteOutput};
use crate::until::Until;
use crate::wire::Wire;
use crate::write_id::WriteId;

/// A tag that no object of ours has.
const WRONG_TAG: &str = "\"00000000000000000000000000000000\"";

// What a server does that is not fit for the writes in question.
const OVERWRITES_ON_CREATE: &str =
    "ignores If-None-Match: * on PutObject: createObject would overwrite whatever is there";
const OVERWRITES_ON_PUT: &str =
    "ignores If-Match on PutObject: putObjectIfMatch would overwrite whatever is there";
const DELETES: &str =
    "ignores If-Match on DeleteObject: deleteObjectIfMatch would delete whatever is there";
const FORGETS: &str =
    "does not keep user metadata, by which a write is recognised when its answer was lost";

/// A try on one key.
pub(super) struct Proof<W: Wire> {
    pub(super) store: Store<W>,
    pub(super) until: Until,
}

impl<W: Wire> Proof<W> {
    pub(super) async fn of(&self, operation: Operation, key: &Arc<str>) -> Result<Verdict, Stop> {
        match operation {
            Operation::CreateObject => self.of_create(key).await,
            Operation::PutObjectIfMatch => self.of_put(key).await,
            _ => self.of_delete(key).await,
        }
    }

    async fn of_create(&self, key: &Arc<str>) -> Result<Verdict, Stop> {
        let first = self.put(key, Precondition::IfAbsent).await?;
        let again = self.put(key, Precondition::IfAbsent).await;
        if !is_turned_down(again, Kind::KeyExists)? {
            return Ok(Verdict::Unfit(OVERWRITES_ON_CREATE));
        }
        self.is_recognised(key, first).await
    }

    async fn of_put(&self, key: &Arc<str>) -> Result<Verdict, Stop> {
        let first = if_match(&self.seed(key).await?)?;
        let second = self.put(key, first.clone()).await?;
        let stale = self.put(key, first).await;
        if !is_turned_down(stale, Kind::StaleData)? {
            return Ok(Verdict::Unfit(OVERWRITES_ON_PUT));
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
