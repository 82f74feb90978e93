//! The uploads in parts of the bucket in memory.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CreateUploadRequest, Headers,
    MultipartWire, Part, PartRequest, Upload, UploadRequest, Written,
};
use s3_store_core::{ETag, Precondition, WRITE_ID};
use tokio::time::Instant;

use super::bucket::{Bucket, Contents, Fault, Faults, Moment, service};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Copy,
    GetTags,
    Create,
    Part,
    Complete,
    Abort,
    Find,
}

/// An upload that was neither completed nor given up.
#[derive(Clone)]
struct Begun {
    write_id: Option<String>,
    at: Instant,
    parts: BTreeMap<u16, Bytes>,
}

#[derive(Default)]
pub(crate) struct Uploads {
    begun: BTreeMap<String, Begun>,
    created: usize,
    /// Every request, with its further headers.
    pub(crate) sent: Vec<(Verb, Headers)>,
    /// The ids of the uploads that were to be given up.
    pub(crate) aborted: Vec<String>,
    /// The conditions of the completions.
    pub(crate) conditions: Vec<Precondition>,
    /// Of the last upload that was begun.
    pub(crate) metadata: Vec<(String, String)>,
    /// The bytes of the last object that was written.
    pub(crate) made: Vec<u8>,
    pub(crate) creations: VecDeque<Fault>,
    /// What happens to each part, whatever its number.
    pub(crate) parts: VecDeque<Fault>,
    pub(crate) completions: VecDeque<Fault>,
    pub(crate) aborts: VecDeque<Fault>,
    pub(crate) finds: VecDeque<Fault>,
    /// How long the answer takes that an upload was begun.
    pub(crate) creation_time: Duration,
    /// How long a part takes.
    pub(crate) part_time: Duration,
    under_way: usize,
    /// The most parts that were on their way at once.
    pub(crate) most_under_way: usize,
    /// So many times a part arrives after its upload was given up, and brings it back.
    pub(crate) late_parts: usize,
    /// The completion of an upload that is gone is answered 200, whatever its condition, as by versitygw 1.8.
    pub(crate) completes_what_is_gone: bool,
}

impl Uploads {
    /// The ids of the uploads that are still there.
    pub(crate) fn left(&self) -> Vec<&str> {
        self.begun.keys().map(String::as_str).collect()
    }

    /// The bytes of all parts that have arrived.
    pub(crate) fn stored(&self) -> usize {
        let parts = self.begun.values().flat_map(|begun| begun.parts.values());
        parts.map(Bytes::len).sum()
    }

    pub(crate) fn count(&self, verb: Verb) -> usize {
        self.sent.iter().filter(|(sent, _)| *sent == verb).count()
    }

    /// Takes an upload away, as somebody else may.
    pub(crate) fn lose(&mut self) {
        self.begun.clear();
    }

    fn upload(&mut self, upload: &Upload) -> Result<&mut Begun, AttemptError> {
        let begun = self.begun.get_mut(&*upload.upload_id);
        begun.ok_or_else(|| service("NoSuchUpload", 404, &[]))
    }
}

impl Contents {
    fn create_upload(&mut self, request: &CreateUploadRequest) -> Upload {
        let uploads = &mut self.uploads;
        uploads.created += 1;
        let id = format!("upload {}", uploads.created);
        let metadata = &request.metadata;
        let write_id = metadata.iter().find(|(name, _)| name == WRITE_ID);
        let begun = Begun {
            write_id: write_id.map(|(_, id)| id.clone()),
            at: Instant::now(),
            parts: BTreeMap::new(),
        };
        uploads.begun.insert(id.clone(), begun);
        uploads.metadata.clone_from(metadata);
        Upload {
            key: request.key.clone(),
            upload_id: id.into(),
        }
    }

    pub(crate) fn put_part(&mut self, request: &PartRequest) -> Result<Part, AttemptError> {
        let begun = self.uploads.upload(&request.upload)?;
        begun.parts.insert(request.number, request.body.clone());
        Ok(Part {
            number: request.number,
            etag: ETag::new(&format!("\"part {}\"", request.number)),
            checksum: None,
        })
    }

