//! The layer below: one attempt of one verb against S3.

mod copy;
mod delete_objects;
mod list_versions;
mod multipart;
mod presign;
mod tags;

use std::future::Future;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;

pub use self::copy::{CopyRequest, CopyWire, PartCopyRequest, PartCopyWire};
pub use self::delete_objects::{
    DeleteObjectsRequest, DeleteObjectsWire, DeletedObject, DeletedObjects, NotDeleted, ObjectName,
};
pub use self::list_versions::{ListVersionsRequest, ListVersionsWire, VersionMarker, VersionsPage};
pub use self::multipart::{
    CompleteUploadRequest, CreateUploadRequest, MultipartWire, Part, PartRequest, Upload,
    UploadRequest,
};
pub use self::presign::{PresignRequest, PresignWire, Presignable, Presigned};
pub use self::tags::{GetTagsRequest, PutTagsRequest, Tags, TagsWire};
use crate::precondition::{ETag, Precondition};
use crate::range::ByteRange;

/// Headers, names in lower case; those of an answer in the order in which they arrived.
pub type Headers = Vec<(String, String)>;

/// The value of the first header called `name` (lower case).
#[must_use]
pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.as_str())
}

/// `GetObject`.
#[derive(Clone, Debug)]
pub struct GetRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// What must hold.
    pub condition: Precondition,
    /// The part wanted; `None` is the whole object.
    pub range: Option<ByteRange>,
    /// The version wanted; `None` is the current one.
    pub version_id: Option<String>,
    /// Further parameters of the query (`response-content-type`).
    pub query: Vec<(String, String)>,
    /// Further headers.
    pub headers: Headers,
}

impl GetRequest {
    /// A get of the whole current object, of which nothing more is wanted.
    #[must_use]
    pub const fn new(key: Arc<str>, condition: Precondition) -> Self {
        Self {
            key,
            condition,
            range: None,
            version_id: None,
            query: Vec::new(),
            headers: Vec::new(),
        }
    }
}

/// `PutObject`, the whole body in memory.
#[derive(Clone, Debug)]
pub struct PutRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// What must hold.
    pub condition: Precondition,
    /// The object's bytes.
    pub body: Bytes,
    /// `Content-Type`.
    pub content_type: String,
    /// User metadata (`x-amz-meta-*`): names without the prefix, and values.
    pub metadata: Vec<(String, String)>,
    /// Further headers.
    pub headers: Headers,
}

/// `HeadObject`.
#[derive(Clone, Debug)]
pub struct HeadRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// What must hold.
    pub condition: Precondition,
    /// The version wanted; `None` is the current one.
    pub version_id: Option<String>,
    /// Further headers.
    pub headers: Headers,
}

/// A version of an object.
#[derive(Clone, Debug, Default)]
pub struct ListedVersion {
    /// The object's key, decoded.
    pub key: String,
    /// Its id.
    pub version_id: String,
    /// Whether it stands for a deletion.
    pub is_delete_marker: bool,
    /// Whether it is the current one.
    pub is_latest: bool,
    /// Its `ETag`, quotes included.
    pub etag: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// When it was written, in milliseconds since 1970, by the server's clock.
    pub last_modified: Option<i64>,
    /// S3's storage class.
    pub storage_class: Option<String>,
}

/// `DeleteObject`.
#[derive(Clone, Debug)]
pub struct DeleteRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// The version to remove for good; `None` deletes the object.
    pub version_id: Option<String>,
    /// What must hold.
    pub condition: Precondition,
    /// Further headers.
    pub headers: Headers,
}

/// One page of `ListObjectsV2`.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Only keys that start with this.
    pub prefix: String,
    /// Where the previous page ended.
    pub continuation_token: Option<String>,
    /// Keys with this beyond the prefix are listed as what they have in common up to there.
    pub delimiter: Option<String>,
    /// Only keys that come after this.
    pub start_after: Option<String>,
    /// Keys and common prefixes on a page, at most; S3's own 1,000 without it.
    pub max_keys: Option<u16>,
    /// Further headers.
    pub headers: Headers,
}

