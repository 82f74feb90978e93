//! The buckets and what they hold, without HTTP.
//!
//! Everything lives behind one lock. A condition is checked and its write applied in one critical section, so of any
//! number of racing conditional writes at most one sees the state it was made for.

mod bucket;
mod condition;
mod error;
mod ids;
mod listing;
mod multipart;
mod version;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

pub use self::bucket::{Bucket, Deleted, Found, Versioning, Written};
pub use self::condition::{EtagMatch, ReadCondition, ReadVerdict, WriteCondition};
pub use self::error::StoreError;
pub use self::ids::Ids;
pub use self::listing::{Entry, ListRequest, Listing, VersionEntry, VersionMarker};
pub use self::multipart::{MIN_PART_SIZE, Part, Upload, UploadEntry, UploadMarker};
pub use self::version::{Attributes, Object, Tags, Version, VersionId};

/// All buckets of the server.
#[derive(Debug, Default)]
pub struct Store {
    buckets: Mutex<BTreeMap<String, Bucket>>,
    ids: Ids,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        // A panic while the lock was held belongs to one request; the others go on with what is there.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an empty bucket.
    ///
    /// # Errors
    /// [`StoreError::BucketAlreadyOwnedByYou`] when there is one of that name; it is left alone.
    pub fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Err(StoreError::BucketAlreadyOwnedByYou);
        }
        buckets.insert(name.to_owned(), Bucket::new());
        Ok(())
    }

    /// Removes an empty bucket.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], or [`StoreError::BucketNotEmpty`] while anything is in it.
    pub fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        if !buckets
            .get(name)
            .ok_or(StoreError::NoSuchBucket)?
            .is_empty()
        {
            return Err(StoreError::BucketNotEmpty);
        }
        buckets.remove(name);
        Ok(())
    }

    /// The buckets' names and when each was made, in order.
    pub fn buckets(&self) -> Vec<(String, SystemTime)> {
        self.lock()
            .iter()
            .map(|(name, bucket)| (name.clone(), bucket.created))
            .collect()
    }

    /// Runs `act` on a bucket while nobody else sees or changes anything: what it checks still holds when it writes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], or what `act` returns.
    pub fn bucket<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Bucket, &Ids) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(name).ok_or(StoreError::NoSuchBucket)?;
        act(bucket, &self.ids)
    }
}

#[cfg(test)]
mod tests;
