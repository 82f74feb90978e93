//! A server in memory with one bucket, which lies as it is told to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, BodyStream, CompleteUploadRequest, CopyRequest, CopyWire,
    CreateUploadRequest, DeleteRequest, GetAnswer, GetRequest, HeadRequest, Headers, ListRequest,
    ListedVersion, MultipartWire, NoAnswer, Page, Part, PartRequest, PutRequest, ServiceError,
    Upload, UploadRequest, Wire, Written,
};
use s3_store_core::{ETag, Precondition};

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Put,
    Get,
    Head,
    Delete,
    CreateUpload,
    UploadPart,
    Complete,
    Abort,
    Copy,
    Versions,
}

/// What the server does wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lies {
    /// Conditions of these are not looked at.
    pub(crate) ignored: HashSet<Op>,
    /// Conditions of these are looked at a while before they are carried out.
    pub(crate) racy: HashSet<Op>,
    /// These are turned down where they carry a condition.
    pub(crate) refused: HashMap<Op, (&'static str, u16)>,
    /// These are carried out where the answer says that the condition doesn't hold.
    pub(crate) secret: HashSet<Op>,
    /// So many of these, the first ones, are carried out without an answer.
    pub(crate) lost: HashMap<Op, usize>,
    /// Nobody may write without a condition.
    pub(crate) demands_conditions: bool,
    pub(crate) absent_delete_is_success: bool,
    pub(crate) keeps_no_metadata: bool,
    pub(crate) unquoted: bool,
    pub(crate) not_modified_is_412: bool,
}

#[derive(Clone, Debug)]
struct Stored {
    etag: String,
    metadata: Vec<(String, String)>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) lies: Lies,
    objects: HashMap<String, Stored>,
    uploads: HashMap<String, String>,
    count: usize,
    /// Every request: what, and the key.
    pub(crate) log: Vec<(Op, String)>,
}

#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Mutex<State>>);

pub(crate) fn service(code: &str, status: u16) -> AttemptError {
    AttemptError::Service(Box::new(ServiceError {
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: Some(code.to_owned()),
        status,
        headers: vec![("x-amz-request-id".to_owned(), "1".to_owned())],
        further: false,
    }))
}

fn lost() -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        code: Some("ECONNRESET".to_owned()),
        message: "reset".to_owned(),
        passing: true,
        ..NoAnswer::default()
    }))
}

impl State {
    fn etag(&self, key: &str) -> Option<String> {
        let stored = self.objects.get(key)?;
        let quoted = format!("\"{}\"", stored.etag);
        Some(if self.lies.unquoted {
            stored.etag.clone()
        } else {
            quoted
        })
    }

    fn check(&self, op: Op, key: &str, condition: &Precondition) -> Result<(), AttemptError> {
        let current = self.objects.get(key).map(|stored| stored.etag.as_str());
        let is = |tag: &ETag| current == Some(tag.as_str().trim_matches('"'));
        if let Some((code, status)) = self.lies.refused.get(&op)
            && *condition != Precondition::None
        {
            return Err(service(code, *status));
        }
        match (condition, current) {
            _ if self.lies.ignored.contains(&op) => Ok(()),
            (Precondition::None, _) | (Precondition::IfAbsent, None) => Ok(()),
            (Precondition::IfMatch(_), None) if op == Op::Delete => {
                if self.lies.absent_delete_is_success {
                    Ok(())
                } else {
                    Err(service("NoSuchKey", 404))
                }
            }
            (Precondition::IfMatch(_), None) => Err(service("NoSuchKey", 404)),
            (Precondition::IfMatch(tag), _) if is(tag) => Ok(()),
            (Precondition::IfNoneMatch(tag), _) if !is(tag) => Ok(()),
            (Precondition::IfNoneMatch(_), _) if self.lies.not_modified_is_412 => {
                Err(service("PreconditionFailed", 412))
            }
            (Precondition::IfNoneMatch(_), _) => Err(service("", 304)),
            _ => Err(service("PreconditionFailed", 412)),
        }
    }

    fn write(&mut self, key: &str, metadata: &[(String, String)]) {
        self.count += 1;
        let stored = Stored {
            etag: format!("e{}", self.count),
            metadata: metadata.to_vec(),
        };
        self.objects.insert(key.to_owned(), stored);
    }
}

impl Server {
    pub(crate) fn lying(lies: Lies) -> Self {
        let server = Self::default();
        server.state().lies = lies;
        server
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    pub(crate) fn uploads(&self) -> usize {
        self.state().uploads.len()
    }

    pub(crate) fn sent(&self, op: Op) -> usize {
        let state = self.state();
        state.log.iter().filter(|(sent, _)| *sent == op).count()
    }

    /// One request: what the server makes of its condition, what it does, and whether it says so.
    async fn apply<T>(
        &self,
        op: Op,
        key: &str,
        condition: &Precondition,
        change: impl FnOnce(&mut State) -> Result<T, AttemptError>,
    ) -> Result<T, AttemptError> {
        let (judged, is_racy) = {
            let mut state = self.state();
            state.log.push((op, key.to_owned()));
            (
                state.check(op, key, condition),
                state.lies.racy.contains(&op),
            )
        };
        if is_racy {
            tokio::time::sleep(Duration::from_millis(50)).await;
        } else {
            tokio::task::yield_now().await;
        }
        let mut state = self.state();
        let judged = if is_racy {
            judged
        } else {
            state.check(op, key, condition)
        };
        if judged.is_ok() || state.lies.secret.contains(&op) {
            let done = change(&mut state);
            judged?;
            if let Some(left) = state.lies.lost.get_mut(&op)
                && *left > 0
            {
                *left -= 1;
                return Err(lost());
            }
            return done;
        }
        judged.and(Err(lost()))
    }
}

fn answer(status: u16, etag: Option<String>, metadata: &[(String, String)]) -> Answer {
    let mut headers = vec![("x-amz-request-id".to_owned(), "1".to_owned())];
    headers.extend(etag.map(|etag| ("etag".to_owned(), etag)));
    let prefixed = |(name, value): &(String, String)| (format!("x-amz-meta-{name}"), value.clone());
    headers.extend(metadata.iter().map(prefixed));
    Answer { status, headers }
}

fn written(state: &State, key: &str) -> Written {
    let etag = state.etag(key).unwrap();
    Written {
        answer: answer(200, None, &[]),
        etag: ETag::new(&etag),
    }
}

/// An object is never read here.
pub(crate) struct NoBody;

impl BodyStream for NoBody {
    async fn next(&mut self) -> Result<Option<Bytes>, AttemptError> {
        Ok(None)
    }
}

impl Wire for Server {
    type Body = NoBody;

