//! What is copied into the bucket in memory.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CopyRequest, CopyWire, GetTagsRequest, HeadRequest, Part,
    PartCopyRequest, PartCopyWire, PartRequest, PutTagsRequest, Tags, TagsWire, Written,
};
use s3_store_core::{ByteRange, WRITE_ID};

use super::bucket::{Bucket, Contents, Fault, Faults, Moment, puts_and_deletes, service};
use super::uploads::{UnderWay, Verb, written};

/// Its key.
pub(crate) const SOURCE: &str = "source";

#[derive(Default)]
pub(crate) struct Source {
    /// `None` while there is nothing.
    pub(crate) content: Option<Vec<u8>>,
    /// Changed with the content.
    pub(crate) number: usize,
    /// What it is said to have, if not what it has.
    pub(crate) size: Option<u64>,
    pub(crate) tags: Tags,
    /// How a request for the tags is refused, if it is.
    pub(crate) tags_refused: Option<(&'static str, u16)>,
    pub(crate) heads: usize,
    pub(crate) tags_asked: Vec<GetTagsRequest>,
    pub(crate) copies: Vec<CopyRequest>,
    pub(crate) parts: Vec<PartCopyRequest>,
}

impl Source {
    pub(crate) fn change(&mut self, content: &[u8]) {
        self.number += 1;
        self.content = Some(content.to_vec());
    }

    fn etag(&self) -> String {
        format!("\"source {}\"", self.number)
    }

    pub(crate) fn head(&mut self, request: &HeadRequest) -> Result<Answer, AttemptError> {
        self.heads += 1;
        let Some(content) = &self.content else {
            return Err(service("", 404, &[]));
        };
        let size = self.size.unwrap_or(content.len() as u64).to_string();
        let version = request.version_id.clone().unwrap_or("v9".to_owned());
        let headers = [
            ("etag", self.etag()),
            ("content-length", size),
            ("content-type", "text/plain".to_owned()),
            ("x-amz-version-id", version),
            ("x-amz-meta-owner", "me".to_owned()),
        ];
        Ok(Answer {
            status: 200,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .to_vec(),
        })
    }

    /// The bytes of a range, if the source is what it must be.
    fn read(&self, etag: &str, range: Option<ByteRange>) -> Result<Vec<u8>, AttemptError> {
        let content = self.content.as_ref();
        let content = content.ok_or_else(|| service("NoSuchKey", 404, &[]))?;
        if etag != self.etag() {
            return Err(service("PreconditionFailed", 412, &[]));
        }
        match range {
            Some(ByteRange::Between(first, last)) => {
                let content = content.get(first as usize..=last as usize);
                // What is only said to be there has no bytes.
                Ok(content.unwrap_or_default().to_vec())
            }
            _ => Ok(content.clone()),
        }
    }
}

impl Contents {
    fn copy(&mut self, request: &CopyRequest) -> Result<Written, AttemptError> {
        let etag = request.source_etag.as_ref().unwrap();
        let content = self.source.read(etag.as_str(), None)?;
        self.check(&request.condition)?;
        self.uploads.made = content;
        let id = request.metadata.iter().find(|(name, _)| name == WRITE_ID);
        let id = id.map(|(_, id)| id.clone());
        self.applied.push(id.clone().unwrap_or_default());
        let etag = self.write(id);
        Ok(written(&etag))
    }

    fn copy_part(&mut self, request: &PartCopyRequest) -> Result<Part, AttemptError> {
        let etag = request.source_etag.as_str();
        let body = self.source.read(etag, Some(request.range))?;
        self.put_part(&PartRequest {
            upload: request.upload.clone(),
            number: request.number,
            body: body.into(),
            headers: Vec::new(),
        })
    }
}

impl CopyWire for Bucket {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        self.note(Verb::Copy, &request.headers);
        let copied = request.clone();
        self.prepare(|contents| {
            contents.source.copies.push(copied);
            let nth = contents.source.copies.len();
            contents.reach(Moment::Copy(nth));
        });
        let request = request.clone();
        self.meet(attempt, puts_and_deletes, move |contents| {
            contents.copy(&request)
        })
        .await
    }
}

impl PartCopyWire for Bucket {
    async fn copy_part(
        &self,
        request: &PartCopyRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        self.note(Verb::Part, &request.headers);
        let _under_way = UnderWay::of(self);
        let copied = request.clone();
        let mut time = std::time::Duration::ZERO;
        self.prepare(|contents| {
            contents.source.parts.push(copied);
            let nth = contents.source.parts.len();
            contents.reach(Moment::PartCopy(nth));
            time = contents.uploads.part_time;
        });
        tokio::time::sleep(time).await;
        let request = request.clone();
        let faults: Faults = |contents| &mut contents.uploads.parts;
        self.meet(attempt, faults, move |contents| {
            contents.copy_part(&request)
        })
        .await
    }
}

impl TagsWire for Bucket {
    async fn get_tags(
        &self,
        request: &GetTagsRequest,
        attempt: &Attempt,
    ) -> Result<Tags, AttemptError> {
        self.note(Verb::GetTags, &request.headers);
        attempt.watch_connection(|| true);
        let mut contents = self.contents.lock().unwrap();
        let source = &mut contents.source;
        source.tags_asked.push(request.clone());
        if let Some((code, status)) = source.tags_refused {
            return Err(service(code, status, &[]));
        }
        Ok(source.tags.clone())
    }

    async fn put_tags(&self, _: &PutTagsRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        Ok(Answer::default())
    }
}

/// A bucket with a source of these bytes, whose requests meet what `change` prepares.
pub(crate) fn with_source(content: &[u8], change: impl FnOnce(&mut Contents)) -> Bucket {
    let bucket = Bucket::default();
    bucket.prepare(|contents| {
        contents.source.change(content);
        change(contents);
    });
    bucket
}

/// Faults for parts.
pub(crate) fn part_faults(contents: &mut Contents, faults: impl IntoIterator<Item = Fault>) {
    contents.uploads.parts.extend(faults);
}
