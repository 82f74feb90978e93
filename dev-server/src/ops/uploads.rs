//! `ListParts` and `ListMultipartUploads`.

use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::DevS3;
use super::convert::{count, etag, length, listed_class, owner, scope_name, set_checksum};
use super::list::{KeyEncoding, page_size};
use crate::digest::{Algorithm, hex};
use crate::store::{ListRequest, UploadEntry};

fn initiator() -> Initiator {
    let owner = owner();
    Initiator {
        display_name: owner.display_name,
        id: owner.id,
    }
}

fn algorithm_name(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(algorithm.name())
}

pub(super) fn list_parts(
    s3: &DevS3,
    req: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = req.input;
    let max = page_size(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or_default();
    let upload = s3.store.bucket(&input.bucket, |bucket, _| {
        Ok(bucket.upload(&input.key, &input.upload_id)?.clone())
    })?;
    let mut remaining = upload
        .parts
        .iter()
        .filter(|(number, _)| i32::from(**number) > after)
        .peekable();
    let parts: Vec<Part> = remaining
        .by_ref()
        .take(max)
        .map(|(number, part)| {
            let mut line = Part {
                part_number: Some(i32::from(*number)),
                e_tag: Some(etag(&hex(&part.md5))),
                last_modified: Some(part.modified.into()),
                size: Some(length(part.body.len())),
                ..Part::default()
            };
            set_checksum!(line, &part.checksum);
            line
        })
        .collect();
    let is_truncated = max > 0 && remaining.peek().is_some();
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: Some(after),
        next_part_number_marker: parts.last().and_then(|part| part.part_number),
        max_parts: Some(count(max)),
        is_truncated: Some(is_truncated),
        parts: Some(parts),
        initiator: Some(initiator()),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from(listed_class(
            upload.attributes.storage_class.as_ref(),
        ))),
        checksum_algorithm: upload
            .checksum
            .map(|(algorithm, _)| algorithm_name(algorithm)),
        checksum_type: upload.checksum.map(|(_, scope)| scope_name(scope)),
        ..ListPartsOutput::default()
    }))
}

pub(super) fn list_multipart_uploads(
    s3: &DevS3,
    req: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = req.input;
    let encoding = KeyEncoding::new(input.encoding_type.as_ref());
    let request = ListRequest {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: input.key_marker.clone().filter(|marker| !marker.is_empty()),
        max: page_size(input.max_uploads)?,
    };
    let after_id = input
        .upload_id_marker
        .as_deref()
        .filter(|marker| !marker.is_empty());
    let listing = s3.store.bucket(&input.bucket, |bucket, _| {
        Ok(bucket.list_uploads(&request, after_id))
    })?;
    let mut uploads = Vec::new();
    let mut prefixes = Vec::new();
    for entry in listing.entries {
        match entry {
            UploadEntry::Prefix(prefix) => prefixes.push(CommonPrefix {
                prefix: Some(encoding.text(&prefix)),
            }),
            UploadEntry::Upload {
                key,
                id,
                initiated,
                storage_class,
                checksum,
            } => uploads.push(MultipartUpload {
                key: Some(encoding.text(&key)),
                upload_id: Some(id),
                initiated: Some(initiated.into()),
                initiator: Some(initiator()),
                owner: Some(owner()),
                storage_class: Some(StorageClass::from(listed_class(storage_class.as_ref()))),
                checksum_algorithm: checksum.map(|(algorithm, _)| algorithm_name(algorithm)),
                checksum_type: checksum.map(|(_, scope)| scope_name(scope)),
            }),
        }
    }
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: encoding.optional(input.prefix.as_ref()),
        delimiter: encoding.optional(input.delimiter.as_ref()),
        key_marker: Some(encoding.text(input.key_marker.as_deref().unwrap_or_default())),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        next_key_marker: listing.next.as_ref().map(|next| encoding.text(&next.key)),
        next_upload_id_marker: listing.next.as_ref().and_then(|next| next.id.clone()),
        max_uploads: Some(count(request.max)),
        is_truncated: Some(listing.next.is_some()),
        encoding_type: input.encoding_type,
        uploads: Some(uploads),
        common_prefixes: Some(prefixes),
        request_charged: None,
    }))
}
