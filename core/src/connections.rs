//! How many requests may be under way at once, and which unread bodies give their connection up for others.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The right to use one connection. Given back when its last clone is dropped.
pub(crate) type Permit = Arc<OwnedSemaphorePermit>;

/// The store's connections. A call that finds none free waits here, outside of any time limit for an attempt.
#[derive(Debug)]
pub(crate) struct Connections {
    permits: Arc<Semaphore>,
    limit: u32,
    demand: Mutex<Demand>,
    shortage: Notify,
}

/// Callers that wait for a connection, and how many of them have been promised one by a body that lets go.
#[derive(Debug, Default)]
struct Demand {
    waiting: usize,
    promised: usize,
}

impl Connections {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX).max(1);
        Self {
            permits: Arc::new(Semaphore::new(limit as usize)),
            limit,
            demand: Mutex::default(),
            shortage: Notify::new(),
        }
    }

    /// Waits for a free connection, first come, first served. `None` only when the store is gone.
    pub(crate) async fn acquire(&self) -> Option<Permit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Some(Arc::new(permit));
        }
        let _waiting = Waiting::enter(self);
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.ok().map(Arc::new)
    }

    /// How many are in use, and how many callers wait for one.
    pub(crate) fn in_use(&self) -> (usize, usize) {
        let free = self.permits.available_permits();
        let in_use = (self.limit as usize).saturating_sub(free);
        (in_use, self.demand().waiting)
    }

    /// Waits until all of them are free, and gives none out any more.
    pub(crate) async fn close(&self) {
        // Another who closes may have been faster.
        let _all = self.permits.acquire_many(self.limit).await;
        self.permits.close();
    }

    /// Resolves when a caller waits for a connection that nobody has promised yet, and promises it: the one who
    /// awaited this must then let its connection go, or [`Self::withdraw`] the promise.
    pub(crate) async fn needed(&self) {
        loop {
            let mut notified = std::pin::pin!(self.shortage.notified());
            // Registered before the look, so that a caller who begins to wait in between is not missed.
            notified.as_mut().enable();
            if self.promise() {
                return;
            }
            notified.await;
        }
    }

    /// Takes a promise back, so that another holder is asked.
    pub(crate) fn withdraw(&self) {
        let mut demand = self.demand();
        demand.promised = demand.promised.saturating_sub(1);
        drop(demand);
        self.shortage.notify_waiters();
    }

    fn promise(&self) -> bool {
        let mut demand = self.demand();
        let needed = demand.waiting > demand.promised;
        if needed {
            demand.promised += 1;
        }
        needed
    }

    fn demand(&self) -> std::sync::MutexGuard<'_, Demand> {
        // The two counters are consistent after every line that changes them, also after a panic elsewhere.
        self.demand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Waiting<'a>(&'a Connections);

impl<'a> Waiting<'a> {
    fn enter(connections: &'a Connections) -> Self {
        connections.demand().waiting += 1;
        connections.shortage.notify_waiters();
        Self(connections)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut demand = self.0.demand();
        demand.waiting = demand.waiting.saturating_sub(1);
        demand.promised = demand.promised.saturating_sub(1).min(demand.waiting);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_caller_waits_until_a_connection_is_given_back() {
        let connections = Arc::new(Connections::new(1));
        let held = connections.acquire().await;
        let waiter = tokio::spawn({
            let connections = Arc::clone(&connections);
            async move { connections.acquire().await.is_some() }
        });
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert!(!waiter.is_finished());
        drop(held);
        assert!(waiter.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn one_waiting_caller_asks_one_holder() {
        let connections = Arc::new(Connections::new(2));
        let holders: Vec<_> = [connections.acquire().await, connections.acquire().await]
            .into_iter()
            .map(|permit| {
                let connections = Arc::clone(&connections);
                tokio::spawn(async move {
                    connections.needed().await;
                    drop(permit);
                })
            })
            .collect();
        let permit = connections.acquire().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(
            holders.iter().filter(|holder| holder.is_finished()).count(),
            1
        );
        drop(permit);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_stops_waiting_asks_nobody() {
        let connections = Arc::new(Connections::new(1));
        let held = connections.acquire().await;
        let gone = tokio::time::timeout(Duration::from_secs(1), connections.acquire()).await;
        assert!(gone.is_err());
        let asked = tokio::time::timeout(Duration::from_secs(1), connections.needed()).await;
        assert!(asked.is_err());
        drop(held);
    }
}
