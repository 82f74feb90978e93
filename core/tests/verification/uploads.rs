//! The uploads in parts of a server in memory.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CreateUploadRequest, MultipartWire, Part,
    PartRequest, Upload, UploadRequest, Written,
};
use s3_store_core::{ETag, Precondition, WRITE_ID};

use super::objects::service;
use super::server::{Sent, Server, Verb, sent};

/// An upload that was neither completed nor given up, by its key: there is one at a time.
#[derive(Clone)]
pub(crate) struct Begun {
    pub(crate) key: String,
    write_id: Option<String>,
    /// Bytes of the parts that were copied.
    pub(crate) length: usize,
}

impl Server {
    /// Uploads that are left, of keys of our own and others.
    pub(crate) fn uploads_left(&self) -> usize {
        let mut left = 0;
        self.objects(|objects| left = objects.uploads.len());
        left
    }

    pub(crate) fn begun(&self, upload: &Upload) -> Result<Begun, AttemptError> {
        let mut found = None;
        self.objects(|objects| {
            let mut begun = objects.uploads.iter();
            found = begun.find(|begun| *begun.key == *upload.key).cloned();
        });
        found.ok_or_else(|| service("NoSuchUpload", 404))
    }
}

fn of(verb: Verb, upload: &Upload) -> Sent {
    sent(verb, &upload.key, &Precondition::None)
}

impl MultipartWire for Server {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        attempt: &Attempt,
    ) -> Result<Upload, AttemptError> {
        let upload = Upload {
            key: request.key.clone(),
            upload_id: "upload".into(),
        };
        self.answer(attempt, of(Verb::CreateUpload, &upload), None)
            .await?;
        let id = request.metadata.iter().find(|(name, _)| name == WRITE_ID);
        let begun = Begun {
            key: request.key.to_string(),
            write_id: id.map(|(_, id)| id.clone()),
            length: 0,
        };
        self.objects(|objects| objects.uploads.push(begun));
        Ok(upload)
    }

    async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        self.begun(&request.upload)?;
        let sent = Sent {
            body: request.body.clone(),
            ..of(Verb::Part, &request.upload)
        };
        self.answer(attempt, sent, None).await?;
        Ok(Part {
            number: request.number,
            etag: ETag::new("\"part\""),
            checksum: None,
        })
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        let begun = self.begun(&request.upload)?;
        let sent = sent(Verb::Complete, &request.upload.key, &request.condition);
        let answer = self.answer(attempt, sent, begun.write_id.as_deref()).await;
        answer.map(|answer| Written {
            etag: answer.etag().unwrap(),
            answer,
        })
    }

    async fn abort_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        self.begun(&request.upload)?;
        self.answer(attempt, of(Verb::Abort, &request.upload), None)
            .await
    }

    async fn find_upload(
        &self,
        request: &UploadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        self.begun(&request.upload)?;
        self.answer(attempt, of(Verb::Parts, &request.upload), None)
            .await
    }
}
