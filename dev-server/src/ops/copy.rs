//! `CopyObject`, and the source of any copy.

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETagCondition,
    MetadataDirective, TaggingDirective,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::DevS3;
use super::apply::Target;
use super::convert::{
    attributes, checksum_type, etag, header_tags, read_condition, set_checksum, version_id,
    write_condition,
};
use super::error::refusal;
use crate::digest::{Algorithm, ChecksumScope, digest, hex};
use crate::faults::Call;
use crate::store::{Attributes, Found, Object, ReadCondition, ReadVerdict, StoreError, VersionId};

/// Copies what the source holds at one moment; the destination's condition is checked in the step that writes it.
pub(super) async fn copy_object(
    s3: &DevS3,
    req: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let call = Call::of(&req.extensions);
    let mut input = req.input;
    // s3s reads no conditions of a copy's destination.
    let condition = write_condition(
        etag_condition(&req.headers, &IF_MATCH)?,
        etag_condition(&req.headers, &IF_NONE_MATCH)?,
    )?;
    let named = NamedSource::of(&input.copy_source)?;
    let found = source(
        s3,
        &named,
        &read_condition(
            input.copy_source_if_match.take(),
            input.copy_source_if_none_match.take(),
            input.copy_source_if_modified_since.take(),
            input.copy_source_if_unmodified_since.take(),
        ),
    )?;
    let original = found
        .version
        .object
        .as_ref()
        .ok_or_else(|| refusal(S3ErrorCode::NoSuchKey))?;

    let replaces = |directive: Option<&str>| directive == Some("REPLACE");
    let replaces_metadata = replaces(
        input
            .metadata_directive
            .as_ref()
            .map(MetadataDirective::as_str),
    );
    let replaces_tags = replaces(
        input
            .tagging_directive
            .as_ref()
            .map(TaggingDirective::as_str),
    );
    let is_onto_itself =
        named.bucket == input.bucket && named.key == input.key && named.version.is_none();
    let changes = replaces_metadata
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some();
    if is_onto_itself && !changes {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
             metadata, storage class, website redirect location or encryption attributes."
        ));
    }

    let given = attributes!(input);
    let attributes = if replaces_metadata {
        given
    } else {
        // The storage class and the redirect belong to the copy, not to what is copied.
        Attributes {
            storage_class: given.storage_class,
            website_redirect_location: given.website_redirect_location,
            ..original.attributes.clone()
        }
    };
    let tags = if replaces_tags {
        header_tags(input.tagging.as_deref())?
    } else {
        found.version.tags.clone()
    };
    let wanted = input
        .checksum_algorithm
        .as_ref()
        .and_then(|name| Algorithm::named(name.as_str()));
    let object = copied(original, attributes, wanted);

    let mut result = CopyObjectResult {
        e_tag: Some(etag(&object.etag)),
        ..CopyObjectResult::default()
    };
    set_checksum!(result, &object.checksum);
    result.checksum_type = checksum_type(object.checksum.as_ref());
    let target = Target::newest(&input.bucket, &input.key);
    let written = s3
        .apply(&call, &target, condition, |bucket, condition, ids| {
            bucket.put(&input.key, object, tags, condition, ids)
        })
        .await?;
    result.last_modified = Some(written.modified.into());
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: version_id(found.shown_id.as_ref()),
        version_id: version_id(written.version_id.as_ref()),
        ..CopyObjectOutput::default()
    }))
}

/// The copy of an object: one piece, whatever parts it came in, and so with the digests of one piece.
fn copied(original: &Object, attributes: Attributes, wanted: Option<Algorithm>) -> Object {
    let kept = original.checksum.clone().filter(|sum| {
        sum.scope == ChecksumScope::FullObject
            && wanted.is_none_or(|wanted| wanted == sum.algorithm)
    });
    let algorithm = wanted.or_else(|| original.checksum.as_ref().map(|sum| sum.algorithm));
    let needs_checksum = algorithm.is_some() && kept.is_none();
    let (etag, checksum) = if needs_checksum || !original.part_sizes.is_empty() {
        let digests = digest(algorithm, &[&original.body]);
        (hex(&digests.md5), digests.checksum)
    } else {
        (original.etag.clone(), kept)
    };
    Object {
        body: original.body.clone(),
        etag,
        attributes,
        checksum,
        part_sizes: Vec::new(),
    }
}

/// A condition that s3s leaves in the headers.
///
/// # Errors
/// `InvalidArgument` for what is neither `*` nor an entity tag.
fn etag_condition(headers: &HeaderMap, name: &HeaderName) -> S3Result<Option<ETagCondition>> {
    headers
        .get(name)
        .filter(|value| !value.is_empty())
        .map(|value| ETagCondition::parse_http_header(value.as_bytes()))
        .transpose()
        .map_err(|error| s3_error!(error, InvalidArgument, "invalid header: {name}"))
}

/// The object that `x-amz-copy-source` names.
pub(super) struct NamedSource {
    bucket: String,
    key: String,
    version: Option<VersionId>,
}

impl NamedSource {
    /// # Errors
    /// `NotImplemented` for an access point.
    pub(super) fn of(source: &CopySource) -> S3Result<Self> {
        match source {
            CopySource::Bucket {
                bucket,
                key,
                version_id,
            } => Ok(Self {
                bucket: bucket.to_string(),
                key: key.to_string(),
                version: version_id.as_deref().map(VersionId::parse),
            }),
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => Err(s3_error!(
                NotImplemented,
                "Access points are not implemented"
            )),
        }
    }
}

/// Finds the source of a copy and judges the `x-amz-copy-source-if-*` conditions; each that does not hold is a 412, as nothing is read.
///
/// # Errors
/// `PreconditionFailed`, or those of a read. A delete marker named by its version id is `InvalidRequest`.
pub(super) fn source(
    s3: &DevS3,
    named: &NamedSource,
    condition: &ReadCondition,
) -> S3Result<Found> {
    let found = s3.store.bucket(&named.bucket, |bucket, _| {
        bucket.find(&named.key, named.version.as_ref())
    });
    let found = found.map_err(|error| match error {
        StoreError::VersionIsDeleteMarker { .. } => s3_error!(
            InvalidRequest,
            "The source of a copy request may not specifically refer to a delete marker by version id."
        ),
        other => other.into(),
    })?;
    let tag = found
        .version
        .object
        .as_ref()
        .map_or("", |object| object.etag.as_str());
    match condition.evaluate(tag, found.version.modified) {
        ReadVerdict::Proceed => Ok(found),
        ReadVerdict::PreconditionFailed | ReadVerdict::NotModified => {
            Err(refusal(S3ErrorCode::PreconditionFailed))
        }
    }
}
