//! What is seen of attempts from outside: counted always, reported to whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::wire::{Attempt, AttemptError};

/// One attempt that has ended.
#[derive(Clone, Debug)]
pub struct SeenAttempt<'a> {
    /// S3's name of the request, where the wire says it.
    pub request: Option<&'static str>,
    /// Which attempt of the request it was, from 1.
    pub number: u32,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The code of the error that it ended with: S3's, or one that a Node user knows.
    pub code: Option<&'a str>,
    /// From when it had a connection to use, to its end.
    pub took: Duration,
}

/// How far the bytes of an object have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many are to come, from the first one on.
    Begun(u64),
    /// So many more have arrived: in S3, or in a file.
    Moved(u64),
}

/// Who is told of a call while it is under way.
#[derive(Clone)]
pub struct Observer {
    attempts: Arc<dyn Fn(&SeenAttempt<'_>) + Send + Sync>,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

impl Observer {
    /// Calls `attempts` with each attempt that has ended, and `progress` with each step of the object's bytes.
    pub fn new(
        attempts: impl Fn(&SeenAttempt<'_>) + Send + Sync + 'static,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Self {
        Self {
            attempts: Arc::new(attempts),
            progress: Arc::new(progress),
        }
    }

    pub(crate) fn progress(&self, progress: Progress) {
        (self.progress)(progress);
    }

    pub(crate) fn hear(
        &self,
        number: u32,
        record: &Attempt,
        error: Option<&AttemptError>,
        took: Duration,
    ) {
        let (status, code) = match error {
            None => (record.status(), None),
            Some(AttemptError::Service(error)) => (Some(error.status), error.code.as_deref()),
            Some(AttemptError::NoAnswer(error)) => (record.status(), error.code.as_deref()),
        };
        (self.attempts)(&SeenAttempt {
            request: record.request(),
            number,
            status,
            code,
            took,
        });
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

/// What a store has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Attempts that have ended, those of the store's own requests included.
    pub attempts: u64,
    /// Those of them that repeated an earlier one.
    pub retries: u64,
    /// Bytes of the bodies of requests that were answered.
    pub bytes_sent: u64,
    /// Bytes of objects that arrived.
    pub bytes_received: u64,
    /// Requests that may be under way at once.
    pub max_connections: usize,
    /// Those that are, and bodies that hold a connection while they are read.
    pub connections_in_use: usize,
    /// Attempts that wait for a connection.
    pub waiting: usize,
}

/// Counts, of which nothing but their sum is asked.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    attempts: AtomicU64,
    retries: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
}

impl Counters {
    /// An attempt has ended.
    pub(crate) fn attempt(&self, number: u32, record: &Attempt) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        if number > 1 {
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
        if record.status().is_some() {
            self.bytes_sent.fetch_add(record.sent(), Ordering::Relaxed);
        }
    }

    /// So many bytes of an object have arrived.
    pub(crate) fn received(&self, bytes: usize) {
        self.bytes_received
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            attempts: self.attempts.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            ..Stats::default()
        }
    }
}
