//! Copies.

use aws_sdk_s3::types::MetadataDirective;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3_store_core::ETag;
use s3_store_core::wire::{Attempt, AttemptError, CopyRequest, CopyWire, Written};

use super::{SdkWire, incomplete, metadata};

/// What the header that names the source escapes: all but the unreserved characters (RFC 3986, section 2.3) and slashes.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The value of `x-amz-copy-source`.
fn copy_source(bucket: &str, key: &str) -> String {
    let key = utf8_percent_encode(key, ESCAPED);
    if bucket.starts_with("arn:") {
        format!("{bucket}/object/{key}")
    } else {
        format!("{bucket}/{key}")
    }
}

impl CopyWire for SdkWire {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        let source = copy_source(&self.settings.bucket, &request.source);
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

#[cfg(test)]
mod tests {
    use super::copy_source;

    #[test]
    fn the_source_is_escaped_but_for_its_slashes() {
        assert_eq!(
            copy_source("bucket", "a/b c+%é"),
            "bucket/a/b%20c%2B%25%C3%A9"
        );
        assert_eq!(
            copy_source("arn:aws:s3:eu-west-1:1:accesspoint/name", "k"),
            "arn:aws:s3:eu-west-1:1:accesspoint/name/object/k"
        );
    }
}
