//! A bucket in memory that honours conditions, and loses, delays and repeats requests on cue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, BodyStream, DeleteRequest, GetAnswer, GetRequest, HeadRequest,
    Headers, ListRequest, ListedVersion, NoAnswer, Page, PutRequest, ServiceError, Wire,
};
use s3_store_core::{Precondition, WRITE_ID};
use tokio::time::Instant;

use super::sources::{SOURCE, Source};
use super::uploads::Uploads;

pub(crate) const ENDPOINT: &str = "http://bucket.test";
/// When a bucket's clock starts, in seconds since 1970.
const START: u64 = 1_795_327_200;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The request never arrives.
    LostBefore,
    /// It is carried out, and its answer never arrives.
    LostAfter,
    /// The answer is lost, and the request is carried out only after the next HEAD.
    Held,
    /// The answer is lost, and the request is carried out only by [`Bucket::release`].
    KeptBack,
    /// No connection was ever selected.
    NeverSent,
    /// A connection was selected, and then nothing happens any more.
    Hangs,
    /// No connection is ever selected, and nothing happens.
    HangsUnsent,
    /// A page with this status, of something that is not S3. With 200 it looks like an answer without a tag.
    Page(u16),
    /// An answer with this code and status, without carrying the request out.
    Answer(&'static str, u16),
    /// Carried out, and then answered with this code and status.
    AnswerAfter(&'static str, u16),
    /// Carried out, and then answered with 503 and `Retry-After: 15`.
    AppliedButAskedToWait,
    /// Not carried out, and answered with 409 `ConditionalRequestConflict` and `Retry-After: 15`.
    AskedToWait,
    /// Carried out twice, as by a repeating proxy; the second answer arrives.
    Twice,
    /// The same, with another writer who overwrites in between.
    TwiceAndOverwritten,
    /// Another writer overwrites before it is carried out.
    OverwrittenBefore,
    /// Carried out, the answer lost, and then another writer overwrites.
    LostThenOverwritten,
    /// Carried out, the answer lost, and then another deletes.
    LostThenDeleted,
}

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) etag: String,
    pub(crate) write_id: Option<String>,
    pub(crate) version_id: String,
    /// Milliseconds since 1970.
    written: Option<i64>,
}

/// A request that is carried out later.
type Late = Box<dyn FnOnce(&mut Contents) + Send>;

/// The faults that await requests of a kind.
pub(crate) type Faults = fn(&mut Contents) -> &mut VecDeque<Fault>;

#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) current: Option<Stored>,
    /// Newest first.
    pub(crate) versions: Vec<Stored>,
    /// Every write and delete that was carried out: a write's id, or `delete`.
    pub(crate) applied: Vec<String>,
    pub(crate) puts_and_deletes: VecDeque<Fault>,
    held: Vec<Late>,
    kept_back: Vec<Late>,
    pub(crate) heads: VecDeque<Fault>,
    pub(crate) gets: VecDeque<Fault>,
    pub(crate) head_count: usize,
    /// The further headers of each request that looks.
    pub(crate) looked_with: Vec<Headers>,
    /// The version that each HEAD and GET asks for.
    pub(crate) looked_for: Vec<Option<String>>,
    pub(crate) versioned: bool,
    /// Conditions of gets are ignored.
    pub(crate) ignores_get_conditions: bool,
    /// When the server's clock was started, where it says the time at all.
    pub(crate) clock: Option<Instant>,
    /// By how much versions are dated too early.
    pub(crate) dates_back: Duration,
    pub(crate) uploads: Uploads,
    /// What is copied.
    pub(crate) source: Source,
    /// What another does before a request is looked at.
    pub(crate) meddling: Vec<(Moment, Meddling)>,
    counter: usize,
}

/// What another does.
pub(crate) type Meddling = fn(&mut Contents);

/// Before which request something is done, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Head(usize),
    Completion(usize),
    Abort(usize),
    Copy(usize),
    PartCopy(usize),
}

/// One key of a bucket; every key is the same one, but for that of what is copied.
#[derive(Clone, Default)]
pub(crate) struct Bucket {
    pub(crate) contents: Arc<Mutex<Contents>>,
}

pub(crate) fn service(code: &str, status: u16, headers: &[(&str, &str)]) -> AttemptError {
    let mut all = vec![("x-amz-request-id".to_owned(), "1".to_owned())];
    all.extend(
        headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
    );
    AttemptError::Service(Box::new(ServiceError {
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: Some(code.to_owned()),
        status,
        headers: all,
        further: false,
    }))
}

