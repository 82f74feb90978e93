//! Which wire a request takes: the fast one where it will do, the SDK's client for the rest.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CopyRequest, CopyWire,
    CreateUploadRequest, DeleteRequest, GetAnswer, GetRequest, HeadRequest, Headers, ListRequest,
    ListedVersion, MultipartWire, NoAnswer, Page, Part, PartRequest, PresignRequest, PresignWire,
    Presigned, PutRequest, Reason, ServiceError, Upload, Wire, Written,
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
        if ready.is_exposed && headers.iter().any(|(name, _)| name == CUSTOMER_KEY) {
            return Err(exposed());
        }
        Ok(ready.direct.as_ref())
    }
}

/// The header with the key that an object is encrypted with.
const CUSTOMER_KEY: &str = "x-amz-server-side-encryption-customer-key";

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
        match self.direct(&request.headers).await? {
            Some(direct) => direct.get(request, attempt).await,
            None => self.sdk.get(request, attempt).await,
        }
    }

    async fn head(&self, request: &HeadRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        match self.direct(&request.headers).await? {
            Some(direct) => direct.head(request, attempt).await,
            None => self.sdk.head(request, attempt).await,
        }
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
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
        self.sdk.versions(key, headers, attempt).await
    }

    async fn list(&self, request: &ListRequest, attempt: &Attempt) -> Result<Page, AttemptError> {
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

/// Links are always signed by the SDK's client.
impl PresignWire for BucketWire {
    async fn presign(&self, request: &PresignRequest) -> Result<Presigned, AttemptError> {
        self.sdk.presign(request).await
    }
}
