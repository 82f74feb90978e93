//! Finished calls on their way back into JavaScript.
//!
//! A finished call is put into a queue. JavaScript is woken when the runtime has done what it could when the first call
//! finished, and has looked at the network once more; or at once for the last call that is pending. It takes the whole
//! batch: fewer wake-ups, of threads that are not at the same lock (`npm run bench -- get`). One weak thread-safe
//! function per environment carries the wake-ups, and it keeps the event loop alive only while calls are pending.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use napi::bindgen_prelude::{
    Array, BufferSlice, FnArgs, Function, JavaScriptClassExt, ToNapiValue,
};
use napi::threadsafe_function::{
    ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue,
};
use napi::{Env, Status, sys};
use s3_store_core::{Abort, Failure, Kind, Observer};
use tokio::runtime::Handle;

use crate::binding::NativeBody;
use crate::json;

/// The JavaScript function that settles a batch.
pub type Settle<'env> = Function<'env, FnArgs<(Batch,)>, UnknownReturnValue>;

type Wake = ThreadsafeFunction<(), UnknownReturnValue, FnArgs<(Batch,)>, Status, false, true>;

/// How a call ended.
pub(crate) enum Settlement {
    /// It succeeded.
    Done {
        etag: Option<String>,
        head: String,
        body: CompletedBody,
    },
    /// It failed.
    Failed(Failure),
}

/// The bytes that come with a success.
pub(crate) enum CompletedBody {
    /// None.
    None,
    /// None; these were sent, and go back to the thread that they were copied on. Those of a write that failed don't.
    Sent(Bytes),
    /// These, to be copied into memory that other calls' answers share: JavaScript gives nobody that memory, but copies of it.
    Shared(Bytes),
    /// These, to be copied into memory of their own.
    Copied(Bytes),
    /// These, handed over.
    Owned(Vec<u8>),
    /// Still to be read.
    Unread(NativeBody),
}

/// What is longer is handed over. What is shorter costs less to copy than to be collected by V8 as memory of its own
/// (`npm run bench -- growth`).
const COPIED: usize = 32 * 1024;

/// Bodies up to this size may share memory, as Node.js's own small buffers do: one more `ArrayBuffer` for each costs
/// JavaScript more than to read them there.
const SHARING: usize = 4 * 1024;

/// So much is shared at most, by more than one: who keeps a result keeps its neighbours.
const SHARED: usize = 8 * 1024;

impl CompletedBody {
    /// All the bytes of an object, the way that costs JavaScript's thread less.
    pub(crate) fn of(bytes: Bytes) -> Self {
        if bytes.len() <= SHARING {
            Self::Shared(bytes)
        } else if bytes.len() > COPIED {
            let mut bytes = Vec::from(bytes);
            // They may come with the rest of the buffer that they were received in, of which V8 would not know.
            bytes.shrink_to_fit();
            Self::Owned(bytes)
        } else {
            Self::Copied(bytes)
        }
    }
}

/// A request to JavaScript travels as call 0.
const TO_JAVASCRIPT: u32 = 0;

struct Completed {
    call: u32,
    settlement: Settlement,
}

/// The queue of one JavaScript environment.
pub(crate) struct Completions {
    queue: Mutex<Queue>,
    wake: OnceLock<Wake>,
    /// The call that is about to be made and whose attempts JavaScript wants to hear of.
    observed: AtomicU32,
}

#[derive(Default)]
struct Queue {
    finished: Vec<Completed>,
    waking: Waking,
    /// Calls begun and not yet settled.
    pending: usize,
    /// Those of them that can be told to end.
    abortable: HashMap<u32, Abort>,
}

/// Whether JavaScript is to look into the queue.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Waking {
    /// There is nothing for it.
    #[default]
    No,
    /// Once the runtime has done what it can do now.
    Soon,
    /// It has been told.
    UnderWay,
}

