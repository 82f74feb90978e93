//! S3's operations over the store: what s3s parsed from a request goes in, what it writes into an answer comes out.

mod apply;
mod body;
mod buckets;
mod convert;
mod copy;
pub(crate) mod error;
mod get;
mod list;
mod multipart;
mod tagging;
mod uploads;
mod versions;
mod write;

use std::sync::Arc;

use s3s::dto;
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::faults::Call;
use crate::store::Store;

/// The operations of the development server.
#[derive(Debug)]
pub(crate) struct DevS3 {
    store: Arc<Store>,
    region: String,
}

impl DevS3 {
    /// The operations over a store, for a server of one region.
    #[must_use]
    pub(crate) fn new(store: Arc<Store>, region: String) -> Self {
        Self { store, region }
    }
}

/// Implements s3s's trait by the functions of this module; an operation that is not named here is answered with `NotImplemented`.
macro_rules! operations {
    ($( $name:ident($input:ident) -> $output:ident = |$s3:ident, $req:ident| $act:expr; )*) => {
        /// True for S3's name of an operation that this server has.
        pub(crate) fn is_operation(name: &str) -> bool {
            [$(stringify!($input)),*].iter().any(|input| input.strip_suffix("Input") == Some(name))
        }

        #[async_trait::async_trait]
        impl S3 for DevS3 {
            $(
                async fn $name(&self, $req: S3Request<dto::$input>) -> S3Result<S3Response<dto::$output>> {
                    let $s3 = self;
                    $act
                }
            )*
        }
    };
}

operations! {
    create_bucket(CreateBucketInput) -> CreateBucketOutput = |s3, req| buckets::create_bucket(s3, req);
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = |s3, req| buckets::delete_bucket(s3, &req.input);
    head_bucket(HeadBucketInput) -> HeadBucketOutput = |s3, req| buckets::head_bucket(s3, &req.input);
    list_buckets(ListBucketsInput) -> ListBucketsOutput = |s3, req| Ok(buckets::list_buckets(s3, req));
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = |s3, req| buckets::get_bucket_location(s3, &req.input);
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = |s3, req| buckets::get_bucket_versioning(s3, &req.input);
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = |s3, req| buckets::put_bucket_versioning(s3, req);

    put_object(PutObjectInput) -> PutObjectOutput = |s3, req| write::put_object(s3, req).await;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = |s3, req| write::delete_object(s3, req).await;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = |s3, req| write::delete_objects(s3, req).await;
    get_object(GetObjectInput) -> GetObjectOutput = |s3, req| get::get_object(s3, &req.input, &Call::of(&req.extensions));
    head_object(HeadObjectInput) -> HeadObjectOutput = |s3, req| get::head_object(s3, req.input, &Call::of(&req.extensions));

    list_objects(ListObjectsInput) -> ListObjectsOutput = |s3, req| list::list_objects(s3, req);
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = |s3, req| list::list_objects_v2(s3, req);
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = |s3, req| versions::list_object_versions(s3, req);

    copy_object(CopyObjectInput) -> CopyObjectOutput = |s3, req| copy::copy_object(s3, req).await;

    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = |s3, req| multipart::create(s3, req);
    upload_part(UploadPartInput) -> UploadPartOutput = |s3, req| multipart::upload_part(s3, req).await;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = |s3, req| multipart::upload_part_copy(s3, req);
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = |s3, req| multipart::complete(s3, req).await;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = |s3, req| multipart::abort(s3, req);
    list_parts(ListPartsInput) -> ListPartsOutput = |s3, req| uploads::list_parts(s3, req);
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = |s3, req| uploads::list_multipart_uploads(s3, req);

    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = |s3, req| tagging::get(s3, req);
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = |s3, req| tagging::put(s3, req);
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = |s3, req| tagging::delete(s3, req);
}
