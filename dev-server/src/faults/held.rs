//! Requests that are kept back, to be applied later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::oneshot;

use super::log::{Millis, now};
use super::request::{Identity, Request};
use super::rule::Until;

/// The held requests, in the order in which they arrived.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    made: u64,
    entries: Vec<Entry>,
}

/// A held request, seen by who lets it go.
#[derive(Debug)]
pub(super) struct Entry {
    id: u64,
    rule: u64,
    attempt: u32,
    until: Until,
    is_repeat: bool,
    since: Millis,
    request: Arc<Request>,
    go: oneshot::Sender<Verdict>,
    settled: oneshot::Receiver<u16>,
}

/// A held request, seen by itself.
pub(super) struct Waiting {
    /// What becomes of it.
    pub(super) verdict: oneshot::Receiver<Verdict>,
    /// To be told the status that the request came to, once it was applied; dropped if it was not.
    pub(super) settled: oneshot::Sender<u16>,
}

/// What becomes of a held request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Apply,
    Discard,
}

/// A held request as the control endpoint shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownHeld {
    id: u64,
    rule: u64,
    attempt: u32,
    until: Until,
    repeat: bool,
    since: Millis,
    operation: String,
    bucket: String,
    key: String,
    write_id: Option<String>,
}

/// A request that was let go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Released {
    #[serde(flatten)]
    held: ShownHeld,
    /// What it came to; null if it was discarded or held again.
    status: Option<u16>,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hold(
        &self,
        rule: u64,
        attempt: u32,
        until: Until,
        is_repeat: bool,
        request: Arc<Request>,
    ) -> Waiting {
        let (go, verdict) = oneshot::channel();
        let (settled, outcome) = oneshot::channel();
        let mut state = self.lock();
        state.made += 1;
        let id = state.made;
        state.entries.push(Entry {
            id,
            rule,
            attempt,
            until,
            is_repeat,
            since: now(),
            request,
            go,
            settled: outcome,
        });
        Waiting { verdict, settled }
    }

    pub(crate) fn list(&self) -> Vec<ShownHeld> {
        self.lock().entries.iter().map(Entry::shown).collect()
    }

    /// Takes out what fits: each is to be let go by who took it.
    pub(super) fn take(&self, fits: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let mut state = self.lock();
        let (taken, kept) = std::mem::take(&mut state.entries)
            .into_iter()
            .partition(fits);
        state.entries = kept;
        taken
    }
}

impl Entry {
    pub(super) fn is_for(&self, id: Option<u64>, bucket: Option<&str>, key: Option<&str>) -> bool {
        id.is_none_or(|id| id == self.id)
            && bucket.is_none_or(|bucket| bucket == self.request.bucket)
            && key.is_none_or(|key| key == self.request.key)
    }

    /// True if it waits for an attempt of that write and rule, and this is one late enough.
    pub(super) fn waits_for_attempt(&self, rule: u64, attempt: u32, of: &Identity) -> bool {
        matches!(self.until, Until::Attempt(wanted) if attempt >= wanted)
            && self.rule == rule
            && self.request.identity() == *of
    }

    /// True if it waits for another write to its key, and this is one.
    pub(super) fn waits_for_write(&self, bucket: &str, key: &str, by: &Identity) -> bool {
        self.until == Until::Write
            && self.request.bucket == bucket
            && self.request.key == key
            && self.request.identity() != *by
    }

    /// Lets it go, and waits until it was applied.
    pub(super) async fn let_go(self, verdict: Verdict) -> Released {
        let held = self.shown();
        // Who waits lives until it is told; were it gone, there would be nothing to wait for either.
        let status = match self.go.send(verdict) {
            Ok(()) => self.settled.await.ok(),
            Err(_) => None,
        };
        Released { held, status }
    }

    fn shown(&self) -> ShownHeld {
        ShownHeld {
            id: self.id,
            rule: self.rule,
            attempt: self.attempt,
            until: self.until,
            repeat: self.is_repeat,
            since: self.since,
            operation: self.request.operation.clone(),
            bucket: self.request.bucket.clone(),
            key: self.request.key.clone(),
            write_id: self.request.write_id().map(str::to_owned),
        }
    }
}
