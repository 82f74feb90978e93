//! An object into a file: its parts at the same time, all of one tag.

use std::sync::Arc;

use bytes::BytesMut;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::FileTransfer;
use super::disk::{Draft, DraftWriter};
use crate::body::content_range;
use crate::checksum::{Claim, asking};
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::precondition::Precondition;
use crate::range::ByteRange;
use crate::seen::Progress;
use crate::store::{Body, GetOutput, Store};
use crate::until::Until;
use crate::wire::{Answer, AttemptError, GetRequest, HeadRequest, Wire, header};

/// Bytes that are written to the disk at once.
const WRITE_SIZE: usize = 1024 * 1024;

/// An object that is in a file now.
#[derive(Clone, Debug)]
pub struct DownloadOutput {
    /// S3's answer, as that to a get of the whole object.
    pub answer: Answer,
    /// How many attempts its first request took.
    pub attempts: u32,
    /// Whether nothing has changed, as the condition has it: the file is as it was then.
    pub not_modified: bool,
}

impl<W: Wire> Store<W> {
    /// Reads an object into a file, which is put in its place, in one step, once all of it is there.
    ///
    /// # Errors
    ///
    /// As for [`Self::get`]; `StaleData` when the object changed meanwhile; `ChecksumMismatch` as there; `File` for what the disk refuses. The place of the file
    /// is as it was then.
    pub async fn download(
        &self,
        request: GetRequest,
        to: FileTransfer,
    ) -> Result<DownloadOutput, Failure> {
        let until = self.until();
        let operation = Operation::GetObject;
        match until.or_end(self.download_all(request, to, &until)).await {
            Ok(done) => done,
            Err(early) => Err(self.inner.failure(operation, early.into(), 0)),
        }
    }

    async fn download_all(
        &self,
        request: GetRequest,
        to: FileTransfer,
        until: &Until,
    ) -> Result<DownloadOutput, Failure> {
        let part_size = to.part_size as u64;
        let draft = Draft::begin(to.path, until.clone()).await?;
        let got = self.first_part(&request, part_size).await?;
        let attempts = got.attempts;
        if matches!(got.body, Body::NotModified) {
            return Ok(DownloadOutput {
                answer: got.answer,
                attempts,
                not_modified: true,
            });
        }
        let part = content_range(&got.answer);
        let answer = got.answer.clone();
        if let Some(part) = part {
            let (Some(total), Some(etag)) = (part.total, answer.etag()) else {
                let message = "the answer does not say how long the object is";
                return Err(Failure::local(Kind::Transport, message));
            };
            until.progress(Progress::Begun(total));
            let pinned = GetRequest {
                condition: Precondition::IfMatch(etag),
                ..request
            };
            let parts = self.parts(got.body, &draft, &pinned, total, part_size, to.concurrency);
            let (claim, ()) = tokio::try_join!(self.claim(&pinned), parts)?;
            let mut answer = as_whole(answer, total);
            if let Some(claim) = claim {
                let found = draft.checksum(claim.algorithm()).await?;
                let checked = claim.check(&found);
                checked.map_err(|damaged| self.inner.plain_failure(damaged, attempts))?;
                answer.headers.push(claim.header());
            }
            draft.finish().await?;
            return Ok(DownloadOutput {
                answer,
                attempts,
                not_modified: false,
            });
        }
        let length =
            header(&answer.headers, "content-length").and_then(|length| length.parse().ok());
        until.progress(Progress::Begun(length.unwrap_or_default()));
        // An empty object has no first part.
        let length = u64::from(!matches!(&got.body, Body::Small(bytes) if bytes.is_empty()));
        kept(got.body, draft.writer(), 0, length, None).await?;
        draft.finish().await?;
        Ok(DownloadOutput {
            answer,
            attempts,
            not_modified: false,
        })
    }

    /// Reads what comes after the first part, too, of an object of `total` bytes.
    async fn parts(
        &self,
        first: Body<W>,
        draft: &Draft,
        pinned: &GetRequest,
        total: u64,
        part_size: u64,
        concurrency: usize,
    ) -> Result<(), Failure> {
        let window = Arc::new(Semaphore::new(concurrency.max(1)));
        let mut parts = JoinSet::new();
        parts.spawn(kept(first, draft.writer(), 0, part_size.min(total), {
            Arc::clone(&window).acquire_owned().await.ok()
        }));
        let mut offset = part_size;
        while offset < total {
            let slot = tokio::select! {
                biased;
                Some(ended) = parts.join_next() => {
                    kept_or(ended)?;
                    continue;
                }
                slot = Arc::clone(&window).acquire_owned() => slot.ok(),
            };
            let last = (offset + part_size).min(total) - 1;
            let range = ByteRange::Between(offset, last);
            let request = GetRequest {
                range: Some(range),
                ..pinned.clone()
            };
            let (store, writer) = (self.clone(), draft.writer());
            parts.spawn(async move {
                let got = store.get_watched(request).await?;
                kept(got.body, writer, offset, last + 1 - offset, slot).await
            });
            offset = last + 1;
        }
        while let Some(ended) = parts.join_next().await {
            kept_or(ended)?;
        }
        Ok(())
    }

