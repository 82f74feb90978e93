//! Where a probe works: raw single attempts, and a list of what has to be taken away afterwards.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::attempts::may_pass;
use crate::connections::Permit;
use crate::inner::Inner;
use crate::precondition::{ETag, Precondition};
use crate::until::Until;
use crate::wire::{
    Answer, Attempt, AttemptError, CompleteUploadRequest, CopyRequest, CopyWire,
    CreateUploadRequest, DeleteRequest, GetRequest, HeadRequest, MultipartWire, Part, PartRequest,
    PutRequest, Upload, Wire, Written,
};
use crate::write_id::{WRITE_ID, WriteId};

const CONTENT_TYPE: &str = "text/plain";

/// One probe's requests, keys and uploads.
pub(super) struct Bench<W: Wire> {
    pub(super) inner: Arc<Inner<W>>,
    /// When the call that probes must have ended.
    pub(super) until: Until,
    random: u128,
    count: AtomicU32,
    left: Mutex<Left>,
}

/// What has to be taken away.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) keys: Vec<Arc<str>>,
    pub(super) uploads: Vec<Upload>,
}

impl<W: Wire> Bench<W> {
    pub(super) fn new(inner: &Arc<Inner<W>>, until: Until) -> Result<Arc<Self>, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(Arc::new(Self {
            inner: Arc::clone(inner),
            until,
            random: u128::from_be_bytes(random),
            count: AtomicU32::new(0),
            left: Mutex::default(),
        }))
    }

    /// 32 hexadecimal digits that nothing else has: a key's, a body's, a write's id.
    pub(super) fn unique(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:032x}", self.random.wrapping_add(count.into()))
    }

    /// A key that nobody has used.
    pub(super) fn key(&self) -> Arc<str> {
        let prefix = &self.inner.config.verify_prefix;
        let key: Arc<str> = format!("{prefix}probe-{}", self.unique()).into();
        self.left(|left| left.keys.push(Arc::clone(&key)));
        key
    }

    /// What is to be taken away, once.
    pub(super) fn take_left(&self) -> Left {
        self.left(std::mem::take)
    }

    fn left<T>(&self, change: impl FnOnce(&mut Left) -> T) -> T {
        // Each change is a single step, so that it is whole also after a panic.
        change(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A single raw attempt. On the heap and without its type, so that what awaits many of them stays small.
    fn once<'a, T, A>(
        &'a self,
        attempt: impl FnMut(Permit, Arc<Attempt>) -> A + Send + 'a,
    ) -> Pin<Box<dyn Future<Output = Result<T, AttemptError>> + Send + 'a>>
    where
        T: Send + 'a,
        A: Future<Output = Result<T, AttemptError>> + Send + 'a,
    {
        Box::pin(self.inner.once(&self.until, attempt))
    }

    /// Writes a body that no other write has, with an id that no other has.
    pub(super) async fn put(
        &self,
        key: &Arc<str>,
        condition: Precondition,
        id: &WriteId,
    ) -> Result<Written, AttemptError> {
        let request = Arc::new(PutRequest {
            key: Arc::clone(key),
            condition,
            body: Bytes::from(self.unique()),
            content_type: CONTENT_TYPE.to_owned(),
            metadata: metadata(id),
            headers: Vec::new(),
        });
        let answer = self
            .once(|permit, record| {
                let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    inner.wire.put(&request, &record).await
                }
            })
            .await?;
        match answer.etag() {
            Some(etag) => Ok(Written { answer, etag }),
            None => Err(AttemptError::broken("the answer has no ETag")),
        }
    }

    /// A write without a condition; with `otherwise` in a bucket where nobody may write without one.
    pub(super) async fn put_plainly(
        &self,
        key: &Arc<str>,
        otherwise: Precondition,
        id: &WriteId,
    ) -> Result<Written, AttemptError> {
        let written = self.put(key, Precondition::None, id).await;
        match &written {
            Err(error @ AttemptError::Service(_)) if !may_pass(error) => {
                self.put(key, otherwise, id).await.or(written)
            }
            _ => written,
        }
    }

    pub(super) async fn get(
        &self,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Result<Answer, AttemptError> {
        let request = Arc::new(GetRequest::new(Arc::clone(key), condition));
        self.once(|permit, record| {
            let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                let got = inner.wire.get(&request, &record).await?;
                Ok(got.answer)
            }
        })
        .await
    }

    pub(super) async fn head(&self, key: &Arc<str>) -> Result<Answer, AttemptError> {
        let request = Arc::new(HeadRequest {
            key: Arc::clone(key),
            condition: Precondition::None,
            version_id: None,
            headers: Vec::new(),
        });
        self.once(|permit, record| {
            let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.head(&request, &record).await
            }
        })
        .await
    }

    pub(super) async fn delete(
        &self,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Result<Answer, AttemptError> {
        let request = Arc::new(DeleteRequest {
            key: Arc::clone(key),
            version_id: None,
            condition,
            headers: Vec::new(),
        });
        self.once(|permit, record| {
            let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.delete(&request, &record).await
            }
        })
        .await
    }
}

