//! The step that writes or deletes, with what faults change about it.

use s3s::S3Result;

use super::DevS3;
use crate::faults::{Call, Change, WRITE_ID};
use crate::store::{Bucket, Deleted, Ids, StoreError, VersionId, WriteCondition, Written};

/// What is written or deleted.
pub(super) struct Target<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    /// The version to delete, if not the newest.
    pub(super) version: Option<&'a VersionId>,
}

impl<'a> Target<'a> {
    pub(super) fn newest(bucket: &'a str, key: &'a str) -> Self {
        Self {
            bucket,
            key,
            version: None,
        }
    }

    fn etag(&self, bucket: &Bucket) -> Option<String> {
        let object = bucket.find(self.key, self.version).ok()?;
        Some(quoted(&object.version.object.as_ref()?.etag))
    }
}

/// What an applied change made.
pub(super) trait Applied {
    /// The version it made or removed.
    fn version_id(&self) -> Option<&VersionId>;
    /// True if the key holds what was written.
    fn is_write(&self) -> bool;
}

impl Applied for Written {
    fn version_id(&self) -> Option<&VersionId> {
        self.version_id.as_ref()
    }

    fn is_write(&self) -> bool {
        true
    }
}

impl Applied for Deleted {
    fn version_id(&self) -> Option<&VersionId> {
        self.version_id.as_ref()
    }

    fn is_write(&self) -> bool {
        false
    }
}

impl DevS3 {
    /// Checks the condition and applies a change in one step, unless a rule says otherwise, and logs it in that step.
    ///
    /// # Errors
    /// What `change` returns, to which the condition is given.
    pub(super) async fn apply<T: Applied>(
        &self,
        call: &Call,
        target: &Target<'_>,
        condition: WriteCondition,
        change: impl FnOnce(&mut Bucket, &WriteCondition, &Ids) -> Result<T, StoreError>,
    ) -> S3Result<T> {
        let mut condition = condition;
        if call.ignores_conditions() {
            condition = WriteCondition::None;
        } else if let Some(window) = call.race_window() {
            self.store.bucket(target.bucket, |bucket, _| {
                let found = bucket.find(target.key, target.version).ok();
                condition.check(
                    found
                        .as_ref()
                        .and_then(|found| found.version.object.as_ref()),
                )
            })?;
            tokio::time::sleep(window).await;
            condition = WriteCondition::None;
        }
        Ok(self.store.bucket(target.bucket, |bucket, ids| {
            if !call.is_logged() {
                return change(bucket, &condition, ids);
            }
            let replaced = target.etag(bucket);
            let done = change(bucket, &condition, ids)?;
            let written = bucket.current(target.key).filter(|_| done.is_write());
            call.applied(Change {
                bucket: target.bucket,
                key: target.key,
                write_id: written
                    .and_then(|object| object.attributes.metadata.get(WRITE_ID))
                    .cloned(),
                etag: written.map(|object| quoted(&object.etag)),
                replaced,
                version_id: done.version_id().map(ToString::to_string),
            });
            Ok(done)
        })?)
    }
}

/// An entity tag as it is on the wire.
fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}
