//! One key on which one thing is tried, and what was seen there.

use std::sync::Arc;

use super::bench::{Bench, is_same};
use super::reply::{Outcome, Reply};
use super::report::{Evidence, Finding, Verdict};
use crate::precondition::{ETag, Precondition};
use crate::wire::{Answer, AttemptError, CompleteUploadRequest, CopyWire, MultipartWire, Written};
use crate::write_id::WriteId;

/// How an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Put,
    Multipart,
    Copy,
}

impl Way {
    const fn operation(self) -> &'static str {
        match self {
            Self::Put => "PutObject",
            Self::Multipart => "CompleteMultipartUpload",
            Self::Copy => "CopyObject",
        }
    }
}

/// Why a trial ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It showed something.
    Found(Verdict),
    /// It shows nothing: another key may.
    Unsettled,
}

/// What a step of a trial comes to.
pub(super) type Step<T> = Result<T, Stop>;

/// What is there.
pub(super) enum Look {
    Object(ETag),
    Nothing,
}

/// A key, and what was seen there.
pub(super) struct Trial<W: MultipartWire + CopyWire> {
    pub(super) bench: Arc<Bench<W>>,
    pub(super) key: Arc<str>,
    evidence: Vec<Evidence>,
    note: Option<String>,
}

impl<W: MultipartWire + CopyWire> Trial<W> {
    pub(super) fn begin(bench: &Arc<Bench<W>>) -> Self {
        Self {
            bench: Arc::clone(bench),
            key: bench.key(),
            evidence: Vec::new(),
            note: None,
        }
    }

    pub(super) fn end(self, verdict: Verdict) -> Finding {
        Finding {
            verdict,
            evidence: self.evidence,
            note: self.note,
        }
    }

    pub(super) fn saw(&mut self, sent: impl Into<String>, got: impl Into<String>) {
        self.evidence.push(Evidence {
            sent: sent.into(),
            got: got.into(),
        });
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.note = Some(note.into());
    }

    /// Goes on with a key of which nothing is there.
    pub(super) fn move_on(&mut self) {
        self.key = self.bench.key();
    }

    /// Writes an object where there is none, by whatever means: what is tried comes afterwards.
    pub(super) async fn seed(&mut self) -> Step<ETag> {
        self.seed_with(&self.id()).await
    }

    /// The same, with an id.
    pub(super) async fn seed_with(&mut self, id: &WriteId) -> Step<ETag> {
        let key = Arc::clone(&self.key);
        self.plainly(&key, Precondition::IfAbsent, id).await
    }

    /// Writes over the object, by whatever means.
    pub(super) async fn overwrite(&mut self, etag: &ETag) -> Step<ETag> {
        let key = Arc::clone(&self.key);
        let condition = Precondition::IfMatch(etag.clone());
        self.plainly(&key, condition, &self.id()).await
    }

    /// A write without a condition, or, in a bucket where nobody may write without one, with `otherwise`.
    async fn plainly(
        &mut self,
        key: &Arc<str>,
        otherwise: Precondition,
        id: &WriteId,
    ) -> Step<ETag> {
        match self.bench.put_plainly(key, otherwise, id).await {
            Ok(written) => Ok(written.etag),
            Err(error) => {
                self.saw("PutObject, to begin with", Reply::of_error(&error).text);
                Err(Stop::Unsettled)
            }
        }
    }

    fn id(&self) -> WriteId {
        WriteId::known(&self.bench.unique())
    }

    /// Writes what no other write has, under a condition that is described by `situation`.
    pub(super) async fn write(
        &mut self,
        way: Way,
        condition: Precondition,
        situation: &str,
    ) -> Step<(Reply, Option<ETag>)> {
        let sent = format!("{}, {}, {situation}", way.operation(), name(&condition));
        let key = Arc::clone(&self.key);
        let written = match way {
            Way::Put => self.bench.put(&key, condition, &self.id()).await,
            Way::Multipart => self.upload(&key, condition).await?,
            Way::Copy => {
                let source = self.bench.key();
                self.plainly(&source, Precondition::IfAbsent, &self.id())
                    .await?;
                self.bench.copy(&source, &key, condition).await
            }
        };
        let reply = Reply::of(&written, |written| written.answer.status);
        self.saw(sent, &reply.text);
        Ok((reply, written.ok().map(|written| written.etag)))
    }

