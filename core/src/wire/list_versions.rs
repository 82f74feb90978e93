//! Listings of versions: one attempt.

use std::future::Future;

use super::{Attempt, AttemptError, Headers, ListedVersion, Wire};

/// A place in a listing of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionMarker {
    /// The key.
    pub key: String,
    /// The version of it; `None` after all of them.
    pub version_id: Option<String>,
}

/// One page of `ListObjectVersions`.
#[derive(Clone, Debug, Default)]
pub struct ListVersionsRequest {
    /// Only keys that start with this.
    pub prefix: String,
    /// Where the previous page ended.
    pub marker: Option<VersionMarker>,
    /// Keys with this beyond the prefix are listed as what they have in common up to there.
    pub delimiter: Option<String>,
    /// Versions, delete markers and common prefixes on a page, at most; S3's own 1,000 without it.
    pub max_keys: Option<u16>,
    /// Further headers.
    pub headers: Headers,
}

/// A page of a listing of versions.
#[derive(Clone, Debug, Default)]
pub struct VersionsPage {
    /// Versions and delete markers, in the order of the answer.
    pub versions: Vec<ListedVersion>,
    /// What keys have in common up to a delimiter, in S3's order.
    pub common_prefixes: Vec<String>,
    /// Whether there is more.
    pub is_truncated: bool,
    /// Where the next page begins.
    pub next: Option<VersionMarker>,
}

/// The verb of listings of versions, one attempt.
pub trait ListVersionsWire: Wire {
    /// Lists a page of versions.
    fn list_versions(
        &self,
        request: &ListVersionsRequest,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<VersionsPage, AttemptError>> + Send;
}
