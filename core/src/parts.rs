//! Bytes that arrive piece by piece, as the parts that an upload is made of.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::memory::Memory;

/// A place in the window of parts that are on their way. Given back when it is dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

/// What comes out of the bytes that were written.
pub(crate) enum Piece {
    /// A full part, after which there is more.
    Full(Bytes, Slot),
    /// All the rest, perhaps nothing.
    Last(Bytes),
}

/// Where the bytes go in. Dropped before [`Self::end`], it gives the upload up.
#[derive(Debug)]
pub struct PartWriter {
    part_size: usize,
    window: Arc<Semaphore>,
    memory: Memory,
    filling: Mutex<Filling>,
}

#[derive(Debug)]
struct Filling {
    bytes: Vec<u8>,
    /// `None` once there is nothing more to come.
    out: Option<UnboundedSender<Piece>>,
}

/// Where the parts come out. Dropped, it ends the waiting of whoever writes.
#[derive(Debug)]
pub struct Parts {
    pieces: UnboundedReceiver<Piece>,
    window: Arc<Semaphore>,
}

impl PartWriter {
    /// A writer, and what comes of it: parts of `part_size` bytes, of which at most `concurrency` are on their way at once. One
    /// more is held here while it is being filled.
    #[must_use]
    pub fn new(part_size: usize, concurrency: usize) -> (Self, Parts) {
        let window = Arc::new(Semaphore::new(concurrency.max(1)));
        let (out, pieces) = unbounded_channel();
        let writer = Self {
            part_size: part_size.max(1),
            window: Arc::clone(&window),
            memory: Memory::default(),
            filling: Mutex::new(Filling {
                bytes: Vec::new(),
                out: Some(out),
            }),
        };
        (writer, Parts { pieces, window })
    }

    /// Takes as many of `bytes` as the part that is being filled has room for, and says how many these are. When they were not all,
    /// the part is full and must go first: see [`Self::send`].
    pub fn write(&self, bytes: &[u8]) -> usize {
        let mut filling = self.filling();
        if filling.bytes.is_empty() {
            filling.bytes = self.memory.take();
            filling.bytes.clear();
            filling.bytes.reserve_exact(self.part_size);
        }
        let room = self.part_size.saturating_sub(filling.bytes.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        filling.bytes.extend_from_slice(taken);
        taken.len()
    }

    /// Sends the full part off, as soon as there is a place for it in the window. False when nobody takes parts any more: the upload
    /// has come to its end.
    pub async fn send(&self) -> bool {
        self.send_with(|filling| self.memory.lend(std::mem::take(&mut filling.bytes)))
            .await
    }

    /// The same of a part that is all there.
    pub(crate) async fn send_part(&self, part: Bytes) -> bool {
        self.send_with(|_| part).await
    }

    async fn send_with(&self, part: impl FnOnce(&mut Filling) -> Bytes) -> bool {
        let Ok(slot) = Arc::clone(&self.window).acquire_owned().await else {
            return false;
        };
        let mut filling = self.filling();
        let part = part(&mut filling);
        filling
            .out
            .as_ref()
            .is_some_and(|out| out.send(Piece::Full(part, slot)).is_ok())
    }

    /// There is nothing more to come.
    pub fn end(&self) {
        let rest = std::mem::take(&mut self.filling().bytes);
        self.end_with(rest.into());
    }

    /// There is nothing more to come than this.
    pub(crate) fn end_with(&self, rest: Bytes) {
        let mut filling = self.filling();
        if let Some(out) = filling.out.take() {
            // Nobody is left to hear it when the upload has failed meanwhile.
            let _unheard = out.send(Piece::Last(rest));
        }
    }

    /// What was to come is not to be had: the upload is given up.
    pub fn give_up(&self) {
        self.filling().out = None;
    }

    /// Where parts have their memory from.
    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    fn filling(&self) -> MutexGuard<'_, Filling> {
        // Consistent after every line that changes it.
        self.filling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    /// The parts of a body that is all there: itself.
    pub(crate) fn of(body: Bytes) -> Self {
        let (out, pieces) = unbounded_channel();
        let _heard = out.send(Piece::Last(body));
        Self {
            pieces,
            window: Arc::new(Semaphore::new(1)),
        }
    }

    /// The next one; `None` when the upload was given up.
    pub(crate) async fn next(&mut self) -> Option<Piece> {
        self.pieces.recv().await
    }

    /// A place in the window for the last part, which comes without.
    pub(crate) async fn slot(&self) -> Option<Slot> {
        Arc::clone(&self.window).acquire_owned().await.ok()
    }
}
