//! The body of a get that is too large to be kept: read piece by piece, and taken up again where it broke off.
//!
//! A body that nobody reads gives its connection up, after [`IDLE`] or as soon as another call needs one. Reading on
//! then asks S3 for the rest with `Range` and with `If-Match` on the tag of the first answer, so that the pieces are
//! always of one object.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::checksum::{Check, Claim};
use crate::connections::Permit;
use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::operation::Operation;
use crate::precondition::{ETag, Precondition};
use crate::range::{ByteRange, ContentRange};
use crate::seen::Observer;
use crate::wire::{Answer, AttemptError, BodyStream, GetAnswer, GetRequest, Wire, header};

/// The largest body, in bytes, that is read at once and kept.
pub const SMALL_BODY: u64 = 256 * 1024;

/// How long an unread body keeps its connection while nobody else needs it.
const IDLE: Duration = Duration::from_secs(5);
/// How long an unread body keeps its connection when another call needs it.
const GRACE: Duration = Duration::from_millis(50);

/// A body still to be read. Dropping it frees its connection.
pub struct ObjectBody<W: Wire> {
    shared: Arc<Shared<W>>,
}

struct Shared<W: Wire> {
    store: Arc<Inner<W>>,
    request: Arc<GetRequest>,
    etag: ETag,
    cancelled: watch::Sender<bool>,
    /// Who is told when the rest is asked for.
    observer: std::sync::Mutex<Option<Observer>>,
    state: Mutex<State<W>>,
}

struct State<W: Wire> {
    live: Option<Live<W>>,
    /// Where in the object the rest begins.
    offset: u64,
    /// Where in the object the body ends.
    end: Option<u64>,
    last_read: Instant,
    finished: bool,
    /// Of a whole object that says what its checksum is.
    check: Option<Check>,
    /// Once the bytes turned out not to be the object's.
    damaged: Option<AttemptError>,
}

struct Live<W: Wire> {
    stream: W::Body,
    /// Read already, while finding out whether the body is small.
    front: Option<Bytes>,
    /// The piece that was handed out last. Its reader is done with it when it asks for the next one, or else keeps it alive itself:
    /// so what the pieces take is freed here, on the thread that allocates the next one.
    handed_out: Option<Bytes>,
    _permit: Permit,
    watcher: AbortHandle,
}

impl<W: Wire> Drop for Live<W> {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

impl<W: Wire> ObjectBody<W> {
    pub(crate) fn new(
        store: Arc<Inner<W>>,
        request: Arc<GetRequest>,
        etag: ETag,
        got: GetAnswer<W::Body>,
        front: Option<Bytes>,
        permit: Permit,
    ) -> Self {
        let offset = content_range(&got.answer).map_or(0, |part| part.first);
        let check = Claim::of(&request.headers, &got.answer).map(Check::new);
        let shared = Arc::new(Shared {
            store,
            request,
            etag,
            cancelled: watch::Sender::new(false),
            observer: std::sync::Mutex::default(),
            state: Mutex::new(State {
                live: None,
                offset,
                end: got.content_length.map(|length| offset + length),
                last_read: Instant::now(),
                finished: false,
                check,
                damaged: None,
            }),
        });
        if let Ok(mut state) = shared.state.try_lock() {
            state.live = Some(shared.live(got.body, front, permit));
        }
        Self { shared }
    }

    /// Says who is told, from now on, of the attempts that reading takes.
    pub fn seen_by(&self, observer: Option<Observer>) {
        *self.shared.observing() = observer;
    }

    /// The next piece, never empty; `None` at the end. One reader at a time: a second one waits for the first.
    ///
    /// # Errors
    ///
    /// `StaleData` when the object changed after its first bytes were read, `ChecksumMismatch` in place of the last piece when these are
    /// not the bytes that the object's checksum is of, `Cancelled` after [`Self::cancel`],
    /// otherwise as a get fails.
    pub async fn read(&self) -> Result<Option<Bytes>, Failure> {
        let mut cancelled = self.shared.cancelled.subscribe();
        let cancelled = async move {
            // The sender lives as long as this body.
            let _cancelled = cancelled.wait_for(|cancelled| *cancelled).await.is_ok();
        };
        tokio::select! {
            biased;
            () = cancelled => {
                self.shared.state.lock().await.live = None;
                Err(Failure::local(Kind::Cancelled, "the body was cancelled"))
            }
            piece = async { self.shared.next(&mut *self.shared.state.lock().await).await } => piece,
        }
    }