impl<W: MultipartWire> Bench<W> {
    pub(super) async fn create_upload(&self, key: &Arc<str>) -> Result<Upload, AttemptError> {
        let request = Arc::new(CreateUploadRequest {
            key: Arc::clone(key),
            content_type: CONTENT_TYPE.to_owned(),
            metadata: metadata(&WriteId::known(&self.unique())),
            headers: Vec::new(),
        });
        let upload = self
            .once(|permit, record| {
                let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    inner.wire.create_upload(&request, &record).await
                }
            })
            .await?;
        self.left(|left| left.uploads.push(upload.clone()));
        Ok(upload)
    }

    /// The only part of an upload.
    pub(super) async fn upload_part(&self, upload: &Upload) -> Result<Part, AttemptError> {
        let request = Arc::new(PartRequest {
            upload: upload.clone(),
            number: 1,
            body: Bytes::from(self.unique()),
            headers: Vec::new(),
        });
        self.once(|permit, record| {
            let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.upload_part(&request, &record).await
            }
        })
        .await
    }

    pub(super) async fn complete_upload(
        &self,
        request: CompleteUploadRequest,
    ) -> Result<Written, AttemptError> {
        let request = Arc::new(request);
        let written = self
            .once(|permit, record| {
                let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
                async move {
                    let _permit = permit;
                    inner.wire.complete_upload(&request, &record).await
                }
            })
            .await?;
        let completed = &request.upload.upload_id;
        self.left(|left| left.uploads.retain(|upload| upload.upload_id != *completed));
        Ok(written)
    }
}

impl<W: CopyWire> Bench<W> {
    pub(super) async fn copy(
        &self,
        source: &Arc<str>,
        key: &Arc<str>,
        condition: Precondition,
    ) -> Result<Written, AttemptError> {
        let request = Arc::new(CopyRequest {
            source: Arc::clone(source),
            source_version_id: None,
            source_etag: None,
            key: Arc::clone(key),
            condition,
            content_type: CONTENT_TYPE.to_owned(),
            metadata: metadata(&WriteId::known(&self.unique())),
            headers: Vec::new(),
        });
        self.once(|permit, record| {
            let (inner, request) = (Arc::clone(&self.inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.copy(&request, &record).await
            }
        })
        .await
    }
}

fn metadata(id: &WriteId) -> Vec<(String, String)> {
    vec![(WRITE_ID.to_owned(), id.as_str().to_owned())]
}

/// Whether two tags are of one object: servers have been seen to quote in one answer and not in another.
pub(super) fn is_same(one: &ETag, other: &ETag) -> bool {
    bare(one) == bare(other)
}

/// A tag without its quotes.
pub(super) fn bare(tag: &ETag) -> &str {
    tag.as_str().trim_start_matches("W/").trim_matches('"')
}
