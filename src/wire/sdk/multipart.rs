//! Uploads in parts.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::builders::CompletedPartBuilder;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CreateUploadRequest, MultipartWire, Part,
    PartRequest, Upload, UploadRequest, Written,
};
use s3_store_core::{Algorithm, Checksum, ETag};

use super::more::More;
use super::{SdkWire, incomplete, metadata};
use crate::wire::answers;

impl MultipartWire for SdkWire {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> Result<Upload, AttemptError> {
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .create_multipart_upload()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .content_type(&request.content_type)
                    .set_metadata(metadata(&request.metadata))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let upload_id = output
            .upload_id
            .ok_or_else(|| incomplete(&heard.answer, "upload id"))?;
        Ok(Upload {
            key: request.key.clone(),
            upload_id: upload_id.into(),
        })
    }

    async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .upload_part()
                    .bucket(&self.settings.bucket)
                    .key(&*request.upload.key)
                    .upload_id(&*request.upload.upload_id)
                    .part_number(request.number.into())
                    .body(ByteStream::from(request.body.clone()))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        answers::uploaded(&heard.answer, &heard.body, request.number)
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        let parts = request.parts.iter().map(|part| {
            let completed = CompletedPart::builder()
                .part_number(part.number.into())
                .e_tag(part.etag.as_str());
            match &part.checksum {
                Some(checksum) => with_checksum(completed, checksum).build(),
                None => completed.build(),
            }
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .complete_multipart_upload()
                    .bucket(&self.settings.bucket)
                    .key(&*request.upload.key)
                    .upload_id(&*request.upload.upload_id)
                    .multipart_upload(parts)
                    .set_if_none_match(request.condition.if_none_match().map(str::to_owned))
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        match output.e_tag {
            Some(etag) => Ok(Written {
                answer: heard.answer,
                etag: ETag::new(&etag),
            }),
            None => Err(incomplete(&heard.answer, "ETag")),
        }
    }

    async fn abort_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .abort_multipart_upload()
                    .bucket(&self.settings.bucket)
                    .key(&*request.upload.key)
                    .upload_id(&*request.upload.upload_id)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        Ok(heard.answer)
    }
    async fn find_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .list_parts()
                    .bucket(&self.settings.bucket)
                    .key(&*request.upload.key)
                    .upload_id(&*request.upload.upload_id)
                    .max_parts(1)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        Ok(heard.answer)
    }
}

fn with_checksum(part: CompletedPartBuilder, checksum: &Checksum) -> CompletedPartBuilder {
    let value = checksum.base64();
    match checksum.algorithm() {
        Algorithm::Crc32 => part.checksum_crc32(value),
        Algorithm::Crc32c => part.checksum_crc32_c(value),
        Algorithm::Crc64Nvme => part.checksum_crc64_nvme(value),
        Algorithm::Sha1 => part.checksum_sha1(value),
        Algorithm::Sha256 => part.checksum_sha256(value),
    }
}
