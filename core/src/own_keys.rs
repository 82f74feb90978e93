//! Keys of our own in a user's bucket, on which servers are tested.

use std::sync::Arc;

use tokio::time::Instant;

use crate::inner::Inner;
use crate::precondition::Precondition;
use crate::recovery::{self, Look};
use crate::wire::{DeleteRequest, ListedVersion, Wire};
use crate::write_id::WriteId;

/// How often the versions of a key are listed and deleted: more than a page of them, or one that appeared in between.
const PASSES: usize = 3;
/// The id of what was written while the bucket kept no versions.
const NO_VERSION: &str = "null";

/// A key that nobody has used.
pub(crate) fn fresh(prefix: &str, purpose: &str) -> Result<Arc<str>, getrandom::Error> {
    let id = WriteId::random()?;
    Ok(format!("{prefix}{purpose}-{}", id.as_str()).into())
}

/// Takes a key away, its versions and delete markers too. Best effort: what is left is small and harmless.
pub(crate) async fn remove<W: Wire>(inner: &Arc<Inner<W>>, key: &Arc<str>) {
    let deadline = inner.deadline();
    for _ in 0..PASSES {
        let versions = versions(inner, key, deadline).await.unwrap_or_default();
        let is_versioned = versions.iter().any(|one| one.version_id != NO_VERSION);
        if !is_versioned {
            // To delete what is not there would leave a delete marker in a bucket that keeps versions.
            let is_absent = versions.is_empty()
                && matches!(
                    recovery::look(inner, key, None, deadline).await,
                    Look::Absent(_)
                );
            if !is_absent {
                delete(inner, key, None, deadline).await;
            }
            return;
        }
        for version in versions {
            delete(inner, key, Some(version.version_id), deadline).await;
        }
    }
}

async fn versions<W: Wire>(
    inner: &Arc<Inner<W>>,
    key: &Arc<str>,
    deadline: Option<Instant>,
) -> Option<Vec<ListedVersion>> {
    let listed = inner
        .attempts(deadline, inner.policy().limit(0), |permit, record| {
            let (inner, key) = (Arc::clone(inner), Arc::clone(key));
            async move {
                let _permit = permit;
                inner.wire.versions(&key, &record).await
            }
        })
        .await;
    listed.ok().map(|listed| listed.value)
}

async fn delete<W: Wire>(
    inner: &Arc<Inner<W>>,
    key: &Arc<str>,
    version_id: Option<String>,
    deadline: Option<Instant>,
) {
    let request = Arc::new(DeleteRequest {
        key: Arc::clone(key),
        version_id,
        condition: Precondition::None,
    });
    let _best_effort = inner
        .attempts(deadline, inner.policy().limit(0), |permit, record| {
            let (inner, request) = (Arc::clone(inner), Arc::clone(&request));
            async move {
                let _permit = permit;
                inner.wire.delete(&request, &record).await
            }
        })
        .await;
}