    async fn get(
        &self,
        request: &GetRequest,
        _: &Attempt,
    ) -> Result<GetAnswer<NoBody>, AttemptError> {
        let key = &*request.key;
        self.apply(Op::Get, key, &request.condition, |state| {
            let etag = state.etag(key).ok_or_else(|| service("NoSuchKey", 404))?;
            Ok(GetAnswer {
                answer: answer(200, Some(etag), &[]),
                content_length: Some(0),
                body: NoBody,
            })
        })
        .await
    }

    async fn head(&self, request: &HeadRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        let key = &*request.key;
        self.apply(Op::Head, key, &Precondition::None, |state| {
            // A HEAD's answer has no body to say more in, but for the store to know that S3 gave it.
            let etag = state.etag(key).ok_or_else(|| service("NotFound", 404))?;
            let kept = if state.lies.keeps_no_metadata {
                &[]
            } else {
                state.objects[key].metadata.as_slice()
            };
            Ok(answer(200, Some(etag), kept))
        })
        .await
    }

    async fn versions(
        &self,
        key: &str,
        _: &Headers,
        _: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        self.apply(Op::Versions, key, &Precondition::None, |_| Ok(Vec::new()))
            .await
    }

    async fn put(&self, request: &PutRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        let key = &*request.key;
        if self.state().lies.demands_conditions && request.condition == Precondition::None {
            return Err(service("AccessDenied", 403));
        }
        self.apply(Op::Put, key, &request.condition, |state| {
            state.write(key, &request.metadata);
            Ok(answer(200, state.etag(key), &[]))
        })
        .await
    }

    async fn delete(&self, request: &DeleteRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        let key = &*request.key;
        self.apply(Op::Delete, key, &request.condition, |state| {
            state.objects.remove(key);
            Ok(answer(204, None, &[]))
        })
        .await
    }

    async fn list(&self, _: &ListRequest, _: &Attempt) -> Result<Page, AttemptError> {
        Ok(Page::default())
    }

    async fn server(&self) -> Result<Option<String>, AttemptError> {
        Ok(None)
    }

    fn correct_clock(&self, _: &ServiceError) -> bool {
        false
    }

    fn endpoint(&self) -> Option<String> {
        Some("http://server".to_owned())
    }
}

impl MultipartWire for Server {
    async fn create_upload(
        &self,
        request: &CreateUploadRequest,
        _: &Attempt,
    ) -> Result<Upload, AttemptError> {
        let key = &request.key;
        self.apply(Op::CreateUpload, key, &Precondition::None, |state| {
            state.count += 1;
            let upload_id = format!("u{}", state.count);
            state.uploads.insert(upload_id.clone(), key.to_string());
            Ok(Upload {
                key: Arc::clone(key),
                upload_id: upload_id.into(),
            })
        })
        .await
    }

    async fn upload_part(&self, request: &PartRequest, _: &Attempt) -> Result<Part, AttemptError> {
        let key = &*request.upload.key;
        self.apply(Op::UploadPart, key, &Precondition::None, |_| {
            Ok(Part {
                number: request.number,
                etag: ETag::new("\"part\""),
                checksum: None,
            })
        })
        .await
    }

    async fn complete_upload(
        &self,
        request: &CompleteUploadRequest,
        _: &Attempt,
    ) -> Result<Written, AttemptError> {
        let key = &*request.upload.key;
        self.apply(Op::Complete, key, &request.condition, |state| {
            state
                .uploads
                .remove(&*request.upload.upload_id)
                .ok_or_else(|| service("NoSuchUpload", 404))?;
            state.write(key, &[]);
            Ok(written(state, key))
        })
        .await
    }

    async fn abort_upload(
        &self,
        request: &UploadRequest,
        _: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let upload = &request.upload;
        self.apply(Op::Abort, &upload.key, &Precondition::None, |state| {
            state.uploads.remove(&*upload.upload_id);
            Ok(answer(204, None, &[]))
        })
        .await
    }

    async fn find_upload(&self, _: &UploadRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        Err(service("NoSuchUpload", 404))
    }
}

impl CopyWire for Server {
    async fn copy(&self, request: &CopyRequest, _: &Attempt) -> Result<Written, AttemptError> {
        let key = &*request.key;
        self.apply(Op::Copy, key, &request.condition, |state| {
            if !state.objects.contains_key(&*request.source) {
                return Err(service("NoSuchKey", 404));
            }
            state.write(key, &request.metadata);
            Ok(written(state, key))
        })
        .await
    }
}
