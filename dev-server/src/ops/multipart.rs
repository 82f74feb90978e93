//! Uploads in parts: starting, uploading, copying into, completing and aborting.

use bytes::{Bytes, BytesMut};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, Range, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::DevS3;
use super::apply::Target;
use super::body::{claimed_checksum, receive};
use super::convert::{
    attributes, checksum_type, etag, header_tags, read_condition, scope_name, set_checksum,
    version_id, write_condition,
};
use super::copy::{NamedSource, source};
use super::error::refusal;
use crate::digest::{Algorithm, ChecksumScope, ObjectChecksum, digest, from_base64, hex};
use crate::faults::Call;
use crate::store::{Attributes, Object, Part};

pub(super) fn create(
    s3: &DevS3,
    req: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let mut input = req.input;
    let tags = header_tags(input.tagging.as_deref())?;
    let algorithm = input
        .checksum_algorithm
        .as_ref()
        .and_then(|name| Algorithm::named(name.as_str()));
    let checksum = algorithm.map(|algorithm| {
        let scope = match input
            .checksum_type
            .as_ref()
            .map(s3s::dto::ChecksumType::as_str)
        {
            Some("FULL_OBJECT") => ChecksumScope::FullObject,
            Some("COMPOSITE") => ChecksumScope::Composite,
            _ => algorithm.default_scope(),
        };
        (algorithm, scope)
    });
    let attributes = attributes!(input);
    let id = s3.store.bucket(&input.bucket, |bucket, ids| {
        Ok(bucket.create_upload(&input.key, attributes, tags, checksum, ids))
    })?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: checksum.map(|(_, scope)| scope_name(scope)),
        ..CreateMultipartUploadOutput::default()
    }))
}

/// A part's number, within S3's limits.
///
/// # Errors
/// `InvalidArgument` for anything but 1 to 10,000.
fn part_number(given: i32) -> S3Result<u16> {
    u16::try_from(given)
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            )
        })
}

pub(super) async fn upload_part(
    s3: &DevS3,
    req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let mut input = req.input;
    let number = part_number(input.part_number)?;
    let asked = upload_checksum(s3, &input.bucket, &input.key, &input.upload_id);
    let fallback = asked.as_ref().ok().copied().flatten();
    let body = input.body.take();
    let received = receive(
        body,
        input.content_length,
        &req.headers,
        req.trailing_headers.as_ref(),
        fallback,
    )
    .await?;
    // An upload that does not exist is refused only now, so that the client gets to hear of it.
    asked?;
    let checksum = received.digests.checksum;
    if let (Some(expected), Some(given)) = (fallback, &checksum)
        && given.algorithm != expected
    {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            expected.name().to_ascii_lowercase(),
            given.algorithm.name().to_ascii_lowercase()
        ));
    }
    let md5 = received.digests.md5;
    let mut output = UploadPartOutput {
        e_tag: Some(etag(&hex(&md5))),
        ..UploadPartOutput::default()
    };
    set_checksum!(output, &checksum);
    s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.put_part(
            &input.key,
            &input.upload_id,
            number,
            received.body,
            md5,
            checksum,
        )
    })?;
    Ok(S3Response::new(output))
}

fn upload_checksum(s3: &DevS3, bucket: &str, key: &str, id: &str) -> S3Result<Option<Algorithm>> {
    let checksum = s3
        .store
        .bucket(bucket, |bucket, _| Ok(bucket.upload(key, id)?.checksum))?;
    Ok(checksum.map(|(algorithm, _)| algorithm))
}

pub(super) fn upload_part_copy(
    s3: &DevS3,
    req: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = req.input;
    let number = part_number(input.part_number)?;
    let algorithm = upload_checksum(s3, &input.bucket, &input.key, &input.upload_id)?;
    let condition = read_condition(
        input.copy_source_if_match,
        input.copy_source_if_none_match,
        input.copy_source_if_modified_since,
        input.copy_source_if_unmodified_since,
    );
    let found = source(s3, &NamedSource::of(&input.copy_source)?, &condition)?;
    let original = found
        .version
        .object
        .as_ref()
        .ok_or_else(|| refusal(S3ErrorCode::NoSuchKey))?;
    let content = match input.copy_source_range.as_deref() {
        None => original.body.clone(),
        Some(range) => ranged(&original.body, range)?,
    };
    let digests = digest(algorithm, &[&content]);
    let mut result = CopyPartResult {
        e_tag: Some(etag(&hex(&digests.md5))),
        ..CopyPartResult::default()
    };
    set_checksum!(result, &digests.checksum);
    let modified = s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.put_part(
            &input.key,
            &input.upload_id,
            number,
            content,
            digests.md5,
            digests.checksum,
        )
    })?;
    result.last_modified = Some(modified.into());
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        copy_source_version_id: version_id(found.shown_id.as_ref()),
        ..UploadPartCopyOutput::default()
    }))
}

/// A copy takes its range literally: unlike a read's, it must lie within the source.
fn ranged(content: &Bytes, range: &str) -> S3Result<Bytes> {
    match Range::parse(range) {
        Ok(Range::Int {
            first,
            last: Some(last),
        }) => match (usize::try_from(first), usize::try_from(last)) {
            (Ok(first), Ok(last)) if last < content.len() => Ok(content.slice(first..=last)),
            _ => Err(s3_error!(
                InvalidArgument,
                "Range specified is not valid for source object of size: {}",
                content.len()
            )),
        },
        _ => Err(s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based \
             offsets of the first and last bytes to copy"
        )),
    }
}