/// An answer that says yes.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: Headers,
}

impl Answer {
    /// The `ETag` header, if there is something in it.
    #[must_use]
    pub fn etag(&self) -> Option<ETag> {
        header(&self.headers, "etag")
            .filter(|etag| !etag.trim_matches('"').is_empty())
            .map(ETag::new)
    }
}

/// The answer to a completion or a copy, which gives the new object's tag in its body.
#[derive(Clone, Debug)]
pub struct Written {
    /// Status and headers.
    pub answer: Answer,
    /// The tag of the object that was written.
    pub etag: ETag,
}

/// The answer to a get: its head, and a body still to be read.
#[derive(Debug)]
pub struct GetAnswer<B> {
    /// Status and headers.
    pub answer: Answer,
    /// Bytes in this body, where the server said so.
    pub content_length: Option<u64>,
    /// The bytes.
    pub body: B,
}

/// An object in a listing.
#[derive(Clone, Debug, Default)]
pub struct ListedObject {
    /// The key, decoded.
    pub key: String,
    /// The object's `ETag`, quotes included.
    pub etag: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// When it was last written, in milliseconds since 1970.
    pub last_modified: Option<i64>,
    /// S3's storage class.
    pub storage_class: Option<String>,
}

/// A page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The objects, in S3's order.
    pub objects: Vec<ListedObject>,
    /// What keys have in common up to a delimiter, in S3's order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// S3 answered, with an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// S3's error code, where the answer had one.
    pub code: Option<String>,
    /// S3's message, where the answer had one.
    pub message: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: Headers,
    /// Whether the request had headers beyond those of its verb, which it may be about.
    pub further: bool,
}

/// No usable answer arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoAnswer {
    /// Why, in a class of its own.
    pub reason: Reason,
    /// A code that a Node user knows (`ECONNREFUSED`), where there is one.
    pub code: Option<String>,
    /// What happened, without endpoint, bucket and key, and without any secret.
    pub message: String,
    /// Whether the same request may do better a moment later.
    pub passing: bool,
    /// Whether the request certainly never left, although a connection had been chosen for it.
    pub unsent: bool,
}

/// Why no usable answer arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// The connection could not be made, or broke.
    #[default]
    Transport,
    /// No answer in time.
    Timeout,
    /// No credentials could be had.
    Credentials,
    /// The store's settings don't make a request (no region, a malformed endpoint).
    Configuration,
    /// The caller no longer wanted it.
    Aborted,
    /// The bytes that came are not the object's.
    Damaged,
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptError {
    /// S3 said no.
    Service(Box<ServiceError>),
    /// Nobody said anything.
    NoAnswer(Box<NoAnswer>),
}

impl AttemptError {
    /// The same, of a request that has more than its verb, or not.
    pub(crate) fn of_request(self, further: bool) -> Self {
        match self {
            Self::Service(mut error) => {
                error.further = further;
                Self::Service(error)
            }
            error @ Self::NoAnswer(_) => error,
        }
    }

    /// An attempt that got no answer in `limit`.
    pub(crate) fn timed_out(limit: Duration) -> Self {
        Self::NoAnswer(Box::new(NoAnswer {
            reason: Reason::Timeout,
            code: Some("ETIMEDOUT".to_owned()),
            message: format!("no answer within {} ms", limit.as_millis()),
            passing: true,
            unsent: false,
        }))
    }

    /// An attempt that was not made, for want of a store.
    pub(crate) fn closed() -> Self {
        Self::NoAnswer(Box::new(NoAnswer {
            reason: Reason::Configuration,
            code: Some("ERR_STORE_CLOSED".to_owned()),
            message: "the store is closed".to_owned(),
            unsent: true,
            ..NoAnswer::default()
        }))
    }

    /// An attempt that the caller no longer wanted.
    pub(crate) fn aborted() -> Self {
        Self::NoAnswer(Box::new(NoAnswer {
            reason: Reason::Aborted,
            code: Some("ABORT_ERR".to_owned()),
            message: "the call was aborted".to_owned(),
            ..NoAnswer::default()
        }))
    }