impl Completions {
    /// A queue whose batches go to `settle`.
    pub(crate) fn new(settle: &Settle<'_>) -> napi::Result<Arc<Self>> {
        let completions = Arc::new(Self {
            queue: Mutex::default(),
            wake: OnceLock::new(),
            observed: AtomicU32::default(),
        });
        let drained = Arc::clone(&completions);
        let wake = settle
            .build_threadsafe_function::<()>()
            .weak::<true>()
            .callee_handled::<false>()
            .build_callback(move |context| Ok(FnArgs::from((drained.drain(&context.env),))))?;
        let _first = completions.wake.set(wake);
        Ok(completions)
    }

    /// Begins a call, which keeps the event loop alive until it is settled. On the JavaScript thread.
    pub(crate) fn begin(self: &Arc<Self>, env: &Env, call: u32) -> Call {
        let mut queue = self.queue();
        queue.pending += 1;
        if queue.pending == 1 {
            self.keep_alive(env, true);
        }
        drop(queue);
        Call {
            completions: Arc::clone(self),
            call: Some(call),
            writes: false,
        }
    }

    /// What tells a call to end, once [`Self::abort`] has named it.
    pub(crate) fn abortable(&self, call: u32) -> Abort {
        let abort = Abort::new();
        self.queue().abortable.insert(call, abort.clone());
        abort
    }

    /// Tells a call to end, unless it has.
    pub(crate) fn abort(&self, call: u32) {
        if let Some(abort) = self.queue().abortable.remove(&call) {
            abort.cancel();
        }
    }

    /// Has the attempts and the progress of a call reported that is about to be made.
    pub(crate) fn observe(&self, call: u32) {
        self.observed.store(call, Ordering::Relaxed);
    }

    /// What reports the attempts and the progress of a call, where they are wanted.
    pub(crate) fn observer(self: &Arc<Self>, call: u32) -> Option<Observer> {
        if self.observed.load(Ordering::Relaxed) != call {
            return None;
        }
        let completions = Arc::clone(self);
        let told = Arc::clone(self);
        Some(Observer::new(
            move |seen| completions.ask(json::attempt(call, seen)),
            move |progress| told.ask(json::progress(call, progress)),
        ))
    }

    /// Sends a request to JavaScript. It is heard only while calls keep the event loop alive.
    pub(crate) fn ask(self: &Arc<Self>, request: String) {
        self.push(Completed {
            call: TO_JAVASCRIPT,
            settlement: Settlement::Done {
                etag: None,
                head: request,
                body: CompletedBody::None,
            },
        });
    }

    fn push(self: &Arc<Self>, completed: Completed) {
        let mut queue = self.queue();
        if !queue.abortable.is_empty() {
            queue.abortable.remove(&completed.call);
        }
        queue.finished.push(completed);
        if queue.waking == Waking::UnderWay {
            return;
        }
        let are_all = queue.finished.len() >= queue.pending;
        match Handle::try_current() {
            Ok(runtime) if !are_all => {
                let is_first = queue.waking == Waking::No;
                queue.waking = Waking::Soon;
                drop(queue);
                if is_first {
                    let completions = Arc::clone(self);
                    runtime.spawn(async move {
                        // Behind the tasks that can go on now, and those that the network lets go on.
                        tokio::task::yield_now().await;
                        completions.wake(completions.queue());
                    });
                }
            }
            _ => self.wake(queue),
        }
    }

