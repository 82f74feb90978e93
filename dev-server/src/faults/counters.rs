//! How many requests of each kind were let in.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::request::Request;

/// Counts of requests by bucket, key and operation.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<(String, String, String), u64>>);

impl Counters {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, String, String), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, request: &Request) {
        let name = (
            request.bucket.clone(),
            request.key.clone(),
            request.operation.clone(),
        );
        *self.lock().entry(name).or_default() += 1;
    }

    /// How many requests of each operation there were, for a bucket or a key if one is given.
    pub(crate) fn by_operation(
        &self,
        bucket: Option<&str>,
        key: Option<&str>,
    ) -> BTreeMap<String, u64> {
        let mut totals = BTreeMap::new();
        for ((in_bucket, of_key, operation), count) in self.lock().iter() {
            if bucket.is_none_or(|bucket| bucket == in_bucket)
                && key.is_none_or(|key| key == of_key)
            {
                *totals.entry(operation.clone()).or_default() += count;
            }
        }
        totals
    }

    pub(super) fn reset(&self) {
        self.lock().clear();
    }
}