    /// An object whose bytes are not what its checksum says.
    pub(crate) fn damaged(message: String) -> Self {
        Self::NoAnswer(Box::new(NoAnswer {
            reason: Reason::Damaged,
            code: Some("ERR_CHECKSUM_MISMATCH".to_owned()),
            message,
            passing: true,
            unsent: false,
        }))
    }

    /// An answer that broke off or made no sense.
    pub fn broken(message: impl Into<String>) -> Self {
        Self::NoAnswer(Box::new(NoAnswer {
            reason: Reason::Transport,
            code: Some("ECONNRESET".to_owned()),
            message: message.into(),
            passing: true,
            unsent: false,
        }))
    }
}

/// The record of one attempt, kept also when the attempt is given up half way.
#[derive(Default)]
pub struct Attempt {
    connection: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
    request: OnceLock<&'static str>,
    /// 0 before there is an answer.
    status: AtomicU16,
    sent: AtomicU64,
}

impl Attempt {
    /// Called by a wire before it sends: `selected` says whether a connection has been chosen for the request by now.
    pub fn watch_connection(&self, selected: impl Fn() -> bool + Send + Sync + 'static) {
        // Set once per attempt; a wire that sets it twice would only repeat itself.
        let _already_watched = self.connection.set(Box::new(selected));
    }

    /// Called by a wire: S3's name of the request (`PutObject`), for those who watch.
    pub fn asks(&self, request: &'static str) {
        let _already_said = self.request.set(request);
    }

    /// Called by a wire when the head of an answer has come, to a request with so many bytes in its body.
    pub fn answered(&self, status: u16, sent: u64) {
        self.status.store(status, Ordering::Relaxed);
        self.sent.store(sent, Ordering::Relaxed);
    }

    pub(crate) fn request(&self) -> Option<&'static str> {
        self.request.get().copied()
    }

    /// The status of the answer, if one came.
    pub(crate) fn status(&self) -> Option<u16> {
        match self.status.load(Ordering::Relaxed) {
            0 => None,
            status => Some(status),
        }
    }

    /// Bytes in the body of the request, once it was answered.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether a connection was ever selected. While it is false, S3 certainly has not seen the request.
    #[must_use]
    pub fn connection_selected(&self) -> bool {
        self.connection.get().is_some_and(|selected| selected())
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt")
            .field("connection_selected", &self.connection_selected())
            .finish()
    }
}

/// The bytes of a get as they arrive.
pub trait BodyStream: Send + 'static {
    /// The next bytes, never empty; `None` at the end.
    ///
    /// # Errors
    ///
    /// The connection broke, or the body was shorter than announced.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, AttemptError>> + Send;
}

/// One attempt of one verb. An implementation repeats nothing: the store alone knows whether a request may be repeated.
pub trait Wire: Send + Sync + 'static {
    /// The body of a get.
    type Body: BodyStream;

    /// Reads an object.
    fn get(
        &self,
        request: &GetRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<GetAnswer<Self::Body>, AttemptError>> + Send;

    /// Reads an object's headers.
    fn head(
        &self,
        request: &HeadRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;

    /// The newest versions of exactly this key, at most 100, in the order of the answer.
    fn versions(
        &self,
        key: &str,
        headers: &Headers,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Vec<ListedVersion>, AttemptError>> + Send;

    /// Writes an object.
    fn put(
        &self,
        request: &PutRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;

    /// Deletes an object.
    fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;

    /// Lists a page of keys.
    fn list(
        &self,
        request: &ListRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Page, AttemptError>> + Send;

    /// Takes the time from a server that says ours is wrong (`RequestTimeTooSkewed`). True if that changed anything.
    fn correct_clock(&self, error: &ServiceError) -> bool;

    /// What names the server, unless it is AWS's own: a server whose word on conditions is not taken unseen.
    fn server(&self) -> impl Future<Output = Result<Option<String>, AttemptError>> + Send;

    /// The endpoint requests go to, as a user would recognise it, for messages.
    fn endpoint(&self) -> Option<String>;
}
