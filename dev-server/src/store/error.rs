//! What the store refuses, and why.

use std::time::SystemTime;

use super::version::VersionId;

/// A refusal by the store. Nothing was changed when one of these is returned.
///
/// Names are S3's error codes where one exists; the answer on the wire is made in one place, `ops::error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No bucket of that name.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The bucket exists already.
    #[error("bucket exists")]
    BucketAlreadyOwnedByYou,
    /// The bucket still holds objects, versions, delete markers or unfinished uploads.
    #[error("bucket is not empty")]
    BucketNotEmpty,
    /// The key holds nothing.
    #[error("no such key")]
    NoSuchKey,
    /// The newest version of the key is a delete marker.
    #[error("no such key: the newest version is a delete marker")]
    Deleted {
        /// The marker's id.
        id: VersionId,
    },
    /// The version asked for by its id is a delete marker, which has no content to read.
    #[error("the version is a delete marker")]
    VersionIsDeleteMarker {
        /// The marker's id.
        id: VersionId,
        /// When the marker was made.
        modified: SystemTime,
    },
    /// The key has no version of that id.
    #[error("no such version")]
    NoSuchVersion,
    /// The condition of a write or a delete did not hold.
    #[error("precondition failed")]
    PreconditionFailed,
    /// No unfinished upload of that id for that key.
    #[error("no such upload")]
    NoSuchUpload,
    /// A part named by a completion was not uploaded, or has another `ETag`.
    #[error("invalid part")]
    InvalidPart,
    /// The parts of a completion are not in ascending order.
    #[error("parts out of order")]
    InvalidPartOrder,
    /// A part other than the last is smaller than S3's minimum of 5 MiB.
    #[error("part too small")]
    EntityTooSmall,
}