    /// Everything from the current place to the end, if that is at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// As [`Self::read`]; `Internal` when there is not enough memory, and with the code `ERR_BUFFER_TOO_LARGE` when it is
    /// longer than `limit`.
    pub async fn collect(&self, limit: u64) -> Result<Vec<u8>, Failure> {
        let rest = {
            let state = self.shared.state.lock().await;
            state.end.map_or(0, |end| end.saturating_sub(state.offset))
        };
        if rest > limit {
            return Err(too_large(limit));
        }
        let mut bytes = Vec::new();
        usize::try_from(rest)
            .ok()
            .and_then(|rest| bytes.try_reserve_exact(rest).ok())
            .ok_or_else(|| {
                Failure::local(
                    Kind::Internal,
                    format!("no memory for a body of {rest} bytes"),
                )
            })?;
        while let Some(piece) = self.read().await? {
            if (bytes.len() + piece.len()) as u64 > limit {
                self.cancel();
                return Err(too_large(limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Frees the connection. Whoever reads now or later is told so.
    pub fn cancel(&self) {
        self.shared.cancelled.send_replace(true);
        if let Ok(mut state) = self.shared.state.try_lock() {
            state.live = None;
        }
    }
}

impl<W: Wire> Shared<W> {
    async fn next(self: &Arc<Self>, state: &mut State<W>) -> Result<Option<Bytes>, Failure> {
        let policy = self.store.policy();
        let mut breaks = 0;
        if let Some(damaged) = &state.damaged {
            return Err(self.failure(damaged.clone(), 1));
        }
        while !state.finished {
            if state.live.is_none() {
                if state.end == Some(state.offset) {
                    state.finished = true;
                    break;
                }
                self.resume(state).await?;
            }
            let Some(live) = &mut state.live else {
                continue;
            };
            live.handed_out = None;
            if let Some(front) = live.front.take() {
                return self.handed_out(state, front);
            }
            let error = match tokio::time::timeout(policy.request_timeout, live.stream.next()).await
            {
                Ok(Ok(Some(piece))) if state.has_room_for(&piece) => {
                    self.store.counters().received(piece.len());
                    return self.handed_out(state, piece);
                }
                Ok(Ok(None)) if state.is_complete() => {
                    state.live = None;
                    self.checked(state)?;
                    state.finished = true;
                    continue;
                }
                Ok(Ok(_)) => AttemptError::broken("the body is not as long as was announced"),
                Ok(Err(error)) => error,
                Err(_elapsed) => AttemptError::timed_out(policy.request_timeout),
            };
            state.live = None;
            breaks += 1;
            if breaks >= policy.max_attempts {
                return Err(self.failure(error, breaks));
            }
        }
        Ok(None)
    }

    /// A piece on its way to whoever reads: the last one only if all of them are what they should be.
    fn handed_out(&self, state: &mut State<W>, piece: Bytes) -> Result<Option<Bytes>, Failure> {
        let piece = state.hand_out(piece);
        if state.end == Some(state.offset) {
            self.checked(state)?;
        }
        Ok(Some(piece))
    }

    /// Fails where the bytes that were read are not the object's.
    fn checked(&self, state: &mut State<W>) -> Result<(), Failure> {
        let Some(Err(damaged)) = state.check.take().map(Check::finish) else {
            return Ok(());
        };
        state.live = None;
        state.damaged = Some(damaged.clone());
        Err(self.failure(damaged, 1))
    }

    /// Asks for the rest of the same object.
    async fn resume(self: &Arc<Self>, state: &mut State<W>) -> Result<(), Failure> {
        let rest = match (self.request.range, state.end) {
            (Some(_), Some(end)) => ByteRange::Between(state.offset, end.saturating_sub(1)),
            _ => ByteRange::From(state.offset),
        };
        let request = GetRequest {
            condition: Precondition::IfMatch(self.etag.clone()),
            // From the first byte on it is a get like any other.
            range: (rest != ByteRange::From(0)).then_some(rest),
            ..GetRequest::clone(&self.request)
        };
        let tried = self
            .store
            .open(request, &self.store.unbounded().seen_by(self.observer()))
            .await
            .map_err(|ended| self.failure(ended.error, ended.attempts))?;
        let (got, permit) = tried.value;
        if !continues(&got.answer, state, rest, &self.etag) {
            return Err(self.failure(
                AttemptError::broken("the server did not continue the body where it broke off"),
                tried.attempts,
            ));
        }
        state.live = Some(self.live(got.body, None, permit));
        Ok(())
    }

    /// A connected body, and someone who watches whether it is read.
    fn live(self: &Arc<Self>, stream: W::Body, front: Option<Bytes>, permit: Permit) -> Live<W> {
        let body = Arc::downgrade(self);
        let store = Arc::clone(&self.store);
        let watcher = tokio::spawn(async move {
            let mut idle_since = Instant::now();
            loop {
                let promised = tokio::select! {
                    () = store.closing().cancelled() => {
                        // Once the piece that is being read has been.
                        let Some(body) = body.upgrade() else { return };
                        body.state.lock().await.live = None;
                        return;
                    }
                    () = tokio::time::sleep_until(idle_since + IDLE) => false,
                    () = async {
                        tokio::time::sleep_until(idle_since + GRACE).await;
                        store.connections().needed().await;
                    } => true,
                };
                let Some(body) = body.upgrade() else { return };
                // Locked means that it is being read.
                idle_since = match body.state.try_lock() {
                    Ok(mut state) if state.last_read <= idle_since => {
                        state.live = None;
                        return;
                    }
                    Ok(state) => state.last_read,
                    Err(_) => Instant::now(),
                };
                if promised {
                    store.connections().withdraw();
                }
            }
        });
        Live {
            stream,
            front,
            handed_out: None,
            _permit: permit,
            watcher: watcher.abort_handle(),
        }
    }

    fn observer(&self) -> Option<Observer> {
        self.observing().clone()
    }

    fn observing(&self) -> std::sync::MutexGuard<'_, Option<Observer>> {
        // Replaced as a whole, so it is consistent also after a panic.
        self.observer
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn failure(&self, error: AttemptError, attempts: u32) -> Failure {
        let operation = Operation::GetObjectIfMatch;
        let failure = self.store.failure(operation, error, attempts);
        if failure.kind == Kind::StaleData {
            return Failure {
                message: "the object changed while it was being read: read it again".to_owned(),
                ..failure
            };
        }
        failure
    }
}

impl<W: Wire> State<W> {
    fn hand_out(&mut self, piece: Bytes) -> Bytes {
        self.offset += piece.len() as u64;
        if let Some(check) = &mut self.check {
            check.update(&piece);
        }
        if let Some(live) = &mut self.live {
            live.handed_out = Some(piece.clone());
        }
        self.last_read = Instant::now();
        piece
    }

    fn has_room_for(&self, piece: &Bytes) -> bool {
        let place = self.offset + piece.len() as u64;
        self.end.is_none_or(|end| place <= end)
    }

    fn is_complete(&self) -> bool {
        self.end.is_none_or(|end| self.offset == end)
    }
}

fn too_large(limit: u64) -> Failure {
    Failure {
        code: Some("ERR_BUFFER_TOO_LARGE".to_owned()),
        ..Failure::local(
            Kind::Internal,
            format!(
                "the body is larger than the {limit} bytes that can be held in one piece: read it as a stream"
            ),
        )
    }
}

/// Whether `answer` carries what is missing of the same object, to the end of the body.
fn continues<W: Wire>(answer: &Answer, state: &State<W>, rest: ByteRange, etag: &ETag) -> bool {
    let same_object = answer.etag().is_some_and(|found| found.is_same(etag));
    let right_place = match content_range(answer) {
        Some(part) => part.is(rest) && state.end.is_none_or(|end| part.last + 1 == end),
        None => answer.status != 206 && state.offset == 0,
    };
    same_object && right_place
}

/// The part of an object that an answer says it carries.
pub(crate) fn content_range(answer: &Answer) -> Option<ContentRange> {
    let value = (answer.status == 206).then(|| header(&answer.headers, "content-range"))?;
    ContentRange::parse(value?)
}
