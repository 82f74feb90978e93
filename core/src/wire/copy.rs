//! Copies within the bucket: one attempt.

use std::future::Future;
use std::sync::Arc;

use super::{Attempt, AttemptError, Wire, Written};
use crate::precondition::{ETag, Precondition};

/// `CopyObject` with the directive REPLACE: the copy has the content type and metadata given here, not the source's.
#[derive(Clone, Debug)]
pub struct CopyRequest {
    /// The key that is copied.
    pub source: Arc<str>,
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
