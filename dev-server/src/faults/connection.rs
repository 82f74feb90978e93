//! One connection and what is done to it: answers that break off, ends that nobody announced.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use bytes::Bytes;

use super::cut::Cut;
use super::exchange::Exchange;

/// A connection, shared by its socket, its requests and the control endpoint.
#[derive(Default)]
pub(crate) struct Connection(Mutex<State>);

#[derive(Default)]
pub(super) struct State {
    phase: Phase,
    /// True once the socket tells its reader that the client sends no more.
    pub(super) is_closing: bool,
    /// True if the connection is to end with a reset.
    pub(super) resets: bool,
    /// What goes out in place of the answer, or how much of it.
    pub(super) output: Output,
    /// How long after the answer the connection ends.
    close_after: Option<Duration>,
    /// The request whose answer is on its way.
    sending: Option<Arc<Exchange>>,
    /// Whoever waits for the client to send.
    pub(super) reader: Option<Waker>,
}

/// Where the connection is with its requests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// None is being answered.
    #[default]
    Idle,
    /// One is.
    Busy,
    /// Its answer was handed over whole, to be sent.
    HandedOver,
}

/// What goes out.
#[derive(Debug, Default)]
pub(super) enum Output {
    /// The answer.
    #[default]
    Answer,
    /// The answer up to some byte.
    Cut(Cut),
    /// Something else, and then the end.
    Raw(Bytes),
}

/// What is done to the connection with an answer.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) output: Output,
    pub(super) close_after: Option<Duration>,
    pub(super) resets: bool,
}

impl Connection {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request arrived.
    pub(super) fn begin(&self) {
        self.lock().phase = Phase::Busy;
    }

    /// An answer is about to be sent.
    pub(super) fn send(&self, exchange: Arc<Exchange>, ending: Ending) {
        let mut state = self.lock();
        state.sending = Some(exchange);
        state.output = ending.output;
        state.close_after = ending.close_after;
        state.resets = ending.resets;
    }

    /// The connection is to end with a reset.
    pub(super) fn reset(&self) {
        self.lock().resets = true;
    }

    pub(super) fn body_done(&self) {
        self.lock().phase = Phase::HandedOver;
    }

    /// Everything handed over was sent.
    pub(super) fn flushed(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.phase != Phase::HandedOver {
            return;
        }
        state.phase = Phase::Idle;
        state.sending = None;
        // An answer shorter than its cut ends the connection all the same.
        let is_cut = !matches!(std::mem::take(&mut state.output), Output::Answer);
        let close_after = state.close_after.take();
        drop(state);
        match close_after {
            Some(wait) if !wait.is_zero() => {
                let connection = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    connection.close(false);
                });
            }
            Some(_) => self.end(),
            None if is_cut => self.end(),
            None => {}
        }
    }

    /// The socket is gone.
    pub(super) fn gone(&self) {
        let unsent = self.lock().sending.take();
        if let Some(exchange) = unsent {
            exchange.lost();
        }
    }

    /// Ends the connection if no request is being answered, or in any case if told so. Says whether it does.
    pub(super) fn close(&self, even_busy: bool) -> bool {
        if self.lock().phase != Phase::Idle && !even_busy {
            return false;
        }
        self.end();
        true
    }

    fn end(&self) {
        let mut state = self.lock();
        state.is_closing = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
