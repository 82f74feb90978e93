//! `ListObjectVersions`.

use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput,
    ObjectVersion, ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::DevS3;
use super::convert::{
    checksum_type, count, etag, given_version, length, listed_class, owner, version_id,
};
use super::list::{KeyEncoding, page_size};
use crate::store::{ListRequest, VersionEntry};

pub(super) fn list_object_versions(
    s3: &DevS3,
    req: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = req.input;
    let encoding = KeyEncoding::new(input.encoding_type.as_ref());
    let after_version = given_version(input.version_id_marker.as_ref());
    let after = input.key_marker.clone().filter(|marker| !marker.is_empty());
    if after_version.is_some() && after.is_none() {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    }
    let request = ListRequest {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after,
        max: page_size(input.max_keys)?,
    };
    let listing = s3.store.bucket(&input.bucket, |bucket, _| {
        Ok(bucket.list_versions(&request, after_version.as_ref()))
    })?;
    let mut versions = Vec::new();
    let mut markers = Vec::new();
    let mut prefixes = Vec::new();
    for entry in listing.entries {
        let (key, version, is_latest) = match entry {
            VersionEntry::Prefix(prefix) => {
                prefixes.push(CommonPrefix {
                    prefix: Some(encoding.text(&prefix)),
                });
                continue;
            }
            VersionEntry::Version {
                key,
                version,
                is_latest,
            } => (encoding.text(&key), version, is_latest),
        };
        let id = version_id(Some(&version.id));
        match &version.object {
            None => markers.push(DeleteMarkerEntry {
                is_latest: Some(is_latest),
                key: Some(key),
                last_modified: Some(version.modified.into()),
                owner: Some(owner()),
                version_id: id,
            }),
            Some(object) => versions.push(ObjectVersion {
                checksum_algorithm: object
                    .checksum
                    .as_ref()
                    .map(|sum| vec![sum.algorithm.name().to_owned().into()]),
                checksum_type: checksum_type(object.checksum.as_ref()),
                e_tag: Some(etag(&object.etag)),
                is_latest: Some(is_latest),
                key: Some(key),
                last_modified: Some(version.modified.into()),
                owner: Some(owner()),
                restore_status: None,
                size: Some(length(object.body.len())),
                storage_class: Some(ObjectVersionStorageClass::from(listed_class(
                    object.attributes.storage_class.as_ref(),
                ))),
                version_id: id,
            }),
        }
    }
    Ok(S3Response::new(ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: encoding.optional(input.delimiter.as_ref()),
        key_marker: Some(encoding.text(input.key_marker.as_deref().unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        next_key_marker: listing.next.as_ref().map(|next| encoding.text(&next.key)),
        next_version_id_marker: listing
            .next
            .as_ref()
            .and_then(|next| version_id(next.version.as_ref())),
        max_keys: Some(count(request.max)),
        is_truncated: Some(listing.next.is_some()),
        encoding_type: input.encoding_type,
        versions: Some(versions),
        delete_markers: Some(markers),
        common_prefixes: Some(prefixes),
        request_charged: None,
    }))
}
