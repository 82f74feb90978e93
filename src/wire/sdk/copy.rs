//! Copies.

use aws_sdk_s3::types::{CopyPartResult, MetadataDirective};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3_store_core::wire::{
    Attempt, AttemptError, CopyRequest, CopyWire, Part, PartCopyRequest, PartCopyWire, Written,
};
use s3_store_core::{Algorithm, ByteRange, Checksum, ETag};

use super::more::More;
use super::{SdkWire, incomplete, metadata};
use crate::wire::direct::encode_in_query;

/// What the header that names the source escapes: all but the unreserved characters (RFC 3986, section 2.3) and slashes.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The value of `x-amz-copy-source`.
fn copy_source(bucket: &str, key: &str, version_id: Option<&str>) -> String {
    let key = utf8_percent_encode(key, ESCAPED);
    let version = version_id.map(|id| format!("?versionId={}", encode_in_query(id)));
    let version = version.unwrap_or_default();
    if bucket.starts_with("arn:") {
        format!("{bucket}/object/{key}{version}")
    } else {
        format!("{bucket}/{key}{version}")
    }
}

impl CopyWire for SdkWire {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        let version_id = request.source_version_id.as_deref();
        let source = copy_source(&self.settings.bucket, &request.source, version_id);
        let source_etag = request.source_etag.as_ref();
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .copy_object()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .copy_source(source)
                    .set_copy_source_if_match(source_etag.map(|etag| etag.as_str().to_owned()))
                    .metadata_directive(MetadataDirective::Replace)
                    .content_type(&request.content_type)
                    .set_metadata(metadata(&request.metadata))
                    .set_if_none_match(request.condition.if_none_match().map(str::to_owned))
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let etag = output.copy_object_result.and_then(|result| result.e_tag);
        match etag {
            Some(etag) => Ok(Written {
                answer: heard.answer,
                etag: ETag::new(&etag),
            }),
            None => Err(incomplete(&heard.answer, "ETag")),
        }
    }
}

impl PartCopyWire for SdkWire {
    async fn copy_part(
        &self,
        request: &PartCopyRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        let version_id = request.source_version_id.as_deref();
        let source = copy_source(&self.settings.bucket, &request.source, version_id);
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .upload_part_copy()
                    .bucket(&self.settings.bucket)
                    .key(&*request.upload.key)
                    .upload_id(&*request.upload.upload_id)
                    .part_number(request.number.into())
                    .copy_source(source)
                    .copy_source_if_match(request.source_etag.as_str())
                    .copy_source_range(request.range.to_string())
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let result = output
            .copy_part_result
            .unwrap_or_else(|| CopyPartResult::builder().build());
        let asked = request.checksum;
        match &result.e_tag {
            Some(etag) => Ok(Part {
                number: request.number,
                etag: ETag::new(etag),
                checksum: asked.and_then(|algorithm| told(&result, algorithm, request.range)),
            }),
            None => Err(incomplete(&heard.answer, "ETag")),
        }
    }
}

/// The checksum that the server has computed of a part.
fn told(result: &CopyPartResult, algorithm: Algorithm, range: ByteRange) -> Option<Checksum> {
    let value = match algorithm {
        Algorithm::Crc32 => result.checksum_crc32(),
        Algorithm::Crc32c => result.checksum_crc32_c(),
        Algorithm::Crc64Nvme => result.checksum_crc64_nvme(),
        Algorithm::Sha1 => result.checksum_sha1(),
        Algorithm::Sha256 => result.checksum_sha256(),
    };
    let ByteRange::Between(first, last) = range else {
        return None;
    };
    Checksum::told(algorithm, value?, last - first + 1)
}

#[cfg(test)]
mod tests {
    use super::copy_source;

    #[test]
    fn the_source_is_escaped_but_for_its_slashes() {
        assert_eq!(
            copy_source("bucket", "a/b c+%é", None),
            "bucket/a/b%20c%2B%25%C3%A9"
        );
        assert_eq!(
            copy_source("bucket", "k", Some("a/b+c=")),
            "bucket/k?versionId=a%2Fb%2Bc%3D"
        );
        assert_eq!(
            copy_source("arn:aws:s3:eu-west-1:1:accesspoint/name", "k", None),
            "arn:aws:s3:eu-west-1:1:accesspoint/name/object/k"
        );
    }
}