    /// The checksum of the whole object, if it is to be compared: the answers to gets of parts have none.
    async fn claim(&self, pinned: &GetRequest) -> Result<Option<Claim>, Failure> {
        if !self.inner.compares(&pinned.headers).await {
            return Ok(None);
        }
        let mut headers = pinned.headers.clone();
        headers.retain(|header| *header != asking());
        headers.push(asking());
        let request = HeadRequest {
            key: Arc::clone(&pinned.key),
            condition: pinned.condition.clone(),
            version_id: pinned.version_id.clone(),
            headers: headers.clone(),
        };
        match self.head(request).await {
            Ok(head) => Ok(Claim::of(&headers, &head.answer)),
            Err(Failure {
                service: Some(refused),
                attempts,
                ..
            }) => {
                let refused = AttemptError::Service(refused);
                let operation = Operation::GetObjectIfMatch;
                Err(self.inner.failure(operation, refused, attempts))
            }
            Err(failure) => Err(failure),
        }
    }

    /// A get of this call, whose observer is told, too, when the rest of a body that broke off is asked for.
    async fn get_watched(&self, request: GetRequest) -> Result<GetOutput<W>, Failure> {
        let got = self.get(request).await?;
        if let Body::Large(body) = &got.body {
            body.seen_by(self.control.observer.clone());
        }
        Ok(got)
    }

    /// The first part, which is all of a small object. Of an empty one there is no part: S3 says that its range is invalid.
    async fn first_part(
        &self,
        request: &GetRequest,
        part_size: u64,
    ) -> Result<GetOutput<W>, Failure> {
        let first = GetRequest {
            range: Some(ByteRange::Between(0, part_size.saturating_sub(1))),
            ..request.clone()
        };
        match self.get_watched(first).await {
            Err(failure) if is_invalid_range(&failure) => self.get_watched(request.clone()).await,
            got => got,
        }
    }
}

fn is_invalid_range(failure: &Failure) -> bool {
    failure
        .service
        .as_ref()
        .is_some_and(|service| service.status == 416)
}

/// Writes a part to where it belongs.
async fn kept<W: Wire>(
    body: Body<W>,
    writer: DraftWriter,
    offset: u64,
    length: u64,
    slot: Option<tokio::sync::OwnedSemaphorePermit>,
) -> Result<(), Failure> {
    let _slot = slot;
    let mut written = 0;
    match body {
        Body::NotModified => {}
        Body::Small(bytes) => {
            written = bytes.len() as u64;
            writer.write(bytes, offset).await?;
        }
        Body::Large(body) => {
            let mut buffer = BytesMut::with_capacity(WRITE_SIZE);
            while let Some(piece) = body.read().await? {
                buffer.extend_from_slice(&piece);
                if buffer.len() >= WRITE_SIZE {
                    let full = buffer.split().freeze();
                    let bytes = full.len() as u64;
                    writer.write(full, offset + written).await?;
                    written += bytes;
                }
            }
            let bytes = buffer.len() as u64;
            writer.write(buffer.freeze(), offset + written).await?;
            written += bytes;
        }
    }
    if written == length {
        return Ok(());
    }
    let message = format!("a part of {length} bytes came with {written}");
    Err(Failure::local(Kind::Transport, message))
}

fn kept_or(ended: Result<Result<(), Failure>, tokio::task::JoinError>) -> Result<(), Failure> {
    ended.unwrap_or_else(|bug| Err(Failure::local(Kind::Internal, bug.to_string())))
}

/// The answer to a get of a part, as it would be to one of the whole.
fn as_whole(mut answer: Answer, total: u64) -> Answer {
    answer
        .headers
        .retain(|(name, _)| !matches!(name.as_str(), "content-range" | "content-length"));
    answer
        .headers
        .push(("content-length".to_owned(), total.to_string()));
    Answer {
        status: 200,
        headers: answer.headers,
    }
}
