//! Buckets themselves, and their versioning.

use s3s::dto::{
    Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketInput,
    CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput, GetBucketLocationInput,
    GetBucketLocationOutput, GetBucketVersioningInput, GetBucketVersioningOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput, PutBucketVersioningInput,
    PutBucketVersioningOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::DevS3;
use super::convert::owner;
use super::error::refusal;
use crate::store::{StoreError, Versioning};

/// The region whose buckets have no location constraint, and where making a bucket twice is no error.
const CLASSIC_REGION: &str = "us-east-1";

pub(super) fn create_bucket(
    s3: &DevS3,
    req: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let name = req.input.bucket;
    let constraint = req
        .input
        .create_bucket_configuration
        .and_then(|wanted| wanted.location_constraint);
    if let Some(wanted) = constraint.as_ref().map(BucketLocationConstraint::as_str)
        && !wanted.is_empty()
        && wanted != s3.region
    {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "The {wanted} location constraint is incompatible for the region specific endpoint this request was sent to."
        ));
    }
    match s3.store.create_bucket(&name) {
        Err(StoreError::BucketAlreadyOwnedByYou) if s3.region == CLASSIC_REGION => {}
        made => made?,
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{name}")),
    }))
}

pub(super) fn delete_bucket(
    s3: &DevS3,
    input: &DeleteBucketInput,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    s3.store.delete_bucket(&input.bucket)?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub(super) fn head_bucket(
    s3: &DevS3,
    input: &HeadBucketInput,
) -> S3Result<S3Response<HeadBucketOutput>> {
    s3.store.bucket(&input.bucket, |_, _| Ok(()))?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(s3.region.clone()),
        ..HeadBucketOutput::default()
    }))
}

pub(super) fn list_buckets(
    s3: &DevS3,
    req: S3Request<ListBucketsInput>,
) -> S3Response<ListBucketsOutput> {
    let prefix = req.input.prefix.unwrap_or_default();
    let buckets = s3
        .store
        .buckets()
        .into_iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, created)| Bucket {
            bucket_region: Some(s3.region.clone()),
            creation_date: Some(created.into()),
            name: Some(name),
        })
        .collect();
    S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        continuation_token: None,
        owner: Some(owner()),
        prefix: Some(prefix).filter(|prefix| !prefix.is_empty()),
    })
}

pub(super) fn get_bucket_location(
    s3: &DevS3,
    input: &GetBucketLocationInput,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    s3.store.bucket(&input.bucket, |_, _| Ok(()))?;
    let constraint =
        (s3.region != CLASSIC_REGION).then(|| BucketLocationConstraint::from(s3.region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput {
        location_constraint: constraint,
    }))
}

pub(super) fn get_bucket_versioning(
    s3: &DevS3,
    input: &GetBucketVersioningInput,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let versioning = s3
        .store
        .bucket(&input.bucket, |bucket, _| Ok(bucket.versioning))?;
    let status = match versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some(BucketVersioningStatus::from_static(
            BucketVersioningStatus::ENABLED,
        )),
        Versioning::Suspended => Some(BucketVersioningStatus::from_static(
            BucketVersioningStatus::SUSPENDED,
        )),
    };
    Ok(S3Response::new(GetBucketVersioningOutput {
        mfa_delete: None,
        status,
    }))
}

pub(super) fn put_bucket_versioning(
    s3: &DevS3,
    req: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let status = req.input.versioning_configuration.status;
    let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => return Err(refusal(S3ErrorCode::MalformedXML)),
    };
    s3.store.bucket(&req.input.bucket, |bucket, _| {
        bucket.versioning = versioning;
        Ok(())
    })?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}
