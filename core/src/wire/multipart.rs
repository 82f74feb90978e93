//! Uploads in parts: one attempt of each of their requests.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use super::{Answer, Attempt, AttemptError, Headers, Wire, Written};
use crate::checksum::Checksum;
use crate::precondition::{ETag, Precondition};

/// `CreateMultipartUpload`. It takes no condition: that comes with the completion.
#[derive(Clone, Debug)]
pub struct CreateUploadRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// `Content-Type`.
    pub content_type: String,
    /// User metadata: names without `x-amz-meta-`, and values.
    pub metadata: Vec<(String, String)>,
    /// Further headers.
    pub headers: Headers,
}

/// An upload that was begun.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The object's key.
    pub key: Arc<str>,
    /// The server's name for the upload.
    pub upload_id: Arc<str>,
}

/// `UploadPart`.
#[derive(Clone, Debug)]
pub struct PartRequest {
    /// The upload it belongs to.
    pub upload: Upload,
    /// 1 to 10,000.
    pub number: u16,
    /// The part's bytes.
    pub body: Bytes,
    /// Further headers.
    pub headers: Headers,
}

/// A part that was uploaded.
#[derive(Clone, Debug)]
pub struct Part {
    /// 1 to 10,000.
    pub number: u16,
    /// The part's tag.
    pub etag: ETag,
    /// The checksum that was sent with it, set by whoever sent it; of a part that was copied, the one that was asked for.
    pub checksum: Option<Checksum>,
}

/// `CompleteMultipartUpload`.
#[derive(Clone, Debug)]
pub struct CompleteUploadRequest {
    /// The upload.
    pub upload: Upload,
    /// Its parts, by number.
    pub parts: Vec<Part>,
    /// What must hold.
    pub condition: Precondition,
    /// Further headers.
    pub headers: Headers,
}

/// `AbortMultipartUpload`, and `ListParts`.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// The upload.
    pub upload: Upload,
    /// Further headers.
    pub headers: Headers,
}

/// The verbs of uploads in parts, one attempt each.
pub trait MultipartWire: Wire {
    /// Begins an upload.
    fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Upload, AttemptError>> + Send;

    /// Uploads a part.
    fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Part, AttemptError>> + Send;

    /// Makes an object of the parts.
    fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Written, AttemptError>> + Send;

    /// Gives an upload and its parts up.
    fn abort_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;

    /// Looks for an upload, by its parts: `NoSuchUpload` when it is gone.
    fn find_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;
}