    /// Has JavaScript look into the queue, unless it has or will.
    fn wake(&self, mut queue: MutexGuard<'_, Queue>) {
        if queue.finished.is_empty() || queue.waking == Waking::UnderWay {
            return;
        }
        queue.waking = Waking::UnderWay;
        // JavaScript's thread asks for it first thing.
        drop(queue);
        let Some(wake) = self.wake.get() else { return };
        // Fails only when the environment is ending: nobody waits for anything then.
        let _ending = wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    /// Takes all that has finished. On the JavaScript thread.
    fn drain(&self, env: &Env) -> Batch {
        let mut queue = self.queue();
        queue.waking = Waking::No;
        let finished = std::mem::take(&mut queue.finished);
        let settled = finished
            .iter()
            .filter(|completed| completed.call != TO_JAVASCRIPT)
            .count();
        queue.pending = queue.pending.saturating_sub(settled);
        if settled > 0 && queue.pending == 0 {
            self.keep_alive(env, false);
        }
        Batch(finished)
    }

    #[expect(
        unsafe_code,
        reason = "napi's safe refer and unref need a handle that nobody else has"
    )]
    fn keep_alive(&self, env: &Env, alive: bool) {
        let Some(wake) = self.wake.get() else { return };
        // SAFETY: called on the JavaScript thread only, while the environment runs JavaScript; the function is
        // finalized after that.
        let _ending = unsafe {
            if alive {
                sys::napi_ref_threadsafe_function(env.raw(), wake.raw())
            } else {
                sys::napi_unref_threadsafe_function(env.raw(), wake.raw())
            }
        };
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Consistent after every line that changes it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Dropped without being settled, as a panic does, it settles as a failure.
pub(crate) struct Call {
    completions: Arc<Completions>,
    call: Option<u32>,
    /// Whether it may write.
    writes: bool,
}

impl Call {
    /// The same call, of which it is told that it may have written if it ends in a panic.
    pub(crate) const fn writing(mut self) -> Self {
        self.writes = true;
        self
    }

    /// Ends the call.
    pub(crate) fn settle(mut self, settlement: Settlement) {
        self.push(settlement);
    }

    fn push(&mut self, settlement: Settlement) {
        if let Some(call) = self.call.take() {
            self.completions.push(Completed { call, settlement });
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let kind = if self.writes {
            Kind::Ambiguous
        } else {
            Kind::Internal
        };
        self.push(Settlement::Failed(Failure::local(
            kind,
            "a bug in s3-store-native ended this call; whether it took effect is not known (details on stderr)",
        )));
    }
}

/// Finished calls, as JavaScript gets them: an array of two elements for each few of them. The first is a buffer:
///
/// - their number, and then for each of them its record: its own number, [`OK`] and the like, and the lengths of what it has
///   in the text; all of 32 bits, little-endian;
/// - the text: for each of them its `ETag`, its head and its body, if that is small.
///
/// The second is an array of the bodies that are not in the text, each at the place of its call; or nothing, without any.
/// `lib/native/report.cjs` reads it. A value of its own for each part costs JavaScript's thread more, above all with many
/// in flight (bench/README.md, where the time goes).
pub struct Batch(Vec<Completed>);

const OK: u32 = 1;
const HAS_ETAG: u32 = 2;
const HAS_BODY: u32 = 4;

#[expect(unsafe_code, reason = "the trait's method is unsafe")]
impl ToNapiValue for Batch {
    unsafe fn to_napi_value(raw: sys::napi_env, batch: Self) -> napi::Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let mut array = env.create_array(0)?;
        let mut reports = Reports::default();
        for completed in batch.0 {
            let report = Report::of(completed);
            if reports.is_full_for(&report) {
                reports.hand_over(&env, &mut array)?;
            }
            reports.add(report);
        }
        reports.hand_over(&env, &mut array)?;
        // SAFETY: the array lives in the environment it was made in, which is the caller's.
        unsafe { ToNapiValue::to_napi_value(raw, array) }
    }
}

/// What is said of a call.
struct Report {
    call: u32,
    flags: u32,
    etag: String,
    head: String,
    body: CompletedBody,
}

impl Report {
    fn of(Completed { call, settlement }: Completed) -> Self {
        match settlement {
            Settlement::Done { etag, head, body } => {
                let mut flags = OK;
                if etag.is_some() {
                    flags |= HAS_ETAG;
                }
                if matches!(body, CompletedBody::Shared(_)) {
                    flags |= HAS_BODY;
                }
                Self {
                    call,
                    flags,
                    etag: etag.unwrap_or_default(),
                    head,
                    body,
                }
            }
            Settlement::Failed(failure) => Self {
                call,
                flags: 0,
                etag: String::new(),
                head: json::failure(&failure),
                body: CompletedBody::None,
            },
        }
    }

    /// Its text.
    fn parts(&self) -> [&[u8]; 3] {
        let body: &[u8] = match &self.body {
            CompletedBody::Shared(bytes) => bytes,
            _ => &[],
        };
        [self.etag.as_bytes(), self.head.as_bytes(), body]
    }
}

/// What is said of some calls, before JavaScript has it.
#[derive(Default)]
struct Reports {
    records: Vec<[u32; 5]>,
    text: Vec<u8>,
    bodies: Vec<(u32, CompletedBody)>,
}

impl Reports {
    fn is_full_for(&self, report: &Report) -> bool {
        let more: usize = report.parts().iter().map(|part| part.len()).sum();
        !self.text.is_empty() && self.text.len() + more > SHARED
    }

    fn add(&mut self, report: Report) {
        let parts = report.parts();
        let [etag, head, body] = parts.map(|part| length(part.len()));
        for part in parts {
            self.text.extend_from_slice(part);
        }
        let at = length(self.records.len());
        self.records
            .push([report.call, report.flags, etag, head, body]);
        match report.body {
            CompletedBody::None | CompletedBody::Shared(_) => {}
            CompletedBody::Sent(bytes) => drop(bytes),
            apart => self.bodies.push((at, apart)),
        }
    }

    fn hand_over(&mut self, env: &Env, array: &mut Array<'_>) -> napi::Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let count = length(self.records.len());
        let numbers = self.records.iter().flatten();
        let mut bytes = Vec::with_capacity(4 * (1 + 5 * self.records.len()) + self.text.len());
        for number in std::iter::once(&count).chain(numbers) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.text);
        let at = array.len();
        array.set(at, &BufferSlice::copy_from(env, bytes)?)?;
        if self.bodies.is_empty() {
            array.set(at + 1, ())?;
        } else {
            array.set(at + 1, bodies_apart(env, count, self.bodies.drain(..))?)?;
        }
        self.records.clear();
        self.text.clear();
        Ok(())
    }
}

