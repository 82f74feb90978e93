//! Versions, and what became of many deletes, as JSON.

use s3_store_core::wire::{DeletedObjects, ListedVersion, VersionMarker, VersionsPage};
use serde::Serialize;

use super::text;

/// As the JavaScript SDK has it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeletedObjectsJson<'a> {
    deleted: Vec<DeletedJson<'a>>,
    errors: Vec<NotDeletedJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeletedJson<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    delete_marker: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_marker_version_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotDeletedJson<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionsPageJson<'a> {
    contents: Vec<VersionJson<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    common_prefixes: &'a [String],
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<MarkerJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MarkerJson<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionJson<'a> {
    key: &'a str,
    version_id: &'a str,
    is_latest: bool,
    is_delete_marker: bool,
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<&'a str>,
}

/// What became of many deletes.
pub(crate) fn deleted_objects(found: &DeletedObjects) -> String {
    text(&DeletedObjectsJson {
        deleted: found
            .deleted
            .iter()
            .map(|object| DeletedJson {
                key: &object.key,
                version_id: object.version_id.as_deref(),
                delete_marker: object.delete_marker,
                delete_marker_version_id: object.delete_marker_version_id.as_deref(),
            })
            .collect(),
        errors: found
            .errors
            .iter()
            .map(|error| NotDeletedJson {
                key: &error.key,
                version_id: error.version_id.as_deref(),
                code: error.code.as_deref(),
                message: error.message.as_deref(),
            })
            .collect(),
    })
}

/// A page of a listing of versions.
pub(crate) fn versions_page(page: &VersionsPage) -> String {
    text(&VersionsPageJson {
        contents: page.versions.iter().map(version).collect(),
        common_prefixes: &page.common_prefixes,
        is_truncated: page.is_truncated,
        next: page.next.as_ref().map(marker),
    })
}

fn version(version: &ListedVersion) -> VersionJson<'_> {
    VersionJson {
        key: &version.key,
        version_id: &version.version_id,
        is_latest: version.is_latest,
        is_delete_marker: version.is_delete_marker,
        etag: version.etag.as_deref(),
        size: version.size,
        last_modified: version.last_modified,
        storage_class: version.storage_class.as_deref(),
    }
}

fn marker(marker: &VersionMarker) -> MarkerJson<'_> {
    MarkerJson {
        key: &marker.key,
        version_id: marker.version_id.as_deref(),
    }
}
