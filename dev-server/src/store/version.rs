//! Objects and the versions of a key.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::digest::ObjectChecksum;

/// Tags of an object, by name.
pub type Tags = BTreeMap<String, String>;

/// The id of a version: `null` where versioning was never on or is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionId {
    /// S3's null version.
    Null,
    /// A version made while versioning was on.
    Id(String),
}

impl VersionId {
    /// The id as a client gives it; `null` is the null version.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "null" {
            Self::Null
        } else {
            Self::Id(text.to_owned())
        }
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Id(id) => f.write_str(id),
        }
    }
}

/// What a write says about an object beside its content, kept and returned as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`.
    pub expires: Option<SystemTime>,
    /// User metadata, names in lower case and without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// `x-amz-storage-class`; absent means `STANDARD`.
    pub storage_class: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub website_redirect_location: Option<String>,
}

/// An object's content and everything a write said about it.
#[derive(Debug, Clone)]
pub struct Object {
    /// The content.
    pub body: Bytes,
    /// The `ETag` without its quotes.
    pub etag: String,
    /// What the write said beside the content.
    pub attributes: Attributes,
    /// The checksum the writer asked for.
    pub checksum: Option<ObjectChecksum>,
    /// The sizes of the parts in bytes; empty unless the object came from a multipart upload.
    pub part_sizes: Vec<usize>,
}

/// One version of a key.
#[derive(Debug, Clone)]
pub struct Version {
    /// The version's id.
    pub id: VersionId,
    /// When it was made, in whole seconds as `Last-Modified` carries it.
    pub modified: SystemTime,
    /// The object's tags; empty for a delete marker.
    pub tags: Tags,
    /// The object, or nothing for a delete marker.
    pub object: Option<Object>,
}

impl Version {
    /// True for a delete marker.
    #[must_use]
    pub fn is_delete_marker(&self) -> bool {
        self.object.is_none()
    }
}

/// Now, in whole seconds: `Last-Modified` and listings carry no fractions, and a condition on a date must compare
/// what the client was told.
pub(super) fn now() -> SystemTime {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(SystemTime::UNIX_EPOCH, |since| {
            SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
        })
}
