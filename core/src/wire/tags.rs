//! The tags of an object: one attempt.

use std::future::Future;
use std::sync::Arc;

use super::{Answer, Attempt, AttemptError, Headers, Wire};

/// Names and values, in S3's order.
pub type Tags = Vec<(String, String)>;

/// `GetObjectTagging`.
#[derive(Clone, Debug)]
pub struct GetTagsRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// The version whose tags are wanted; `None` is the current one.
    pub version_id: Option<String>,
    /// Further headers.
    pub headers: Headers,
}

/// `PutObjectTagging`.
#[derive(Clone, Debug)]
pub struct PutTagsRequest {
    /// The object's key.
    pub key: Arc<str>,
    /// The version that gets the tags; `None` is the current one.
    pub version_id: Option<String>,
    /// All the tags that it has afterwards.
    pub tags: Tags,
    /// Further headers.
    pub headers: Headers,
}

/// The verbs of tags, one attempt each.
pub trait TagsWire: Wire {
    /// Reads an object's tags.
    fn get_tags(
        &self,
        request: &GetTagsRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Tags, AttemptError>> + Send;

    /// Replaces an object's tags.
    fn put_tags(
        &self,
        request: &PutTagsRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Answer, AttemptError>> + Send;
}
