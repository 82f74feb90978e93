//! The tags of an object.

use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput,
    GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Request, S3Response, S3Result};

use super::DevS3;
use super::convert::{checked_tags, given_version, version_id};
use crate::store::Tags;

pub(super) fn get(
    s3: &DevS3,
    req: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let input = req.input;
    let id = given_version(input.version_id.as_ref());
    let found = s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.find(&input.key, id.as_ref())
    })?;
    let tags = found.version.tags.iter();
    Ok(S3Response::new(GetObjectTaggingOutput {
        tag_set: tags
            .map(|(name, value)| Tag {
                key: Some(name.clone()),
                value: Some(value.clone()),
            })
            .collect(),
        version_id: version_id(found.shown_id.as_ref()),
    }))
}

pub(super) fn put(
    s3: &DevS3,
    req: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let input = req.input;
    let id = given_version(input.version_id.as_ref());
    let given = input.tagging.tag_set.into_iter();
    let tags = checked_tags(
        given.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())),
    )?;
    let shown = s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.set_tags(&input.key, id.as_ref(), tags)
    })?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: version_id(shown.as_ref()),
    }))
}

pub(super) fn delete(
    s3: &DevS3,
    req: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let input = req.input;
    let id = given_version(input.version_id.as_ref());
    let shown = s3.store.bucket(&input.bucket, |bucket, _| {
        bucket.set_tags(&input.key, id.as_ref(), Tags::new())
    })?;
    Ok(S3Response::new(DeleteObjectTaggingOutput {
        version_id: version_id(shown.as_ref()),
    }))
}
