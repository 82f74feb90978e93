//! Between the types of s3s and those of the store.

use std::time::SystemTime;

use s3s::dto::{self, ETag, ETagCondition, Timestamp};
use s3s::{S3ErrorCode, S3Result, s3_error};

use super::error::{not_implemented, refusal};
use crate::digest::{ChecksumScope, ObjectChecksum};
use crate::store::{EtagMatch, ReadCondition, Tags, VersionId, WriteCondition};

/// Sets an operation's checksum fields from an object's checksum; the fields have the same names in each of s3s's types.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            let value = Some(checksum.value.clone());
            match checksum.algorithm {
                $crate::digest::Algorithm::Crc32 => $output.checksum_crc32 = value,
                $crate::digest::Algorithm::Crc32c => $output.checksum_crc32c = value,
                $crate::digest::Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
                $crate::digest::Algorithm::Sha1 => $output.checksum_sha1 = value,
                $crate::digest::Algorithm::Sha256 => $output.checksum_sha256 = value,
            }
        }
    };
}
pub(super) use set_checksum;

/// The fields of a write that say something about the object beside its content; they have the same names in each of s3s's inputs.
macro_rules! attributes {
    ($input:expr) => {
        $crate::store::Attributes {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $crate::ops::convert::stored_encoding($input.content_encoding.take()),
            content_language: $input.content_language.take(),
            expires: $input
                .expires
                .take()
                .map($crate::ops::convert::from_timestamp),
            metadata: $crate::ops::convert::metadata($input.metadata.take()),
            storage_class: $input
                .storage_class
                .take()
                .map(|class| class.as_str().to_owned()),
            website_redirect_location: $input.website_redirect_location.take(),
        }
    };
}
pub(super) use attributes;

pub(super) fn from_timestamp(timestamp: Timestamp) -> SystemTime {
    SystemTime::from(time::OffsetDateTime::from(timestamp))
}

/// Names in lower case: that is how S3 keeps and returns them.
pub(super) fn metadata(given: Option<dto::Metadata>) -> std::collections::BTreeMap<String, String> {
    given
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect()
}

/// `aws-chunked` says how the request was framed; it is no property of the object.
pub(super) fn stored_encoding(given: Option<String>) -> Option<String> {
    let given = given?;
    let kept: Vec<&str> = given
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked") && !coding.is_empty())
        .collect();
    (!kept.is_empty()).then(|| kept.join(", "))
}

/// The class as listings show it.
pub(super) fn listed_class(class: Option<&String>) -> String {
    class.cloned().unwrap_or_else(|| "STANDARD".to_owned())
}

/// What an entity tag of a condition is compared with: a weak one never equals a stored tag.
fn etag_match(condition: ETagCondition) -> EtagMatch {
    match condition {
        ETagCondition::Any => EtagMatch::Any,
        ETagCondition::ETag(ETag::Strong(tag)) => EtagMatch::Tag(tag),
        ETagCondition::ETag(ETag::Weak(tag)) => EtagMatch::Tag(format!("W/\"{tag}\"")),
    }
}

/// The conditions of a read, or of the source of a copy.
pub(super) fn read_condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
) -> ReadCondition {
    ReadCondition {
        if_match: if_match.map(etag_match),
        if_none_match: if_none_match.map(etag_match),
        if_modified_since: if_modified_since.map(from_timestamp),
        if_unmodified_since: if_unmodified_since.map(from_timestamp),
    }
}

/// The condition of a write.
///
/// # Errors
/// `NotImplemented` for what S3 does not offer on a write: an entity tag in `If-None-Match`, or both headers at once.
pub(super) fn write_condition(
    if_match: Option<ETagCondition>,
    if_none_match: Option<ETagCondition>,
) -> S3Result<WriteCondition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(WriteCondition::None),
        (None, Some(ETagCondition::Any)) => Ok(WriteCondition::IfNoneMatch),
        (Some(wanted), None) => Ok(WriteCondition::IfMatch(etag_match(wanted))),
        _ => Err(not_implemented()),
    }
}

pub(super) fn etag(text: &str) -> ETag {
    ETag::Strong(text.to_owned())
}

pub(super) fn version_id(id: Option<&VersionId>) -> Option<String> {
    id.map(ToString::to_string)
}

pub(super) fn given_version(id: Option<&String>) -> Option<VersionId> {
    id.filter(|id| !id.is_empty())
        .map(|id| VersionId::parse(id))
}

pub(super) fn checksum_type(checksum: Option<&ObjectChecksum>) -> Option<dto::ChecksumType> {
    checksum.map(|checksum| scope_name(checksum.scope))
}

pub(super) fn scope_name(scope: ChecksumScope) -> dto::ChecksumType {
    dto::ChecksumType::from_static(match scope {
        ChecksumScope::FullObject => dto::ChecksumType::FULL_OBJECT,
        ChecksumScope::Composite => dto::ChecksumType::COMPOSITE,
    })
}

pub(super) fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The owner of everything here.
pub(super) fn owner() -> dto::Owner {
    dto::Owner {
        display_name: Some("dev".to_owned()),
        id: Some("dev".to_owned()),
    }
}

/// The tags of `x-amz-tagging`, a query string.
///
/// # Errors
/// Those of [`checked_tags`].
pub(super) fn header_tags(text: Option<&str>) -> S3Result<Tags> {
    checked_tags(form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned())
}

/// Tags within S3's limits.
///
/// # Errors
/// `BadRequest` for more than ten, `InvalidTag` for a name given twice, an empty name, a name over 128 or a value over
/// 256 characters.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>
pub(super) fn checked_tags(given: impl Iterator<Item = (String, String)>) -> S3Result<Tags> {
    let mut tags = Tags::new();
    for (name, value) in given {
        if name.is_empty() || name.chars().count() > 128 {
            return Err(s3_error!(
                InvalidTag,
                "The TagKey you have provided is invalid"
            ));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(
                InvalidTag,
                "The TagValue you have provided is invalid"
            ));
        }
        if tags.insert(name, value).is_some() {
            return Err(s3_error!(
                InvalidTag,
                "Cannot provide multiple Tags with the same key"
            ));
        }
    }
    if tags.len() > 10 {
        let mut error = refusal(S3ErrorCode::Custom("BadRequest".into()));
        error.set_status_code(http::StatusCode::BAD_REQUEST);
        error.set_message("Object tags cannot be greater than 10");
        return Err(error);
    }
    Ok(tags)
}
