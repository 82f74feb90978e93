//! Keys of our own in a user's bucket, on which servers are tested.

use std::sync::Arc;

use crate::inner::Inner;
use crate::precondition::Precondition;
use crate::until::Until;
use crate::wire::{Answer, DeleteRequest, ListedVersion, Wire, header};
use crate::write_id::WriteId;

/// How often the versions of a key are listed and deleted: there may be more than a page of them, or one that appeared in
/// between.
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
    let until = &inner.own_until();
    for pass in 0..PASSES {
        let listed = versions(inner, key, until).await;
        let is_listed = listed.is_some();
        let versions = listed.unwrap_or_default();
        if pass > 0 && versions.is_empty() {
            return;
        }
        // Without versions there is only one way to delete. Some servers know no version ids at all then.
        let keeps_no_versions = versions
            .iter()
            .all(|version| version.version_id == NO_VERSION && !version.is_delete_marker);
        if keeps_no_versions {
            let answer = delete(inner, key, None, until).await;
            // Where versions are suspended, a marker now stands for the object.
            if let (true, Some(marker)) = (is_listed, answer.as_ref().and_then(marker)) {
                delete(inner, key, Some(marker.to_owned()), until).await;
            }
            return;
        }
        for version in versions {
            delete(inner, key, Some(version.version_id), until).await;
        }
    }
}

async fn versions<W: Wire>(
    inner: &Arc<Inner<W>>,
    key: &Arc<str>,
    until: &Until,
) -> Option<Vec<ListedVersion>> {
    let listed = inner
        .ask(until, key, |inner, key, record| async move {
            inner.wire.versions(&key, &Vec::new(), &record).await
        })
        .await;
    listed.ok().map(|listed| listed.value)
}

async fn delete<W: Wire>(
    inner: &Arc<Inner<W>>,
    key: &Arc<str>,
    version_id: Option<String>,
    until: &Until,
) -> Option<Answer> {
    let request = Arc::new(DeleteRequest {
        key: Arc::clone(key),
        version_id,
        condition: Precondition::None,
        headers: Vec::new(),
    });
    let deleted = inner
        .ask(until, &request, |inner, request, record| async move {
            inner.wire.delete(&request, &record).await
        })
        .await;
    deleted.ok().map(|tried| tried.value)
}

/// The id of the delete marker that a delete has made.
fn marker(answer: &Answer) -> Option<&str> {
    header(&answer.headers, "x-amz-delete-marker").filter(|made| *made == "true")?;
    Some(header(&answer.headers, "x-amz-version-id").unwrap_or(NO_VERSION))
}