    fn complete(&mut self, request: &CompleteUploadRequest) -> Result<Written, AttemptError> {
        let begun = match self.uploads.upload(&request.upload).cloned() {
            Ok(begun) => begun,
            Err(_) if self.uploads.completes_what_is_gone => {
                let there = self.current.as_ref();
                return Ok(written(
                    there.map_or("\"none\"", |there| there.etag.as_str()),
                ));
            }
            Err(gone) => return Err(gone),
        };
        let named: Vec<_> = request.parts.iter().map(|part| part.number).collect();
        assert!(!named.is_empty(), "an object has at least one part");
        assert_eq!(named, begun.parts.keys().copied().collect::<Vec<_>>());
        self.check(&request.condition)?;
        self.uploads.begun.remove(&*request.upload.upload_id);
        self.uploads.made = begun.parts.values().flatten().copied().collect();
        self.applied
            .push(begun.write_id.clone().unwrap_or_default());
        // S3 dates an object by when its upload was begun.
        let etag = self.write_dated(begun.write_id, begun.at.elapsed());
        Ok(written(&etag))
    }

    fn abort_upload(&mut self, upload: &Upload) -> Result<Answer, AttemptError> {
        let uploads = &mut self.uploads;
        let begun = uploads.upload(upload)?.clone();
        if uploads.late_parts > 0 {
            uploads.late_parts -= 1;
            uploads.begun.insert(upload.upload_id.to_string(), begun);
        } else {
            uploads.begun.remove(&*upload.upload_id);
        }
        Ok(answer(204))
    }
}

/// The tag that counts is that of the body.
pub(crate) fn written(etag: &str) -> Written {
    Written {
        answer: Answer {
            headers: vec![("etag".to_owned(), "\"of the answer\"".to_owned())],
            ..answer(200)
        },
        etag: ETag::new(etag),
    }
}

fn answer(status: u16) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
    }
}

/// A part on its way, until it is dropped.
pub(crate) struct UnderWay(Bucket);

impl UnderWay {
    pub(crate) fn of(bucket: &Bucket) -> Self {
        let mut contents = bucket.contents.lock().unwrap();
        let uploads = &mut contents.uploads;
        uploads.under_way += 1;
        uploads.most_under_way = uploads.most_under_way.max(uploads.under_way);
        Self(bucket.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.contents.lock().unwrap().uploads.under_way -= 1;
    }
}

impl Bucket {
    pub(crate) fn note(&self, verb: Verb, headers: &Headers) {
        let mut contents = self.contents.lock().unwrap();
        contents.uploads.sent.push((verb, headers.clone()));
    }
}

impl MultipartWire for Bucket {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> Result<Upload, AttemptError> {
        self.note(Verb::Create, &request.headers);
        let request = request.clone();
        let time = self.contents.lock().unwrap().uploads.creation_time;
        let faults: Faults = |contents| &mut contents.uploads.creations;
        let answer = self
            .meet(attempt, faults, move |contents| {
                Ok(contents.create_upload(&request))
            })
            .await;
        tokio::time::sleep(time).await;
        answer
    }

    async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        self.note(Verb::Part, &request.headers);
        let _under_way = UnderWay::of(self);
        let time = self.contents.lock().unwrap().uploads.part_time;
        tokio::time::sleep(time).await;
        let request = request.clone();
        let faults: Faults = |contents| &mut contents.uploads.parts;
        self.meet(attempt, faults, move |contents| contents.put_part(&request))
            .await
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        self.note(Verb::Complete, &request.headers);
        {
            let mut contents = self.contents.lock().unwrap();
            let condition = request.condition.clone();
            contents.uploads.conditions.push(condition);
            let nth = contents.uploads.conditions.len();
            contents.reach(Moment::Completion(nth));
        }
        let request = request.clone();
        let faults: Faults = |contents| &mut contents.uploads.completions;
        self.meet(attempt, faults, move |contents| contents.complete(&request))
            .await
    }

    async fn abort_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        self.note(Verb::Abort, &request.headers);
        {
            let mut contents = self.contents.lock().unwrap();
            let id = request.upload.upload_id.to_string();
            contents.uploads.aborted.push(id);
            let nth = contents.uploads.aborted.len();
            contents.reach(Moment::Abort(nth));
        }
        let request = request.clone();
        let faults: Faults = |contents| &mut contents.uploads.aborts;
        self.meet(attempt, faults, move |contents| {
            contents.abort_upload(&request.upload)
        })
        .await
    }

    async fn find_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        self.note(Verb::Find, &request.headers);
        let request = request.clone();
        let faults: Faults = |contents| &mut contents.uploads.finds;
        self.meet(attempt, faults, move |contents| {
            contents.uploads.upload(&request.upload)?;
            Ok(answer(200))
        })
        .await
    }
}
