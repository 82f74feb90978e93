//! `GetObject` and `HeadObject`.

use std::ops::Range;

use http::HeaderMap;
use http::header::{ETAG, LAST_MODIFIED};
use s3s::dto::{
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StorageClass, StreamingBlob,
};
use s3s::{Body, S3ErrorCode, S3Response, S3Result, s3_error};

use super::DevS3;
use super::convert::{
    checksum_type, count, etag, given_version, length, read_condition, set_checksum, version_id,
};
use super::error::{http_date, not_modified, refusal};
use crate::faults::Call;
use crate::store::{Found, Object, ReadVerdict};

/// Answers with the object, or the part of it that was asked for.
pub(super) fn get_object(
    s3: &DevS3,
    input: &GetObjectInput,
    call: &Call,
) -> S3Result<S3Response<GetObjectOutput>> {
    let found = find(s3, input, call)?;
    let object = found
        .version
        .object
        .as_ref()
        .ok_or_else(|| refusal(S3ErrorCode::NoSuchKey))?;
    let selected = select(object, input)?;
    let mut output = describe(&found, object, &selected, input);
    output.tag_count = (!found.version.tags.is_empty()).then(|| count(found.version.tags.len()));
    // A slice shares the stored bytes: nothing is copied.
    let content = object.body.slice(selected.span);
    output.body = Some(StreamingBlob::from(Body::from(content)));
    Ok(S3Response::new(output))
}

/// Answers as get would, without the content.
pub(super) fn head_object(
    s3: &DevS3,
    input: HeadObjectInput,
    call: &Call,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = as_get(input);
    let found = find(s3, &input, call)?;
    let object = found
        .version
        .object
        .as_ref()
        .ok_or_else(|| refusal(S3ErrorCode::NoSuchKey))?;
    let selected = select(object, &input)?;
    Ok(S3Response::new(as_head(describe(
        &found, object, &selected, &input,
    ))))
}

/// Finds the version and judges the conditions on it.
fn find(s3: &DevS3, input: &GetObjectInput, call: &Call) -> S3Result<Found> {
    let id = given_version(input.version_id.as_ref());
    let found = s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.find(&input.key, id.as_ref())
    })?;
    let Some(object) = &found.version.object else {
        return Ok(found);
    };
    if call.ignores_conditions() {
        return Ok(found);
    }
    let condition = read_condition(
        input.if_match.clone(),
        input.if_none_match.clone(),
        input.if_modified_since.clone(),
        input.if_unmodified_since.clone(),
    );
    match condition.evaluate(&object.etag, found.version.modified) {
        ReadVerdict::Proceed => Ok(found),
        ReadVerdict::PreconditionFailed => Err(refusal(S3ErrorCode::PreconditionFailed)),
        ReadVerdict::NotModified => {
            let mut headers = HeaderMap::new();
            if let Ok(tag) = etag(&object.etag).to_http_header() {
                headers.insert(ETAG, tag);
            }
            if let Some(date) = http_date(&found.version.modified.into()) {
                headers.insert(LAST_MODIFIED, date);
            }
            Err(not_modified(headers))
        }
    }
}

/// The bytes of an object that an answer is about.
struct Selected {
    span: Range<usize>,
    content_range: Option<String>,
    parts_count: Option<i32>,
}

/// Applies `Range` or `partNumber`.
fn select(object: &Object, input: &GetObjectInput) -> S3Result<Selected> {
    let full = object.body.len();
    let shown = |span: &Range<usize>| {
        // An empty object, or an empty part of one, has no last byte to name.
        (!span.is_empty()).then(|| format!("bytes {}-{}/{full}", span.start, span.end - 1))
    };
    match (input.range, input.part_number) {
        (None, None) => Ok(Selected {
            span: 0..full,
            content_range: None,
            parts_count: None,
        }),
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
        (Some(range), None) => {
            let unsatisfiable = || {
                let mut error = refusal(S3ErrorCode::InvalidRange);
                let mut headers = HeaderMap::new();
                if let Ok(value) = http::HeaderValue::try_from(format!("bytes */{full}")) {
                    headers.insert(http::header::CONTENT_RANGE, value);
                }
                error.set_headers(headers);
                error
            };
            let span = range.check(full as u64).map_err(|_| unsatisfiable())?;
            let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end))
            else {
                return Err(unsatisfiable());
            };
            // A suffix of an empty object is satisfiable and empty.
            let content_range = shown(&(start..end));
            Ok(Selected {
                span: start..end,
                content_range,
                parts_count: None,
            })
        }
        (None, Some(number)) => {
            let wanted = usize::try_from(number)
                .ok()
                .and_then(|number| number.checked_sub(1));
            let parts_count =
                (!object.part_sizes.is_empty()).then(|| count(object.part_sizes.len()));
            let span = match wanted {
                Some(0) if object.part_sizes.is_empty() => Some(0..full),
                Some(place) => object.part_sizes.get(place).map(|size| {
                    let start: usize = object.part_sizes.iter().take(place).sum();
                    start..start + size
                }),
                None => None,
            };
            let span = span.ok_or_else(|| {
                let mut error = refusal(S3ErrorCode::Custom("InvalidPartNumber".into()));
                error.set_status_code(http::StatusCode::RANGE_NOT_SATISFIABLE);
                error.set_message("The requested partnumber is not satisfiable");
                error
            })?;
            Ok(Selected {
                content_range: shown(&span),
                span,
                parts_count,
            })
        }
    }
}