    async fn upload(
        &mut self,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Step<Result<Written, AttemptError>> {
        let upload = self.bench.create_upload(key).await;
        let upload = self.prepared("CreateMultipartUpload", upload)?;
        let part = self.bench.upload_part(&upload).await;
        let part = self.prepared("UploadPart", part)?;
        let request = CompleteUploadRequest {
            upload,
            parts: vec![part],
            condition,
            headers: Vec::new(),
        };
        Ok(self.bench.complete_upload(request).await)
    }

    /// What a request gave that only prepares what is tried.
    fn prepared<T>(&mut self, operation: &str, result: Result<T, AttemptError>) -> Step<T> {
        result.map_err(|error| {
            let reply = Reply::of_error(&error);
            let refused = reply.outcome == Outcome::Refused;
            self.saw(operation, reply.text);
            if refused {
                Stop::Found(Verdict::Refused)
            } else {
                Stop::Unsettled
            }
        })
    }

    pub(super) async fn get(&mut self, condition: Precondition, situation: &str) -> Reply {
        let sent = format!("GetObject, {}, {situation}", name(&condition));
        let got = self.bench.get(&self.key, condition).await;
        let reply = Reply::of(&got, |answer| answer.status);
        self.saw(sent, &reply.text);
        reply
    }

    pub(super) async fn delete(&mut self, condition: Precondition, situation: &str) -> Reply {
        let sent = format!("DeleteObject, {}, {situation}", name(&condition));
        let deleted = self.bench.delete(&self.key, condition).await;
        let reply = Reply::of(&deleted, |answer| answer.status);
        self.saw(sent, &reply.text);
        reply
    }

    /// Whether what is there is still what had `etag`. Only what is surprising becomes evidence.
    pub(super) async fn expect(&mut self, etag: &ETag) -> Step<()> {
        match self.look().await? {
            Look::Object(found) if is_same(&found, etag) => Ok(()),
            Look::Object(_) => {
                self.saw("HeadObject, afterwards", "another object");
                Err(Stop::Found(Verdict::Ignored))
            }
            Look::Nothing => {
                self.saw("HeadObject, afterwards", "no object");
                Err(Stop::Found(Verdict::Ignored))
            }
        }
    }

    /// What is there now.
    pub(super) async fn look(&mut self) -> Step<Look> {
        let looked = self.head().await;
        match looked {
            Ok(answer) => answer.etag().map(Look::Object).ok_or(Stop::Unsettled),
            Err(reply) if reply.outcome == Outcome::Missing => Ok(Look::Nothing),
            Err(reply) => {
                self.saw("HeadObject", reply.text);
                Err(Stop::Unsettled)
            }
        }
    }

    pub(super) async fn head(&self) -> Result<Answer, Reply> {
        let looked = self.bench.head(&self.key).await;
        looked.map_err(|error| Reply::of_error(&error))
    }
}

/// A condition's header, for people.
pub(super) fn name(condition: &Precondition) -> &'static str {
    match condition {
        Precondition::None => "no condition",
        Precondition::IfAbsent => "If-None-Match: *",
        Precondition::IfMatch(_) => "If-Match",
        Precondition::IfNoneMatch(_) => "If-None-Match",
        Precondition::IfModifiedSince(_) => "If-Modified-Since",
    }
}

/// What a request must come to whose condition holds.
pub(super) fn carried_out(reply: &Reply) -> Step<()> {
    match reply.outcome {
        Outcome::Done => Ok(()),
        Outcome::Failed | Outcome::NotModified | Outcome::Missing | Outcome::Refused => {
            Err(Stop::Found(Verdict::Refused))
        }
        Outcome::Conflict | Outcome::Lost => Err(Stop::Unsettled),
    }
}

/// What a request must come to whose condition doesn't hold: one of `expected`.
pub(super) fn turned_down(reply: &Reply, expected: &[Outcome]) -> Step<()> {
    match reply.outcome {
        Outcome::Done => Err(Stop::Found(Verdict::Ignored)),
        found if expected.contains(&found) => Ok(()),
        _ => Err(Stop::Unsettled),
    }
}
