//! A copy by parts: an upload whose parts S3 has already.
//!
//! What one request doesn't take is copied so, and what the caller wants to be. As in any upload, the one request that writes is the
//! completion. Each part is pinned to what was looked at, so that no copy is made of two objects.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::request::{part_request, tags_request, upload_request};
use super::{Copy, Source, of_source, operation};
use crate::attempts::Tried;
use crate::failure::{Failure, Kind};
use crate::object::Object;
use crate::operation::Operation;
use crate::range::ByteRange;
use crate::recovery::has_code;
use crate::store::{Store, WriteOutput};
use crate::until::Until;
use crate::upload::{self, MAX_PARTS, Sent, UnderWay, Writing, names_an_upload};
use crate::wire::{Part, PartCopyRequest, PartCopyWire, Tags, header};
use crate::write_id::WriteId;

const MIB: u64 = 1024 * 1024;
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MAX_PART: u64 = 5 * 1024 * MIB;
/// No byte comes here: large parts cost nothing but the time until one of them is there.
const DEFAULT_PART: u64 = 256 * MIB;
const DEFAULT_CONCURRENCY: usize = 4;
/// Longer than for parts that come from here: what S3 has been told to copy it goes on with, whoever hangs up.
const GRACE: Duration = Duration::from_secs(5);

impl<W: PartCopyWire> Store<W> {
    /// Copies the `size` bytes of a source that was looked at. `None` when the source is not that one any more: nothing was
    /// written then.
    pub(crate) async fn copy_by_parts(
        &self,
        copy: &Copy,
        source: &Source,
        size: u64,
        id: Option<&WriteId>,
        until: &Until,
    ) -> Result<Option<WriteOutput>, Failure> {
        let inner = &self.inner;
        let tags = self.tags_of_source(copy, until).await?;
        let request = upload_request(copy, source, id, tags.as_ref());
        let writing = Writing {
            inner,
            operation: operation(copy),
            object: Arc::new(Object::of(&request.key, &request.headers)),
            condition: copy.condition.clone(),
            id: id.cloned(),
            // Nothing is sent of which there could be one.
            checksum: None,
            max_attempts: copy.max_attempts.unwrap_or(inner.policy().max_attempts),
            grace: GRACE,
            began: Instant::now(),
            until,
        };
        let upload = writing.begin(request).await?;
        let mut requests = ranges(size, part_size(size, copy.part_size))
            .zip(1..)
            .map(|(range, number)| part_request(copy, source, &upload, number, range));
        let mut under_way = UnderWay::new();
        let sent = async {
            let mut parts = Vec::new();
            loop {
                while under_way.len() < copy.concurrency.unwrap_or(DEFAULT_CONCURRENCY).max(1)
                    && let Some(request) = requests.next()
                {
                    under_way.spawn(self.copy_part(request, writing.max_attempts, until));
                }
                let Some(ended) = under_way.join_next().await else {
                    break;
                };
                parts.push(upload::part(ended)?);
            }
            parts.sort_unstable_by_key(|part: &Part| part.number);
            Ok(Sent {
                parts,
                length: usize::try_from(size).unwrap_or(usize::MAX),
            })
        }
        .await;
        let has_changed = sent.as_ref().is_err_and(is_of_another);
        match writing.end(&upload, sent, under_way).await {
            Ok(written) => Ok(Some(of_version(written, copy, source))),
            Err(failure) if has_changed && !names_an_upload(&failure) => Ok(None),
            Err(failure) if has_changed => {
                let message = format!("the source {:?} changed while it was copied", copy.source);
                let changed = Failure::local(Kind::WriteConflict, message);
                Err(Failure {
                    seen: failure.seen,
                    ..of_source(copy, changed)
                })
            }
            Err(failure) => Err(failure),
        }
    }

    fn copy_part(
        &self,
        request: PartCopyRequest,
        max_attempts: u32,
        until: &Until,
    ) -> impl Future<Output = Result<Part, Failure>> + use<W> {
        let (inner, until) = (Arc::clone(&self.inner), until.clone());
        let limit = inner.policy().limit(length(request.range));
        let request = Arc::new(request);
        async move {
            let copied = inner
                .attempts_at_most(max_attempts, &until, limit, |permit, record| {
                    let (inner, request) = (Arc::clone(&inner), Arc::clone(&request));
                    async move {
                        let _permit = permit;
                        inner.wire.copy_part(&request, &record).await
                    }
                })
                .await;
            match copied {
                Ok(Tried { value, .. }) => Ok(value),
                Err(ended) => Err(inner.plain_failure(ended.error, ended.attempts)),
            }
        }
    }

