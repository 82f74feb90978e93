//! Which wire a request takes: the fast one where it will do, the SDK's client for the rest.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CopyRequest, CopyWire,
    CreateUploadRequest, DeleteRequest, GetAnswer, GetRequest, HeadRequest, ListRequest,
    ListedVersion, MultipartWire, Page, Part, PartRequest, PutRequest, ServiceError, Upload, Wire,
    Written,
};

use super::body::ReceivedBody;
use super::credentials::AskForCredentials;
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
}

impl Wire for BucketWire {
    type Body = ReceivedBody;

    async fn get(
        &self,
        request: &GetRequest,
        attempt: &Attempt,
    ) -> Result<GetAnswer<ReceivedBody>, AttemptError> {
        match &self.sdk.ready().await?.direct {
            Some(direct) => direct.get(request, attempt).await,
            None => self.sdk.get(request, attempt).await,
        }
    }

    async fn head(&self, request: &HeadRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        match &self.sdk.ready().await?.direct {
            Some(direct) => direct.head(request, attempt).await,
            None => self.sdk.head(request, attempt).await,
        }
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        match &self.sdk.ready().await?.direct {
            Some(direct) => direct.put(request, attempt).await,
            None => self.sdk.put(request, attempt).await,
        }
    }

    async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        match &self.sdk.ready().await?.direct {
            Some(direct) => direct.delete(request, attempt).await,
            None => self.sdk.delete(request, attempt).await,
        }
    }

    async fn versions(
        &self,
        key: &str,
        attempt: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        self.sdk.versions(key, attempt).await
    }

    async fn list(&self, request: &ListRequest, attempt: &Attempt) -> Result<Page, AttemptError> {
        self.sdk.list(request, attempt).await
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

/// Uploads in parts and copies always go through the SDK's client.
impl MultipartWire for BucketWire {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> Result<Upload, AttemptError> {
        self.sdk.create_upload(request, attempt).await
    }

    async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        self.sdk.upload_part(request, attempt).await
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        self.sdk.complete_upload(request, attempt).await
    }

    async fn abort_upload(
        &self,
        upload: &Upload,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        self.sdk.abort_upload(upload, attempt).await
    }
}

impl CopyWire for BucketWire {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        self.sdk.copy(request, attempt).await
    }
}
