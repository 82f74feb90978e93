//! The connections that are open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::connection::Connection;

/// How long to wait for connections to be gone that were told to end.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// The open connections, and how many there ever were.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    state: Mutex<State>,
    gone: Notify,
}

#[derive(Debug, Default)]
struct State {
    opened: u64,
    open: BTreeMap<u64, Arc<Connection>>,
}

impl Connections {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, connection: Arc<Connection>) -> u64 {
        let mut state = self.lock();
        state.opened += 1;
        let id = state.opened;
        state.open.insert(id, connection);
        id
    }

    pub(super) fn gone(&self, id: u64) {
        self.lock().open.remove(&id);
        self.gone.notify_waiters();
    }

    /// How many were opened, and how many are open.
    pub(crate) fn count(&self) -> (u64, usize) {
        let state = self.lock();
        (state.opened, state.open.len())
    }

    /// Ends the idle connections, or all, and waits until they are gone. Says how many there were.
    pub(crate) async fn close(&self, even_busy: bool) -> usize {
        let closing: Vec<u64> = self
            .lock()
            .open
            .iter()
            .filter(|(_, connection)| connection.close(even_busy))
            .map(|(id, _)| *id)
            .collect();
        let gone = async {
            loop {
                let changed = self.gone.notified();
                let is_open = |id: &u64| self.lock().open.contains_key(id);
                if !closing.iter().any(is_open) {
                    return;
                }
                changed.await;
            }
        };
        // One whose client reads nothing may stay for longer.
        let _ = tokio::time::timeout(CLOSE_WAIT, gone).await;
        closing.len()
    }
}
