//! `PutObject`, `DeleteObject` and `DeleteObjects`.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, ObjectIdentifier, PutObjectInput, PutObjectOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, dto};

use super::DevS3;
use super::apply::Target;
use super::body::receive;
use super::convert::{
    attributes, checksum_type, etag, given_version, header_tags, set_checksum, version_id,
    write_condition,
};
use super::error::{not_implemented, refusal};
use crate::digest::hex;
use crate::faults::Call;
use crate::store::{Deleted, Object};

/// Receives the content, then checks the condition and writes in one step: a broken upload writes nothing.
pub(super) async fn put_object(
    s3: &DevS3,
    req: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let mut input = req.input;
    let condition = write_condition(input.if_match.take(), input.if_none_match.take())?;
    let tags = header_tags(input.tagging.as_deref())?;
    if input.write_offset_bytes.is_some() {
        return Err(not_implemented());
    }
    let attributes = attributes!(input);
    let received = receive(
        input.body.take(),
        input.content_length,
        &req.headers,
        req.trailing_headers.as_ref(),
        None,
    )
    .await?;
    let object = Object {
        etag: hex(&received.digests.md5),
        body: received.body,
        attributes,
        checksum: received.digests.checksum,
        part_sizes: Vec::new(),
    };
    let mut output = PutObjectOutput {
        e_tag: Some(etag(&object.etag)),
        ..PutObjectOutput::default()
    };
    set_checksum!(output, &object.checksum);
    output.checksum_type = checksum_type(object.checksum.as_ref());
    let call = Call::of(&req.extensions);
    let target = Target::newest(&input.bucket, &input.key);
    let written = s3
        .apply(&call, &target, condition, |bucket, condition, ids| {
            bucket.put(&input.key, object, tags, condition, ids)
        })
        .await?;
    output.version_id = version_id(written.version_id.as_ref());
    Ok(S3Response::new(output))
}

/// Deletes if the condition holds, in one step.
pub(super) async fn delete_object(
    s3: &DevS3,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let call = Call::of(&req.extensions);
    let input = req.input;
    if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
        // Conditions of directory buckets: ignoring them would delete what should have stayed.
        return Err(not_implemented());
    }
    let deleted = delete(
        s3,
        &call,
        &input.bucket,
        &input.key,
        input.version_id.as_ref(),
        input.if_match,
    )
    .await?;
    Ok(S3Response::new(DeleteObjectOutput {
        delete_marker: deleted.delete_marker.then_some(true),
        version_id: version_id(deleted.version_id.as_ref()),
        request_charged: None,
    }))
}

async fn delete(
    s3: &DevS3,
    call: &Call,
    bucket: &str,
    key: &str,
    version: Option<&String>,
    if_match: Option<ETagCondition>,
) -> S3Result<Deleted> {
    let condition = write_condition(if_match, None)?;
    let id = given_version(version);
    let target = Target {
        bucket,
        key,
        version: id.as_ref(),
    };
    s3.apply(call, &target, condition, |bucket, condition, ids| {
        bucket.delete(key, id.as_ref(), condition, ids)
    })
    .await
}

/// Deletes each object on its own, as S3 does: one that is refused stops none of the others.
pub(super) async fn delete_objects(
    s3: &DevS3,
    req: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let call = Call::of(&req.extensions);
    let dto::Delete { objects, quiet } = req.input.delete;
    if objects.is_empty() || objects.len() > 1000 {
        return Err(refusal(S3ErrorCode::MalformedXML));
    }
    s3.store.bucket(&req.input.bucket, |_, _| Ok(()))?;
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    for object in objects {
        match delete_one(s3, &call, &req.input.bucket, &object).await {
            Ok(done) => deleted.push(done),
            Err(error) => errors.push(dto::Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(object.key),
                message: error.message().map(str::to_owned),
                version_id: object.version_id,
            }),
        }
    }
    if quiet == Some(true) {
        deleted.clear();
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        request_charged: None,
    }))
}

async fn delete_one(
    s3: &DevS3,
    call: &Call,
    bucket: &str,
    object: &ObjectIdentifier,
) -> Result<DeletedObject, S3Error> {
    if object.last_modified_time.is_some() || object.size.is_some() {
        return Err(not_implemented());
    }
    let condition = object.e_tag.clone().map(ETagCondition::ETag);
    let done = delete(
        s3,
        call,
        bucket,
        &object.key,
        object.version_id.as_ref(),
        condition,
    )
    .await?;
    let id = version_id(done.version_id.as_ref());
    Ok(DeletedObject {
        delete_marker: done.delete_marker.then_some(true),
        delete_marker_version_id: if done.delete_marker { id } else { None },
        key: Some(object.key.clone()),
        version_id: object.version_id.clone(),
    })
}
