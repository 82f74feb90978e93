//! Many deletes in one request: one attempt.

use std::future::Future;

use super::{Attempt, AttemptError, Headers, Wire};

/// An object, or a version of it, that is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// Its key, which XML must be able to carry.
    pub key: String,
    /// The version to remove for good; `None` deletes the object.
    pub version_id: Option<String>,
}

/// `DeleteObjects`: at most 1,000, whatever they are. S3 answers for each of them.
#[derive(Clone, Debug)]
pub struct DeleteObjectsRequest {
    /// What is to be deleted.
    pub objects: Vec<ObjectName>,
    /// Further headers.
    pub headers: Headers,
}

/// What was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedObject {
    /// The key.
    pub key: String,
    /// The version that was asked for.
    pub version_id: Option<String>,
    /// Whether a delete marker was made, or removed.
    pub delete_marker: bool,
    /// The version of that delete marker.
    pub delete_marker_version_id: Option<String>,
}

/// What was not deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotDeleted {
    /// The key.
    pub key: String,
    /// The version that was asked for.
    pub version_id: Option<String>,
    /// S3's error code.
    pub code: Option<String>,
    /// S3's message.
    pub message: Option<String>,
}

/// What S3 says to each.
#[derive(Clone, Debug, Default)]
pub struct DeletedObjects {
    /// What was deleted.
    pub deleted: Vec<DeletedObject>,
    /// What was not.
    pub errors: Vec<NotDeleted>,
}

/// The verb of many deletes, one attempt.
pub trait DeleteObjectsWire: Wire {
    /// Deletes objects.
    fn delete_objects(
        &self,
        request: &DeleteObjectsRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<DeletedObjects, AttemptError>> + Send;
}
