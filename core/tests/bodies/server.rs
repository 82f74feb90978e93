//! A wire over one object in memory that breaks on cue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, BodyStream, DeleteRequest, GetAnswer, GetRequest, HeadRequest,
    Headers, ListRequest, ListedVersion, NoAnswer, Page, PutRequest, ServiceError, Wire, header,
};
use s3_store_core::{ByteRange, Checksums, Policy, ReadBack, Store, StoreConfig, Warn};

/// What is announced of a body's length.
#[derive(Clone, Copy, Default)]
pub(crate) enum Announced {
    #[default]
    Length,
    Nothing,
    Another(u64),
}

/// The object, and what to do to those who read it.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) object: Mutex<(String, Bytes)>,
    /// Bytes after which the connection of each get breaks; none is sent whole.
    pub(crate) breaks_after: Mutex<Vec<usize>>,
    /// Answers `Range` with the whole object.
    pub(crate) ignores_range: bool,
    pub(crate) announces: Announced,
    /// Says that it is a part, and which, whatever was asked for.
    pub(crate) says_part: Option<&'static str>,
    /// Says that this is the CRC32 of the object, to whoever wants to know.
    pub(crate) crc32: Option<String>,
    /// What was asked for: part and tag.
    pub(crate) gets: Mutex<Vec<(String, Option<String>)>>,
    pub(crate) open: AtomicUsize,
}

impl Server {
    pub(crate) fn holding(bytes: impl Into<Bytes>) -> Arc<Self> {
        let server = Self::default();
        server.overwrite("\"1\"", bytes);
        Arc::new(server)
    }

    pub(crate) fn overwrite(&self, etag: &str, bytes: impl Into<Bytes>) {
        *self.object.lock().unwrap() = (etag.to_owned(), bytes.into());
    }

    pub(crate) fn gets(&self) -> Vec<(String, Option<String>)> {
        self.gets.lock().unwrap().clone()
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// The wire to a [`Server`].
pub(crate) struct ScriptedWire(pub(crate) Arc<Server>);

/// Pieces of 100,000 bytes, until the connection breaks or the object ends.
pub(crate) struct ScriptedBody {
    server: Arc<Server>,
    rest: Bytes,
    until_break: Option<usize>,
}

impl Drop for ScriptedBody {
    fn drop(&mut self) {
        self.server.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl BodyStream for ScriptedBody {
    async fn next(&mut self) -> Result<Option<Bytes>, AttemptError> {
        tokio::task::yield_now().await;
        let mut length = self.rest.len().min(100_000);
        if let Some(left) = &mut self.until_break {
            length = length.min(*left);
            if length == 0 && !self.rest.is_empty() {
                return Err(AttemptError::NoAnswer(Box::new(NoAnswer {
                    passing: true,
                    ..NoAnswer::default()
                })));
            }
            *left -= length;
        }
        let piece = self.rest.split_to(length);
        Ok((!piece.is_empty()).then_some(piece))
    }
}

impl Wire for ScriptedWire {
    type Body = ScriptedBody;

    async fn get(
        &self,
        request: &GetRequest,
        _attempt: &Attempt,
    ) -> Result<GetAnswer<ScriptedBody>, AttemptError> {
        let server = &self.0;
        let wanted = request.condition.if_match().map(str::to_owned);
        server
            .gets
            .lock()
            .unwrap()
            .push((part(request), wanted.clone()));
        let (etag, bytes) = server.object.lock().unwrap().clone();
        if wanted.is_some_and(|wanted| wanted != etag) {
            return Err(AttemptError::Service(Box::new(ServiceError {
                code: Some("PreconditionFailed".to_owned()),
                status: 412,
                ..ServiceError::default()
            })));
        }
        let length = bytes.len() as u64;
        let range = request.range.filter(|_| !server.ignores_range);
        let (from, to) = match range {
            None => (0, length),
            Some(ByteRange::From(first)) => (first, length),
            Some(ByteRange::Between(first, last)) => (first, length.min(last + 1)),
            Some(ByteRange::Last(last)) => (length.saturating_sub(last), length),
        };
        let [first, end] = [from, to].map(|place| usize::try_from(place).unwrap());
        let rest = bytes.slice(first..end);
        let mut headers = Vec::new();
        if !etag.is_empty() {
            headers.push(("etag".to_owned(), etag));
        }
        let asked = header(&request.headers, "x-amz-checksum-mode") == Some("ENABLED");
        if let Some(crc32) = server.crc32.clone().filter(|_| asked) {
            headers.push(("x-amz-checksum-crc32".to_owned(), crc32));
        }
        if let Some(part) = server.says_part {
            headers.push(("content-range".to_owned(), part.to_owned()));
        } else if range.is_some() {
            let range = format!("bytes {from}-{}/{length}", to - 1);
            headers.push(("content-range".to_owned(), range));
        }
        server.open.fetch_add(1, Ordering::SeqCst);
        let mut breaks = server.breaks_after.lock().unwrap();
        Ok(GetAnswer {
            answer: Answer {
                status: if range.is_some() || server.says_part.is_some() {
                    206
                } else {
                    200
                },
                headers,
            },
            content_length: match server.announces {
                Announced::Length => Some(rest.len() as u64),
                Announced::Nothing => None,
                Announced::Another(length) => Some(length),
            },
            body: ScriptedBody {
                server: Arc::clone(server),
                rest,
                until_break: (!breaks.is_empty()).then(|| breaks.remove(0)),
            },
        })
    }

    async fn head(&self, _: &HeadRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        unimplemented!("these tests only read")
    }

    async fn versions(
        &self,
        _: &str,
        _: &Headers,
        _: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        unimplemented!("these tests only read")
    }

    async fn server(&self) -> Result<Option<String>, AttemptError> {
        Ok(None)
    }

    fn correct_clock(&self, _: &ServiceError) -> bool {
        false
    }

    async fn put(&self, _: &PutRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        unimplemented!("these tests only read")
    }

    async fn delete(&self, _: &DeleteRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        unimplemented!("these tests only read")
    }

    async fn list(&self, _: &ListRequest, _: &Attempt) -> Result<Page, AttemptError> {
        unimplemented!("these tests only read")
    }

    fn endpoint(&self) -> Option<String> {
        None
    }
}

/// A store over `server` with at most `connections`.
pub(crate) fn store(server: &Arc<Server>, connections: usize) -> Store<ScriptedWire> {
    Store::new(
        ScriptedWire(Arc::clone(server)),
        StoreConfig {
            bucket: "bucket".to_owned(),
            policy: Policy {
                max_attempts: 3,
                request_timeout: Duration::from_secs(30),
                timeout: None,
            },
            max_connections: connections,
            read_back: ReadBack::Always,
            checksums: Checksums::Native,
            verify: false,
            verify_prefix: String::new(),
            warn: Warn(Arc::new(|_| {})),
        },
    )
}

/// The part that a request asks for, as a header says it; empty for the whole.
fn part(request: &GetRequest) -> String {
    request
        .range
        .map(|range| range.to_string())
        .unwrap_or_default()
}
