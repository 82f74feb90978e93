//! Copies within the bucket: one attempt.

use std::future::Future;
use std::sync::Arc;

use super::{Attempt, AttemptError, Headers, MultipartWire, Part, TagsWire, Upload, Wire, Written};
use crate::checksum::Algorithm;
use crate::precondition::{ETag, Precondition};
use crate::range::ByteRange;

/// `CopyObject` with the directive REPLACE: the copy has the content type and metadata given here, not the source's.
#[derive(Clone, Debug)]
pub struct CopyRequest {
    /// The key that is copied.
    pub source: Arc<str>,
    /// The version of it; `None` is the current one.
    pub source_version_id: Option<String>,
    /// The tag that the source must have.
    pub source_etag: Option<ETag>,
    /// The key that is written.
    pub key: Arc<str>,
    /// What must hold of the key that is written.
    pub condition: Precondition,
    /// `Content-Type`.
    pub content_type: String,
    /// User metadata: names without `x-amz-meta-`, and values.
    pub metadata: Vec<(String, String)>,
    /// Further headers.
    pub headers: Headers,
}

/// The verb of copies, one attempt.
pub trait CopyWire: Wire {
    /// Copies an object within the bucket.
    fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Written, AttemptError>> + Send;
}

/// `UploadPartCopy`.
#[derive(Clone, Debug)]
pub struct PartCopyRequest {
    /// The upload that the part belongs to.
    pub upload: Upload,
    /// 1 to 10,000.
    pub number: u16,
    /// The key that is copied.
    pub source: Arc<str>,
    /// The version of it; `None` is the current one.
    pub source_version_id: Option<String>,
    /// The tag that the source must have.
    pub source_etag: ETag,
    /// What of the source is copied: from one of its bytes to another.
    pub range: ByteRange,
    /// The checksum that the upload was begun with, and the completion has to name.
    pub checksum: Option<Algorithm>,
    /// Further headers.
    pub headers: Headers,
}

/// The verbs of copies by parts, which are uploads of what is there already; its tags are no part of it. One attempt each.
pub trait PartCopyWire: CopyWire + MultipartWire + TagsWire {
    /// Uploads a part that is copied from another object.
    fn copy_part(
        &self,
        request: &PartCopyRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Part, AttemptError>> + Send;
}