/// Puts the parts together, then checks the condition and writes in one step; the upload stays when that is refused.
pub(super) async fn complete(
    s3: &DevS3,
    req: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let call = Call::of(&req.extensions);
    let mut input = req.input;
    let condition = write_condition(input.if_match.take(), input.if_none_match.take())?;
    let given = input
        .multipart_upload
        .take()
        .and_then(|upload| upload.parts)
        .filter(|parts| !parts.is_empty());
    let given = given.ok_or_else(|| refusal(S3ErrorCode::MalformedXML))?;
    let wanted: Vec<(u16, String)> = given.iter().map(wanted_part).collect::<S3Result<_>>()?;
    let (parts, attributes, checksum) = s3.store.bucket(&input.bucket, |bucket, _| {
        let parts = bucket.chosen_parts(&input.key, &input.upload_id, &wanted)?;
        let upload = bucket.upload(&input.key, &input.upload_id)?;
        Ok((parts, upload.attributes.clone(), upload.checksum))
    })?;
    if given
        .iter()
        .zip(&parts)
        .any(|(given, part)| contradicts(given, part))
    {
        return Err(refusal(S3ErrorCode::InvalidPart));
    }
    let object = assemble(&parts, attributes, checksum);
    if input
        .mpu_object_size
        .is_some_and(|size| usize::try_from(size) != Ok(object.body.len()))
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed."
        ));
    }
    check_claim(claimed_checksum(&req.headers)?, object.checksum.as_ref())?;

    let mut output = CompleteMultipartUploadOutput {
        e_tag: Some(etag(&object.etag)),
        ..CompleteMultipartUploadOutput::default()
    };
    set_checksum!(output, &object.checksum);
    output.checksum_type = checksum_type(object.checksum.as_ref());
    let target = Target::newest(&input.bucket, &input.key);
    let written = s3
        .apply(&call, &target, condition, |bucket, condition, ids| {
            bucket.complete_upload(&input.key, &input.upload_id, object, condition, ids)
        })
        .await?;
    output.version_id = version_id(written.version_id.as_ref());
    output.location = Some(format!("/{}/{}", input.bucket, input.key));
    output.bucket = Some(input.bucket);
    output.key = Some(input.key);
    Ok(S3Response::new(output))
}

fn wanted_part(part: &CompletedPart) -> S3Result<(u16, String)> {
    let number = part_number(part.part_number.unwrap_or_default())?;
    let tag = part
        .e_tag
        .clone()
        .ok_or_else(|| refusal(S3ErrorCode::MalformedXML))?;
    Ok((number, tag.into_value()))
}

/// True when a completion names another checksum for a part than the part has.
fn contradicts(given: &CompletedPart, part: &Part) -> bool {
    let Some(checksum) = &part.checksum else {
        return false;
    };
    let claimed = match checksum.algorithm {
        Algorithm::Crc32 => &given.checksum_crc32,
        Algorithm::Crc32c => &given.checksum_crc32c,
        Algorithm::Crc64Nvme => &given.checksum_crc64nvme,
        Algorithm::Sha1 => &given.checksum_sha1,
        Algorithm::Sha256 => &given.checksum_sha256,
    };
    claimed
        .as_ref()
        .is_some_and(|claimed| *claimed != checksum.value)
}

/// Checks the checksum that a completion gives for the whole object; a composite one may come without its number of parts.
fn check_claim(
    claimed: Option<(Algorithm, String)>,
    computed: Option<&ObjectChecksum>,
) -> S3Result<()> {
    let (Some((algorithm, value)), Some(computed)) = (claimed, computed) else {
        return Ok(());
    };
    let bare = computed
        .value
        .split_once('-')
        .map_or(computed.value.as_str(), |(bare, _)| bare);
    if algorithm == computed.algorithm && (value == computed.value || value == bare) {
        return Ok(());
    }
    let name = algorithm.name();
    Err(s3_error!(
        BadDigest,
        "The {name} you specified did not match the calculated checksum."
    ))
}

/// The object that parts make. Its `ETag` is the MD5 of the parts' MD5s with the number of parts.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
fn assemble(
    parts: &[Part],
    attributes: Attributes,
    checksum: Option<(Algorithm, ChecksumScope)>,
) -> Object {
    let body = if let [only] = parts {
        only.body.clone()
    } else {
        let mut body = BytesMut::with_capacity(parts.iter().map(|part| part.body.len()).sum());
        for part in parts {
            body.extend_from_slice(&part.body);
        }
        body.freeze()
    };
    let md5s: Vec<&[u8]> = parts.iter().map(|part| part.md5.as_slice()).collect();
    let checksum = checksum.and_then(|(algorithm, scope)| match scope {
        ChecksumScope::FullObject => digest(Some(algorithm), &[&body]).checksum,
        ChecksumScope::Composite => composite(parts, algorithm),
    });
    Object {
        etag: format!("{}-{}", hex(&digest(None, &md5s).md5), parts.len()),
        part_sizes: parts.iter().map(|part| part.body.len()).collect(),
        body,
        attributes,
        checksum,
    }
}

fn composite(parts: &[Part], algorithm: Algorithm) -> Option<ObjectChecksum> {
    let mut sums: Vec<Vec<u8>> = Vec::with_capacity(parts.len());
    for part in parts {
        sums.push(from_base64(
            &part
                .checksum
                .as_ref()
                .filter(|sum| sum.algorithm == algorithm)?
                .value,
        )?);
    }
    let pieces: Vec<&[u8]> = sums.iter().map(Vec::as_slice).collect();
    let whole = digest(Some(algorithm), &pieces).checksum?;
    Some(ObjectChecksum {
        value: format!("{}-{}", whole.value, parts.len()),
        scope: ChecksumScope::Composite,
        ..whole
    })
}

pub(super) fn abort(
    s3: &DevS3,
    req: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = req.input;
    s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.abort_upload(&input.key, &input.upload_id)
    })?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
