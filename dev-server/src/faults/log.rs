//! Every write and delete that was applied, in the order in which the store applied them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use super::request::SentCondition;

/// Milliseconds since 1970.
pub(super) type Millis = u64;

pub(super) fn now() -> Millis {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(Millis::MAX)
        })
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many entries were dropped; their numbers are not given again.
    dropped: u64,
    entries: Vec<Entry>,
}

/// One applied write or delete.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Counted from 1.
    pub(super) seq: u64,
    pub(super) time: Millis,
    pub(super) operation: String,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) write_id: Option<String>,
    /// Of the object that was written; null for a delete.
    pub(super) etag: Option<String>,
    /// Of the object that was there; null if there was none.
    pub(super) replaced: Option<String>,
    pub(super) version_id: Option<String>,
    pub(super) condition: Option<SentCondition>,
    /// The SDK's `amz-sdk-request`.
    pub(super) attempt: Option<String>,
    /// True for what a rule held back.
    pub(super) held: bool,
    /// True for what a rule applied again.
    pub(super) repeat: bool,
    /// What the client was told; null if nothing.
    pub(super) status: Option<u16>,
    /// True if the client was sent the answer that belongs to this.
    pub(super) delivered: bool,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry and gives its number.
    pub(super) fn append(&self, mut entry: Entry) -> u64 {
        let mut state = self.lock();
        entry.seq = state.dropped + state.entries.len() as u64 + 1;
        let seq = entry.seq;
        state.entries.push(entry);
        seq
    }

    /// Notes what the client of an entry was told.
    pub(super) fn answered(&self, seq: u64, status: Option<u16>, delivered: bool) {
        let mut state = self.lock();
        let place = seq
            .checked_sub(state.dropped + 1)
            .and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| state.entries.get_mut(place)) {
            entry.status = status;
            entry.delivered = delivered;
        }
    }

    /// The entries that fit.
    pub(crate) fn list(&self, fits: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.lock()
            .entries
            .iter()
            .filter(|entry| fits(entry))
            .cloned()
            .collect()
    }

    /// Drops all entries; numbers go on. Says how many there were.
    pub(crate) fn clear(&self) -> usize {
        let mut state = self.lock();
        let count = state.entries.len();
        state.dropped += count as u64;
        state.entries.clear();
        count
    }
}

impl Entry {
    pub(crate) fn is_of(&self, bucket: Option<&str>, key: Option<&str>) -> bool {
        bucket.is_none_or(|bucket| bucket == self.bucket) && key.is_none_or(|key| key == self.key)
    }
}