fn page(status: u16) -> AttemptError {
    AttemptError::Service(Box::new(ServiceError {
        status,
        ..ServiceError::default()
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

impl Contents {
    pub(crate) fn overwrite(&mut self, by: &str) {
        self.write(Some(by.to_owned()));
    }

    pub(crate) fn release(&mut self) {
        for late in std::mem::take(&mut self.kept_back) {
            late(self);
        }
    }

    pub(crate) fn remove(&mut self) {
        self.current = None;
    }

    /// What another does before the request of this moment.
    pub(crate) fn reach(&mut self, moment: Moment) {
        let meddling = self.meddling.iter().filter(|(then, _)| *then == moment);
        for meddle in meddling.map(|(_, meddle)| *meddle).collect::<Vec<_>>() {
            meddle(self);
        }
    }

    /// The time since 1970.
    fn now(&self) -> Option<Duration> {
        Some(Duration::from_secs(START) + self.clock?.elapsed())
    }

    pub(crate) fn write(&mut self, write_id: Option<String>) -> String {
        self.write_dated(write_id, Duration::ZERO)
    }

    /// Writes what is dated so much too early.
    pub(crate) fn write_dated(&mut self, write_id: Option<String>, ago: Duration) -> String {
        self.counter += 1;
        let stored = Stored {
            etag: format!("\"{}\"", self.counter),
            write_id,
            version_id: format!("v{}", self.counter),
            written: self
                .now()
                .map(|now| now.saturating_sub(self.dates_back + ago).as_millis() as i64),
        };
        let etag = stored.etag.clone();
        self.versions.insert(0, stored.clone());
        self.current = Some(stored);
        etag
    }

    pub(crate) fn check(&self, condition: &Precondition) -> Result<(), AttemptError> {
        match (condition, &self.current) {
            (Precondition::None, _) | (Precondition::IfAbsent, None) => Ok(()),
            (Precondition::IfAbsent, Some(_)) => Err(service("PreconditionFailed", 412, &[])),
            (Precondition::IfMatch(_), None) => Err(service("NoSuchKey", 404, &[])),
            (Precondition::IfMatch(tag), Some(stored)) if tag.as_str() == stored.etag => Ok(()),
            (_, _) => Err(service("PreconditionFailed", 412, &[])),
        }
    }

    fn put(&mut self, request: &PutRequest) -> Result<Answer, AttemptError> {
        self.check(&request.condition)?;
        let id = request.metadata.iter().find(|(name, _)| name == WRITE_ID);
        let id = id.map(|(_, value)| value.clone());
        self.applied.push(id.clone().unwrap_or_default());
        self.uploads.made = request.body.to_vec();
        let etag = self.write(id);
        Ok(Answer {
            status: 200,
            headers: vec![("etag".to_owned(), etag)],
        })
    }

    fn delete(&mut self, request: &DeleteRequest) -> Result<Answer, AttemptError> {
        self.check(&request.condition)?;
        self.applied.push("delete".to_owned());
        self.current = None;
        Ok(Answer {
            status: 204,
            headers: Vec::new(),
        })
    }
}

impl Bucket {
    pub(crate) fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let bucket = Self::default();
        bucket
            .contents
            .lock()
            .unwrap()
            .puts_and_deletes
            .extend(faults);
        bucket
    }

    pub(crate) fn versioned(self) -> Self {
        self.contents.lock().unwrap().versioned = true;
        self
    }

    pub(crate) fn prepare(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.contents.lock().unwrap());
    }

    /// Carries out, now, what was kept back.
    pub(crate) fn release(&self) {
        self.contents.lock().unwrap().release();
    }

    /// Meets a request with the next of its `faults`.
    pub(crate) async fn meet<T>(
        &self,
        attempt: &Attempt,
        faults: Faults,
        apply: impl FnMut(&mut Contents) -> Result<T, AttemptError> + Send + 'static,
    ) -> Result<T, AttemptError> {
        match self.begin(attempt, faults, apply) {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    /// The answer; `None` where there will never be one.
    fn begin<T>(
        &self,
        attempt: &Attempt,
        faults: Faults,
        mut apply: impl FnMut(&mut Contents) -> Result<T, AttemptError> + Send + 'static,
    ) -> Option<Result<T, AttemptError>> {
        let mut contents = self.contents.lock().unwrap();
        let fault = faults(&mut contents).pop_front().unwrap_or(Fault::None);
        if !matches!(fault, Fault::NeverSent | Fault::HangsUnsent) {
            attempt.watch_connection(|| true);
        }
        Some(match fault {
            Fault::Hangs | Fault::HangsUnsent => return None,
            Fault::Page(status) => Err(page(status)),
            Fault::None => apply(&mut contents),
            Fault::LostBefore | Fault::NeverSent => Err(lost()),
            Fault::Held | Fault::KeptBack => {
                let late: Late = Box::new(move |contents| {
                    let _answer = apply(contents);
                });
                if fault == Fault::Held {
                    contents.held.push(late);
                } else {
                    contents.kept_back.push(late);
                }
                Err(lost())
            }
            Fault::LostAfter => {
                let _answer = apply(&mut contents);
                Err(lost())
            }
            Fault::Answer(code, status) => Err(service(code, status, &[])),
            Fault::AnswerAfter(code, status) => {
                let _answer = apply(&mut contents);
                Err(service(code, status, &[]))
            }
            Fault::AppliedButAskedToWait => {
                let _answer = apply(&mut contents);
                Err(service("SlowDown", 503, &[("retry-after", "15")]))
            }
            Fault::AskedToWait => Err(service(
                "ConditionalRequestConflict",
                409,
                &[("retry-after", "15")],
            )),
            Fault::Twice => {
                let _answer = apply(&mut contents);
                apply(&mut contents)
            }
            Fault::TwiceAndOverwritten => {
                let _answer = apply(&mut contents);
                contents.overwrite("another");
                apply(&mut contents)
            }
            Fault::OverwrittenBefore => {
                contents.overwrite("another");
                apply(&mut contents)
            }
            Fault::LostThenOverwritten => {
                let _answer = apply(&mut contents);
                contents.overwrite("another");
                Err(lost())
            }
            Fault::LostThenDeleted => {
                let _answer = apply(&mut contents);
                contents.remove();
                Err(lost())
            }
        })
    }
}

pub(crate) fn puts_and_deletes(contents: &mut Contents) -> &mut VecDeque<Fault> {
    &mut contents.puts_and_deletes
}

/// An object is never read here.
pub(crate) struct NoBody;

impl BodyStream for NoBody {
    async fn next(&mut self) -> Result<Option<Bytes>, AttemptError> {
        Ok(None)
    }
}

impl Wire for Bucket {
    type Body = NoBody;

    async fn get(
        &self,
        request: &GetRequest,
        _: &Attempt,
    ) -> Result<GetAnswer<NoBody>, AttemptError> {
        let mut contents = self.contents.lock().unwrap();
        if &*request.key == SOURCE {
            return Err(service("NoSuchKey", 404, &[]));
        }
        contents.looked_with.push(request.headers.clone());
        contents.looked_for.push(request.version_id.clone());
        match contents.gets.pop_front().unwrap_or(Fault::None) {
            Fault::None => {}
            Fault::Answer(code, status) => return Err(service(code, status, &[])),
            Fault::Page(status) => return Err(page(status)),
            _ => return Err(lost()),
        }
        if !contents.ignores_get_conditions {
            contents.check(&request.condition)?;
        }
        match &contents.current {
            None => Err(service("NoSuchKey", 404, &[])),
            Some(stored) => Ok(GetAnswer {
                answer: Answer {
                    status: 200,
                    headers: vec![("etag".to_owned(), stored.etag.clone())],
                },
                content_length: Some(0),
                body: NoBody,
            }),
        }
    }

    async fn head(&self, request: &HeadRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        let mut contents = self.contents.lock().unwrap();
        if &*request.key == SOURCE {
            return contents.source.head(request);
        }
        contents.head_count += 1;
        let nth = contents.head_count;
        contents.reach(Moment::Head(nth));
        contents.looked_with.push(request.headers.clone());
        contents.looked_for.push(request.version_id.clone());
        match contents.heads.pop_front().unwrap_or(Fault::None) {
            Fault::None => {}
            Fault::Answer(code, status) => return Err(service(code, status, &[])),
            Fault::Page(200) => {
                return Ok(Answer {
                    status: 200,
                    headers: Vec::new(),
                });
            }
            Fault::Page(status) => return Err(page(status)),
            _ => return Err(lost()),
        }
        let found = match &request.version_id {
            None => contents.current.clone(),
            Some(id) => contents
                .versions
                .iter()
                .find(|v| v.version_id == *id)
                .cloned(),
        };
        for late in std::mem::take(&mut contents.held) {
            late(&mut contents);
        }
        let Some(stored) = found else {
            let marker: &[_] = if contents.versioned {
                &[
                    ("x-amz-version-id", "marker"),
                    ("x-amz-delete-marker", "true"),
                ]
            } else {
                &[]
            };
            return Err(service("", 404, marker));
        };
        let mut headers = vec![("etag".to_owned(), stored.etag)];
        if let Some(id) = stored.write_id {
            headers.push(("x-amz-meta-s3-store-write-id".to_owned(), id));
        }
        if contents.versioned {
            headers.push(("x-amz-version-id".to_owned(), stored.version_id));
        }
        if let Some(now) = contents.now() {
            let date = httpdate::fmt_http_date(UNIX_EPOCH + now);
            headers.push(("date".to_owned(), date));
        }
        Ok(Answer {
            status: 200,
            headers,
        })
    }

    async fn versions(
        &self,
        _: &str,
        headers: &Headers,
        _: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        let mut contents = self.contents.lock().unwrap();
        contents.looked_with.push(headers.clone());
        let listed = contents.versions.iter().filter(|_| contents.versioned);
        Ok(listed
            .map(|stored| ListedVersion {
                version_id: stored.version_id.clone(),
                last_modified: stored.written,
                is_latest: contents
                    .current
                    .as_ref()
                    .is_some_and(|current| current.version_id == stored.version_id),
                ..ListedVersion::default()
            })
            .collect())
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        let request = request.clone();
        self.meet(attempt, puts_and_deletes, move |contents| {
            contents.put(&request)
        })
        .await
    }

    async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let request = request.clone();
        self.meet(attempt, puts_and_deletes, move |contents| {
            contents.delete(&request)
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
        Some(ENDPOINT.to_owned())
    }
}