/// Everything an answer says about the object, without the content.
fn describe(
    found: &Found,
    object: &Object,
    selected: &Selected,
    input: &GetObjectInput,
) -> GetObjectOutput {
    let attributes = &object.attributes;
    let or =
        |given: &Option<String>, stored: &Option<String>| given.clone().or_else(|| stored.clone());
    let mut output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(length(selected.span.len())),
        content_range: selected.content_range.clone(),
        e_tag: Some(etag(&object.etag)),
        last_modified: Some(found.version.modified.into()),
        parts_count: selected.parts_count,
        version_id: version_id(found.shown_id.as_ref()),
        // S3 answers with this type when the writer gave none.
        content_type: or(&input.response_content_type, &attributes.content_type)
            .or_else(|| Some("binary/octet-stream".to_owned())),
        cache_control: or(&input.response_cache_control, &attributes.cache_control),
        content_disposition: or(
            &input.response_content_disposition,
            &attributes.content_disposition,
        ),
        content_encoding: or(
            &input.response_content_encoding,
            &attributes.content_encoding,
        ),
        content_language: or(
            &input.response_content_language,
            &attributes.content_language,
        ),
        expires: input
            .response_expires
            .clone()
            .or_else(|| attributes.expires.map(Into::into)),
        metadata: Some(attributes.metadata.clone().into_iter().collect()),
        // S3 leaves STANDARD out here, and shows it in listings.
        storage_class: attributes
            .storage_class
            .clone()
            .filter(|class| class != "STANDARD")
            .map(StorageClass::from),
        website_redirect_location: attributes.website_redirect_location.clone(),
        ..GetObjectOutput::default()
    };
    // A checksum is of the whole object: S3 leaves it out of an answer with a part of it.
    let asked = input
        .checksum_mode
        .as_ref()
        .is_some_and(|mode| mode.as_str() == "ENABLED");
    if asked && selected.span.len() == object.body.len() {
        set_checksum!(output, &object.checksum);
        output.checksum_type = checksum_type(object.checksum.as_ref());
    }
    output
}

/// The two inputs have the same fields in s3s, and head answers what get would.
fn as_get(input: HeadObjectInput) -> GetObjectInput {
    GetObjectInput {
        bucket: input.bucket,
        checksum_mode: input.checksum_mode,
        expected_bucket_owner: input.expected_bucket_owner,
        if_match: input.if_match,
        if_modified_since: input.if_modified_since,
        if_none_match: input.if_none_match,
        if_unmodified_since: input.if_unmodified_since,
        key: input.key,
        part_number: input.part_number,
        range: input.range,
        request_payer: input.request_payer,
        response_cache_control: input.response_cache_control,
        response_content_disposition: input.response_content_disposition,
        response_content_encoding: input.response_content_encoding,
        response_content_language: input.response_content_language,
        response_content_type: input.response_content_type,
        response_expires: input.response_expires,
        sse_customer_algorithm: input.sse_customer_algorithm,
        sse_customer_key: input.sse_customer_key,
        sse_customer_key_md5: input.sse_customer_key_md5,
        version_id: input.version_id,
    }
}

fn as_head(output: GetObjectOutput) -> HeadObjectOutput {
    HeadObjectOutput {
        accept_ranges: output.accept_ranges,
        cache_control: output.cache_control,
        checksum_crc32: output.checksum_crc32,
        checksum_crc32c: output.checksum_crc32c,
        checksum_crc64nvme: output.checksum_crc64nvme,
        checksum_sha1: output.checksum_sha1,
        checksum_sha256: output.checksum_sha256,
        checksum_type: output.checksum_type,
        content_disposition: output.content_disposition,
        content_encoding: output.content_encoding,
        content_language: output.content_language,
        content_length: output.content_length,
        content_range: output.content_range,
        content_type: output.content_type,
        e_tag: output.e_tag,
        expires: output.expires,
        last_modified: output.last_modified,
        metadata: output.metadata,
        parts_count: output.parts_count,
        storage_class: output.storage_class,
        version_id: output.version_id,
        website_redirect_location: output.website_redirect_location,
        ..HeadObjectOutput::default()
    }
}