    /// The tags of the source, where it can have any and the copy is to have them: an upload has none but those that it is begun with.
    async fn tags_of_source(&self, copy: &Copy, until: &Until) -> Result<Option<Tags>, Failure> {
        let Some(request) = tags_request(copy) else {
            return Ok(None);
        };
        let inner = &self.inner;
        let request = Arc::new(request);
        let asked = inner
            .ask(until, &request, |inner, request, record| async move {
                inner.wire.get_tags(&request, &record).await
            })
            .await;
        match asked {
            // Directory buckets, for one: what has no tags has none to copy.
            Err(ended) if has_code(&ended.error, "NotImplemented") => Ok(None),
            asked => match self.or_failure(Operation::GetTags, asked) {
                Ok(tags) => Ok(Some(tags.value)),
                Err(failure) => Err(of_source(copy, failure)),
            },
        }
    }
}

/// How large the parts are: as large as it takes for S3's number of them.
fn part_size(size: u64, wanted: Option<u64>) -> u64 {
    let least = size.div_ceil(MAX_PARTS.into());
    wanted.unwrap_or(DEFAULT_PART).clamp(1, MAX_PART).max(least)
}

/// The parts of an object of `size` bytes.
fn ranges(size: u64, part_size: u64) -> impl Iterator<Item = ByteRange> {
    let parts = 0..size.div_ceil(part_size);
    parts.map(move |part| {
        let first = part * part_size;
        ByteRange::Between(first, (first + part_size).min(size) - 1)
    })
}

fn length(range: ByteRange) -> usize {
    match range {
        ByteRange::Between(first, last) => usize::try_from(last - first + 1).unwrap_or(usize::MAX),
        ByteRange::From(_) | ByteRange::Last(_) => 0,
    }
}

/// Whether a part was refused because the source is not what was looked at: another one, a shorter one, or none.
fn is_of_another(failure: &Failure) -> bool {
    let Some(error) = &failure.service else {
        return false;
    };
    match error.code.as_deref() {
        Some("PreconditionFailed" | "NoSuchKey" | "NoSuchVersion" | "InvalidRange") => true,
        Some(_) => false,
        None => matches!(error.status, 412 | 416),
    }
}

/// The answer to a completion doesn't say which version was copied, as that to a copy does.
fn of_version(mut written: WriteOutput, copy: &Copy, source: &Source) -> WriteOutput {
    let found = header(&source.answer.headers, "x-amz-version-id");
    if let Some(id) = copy.source_version_id.as_deref().or(found) {
        let name = "x-amz-copy-source-version-id".to_owned();
        written.answer.headers.push((name, id.to_owned()));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_of_the_wanted_size_or_as_large_as_it_takes() {
        assert_eq!(part_size(6 * MIB, Some(5 * MIB)), 5 * MIB);
        assert_eq!(part_size(6 * 1024 * MIB, None), DEFAULT_PART);
        let most = 5 * MIB * u64::from(MAX_PARTS);
        assert_eq!(part_size(most, Some(5 * MIB)), 5 * MIB);
        assert_eq!(part_size(most + 1, Some(5 * MIB)), 5 * MIB + 1);
        assert_eq!(part_size(10 * MAX_PART, Some(u64::MAX)), MAX_PART);
    }

    #[test]
    fn parts_are_all_of_the_object_and_no_more() {
        let parts = |size, part_size| ranges(size, part_size).collect::<Vec<_>>();
        let between = ByteRange::Between;
        assert_eq!(parts(1, 5), [between(0, 0)]);
        assert_eq!(parts(5, 5), [between(0, 4)]);
        assert_eq!(parts(6, 5), [between(0, 4), between(5, 5)]);
        assert_eq!(parts(10, 5), [between(0, 4), between(5, 9)]);
        let most = 5 * MIB * u64::from(MAX_PARTS) + 1;
        assert_eq!(parts(most, part_size(most, None)).len(), 196);
        let (size, wanted) = (most, Some(5 * MIB));
        assert_eq!(parts(size, part_size(size, wanted)).len(), 10_000);
    }
}