fn bodies_apart<'env>(
    env: &'env Env,
    calls: u32,
    bodies: impl Iterator<Item = (u32, CompletedBody)>,
) -> napi::Result<Array<'env>> {
    let mut array = env.create_array(calls)?;
    for (at, body) in bodies {
        match body {
            CompletedBody::None | CompletedBody::Sent(_) | CompletedBody::Shared(_) => {}
            CompletedBody::Copied(bytes) => array.set(at, &BufferSlice::copy_from(env, bytes)?)?,
            CompletedBody::Owned(bytes) => array.set(at, &BufferSlice::from_data(env, bytes)?)?,
            CompletedBody::Unread(body) => array.set(at, body.into_instance(env)?)?,
        }
    }
    Ok(array)
}

/// Of something that is far shorter than 4 GiB, as a string of JavaScript has to be.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(head: usize, body: CompletedBody) -> Report {
        let settlement = Settlement::Done {
            etag: Some("\"tag\"".to_owned()),
            head: "x".repeat(head),
            body,
        };
        Report::of(Completed {
            call: 1,
            settlement,
        })
    }

    #[test]
    fn what_is_large_shares_no_memory_with_what_is_small() {
        let mut reports = Reports::default();
        assert!(!reports.is_full_for(&report(SHARED * 2, CompletedBody::None)));
        reports.add(report(100, CompletedBody::None));
        assert!(!reports.is_full_for(&report(100, CompletedBody::None)));
        assert!(reports.is_full_for(&report(SHARED * 2, CompletedBody::None)));
        let body = CompletedBody::of(Bytes::from(vec![0; SHARING]));
        assert!(!reports.is_full_for(&report(100, body)));
        reports.add(report(
            100,
            CompletedBody::of(Bytes::from(vec![0; SHARING])),
        ));
        let body = CompletedBody::of(Bytes::from(vec![0; SHARING]));
        assert!(reports.is_full_for(&report(100, body)));
        // It has memory of its own.
        let body = CompletedBody::of(Bytes::from(vec![0; SHARING + 1]));
        assert!(!reports.is_full_for(&report(100, body)));
    }
}
