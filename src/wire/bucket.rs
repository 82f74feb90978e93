//! Which wire a request takes: the fast one where it will do, the SDK's client for the rest.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CopyRequest, CopyWire,
    CreateUploadRequest, DeleteObjectsRequest, DeleteObjectsWire, DeleteRequest, DeletedObjects,
    GetAnswer, GetRequest, GetTagsRequest, HeadRequest, Headers, ListRequest, ListVersionsRequest,
    ListVersionsWire, ListedVersion, MultipartWire, NoAnswer, Page, Part, PartCopyRequest,
    PartCopyWire, PartRequest, PresignRequest, PresignWire, Presigned, PutRequest, PutTagsRequest,
    Reason, ServiceError, Tags, TagsWire, Upload, UploadRequest, VersionsPage, Wire, Written,
};

use super::body::ReceivedBody;
use super::credentials::AskForCredentials;
use super::direct::DirectWire;
use super::sdk::SdkWire;
use crate::settings::Settings;

/// The wires of one bucket.
pub(crate) struct BucketWire {
    sdk: SdkWire,
}

impl BucketWire {
    pub(crate) fn new(settings: Settings, ask: AskForCredentials) -> Self {
        Self {
            sdk: SdkWire::new(settings, ask),
        }
    }

    /// The fast wire, for a request with these further headers; `None` where it will not do.
    async fn direct(&self, headers: &Headers) -> Result<Option<&DirectWire>, AttemptError> {
        let ready = self.sdk.ready().await?;
        if ready.is_exposed && headers.iter().any(|(name, _)| name.ends_with(CUSTOMER_KEY)) {
            return Err(exposed());
        }
        Ok(ready.direct.as_ref())
    }

    /// The SDK's, for a request with these further headers.
    async fn sdk(&self, headers: &Headers) -> Result<&SdkWire, AttemptError> {
        self.direct(headers).await?;
        Ok(&self.sdk)
    }
}

/// How the headers end that have the key with which an object is encrypted, or the source of a copy.
const CUSTOMER_KEY: &str = "-server-side-encryption-customer-key";

fn exposed() -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Configuration,
        code: Some("ERR_INVALID_ARG_VALUE".to_owned()),
        message:
            "options.sseCustomerKey must not be sent over plain HTTP: use an endpoint with https:"
                .to_owned(),
        unsent: true,
        ..NoAnswer::default()
    }))
}

impl Wire for BucketWire {
    type Body = ReceivedBody;

    async fn get(
        &self,
        request: &GetRequest,
        attempt: &Attempt,
    ) -> Result<GetAnswer<ReceivedBody>, AttemptError> {
        attempt.asks("GetObject");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.get(request, attempt).await,
            None => self.sdk.get(request, attempt).await,
        }
    }

    async fn head(&self, request: &HeadRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        attempt.asks("HeadObject");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.head(request, attempt).await,
            None => self.sdk.head(request, attempt).await,
        }
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        attempt.asks("PutObject");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.put(request, attempt).await,
            None => self.sdk.put(request, attempt).await,
        }
    }

    async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        attempt.asks("DeleteObject");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.delete(request, attempt).await,
            None => self.sdk.delete(request, attempt).await,
        }
    }

    async fn versions(
        &self,
        key: &str,
        headers: &Headers,
        attempt: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        attempt.asks("ListObjectVersions");
        self.sdk.versions(key, headers, attempt).await
    }

    async fn list(&self, request: &ListRequest, attempt: &Attempt) -> Result<Page, AttemptError> {
        attempt.asks("ListObjectsV2");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.list(request, attempt).await,
            None => self.sdk.list(request, attempt).await,
        }
    }

    fn correct_clock(&self, error: &ServiceError) -> bool {
        self.sdk.correct_clock(error)
    }

    async fn server(&self) -> Result<Option<String>, AttemptError> {
        self.sdk.server().await
    }

    fn endpoint(&self) -> Option<String> {
        self.sdk.endpoint()
    }
}

/// Parts are bodies like others; what begins and ends an upload always goes through the SDK's client.
impl MultipartWire for BucketWire {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> Result<Upload, AttemptError> {
        attempt.asks("CreateMultipartUpload");
        let sdk = self.sdk(&request.headers).await?;
        sdk.create_upload(request, attempt).await
    }

    async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        attempt.asks("UploadPart");
        match self.direct(&request.headers).await? {
            Some(direct) => direct.upload_part(request, attempt).await,
            None => self.sdk.upload_part(request, attempt).await,
        }
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        attempt.asks("CompleteMultipartUpload");
        let sdk = self.sdk(&request.headers).await?;
        sdk.complete_upload(request, attempt).await
    }

    async fn abort_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        attempt.asks("AbortMultipartUpload");
        self.sdk.abort_upload(request, attempt).await
    }

    async fn find_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        attempt.asks("ListParts");
        self.sdk.find_upload(request, attempt).await
    }
}

impl CopyWire for BucketWire {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        attempt.asks("CopyObject");
        // Refuses a key that must not be sent.
        self.direct(&request.headers).await?;
        let sdk = self.sdk(&request.headers).await?;
        sdk.copy(request, attempt).await
    }
}

impl PartCopyWire for BucketWire {
    async fn copy_part(
        &self,
        request: &PartCopyRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        attempt.asks("UploadPartCopy");
        let sdk = self.sdk(&request.headers).await?;
        sdk.copy_part(request, attempt).await
    }
}

/// Links are always signed by the SDK's client.
impl PresignWire for BucketWire {
    async fn presign(&self, request: &PresignRequest) -> Result<Presigned, AttemptError> {
        self.sdk.presign(request).await
    }
}

/// Tags always go through the SDK's client.
impl TagsWire for BucketWire {
    async fn get_tags(
        &self,
        request: &GetTagsRequest,
        attempt: &Attempt,
    ) -> Result<Tags, AttemptError> {
        attempt.asks("GetObjectTagging");
        self.sdk.get_tags(request, attempt).await
    }

    async fn put_tags(
        &self,
        request: &PutTagsRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        attempt.asks("PutObjectTagging");
        self.sdk.put_tags(request, attempt).await
    }
}

/// So do deletes of many at once.
impl DeleteObjectsWire for BucketWire {
    async fn delete_objects(
        &self,
        request: &DeleteObjectsRequest,
        attempt: &Attempt,
    ) -> Result<DeletedObjects, AttemptError> {
        attempt.asks("DeleteObjects");
        self.sdk.delete_objects(request, attempt).await
    }
}

/// And listings of versions.
impl ListVersionsWire for BucketWire {
    async fn list_versions(
        &self,
        request: &ListVersionsRequest,
        attempt: &Attempt,
    ) -> Result<VersionsPage, AttemptError> {
        attempt.asks("ListObjectVersions");
        self.sdk.list_versions(request, attempt).await
    }
}
